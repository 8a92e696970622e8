//! Calls in every codec, and from one to another.

use crate::call::{Call, Datagram, MS, Recorded, SECOND, packet, sample, samples, talk, talk_as};
use finalise::Profile;
use journal::Why;
use media::Sort;
use media::codec::Decoder;

/// A call of one stream that may change to any of our codecs.
fn any_codec() -> Call {
    let formats = "RTP/AVP 8 9 18 96 97 98 99 101 102\r\na=rtpmap:96 opus/48000/2\r\n\
                   a=rtpmap:98 G726-32/8000\r\na=rtpmap:99 L16/16000\r\n\
                   a=rtpmap:102 telephone-event/48000";
    Call::with_formats(&["1"], formats, "")
}

fn render_at(call: &Call, profile: &Profile) -> Recorded {
    let mut file = Vec::new();
    let id = crate::call::recording();
    let rendition = finalise::render(&call.journal(), id, profile, &mut file).unwrap();
    Recorded { rendition, file }
}

/// Packets of 20 ms of anything: octets of payload, and units of the clock.
fn packets(
    payload_type: u8,
    start: u64,
    first: (u16, u32),
    payloads: &[Vec<u8>],
    units: u32,
) -> Vec<Datagram> {
    let datagram = |(number, payload): (usize, &Vec<u8>)| {
        let sequence = first.0.wrapping_add(number as u16);
        let time = first.1.wrapping_add(number as u32 * units);
        let bytes = packet(payload_type, sequence, time, 0x5000, payload);
        (0, start + (number as u64 + 1) * 20 * MS, bytes)
    };
    payloads.iter().enumerate().map(datagram).collect()
}

/// Octets that look random, in payloads.
fn random(count: usize, size: usize) -> Vec<Vec<u8>> {
    let octet = |n: usize| crate::call::octet(3, n as u64);
    (0..count)
        .map(|number| (number * size..(number + 1) * size).map(octet).collect())
        .collect()
}

/// What a decoder makes of payloads, one after the other.
fn decoded(name: &str, clock_rate: u32, payloads: &[Vec<u8>]) -> Vec<i16> {
    let mut decoder = Decoder::new(Sort::new(name, clock_rate, 1));
    let mut sound = Vec::new();
    for payload in payloads {
        decoder.decode(payload, &mut sound);
    }
    sound
}

#[test]
fn wide_band_has_its_own_rate_and_every_sample() {
    for (payload_type, name, clock_rate, size, units) in
        [(9, "G722", 8_000, 160, 160), (99, "L16", 16_000, 640, 320)]
    {
        let mut call = any_codec();
        let payloads = random(100, size);
        call.sweep(packets(payload_type, 0, (7, 4_000), &payloads, units));
        call.close(3 * SECOND, Why::Bye);
        call.left(&[0]);
        let recorded = call.render();
        assert_eq!(recorded.channel(0), decoded(name, clock_rate, &payloads));
        assert_eq!(recorded.rendition.report.sample_rate, 16_000);
        assert_eq!(recorded.rendition.draft.duration_ms, 2_000);
        assert_eq!(recorded.rendition.draft.details.sample_rate, 16_000);
        assert_eq!(recorded.rendition.draft.details.codecs, [name]);
    }
}

#[test]
fn narrow_band_keeps_its_rate_and_every_sample() {
    for (payload_type, name, size) in [(98, "G726-32", 80), (18, "G729", 20)] {
        let mut call = any_codec();
        let payloads = random(100, size);
        call.sweep(packets(payload_type, 0, (7, 4_000), &payloads, 160));
        call.left(&[0]);
        let recorded = call.render();
        assert_eq!(recorded.channel(0), decoded(name, 8_000, &payloads));
        assert_eq!(recorded.rendition.report.sample_rate, 8_000);
    }
}

#[test]
fn packets_out_of_order_are_decoded_in_order() {
    let payloads = random(100, 160);
    let mut call = any_codec();
    let mut sent = packets(9, 0, (65_500, 4_000), &payloads, 160);
    for pair in sent.chunks_mut(7) {
        // The first of seven comes after the third.
        pair[0].1 += 45 * MS;
    }
    call.sweep(sent);
    call.left(&[0]);
    let recorded = call.render();
    let expected = decoded("G722", 8_000, &payloads);
    let sound = recorded.channel(0);
    // It is placed by its least delayed packet, which may be another one than in order.
    assert_eq!(sound, expected);
    assert_eq!(recorded.rendition.report.streams[0].discarded, 0);
    assert!(recorded.rendition.report.streams[0].reordered > 10);
}

