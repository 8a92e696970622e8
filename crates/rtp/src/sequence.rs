//! Counters that wrap, made to run on; and what a run of sequence numbers says about the way.

/// Packets behind the newest one whose coming is remembered, to know a second copy of them.
pub const WINDOW_PACKETS: u64 = 1024;

const WORDS: usize = (WINDOW_PACKETS / 64) as usize;

/// Makes a 16-bit sequence number run on: the value nearest to `near` that ends in `value`.
#[must_use]
pub fn extend16(near: i64, value: u16) -> i64 {
    let low = near as u16;
    near.saturating_add(i64::from(value.wrapping_sub(low) as i16))
}

/// Makes a 32-bit timestamp run on: the value nearest to `near` that ends in `value`.
#[must_use]
pub fn extend32(near: i64, value: u32) -> i64 {
    let low = near as u32;
    near.saturating_add(i64::from(value.wrapping_sub(low) as i32))
}

/// What a sequence number says about its packet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Arrival {
    /// The newest so far, the next or after a loss.
    New,
    /// Later than a newer one.
    Reordered,
    /// A second copy.
    Duplicate,
    /// So far behind the newest that a copy could not be told from a late one.
    TooOld,
}

/// What went missing between sender and us, from sequence numbers alone (RFC 3550 A.3).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Stats {
    /// Packets that came, second copies not counted.
    pub packets: u64,
    /// Packets that never came.
    pub lost: u64,
    /// Second copies.
    pub duplicates: u64,
    /// Packets that came after a newer one.
    pub reordered: u64,
}

/// One run of sequence numbers of one source.
#[derive(Clone, Debug)]
pub struct Sequence {
    first: i64,
    newest: i64,
    seen: [u64; WORDS],
    /// Of runs that ended because the counter was restarted.
    lost_before: u64,
    packets_in_run: u64,
    stats: Stats,
}

impl Sequence {
    /// A run that begins with its first packet.
    #[must_use]
    pub fn new(first: u16) -> Self {
        let mut sequence = Self {
            first: i64::from(first),
            newest: i64::from(first),
            seen: [0; WORDS],
            lost_before: 0,
            packets_in_run: 1,
            stats: Stats {
                packets: 1,
                ..Stats::default()
            },
        };
        sequence.mark(sequence.newest);
        sequence
    }

    /// How far `value` lies from the newest number; negative is behind it.
    #[must_use]
    pub fn distance(&self, value: u16) -> i64 {
        extend16(self.newest, value).saturating_sub(self.newest)
    }

    /// Takes the next packet's number in the order of arrival.
    pub fn push(&mut self, value: u16) -> Arrival {
        let number = extend16(self.newest, value);
        let distance = number.saturating_sub(self.newest);
        if distance > 0 {
            self.forget_between(self.newest, number);
            self.newest = number;
            self.count(number);
            return Arrival::New;
        }
        if distance.unsigned_abs() >= WINDOW_PACKETS {
            return Arrival::TooOld;
        }
        if self.is_marked(number) {
            self.stats.duplicates = self.stats.duplicates.saturating_add(1);
            return Arrival::Duplicate;
        }
        self.first = self.first.min(number);
        self.stats.reordered = self.stats.reordered.saturating_add(1);
        self.count(number);
        Arrival::Reordered
    }

    /// The sender began to count anew with `value`; what was lost before stays counted.
    pub fn restart(&mut self, value: u16) {
        self.lost_before = self.lost_before.saturating_add(self.lost_in_run());
        self.first = i64::from(value);
        self.newest = self.first;
        self.seen = [0; WORDS];
        self.packets_in_run = 0;
        self.count(self.first);
    }

    /// The counts so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats {
            lost: self.lost_before.saturating_add(self.lost_in_run()),
            ..self.stats
        }
    }

    fn lost_in_run(&self) -> u64 {
        let span = self
            .newest
            .saturating_sub(self.first)
            .unsigned_abs()
            .saturating_add(1);
        span.saturating_sub(self.packets_in_run)
    }

    fn count(&mut self, number: i64) {
        self.mark(number);
        self.packets_in_run = self.packets_in_run.saturating_add(1);
        self.stats.packets = self.stats.packets.saturating_add(1);
    }

    fn forget_between(&mut self, old: i64, new: i64) {
        if new.saturating_sub(old).unsigned_abs() >= WINDOW_PACKETS {
            self.seen = [0; WORDS];
            return;
        }
        for number in old.saturating_add(1)..=new {
            let (word, bit) = slot(number);
            if let Some(word) = self.seen.get_mut(word) {
                *word &= !bit;
            }
        }
    }

    fn mark(&mut self, number: i64) {
        let (word, bit) = slot(number);
        if let Some(word) = self.seen.get_mut(word) {
            *word |= bit;
        }
    }

    fn is_marked(&self, number: i64) -> bool {
        let (word, bit) = slot(number);
        self.seen.get(word).is_some_and(|word| word & bit != 0)
    }
}

fn slot(number: i64) -> (usize, u64) {
    let position = number as u64 % WINDOW_PACKETS;
    ((position / 64) as usize, 1 << (position % 64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    #[test]
    fn counters_run_on_over_their_end_and_back() {
        assert_eq!(extend16(65_535, 0), 65_536);
        assert_eq!(extend16(65_536, 65_535), 65_535);
        assert_eq!(extend16(0, 65_535), -1);
        assert_eq!(extend32(0xffff_fff0, 0x10), 0x1_0000_0010);
        assert_eq!(extend32(0x1_0000_0010, 0xffff_fff0), 0xffff_fff0);
    }

    #[test]
    fn loss_is_what_stays_missing() {
        let mut sequence = Sequence::new(65_534);
        for value in [0, 65_535, 0, 3] {
            sequence.push(value);
        }
        let stats = Stats {
            packets: 4,
            lost: 2,
            duplicates: 1,
            reordered: 1,
        };
        assert_eq!(sequence.stats(), stats);
        assert_eq!(sequence.push(3_u16.wrapping_sub(1024)), Arrival::TooOld);
        sequence.restart(40_000);
        sequence.push(40_002);
        assert_eq!(
            sequence.stats(),
            Stats {
                packets: 6,
                lost: 3,
                ..stats
            }
        );
    }

    #[test]
    fn a_packet_before_the_first_one_widens_the_run() {
        let mut sequence = Sequence::new(10);
        assert_eq!(sequence.push(8), Arrival::Reordered);
        assert_eq!(sequence.stats().lost, 1);
    }

    proptest! {
        #[test]
        fn copies_are_known_within_the_window(
            start: u16,
            steps in proptest::collection::vec(-200_i64..=210, 1..400),
        ) {
            let mut sequence = Sequence::new(start);
            let mut known = HashSet::from([i64::from(start)]);
            let mut newest = i64::from(start);
            for step in steps {
                let number = newest + step;
                let arrival = sequence.push(number as u16);
                prop_assert_eq!(arrival == Arrival::Duplicate, !known.insert(number));
                newest = newest.max(number);
            }
            prop_assert_eq!(sequence.stats().packets, known.len() as u64);
        }
    }
}
