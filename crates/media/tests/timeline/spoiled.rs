//! Promise 9: loss, reordering, copies, jitter and drifting clocks change neither the length of
//! a channel nor its alignment by more than 20 ms. Clocks that drift are made good in silence.

use crate::simulation::{
    MS, MU_LAW, Network, Random, Recording, SECOND, Sender, Sent, find, octet, packet,
};
use crate::simulation::{record, sample};
use media::{Player, Scan, Timeline};
use proptest::prelude::*;
use rtp::Packet;

const TOLERANCE: i64 = 160;

/// Where samples lie, less where they belong, for every packet that is found.
fn offsets(channel: &[i16], sender: &Sender, samples: std::ops::Range<i64>) -> Vec<(i64, i64)> {
    let mut found = Vec::new();
    for n in samples.step_by(160) {
        let expected = sender.time_of(n) / 125_000;
        let last = found.last().map_or(0, |(_, offset)| *offset);
        if let Some(at) = find(channel, sender.stream, n, expected + last, 3 * TOLERANCE) {
            found.push((n, at - expected));
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn promise_09_loss_reordering_and_copies(
        seed: u64,
        loss_percent in 0_i64..=5,
        copies_percent in 0_i64..=5,
        jitter_ms in 1_i64..40,
        late_percent in 0_i64..=30,
        bases in proptest::array::uniform2(any::<u32>()),
        sequences in proptest::array::uniform2(any::<u16>()),
    ) {
        let length = 20 * 8_000;
        let sender = |stream: usize| Sender {
            base: bases[stream],
            sequence: sequences[stream],
            ..Sender::new(stream)
        };
        let mut sent = Vec::new();
        sender(0).send(0..length, &mut sent);
        sender(1).send(0..length, &mut sent);
        sent.sort_by_key(|packet| packet.at_ns);
        let network =
            Network { loss_percent, copies_percent, jitter_ms, late_percent, late_ms: 200 };
        let arrived = network.carry(sent, seed);
        let Recording { timeline, left, right, late } = record(&arrived, 2);
        prop_assert_eq!(late, 0);
        prop_assert!((timeline.samples as i64 - length).abs() <= 2 * TOLERANCE);
        let one = offsets(&left, &sender(0), 0..length);
        let other = offsets(&right, &sender(1), 0..length);
        // Within a channel nothing moves at all, between them less than 20 ms.
        prop_assert!(one.iter().all(|found| found.1 == one[0].1));
        prop_assert!(other.iter().all(|found| found.1 == other[0].1));
        prop_assert!((one[0].1 - other[0].1).abs() <= TOLERANCE);
        // Everything that came is there.
        for (found, channel) in [&one, &other].into_iter().zip(0..) {
            let stats = timeline.streams[channel].stats;
            prop_assert_eq!(found.len() as u64, stats.packets);
        }
        let sent_for_sure = timeline.streams[0].stats;
        prop_assert!(sent_for_sure.packets + sent_for_sure.lost <= 1_000);
    }

    #[test]
    fn the_worst_that_can_come_is_bounded(seed: u64, wild in 0_u32..4) {
        let mut random = Random(seed);
        let mut scan = Scan::new();
        let mut arrived = Vec::new();
        for number in 0..5_000_u32 {
            let timestamp = match wild {
                0 => random.next() as u32,
                1 => number.wrapping_mul(7_900),
                2 => number.wrapping_mul(8_100),
                _ => (random.next() % 3) as u32 * 70_000 + number * 16,
            };
            let ssrc = if wild == 3 { random.next() as u32 % 50 } else { 1 };
            let sequence = if wild == 0 { random.next() as u16 } else { number as u16 };
            let bytes = packet(sequence, timestamp, ssrc, &[0; 160]);
            let at_ns = i64::from(number) * 2 * MS;
            scan.push(at_ns, &Packet::parse(&bytes).unwrap(), MU_LAW);
            arrived.push(Sent { at_ns, stream: 0, bytes });
        }
        let timeline = Timeline::new(vec![scan], 8_000);
        // Ten seconds of packets, and the ten that a run may turn out to begin early.
        prop_assert!(timeline.samples <= 25 * 8_000, "{}", timeline.samples);
        let mut player = Player::new(&timeline.streams[0]);
        for sent in &arrived {
            let packet = Packet::parse(&sent.bytes).unwrap();
            let inside = |sound: media::Sound<'_>| {
                let end = sound.at + sound.samples.len() as i64;
                assert!(sound.at >= 0 && end as u64 <= timeline.samples);
                Ok(())
            };
            player.push(sent.at_ns, &packet, MU_LAW, inside).unwrap();
        }
    }
}

/// Talks for 4 s, is silent for 1 s, and so on: silence is sent as such.
fn conversation(sender: &mut Sender, seconds: i64, pauses: bool, into: &mut Vec<Sent>) {
    for from in (0..seconds * 8_000).step_by(160) {
        let silent = pauses && from / 8_000 % 5 == 4;
        let octet = |n| {
            if silent {
                0xff
            } else {
                octet(sender.stream, n)
            }
        };
        let payload: Vec<u8> = (from..from + 160).map(octet).collect();
        let at_ns = sender.time_of(from + 160);
        let bytes = sender.packet(from, &payload);
        into.push(Sent {
            at_ns,
            stream: sender.stream,
            bytes,
        });
    }
}

/// 100 ppm are 60 ms in ten minutes; a stream strays 20 ms, a window of 10 s and a while until
/// the next silence before it is put right.
fn drifting(ppm: [i64; 2], seconds: i64, pauses: bool, reach: i64) {
    let mut senders = [0, 1].map(|stream| Sender {
        ppm: ppm[stream],
        ..Sender::new(stream)
    });
    let mut sent = Vec::new();
    for sender in &mut senders {
        conversation(sender, seconds, pauses, &mut sent);
    }
    sent.sort_by_key(|packet| packet.at_ns);
    let network = Network {
        jitter_ms: 15,
        loss_percent: 1,
        ..Network::default()
    };
    let recording = record(&network.carry(sent, 11), 2);
    let length = seconds * 8_000;
    let lasted = senders
        .iter()
        .map(|sender| sender.time_of(length) / 125_000)
        .max()
        .unwrap();
    assert!((recording.timeline.samples as i64 - lasted).abs() <= reach);
    for (sender, channel) in senders.iter().zip([&recording.left, &recording.right]) {
        let found = offsets(channel, sender, 0..length);
        assert!(found.len() as i64 > length / 160 * 3 / 4, "{}", found.len());
        let worst = found.iter().map(|(_, offset)| offset.abs()).max().unwrap();
        assert!(worst <= reach, "{worst} samples off, {} ppm", sender.ppm);
        let stats = recording.timeline.streams[sender.stream].stats;
        if sender.ppm == 0 {
            assert_eq!(stats.drift_corrections, 0);
        } else {
            assert_eq!(stats.drift_samples.signum(), -sender.ppm.signum());
            let drifted = length * -sender.ppm / 1_000_000;
            assert!(
                (stats.drift_samples - drifted).abs() <= reach,
                "{stats:?} {drifted}"
            );
        }
    }
}

#[test]
fn drift_is_made_good_in_silence() {
    drifting([100, -100], 900, true, 200);
    drifting([-100, 0], 700, true, 200);
}

#[test]
fn drift_is_made_good_without_silence_too() {
    // A minute of patience more is 6 ms; a lost packet is as good as silence before that.
    drifting([100, -100], 700, false, 240);
}

#[test]
fn what_is_left_out_in_silence_leaves_all_sound_whole() {
    let mut sender = Sender {
        ppm: 100,
        ..Sender::new(0)
    };
    let mut sent = Vec::new();
    conversation(&mut sender, 900, true, &mut sent);
    let recording = record(&sent, 1);
    assert!(recording.timeline.streams[0].stats.drift_corrections > 0);
    for from in (0..900 * 8_000).step_by(160) {
        if from / 8_000 % 5 != 4 {
            let near = sender.time_of(from) / 125_000;
            let at = find(&recording.left, 0, from, near, 400).unwrap() as usize;
            assert!((0..160).all(|n| recording.left[at + n] == sample(0, from + n as i64)));
        }
    }
}

#[test]
fn without_silence_the_quietest_block_gives_way() {
    let mut sender = Sender {
        ppm: 100,
        ..Sender::new(0)
    };
    let mut sent = Vec::new();
    conversation(&mut sender, 400, false, &mut sent);
    let recording = record(&sent, 1);
    let stats = recording.timeline.streams[0].stats;
    assert_eq!(stats.drift_corrections, 1);
    assert_eq!(stats.drift_samples, -160);
    assert_eq!(stats.lost, 0);
}

#[test]
fn key_presses_last_as_long_as_they_say_and_no_longer() {
    let event = media::Sort::new("telephone-event", 8_000, 1);
    let mut sent = Vec::new();
    let mut sender = Sender::new(0);
    sender.send(0..8_000, &mut sent);
    let mut scan = Scan::new();
    for packet in &sent {
        scan.push(packet.at_ns, &Packet::parse(&packet.bytes).unwrap(), MU_LAW);
    }
    for (number, claimed) in [(1, 160_u16), (2, 320), (3, 60_000)] {
        let [high, low] = claimed.to_be_bytes();
        let bytes = sender.packet(8_000, &[1, 10, high, low]);
        let at_ns = SECOND + number * 20 * MS;
        scan.push(at_ns, &Packet::parse(&bytes).unwrap(), event);
    }
    let timeline = Timeline::new(vec![scan], 8_000);
    assert!(
        (8_320..=8_640).contains(&timeline.samples),
        "{}",
        timeline.samples
    );
    let [key] = timeline.streams[0].keys[..] else {
        panic!("one press: {:?}", timeline.streams[0].keys);
    };
    assert_eq!(
        (key.name(), key.from, key.to),
        ("1", 8_000, timeline.samples)
    );
}