#[test]
fn a_lost_packet_is_silence_and_the_next_one_in_its_place() {
    let payloads = random(50, 160);
    let mut call = any_codec();
    let mut sent = packets(9, 0, (1, 4_000), &payloads, 160);
    sent.remove(20);
    call.sweep(sent);
    call.left(&[0]);
    let sound = call.render().channel(0);
    let mut others = payloads;
    others.remove(20);
    let expected = decoded("G722", 8_000, &others);
    assert_eq!(sound[..6_400], expected[..6_400]);
    assert_eq!(sound[6_400..6_720], [0; 320]);
    assert_eq!(sound[6_720..], expected[6_400..]);
}

/// Twenty milliseconds of speech each, with the packet before them again (in-band FEC).
fn speech() -> Vec<Vec<u8>> {
    let mut rest = &include_bytes!("../../../media/tests/codecs/data/silk.opus")[..];
    let mut packets = Vec::new();
    while let [high, low, behind @ ..] = rest {
        let (packet, behind) = behind.split_at(u16::from_be_bytes([*high, *low]).into());
        packets.push(packet.to_vec());
        rest = behind;
    }
    packets
}

#[test]
fn siprec_44_what_opus_sends_again_is_heard_and_counted_as_concealed() {
    let payloads = speech();
    let is_lost = |number: usize| number % 7 == 6 || number == 21;
    let mut decoder = Decoder::new(Sort::new("opus", 48_000, 2));
    let mut expected = Vec::new();
    for (number, payload) in payloads.iter().enumerate() {
        if is_lost(number) {
            continue;
        }
        // Of two that are lost in a row, the first is in no packet any more.
        if number == 22 {
            expected.extend([0; 960]);
            decoder.lose(1_920, payload, &mut expected);
        } else if number > 0 && is_lost(number - 1) {
            decoder.lose(960, payload, &mut expected);
        }
        decoder.decode(payload, &mut expected);
    }
    let mut call = any_codec();
    let mut sent = packets(96, 0, (7, 4_000), &payloads, 960);
    let mut number = 0;
    sent.retain(|_| {
        number += 1;
        !is_lost(number - 1)
    });
    call.sweep(sent);
    call.left(&[0]);
    let profile = Profile {
        max_sample_rate: 48_000,
        ..Profile::default()
    };
    let recorded = render_at(&call, &profile);
    assert!(recorded.channel(0) == expected);
    assert!(expected[19_200..20_160].iter().all(|sample| *sample == 0));
    assert!(
        expected[20_160..21_120]
            .iter()
            .any(|sample| *sample > 1_000)
    );
    let stream = &recorded.rendition.report.streams[0];
    assert_eq!((stream.expected, stream.lost, stream.concealed), (50, 8, 7));
}

/// How far a channel is from what it should be, in the middle of a stretch.
fn off(sound: &[i16], expected: impl Fn(usize) -> f64, range: std::ops::Range<usize>) -> f64 {
    let count = range.len() as f64;
    let power: f64 = range
        .map(|n| (f64::from(sound[n]) - expected(n)).powi(2))
        .sum();
    (power / count).sqrt()
}

