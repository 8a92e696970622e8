//! What a node counts: calls that were taken, and those that should have been and were not.
//!
//! Whoever reads never holds up the signalling loop.

use crate::admission::Refusal;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// INVITEs that were refused: by status and one of a few words.
pub type Refused = BTreeMap<(u16, &'static str), u64>;

/// The counters.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    taken: AtomicU64,
    refused: Mutex<Refused>,
    /// What the endpoint refused by itself, by status.
    before: Mutex<BTreeMap<u16, u64>>,
}

impl Counters {
    pub(crate) fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    pub(crate) fn count_taken(&self) {
        self.taken.fetch_add(1, Ordering::Relaxed);
    }

    /// A call was refused for want of room.
    pub(crate) fn count_full(&self, refusal: Refusal) {
        self.count(503, refusal.word());
    }

    /// A call was refused for what it asked.
    pub(crate) fn count_refused(&self, status: u16) {
        self.count(status, word(status));
    }

    fn count(&self, status: u16, word: &'static str) {
        *lock(&self.refused).entry((status, word)).or_default() += 1;
    }

    /// What was refused before the node heard of it.
    pub(crate) fn set_before(&self, before: &BTreeMap<u16, u64>) {
        lock(&self.before).clone_from(before);
    }

    /// All that was refused.
    pub(crate) fn refused(&self) -> Refused {
        let mut all = lock(&self.refused).clone();
        for (&status, count) in lock(&self.before).iter() {
            *all.entry((status, word(status))).or_default() += count;
        }
        all
    }
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a status of a refused INVITE means here.
fn word(status: u16) -> &'static str {
    match status {
        400 => "malformed",
        403 => "not-allowed",
        415 => "body",
        416 => "uri-scheme",
        420 => "extension",
        422 => "session-timer",
        481 => "no-such-call",
        482 => "merged",
        488 => "no-audio",
        503 => "transactions",
        513 => "too-large",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_of_both_kinds_are_counted_once() {
        let counters = Counters::default();
        counters.count_full(Refusal::Disk);
        counters.count_full(Refusal::Disk);
        counters.count_refused(403);
        let before = BTreeMap::from([(403, 2), (420, 1), (599, 1)]);
        counters.set_before(&before);
        counters.set_before(&before);
        let expected = Refused::from([
            ((403, "not-allowed"), 3),
            ((420, "extension"), 1),
            ((503, "disk"), 2),
            ((599, "other"), 1),
        ]);
        assert_eq!(counters.refused(), expected);
    }
}
