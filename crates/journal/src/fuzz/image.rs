//! Files made of right frames by what a fuzzer says, and damaged by what it says.
//!
//! The input is a list of steps of three bytes: what to do, and two numbers; some are followed
//! by bytes to be put into the file.

use std::collections::BTreeMap;

use crate::callfile::KIND_CLOCKS;
use crate::entry::{KIND_LOST, KIND_PACKETS};
use crate::format::{Clocks, FileHeader, FileKind, FrameHeader};
use model::SessionId;

/// Most steps followed, so that no input takes long.
const STEPS_MAX: usize = 64;

/// The clocks of every file header.
pub(super) const CLOCKS: Clocks = Clocks {
    boot: [9; 16],
    monotonic_ns: 1_000,
    wall_ns: 2_000,
};

/// A file as it was written and damaged.
#[derive(Debug)]
pub(super) struct Image {
    pub(super) kind: FileKind,
    pub(super) segment: u32,
    pub(super) apart: bool,
    pub(super) bytes: Vec<u8>,
    seal: u32,
    number: u32,
    /// Where frames were written, from and to.
    frames: Vec<(usize, usize)>,
    /// Bytes that were changed.
    damaged: Vec<usize>,
    /// Nothing is appended behind a torn frame (see "Numbers of frames that were not written"):
    /// its missing bytes could be those that the next frame begins with.
    ended: bool,
}

impl Image {
    fn new(kind: FileKind, segment: u32, apart: bool) -> Self {
        let header = FileHeader {
            kind,
            segment,
            apart,
            clocks: CLOCKS,
        };
        let (bytes, seal) = header.encode();
        let (frames, damaged) = (Vec::new(), Vec::new());
        Self {
            kind,
            segment,
            apart,
            bytes,
            seal,
            number: 0,
            frames,
            damaged,
            ended: false,
        }
    }

    fn put(&mut self, session: SessionId, sequence: u64, kind: u8, payload: &[u8]) {
        if self.ended {
            return;
        }
        let header = FrameHeader {
            length: u32::try_from(payload.len()).unwrap_or(u32::MAX),
            segment: self.segment,
            seal: self.seal,
            number: self.number,
            session,
            sequence,
            kind,
            time_ns: sequence.saturating_add(5_000),
        };
        self.number = self.number.saturating_add(1);
        let from = self.bytes.len();
        header.encode(payload, &mut self.bytes);
        self.bytes.extend_from_slice(payload);
        self.frames.push((from, self.bytes.len()));
    }

    /// Bytes that are no frame.
    fn scribble(&mut self, bytes: &[u8]) {
        if !self.ended {
            self.bytes.extend_from_slice(bytes);
        }
    }

    fn damage(&mut self, place: usize, bits: u8) {
        let place = place.checked_rem(self.bytes.len()).unwrap_or(0);
        if let Some(byte) = self.bytes.get_mut(place) {
            *byte ^= bits.max(1);
            self.damaged.push(place);
        }
    }

    fn cut(&mut self, place: usize) {
        let length = place.checked_rem(self.bytes.len()).unwrap_or(0);
        self.bytes.truncate(length);
        self.ended = true;
        self.frames.retain(|(_, to)| *to <= length);
    }

    /// The frames no byte of which was changed.
    pub(super) fn untouched(&self) -> impl Iterator<Item = (usize, usize)> {
        let touched = |(from, to): &(usize, usize)| {
            let inside = |place: &usize| from <= place && place < to;
            self.damaged.iter().any(inside)
        };
        let frames = self.frames.iter().copied();
        frames.filter(move |frame| !touched(frame))
    }
}

/// A session by its number.
pub(super) fn session(number: u32) -> SessionId {
    let mut bytes = [0x70; 16];
    bytes.copy_from_slice(&u128::from(number).saturating_add(7 << 76).to_be_bytes());
    SessionId::from_bytes(bytes)
}

/// The files that the steps in `data` make, by segment number, or session number above 99. With a
/// `kind` there is one file.
pub(super) fn images(data: &[u8], only: Option<FileKind>) -> BTreeMap<u32, Image> {
    let mut images = BTreeMap::new();
    let mut here = 0;
    images.insert(
        here,
        Image::new(only.unwrap_or(FileKind::Segment), 0, false),
    );
    let mut next: BTreeMap<u32, u64> = BTreeMap::new();
    let mut rest = data;
    for _ in 0..STEPS_MAX {
        let Some((&[step, one, two], after)) = rest.split_first_chunk::<3>() else {
            break;
        };
        rest = after;
        let both = usize::from(u16::from_be_bytes([one, two]));
        let whose = 100_u32.saturating_add(u32::from(step >> 4 & 1));
        let sequence = next.entry(whose).or_default();
        if let (6, None) = (step & 7, only) {
            here = if one & 1 == 0 {
                u32::from(one >> 1 & 3)
            } else {
                whose
            };
            let new = match one & 1 {
                0 => Image::new(FileKind::Segment, here, false),
                _ => Image::new(FileKind::CallFile, 0, one & 2 != 0),
            };
            images.entry(here).or_insert(new);
            continue;
        }
        let Some(image) = images.get_mut(&here) else {
            break;
        };
        let mut bytes = |length: u8| {
            let (front, after) = rest
                .split_at_checked(usize::from(length))
                .unwrap_or((rest, &[]));
            rest = after;
            front
        };
        match step & 7 {
            0..=2 => {
                // A log never says itself what it has lost.
                let kind = if only.is_none() && two == KIND_LOST {
                    KIND_PACKETS
                } else {
                    two
                };
                image.put(session(whose), *sequence, kind, bytes(one & 63));
                *sequence = sequence.saturating_add(1);
            }
            3 => {
                *sequence = sequence
                    .saturating_add(u64::from(one))
                    .saturating_sub(two.into())
            }
            4 => {
                let payload = bytes(32).to_vec();
                image.put(session(whose), *sequence, KIND_CLOCKS, &payload);
                image.put(session(whose), *sequence, KIND_CLOCKS, &payload);
            }
            5 => image.scribble(bytes(one & 63)),
            _ if step >> 5 == 7 => image.cut(both),
            _ => image.damage(both, step >> 3),
        }
    }
    images
}
