//! Settle: journal → rendition → archive → catalogue, then mark it settled.
//!
//! The order is the promise: the row is written after the object is durable, and the journal's
//! frames are given up only after the row is durable. A crash anywhere repeats the same steps.

use crate::error::Error;
use crate::objects;
use crate::tidying::Tidying;
use archive::{Archive, Receipt, Staging};
use catalogue::{Catalogue, Stored};
use finalise::{Profile, Rendition};
use journal::{Append, Entry, Journal, Log};
use model::{Draft, RecordingId, SessionId, Sha256, State};
use std::collections::HashMap;
use std::future::Future;
use std::io::{BufWriter, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// Without a nudge the journal is looked through this often.
const LOOK: Duration = Duration::from_secs(2);
/// First wait after a failed try; doubled each time.
const RETRY_FIRST: Duration = Duration::from_secs(1);
/// Longest wait between tries.
const RETRY_LAST: Duration = Duration::from_secs(60);
const WRITE_BUFFER_BYTES: usize = 256 << 10;

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

/// How recordings are settled.
#[derive(Clone, Debug)]
pub struct Options {
    /// How they are rendered.
    pub profile: Profile,
    /// Which journals are kept.
    pub keep_journal: KeepJournal,
    /// The monotonic clock in nanoseconds, for the frames settling writes.
    pub clock_ns: fn() -> u64,
}

/// Told of each recording that is settled: it has its row, or there was nothing to keep.
pub type OnSettled = Arc<dyn Fn(SessionId, RecordingId) + Send + Sync>;

/// Settles whatever the journal holds unsettled.
#[derive(Clone)]
pub struct Settler {
    log: Log,
    catalogue: Catalogue,
    archive: Archive,
    options: Options,
    on_settled: OnSettled,
}

struct Trying {
    next: Instant,
    wait: Duration,
}

impl Settler {
    /// A settler over one node's journal.
    #[must_use]
    pub fn new(log: Log, catalogue: Catalogue, archive: Archive, options: Options) -> Self {
        Self {
            log,
            catalogue,
            archive,
            options,
            on_settled: Arc::new(|_, _| ()),
        }
    }

    /// Calls `on_settled` for each recording that is settled, after its row is durable.
    #[must_use]
    pub fn on_settled(mut self, on_settled: OnSettled) -> Self {
        self.on_settled = on_settled;
        self
    }

    /// Settles until `stop` completes, as many at once as there are cores. `nudge` is only a
    /// hint: the journal says what is to be done.
    pub async fn run(self, nudge: Arc<Notify>, stop: impl Future<Output = ()>) {
        let at_once = std::thread::available_parallelism().map_or(1, usize::from);
        let mut running: JoinSet<(RecordingId, Result<(), Error>)> = JoinSet::new();
        let mut trying: HashMap<RecordingId, Trying> = HashMap::new();
        let mut busy: Vec<RecordingId> = Vec::new();
        let mut tidying = Tidying::default();
        tokio::pin!(stop);
        loop {
            let now = Instant::now();
            for (session, recording) in self.log.unsettled() {
                let waits = trying.get(&recording).is_some_and(|t| t.next > now);
                if running.len() >= at_once || waits || busy.contains(&recording) {
                    continue;
                }
                busy.push(recording);
                let settler = self.clone();
                running.spawn(async move { (recording, settler.settle(session, recording).await) });
            }
            tokio::select! {
                () = &mut stop => break,
                () = nudge.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
                () = tidying.ended() => {}
                Some(done) = running.join_next() => {
                    self.note(done, &mut busy, &mut trying);
                    tidying.wanted = true;
                }
            }
            tidying.begin(&self.log, self.options.clock_ns);
        }
        // What runs is nearly done; what waits is done by the next start.
        while running.join_next().await.is_some() {}
    }

    /// Settles one recording: on return it is in the archive and the catalogue, and the journal
    /// says so.
    ///
    /// # Errors
    /// When something is not available; trying again continues where it broke off.
    pub async fn settle(&self, session: SessionId, recording: RecordingId) -> Result<(), Error> {
        let known = self.catalogue.object(recording).await;
        if known
            .map_err(|source| Error::Catalogue { recording, source })?
            .is_some()
        {
            return self.mark_settled(session, recording);
        }
        let Some(journal) = self.log.journal(session) else {
            return Ok(());
        };
        let Some(journal) = self
            .with_sides(session, recording, Arc::new(journal))
            .await?
        else {
            tracing::info!(recording.id = %recording, "nothing to keep: no stream and no packet");
            return self.mark_settled(session, recording);
        };
        let (draft, stored) = match self.render(recording, Arc::clone(&journal)).await? {
            Ok((rendition, staging)) => self.store(rendition, staging, &journal).await?,
            Err(reason) => self.give_up(recording, &journal, reason).await?,
        };
        let registered = self.catalogue.register(&draft, stored).await;
        let row = registered.map_err(|source| Error::Catalogue { recording, source })?;
        tracing::info!(
            recording.id = %recording,
            recording.reference = row.reference_number,
            state = draft.state.name(),
            duration_ms = draft.duration_ms,
            size_bytes = row.size,
            "a recording is settled"
        );
        self.mark_settled(session, recording)
    }

    /// Makes sure the journal says which side is ours; asks the catalogue at most once in the
    /// life of a recording. `None`: there is nothing to keep.
    async fn with_sides(
        &self,
        session: SessionId,
        recording: RecordingId,
        journal: Arc<Journal>,
    ) -> Result<Option<Arc<Journal>>, Error> {
        let read = Arc::clone(&journal);
        let work = move || {
            let known = has_sides(&read, recording);
            (!known).then(|| finalise::parties(&read, recording))
        };
        let parties = match tokio::task::spawn_blocking(work).await {
            Ok(Some(Ok(parties))) => parties,
            Ok(Some(Err(finalise::Error::Journal { source, .. }))) => {
                return Err(Error::Journal { recording, source });
            }
            // They are known; or they cannot be read, which is no reason to lose the call:
            // rendering will say what is wrong.
            Ok(None | Some(Err(_))) => return Ok(Some(journal)),
            Err(broken) if broken.is_panic() => return Ok(Some(journal)),
            Err(broken) => {
                let reason = broken.to_string();
                return Err(Error::BrokenOff { recording, reason });
            }
        };
        if !parties.keep {
            return Ok(None);
        }
        let keys = parties
            .candidates
            .iter()
            .map(|candidate| candidate.keys.clone())
            .collect();
        let owners = self.catalogue.owners(keys).await;
        let owners = owners.map_err(|source| Error::Catalogue { recording, source })?;
        let sides = finalise::sides(&parties, &owners);
        self.append(session, recording, Entry::Sides(sides))?;
        Ok(self.log.journal(session).map(Arc::new))
    }

    /// Renders into the archive's staging area. The inner error is a recording that cannot be
    /// rendered at all, in words; the outer one is worth another try.
    async fn render(
        &self,
        recording: RecordingId,
        journal: Arc<Journal>,
    ) -> Result<Result<(Rendition, Staging), String>, Error> {
        let staging = self.archive.staging();
        let staging = staging.map_err(|source| Error::Archive { recording, source })?;
        let profile = self.options.profile;
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

    /// Puts the sound and what stands beside it into the archive.
    async fn store(
        &self,
        rendition: Rendition,
        staging: Staging,
        journal: &Arc<Journal>,
    ) -> Result<(Draft, Stored), Error> {
        let Rendition {
            draft,
            size,
            sha256,
            report,
            peaks,
            signalling,
        } = rendition;
        let recording = draft.id;
        let mut base = objects::base(draft.start_time, recording);
        let format = self.options.profile.format;
        let key = format!("{base}.{}", format.extension());
        let sound = match self.archive.put(&key, staging, sha256, size).await {
            // An older version rendered the same call to other bytes and went before it could
            // register them: both stay, and the row names ours.
            Err(archive::Error::Mismatch { .. }) => {
                base = format!("{base}.{sha256}");
                let key = format!("{base}.{}", format.extension());
                self.put_again(recording, &key, Arc::clone(journal)).await
            }
            other => other.map_err(|source| Error::Archive { recording, source }),
        }?;
        let beside = [
            ("quality.json", objects::quality(&report)),
            ("signalling.json", objects::signalling(&signalling)),
            ("peaks", peaks),
        ];
        for (ending, bytes) in beside {
            self.put_beside(recording, &format!("{base}.{ending}"), &bytes)
                .await?;
        }
        let undecoded = !draft.undecoded.is_empty();
        let keep = match self.options.keep_journal {
            KeepJournal::Always => true,
            KeepJournal::Never => false,
            KeepJournal::Undecodable => undecoded,
        };
        if keep {
            self.put_journal(recording, &base, journal).await?;
        }
        let Receipt { key, size, sha256 } = sound;
        Ok((
            draft,
            Stored {
                size,
                sha256,
                format,
                object_key: key,
            },
        ))
    }

    async fn put_again(
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
    async fn give_up(
        &self,
        recording: RecordingId,
        journal: &Arc<Journal>,
        reason: String,
    ) -> Result<(Draft, Stored), Error> {
        tracing::error!(recording.id = %recording, reason, "a recording cannot be rendered");
        let draft = finalise::failed(journal, recording, reason);
        debug_assert_eq!(draft.state, State::Failed);
        let base = objects::base(draft.start_time, recording);
        self.put_journal(recording, &base, journal).await?;
        let nothing = Sha256::parse(NOTHING).unwrap_or(Sha256([0; 32]));
        let format = self.options.profile.format;
        Ok((
            draft,
            Stored {
                size: 0,
                sha256: nothing,
                format,
                object_key: String::new(),
            },
        ))
    }

    async fn put_journal(
        &self,
        recording: RecordingId,
        base: &str,
        journal: &Arc<Journal>,
    ) -> Result<(), Error> {
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
        match self
            .archive
            .put(&format!("{base}.ewj"), staging, sha256, size)
            .await
        {
            // An earlier try stored the same frames without the entries added since.
            Ok(_) | Err(archive::Error::Mismatch { .. }) => Ok(()),
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

    fn mark_settled(&self, session: SessionId, recording: RecordingId) -> Result<(), Error> {
        self.append(session, recording, Entry::Settled { recording })?;
        (self.on_settled)(session, recording);
        Ok(())
    }

    fn append(
        &self,
        session: SessionId,
        recording: RecordingId,
        entry: Entry<'_>,
    ) -> Result<(), Error> {
        let append = Append {
            session,
            time_ns: (self.options.clock_ns)(),
            entry,
        };
        let appended = self.log.append(&[append]);
        appended
            .map(|_| ())
            .map_err(|source| Error::Journal { recording, source })
    }

    fn note(
        &self,
        done: Result<(RecordingId, Result<(), Error>), tokio::task::JoinError>,
        busy: &mut Vec<RecordingId>,
        trying: &mut HashMap<RecordingId, Trying>,
    ) {
        let (recording, result) = match done {
            Ok(done) => done,
            Err(error) => {
                // Which one is unknown: look at all of them again.
                tracing::error!(%error, "settling was broken off");
                busy.clear();
                return;
            }
        };
        busy.retain(|id| *id != recording);
        let Err(error) = result else {
            trying.remove(&recording);
            return;
        };
        let wait = trying
            .get(&recording)
            .map_or(RETRY_FIRST, |t| (t.wait * 2).min(RETRY_LAST));
        let retry_s = wait.as_secs();
        tracing::error!(recording.id = %recording, %error, retry_s, "not settled yet");
        trying.insert(
            recording,
            Trying {
                next: Instant::now() + wait,
                wait,
            },
        );
    }
}

/// SHA-256 of no bytes: the hash of a failed recording.
const NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn has_sides(journal: &Journal, recording: RecordingId) -> bool {
    journal.frames().filter_map(Result::ok).any(
        |frame| matches!(frame.entry(), Ok(Entry::Sides(sides)) if sides.recording == recording),
    )
}

async fn blocking<T: Send + 'static>(
    recording: RecordingId,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Error::BrokenOff {
        recording,
        reason: error.to_string(),
    })
}
