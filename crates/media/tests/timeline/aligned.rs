//! Sender reports place streams beside each other where arrival alone cannot; odd ones change
//! nothing.

use crate::simulation::{
    MS, Network, Recording, SECOND, Sender, SenderReport, Sent, find, record, record_with,
};
use proptest::prelude::*;

/// Seconds between the senders' wall clock and ours.
const WALL_NS: i64 = 3_999_999_999 * SECOND;

fn ntp(wall_ns: i64) -> u64 {
    ((i128::from(wall_ns) << 32) / i128::from(SECOND)) as u64
}

/// What is odd about the reports of a stream.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Oddity {
    None,
    /// A wall clock that says nothing.
    Zero,
    /// A wall clock that stands still.
    Stuck,
    /// Timestamps of another clock than the sound's.
    OtherRate,
    /// Timestamps that have nothing to do with the sound.
    OtherBase,
    /// Another wall clock, a few hundred milliseconds off.
    OtherClock,
    /// The same wall clock by name, and yet more than a second off.
    FarClock,
    /// A wall clock stepped in the middle.
    Stepped,
    /// There is only one.
    Single,
}

const ODD: [Oddity; 8] = [
    Oddity::Zero,
    Oddity::Stuck,
    Oddity::OtherRate,
    Oddity::OtherBase,
    Oddity::OtherClock,
    Oddity::FarClock,
    Oddity::Stepped,
    Oddity::Single,
];

/// Two streams for so many seconds, each sample taken at the same instant; the second one is so
/// much longer on its way.
fn two_streams(seconds: i64, delay_ms: i64, network: Network, seed: u64) -> Vec<Sent> {
    let mut sent = Vec::new();
    for stream in 0..2 {
        let mut sender = Sender {
            base: 3_000_000_000 * stream as u32,
            ..Sender::new(stream)
        };
        sender.send(0..seconds * 8_000, &mut sent);
    }
    let mut arrived = network.carry(sent, seed);
    for packet in arrived.iter_mut().filter(|packet| packet.stream == 1) {
        packet.at_ns += delay_ms * MS;
    }
    arrived.sort_by_key(|packet| packet.at_ns);
    arrived
}

/// Reports every 5 s, as senders make them: some with the timestamp of their last packet.
fn reports(stream: usize, seconds: i64, delay_ms: i64, odd: Oddity) -> Vec<SenderReport> {
    let count = if odd == Oddity::Single {
        1
    } else {
        seconds / 5
    };
    let report = |number: i64| {
        let sent_ns = number * 5 * SECOND + 1_300 * MS + 170 * MS * stream as i64;
        let sample = sent_ns / 125_000;
        let sample = if number % 2 == 0 {
            sample / 160 * 160
        } else {
            sample
        };
        let base = 3_000_000_000_u32.wrapping_mul(stream as u32);
        let is = |other| odd == other;
        let off_ns = if is(Oddity::OtherClock) {
            300 * MS
        } else if is(Oddity::FarClock) {
            4 * SECOND
        } else if is(Oddity::Stepped) && number >= count / 2 {
            400 * MS
        } else {
            0
        };
        let wall_ns = if is(Oddity::Stuck) {
            WALL_NS
        } else {
            WALL_NS + sent_ns + off_ns
        };
        let units = sample as u32 * if is(Oddity::OtherRate) { 2 } else { 1 };
        let off = if is(Oddity::OtherBase) { 1_000_000 } else { 0 };
        SenderReport {
            at_ns: sent_ns + (5 + delay_ms) * MS,
            stream,
            ssrc: 0x1000 + stream as u32,
            ntp: if is(Oddity::Zero) { 0 } else { ntp(wall_ns) },
            timestamp: base.wrapping_add(units).wrapping_add(off),
            clock: u32::from(odd == Oddity::OtherClock),
        }
    };
    (0..count).map(report).collect()
}

