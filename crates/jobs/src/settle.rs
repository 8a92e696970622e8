//! Settle: journal → rendition → archive → catalogue, then mark it settled.
//!
//! The order is the promise: the row is written after the object is durable, and the journal's
//! frames are given up only after the row is durable. A crash anywhere repeats the same steps.

use crate::error::Error;
use crate::storing::{KeepJournal, Storing};
use crate::tally::{Heard, Tally};
use crate::tidying::Tidying;
use archive::Archive;
use catalogue::Catalogue;
use finalise::Profile;
use journal::{Append, Entry, Journal, Log};
use model::{RecordingId, SessionId};
use std::collections::HashMap;
use std::future::Future;
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
    storing: Storing,
    clock_ns: fn() -> u64,
    on_settled: OnSettled,
    tally: Arc<Tally>,
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
            storing: Storing {
                archive,
                profile: options.profile,
                keep_journal: options.keep_journal,
            },
            clock_ns: options.clock_ns,
            on_settled: Arc::new(|_, _| ()),
            tally: Arc::default(),
        }
    }

    /// What it counts from now on.
    #[must_use]
    pub fn tally(&self) -> Arc<Tally> {
        Arc::clone(&self.tally)
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
            tidying.begin(&self.log, self.clock_ns);
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
            self.tally.nothing_to_keep();
            return self.mark_settled(session, recording);
        };
        let storing = &self.storing;
        let mut heard = Heard::default();
        let (draft, kept) = match storing.render(recording, Arc::clone(&journal)).await? {
            Ok((rendition, staging)) => {
                heard = Heard::of(&rendition.report);
                storing.store(rendition, staging, &journal).await?
            }
            Err(reason) => storing.give_up(recording, &journal, reason).await?,
        };
        let registered = match kept.journal_key {
            Some(key) => {
                let catalogue = &self.catalogue;
                catalogue
                    .register_with_journal(&draft, kept.stored, key)
                    .await
            }
            None => self.catalogue.register(&draft, kept.stored).await,
        };
        let row = registered.map_err(|source| Error::Catalogue { recording, source })?;
        tracing::info!(
            recording.id = %recording,
            recording.reference = row.reference_number,
            state = draft.state.name(),
            duration_ms = draft.duration_ms,
            size_bytes = row.size,
            "a recording is settled"
        );
        self.tally.settled(&draft, heard);
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
        let work = move || finalise::unknown_parties(&read, recording);
        let parties = match tokio::task::spawn_blocking(work).await {
            Ok(Ok(Some(parties))) => parties,
            Ok(Err(finalise::Error::Journal { source, .. })) => {
                return Err(Error::Journal { recording, source });
            }
            // They are known; or they cannot be read, which is no reason to lose the call:
            // rendering will say what is wrong.
            Ok(Ok(None) | Err(_)) => return Ok(Some(journal)),
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
            time_ns: (self.clock_ns)(),
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
        self.tally.failure();
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
