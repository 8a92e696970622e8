//! WAV: encodings, sizes, chunks, ends.

use super::{outlined, verdict};
use media::check::{Bad, Check, Encoding, Kind, Sound};
use proptest::prelude::*;

struct Wav {
    tag: u16,
    channels: u16,
    rate: u32,
    bits: u16,
    data: Vec<u8>,
}

impl Wav {
    fn telephone() -> Self {
        let (tag, channels, rate, bits) = (1, 2, 8_000, 16);
        let data = (0..4_000_u32).map(|n| n as u8).collect();
        Self {
            tag,
            channels,
            rate,
            bits,
            data,
        }
    }

    fn format(&self) -> Vec<u8> {
        let align = self.channels * self.bits.div_ceil(8);
        let mut chunk = self.tag.to_le_bytes().to_vec();
        chunk.extend(self.channels.to_le_bytes());
        chunk.extend(self.rate.to_le_bytes());
        chunk.extend((self.rate * u32::from(align)).to_le_bytes());
        chunk.extend(align.to_le_bytes());
        chunk.extend(self.bits.to_le_bytes());
        chunk
    }

    fn file(&self) -> Vec<u8> {
        riff(&[(b"fmt ", self.format()), (b"data", self.data.clone())])
    }
}

fn riff(chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut body = b"WAVE".to_vec();
    for (name, chunk) in chunks {
        body.extend(*name);
        body.extend((chunk.len() as u32).to_le_bytes());
        body.extend(chunk);
        if chunk.len() % 2 == 1 {
            body.push(0);
        }
    }
    let mut file = b"RIFF".to_vec();
    file.extend((body.len() as u32).to_le_bytes());
    file.extend(body);
    file
}

fn wav(file: &[u8]) -> Result<Sound, Bad> {
    verdict(Kind::Wav, file)
}

/// The octets of an outline's stretches, left and right in turn.
fn stretches(file: &[u8]) -> Vec<u8> {
    outlined(Kind::Wav, file).unwrap().peaks.split_off(24)
}

/// A pulse at one place of one channel is in the outline there and nowhere else, whatever the
/// encoding; silence is none.
#[test]
fn every_encoding_is_outlined() {
    // (tag, bits, silence, full scale, its octet in the outline)
    for (tag, bits, silence, full, octet) in [
        (1, 8, &[0x80][..], &[0x00][..], 255),
        (1, 16, &[0, 0], &[0x00, 0x80], 255),
        (6, 8, &[0xd5], &[0x2a], 252),
        (7, 8, &[0xff], &[0x00], 250),
    ] {
        for (channels, wanted) in [(1, [octet, octet]), (2, [0, octet])] {
            let mut samples = vec![silence; 3 * 160 * usize::from(channels)];
            // In the second stretch, on the right where there is one.
            let place = (160 + 7) * usize::from(channels) + usize::from(channels - 1);
            samples[place] = full;
            let file = Wav {
                tag,
                bits,
                channels,
                data: samples.concat(),
                ..Wav::telephone()
            };
            let silent = if tag == 6 { 1 } else { 0 };
            let found = stretches(&file.file());
            assert_eq!(found.len(), 6);
            assert_eq!(found[2..4].iter().max(), Some(&octet), "{tag} {bits}");
            assert_eq!(found[3], wanted[1], "{tag} {bits} {channels}");
            for quiet in [&found[..2], &found[4..]] {
                assert_eq!(quiet, [silent; 2], "{tag} {bits} {channels}");
            }
            if channels == 2 {
                assert_eq!(found[2], silent);
            }
        }
    }
}

