//! What a receiver reports, beside the algorithms of RFC 3550 in its own arithmetic, and beside
//! what is known to have been lost.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

use proptest::prelude::*;
use rtp::receipt::{Head, Receipts, Received, SOURCES_MAX, write};
use rtp::rtcp::{Block, Report, parse};

const MS: u64 = 1_000_000;
const RATE: u32 = 8_000;

fn head(ssrc: u32, sequence: u16, timestamp: u32) -> Head {
    Head {
        payload_type: 0,
        sequence,
        timestamp,
        ssrc,
    }
}

/// One packet: how its number and its timestamp differ from those of the packet before, and how
/// much later it came, in nanoseconds.
type Step = (i32, u32, u64);

/// The state of RFC 3550 appendices A.1 (without probation), A.3 and A.8, in numbers that wrap.
#[derive(Default)]
struct Appendix {
    max: u16,
    cycles: u32,
    base: u16,
    bad: Option<u16>,
    received: u32,
    expected_prior: u32,
    received_prior: u32,
    transit: Option<u32>,
    jitter: u64,
}

impl Appendix {
    fn begin(&mut self, sequence: u16) {
        (self.base, self.max, self.bad) = (sequence, sequence, None);
        (self.cycles, self.received) = (0, 0);
        (self.expected_prior, self.received_prior) = (0, 0);
    }

    fn take(&mut self, sequence: u16, timestamp: u32, arrival_ns: u64) {
        let delta = sequence.wrapping_sub(self.max);
        if self.received == 0 {
            self.begin(sequence);
        } else if delta < 3_000 {
            if sequence < self.max {
                self.cycles = self.cycles.wrapping_add(1 << 16);
            }
            self.max = sequence;
        } else if u32::from(delta) <= (1 << 16) - 100 {
            if self.bad != Some(sequence) {
                self.bad = Some(sequence.wrapping_add(1));
                return;
            }
            self.begin(sequence);
            // What a sender that counts anew says of time is not compared with before.
            self.transit = None;
        }
        self.received += 1;
        let arrival = u128::from(arrival_ns) * u128::from(RATE) / 1_000_000_000;
        let transit = (arrival as u32).wrapping_sub(timestamp);
        if let Some(before) = self.transit.replace(transit) {
            let change = u64::from((transit.wrapping_sub(before) as i32).unsigned_abs());
            self.jitter = self.jitter + change - ((self.jitter + 8) >> 4);
        }
    }

    fn report(&mut self) -> (u8, i32, u32, u32) {
        let highest = self.cycles.wrapping_add(self.max.into());
        let expected = highest.wrapping_sub(self.base.into()).wrapping_add(1);
        let lost = i64::from(expected) - i64::from(self.received);
        let expected_interval = expected.wrapping_sub(self.expected_prior);
        let received_interval = self.received.wrapping_sub(self.received_prior);
        (self.expected_prior, self.received_prior) = (expected, self.received);
        let lost_interval = i64::from(expected_interval) - i64::from(received_interval);
        let fraction = if expected_interval == 0 || lost_interval <= 0 {
            0
        } else {
            (lost_interval << 8) / i64::from(expected_interval)
        };
        let lost = lost.clamp(-0x80_0000, 0x7f_ffff);
        let jitter = u32::try_from(self.jitter >> 4).unwrap_or(u32::MAX);
        (
            u8::try_from(fraction).unwrap(),
            i32::try_from(lost).unwrap(),
            highest,
            jitter,
        )
    }
}

fn step() -> impl Strategy<Value = Step> {
    let number = prop_oneof![
        20 => Just(1),
        2 => 2..60,
        1 => Just(0),
        2 => -120..0,
        1 => 2_900..3_100,
        1 => -33_000..33_000,
    ];
    let stamp = prop_oneof![10 => Just(160), 1 => any::<u32>()];
    let later = prop_oneof![10 => 0..60 * MS, 1 => 0..100_000 * MS];
    (number, stamp, later)
}