fn both_reports(seconds: i64, delay_ms: i64, odd: [Oddity; 2]) -> Vec<SenderReport> {
    let mut all = reports(0, seconds, 0, odd[0]);
    all.extend(reports(1, seconds, delay_ms, odd[1]));
    all.sort_by_key(|report| report.at_ns);
    all
}

/// How much later the right channel has a sample than the left one, in samples.
fn apart(recording: &Recording, sample: i64) -> i64 {
    let left = find(&recording.left, 0, sample, sample, 8_000).unwrap();
    let right = find(&recording.right, 1, sample, sample, 8_000).unwrap();
    right - left
}

fn jittered(jitter_ms: i64) -> Network {
    Network {
        jitter_ms,
        loss_percent: 1,
        ..Network::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn siprec_40_reports_align_what_was_longer_on_its_way(
        delay_ms in -900_i64..900,
        jitter_ms in 1_i64..40,
        seed: u64,
    ) {
        // A negative delay is one of the first stream.
        let (first, second) = (delay_ms.min(0).abs(), delay_ms.max(0));
        let mut arrived = two_streams(30, second, jittered(jitter_ms), seed);
        for packet in arrived.iter_mut().filter(|packet| packet.stream == 0) {
            packet.at_ns += first * MS;
        }
        arrived.sort_by_key(|packet| packet.at_ns);
        let mut told = reports(0, 30, first, Oddity::None);
        told.extend(reports(1, 30, second, Oddity::None));
        told.sort_by_key(|report| report.at_ns);

        let blind = record(&arrived, 2);
        let told = record_with(&arrived, &told, 2);
        for sample in [800, 120_000, 239_000] {
            let sample = sample / 160 * 160;
            let present = |n: i64| {
                find(&told.left, 0, n, n, 8_000).is_some()
                    && find(&told.right, 1, n, n, 8_000).is_some()
            };
            // The packet itself may have been lost.
            let Some(sample) = (0..9).map(|p| sample + p * 160).find(|n| present(*n)) else {
                panic!("nothing near {sample} is there");
            };
            // Without reports the delay remains, give or take the jitter of the least delayed.
            let blind = apart(&blind, sample);
            prop_assert!((blind - delay_ms * 8).abs() <= 160, "{blind}");
            let apart = apart(&told, sample);
            prop_assert!(apart.abs() <= 160, "{apart}");
        }
        prop_assert!(told.timeline.odd_reports.is_empty());
        // Whoever was shorter on its way stays: nothing begins before it, and nothing is lost.
        prop_assert!(told.timeline.samples <= blind.timeline.samples);
        prop_assert_eq!(told.late, 0);
    }

    #[test]
    fn siprec_40_odd_reports_change_nothing(
        delay_ms in 0_i64..900,
        odd in proptest::sample::select(&ODD),
        which in 0_usize..2,
        seed: u64,
    ) {
        let arrived = two_streams(30, delay_ms, jittered(20), seed);
        let mut odds = [Oddity::None; 2];
        odds[which] = odd;
        let told = record_with(&arrived, &both_reports(30, delay_ms, odds), 2);
        let blind = record(&arrived, 2);
        prop_assert_eq!(told.timeline.start, blind.timeline.start);
        prop_assert!(told.left == blind.left && told.right == blind.right);
        let odd_reports = if odd == Oddity::FarClock { vec![(0, 1)] } else { Vec::new() };
        prop_assert_eq!(told.timeline.odd_reports, odd_reports);
    }

    /// A wall clock of which both streams know that it was stepped is as good as another.
    #[test]
    fn siprec_40_a_step_of_the_shared_clock_does_not_matter(
        delay_ms in 100_i64..900,
        step_s in 5_i64..55,
        seed: u64,
    ) {
        let arrived = two_streams(60, delay_ms, jittered(20), seed);
        let mut told = both_reports(60, delay_ms, [Oddity::None; 2]);
        for report in told.iter_mut().filter(|report| report.at_ns > step_s * SECOND) {
            report.ntp = report.ntp.wrapping_add(ntp(777 * SECOND));
        }
        let told = record_with(&arrived, &told, 2);
        let aligned = told.timeline.streams[1].stats.aligned_ns;
        prop_assert!((aligned + delay_ms * MS).abs() <= 40 * MS, "{aligned}");
        prop_assert_eq!(told.timeline.streams[0].stats.aligned_ns, 0);
    }
}

#[test]
fn siprec_42_a_source_without_reports_goes_on_where_the_one_before_it_was_put() {
    let mut sent = Vec::new();
    Sender::new(0).send(0..400_000, &mut sent);
    Sender::new(1).send(0..320_000, &mut sent);
    let mut restarted = Sender {
        ssrc: 99,
        base: 123_456_789,
        ..Sender::new(1)
    };
    restarted.send(320_000..400_000, &mut sent);
    for packet in sent.iter_mut().filter(|packet| packet.stream == 1) {
        packet.at_ns += 150 * MS;
    }
    sent.sort_by_key(|packet| packet.at_ns);
    let mut told = reports(0, 40, 0, Oddity::None);
    let mut other = reports(1, 40, 150, Oddity::None);
    for report in &mut other {
        report.timestamp = report
            .timestamp
            .wrapping_sub(3_000_000_000)
            .wrapping_add(1_000_000);
    }
    for report in &mut told {
        report.timestamp = report.timestamp.wrapping_add(1_000_000);
    }
    told.extend(other);
    told.sort_by_key(|report| report.at_ns);
    let recording = record_with(&sent, &told, 2);
    for sample in [0, 319_840, 320_000, 399_840] {
        let apart = apart(&recording, sample);
        assert!(apart.abs() <= 160, "{sample}: {apart}");
    }
    let seam = find(&recording.right, 1, 319_960, 319_960, 8_000).unwrap();
    assert_eq!(
        find(&recording.right, 1, 320_000, 320_000, 8_000),
        Some(seam + 40)
    );
}

/// Drift is made good as without reports, and what was aligned stays so.
#[test]
fn siprec_40_clocks_that_drift_stay_aligned() {
    let mut sent = Vec::new();
    for stream in 0..2 {
        let mut sender = Sender {
            // A second each hour.
            ppm: 300 * stream as i64,
            ..Sender::new(stream)
        };
        // Pauses, in which time may be put in or left out.
        for spurt in 0..80 {
            let from = spurt * 24_000;
            sender.send(from..from + 16_000, &mut sent);
        }
    }
    let mut told = Vec::new();
    for packet in sent.iter_mut().filter(|packet| packet.stream == 1) {
        packet.at_ns += 150 * MS;
    }
    sent.sort_by_key(|packet| packet.at_ns);
    for number in 0..48 {
        for stream in 0..2_usize {
            let sent_ns = number * 5 * SECOND + 700 * MS + stream as i64 * 40 * MS;
            let ppm = 1_000_000 + 300 * stream as i128;
            let sample = i128::from(sent_ns) * ppm / 1_000_000 / 125_000;
            told.push(SenderReport {
                at_ns: sent_ns + 150 * MS * stream as i64,
                stream,
                ssrc: 0x1000 + stream as u32,
                ntp: ntp(WALL_NS + sent_ns),
                timestamp: 1_000_000 + sample as u32,
                clock: 0,
            });
        }
    }
    told.sort_by_key(|report| report.at_ns);
    let recording = record_with(&sent, &told, 2);
    assert!(recording.timeline.streams[1].stats.drift_corrections > 0);
    for spurt in [0, 20, 40, 60, 79] {
        let sample = spurt * 24_000 + 8_000;
        // The second clock counted so much more in the same time.
        let drifted = sample * 300 / 1_000_000;
        let left = find(&recording.left, 0, sample - drifted, sample, 4_000).unwrap();
        let right = find(&recording.right, 1, sample, sample, 4_000).unwrap();
        let apart = right - left;
        // Drift of up to 20 ms moves nothing, and it takes two windows of 10 s to be believed.
        assert!(apart.abs() <= 320, "{spurt}: {apart}");
    }
}
