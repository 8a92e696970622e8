//! How many requests one address or one user may send.
//!
//! A bucket of tokens each, refilled all the time. Programs on this machine are not counted:
//! they are a reverse proxy, or could as well read the disk. Time is an argument; the tables
//! are bounded.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// What one address or user may do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RateLimit {
    /// Requests a second, in the long run; 0: any number.
    pub requests_per_second: u32,
    /// Requests at once after a rest.
    pub burst: u32,
}

/// Most keys remembered at a time.
const KEYS_MAX: usize = 10_000;

/// The buckets of one kind of key.
pub(crate) struct Buckets<K> {
    limit: RateLimit,
    /// When each bucket will be full again. Full ones need no entry.
    full_at: HashMap<K, Instant>,
}

impl<K: Clone + Eq + Hash> Buckets<K> {
    pub(crate) fn new(limit: RateLimit) -> Self {
        Self {
            limit,
            full_at: HashMap::new(),
        }
    }

    /// Takes a token, or says how long to wait for one.
    pub(crate) fn take(&mut self, now: Instant, key: K) -> Result<(), Duration> {
        if self.limit.requests_per_second == 0 {
            return Ok(());
        }
        let one = Duration::from_secs(1) / self.limit.requests_per_second;
        let capacity = one * self.limit.burst.max(1);
        let full_at = self.full_at.get(&key).copied().unwrap_or(now).max(now);
        let next = full_at + one;
        if let Some(wait) = next
            .checked_duration_since(now + capacity)
            .filter(|wait| !wait.is_zero())
        {
            return Err(wait);
        }
        if self.full_at.len() >= KEYS_MAX && !self.full_at.contains_key(&key) {
            self.make_room(now);
        }
        self.full_at.insert(key, next);
        Ok(())
    }

    /// Forgets full buckets; if there are none, the one that is nearest to it.
    fn make_room(&mut self, now: Instant) {
        self.full_at.retain(|_, full_at| *full_at > now);
        if self.full_at.len() < KEYS_MAX {
            return;
        }
        let nearest = self.full_at.iter().min_by_key(|(_, full_at)| **full_at);
        if let Some(key) = nearest.map(|(key, _)| key.clone()) {
            self.full_at.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: RateLimit = RateLimit {
        requests_per_second: 10,
        burst: 5,
    };

    #[test]
    fn a_burst_then_a_steady_rate() {
        let mut buckets = Buckets::new(LIMIT);
        let now = Instant::now();
        for _ in 0..5 {
            assert_eq!(buckets.take(now, 'a'), Ok(()));
        }
        assert_eq!(buckets.take(now, 'a'), Err(Duration::from_millis(100)));
        assert_eq!(buckets.take(now, 'b'), Ok(()));
        let later = now + Duration::from_millis(100);
        assert_eq!(buckets.take(later, 'a'), Ok(()));
        assert!(buckets.take(later, 'a').is_err());
        let rested = now + Duration::from_secs(60);
        for _ in 0..5 {
            assert_eq!(buckets.take(rested, 'a'), Ok(()));
        }
        assert!(buckets.take(rested, 'a').is_err());
    }

    #[test]
    fn none_is_any_number() {
        let mut buckets = Buckets::new(RateLimit {
            requests_per_second: 0,
            burst: 0,
        });
        let now = Instant::now();
        assert!((0..10_000).all(|_| buckets.take(now, ()).is_ok()));
    }

    #[test]
    fn the_table_is_bounded() {
        let mut buckets = Buckets::new(LIMIT);
        let now = Instant::now();
        for key in 0..KEYS_MAX + 10 {
            assert_eq!(buckets.take(now, key), Ok(()));
        }
        assert_eq!(buckets.full_at.len(), KEYS_MAX);
        assert_eq!(
            buckets.take(now + Duration::from_secs(9), KEYS_MAX + 11),
            Ok(())
        );
        assert_eq!(buckets.full_at.len(), 1);
    }
}
