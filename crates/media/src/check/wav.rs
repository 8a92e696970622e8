//! A WAV file read chunk by chunk (RIFF; RF64 as in EBU Tech 3306).
//!
//! Every pattern of octets is a sample in the four encodings that are taken, so that decoding
//! is counting: what can be wrong are the sizes, the format and the end.

use super::{Bad, Encoding, Sound, Whole};
use crate::Peaks;
use crate::g711::{self, Law};

/// The longest `fmt ` chunk; the extensible one has 40 octets.
const FORMAT_OCTETS_MAX: u64 = 1024;

/// Most octets of `ds64` that are read; a table of further sizes may follow.
const SIZES_OCTETS: u64 = 28;

/// Samples decoded at once; even, so that left and right stay together.
const PIECE_SAMPLES: usize = 1024;

/// Sampling rates from telephones to studios.
const RATES: std::ops::RangeInclusive<u32> = 4_000..=192_000;

/// What follows the first two octets of a subformat (RFC 2361 §4).
const SUBFORMAT_END: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

/// A WAV file being read.
#[derive(Debug)]
pub(super) struct Wav {
    /// Octets seen until now.
    total: u64,
    /// Octets that the header announced.
    announced: u64,
    large: Option<Large>,
    format: Option<Format>,
    data: Option<u64>,
    /// Of the sound until now.
    peaks: Option<Peaks>,
    state: State,
    /// What is collected for `state`.
    collected: Vec<u8>,
}

/// The sizes of an RF64 file.
#[derive(Clone, Copy, Debug)]
struct Large {
    riff: u64,
    data: u64,
}

#[derive(Clone, Copy, Debug)]
struct Format {
    encoding: Encoding,
    channels: u16,
    sample_rate: u32,
    /// Octets of one sample of all channels.
    frame: u64,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// The first twelve octets.
    Start,
    /// Name and size of a chunk.
    Head,
    /// So many octets of a chunk that are read.
    Chunk(Chunk, u64),
    /// So many octets of sound, and of what fills it up.
    Sound(u64, u64),
    /// So many octets that are not; so many of them may be missing at the end of the file.
    Skip(u64, u64),
}

#[derive(Clone, Copy, Debug)]
enum Chunk {
    Format,
    Sizes { rest: u64 },
}

