//! What arrives whole is recorded sample by sample, wherever counters wrap and however late
//! things are.

use crate::simulation::{
    MS, Network, Recording, SECOND, Sender, Sent, find, packet, record, sample,
};

const JITTER: Network = Network {
    loss_percent: 0,
    copies_percent: 0,
    jitter_ms: 30,
    late_percent: 0,
    late_ms: 0,
};

/// Every sample of a range lies at one distance from its number; returns that distance.
fn assert_exact(channel: &[i16], stream: usize, samples: std::ops::Range<i64>, near: i64) -> i64 {
    let at = find(channel, stream, samples.start, near, 400).unwrap();
    for n in samples.clone() {
        let place = (at + n - samples.start) as usize;
        assert_eq!(
            channel[place],
            sample(stream, n),
            "stream {stream}, sample {n}"
        );
    }
    at
}

fn silent(channel: &[i16]) -> bool {
    channel.iter().all(|&sample| sample == 0)
}

#[test]
fn two_streams_with_jitter_have_no_sample_that_differs() {
    let mut sent = Vec::new();
    Sender::new(0).send(0..80_000, &mut sent);
    Sender {
        base: 77,
        ..Sender::new(1)
    }
    .send(0..80_000, &mut sent);
    let Recording {
        timeline,
        left,
        right,
        late,
    } = record(&JITTER.carry(sent, 1), 2);
    let one = assert_exact(&left, 0, 0..80_000, 0);
    let other = assert_exact(&right, 1, 0..80_000, 0);
    assert!((one - other).abs() < 20, "{one} {other}");
    assert_eq!(one.min(other), 0);
    assert_eq!(timeline.samples as i64, 80_000 + one.max(other));
    assert_eq!(late, 0);
    assert_eq!(timeline.streams[0].stats.drift_corrections, 0);
}

#[test]
fn counters_wrap_without_a_trace() {
    let mut sent = Vec::new();
    let mut wrapping = Sender {
        sequence: 65_500,
        base: u32::MAX - 8_000,
        ..Sender::new(0)
    };
    wrapping.send(0..160_000, &mut sent);
    let recording = record(&JITTER.carry(sent, 2), 1);
    assert_exact(&recording.left, 0, 0..160_000, 0);
    assert_eq!(recording.timeline.samples, 160_000);
    let stats = recording.timeline.streams[0].stats;
    assert_eq!((stats.packets, stats.lost, stats.jumps), (1_000, 0, 0));
    assert!(silent(&recording.right));
}

#[test]
fn the_first_packets_may_come_last() {
    let mut sent = Vec::new();
    Sender::new(0).send(0..16_000, &mut sent);
    for packet in &mut sent[..3] {
        packet.at_ns += 300 * MS;
    }
    sent.sort_by_key(|packet| packet.at_ns);
    let recording = record(&sent, 1);
    assert_eq!(assert_exact(&recording.left, 0, 0..16_000, 0), 0);
    // Sample 0 lies before the first arrival, by the three packets that came late.
    let first_arrival = sent[0].at_ns / 125_000;
    assert_eq!(recording.timeline.start, first_arrival - 480);
}

#[test]
fn a_second_stream_joins_late_and_a_first_one_leaves_early() {
    let mut sent = Vec::new();
    Sender::new(0).send(0..80_000, &mut sent);
    Sender {
        start_ns: 5 * SECOND,
        ..Sender::new(1)
    }
    .send(0..80_000, &mut sent);
    let recording = record(&JITTER.carry(sent, 3), 2);
    assert_exact(&recording.left, 0, 0..80_000, 0);
    let joined = assert_exact(&recording.right, 1, 0..80_000, 40_000);
    assert!((joined - 40_000).abs() < 160);
    assert!(silent(&recording.right[..joined as usize]));
    assert!((recording.timeline.samples as i64 - 120_000).abs() < 160);
}

#[test]
fn promise_10_an_hour_of_hold_is_an_hour_of_silence() {
    let hour = 3_600 * 8_000;
    let mut sent = Vec::new();
    let mut sender = Sender::new(0);
    sender.send(0..16_000, &mut sent);
    sender.send(hour..hour + 16_000, &mut sent);
    let recording = record(&JITTER.carry(sent, 4), 1);
    assert_exact(&recording.left, 0, 0..16_000, 0);
    let resumed = assert_exact(&recording.left, 0, hour..hour + 16_000, hour);
    assert_eq!(resumed, hour);
    assert!(silent(&recording.left[16_000..hour as usize]));
    assert_eq!(recording.timeline.samples as i64, hour + 16_000);
    assert_eq!(recording.timeline.streams[0].stats.gaps, 1);
}

