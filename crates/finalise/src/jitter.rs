//! Interarrival jitter of one stream (RFC 3550 §6.4.1, A.8), in integers, so that it is the same
//! everywhere.

/// A transit that changes by so much is a new anchor and no jitter: the source began anew, or
/// was moved to another call.
const JUMP_NS: i64 = 1_000_000_000;

/// The running estimate, and what it was over time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Jitter {
    /// SSRC, arrival and timestamp of the packet before.
    before: Option<(u32, i64, u32)>,
    /// Sixteen times the estimate, in nanoseconds, as RFC 3550 A.8 keeps it.
    sixteen_ns: i64,
    /// Sum of the estimates after each packet, in nanoseconds, and how many they are.
    sum_ns: i128,
    count: i64,
    most_ns: i64,
}

impl Jitter {
    /// Takes the next packet, in the order of arrival.
    pub(crate) fn push(&mut self, ssrc: u32, arrival_ns: i64, timestamp: u32, clock_rate: u32) {
        let before = self.before.replace((ssrc, arrival_ns, timestamp));
        let Some((same, arrival_before_ns, timestamp_before)) = before else {
            return;
        };
        if same != ssrc {
            return;
        }
        let units = i64::from(timestamp.wrapping_sub(timestamp_before).cast_signed());
        let sent_ns = units * 1_000_000_000 / i64::from(clock_rate.max(1));
        let change_ns = arrival_ns
            .saturating_sub(arrival_before_ns)
            .saturating_sub(sent_ns)
            .saturating_abs();
        if change_ns >= JUMP_NS {
            return;
        }
        self.sixteen_ns += change_ns - ((self.sixteen_ns + 8) >> 4);
        let now_ns = self.sixteen_ns >> 4;
        self.sum_ns += i128::from(now_ns);
        self.count += 1;
        self.most_ns = self.most_ns.max(now_ns);
    }

    /// The mean and the greatest of the estimates in microseconds; `None` without two packets
    /// to compare.
    pub(crate) fn micros(&self) -> Option<(u64, u64)> {
        let mean_ns = self.sum_ns.checked_div(i128::from(self.count))?;
        let micros = |ns: i128| u64::try_from(ns / 1_000).unwrap_or_default();
        Some((micros(mean_ns), micros(self.most_ns.into())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: i64 = 1_000_000;

    /// Packets of 20 ms whose transit is what the function says, in milliseconds.
    fn jitter(count: u32, transit_ms: impl Fn(u32) -> i64) -> Option<(u64, u64)> {
        let mut jitter = Jitter::default();
        for number in 0..count {
            let arrival_ns = i64::from(number) * 20 * MS + transit_ms(number) * MS;
            // The timestamp wraps on the way.
            jitter.push(7, arrival_ns, (number * 160).wrapping_sub(800), 8_000);
        }
        jitter.micros()
    }

    #[test]
    fn packets_that_come_as_they_left_have_none() {
        assert_eq!(jitter(0, |_| 0), None);
        assert_eq!(jitter(1, |_| 0), None);
        assert_eq!(jitter(500, |_| 40), Some((0, 0)));
    }

    #[test]
    fn a_transit_that_changes_by_ten_milliseconds_each_time_tends_to_ten() {
        let (mean, most) = jitter(5_000, |number| i64::from(number % 2) * 10).unwrap();
        assert!((9_900..=10_000).contains(&mean), "{mean}");
        assert!((9_990..=10_000).contains(&most), "{most}");
    }

    /// The first steps by hand: D = 16 ms, then 0: 1 ms, then 15/16 ms.
    #[test]
    fn the_estimate_is_that_of_the_rfc() {
        let first = jitter(2, |number| i64::from(number) * 16);
        assert_eq!(first, Some((1_000, 1_000)));
        let second = jitter(3, |number| i64::from(number.min(1)) * 16);
        assert_eq!(second, Some((968, 1_000)));
    }

    #[test]
    fn a_new_source_and_a_jump_are_no_jitter() {
        let mut jitter = Jitter::default();
        let mut push = |ssrc, ms: i64, timestamp| jitter.push(ssrc, ms * MS, timestamp, 8_000);
        push(1, 0, 0);
        push(1, 20, 160);
        push(2, 55, 4_000_000_000);
        push(2, 75, 4_000_000_160);
        push(2, 5_000, 4_000_000_320);
        push(2, 5_020, 4_000_000_480);
        assert_eq!(jitter.micros(), Some((0, 0)));
    }
}