impl Wav {
    pub(super) fn new() -> Self {
        Self {
            total: 0,
            announced: 0,
            large: None,
            format: None,
            data: None,
            peaks: None,
            state: State::Start,
            collected: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, mut octets: &[u8]) -> Result<(), Bad> {
        self.total = self.total.saturating_add(octets.len() as u64);
        while !octets.is_empty() {
            octets = match self.state {
                State::Start => self.collect(octets, 12, Self::start)?,
                State::Head => self.collect(octets, 8, Self::head)?,
                State::Chunk(chunk, size) => {
                    self.collect(octets, size, |wav, read| wav.chunk(chunk, read))?
                }
                State::Sound(left, spare) => self.hear(octets, left, spare),
                State::Skip(left, spare) => self.skip(octets, left, spare),
            };
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Whole, Bad> {
        let whole = match self.state {
            State::Start | State::Chunk(..) | State::Sound(..) => false,
            // A byte after an odd chunk is often left out at the end.
            State::Skip(left, spare) => left <= spare,
            // A few octets after the last chunk are no chunk, and no sound either.
            State::Head => true,
        };
        if self.total == 0 || matches!(self.state, State::Start) {
            return Err(Bad::Other("WAV"));
        }
        let announced = self.large.map_or(self.announced, |large| large.riff);
        if !whole || announced.saturating_add(7) > self.total {
            return Err(Bad::Truncated);
        }
        let format = self.format.ok_or(Bad::Truncated)?;
        let data = self.data.ok_or(Bad::Empty)?;
        let samples = data.checked_div(format.frame).unwrap_or(0);
        if samples == 0 {
            return Err(Bad::Empty);
        }
        if data.checked_rem(format.frame) != Some(0) {
            return Err(Bad::Contradiction("its sound ends within a sample"));
        }
        Ok(Whole {
            sound: Sound {
                encoding: format.encoding,
                sample_rate: format.sample_rate,
                channels: format.channels,
                samples,
            },
            peaks: self.peaks.map(Peaks::finish).unwrap_or_default(),
        })
    }

    /// Collects `size` octets and then goes `on`; returns what is left of `octets`.
    fn collect<'a>(
        &mut self,
        octets: &'a [u8],
        size: u64,
        on: impl FnOnce(&mut Self, &[u8]) -> Result<(), Bad>,
    ) -> Result<&'a [u8], Bad> {
        let missing = size.saturating_sub(self.collected.len() as u64);
        let (taken, rest) = cut(octets, missing);
        self.collected.extend_from_slice(taken);
        if self.collected.len() as u64 == size {
            let read = std::mem::take(&mut self.collected);
            on(self, &read)?;
        }
        Ok(rest)
    }

    /// Takes sound: whole samples at once, the octets of a begun one kept for later.
    fn hear<'a>(&mut self, octets: &'a [u8], left: u64, spare: u64) -> &'a [u8] {
        let (taken, rest) = cut(octets, left);
        let left = left.saturating_sub(taken.len() as u64);
        if let Some((format, peaks)) = self.format.zip(self.peaks.as_mut()) {
            let frame = usize::try_from(format.frame).unwrap_or(usize::MAX);
            let missing = frame.saturating_sub(self.collected.len());
            let begun = if self.collected.is_empty() {
                0
            } else {
                missing
            };
            let (begun, taken) = taken.split_at_checked(begun).unwrap_or((taken, &[]));
            self.collected.extend_from_slice(begun);
            if self.collected.len() == frame {
                format.outline(&self.collected, peaks);
                self.collected.clear();
            }
            let odd = taken.len().checked_rem(frame).unwrap_or(0);
            let whole = taken.len().saturating_sub(odd);
            let (whole, begun) = taken.split_at_checked(whole).unwrap_or((taken, &[]));
            format.outline(whole, peaks);
            self.collected.extend_from_slice(begun);
        }
        self.state = if left > 0 {
            State::Sound(left, spare)
        } else {
            self.collected.clear();
            padding(spare)
        };
        rest
    }

    fn skip<'a>(&mut self, octets: &'a [u8], left: u64, spare: u64) -> &'a [u8] {
        let (taken, rest) = cut(octets, left);
        let left = left.saturating_sub(taken.len() as u64);
        self.state = if left == 0 {
            State::Head
        } else {
            State::Skip(left, spare)
        };
        rest
    }

    fn start(&mut self, read: &[u8]) -> Result<(), Bad> {
        let large = match read.first_chunk() {
            Some(b"RIFF") => false,
            Some(b"RF64") => true,
            _ => return Err(Bad::Other("WAV")),
        };
        if read.get(8..) != Some(b"WAVE") {
            return Err(Bad::Other("WAV"));
        }
        self.announced = u64::from(word(read, 4));
        if large {
            // The real sizes follow at once.
            self.large = Some(Large { riff: 0, data: 0 });
        }
        self.state = State::Head;
        Ok(())
    }

    fn head(&mut self, read: &[u8]) -> Result<(), Bad> {
        let size = u64::from(word(read, 4));
        let name = read.first_chunk::<4>();
        let missing_sizes = self.large.is_some_and(|large| large.riff == 0);
        if missing_sizes && name != Some(b"ds64") {
            return Err(Bad::Contradiction("an RF64 file without its sizes"));
        }
        self.state = match name {
            Some(b"ds64") if missing_sizes => {
                let rest = size.checked_sub(SIZES_OCTETS).ok_or(Bad::Truncated)?;
                State::Chunk(Chunk::Sizes { rest }, SIZES_OCTETS)
            }
            Some(b"fmt ") => {
                if self.format.is_some() {
                    return Err(Bad::Contradiction("it has two formats"));
                }
                if !(16..=FORMAT_OCTETS_MAX).contains(&size) {
                    return Err(Bad::Contradiction("the size of its format"));
                }
                State::Chunk(Chunk::Format, size)
            }
            Some(b"data") => self.sound(size)?,
            _ => skip(size),
        };
        Ok(())
    }

    fn sound(&mut self, size: u64) -> Result<State, Bad> {
        let before = Bad::Contradiction("its sound comes before its format");
        let format = self.format.ok_or(before)?;
        if self.data.is_some() {
            return Err(Bad::Contradiction("it has sound in two places"));
        }
        let size = match self.large {
            Some(large) if size == u64::from(u32::MAX) => large.data,
            Some(_) | None => size,
        };
        self.data = Some(size);
        self.peaks = Some(Peaks::growing(format.sample_rate));
        Ok(match size {
            0 => State::Head,
            size => State::Sound(size, size & 1),
        })
    }

    fn chunk(&mut self, chunk: Chunk, read: &[u8]) -> Result<(), Bad> {
        self.state = match chunk {
            Chunk::Sizes { rest } => {
                let (riff, data) = (long(read, 0), long(read, 8));
                if riff == 0 {
                    return Err(Bad::Contradiction("an RF64 file without its sizes"));
                }
                self.large = Some(Large { riff, data });
                skip(rest)
            }
            Chunk::Format => {
                self.format = Some(format(read)?);
                padding(read.len() as u64)
            }
        };
        Ok(())
    }
}