proptest! {
    #[test]
    fn siprec_40_counts_are_those_of_the_appendices(
        first: u16,
        began in 0..1_u64 << 62,
        steps in proptest::collection::vec((step(), prop::bool::weighted(0.05)), 1..800),
    ) {
        let (mut receipts, mut appendix) = (Receipts::default(), Appendix::default());
        let (mut number, mut timestamp, mut at_ns) = (first, 0_u32, began);
        for ((ahead, stamp, later), reported) in steps {
            receipts.take(&head(7, number, timestamp), at_ns, RATE);
            appendix.take(number, timestamp, at_ns);
            if reported {
                // One of whom nothing new was counted is not reported.
                if let Some(Received { block, .. }) = receipts.report(at_ns).next() {
                    let said = (block.fraction_lost, block.lost, block.highest, block.jitter);
                    prop_assert_eq!(said, appendix.report());
                }
            }
            number = number.wrapping_add(ahead as u16);
            timestamp = timestamp.wrapping_add(stamp);
            at_ns += later;
        }
    }

    /// Packets of one sender that lose, double and overtake one another.
    #[test]
    fn siprec_40_what_is_lost_is_what_did_not_come(
        first: u16,
        fates in proptest::collection::vec((0..3_usize, 0..40_usize, any::<bool>()), 2..3_000),
    ) {
        let last = fates.len() - 1;
        // The first and the last come once and in their place, so that all others lie between.
        let fate = |index: usize| match index {
            0 => (1, 0),
            _ if index == last => (1, 80),
            _ if fates[index].2 => (1, 0),
            _ => (fates[index].0, fates[index].1),
        };
        let mut arrivals: Vec<(usize, usize)> = Vec::new();
        for index in 0..=last {
            let (copies, late) = fate(index);
            arrivals.extend(vec![(index + late, index); copies]);
        }
        arrivals.sort_by_key(|(place, _)| *place);
        let mut receipts = Receipts::default();
        for (place, index) in &arrivals {
            let number = first.wrapping_add(u16::try_from(*index).unwrap());
            receipts.take(&head(7, number, 0), *place as u64 * 20 * MS, RATE);
        }
        let reports: Vec<Received> = receipts.report(0).collect();
        prop_assert_eq!(reports.len(), 1);
        let block = reports[0].block;
        let lost = fates.len() as i64 - arrivals.len() as i64;
        prop_assert_eq!(i64::from(block.lost), lost);
        prop_assert_eq!(block.highest, u32::from(first) + u32::try_from(last).unwrap());
        let share = lost.max(0) * 256 / fates.len() as i64;
        prop_assert_eq!(i64::from(block.fraction_lost), share);
        prop_assert_eq!(receipts.report(0).count(), 0, "nothing came since");
    }

    #[test]
    fn a_report_reads_as_it_was_written(
        ssrc: u32,
        blocks in proptest::collection::vec(
            (any::<u32>(), any::<u8>(), -0x80_0000..=0x7f_ffff_i32, any::<u32>(), any::<u32>()),
            0..40,
        ),
        sender: Option<(u32, u32)>,
        cname in "[a-zA-Z0-9+/@.-]{0,300}",
        leaving: bool,
    ) {
        let blocks: Vec<Block> = blocks
            .into_iter()
            .map(|(ssrc, fraction_lost, lost, highest, jitter)| Block {
                ssrc,
                fraction_lost,
                lost,
                highest,
                jitter,
            })
            .collect();
        let received = blocks.iter().map(|block| Received { block: *block, sender });
        let mut bytes = vec![1, 2, 3];
        write(ssrc, received, &cname, leaving, &mut bytes);
        prop_assert_eq!(bytes.len() % 4, 0);
        prop_assert!(rtp::looks_like_rtcp(&bytes));
        let told: Vec<Block> = blocks.into_iter().take(31).collect();
        let last = told.len() * 24;
        let mut expected = vec![
            Report::Receiver { ssrc, blocks: told },
            Report::Name { ssrc, cname: cname.chars().take(255).collect() },
        ];
        expected.extend(leaving.then_some(Report::Bye { ssrcs: vec![ssrc] }));
        prop_assert_eq!(parse(&bytes), expected);
        if last > 0 {
            let (middle, delay) = sender.unwrap_or_default();
            prop_assert_eq!(&bytes[last..last + 4], &middle.to_be_bytes());
            prop_assert_eq!(&bytes[last + 4..last + 8], &delay.to_be_bytes());
        }
    }

    #[test]
    fn no_datagram_panics(bytes in proptest::collection::vec(any::<u8>(), 0..20)) {
        let read = Head::read(&bytes).is_some();
        prop_assert_eq!(read, bytes.len() >= 12 && bytes[0] >> 6 == 2);
    }
}

