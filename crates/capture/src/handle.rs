//! What the rest of the program may ask of a running node.

use crate::admission::Refusal;
use crate::board::Board;
use crate::contacts::{Contact, Contacts, Who};
use crate::counters::{Counters, Refused};
use crate::discards::{self, Discarded, Discards};
use crate::node::{Ask, Event};
use crate::rules;
use model::live::{LiveCall, LiveError, LiveEvent, Which};
use model::rules::Snapshot;
use model::{RecordingId, SessionId};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::{broadcast, oneshot};

/// A running node, from outside. Cheap to clone; nothing here waits for the node's threads
/// except for an answer.
#[derive(Clone)]
pub struct Handle {
    pub(crate) events: UnboundedSender<Event>,
    pub(crate) shared: Arc<Shared>,
}

/// What the signalling loop shows of itself.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    calls: AtomicUsize,
    refusal: Mutex<Option<Refusal>>,
    pub(crate) board: Board,
    pub(crate) counters: Counters,
    pub(crate) contacts: Contacts,
    /// Calls that are not in the audit yet.
    pub(crate) discards: Discards,
    /// Where the last rules are kept.
    pub(crate) rules: Mutex<PathBuf>,
}

impl Handle {
    /// Calls being received now.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.shared.calls.load(Ordering::Relaxed)
    }

    /// Why a new call would be refused now; `None` when it would be taken.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        *self
            .shared
            .refusal
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes no new calls from now on, lets running ones end for `limit`, then ends them with a
    /// BYE and keeps them. The node ends when all are written.
    pub fn drain(&self, limit: Duration) {
        let _ = self.events.send(Event::Drain { limit });
    }

    /// Every call being received, kept or not, and every recording that waits for its row;
    /// latest answered first.
    #[must_use]
    pub fn live(&self) -> Vec<LiveCall> {
        self.shared.board.live()
    }

    /// Begins the recording of a call, or keeps one from its first word; answers when that is
    /// on the disk. `who` is the user name that goes into the journal.
    ///
    /// # Errors
    /// [`LiveError`]: `NoCall`, `AlreadyRecorded`, `Automatic`, `Unavailable`.
    pub async fn start(&self, which: Which, who: &str) -> Result<RecordingId, LiveError> {
        let who = who.to_owned();
        self.ask(Ask::Start { which, who }).await
    }

    /// Ends the recording of a call and keeps what was recorded; later sound is not written.
    ///
    /// # Errors
    /// [`LiveError`]: `NoCall`, `NotLive`, `Automatic`, `Unavailable`.
    pub async fn stop(&self, which: Which, who: &str) -> Result<RecordingId, LiveError> {
        let who = who.to_owned();
        self.ask(Ask::Stop { which, who }).await
    }

    /// Writes no sound of a call from now on until [`Handle::resume`]; its time line goes on.
    ///
    /// # Errors
    /// [`LiveError`]: `NoCall`, `NotLive`, `Paused`, `Unavailable`.
    pub async fn pause(&self, recording: RecordingId, who: &str) -> Result<(), LiveError> {
        let who = who.to_owned();
        self.ask(Ask::Pause { recording, who }).await.map(drop)
    }

    /// Writes the sound of a paused call again.
    ///
    /// # Errors
    /// [`LiveError`]: `NoCall`, `NotPaused`, `Unavailable`.
    pub async fn resume(&self, recording: RecordingId, who: &str) -> Result<(), LiveError> {
        let who = who.to_owned();
        self.ask(Ask::Resume { recording, who }).await.map(drop)
    }

    /// Marks this instant of a call with a text.
    ///
    /// # Errors
    /// [`LiveError`]: `NoCall`, `NotLive`, `Unavailable`.
    pub async fn mark(
        &self,
        recording: RecordingId,
        who: &str,
        text: &str,
    ) -> Result<(), LiveError> {
        let (who, text) = (who.to_owned(), text.to_owned());
        let ask = Ask::Mark {
            recording,
            who,
            text,
        };
        self.ask(ask).await.map(drop)
    }

    /// What happens to calls from now on. Who lags behind loses the oldest events.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<LiveEvent> {
        self.shared.board.subscribe()
    }

    /// Calls that were thrown away because nobody started them, also by the last start: each
    /// is one line of audit, also when it comes twice, and is then to be told by
    /// [`Handle::written_down`]. For one reader: the second caller gets `None`.
    #[must_use]
    pub fn discards(&self) -> Option<UnboundedReceiver<Discarded>> {
        self.shared.board.discards()
    }

    /// The audit has the line of a call that was thrown away. Waits for the disk.
    ///
    /// # Errors
    /// What the system says; the next start then asks for the line again.
    pub fn written_down(&self, call: &Discarded) -> std::io::Result<()> {
        self.shared.discards.remove(call)
    }

    /// Calls that were answered and not recorded because a rule says `never`, since the start.
    #[must_use]
    pub fn not_recorded(&self) -> u64 {
        self.shared.board.not_recorded()
    }

    /// Calls that were answered 200 since the start.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.shared.counters.taken()
    }

    /// Who spoke since the start: clients of the settings, and whoever else may call.
    #[must_use]
    pub fn contacts(&self) -> BTreeMap<Who, Contact> {
        self.shared.contacts.all()
    }

    /// INVITEs that were refused since the start, by status and one of a few words; repeated
    /// ones count again. Those that were refused at once are up to a second late.
    #[must_use]
    pub fn refused(&self) -> Refused {
        self.shared.counters.refused()
    }

    /// Gives verdicts by these rules from now on, and keeps them in the spool for a start
    /// without the catalogue. Waits for the disk, not for the node.
    ///
    /// # Errors
    /// What the system says; the rules hold all the same, until the next start.
    pub fn set_rules(&self, rules: Snapshot) -> std::io::Result<()> {
        let path = self.shared.rules.lock();
        let path = path.unwrap_or_else(PoisonError::into_inner);
        let stored = rules::store(&path, &rules);
        let _ = self.events.send(Event::Rules(Arc::new(rules)));
        stored
    }

    /// A recording has its row in the catalogue, or there was nothing to keep of it: it is no
    /// longer in progress.
    pub fn settled(&self, session: SessionId, recording: RecordingId) {
        self.shared.board.settled(session, recording);
    }

    async fn ask(&self, ask: Ask) -> Result<RecordingId, LiveError> {
        let (reply, answer) = oneshot::channel();
        let asked = self.events.send(Event::Ask { ask, reply });
        asked.map_err(|_gone| LiveError::Unavailable)?;
        answer.await.unwrap_or(Err(LiveError::Unavailable))
    }
}

impl Shared {
    pub(crate) fn keeping_in(spool: &Path) -> Self {
        Self {
            discards: Discards::new(spool.join(discards::NAME)),
            rules: Mutex::new(spool.join(rules::NAME)),
            ..Self::default()
        }
    }

    pub(crate) fn show(&self, calls: usize, refusal: Option<Refusal>) {
        self.calls.store(calls, Ordering::Relaxed);
        *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = refusal;
    }
}