impl Format {
    /// Decodes whole samples of all channels into an outline.
    fn outline(self, octets: &[u8], peaks: &mut Peaks) {
        let mut samples = [0_i16; PIECE_SAMPLES];
        let octets_of_one = if self.encoding == Encoding::Pcm16 {
            2
        } else {
            1
        };
        for piece in octets.chunks(PIECE_SAMPLES.saturating_mul(octets_of_one)) {
            let count = piece.len().checked_div(octets_of_one).unwrap_or(0);
            let samples = samples.get_mut(..count).unwrap_or_default();
            match self.encoding {
                Encoding::ALaw => g711::decode(Law::A.table(), piece, samples),
                Encoding::MuLaw => g711::decode(Law::Mu.table(), piece, samples),
                Encoding::Pcm8 => {
                    for (sample, octet) in samples.iter_mut().zip(piece) {
                        // Unsigned, 128 is silence.
                        *sample = i16::from(octet ^ 0x80) << 8;
                    }
                }
                Encoding::Pcm16 | Encoding::Mp3 => {
                    let (pairs, _none) = piece.as_chunks::<2>();
                    for (sample, pair) in samples.iter_mut().zip(pairs) {
                        *sample = i16::from_le_bytes(*pair);
                    }
                }
            }
            super::outline(samples, self.channels, peaks);
        }
    }
}

/// Past the octets of a chunk and what fills it up to an even number.
fn skip(size: u64) -> State {
    let spare = size & 1;
    match size.saturating_add(spare) {
        0 => State::Head,
        left => State::Skip(left, spare),
    }
}

/// Past what fills a chunk up.
fn padding(size: u64) -> State {
    match size & 1 {
        0 => State::Head,
        spare => State::Skip(spare, spare),
    }
}

fn format(read: &[u8]) -> Result<Format, Bad> {
    let (tag, channels) = (half(read, 0), half(read, 2));
    let (sample_rate, align, bits) = (word(read, 4), half(read, 12), half(read, 14));
    let tag = if tag == 0xfffe {
        if read.get(26..40) != Some(&SUBFORMAT_END) {
            return Err(Bad::Unsupported("this encoding of sound"));
        }
        half(read, 24)
    } else {
        tag
    };
    let encoding = match (tag, bits) {
        (1, 8) => Encoding::Pcm8,
        (1, 16) => Encoding::Pcm16,
        (6, 8) => Encoding::ALaw,
        (7, 8) => Encoding::MuLaw,
        (1 | 6 | 7, _) => return Err(Bad::Unsupported("this number of bits a sample")),
        _ => return Err(Bad::Unsupported("this encoding of sound")),
    };
    if !(1..=2).contains(&channels) {
        return Err(Bad::Unsupported("sound of other than one or two channels"));
    }
    if !RATES.contains(&sample_rate) {
        return Err(Bad::Unsupported("this sampling rate"));
    }
    let octets = if bits == 16 { 2 } else { 1 };
    let frame = channels.saturating_mul(octets);
    if align != frame {
        return Err(Bad::Contradiction("the size of a sample"));
    }
    Ok(Format {
        encoding,
        channels,
        sample_rate,
        frame: u64::from(frame),
    })
}

fn cut(octets: &[u8], most: u64) -> (&[u8], &[u8]) {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    octets.split_at_checked(most).unwrap_or((octets, &[]))
}

fn half(read: &[u8], at: usize) -> u16 {
    field(read, at).map_or(0, u16::from_le_bytes)
}

fn word(read: &[u8], at: usize) -> u32 {
    field(read, at).map_or(0, u32::from_le_bytes)
}

fn long(read: &[u8], at: usize) -> u64 {
    field(read, at).map_or(0, u64::from_le_bytes)
}

fn field<const N: usize>(read: &[u8], at: usize) -> Option<[u8; N]> {
    read.get(at..)?.first_chunk().copied()
}