#[test]
fn a_clock_that_drifted_during_hold_is_asked_anew() {
    let later = 360 * 8_000;
    let mut sent = Vec::new();
    let mut sender = Sender {
        ppm: 1_000,
        ..Sender::new(0)
    };
    sender.send(0..16_000, &mut sent);
    sender.send(later..later + 16_000, &mut sent);
    let recording = record(&JITTER.carry(sent, 4), 1);
    // The sender counted 360 ms more than went by.
    let resumed = assert_exact(&recording.left, 0, later..later + 16_000, later - 2_880);
    assert!((resumed - later + 2_880).abs() < 160, "{resumed}");
}

#[test]
fn lone_packets_after_long_pauses_are_heard() {
    let mut sent = Vec::new();
    let mut sender = Sender::new(0);
    sender.send(0..8_000, &mut sent);
    for pause in 1..10 {
        let from = pause * 120_000;
        sender.send(from..from + 160, &mut sent);
    }
    let recording = record(&JITTER.carry(sent, 4), 1);
    for pause in 1..10 {
        let from = pause * 120_000;
        assert_eq!(
            assert_exact(&recording.left, 0, from..from + 160, from),
            from
        );
    }
    assert_eq!(recording.timeline.streams[0].stats.discarded, 0);
    assert_eq!(recording.timeline.streams[0].stats.lost, 0);
}

#[test]
fn a_clock_that_stood_still_during_hold_goes_on_where_arrival_says() {
    let later = 600 * 8_000;
    let mut sent = Vec::new();
    let mut sender = Sender::new(0);
    sender.send(0..16_000, &mut sent);
    let before = sent.len();
    sender.send(16_000..32_000, &mut sent);
    for packet in &mut sent[before..] {
        packet.at_ns += 600 * SECOND;
    }
    let recording = record(&JITTER.carry(sent, 5), 1);
    assert_exact(&recording.left, 0, 0..16_000, 0);
    let resumed = assert_exact(&recording.left, 0, 16_000..32_000, later + 16_000);
    assert!((resumed - later - 16_000).abs() < 160, "{resumed}");
    assert_eq!(recording.timeline.streams[0].stats.jumps, 1);
}

#[test]
fn promise_11_a_new_source_loses_nothing() {
    let mut sent = Vec::new();
    Sender::new(0).send(0..40_000, &mut sent);
    let mut second = Sender {
        ssrc: 99,
        sequence: 7,
        base: 123_456_789,
        ..Sender::new(0)
    };
    second.send(40_000..80_000, &mut sent);
    let recording = record(&JITTER.carry(sent, 6), 1);
    assert_exact(&recording.left, 0, 0..40_000, 0);
    let changed = assert_exact(&recording.left, 0, 40_000..80_000, 40_000);
    assert!((changed - 40_000).abs() < 160, "{changed}");
    assert_eq!(recording.timeline.streams[0].stats.ssrc_changes, 1);
    assert_eq!(recording.timeline.streams[0].stats.lost, 0);
}

#[test]
fn silence_suppression_is_silence_of_the_right_length() {
    let mut sent = Vec::new();
    let mut sender = Sender::new(0);
    for spurt in 0..20 {
        let from = spurt * 24_000;
        sender.send(from..from + 8_000, &mut sent);
    }
    let recording = record(&JITTER.carry(sent, 7), 1);
    for spurt in 0..20 {
        let from = spurt * 24_000;
        assert_eq!(
            assert_exact(&recording.left, 0, from..from + 8_000, from),
            from
        );
    }
    assert_eq!(recording.timeline.samples, 19 * 24_000 + 8_000);
}

#[test]
fn a_stalled_network_moves_nothing() {
    for stall_s in [1, 3, 8] {
        let mut sent = Vec::new();
        Sender::new(0).send(0..240_000, &mut sent);
        let from = 10 * SECOND;
        let until = from + stall_s * SECOND;
        let mut arrived = JITTER.carry(sent, 8);
        for packet in arrived
            .iter_mut()
            .filter(|p| (from..until).contains(&p.at_ns))
        {
            packet.at_ns = until;
        }
        let recording = record(&arrived, 1);
        assert_exact(&recording.left, 0, 0..240_000, 0);
        assert_eq!(recording.timeline.samples, 240_000, "{stall_s} s");
        assert_eq!(recording.timeline.streams[0].stats.jumps, 0);
        assert_eq!(recording.timeline.streams[0].stats.lost, 0);
    }
}

