//! An MP3 file read frame by frame (ISO 11172-3 and 13818-3, layer III, and MPEG 2.5).
//!
//! Frames follow each other without a gap; tags may stand before the first and behind the
//! last. Each frame is decoded.

use super::{Bad, Encoding, Sound, Whole};
use crate::Peaks;
use symphonia_bundle_mp3::MpaDecoder;
use symphonia_core::codecs::audio::well_known::CODEC_ID_MP3;
use symphonia_core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia_core::packet::PacketRef;
use symphonia_core::units::{Duration, Timestamp};

/// Names of tags that are looked for behind the sound: ID3v1, APE, Lyrics3.
const TAGS_BEHIND: [&[u8]; 3] = [b"TAG", b"APETAGEX", b"LYRICSBEGIN"];

/// Octets that tell what kind of tag it is.
const TAG_HEAD_OCTETS: usize = 11;

/// Most octets of one frame: 144 × 320,000 ÷ 32,000, and padding.
const FRAME_OCTETS_MAX: usize = 1441;

/// An MP3 file being read.
pub(super) struct Mp3 {
    /// `None`: this build has no decoder, which its tests would show.
    decoder: Option<MpaDecoder>,
    /// Octets that wait for the rest of their frame or tag head.
    waiting: Vec<u8>,
    /// Where `waiting` begins in the file.
    place: u64,
    state: State,
    first: Option<Header>,
    /// Zeros followed the frames: there are no more of those.
    padded: bool,
    /// Samples of each channel in all frames that hold sound.
    total: u64,
    /// Of the sound until now.
    peaks: Option<Peaks>,
    /// The samples of one frame.
    decoded: Vec<i16>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Frames,
    /// So many octets of a tag.
    Skip(u64),
    /// A tag at the end, to the last octet.
    Behind,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Header {
    sample_rate: u32,
    channels: u16,
    /// Samples of each channel.
    samples: u64,
    /// Octets of the whole frame.
    octets: usize,
    /// Where a description of the file may stand in a first frame without sound.
    side: usize,
}

impl std::fmt::Debug for Mp3 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mp3")
            .field("place", &self.place)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl Mp3 {
    pub(super) fn new() -> Self {
        Self {
            decoder: decoder(),
            waiting: Vec::with_capacity(2 * FRAME_OCTETS_MAX),
            place: 0,
            state: State::Frames,
            first: None,
            padded: false,
            total: 0,
            peaks: None,
            decoded: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, octets: &[u8]) -> Result<(), Bad> {
        for piece in octets.chunks(FRAME_OCTETS_MAX) {
            self.waiting.extend_from_slice(piece);
            while self.step(false)? {}
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<Whole, Bad> {
        while self.step(true)? {}
        if matches!(self.state, State::Skip(_)) || !self.waiting.is_empty() {
            return Err(Bad::Truncated);
        }
        match self.first {
            None => Err(Bad::Other("MP3")),
            Some(_) if self.total == 0 => Err(Bad::Empty),
            Some(header) => Ok(Whole {
                sound: Sound {
                    encoding: Encoding::Mp3,
                    sample_rate: header.sample_rate,
                    channels: header.channels,
                    samples: self.total,
                },
                peaks: self.peaks.map(Peaks::finish).unwrap_or_default(),
            }),
        }
    }

    /// Takes something off the front of what waits; `false`: it has to wait longer.
    fn step(&mut self, at_end: bool) -> Result<bool, Bad> {
        if self.waiting.is_empty() {
            return Ok(false);
        }
        let taken = match self.state {
            State::Skip(left) => {
                let most = usize::try_from(left).unwrap_or(usize::MAX);
                let taken = most.min(self.waiting.len());
                let left = left.saturating_sub(taken as u64);
                self.state = if left == 0 {
                    State::Frames
                } else {
                    State::Skip(left)
                };
                taken
            }
            State::Behind => self.waiting.len(),
            State::Frames => match self.begin(at_end)? {
                Some(taken) => taken,
                None => return Ok(false),
            },
        };
        self.waiting.drain(..taken.min(self.waiting.len()));
        self.place = self.place.saturating_add(taken as u64);
        Ok(true)
    }

    /// What stands at a place where a frame may begin: a frame, a tag, or the end.
    fn begin(&mut self, at_end: bool) -> Result<Option<usize>, Bad> {
        if let [0xff, second, ..] = *self.waiting.as_slice()
            && second >= 0xe0
            && !self.padded
        {
            return self.frame();
        }
        if self.waiting.len() < TAG_HEAD_OCTETS && !at_end {
            return Ok(None);
        }
        if self.waiting.starts_with(b"ID3") {
            return self.tag_before();
        }
        if self.first.is_some() && TAGS_BEHIND.iter().any(|tag| self.waiting.starts_with(tag)) {
            self.state = State::Behind;
            return Ok(Some(0));
        }
        match self.waiting.first() {
            // Zeros fill up tags before the sound and files behind it, nothing in between.
            Some(0) if self.place > 0 => {
                self.padded = self.first.is_some();
                Ok(Some(1))
            }
            _ if self.first.is_none() => Err(Bad::Other("MP3")),
            _ => Err(Bad::Undecodable(self.place)),
        }
    }

    /// An ID3v2 tag (ID3v2.4.0 structure, §3.1): its size in four times seven bits.
    fn tag_before(&mut self) -> Result<Option<usize>, Bad> {
        let Some([_, _, _, _, _, flags, size @ .., _]) = self.waiting.first_chunk::<11>() else {
            return Err(Bad::Truncated);
        };
        if size.iter().any(|octet| *octet >= 0x80) {
            return Err(Bad::Contradiction("the size of its tag"));
        }
        let size = size
            .iter()
            .fold(0_u64, |size, octet| (size << 7) | u64::from(*octet));
        let footer = if flags & 0x10 == 0 { 0 } else { 10 };
        self.state = State::Skip(size.saturating_add(10).saturating_add(footer));
        Ok(Some(0))
    }

    fn frame(&mut self) -> Result<Option<usize>, Bad> {
        let Some(head) = self.waiting.first_chunk::<4>() else {
            return Ok(None);
        };
        let header = header(*head).map_err(|bad| match (bad, self.first) {
            (Bad::Unsupported(_), None) => bad,
            (_, None) => Bad::Other("MP3"),
            (_, Some(_)) => Bad::Undecodable(self.place),
        })?;
        let Some(octets) = self.waiting.get(..header.octets) else {
            return Ok(None);
        };
        let first = *self.first.get_or_insert(header);
        if (first.sample_rate, first.channels) != (header.sample_rate, header.channels) {
            return Err(Bad::Unsupported(
                "a file that changes its sampling rate or channels",
            ));
        }
        // Frames that lean on what was cut off before the first one decode to silence.
        let packet = PacketRef::new(0, Timestamp::ZERO, Duration::ZERO, octets);
        let decoder = self.decoder.as_mut();
        let decoded = decoder.and_then(|decoder| decoder.decode_ref(&packet).ok());
        let decoded = decoded.ok_or(Bad::Undecodable(self.place))?;
        if self.total > 0 || !describes(octets, header.side) {
            self.total = self.total.saturating_add(header.samples);
            decoded.copy_to_vec_interleaved(&mut self.decoded);
            let fresh = || Peaks::growing(header.sample_rate);
            let peaks = self.peaks.get_or_insert_with(fresh);
            super::outline(&self.decoded, header.channels, peaks);
        }
        Ok(Some(header.octets))
    }
}

fn decoder() -> Option<MpaDecoder> {
    let mut parameters = AudioCodecParameters::new();
    parameters.for_codec(CODEC_ID_MP3);
    MpaDecoder::try_new(&parameters, &AudioDecoderOptions::default()).ok()
}

/// Whether a frame holds no sound but a description of the file (Xing, Info, VBRI).
fn describes(octets: &[u8], side: usize) -> bool {
    let at = |place: usize| octets.get(place..).and_then(|rest| rest.first_chunk::<4>());
    matches!(at(side), Some(b"Xing" | b"Info")) || matches!(at(36), Some(b"VBRI"))
}

/// Reads a frame's header (ISO 11172-3 §2.4.1.3, §2.4.2.3).
fn header([_, second, third, fourth]: [u8; 4]) -> Result<Header, Bad> {
    const KBITS: [[u32; 14]; 2] = [
        [
            32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320,
        ],
        [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    ];
    const RATES: [u32; 3] = [44_100, 48_000, 32_000];
    let (full, halvings) = match second >> 3 & 3 {
        3 => (true, 0),
        2 => (false, 1),
        0 => (false, 2),
        _ => return Err(Bad::Other("MP3")),
    };
    match second >> 1 & 3 {
        1 => {}
        0 => return Err(Bad::Other("MP3")),
        _ => return Err(Bad::Unsupported("MPEG audio of layers I and II")),
    }
    let index = usize::from(third >> 4);
    if index == 0 {
        return Err(Bad::Unsupported("an MP3 file of free format"));
    }
    let [whole, halved] = KBITS;
    let kbits = if full { whole } else { halved };
    let place = index.saturating_sub(1);
    let kbits = kbits.get(place).copied().ok_or(Bad::Other("MP3"))?;
    let rate = RATES.get(usize::from(third >> 2 & 3)).copied();
    let sample_rate = rate.ok_or(Bad::Other("MP3"))? >> halvings;
    let samples: u32 = if full { 1152 } else { 576 };
    let octets = samples
        .saturating_mul(kbits)
        .saturating_mul(125)
        .checked_div(sample_rate)
        .unwrap_or(0)
        .saturating_add(u32::from(third >> 1 & 1));
    let mono = fourth >> 6 == 3;
    let side = match (full, mono) {
        (true, false) => 32,
        (true, true) | (false, false) => 17,
        (false, true) => 9,
    };
    let checksum = if second & 1 == 0 { 2 } else { 0 };
    Ok(Header {
        sample_rate,
        channels: if mono { 1 } else { 2 },
        samples: u64::from(samples),
        octets: octets as usize,
        side: 4_usize.saturating_add(side).saturating_add(checksum),
    })
}