#[test]
fn a_call_that_changes_its_rate_is_one_recording_without_a_gap() {
    // A second each of a tone in PCMA, L16 at 16,000, PCMA.
    let tone = |rate: f64, n: f64| (n / rate * 500.0 * std::f64::consts::TAU).sin() * 8_000.0;
    let a_law = |value: f64| {
        let table = media::g711::Law::A.table();
        let distance = |octet: &u8| (f64::from(table[usize::from(*octet)]) - value).abs();
        (0..=255_u8)
            .min_by(|one, other| distance(one).total_cmp(&distance(other)))
            .unwrap()
    };
    let narrow: Vec<Vec<u8>> = (0..50_u32)
        .map(|p| {
            (p * 160..p * 160 + 160)
                .map(|n| a_law(tone(8_000.0, n.into())))
                .collect()
        })
        .collect();
    let wide: Vec<Vec<u8>> = (0..50_u32)
        .map(|p| {
            let wide = (p * 320..p * 320 + 320).map(|n| tone(16_000.0, n.into()) as i16);
            wide.flat_map(i16::to_be_bytes).collect()
        })
        .collect();
    let mut call = any_codec();
    call.sweep(packets(8, 0, (1, 4_000), &narrow, 160));
    // Another clock is another source (RFC 7160 section 4.1).
    let mut other = packets(99, SECOND, (900, 90_000), &wide, 320);
    for (_, _, bytes) in &mut other {
        bytes[8..12].copy_from_slice(&[9; 4]);
    }
    call.sweep(other);
    call.sweep(packets(8, 2 * SECOND, (51, 20_000), &narrow, 160));
    call.close(4 * SECOND, Why::Bye);
    call.left(&[0]);
    let recorded = call.render();
    let sound = recorded.channel(0);
    assert_eq!(sound.len(), 48_000);
    // A-law leaves 37 dB, the way from 8,000 to 16,000 adds nothing that can be heard, and at
    // the changes nothing is missing.
    for (range, most) in [
        (100..15_900, 90.0),
        (16_100..31_900, 1.0),
        (32_100..47_900, 90.0),
        (15_900..16_100, 400.0),
        (31_900..32_100, 400.0),
    ] {
        let off = off(&sound, |n| tone(16_000.0, n as f64), range.clone());
        assert!(off < most, "{range:?}: {off:.1}");
    }
    let streams = &recorded.rendition.report.streams;
    assert_eq!(streams[0].encodings, ["PCMA", "L16"]);
    assert_eq!((streams[0].lost, streams[0].ssrc_changes), (0, 1));
}

#[test]
fn the_rate_is_bounded_by_the_profile_and_the_length_is_not() {
    let payloads = random(100, 160);
    for (max_sample_rate, samples) in [(8_000, 16_000), (16_000, 32_000), (48_000, 32_000)] {
        let mut call = any_codec();
        call.sweep(packets(9, 0, (1, 4_000), &payloads, 160));
        call.left(&[0]);
        let profile = Profile {
            max_sample_rate,
            ..Profile::default()
        };
        let recorded = render_at(&call, &profile);
        assert_eq!(recorded.channel(0).len(), samples);
        assert_eq!(recorded.rendition.draft.duration_ms, 2_000);
    }
}

/// Key presses as gateways send them: the event so far every 20 ms, its end three times.
fn press(
    code: u8,
    payload_type: u8,
    at: (u64, u32),
    sequence: u16,
    per_packet: u16,
) -> Vec<Datagram> {
    let durations = [1, 2, 3, 4, 5, 5, 5];
    let datagram = |(number, part): (usize, &u16)| {
        let end = if *part == 5 { 0x80 } else { 0 };
        let [high, low] = (part * per_packet).to_be_bytes();
        let kind = payload_type | if number == 0 { 0x80 } else { 0 };
        let payload = [code, end | 10, high, low];
        let bytes = packet(kind, sequence + number as u16, at.1, 0x5000, &payload);
        (0, at.0 + (number as u64 + 1) * 20 * MS, bytes)
    };
    durations.iter().enumerate().map(datagram).collect()
}

fn two_presses() -> Call {
    let mut call = any_codec();
    // The tone is in the sound as well.
    let mut sent = talk_as(0, 0x5000, 8, 0, 0..24_000);
    for (number, datagram) in sent.iter_mut().enumerate() {
        // Sequence numbers that leave room for the events between.
        let sequence =
            number as u16 + if number < 50 { 0 } else { 7 } + if number < 75 { 0 } else { 7 };
        datagram.2[2..4].copy_from_slice(&sequence.to_be_bytes());
    }
    sent.extend(press(5, 101, (SECOND, 8_000 + 4_000), 50, 160));
    sent.extend(press(11, 101, (1_500 * MS, 12_000 + 4_000), 82, 160));
    call.sweep(sent);
    call.close(4 * SECOND, Why::Bye);
    call.left(&[0]);
    call
}

