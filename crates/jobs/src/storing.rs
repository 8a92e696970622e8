//! From a journal to objects in the archive: what settling and rendering again share.
//!
//! Every step may be repeated: the same journal renders to the same bytes, and what is there
//! already is not written again. Knows no row; whoever calls it registers what it says.

use crate::error::Error;
use crate::objects;
use archive::{Archive, Receipt, Staging};
use catalogue::Stored;
use finalise::{Profile, Rendition};
use journal::Journal;
use model::{Draft, RecordingId, Sha256, State};
use std::io::{BufWriter, Write};
use std::sync::Arc;

/// As much as a block of sound has octets: blocks go to the file as they are.
const WRITE_BUFFER_BYTES: usize = 64 << 10;

/// SHA-256 of no bytes: the hash of a failed recording.
const NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Which journals are kept as call files in the archive.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum KeepJournal {
    /// Every one.
    Always,
    /// None but those of failed renderings.
    Never,
    /// Those with stretches that could not be decoded.
    #[default]
    Undecodable,
}

/// Where sound and what goes with it are put.
#[derive(Clone)]
pub(crate) struct Storing {
    pub(crate) archive: Archive,
    pub(crate) profile: Profile,
    pub(crate) keep_journal: KeepJournal,
}

/// What was put into the archive.
pub(crate) struct Kept {
    pub(crate) stored: Stored,
    /// Key of the journal, where it is kept.
    pub(crate) journal_key: Option<String>,
}

impl Storing {
    /// Renders into the archive's staging area. The inner error is a recording that cannot be
    /// rendered at all, in words; the outer one is worth another try.
    pub(crate) async fn render(
        &self,
        recording: RecordingId,
        journal: Arc<Journal>,
    ) -> Result<Result<(Rendition, Staging), String>, Error> {
        let staging = self.archive.staging();
        let staging = staging.map_err(|source| Error::Archive { recording, source })?;
        let profile = self.profile;
        let work = move || {
            let mut out = BufWriter::with_capacity(WRITE_BUFFER_BYTES, staging);
            let rendition = finalise::render(&journal, recording, &profile, &mut out)?;
            let flushed = out.flush();
            flushed.map_err(|source| finalise::Error::Write { recording, source })?;
            let staging = out.into_inner().map_err(|error| finalise::Error::Write {
                recording,
                source: error.into_error(),
            })?;
            Ok::<_, finalise::Error>((rendition, staging))
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(Ok(rendered)) => Ok(Ok(rendered)),
            Ok(Err(source @ finalise::Error::Write { .. })) => {
                Err(Error::Render { recording, source })
            }
            Ok(Err(finalise::Error::Journal { source, .. })) => {
                Err(Error::Journal { recording, source })
            }
            Ok(Err(error)) => Ok(Err(error.to_string())),
            Err(broken) if broken.is_panic() => Ok(Err("a fault of the renderer".to_owned())),
            Err(broken) => Err(Error::BrokenOff {
                recording,
                reason: broken.to_string(),
            }),
        }
    }

    /// Puts the sound and what stands beside it into the archive, and the journal where it is
    /// kept.
    pub(crate) async fn store(
        &self,
        rendition: Rendition,
        staging: Staging,
        journal: &Arc<Journal>,
    ) -> Result<(Draft, Kept), Error> {
        let recording = rendition.draft.id;
        let mut base = objects::base(rendition.draft.start_time, recording);
        let (size, sha256) = (rendition.size, rendition.sha256);
        let sound = match self
            .archive
            .put(&self.sound_key(&base), staging, sha256, size)
            .await
        {
            // An older version rendered the same call to other bytes and went before it could
            // register them: both stay, and the row names ours.
            Err(archive::Error::Mismatch { .. }) => {
                base = format!("{base}.{sha256}");
                let key = self.sound_key(&base);
                self.put_again(recording, &key, Arc::clone(journal)).await
            }
            other => other.map_err(|source| Error::Archive { recording, source }),
        }?;
        self.put_all_beside(&base, &rendition).await?;
        let keep = match self.keep_journal {
            KeepJournal::Always => true,
            KeepJournal::Never => false,
            KeepJournal::Undecodable => !rendition.draft.undecoded.is_empty(),
        };
        let journal_key = if keep {
            Some(self.put_journal(recording, &base, journal).await?)
        } else {
            None
        };
        let kept = Kept {
            stored: self.stored(sound),
            journal_key,
        };
        Ok((rendition.draft, kept))
    }

