//! Rendering again: a kept journal becomes the sound of a recording that failed, or that had
//! stretches nobody could decode then.
//!
//! Every key is written down in the catalogue before its object is stored, and the row changes
//! last, in one transaction: a crash anywhere leaves a recording that is whole, is rendered
//! again by the next try, and leaves nothing behind when it is deleted. What was stored before
//! stays until then. Without a journal nothing can be done, and nothing is changed.

use crate::error::Error;
use crate::objects;
use crate::storing::{KeepJournal, Storing, blocking};
use archive::{Archive, Receipt, Staging};
use catalogue::{Catalogue, Rendering, Stored};
use finalise::{Profile, Rendition};
use futures_util::StreamExt as _;
use journal::{Journal, Seal};
use model::{RecordingId, State};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Recordings asked for at once.
const ROUND: u64 = 100;
/// How long to wait when the archive or the catalogue does not answer.
const RETRY: Duration = Duration::from_secs(30);

/// What became of one try.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// The recording has its sound, or a better one.
    Replaced(Stored),
    /// It was whole already.
    Whole,
    /// This version can decode no more of it than was decoded before.
    NoBetter,
    /// It still cannot be rendered, and why.
    Failed(String),
    /// No journal of it was kept.
    NoJournal,
    /// There is no such recording (any more).
    Missing,
}

/// Renders again from kept journals.
#[derive(Clone)]
pub struct Again {
    catalogue: Catalogue,
    storing: Storing,
    scratch: PathBuf,
    seal: Option<Seal>,
}

impl Again {
    /// `scratch` is a folder for files without a name, which are gone with this process.
    #[must_use]
    pub fn new(catalogue: Catalogue, archive: Archive, profile: Profile, scratch: &Path) -> Self {
        Self {
            catalogue,
            storing: Storing {
                archive,
                profile,
                keep_journal: KeepJournal::Never,
            },
            scratch: scratch.to_owned(),
            seal: None,
        }
    }

    /// With the seal on the media keys in kept journals; without it protected media stay silent.
    #[must_use]
    pub fn sealed_by(mut self, seal: Option<Seal>) -> Self {
        self.seal = seal;
        self
    }

    /// The kept journal of a recording; `None` when there is none.
    ///
    /// # Errors
    /// When catalogue or archive fail, or what is kept is no journal.
    pub async fn journal(&self, recording: RecordingId) -> Result<Option<Journal>, Error> {
        match self.rendering(recording).await? {
            Some(known) => self.kept(&known).await,
            None => Ok(None),
        }
    }

    /// Renders a recording again and puts the result in its place, if it is better.
    ///
    /// # Errors
    /// When something is not available; trying again continues where it broke off.
    pub async fn render(&self, recording: RecordingId) -> Result<Outcome, Error> {
        let Some(known) = self.rendering(recording).await? else {
            return Ok(Outcome::Missing);
        };
        if known.state != State::Failed && known.undecoded.is_empty() {
            return Ok(Outcome::Whole);
        }
        let Some(journal) = self.kept(&known).await? else {
            return Ok(Outcome::NoJournal);
        };
        let journal = Arc::new(journal);
        let rendered = self.storing.render(recording, Arc::clone(&journal)).await?;
        let (rendition, staging) = match rendered {
            Ok(rendered) => rendered,
            Err(reason) => return Ok(Outcome::Failed(reason)),
        };
        let failed = known.state == State::Failed;
        if !failed && rendition.draft.undecoded.len() >= known.undecoded.len() {
            let profile = self.storing.profile.version;
            let noted = self.catalogue.rendered_no_better(recording, profile).await;
            noted.map_err(|source| Error::Catalogue { recording, source })?;
            return Ok(Outcome::NoBetter);
        }
        let sound = self.store(&rendition, staging, &journal).await?;
        let stored = self.storing.stored(sound);
        let replaced = self
            .catalogue
            .replace_rendering(&rendition.draft, stored.clone())
            .await
            .map_err(|source| Error::Catalogue { recording, source })?;
        let Some(row) = replaced else {
            return Ok(Outcome::Missing);
        };
        tracing::info!(
            recording.id = %recording,
            recording.reference = row.reference_number,
            state = row.draft.state.name(),
            "a recording is rendered again"
        );
        Ok(Outcome::Replaced(stored))
    }

