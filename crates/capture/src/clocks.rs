//! The two clocks of capture, read together.
//!
//! Media times come from the monotonic clock; the kernel stamps datagrams with wall-clock time.
//! Reading both at once tells how long ago a datagram came, whatever the wall clock does.

use journal::Clocks;
use nix::time::{ClockId, clock_gettime};

/// Nanoseconds of the monotonic clock.
#[must_use]
pub fn monotonic_ns() -> u64 {
    let time = clock_gettime(ClockId::CLOCK_MONOTONIC);
    time.map_or(0, |t| {
        u64::try_from(nanoseconds(t.tv_sec(), t.tv_nsec())).unwrap_or_default()
    })
}

/// Nanoseconds since 1970 of the wall clock.
#[must_use]
pub(crate) fn wall_ns() -> i64 {
    clock_gettime(ClockId::CLOCK_REALTIME).map_or(0, |t| nanoseconds(t.tv_sec(), t.tv_nsec()))
}

/// Both clocks and the id of the boot they belong to.
#[must_use]
pub fn now() -> Clocks {
    Clocks {
        boot: boot_id(),
        monotonic_ns: monotonic_ns(),
        wall_ns: wall_ns(),
    }
}

/// Seconds and nanoseconds as nanoseconds.
pub(crate) fn nanoseconds(seconds: i64, nanoseconds: i64) -> i64 {
    seconds
        .saturating_mul(1_000_000_000)
        .saturating_add(nanoseconds)
}

/// The kernel's id of this boot; zero when it cannot be read, which only makes times of two
/// boots look like one.
fn boot_id() -> [u8; 16] {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    u128::from_str_radix(&digits, 16)
        .unwrap_or_default()
        .to_be_bytes()
}

/// When a datagram stamped `stamp_ns` by the wall clock arrived, on the monotonic clock: both
/// clocks read now, the age subtracted, and never outside the time since the last look.
pub(crate) fn arrival_ns(now: Now, stamp_ns: i64, last_look_ns: u64) -> u64 {
    let age = u64::try_from(now.wall_ns.saturating_sub(stamp_ns)).unwrap_or_default();
    now.monotonic_ns
        .saturating_sub(age)
        .clamp(last_look_ns.min(now.monotonic_ns), now.monotonic_ns)
}

/// Both clocks, read one after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    pub(crate) monotonic_ns: u64,
    pub(crate) wall_ns: i64,
}

impl Now {
    pub(crate) fn read() -> Self {
        Self {
            monotonic_ns: monotonic_ns(),
            wall_ns: wall_ns(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_of_the_wall_clock_moves_no_arrival_out_of_the_sweep() {
        let now = Now {
            monotonic_ns: 10_000,
            wall_ns: 5_000_000,
        };
        assert_eq!(arrival_ns(now, 4_999_000, 9_500), 9_500);
        assert_eq!(arrival_ns(now, 4_999_800, 9_500), 9_800);
        assert_eq!(
            arrival_ns(now, 0, 9_500),
            9_500,
            "wall clock jumped forward"
        );
        assert_eq!(
            arrival_ns(now, 9_000_000, 9_500),
            10_000,
            "wall clock jumped back"
        );
    }

    #[test]
    fn both_clocks_run() {
        let (first, second) = (now(), now());
        assert!(second.monotonic_ns >= first.monotonic_ns && first.monotonic_ns > 0);
        assert_eq!(first.boot, second.boot);
        assert!(first.wall_ns > 1_700_000_000_000_000_000);
    }
}