    /// Key of the sound of a base.
    pub(crate) fn sound_key(&self, base: &str) -> String {
        format!("{base}.{}", self.profile.format.extension())
    }

    /// What the row says of a sound in the archive.
    pub(crate) fn stored(&self, sound: Receipt) -> Stored {
        let Receipt { key, size, sha256 } = sound;
        Stored {
            size,
            sha256,
            format: self.profile.format,
            object_key: key,
        }
    }

    /// Puts everything beside a sound into the archive.
    pub(crate) async fn put_all_beside(
        &self,
        base: &str,
        rendition: &Rendition,
    ) -> Result<(), Error> {
        let recording = rendition.draft.id;
        let quality = objects::quality(&rendition.report);
        let signalling = objects::signalling(&rendition.signalling);
        for (ending, bytes) in [
            ("quality.json", &quality),
            ("signalling.json", &signalling),
            ("peaks", &rendition.peaks),
        ] {
            self.put_beside(recording, &format!("{base}.{ending}"), bytes)
                .await?;
        }
        Ok(())
    }

    /// Renders once more, to the same bytes, and puts them under another key.
    pub(crate) async fn put_again(
        &self,
        recording: RecordingId,
        key: &str,
        journal: Arc<Journal>,
    ) -> Result<Receipt, Error> {
        let rendered = self.render(recording, journal).await?;
        let (rendition, staging) =
            rendered.map_err(|reason| Error::BrokenOff { recording, reason })?;
        let put = self
            .archive
            .put(key, staging, rendition.sha256, rendition.size)
            .await;
        put.map_err(|source| Error::Archive { recording, source })
    }

    /// A recording that cannot be rendered: a row that says so, and its journal kept.
    pub(crate) async fn give_up(
        &self,
        recording: RecordingId,
        journal: &Arc<Journal>,
        reason: String,
    ) -> Result<(Draft, Kept), Error> {
        tracing::error!(recording.id = %recording, reason, "a recording cannot be rendered");
        let draft = finalise::failed(journal, recording, reason);
        debug_assert_eq!(draft.state, State::Failed);
        let base = objects::base(draft.start_time, recording);
        let journal_key = self.put_journal(recording, &base, journal).await?;
        let stored = Stored {
            size: 0,
            sha256: Sha256::parse(NOTHING).unwrap_or(Sha256([0; 32])),
            format: self.profile.format,
            object_key: String::new(),
        };
        let kept = Kept {
            stored,
            journal_key: Some(journal_key),
        };
        Ok((draft, kept))
    }

    async fn put_journal(
        &self,
        recording: RecordingId,
        base: &str,
        journal: &Arc<Journal>,
    ) -> Result<String, Error> {
        let staging = self.archive.staging();
        let staging = staging.map_err(|source| Error::Archive { recording, source })?;
        let journal = Arc::clone(journal);
        let staging = blocking(recording, move || {
            let mut out = BufWriter::with_capacity(WRITE_BUFFER_BYTES, staging);
            journal.write_call_file(&mut out)?;
            Ok::<_, journal::Error>(out.into_inner().ok())
        });
        let staging = staging
            .await?
            .map_err(|source| Error::Journal { recording, source })?;
        let Some(staging) = staging else {
            let reason = "its journal could not be copied".to_owned();
            return Err(Error::BrokenOff { recording, reason });
        };
        let (size, sha256) = staging.written();
        let key = format!("{base}.ewj");
        match self.archive.put(&key, staging, sha256, size).await {
            // An earlier try stored the same frames without the entries added since.
            Ok(_) | Err(archive::Error::Mismatch { .. }) => Ok(key),
            Err(source) => Err(Error::Archive { recording, source }),
        }
    }

    async fn put_beside(
        &self,
        recording: RecordingId,
        key: &str,
        bytes: &[u8],
    ) -> Result<(), Error> {
        match self.archive.put_bytes(key, bytes).await {
            Ok(_) | Err(archive::Error::Mismatch { .. }) => Ok(()),
            Err(source) => Err(Error::Archive { recording, source }),
        }
    }
}

pub(crate) async fn blocking<T: Send + 'static>(
    recording: RecordingId,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Error::BrokenOff {
        recording,
        reason: error.to_string(),
    })
}
