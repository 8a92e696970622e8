//! Calls in progress, as the rest of the program sees them.
//!
//! The signalling loop writes, everybody reads; nobody who reads can hold up the loop.

use crate::discards::Discarded;
use model::live::{LiveCall, LiveEvent, LiveState};
use model::{RecordingId, SessionId};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::broadcast;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Events a reader may lag behind before it loses the oldest.
const EVENTS_MAX: usize = 4_096;

/// What is shown of calls in progress.
#[derive(Debug)]
pub(crate) struct Board {
    state: Mutex<State>,
    events: broadcast::Sender<LiveEvent>,
    discarded: UnboundedSender<Discarded>,
    not_recorded: AtomicU64,
}

#[derive(Debug)]
struct State {
    calls: HashMap<SessionId, LiveCall>,
    /// Recordings that are over and have no row yet.
    processing: BTreeMap<RecordingId, LiveCall>,
    /// Read by whoever writes the audit; nothing is lost before.
    discards: Option<UnboundedReceiver<Discarded>>,
}

impl Default for Board {
    fn default() -> Self {
        let (discarded, discards) = unbounded_channel();
        Self {
            state: Mutex::new(State {
                calls: HashMap::new(),
                processing: BTreeMap::new(),
                discards: Some(discards),
            }),
            events: broadcast::Sender::new(EVENTS_MAX),
            discarded,
            not_recorded: AtomicU64::new(0),
        }
    }
}

impl Board {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, event: LiveEvent) {
        // Nobody listens: then nobody has to know.
        let _ = self.events.send(event);
    }

    /// All calls, latest answered first.
    pub(crate) fn live(&self) -> Vec<LiveCall> {
        let state = self.lock();
        let calls = state.calls.values().chain(state.processing.values());
        let mut calls: Vec<LiveCall> = calls.cloned().collect();
        calls.sort_by_key(|call| std::cmp::Reverse((call.answered_at, call.recording)));
        calls
    }

    /// Shows a call as it is now.
    pub(crate) fn show(&self, mut call: LiveCall) {
        let mut state = self.lock();
        let known = state.calls.get(&call.session);
        if let Some(known) = known {
            for stream in &mut call.streams {
                let same = known.streams.iter().find(|old| old.index == stream.index);
                stream.packets = same.map_or(0, |same| same.packets);
            }
        }
        if known == Some(&call) {
            return;
        }
        let event = if known.is_some() {
            LiveEvent::Changed(call.clone())
        } else {
            LiveEvent::Began(call.clone())
        };
        state.calls.insert(call.session, call);
        drop(state);
        self.tell(event);
    }

    /// Packets kept so far of a call's streams.
    pub(crate) fn count(&self, packets: &[(SessionId, Vec<(u16, u64)>)]) {
        let mut state = self.lock();
        for (session, packets) in packets {
            let Some(call) = state.calls.get_mut(session) else {
                continue;
            };
            for (index, count) in packets {
                let stream = call.streams.iter_mut().find(|known| known.index == *index);
                if let Some(stream) = stream {
                    stream.packets = *count;
                }
            }
        }
    }

    /// A recording of a call is over and will have a row.
    pub(crate) fn process(&self, mut call: LiveCall) {
        call.state = LiveState::Processing;
        self.lock().processing.insert(call.recording, call.clone());
        self.tell(LiveEvent::Ended(call));
    }

    /// A call is gone; says what was shown of it.
    pub(crate) fn remove(&self, session: SessionId) -> Option<LiveCall> {
        self.lock().calls.remove(&session)
    }

    /// A call is over of which nothing is kept or will be.
    pub(crate) fn ended(&self, session: SessionId) {
        if let Some(mut call) = self.remove(session) {
            call.state = LiveState::Processing;
            self.tell(LiveEvent::Ended(call));
        }
    }

    /// A call is thrown away.
    pub(crate) fn discarded(&self, call: LiveCall) {
        self.tell(LiveEvent::Discarded(call));
    }

    /// A call that was thrown away is to be written down in the audit.
    pub(crate) fn to_be_written_down(&self, call: Discarded) {
        let _ = self.discarded.send(call);
    }

    /// A recording has its row, or needs none.
    pub(crate) fn settled(&self, session: SessionId, recording: RecordingId) {
        self.lock().processing.remove(&recording);
        self.tell(LiveEvent::Settled { session, recording });
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<LiveEvent> {
        self.events.subscribe()
    }

    pub(crate) fn discards(&self) -> Option<UnboundedReceiver<Discarded>> {
        self.lock().discards.take()
    }

    pub(crate) fn count_not_recorded(&self) {
        self.not_recorded.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn not_recorded(&self) -> u64 {
        self.not_recorded.load(Ordering::Relaxed)
    }
}
