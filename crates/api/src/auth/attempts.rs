//! Wrong passwords of the last minute, by address and by address and user.
//!
//! Slows guessing down without locking anybody out: what one address did is never held
//! against another. Time is an argument; the tables are bounded.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Wrong passwords one address may send for one user within [`WINDOW`].
pub(crate) const WRONG_PER_USER_MAX: usize = 10;

/// Wrong passwords one address may send within [`WINDOW`], for whomever.
pub(crate) const WRONG_PER_ADDRESS_MAX: usize = 100;

/// How long a wrong password counts.
pub(crate) const WINDOW: Duration = Duration::from_secs(60);

/// Most addresses, and most pairs of address and user, remembered at a time.
const KEYS_MAX: usize = 10_000;

/// Longer names belong to nobody (`model::people::check_username`) and are counted as one.
const USERNAME_BYTES_MAX: usize = 256;

/// The two tables.
pub(crate) struct Attempts {
    users: Marks<(IpAddr, String)>,
    addresses: Marks<IpAddr>,
}

/// One password being tried, counted as wrong until [`Attempts::right`] says otherwise.
pub(crate) struct Attempt {
    at: Instant,
    address: IpAddr,
    user: String,
}

impl Attempts {
    pub(crate) fn new() -> Self {
        Self {
            users: Marks::new(WRONG_PER_USER_MAX),
            addresses: Marks::new(WRONG_PER_ADDRESS_MAX),
        }
    }

    /// How long `address` has to wait before it may try a password for `username`.
    pub(crate) fn wait(&self, now: Instant, address: IpAddr, username: &str) -> Option<Duration> {
        let key = (address, folded(username));
        self.users
            .wait(now, &key)
            .max(self.addresses.wait(now, &address))
    }

    /// Begins an attempt, or says how long to wait. Counting before the outcome is known keeps
    /// the limits exact when many attempts run at once.
    pub(crate) fn begin(
        &mut self,
        now: Instant,
        address: IpAddr,
        username: &str,
    ) -> Result<Attempt, Duration> {
        if let Some(wait) = self.wait(now, address, username) {
            return Err(wait);
        }
        let user = folded(username);
        self.users.mark(now, (address, user.clone()));
        self.addresses.mark(now, address);
        Ok(Attempt {
            at: now,
            address,
            user,
        })
    }

    /// The password was right (or could not be checked): the attempt counts no more.
    pub(crate) fn right(&mut self, attempt: Attempt) {
        self.addresses.unmark(&attempt.address, attempt.at);
        self.users
            .unmark(&(attempt.address, attempt.user), attempt.at);
    }
}

/// User names have no case; nor has their counting.
fn folded(username: &str) -> String {
    if username.len() > USERNAME_BYTES_MAX {
        String::new()
    } else {
        username.to_lowercase()
    }
}

/// When each key failed, at most `limit` times, oldest first.
struct Marks<K> {
    limit: usize,
    times: HashMap<K, VecDeque<Instant>>,
}

impl<K: Clone + Eq + Hash> Marks<K> {
    fn new(limit: usize) -> Self {
        Self {
            limit,
            times: HashMap::new(),
        }
    }

    fn wait(&self, now: Instant, key: &K) -> Option<Duration> {
        let times = self.times.get(key)?;
        // The key is free again when all but `limit - 1` marks are older than the window.
        let decisive = times.get(times.len().checked_sub(self.limit)?)?;
        (*decisive + WINDOW)
            .checked_duration_since(now)
            .filter(|wait| !wait.is_zero())
    }

    fn mark(&mut self, now: Instant, key: K) {
        if self.times.len() >= KEYS_MAX && !self.times.contains_key(&key) {
            self.make_room(now);
        }
        let times = self.times.entry(key).or_default();
        times.push_back(now);
        if times.len() > self.limit {
            times.pop_front();
        }
    }

    fn unmark(&mut self, key: &K, at: Instant) {
        let Some(times) = self.times.get_mut(key) else {
            return;
        };
        if let Some(place) = times.iter().position(|time| *time == at) {
            times.remove(place);
        }
        if times.is_empty() {
            self.times.remove(key);
        }
    }

    /// Drops what no longer counts; if nothing is that old, the key that failed longest ago.
    fn make_room(&mut self, now: Instant) {
        self.times
            .retain(|_, times| times.back().is_some_and(|last| *last + WINDOW > now));
        if self.times.len() < KEYS_MAX {
            return;
        }
        let oldest = self
            .times
            .iter()
            .min_by_key(|(_, times)| times.back().copied());
        if let Some(key) = oldest.map(|(key, _)| key.clone()) {
            self.times.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const THERE: IpAddr = IpAddr::V6(std::net::Ipv6Addr::LOCALHOST);

    fn wrong(attempts: &mut Attempts, now: Instant, address: IpAddr, username: &str) {
        assert!(attempts.begin(now, address, username).is_ok());
    }

    #[test]
    fn ten_wrong_passwords_for_one_user_then_a_wait() {
        let start = Instant::now();
        let mut attempts = Attempts::new();
        for second in 0..10 {
            wrong(
                &mut attempts,
                start + Duration::from_secs(second),
                HERE,
                "John",
            );
        }
        let now = start + Duration::from_secs(10);
        assert_eq!(
            attempts.wait(now, HERE, "jOHN"),
            Some(Duration::from_secs(50))
        );
        assert_eq!(attempts.wait(now, THERE, "john"), None);
        assert_eq!(attempts.wait(now, HERE, "jane"), None);
        let later = start + WINDOW;
        assert_eq!(attempts.wait(later, HERE, "john"), None);
        wrong(&mut attempts, later, HERE, "john");
        assert_eq!(
            attempts.wait(later, HERE, "john"),
            Some(Duration::from_secs(1))
        );
    }

    #[test]
    fn a_hundred_for_one_address() {
        let now = Instant::now();
        let mut attempts = Attempts::new();
        for n in 0..100 {
            wrong(&mut attempts, now, HERE, &format!("user{n}"));
        }
        assert_eq!(attempts.wait(now, HERE, "another"), Some(WINDOW));
        assert_eq!(attempts.wait(now, THERE, "another"), None);
    }

    #[test]
    fn right_passwords_do_not_count() {
        let now = Instant::now();
        let mut attempts = Attempts::new();
        for _ in 0..1000 {
            let attempt = attempts.begin(now, HERE, "john").ok().unwrap();
            attempts.right(attempt);
        }
        assert_eq!(attempts.wait(now, HERE, "john"), None);
        assert!(attempts.users.times.is_empty() && attempts.addresses.times.is_empty());
    }

    #[test]
    fn the_tables_are_bounded() {
        let now = Instant::now();
        let mut marks = Marks::new(1);
        for n in 0..KEYS_MAX + 5 {
            marks.mark(now + Duration::from_millis(n as u64), n);
        }
        assert_eq!(marks.times.len(), KEYS_MAX);
        assert!(!marks.times.contains_key(&0));
        marks.mark(now + 2 * WINDOW, KEYS_MAX + 5);
        assert_eq!(marks.times.len(), 1);
        assert_eq!(folded(&"x".repeat(300)), "");
    }
}
