//! Every decoder against an independent one, sample by sample.
//!
//! The vectors come from ffmpeg, spandsp, bcg729 and libopus; `data/make.sh` makes them again.
use media::Sort;
use media::codec::{Decoder, Outcome};
use proptest::prelude::*;

fn samples(pcm: &[u8]) -> Vec<i16> {
    pcm.chunks_exact(2)
        .map(|pair| i16::from_le_bytes([pair[0], pair[1]]))
        .collect()
}

/// Packets behind their lengths of `head` octets.
fn packets(mut rest: &[u8], head: usize) -> Vec<&[u8]> {
    let mut packets = Vec::new();
    while !rest.is_empty() {
        let (length, behind) = rest.split_at(head);
        let length = length
            .iter()
            .fold(0, |length, &octet| length << 8 | usize::from(octet));
        let (packet, behind) = behind.split_at(length);
        packets.push(packet);
        rest = behind;
    }
    packets
}

/// The sum of a packet's samples, as in the files.
fn sum(samples: &[i16]) -> String {
    let octets = samples.iter().flat_map(|sample| sample.to_le_bytes());
    let sum = octets.fold(0x811c_9dc5_u32, |sum, octet| {
        (sum ^ u32::from(octet)).wrapping_mul(0x0100_0193)
    });
    format!("{sum:08x}")
}

fn decoded(sort: Sort, packets: &[&[u8]]) -> Vec<i16> {
    let mut decoder = Decoder::new(sort);
    let mut sound = Vec::new();
    for packet in packets {
        let before = sound.len();
        assert_eq!(decoder.decode(packet, &mut sound), Outcome::Decoded);
        assert_eq!(sound.len() - before, sort.samples(packet));
    }
    sound
}

#[test]
fn g722_is_what_ffmpeg_decodes() {
    let sort = Sort::new("G722", 8_000, 1);
    for (octets, expected) in [
        (
            &include_bytes!("data/voice.g722")[..],
            &include_bytes!("data/voice.g722.pcm")[..],
        ),
        (
            include_bytes!("data/random.g722"),
            include_bytes!("data/random.g722.pcm"),
        ),
    ] {
        let packets: Vec<&[u8]> = octets.chunks(160).collect();
        assert_eq!(decoded(sort, &packets), samples(expected));
    }
}

/// spandsp and ffmpeg disagree from the first adaptations on. spandsp's samples are those of the
/// recommendation: the decoder here was written from its section 4 without either, and multiplies
/// with the predictor in eleven-bit floating point as block FMULT demands. Only above full scale
/// they part, where spandsp's linear output wraps and annex A of the recommendation limits.
#[test]
fn g726_is_what_spandsp_decodes() {
    let octets = include_bytes!("data/voice.g726");
    let expected = samples(include_bytes!("data/voice.g726.pcm"));
    for name in ["G726-32", "G721"] {
        let packets: Vec<&[u8]> = octets.chunks(80).collect();
        assert_eq!(decoded(Sort::new(name, 8_000, 1), &packets), expected);
    }
    // The same codes in the other order (RFC 3551 section 4.5.4).
    let turned: Vec<u8> = octets.iter().map(|octet| octet.rotate_left(4)).collect();
    let packets: Vec<&[u8]> = turned.chunks(80).collect();
    let sort = Sort::new("AAL2-G726-32", 8_000, 1);
    assert_eq!(decoded(sort, &packets), expected);
}

#[test]
fn g726_limits_what_is_louder_than_loud() {
    // The code of the largest step, again and again, with both signs.
    let loud = [[0x77; 20], [0x88; 20]].concat();
    let sound = decoded(Sort::new("G726-32", 8_000, 1), &[&loud]);
    assert!(sound[..19].is_sorted(), "it never wraps: {sound:?}");
    assert_eq!(sound.iter().max(), Some(&32_764));
    assert_eq!(sound.iter().min(), Some(&-32_768));
}

/// Frames of voice as bcg729 decodes them, silence where the sender described or left out
/// silence; with every ninth frame lost too.
#[test]
fn g729_is_what_bcg729_decodes() {
    let packets = packets(include_bytes!("data/pauses.g729"), 1);
    let of_silence = packets.iter().filter(|packet| packet.len() < 10).count();
    assert!(of_silence > 20 && packets.len() - of_silence > 100);
    for (sums, lossy) in [
        (include_str!("data/pauses.g729.sums"), false),
        (include_str!("data/lossy.g729.sums"), true),
    ] {
        let mut decoder = Decoder::new(Sort::new("G729", 8_000, 1));
        for ((number, packet), expected) in packets.iter().enumerate().zip(sums.lines()) {
            let mut sound = Vec::new();
            let lost = packet.is_empty() || lossy && packet.len() == 10 && number % 9 == 8;
            if lost {
                decoder.lose(80, &[], &mut sound);
                assert!(sound.is_empty());
                continue;
            }
            assert_eq!(decoder.decode(packet, &mut sound), Outcome::Decoded);
            if packet.len() == 10 {
                assert_eq!(sum(&sound), expected, "frame {number}");
            } else {
                assert_eq!(sound, [0; 80], "frame {number}");
            }
        }
    }
}