#[test]
fn a_burst_at_the_beginning_is_heard_whole() {
    let mut sent = Vec::new();
    Sender::new(0).send(0..80_000, &mut sent);
    for packet in sent.iter_mut().filter(|packet| packet.at_ns < 3 * SECOND) {
        packet.at_ns = 3 * SECOND;
    }
    let recording = record(&sent, 1);
    assert_eq!(assert_exact(&recording.left, 0, 0..80_000, 0), 0);
    assert_eq!(recording.timeline.samples, 80_000);
}

#[test]
fn a_lone_packet_from_elsewhere_is_left_out() {
    let mut sent = Vec::new();
    Sender::new(0).send(0..80_000, &mut sent);
    for (number, (ssrc, timestamp)) in [(0x1000, 5), (0x1000, 0x8000_0000), (7, 7)]
        .iter()
        .enumerate()
    {
        let at_ns = 4 * SECOND + number as i64 * SECOND;
        let bytes = packet(60_000, *timestamp, *ssrc, &[0; 160]);
        sent.push(Sent {
            at_ns,
            stream: 0,
            bytes,
        });
    }
    sent.sort_by_key(|packet| packet.at_ns);
    let recording = record(&sent, 1);
    assert_exact(&recording.left, 0, 0..80_000, 0);
    assert_eq!(recording.timeline.streams[0].stats.discarded, 3);
    assert_eq!(recording.timeline.streams[0].stats.packets, 500);
}

#[test]
fn a_single_packet_is_a_recording() {
    let mut sent = Vec::new();
    Sender::new(0).send(0..160, &mut sent);
    let recording = record(&sent, 1);
    assert_exact(&recording.left, 0, 0..160, 0);
    assert_eq!(recording.timeline.samples, 160);
    assert_eq!(recording.timeline.streams[0].stats.packets, 1);
    assert_eq!(record(&[], 1).timeline.samples, 0);
}

#[test]
fn a_stream_of_lone_packets_is_heard() {
    let mut sent = Vec::new();
    for (number, ssrc) in [5, 3, 9, 3].into_iter().enumerate() {
        // The third source comes back with another timestamp.
        let base = number as u32 * 1_000_000_000;
        let mut sender = Sender {
            ssrc,
            base,
            ..Sender::new(0)
        };
        let from = number as i64 * 8_000;
        sender.send(from..from + 160, &mut sent);
    }
    let recording = record(&sent, 1);
    for from in [0, 8_000, 16_000, 24_000] {
        assert_exact(&recording.left, 0, from..from + 160, from);
    }
    assert_eq!(recording.timeline.streams[0].stats.packets, 4);
}

#[test]
fn a_sender_that_counts_anew_is_heard_on() {
    let mut sent = Vec::new();
    let mut sender = Sender::new(0);
    sender.send(0..80_000, &mut sent);
    sender.sequence = 50_000;
    sender.send(80_000..160_000, &mut sent);
    let recording = record(&JITTER.carry(sent, 9), 1);
    // Around the restart the order of packets can no longer be told from their numbers.
    assert_exact(&recording.left, 0, 0..79_000, 0);
    assert_exact(&recording.left, 0, 81_000..160_000, 81_000);
    assert!(recording.timeline.streams[0].stats.lost < 10);
}

#[test]
fn a_late_first_packet_before_a_pause_does_not_shift_what_follows() {
    let mut sent = Vec::new();
    let mut sender = Sender::new(0);
    sender.send(0..160, &mut sent);
    sent[0].at_ns += 80 * MS;
    sender.send(40_000..80_000, &mut sent);
    let mut other = Sender::new(1);
    other.send(0..80_000, &mut sent);
    sent.sort_by_key(|packet| packet.at_ns);
    let recording = record(&sent, 2);
    assert_eq!(
        assert_exact(&recording.left, 0, 40_000..80_000, 40_000),
        40_000
    );
    assert_eq!(assert_exact(&recording.left, 0, 0..160, 0), 0);
    assert_eq!(assert_exact(&recording.right, 1, 0..80_000, 0), 0);
}
