//! MP3: frames, tags, ends. The two files were made with LAME 3.100.

use super::{outlined, verdict};
use media::check::{Bad, Check, Encoding, Kind, Sound};
use proptest::prelude::*;

/// 8 kHz, stereo, 40 kbit/s, as recorders make them; begins with a frame that only describes.
const TELEPHONE: &[u8] = include_bytes!("data/telephone.mp3");
/// 44.1 kHz, mono, variable rate, ID3v2 before and ID3v1 behind.
const TAGGED: &[u8] = include_bytes!("data/tagged.mp3");

fn mp3(file: &[u8]) -> Result<Sound, Bad> {
    verdict(Kind::Mp3, file)
}

#[test]
fn what_encoders_write_is_taken() {
    let telephone = mp3(TELEPHONE).unwrap();
    assert_eq!(
        (
            telephone.encoding,
            telephone.sample_rate,
            telephone.channels
        ),
        (Encoding::Mp3, 8_000, 2)
    );
    let tagged = mp3(TAGGED).unwrap();
    assert_eq!((tagged.sample_rate, tagged.channels), (44_100, 1));
    for sound in [telephone, tagged] {
        // Six tenths of a second and what the encoder puts around them.
        assert!((600..850).contains(&sound.duration_ms()), "{sound:?}");
        assert_eq!(sound.samples % 576, 0);
    }
}

#[test]
fn the_sound_of_frames_is_outlined() {
    for file in [TELEPHONE, TAGGED] {
        let whole = outlined(Kind::Mp3, file).unwrap();
        let octets = &whole.peaks[24..];
        let stretch = u64::from(whole.sound.sample_rate / 50);
        assert_eq!(
            octets.len() as u64,
            2 * whole.sound.samples.div_ceil(stretch)
        );
        let loudest = octets.iter().max().copied().unwrap_or_default();
        assert!((40..=255).contains(&loudest), "{loudest}");
        let (pairs, _none) = octets.as_chunks::<2>();
        let alike = pairs.iter().all(|[left, right]| left == right);
        assert_eq!(alike, whole.sound.channels == 1);
    }
}

#[test]
fn tags_and_zeros_around_the_sound_change_nothing() {
    let sound = mp3(TELEPHONE).unwrap();
    let with = |before: &[u8], behind: &[u8]| {
        let file = [before, TELEPHONE, behind].concat();
        assert_eq!(mp3(&file), Ok(sound));
    };
    with(b"ID3\x04\0\0\0\0\0\x05hello", b"");
    with(b"ID3\x04\0\x10\0\0\0\x05hello3DI\x04\0\0\0\0\0\x05", b"");
    with(b"ID3\x03\0\0\0\0\0\x01xID3\x03\0\0\0\0\0\x01y\0\0\0", b"");
    with(b"", &[0; 200]);
    with(b"", &[&[0; 20][..], b"TAG", &[1; 125]].concat());
    with(b"", b"APETAGEX and so on");
    with(b"", b"LYRICSBEGINla la la");
}

#[test]
fn every_end_within_a_frame_is_too_early() {
    let frame = 360;
    for length in [1, 100, 359, 361, TELEPHONE.len() - 1] {
        let verdict = mp3(&TELEPHONE[..length]);
        assert!(
            matches!(
                verdict,
                Err(Bad::Truncated | Bad::Other(_) | Bad::Undecodable(360))
            ),
            "{length} {verdict:?}"
        );
    }
    assert_eq!(
        mp3(&TELEPHONE[..frame]),
        Err(Bad::Empty),
        "nothing but a description"
    );
    assert_eq!(mp3(&TELEPHONE[..2 * frame]).unwrap().samples, 576);
    assert_eq!(mp3(b"ID3\x04\0\0\0\0\x01\0short"), Err(Bad::Truncated));
}

#[test]
fn what_stands_between_frames_is_refused() {
    let frame = 360;
    let (first, rest) = TELEPHONE.split_at(2 * frame);
    for between in [
        &b"hello"[..],
        b"<html>",
        &[0; 10],
        &[0xff; 3],
        b"\xff\xfb\xf0\0",
        b"TAG",
    ] {
        let file = [first, between, rest].concat();
        let verdict = mp3(&file);
        let behind = between == b"TAG";
        assert_eq!(verdict.is_ok(), behind, "{between:?}");
    }
}

#[test]
fn a_file_that_changes_its_rate_is_refused() {
    let file = [TELEPHONE, TAGGED.get(tag_octets()..).unwrap()].concat();
    assert!(matches!(mp3(&file), Err(Bad::Unsupported(_))));
}

fn tag_octets() -> usize {
    TAGGED
        .windows(2)
        .position(|two| two == [0xff, 0xfb])
        .unwrap()
}

#[test]
fn sound_that_is_overwritten_is_not_decodable() {
    let mut file = TELEPHONE.to_vec();
    let frame = 360;
    // Side information that points far behind the frame.
    file[3 * frame + 4..4 * frame].fill(0xff);
    assert!(
        matches!(mp3(&file), Err(Bad::Undecodable(_))),
        "{:?}",
        mp3(&file)
    );
}

#[test]
fn other_files_are_not_mp3() {
    for other in [
        &b""[..],
        b"RIFF\x24\0\0\0WAVEfmt ",
        b"<html>not found</html>",
        b"OggS",
        &[0; 1000],
        b"ID3\x04\0\0\0\0\0\x05hello",
        b"ID3\x04\0\0\0\0\0\x05hello and more",
    ] {
        assert_eq!(mp3(other), Err(Bad::Other("MP3")), "{other:?}");
    }
    // Layer II, layer I, free format.
    for head in [*b"\xff\xfd\x90\0", *b"\xff\xff\x90\0", *b"\xff\xfb\0\0"] {
        let file = [&head[..], &[0; 2000]].concat();
        assert!(matches!(mp3(&file), Err(Bad::Unsupported(_))));
    }
}

proptest! {
    #[test]
    fn octets_never_panic(octets in prop::collection::vec(any::<u8>(), 0..3000)) {
        let after_head = [b"\xff\xe3\x48\xc4", octets.as_slice()].concat();
        for file in [&octets, &after_head] {
            let mut check = Check::new(Kind::Mp3);
            if check.push(file).is_ok() {
                let _ = check.finish();
            }
        }
    }

    #[test]
    fn flipped_octets_never_panic(flips in prop::collection::vec((0_usize..3000, any::<u8>()), 1..9)) {
        let mut file = TELEPHONE.to_vec();
        for (at, octet) in flips {
            let at = at % file.len();
            file[at] = octet;
        }
        let mut check = Check::new(Kind::Mp3);
        if check.push(&file).is_ok() {
            let _ = check.finish();
        }
    }
}
