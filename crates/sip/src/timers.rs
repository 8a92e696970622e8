//! What is due when.
//!
//! One deadline a key; setting it again replaces it. Knows no clock.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::time::{Duration, Instant};

/// Round-trip estimate (RFC 3261 §17.1.1.1).
pub(crate) const T1: Duration = Duration::from_millis(500);
/// Longest interval between retransmissions.
pub(crate) const T2: Duration = Duration::from_secs(4);
/// How long a message may stay in the network.
pub(crate) const T4: Duration = Duration::from_secs(5);
/// 64·T1: how long anybody retransmits, and so how long it has to be remembered.
pub(crate) const T1_64: Duration = Duration::from_secs(32);

/// Deadlines, the earliest at hand.
#[derive(Debug)]
pub(crate) struct Timers<Key> {
    at: HashMap<Key, Instant>,
    due: BTreeSet<(Instant, Key)>,
}

impl<Key: Copy + Eq + Hash + Ord> Timers<Key> {
    pub(crate) fn new() -> Self {
        Self {
            at: HashMap::new(),
            due: BTreeSet::new(),
        }
    }

    pub(crate) fn set(&mut self, key: Key, now: Instant, delay: Duration) {
        // A clock that cannot count that far has no such deadline.
        let Some(at) = now.checked_add(delay) else {
            return;
        };
        if let Some(before) = self.at.insert(key, at) {
            self.due.remove(&(before, key));
        }
        self.due.insert((at, key));
    }

    pub(crate) fn clear(&mut self, key: Key) {
        if let Some(before) = self.at.remove(&key) {
            self.due.remove(&(before, key));
        }
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Takes the earliest deadline that has come.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<Key> {
        let (_, key) = *self.due.first().filter(|(at, _)| *at <= now)?;
        self.clear(key);
        Some(key)
    }
}

/// The next interval between retransmissions: twice as long, at most T2.
pub(crate) fn doubled(interval: Duration) -> Duration {
    interval.saturating_mul(2).min(T2)
}
