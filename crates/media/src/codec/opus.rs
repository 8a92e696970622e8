//! Opus: 2.5 to 120 ms a packet, one channel out of one or two (RFC 6716, RFC 7587).
//!
//! The decoder is a library's. What is here reads how long packets are and whether they carry
//! their predecessor again, and makes silence of what their sender did not send.

use super::Outcome;
use opus_rs::OpusDecoder;

/// Samples a second, and units of timestamps, whatever the sender's own rate (RFC 7587 §4.1).
pub(super) const RATE_HZ: u32 = 48_000;
/// The longest packet (RFC 6716 §3.2.5, R5).
const PACKET_SAMPLES_MAX: usize = 5_760;
/// What every loss is a multiple of: 2.5 ms.
const STEP_SAMPLES: i64 = 120;
/// After so much loss a decoder has faded to nothing.
const FADE_SAMPLES: i64 = 9_600;
/// The longest piece of a loss it takes at once.
const LOSS_SAMPLES: i64 = 960;

/// A decoder with its memory.
pub(super) struct Opus {
    decoder: OpusDecoder,
    sound: Vec<f32>,
}

/// How a packet is made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Shape<'a> {
    frame_samples: usize,
    frames: usize,
    /// The first octet of the first frame, and whether it is of SILK.
    first: Option<&'a u8>,
    silk: bool,
    stereo: bool,
}

/// How many samples a packet has; 20 ms when it is none.
pub(crate) fn samples(packet: &[u8]) -> usize {
    shape(packet).map_or(960, |shape| {
        shape.frame_samples.saturating_mul(shape.frames)
    })
}

/// RFC 6716 §3.1 and §3.2.
fn shape(packet: &[u8]) -> Option<Shape<'_>> {
    let (&toc, rest) = packet.split_first()?;
    let configuration = toc >> 3;
    let frame_samples = match configuration {
        0..12 => [480, 960, 1_920, 2_880].get(usize::from(configuration & 3)),
        12..16 => [480, 960].get(usize::from(configuration & 1)),
        16.. => [120, 240, 480, 960].get(usize::from(configuration & 3)),
    };
    let frame_samples: usize = frame_samples.copied()?;
    let (frames, first) = match toc & 3 {
        0 => (1, rest.first()),
        1 => (2, rest.first()),
        2 => {
            let length_octets = if *rest.first()? < 252 { 1 } else { 2 };
            (2, rest.get(length_octets..)?.first())
        }
        _ => {
            let (&count, rest) = rest.split_first()?;
            let frames = usize::from(count & 63);
            (frames, many(count, frames, rest))
        }
    };
    let whole = frame_samples.saturating_mul(frames);
    (1..=PACKET_SAMPLES_MAX).contains(&whole).then_some(Shape {
        frame_samples,
        frames,
        first,
        silk: configuration < 16,
        stereo: toc & 4 != 0,
    })
}

/// The first octet of the first of many frames, behind lengths of padding and of frames.
fn many(count: u8, frames: usize, mut rest: &[u8]) -> Option<&u8> {
    if count & 0x40 != 0 {
        loop {
            let (&padding, later) = rest.split_first()?;
            rest = later;
            if padding != 255 {
                break;
            }
        }
    }
    if count & 0x80 != 0 {
        for _ in 1..frames {
            let length_octets = if *rest.first()? < 252 { 1 } else { 2 };
            rest = rest.get(length_octets..)?;
        }
    }
    rest.first()
}

impl Shape<'_> {
    /// Whether its first frame carries the frame before it again: a flag behind one for each
    /// 20 ms, for each channel (RFC 6716 §4.2.3, §4.2.4).
    fn repeats(&self) -> bool {
        let Some(first) = self.first.filter(|_| self.silk) else {
            return false;
        };
        let parts = u32::try_from(self.frame_samples.div_ceil(960)).unwrap_or(1);
        let flag = |place: u32| first.checked_shl(place).unwrap_or(0) & 0x80 != 0;
        let side = parts.saturating_mul(2).saturating_add(1);
        flag(parts) || (self.stereo && flag(side))
    }
}

impl Opus {
    /// `None` never comes, but the library may say so.
    pub(super) fn new() -> Option<Self> {
        let decoder = OpusDecoder::new(RATE_HZ as i32, 1).ok()?;
        Some(Self {
            decoder,
            sound: vec![0.0; PACKET_SAMPLES_MAX],
        })
    }

    pub(super) fn decode(&mut self, packet: &[u8], samples: &mut Vec<i16>) -> Outcome {
        let Some(shape) = shape(packet) else {
            return Outcome::Broken;
        };
        let whole = shape.frame_samples.saturating_mul(shape.frames);
        if packet.len() <= 2 {
            // No frame has more than an octet: the sender is silent (RFC 6716 §2.1.9).
            self.fade(i64::try_from(whole).unwrap_or(0));
            return Outcome::Decoded;
        }
        match self.decoder.decode(packet, whole, &mut self.sound) {
            Ok(_) => {
                samples.extend(self.sound.iter().take(whole).map(rounded));
                Outcome::Decoded
            }
            Err(_) => Outcome::Broken,
        }
    }

    pub(super) fn lose(&mut self, units: i64, next: &[u8], samples: &mut Vec<i16>) {
        let Some(shape) = shape(next) else { return };
        let again = i64::try_from(shape.frame_samples).unwrap_or(i64::MAX);
        if !shape.repeats() || units < again {
            self.fade(units);
            return;
        }
        self.fade(units.saturating_sub(again));
        let restored = self
            .decoder
            .decode_fec(next, shape.frame_samples, &mut self.sound);
        if restored.is_ok() {
            samples.extend(self.sound.iter().take(shape.frame_samples).map(rounded));
        }
    }

    /// What the decoder makes up is not sound that was sent; it is asked for so that what
    /// follows is decoded as its sender meant it.
    fn fade(&mut self, samples: i64) {
        let mut left = samples.min(FADE_SAMPLES);
        left = left.saturating_sub(left.checked_rem(STEP_SAMPLES).unwrap_or(0));
        while left > 0 {
            let now = left.min(LOSS_SAMPLES);
            let size = usize::try_from(now).unwrap_or(0);
            if self.decoder.decode(&[], size, &mut self.sound).is_err() {
                return;
            }
            left = left.saturating_sub(now);
        }
    }
}

/// As libopus rounds (`FLOAT2INT16`); what is no number is silence.
fn rounded(sample: &f32) -> i16 {
    (sample * 32_768.0)
        .round_ties_even()
        .clamp(-32_768.0, 32_767.0) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_from_the_first_octets() {
        for (packet, expected) in [
            (&[0x08, 1, 2][..], 960),           // SILK, 20 ms, one frame
            (&[0x1b, 3, 1], 960),               // three of 60 ms, which is too long
            (&[0x19, 1, 2], 5_760),             // two of 60 ms
            (&[0xe0, 1], 120),                  // CELT, 2.5 ms
            (&[0xfb, 0x83, 1, 1, 0, 0], 2_880), // three of 20 ms with lengths
            (&[0x6b, 0, 0], 960),               // none at all
            (&[], 960),
        ] {
            assert_eq!(samples(packet), expected, "{packet:x?}");
        }
    }
}