#[test]
fn the_four_encodings_are_taken_in_mono_and_stereo() {
    for (tag, bits, encoding) in [
        (1, 8, Encoding::Pcm8),
        (1, 16, Encoding::Pcm16),
        (6, 8, Encoding::ALaw),
        (7, 8, Encoding::MuLaw),
    ] {
        for channels in [1, 2] {
            let file = Wav {
                tag,
                bits,
                channels,
                ..Wav::telephone()
            };
            let octets = u64::from(channels) * u64::from(bits) / 8;
            let sound = Sound {
                encoding,
                sample_rate: 8_000,
                channels,
                samples: 4_000 / octets,
            };
            assert_eq!(wav(&file.file()), Ok(sound));
            let mut extensible = file.format();
            extensible[..2].copy_from_slice(&0xfffe_u16.to_le_bytes());
            extensible.extend(b"\x16\0\x10\0\0\0\0\0");
            extensible.extend(tag.to_le_bytes());
            extensible.extend(b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71");
            assert_eq!(extensible.len(), 40);
            let chunks = [(b"fmt ", extensible), (b"data", file.data.clone())];
            assert_eq!(wav(&riff(&chunks)), Ok(sound));
        }
    }
}

#[test]
fn other_chunks_and_odd_sizes_are_passed_over() {
    let file = Wav {
        channels: 1,
        bits: 8,
        data: vec![0; 801],
        ..Wav::telephone()
    };
    let mut format = file.format();
    format.extend(b"\0\0");
    let chunks = [
        (b"JUNK", vec![1; 35]),
        (b"fmt ", format),
        (b"fact", vec![0; 4]),
        (b"LIST", vec![2; 3]),
        (b"data", file.data),
        (b"id3 ", vec![3; 11]),
    ];
    let mut whole = riff(&chunks);
    assert_eq!(wav(&whole).unwrap().samples, 801);
    assert_eq!(wav(&whole).unwrap().duration_ms(), 100);
    // The octet that fills up the last chunk may be missing.
    whole.pop();
    assert_eq!(wav(&whole).unwrap().samples, 801);
}

#[test]
fn our_own_headers_are_read_back() {
    let mut file = media::wav::header(8_000, 500);
    file.extend(vec![0; 2_000]);
    assert_eq!(wav(&file).unwrap().samples, 500);
}

#[test]
fn large_files_say_their_sizes_elsewhere() {
    let file = Wav::telephone();
    let large = |riff: u64, data: u64| {
        let mut large = b"RF64\xff\xff\xff\xffWAVEds64\x1c\0\0\0".to_vec();
        large.extend(riff.to_le_bytes());
        large.extend(data.to_le_bytes());
        large.extend([0; 12]);
        large.extend(b"fmt \x10\0\0\0");
        large.extend(file.format());
        large.extend(b"data\xff\xff\xff\xff");
        large.extend(&file.data);
        large
    };
    assert_eq!(wav(&large(4_072, 4_000)).unwrap().samples, 1_000);
    assert_eq!(wav(&large(4_072, 4_004)), Err(Bad::Truncated));
    assert_eq!(wav(&large(5 << 30, 4_000)), Err(Bad::Truncated));
    assert!(matches!(wav(&large(0, 4_000)), Err(Bad::Contradiction(_))));
    let mut sizeless = file.file();
    sizeless[..4].copy_from_slice(b"RF64");
    assert!(matches!(wav(&sizeless), Err(Bad::Contradiction(_))));
}

#[test]
fn every_earlier_end_is_too_early() {
    let file = Wav {
        data: vec![0; 40],
        ..Wav::telephone()
    }
    .file();
    for length in 12..file.len() {
        assert_eq!(wav(&file[..length]), Err(Bad::Truncated), "{length}");
    }
    for length in 0..12 {
        assert_eq!(wav(&file[..length]), Err(Bad::Other("WAV")), "{length}");
    }
}

#[test]
fn sizes_that_lie_are_refused() {
    let file = Wav::telephone().file();
    let changed = |at: usize, size: u32| {
        let mut file = file.clone();
        file[at..at + 4].copy_from_slice(&size.to_le_bytes());
        wav(&file)
    };
    // Of the whole file, of the format, of the sound.
    assert_eq!(changed(4, 1 << 30), Err(Bad::Truncated));
    for size in [0, 15, 1 << 20] {
        assert!(matches!(changed(16, size), Err(Bad::Contradiction(_))));
    }
    assert_eq!(changed(40, 4_001), Err(Bad::Truncated));
    assert_eq!(changed(40, u32::MAX), Err(Bad::Truncated));
    assert!(matches!(changed(40, 3_998), Err(Bad::Contradiction(_))));
}

#[test]
fn what_cannot_be_played_by_everybody_is_refused() {
    let telephone = Wav::telephone;
    for file in [
        Wav {
            bits: 24,
            ..telephone()
        },
        Wav {
            bits: 32,
            ..telephone()
        },
        Wav {
            tag: 3,
            bits: 32,
            ..telephone()
        },
        Wav {
            tag: 6,
            ..telephone()
        },
        Wav {
            tag: 2,
            bits: 4,
            ..telephone()
        },
        Wav {
            tag: 49,
            ..telephone()
        },
        Wav {
            tag: 85,
            ..telephone()
        },
        Wav {
            channels: 0,
            ..telephone()
        },
        Wav {
            channels: 3,
            ..telephone()
        },
        Wav {
            rate: 0,
            ..telephone()
        },
        Wav {
            rate: 1 << 30,
            channels: 1,
            bits: 8,
            ..telephone()
        },
    ] {
        let verdict = wav(&file.file());
        assert!(matches!(verdict, Err(Bad::Unsupported(_))), "{verdict:?}");
    }
    let mut align = telephone().file();
    align[32] = 3;
    assert!(matches!(wav(&align), Err(Bad::Contradiction(_))));
}

#[test]
fn chunks_in_the_wrong_order_or_twice_are_refused() {
    let file = Wav::telephone();
    let (format, data) = (|| (b"fmt ", file.format()), || (b"data", file.data.clone()));
    for chunks in [
        vec![data(), format()],
        vec![format(), format(), data()],
        vec![format(), data(), data()],
    ] {
        assert!(matches!(wav(&riff(&chunks)), Err(Bad::Contradiction(_))));
    }
    assert_eq!(wav(&riff(&[format()])), Err(Bad::Empty));
    assert_eq!(
        wav(&riff(&[format(), (b"data", Vec::new())])),
        Err(Bad::Empty)
    );
}

#[test]
fn other_files_are_not_wav() {
    for other in [
        &b""[..],
        b"RIFF",
        b"RIFF\0\0\0\0AVI fmt ",
        b"<html>not found</html>",
        b"ID3\x04\0\0\0\0\0\0\xff\xfb\x90\0",
        &[0; 100],
    ] {
        assert_eq!(wav(other), Err(Bad::Other("WAV")));
    }
}

proptest! {
    #[test]
    fn octets_never_panic(octets in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut file = Wav::telephone().file();
        file.truncate(12);
        file.extend(&octets);
        for file in [&octets, &file] {
            let mut check = Check::new(Kind::Wav);
            if check.push(file).is_ok() {
                let _ = check.finish();
            }
        }
    }

    #[test]
    fn a_flipped_octet_of_the_head_never_panics(at in 0_usize..44, octet: u8) {
        let mut file = Wav::telephone().file();
        file[at] = octet;
        let _ = wav(&file);
    }
}