#[test]
fn key_presses_are_marks_each_once_and_the_sound_stays() {
    let recorded = two_presses().render();
    let keys = &recorded.rendition.draft.details.keys;
    let found: Vec<_> = keys
        .iter()
        .map(|key| {
            (
                key.span.from_ms,
                key.span.to_ms,
                key.key.as_deref(),
                key.left,
            )
        })
        .collect();
    let expected = [
        (1_000, 1_100, Some("5"), true),
        (1_500, 1_600, Some("#"), true),
    ];
    assert_eq!(found, expected);
    assert_eq!(recorded.channel(0), samples(0, 0..24_000));
}

#[test]
fn muted_keys_are_silent_for_as_long_as_they_were_pressed_and_have_no_name() {
    let profile = Profile {
        mute_keys: true,
        ..Profile::default()
    };
    let recorded = render_at(&two_presses(), &profile);
    let mut expected = samples(0, 0..24_000);
    expected[8_000..8_800].fill(0);
    expected[12_000..12_800].fill(0);
    assert_eq!(recorded.channel(0), expected);
    let keys = &recorded.rendition.draft.details.keys;
    assert_eq!(keys.len(), 2);
    assert!(keys.iter().all(|key| key.key.is_none()));
}

#[test]
fn a_key_whose_clock_is_not_that_of_the_sound_is_where_it_came() {
    let mut call = any_codec();
    call.sweep(talk(0, 0, 0..16_000));
    call.sweep(press(1, 102, (SECOND, 77), 900, 960));
    call.left(&[0]);
    let recorded = call.render();
    let keys = &recorded.rendition.draft.details.keys;
    assert_eq!(keys.len(), 1);
    assert_eq!(keys[0].key.as_deref(), Some("1"));
    assert_eq!((keys[0].span.from_ms, keys[0].span.to_ms), (1_000, 1_100));
    assert_eq!(recorded.channel(0)[..16_000], samples(0, 0..16_000));
}

#[test]
fn a_key_of_another_clock_whose_timestamp_is_that_of_the_sound_lies_there() {
    for late in [0, 70, 150] {
        let mut call = any_codec();
        let mut sent = talk(0, 0, 0..16_000);
        for (number, datagram) in sent.iter_mut().enumerate() {
            let sequence = number as u16 + if number < 50 { 0 } else { 7 };
            datagram.2[2..4].copy_from_slice(&sequence.to_be_bytes());
        }
        // Its packets were late on their way, all of them.
        let at = (SECOND + late * MS, 8_000 + 4_000);
        sent.extend(press(1, 102, at, 50, 960));
        call.sweep(sent);
        call.left(&[0]);
        let recorded = call.render();
        let keys = &recorded.rendition.draft.details.keys;
        assert_eq!(keys.len(), 1);
        assert_eq!((keys[0].span.from_ms, keys[0].span.to_ms), (1_000, 1_100));
        // They are counted like all others, and no loss of the sound.
        let stream = &recorded.rendition.report.streams[0];
        assert_eq!((stream.packets, stream.lost, stream.discarded), (107, 0, 0));
    }
}

#[test]
fn what_is_broken_is_silence_of_the_right_length_and_counted() {
    let mut call = any_codec();
    let mut payloads = random(20, 20);
    payloads[7].truncate(17);
    call.sweep(packets(18, 0, (1, 4_000), &payloads, 160));
    call.left(&[0]);
    let recorded = call.render();
    let sound = recorded.channel(0);
    assert_eq!(sound.len(), 20 * 160);
    assert_eq!(sound[7 * 160 + 80..8 * 160], [0; 80]);
    assert_eq!(recorded.rendition.report.streams[0].broken, 1);
}

#[test]
fn a_stretch_that_cannot_be_decoded_stands_between_two_that_can() {
    let mut call = any_codec();
    let mut sent = talk_as(0, 0x5000, 8, 0, 0..8_000);
    sent.extend(talk_as(0, 0x5000, 97, 0, 8_000..16_000));
    sent.extend(talk_as(0, 0x5000, 8, 0, 16_000..24_000));
    call.sweep(sent);
    call.left(&[0]);
    let recorded = call.render();
    let sound = recorded.channel(0);
    assert_eq!(sound[..8_000], samples(0, 0..8_000));
    assert_eq!(sound[8_000..16_000], [0; 8_000]);
    assert_eq!(sound[16_000..], samples(0, 16_000..24_000));
    assert_eq!(recorded.rendition.draft.undecoded, ["ILBC"]);
    assert_ne!(sample(0, 8_000), 0);
}