#[test]
fn siprec_40_jitter_is_the_mean_deviation() {
    let mut receipts = Receipts::default();
    // By turns 5 ms late: every step deviates by 40 ticks.
    for number in 0..400_u16 {
        let late = u64::from(number % 2) * 5 * MS;
        let at_ns = u64::from(number) * 20 * MS + late;
        receipts.take(&head(7, number, u32::from(number) * 160), at_ns, RATE);
    }
    let jitter = receipts.report(0).next().unwrap().block.jitter;
    assert!((39..=40).contains(&jitter), "{jitter}");
    // In a format with a clock six times as fast it is six times as many ticks, and a change of
    // format is no jitter.
    receipts.take(&head(7, 400, 0), 8_000 * MS, 6 * RATE);
    let fast = receipts.report(0).next().unwrap().block.jitter;
    assert_eq!(fast / 6, jitter);
}

#[test]
fn siprec_42_a_new_source_is_reported_beside_the_old_one_until_that_is_silent() {
    let mut receipts = Receipts::default();
    for number in 0..10 {
        receipts.take(&head(7, number, 0), 0, RATE);
    }
    receipts.sender_said(7, 0x1234_5678_9abc_def0, 1_000 * MS);
    receipts.sender_said(9, 1 << 40, 0);
    receipts.take(&head(8, 5, 0), MS, RATE);
    receipts.take(&head(8, 7, 0), MS, RATE);
    let told: Vec<_> = receipts.report(1_500 * MS).collect();
    let lost: Vec<_> = told
        .iter()
        .map(|one| (one.block.ssrc, one.block.lost))
        .collect();
    assert_eq!(lost, [(7, 0), (8, 1)]);
    // Half a second after its own report; of the others there is none.
    let sender: Vec<_> = told.iter().map(|one| one.sender).collect();
    assert_eq!(sender, [Some((0x5678_9abc, 0x8000)), None]);
    receipts.take(&head(8, 8, 0), MS, RATE);
    let told: Vec<_> = receipts.report(0).map(|one| one.block.ssrc).collect();
    assert_eq!(told, [8]);
}

#[test]
fn sources_without_end_take_the_places_of_those_silent_for_longest() {
    let mut receipts = Receipts::default();
    receipts.take(&head(1, 0, 0), 0, RATE);
    for ssrc in 2..10_000 {
        let at_ns = u64::from(ssrc) * MS;
        receipts.take(&head(1, ssrc as u16, 0), at_ns, RATE);
        receipts.take(&head(ssrc, 0, 0), at_ns, RATE);
    }
    let told: Vec<_> = receipts.report(0).map(|one| one.block).collect();
    let names: Vec<u32> = told.iter().map(|block| block.ssrc).collect();
    assert_eq!(told.len(), SOURCES_MAX);
    assert!(names.contains(&1) && names.contains(&9_999), "{names:?}");
    assert!(!receipts.knows(2) && receipts.knows(1));
    assert_eq!(told[0].lost, 1, "number 1 was never sent");
}
