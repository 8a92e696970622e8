//! G.729 with its annexes A and B: 8 kbit/s, frames of 10 ms (RFC 3551 §4.5.6).
//!
//! The decoder is a library's. What is here says which frames a payload holds, and makes
//! silence of what its sender meant as background noise.

use super::Outcome;
use g729_sys::{Decoder, FRAME_SAMPLES, VOICE_FRAME_BYTES};

/// Octets of a frame that describes silence (annex B).
const SILENCE_OCTETS: usize = 2;
/// After so many lost frames a decoder has faded to nothing.
const FADE_FRAMES: i64 = 30;

/// A decoder with its memory.
pub(super) struct G729 {
    decoder: Decoder,
    /// Whether the last frame described silence, so that what is missing is more of it.
    silent: bool,
}

/// How many samples a payload has: 80 for each frame, also for an incomplete one at its end.
pub(crate) fn samples(payload: &[u8]) -> usize {
    payload
        .len()
        .div_ceil(VOICE_FRAME_BYTES)
        .saturating_mul(FRAME_SAMPLES)
}

impl G729 {
    pub(super) fn new() -> Self {
        Self {
            decoder: Decoder::new(),
            silent: false,
        }
    }

    pub(super) fn decode(&mut self, payload: &[u8], samples: &mut Vec<i16>) -> Outcome {
        let (frames, rest) = payload.as_chunks::<VOICE_FRAME_BYTES>();
        for frame in frames {
            self.silent = false;
            samples.extend(self.decoder.decode(frame, false, false, false));
        }
        match rest.len() {
            0 => Outcome::Decoded,
            SILENCE_OCTETS => {
                self.silent = true;
                self.decoder.decode(rest, false, true, false);
                Outcome::Decoded
            }
            _ => Outcome::Broken,
        }
    }

    /// What the decoder makes up for lost frames is not sound that was sent; it is asked for
    /// so that what follows is decoded as its sender meant it.
    pub(super) fn lose(&mut self, units: i64) {
        let frames = units.checked_div(FRAME_SAMPLES as i64).unwrap_or(0);
        for _ in 0..frames.min(FADE_FRAMES) {
            self.decoder.decode(&[], !self.silent, self.silent, false);
        }
    }
}