#[test]
fn opus_of_silk_is_what_libopus_decodes_and_restores() {
    let packets = packets(include_bytes!("data/silk.opus"), 2);
    let sort = Sort::new("opus", 48_000, 2);
    for (sums, lossy) in [
        (include_str!("data/silk.opus.sums"), false),
        (include_str!("data/lossy.opus.sums"), true),
    ] {
        let mut decoder = Decoder::new(sort);
        let (mut sound, mut lost) = (Vec::new(), 0);
        for (number, packet) in packets.iter().enumerate() {
            if lossy && number % 7 == 6 {
                lost += 1;
                continue;
            }
            if lossy && number % 7 == 0 && number > 0 {
                decoder.lose(960, packet, &mut sound);
            }
            assert_eq!(decoder.decode(packet, &mut sound), Outcome::Decoded);
        }
        assert!(!lossy || lost == 7);
        let found: Vec<String> = sound.chunks(960).map(sum).collect();
        assert_eq!(found, sums.lines().collect::<Vec<_>>());
    }
}

/// Floating point is added up in another order: a sample may be off by one.
#[test]
fn opus_of_hybrid_and_celt_is_what_libopus_decodes() {
    for (octets, expected) in [
        (
            &include_bytes!("data/hybrid.opus")[..],
            &include_bytes!("data/hybrid.opus.pcm")[..],
        ),
        (
            include_bytes!("data/celt.opus"),
            include_bytes!("data/celt.opus.pcm"),
        ),
    ] {
        let sound = decoded(Sort::new("opus", 48_000, 2), &packets(octets, 2));
        let expected = samples(expected);
        assert_eq!(sound.len(), expected.len());
        let off = |(one, other): (&i16, &i16)| (i32::from(*one) - i32::from(*other)).abs();
        let most = sound.iter().zip(&expected).map(off).max();
        assert!(most <= Some(1), "{most:?}");
    }
}

#[test]
fn linear_samples_are_what_they_are() {
    let octets = [0x12, 0x34, 0xff, 0xff, 0x7f, 0xff, 0x80, 0x00, 0x01];
    assert_eq!(
        decoded(Sort::new("L16", 16_000, 1), &[&octets]),
        [0x1234, -1, 0x7fff, -0x8000]
    );
    assert_eq!(
        decoded(Sort::new("l16", 44_100, 2), &[&octets]),
        [(0x1234 - 1) / 2, 0]
    );
}

const NAMES: [(&str, u32, u8); 7] = [
    ("G722", 8_000, 1),
    ("G726-32", 8_000, 1),
    ("AAL2-G726-32", 8_000, 1),
    ("G729", 8_000, 1),
    ("L16", 48_000, 2),
    ("PCMU", 8_000, 1),
    ("opus", 48_000, 2),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever comes, a packet takes the time that its length says, and nothing panics.
    #[test]
    fn no_payload_is_too_odd(
        (name, clock_rate, channels) in proptest::sample::select(&NAMES),
        payloads in proptest::collection::vec(
            proptest::collection::vec(any::<u8>(), 0..200), 1..12),
        losses in proptest::collection::vec(proptest::option::weighted(0.2, 0_i64..20_000), 12),
    ) {
        let sort = Sort::new(name, clock_rate, channels);
        let mut decoder = Decoder::new(sort);
        for (payload, lost) in payloads.iter().zip(losses) {
            let mut sound = Vec::new();
            if let Some(units) = lost {
                decoder.lose(units, payload, &mut sound);
                prop_assert!(sound.len() as i64 <= units, "never more than was lost");
            }
            sound.clear();
            decoder.decode(payload, &mut sound);
            prop_assert_eq!(sound.len(), sort.samples(payload));
            prop_assert!(sound.len() <= payload.len().max(1) * 5_760);
        }
    }

    /// Octets flipped in packets that a real encoder made.
    #[test]
    fn no_flip_is_too_odd(
        flips in proptest::collection::vec((any::<u16>(), any::<u8>()), 1..60),
        which in 0_usize..4,
    ) {
        let (octets, head, sort) = [
            (&include_bytes!("data/silk.opus")[..], 2, Sort::new("opus", 48_000, 2)),
            (include_bytes!("data/hybrid.opus"), 2, Sort::new("opus", 48_000, 2)),
            (include_bytes!("data/celt.opus"), 2, Sort::new("opus", 48_000, 2)),
            (include_bytes!("data/pauses.g729"), 1, Sort::new("G729", 8_000, 1)),
        ][which];
        let mut packets: Vec<Vec<u8>> =
            packets(octets, head).into_iter().take(12).map(<[u8]>::to_vec).collect();
        for (place, value) in flips {
            let number = usize::from(place) % packets.len();
            let packet = &mut packets[number];
            if !packet.is_empty() {
                let place = usize::from(place) / 12 % packet.len();
                packet[place] ^= value;
            }
        }
        let mut decoder = Decoder::new(sort);
        for packet in &packets {
            let mut sound = Vec::new();
            decoder.decode(packet, &mut sound);
            prop_assert_eq!(sound.len(), sort.samples(packet));
        }
    }
}
