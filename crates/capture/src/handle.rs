//! What the rest of the program may ask of a running node.

use crate::admission::Refusal;
use crate::node::Event;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;

/// A running node, from outside. Cheap to clone.
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
}

impl Handle {
    /// Calls being recorded now.
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
}

impl Shared {
    pub(crate) fn show(&self, calls: usize, refusal: Option<Refusal>) {
        self.calls.store(calls, Ordering::Relaxed);
        *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = refusal;
    }
}
