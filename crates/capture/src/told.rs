//! What may happen any number of times is told in the log once a minute, with how often it was.

use std::time::{Duration, Instant};

const AGAIN: Duration = Duration::from_secs(60);

/// How often something happened since the log last spoke of it, and when that was.
#[derive(Debug, Default)]
pub(crate) struct Told {
    since: u64,
    at: Option<Instant>,
}

impl Told {
    /// It happened once more. When it is time to speak of it: how often it has happened since.
    pub(crate) fn again(&mut self, now: Instant) -> Option<u64> {
        self.since += 1;
        let due = self
            .at
            .is_none_or(|at| now.saturating_duration_since(at) >= AGAIN);
        due.then(|| {
            self.at = Some(now);
            std::mem::take(&mut self.since)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_told_at_once_and_the_others_together() {
        let (mut told, now) = (Told::default(), Instant::now());
        assert_eq!(told.again(now), Some(1));
        assert!((0..41).all(|_| told.again(now + AGAIN / 2).is_none()));
        assert_eq!(told.again(now + AGAIN), Some(42));
        assert_eq!(told.again(now + AGAIN), None);
    }
}
