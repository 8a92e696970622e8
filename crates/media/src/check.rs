//! Whether a file made elsewhere is sound, and what kind: every octet of it is decoded.
//!
//! Takes the file in pieces, as it arrives, and holds a few kilobytes of it at most. Never
//! repairs anything and never guesses: what a careful player would have to skip is refused.

mod mp3;
mod wav;

/// What a file is said to be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// RIFF WAVE or RF64: PCM of 8 or 16 bits, A-law, µ-law; one or two channels.
    Wav,
    /// MPEG audio, layer III.
    Mp3,
}

/// How its samples are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Encoding {
    /// Linear, 8 bits, unsigned.
    Pcm8,
    /// Linear, 16 bits, signed.
    Pcm16,
    /// ITU-T G.711.
    ALaw,
    /// ITU-T G.711.
    MuLaw,
    /// MPEG audio, layer III.
    Mp3,
}

impl Encoding {
    /// The name for people and for rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pcm8 => "PCM-8",
            Self::Pcm16 => "PCM-16",
            Self::ALaw => "PCMA",
            Self::MuLaw => "PCMU",
            Self::Mp3 => "MP3",
        }
    }
}

/// What a whole file turned out to hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Sound {
    /// How its samples are written.
    pub encoding: Encoding,
    /// Samples a second of each channel.
    pub sample_rate: u32,
    /// One or two.
    pub channels: u16,
    /// Samples of each channel; never none.
    pub samples: u64,
}

impl Sound {
    /// Its length in milliseconds, rounded.
    #[must_use]
    pub fn duration_ms(&self) -> u64 {
        let rate = u64::from(self.sample_rate.max(1));
        let whole = self.samples.checked_div(rate).unwrap_or(0);
        let rest = self.samples.checked_rem(rate).unwrap_or(0);
        let half = rate.checked_div(2).unwrap_or(0);
        let rest = rest.saturating_mul(1000).saturating_add(half);
        let rest = rest.checked_div(rate).unwrap_or(0);
        whole.saturating_mul(1000).saturating_add(rest)
    }
}

/// A whole file that is sound.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Whole {
    /// What it holds.
    pub sound: Sound,
    /// The outline of its sound, in the form of [`crate::peaks`].
    pub peaks: Vec<u8>,
}

/// Why a file is not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Bad {
    /// The first octets are those of something else.
    #[error("this is no {0} file")]
    Other(&'static str),
    /// It is what it should be, but written in a way that is not taken.
    #[error("{0} is not taken")]
    Unsupported(&'static str),
    /// Two places of it contradict each other.
    #[error("the file contradicts itself: {0}")]
    Contradiction(&'static str),
    /// It ends before it should.
    #[error("the file ends too early")]
    Truncated,
    /// There are no samples in it.
    #[error("there is no sound in the file")]
    Empty,
    /// Its sound cannot be decoded from here on.
    #[error("the sound cannot be decoded at octet {0}")]
    Undecodable(u64),
}

/// A file being checked.
#[derive(Debug)]
pub struct Check(Inside);

#[derive(Debug)]
enum Inside {
    Wav(wav::Wav),
    Mp3(Box<mp3::Mp3>),
}

impl Check {
    /// Of a file that is said to be of this kind.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        Self(match kind {
            Kind::Wav => Inside::Wav(wav::Wav::new()),
            Kind::Mp3 => Inside::Mp3(Box::new(mp3::Mp3::new())),
        })
    }

    /// Takes the next octets of the file.
    ///
    /// # Errors
    /// [`Bad`] as soon as the file is known to be; what follows then means nothing.
    pub fn push(&mut self, octets: &[u8]) -> Result<(), Bad> {
        match &mut self.0 {
            Inside::Wav(wav) => wav.push(octets),
            Inside::Mp3(mp3) => mp3.push(octets),
        }
    }

    /// The file is over.
    ///
    /// # Errors
    /// [`Bad`] when it should not be, or holds nothing.
    pub fn finish(self) -> Result<Whole, Bad> {
        match self.0 {
            Inside::Wav(wav) => wav.finish(),
            Inside::Mp3(mp3) => mp3.finish(),
        }
    }
}

/// Adds samples to an outline; one channel stands on both sides.
fn outline(samples: &[i16], channels: u16, peaks: &mut crate::Peaks) {
    if channels == 2 {
        return peaks.push(samples);
    }
    let mut both = [0_i16; 512];
    for piece in samples.chunks(both.len() / 2) {
        let (pairs, _none) = both.as_chunks_mut::<2>();
        for (pair, sample) in pairs.iter_mut().zip(piece) {
            *pair = [*sample; 2];
        }
        let used = piece.len().saturating_mul(2);
        peaks.push(both.get(..used).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_whole_milliseconds() {
        for (samples, sample_rate, ms) in [
            (8_000, 8_000, 1_000),
            (1, 8_000, 0),
            (4, 8_000, 1),
            (44_100 * 3 + 22, 44_100, 3_000),
            (44_100 * 3 + 23, 44_100, 3_001),
        ] {
            let sound = Sound {
                encoding: Encoding::Pcm16,
                sample_rate,
                channels: 1,
                samples,
            };
            assert_eq!(sound.duration_ms(), ms, "{samples} at {sample_rate}");
        }
    }
}