    /// Renders again whatever this version may render better, once; for the start of a node.
    pub async fn run(self) {
        let mut after = None;
        loop {
            let profile = self.storing.profile.version;
            let round = match self.catalogue.unrendered(profile, after, ROUND).await {
                Ok(round) => round,
                Err(error) => {
                    tracing::warn!(%error, "what failed once cannot be looked for");
                    tokio::time::sleep(RETRY).await;
                    continue;
                }
            };
            let Some(last) = round.last() else {
                return;
            };
            after = Some(*last);
            for recording in round {
                self.try_until_answered(recording).await;
            }
        }
    }

    async fn try_until_answered(&self, recording: RecordingId) {
        loop {
            match self.render(recording).await {
                Ok(Outcome::Failed(reason)) => {
                    tracing::warn!(recording.id = %recording, reason, "still not rendered");
                    return;
                }
                Ok(_) => return,
                Err(error @ Error::Journal { .. }) => {
                    tracing::error!(%error, "a kept journal cannot be used");
                    return;
                }
                Err(error) => {
                    tracing::warn!(recording.id = %recording, %error, "not rendered again yet");
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }

    async fn rendering(&self, recording: RecordingId) -> Result<Option<Rendering>, Error> {
        let known = self.catalogue.rendering(recording).await;
        known.map_err(|source| Error::Catalogue { recording, source })
    }

    /// Copies the kept journal into a file without a name and opens it.
    async fn kept(&self, known: &Rendering) -> Result<Option<Journal>, Error> {
        let recording = known.id;
        let failed = |source| Error::Archive { recording, source };
        let key = match &known.journal_key {
            Some(key) => key.clone(),
            // Rows of earlier versions do not say where: it lies beside the sound.
            None => match known.object_key.rsplit_once('.') {
                Some((base, _ending)) => format!("{base}.ewj"),
                None => return Ok(None),
            },
        };
        let archive = &self.storing.archive;
        let size = match archive.size(&key).await {
            Ok(size) => size,
            Err(archive::Error::NotFound { .. }) => return Ok(None),
            Err(source) => return Err(failed(source)),
        };
        let scratch = self.scratch.clone();
        let made = blocking(recording, move || tempfile::tempfile_in(scratch)).await?;
        let unwritable = |source| Error::Scratch { recording, source };
        let mut file = made.map_err(unwritable)?;
        let mut blocks = archive.read(&key, 0..size).await.map_err(failed)?;
        while let Some(block) = blocks.next().await {
            let block = block.map_err(failed)?;
            let written =
                blocking(recording, move || file.write_all(&block).map(|()| file)).await?;
            file = written.map_err(unwritable)?;
        }
        let opened = blocking(recording, move || {
            Journal::from_opened(file, Path::new(&key))
        });
        let journal = opened.await?;
        journal
            .map(|journal| Some(journal.sealed_by(self.seal.clone())))
            .map_err(|source| Error::Journal { recording, source })
    }

    /// Puts the sound where nothing else is. What people heard until now is never overwritten.
    async fn store(
        &self,
        rendition: &Rendition,
        staging: Staging,
        journal: &Arc<Journal>,
    ) -> Result<Receipt, Error> {
        let recording = rendition.draft.id;
        let (size, sha256) = (rendition.size, rendition.sha256);
        let mut base = objects::base(rendition.draft.start_time, recording);
        let key = self.intend(recording, &base).await?;
        let sound = match self.storing.archive.put(&key, staging, sha256, size).await {
            Err(archive::Error::Mismatch { .. }) => {
                base = format!("{base}.{sha256}");
                let key = self.intend(recording, &base).await?;
                let journal = Arc::clone(journal);
                self.storing.put_again(recording, &key, journal).await
            }
            other => other.map_err(|source| Error::Archive { recording, source }),
        }?;
        self.storing.put_all_beside(&base, rendition).await?;
        Ok(sound)
    }

    async fn intend(&self, recording: RecordingId, base: &str) -> Result<String, Error> {
        let key = self.storing.sound_key(base);
        let intended = self.catalogue.intend_sound(recording, key.clone()).await;
        intended.map_err(|source| Error::Catalogue { recording, source })?;
        Ok(key)
    }
}
