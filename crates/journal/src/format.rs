//! The bytes of headers and frames. `docs/journal-format.md` is their law: change both.
//!
//! A checksum is computed here before anything is written and compared here after anything
//! is read; there is no other way in or out.

use crate::bytes::Reader;
use model::SessionId;

/// The format's version, in every file's header and in every frame's magic.
pub const VERSION: u8 = 1;

/// Bytes a frame's payload may have; the log splits packets and refuses other entries.
pub const PAYLOAD_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Bytes of a frame before its payload.
pub(crate) const FRAME_HEADER_BYTES: usize = 60;

/// Bytes of one copy of a file header; a file starts with two of them.
pub(crate) const HEADER_COPY_BYTES: usize = 52;

/// Bytes before the first frame of a file.
pub(crate) const FILE_HEADER_BYTES: usize = 2 * HEADER_COPY_BYTES;

pub(crate) const FRAME_MAGIC: [u8; 4] = [0xEA, b'W', b'F', VERSION];
const CHECKED_FROM: usize = 8;
const FLAG_APART: u8 = 1;

/// What kind of file a header opens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum FileKind {
    Segment,
    CallFile,
}

impl FileKind {
    fn magic(self) -> [u8; 8] {
        match self {
            Self::Segment => *b"EWLOG\r\n\x1a",
            Self::CallFile => *b"EWCALL\n\x1a",
        }
    }
}

/// The clocks of a node read together, so that the times of two boots can be compared.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Clocks {
    /// The kernel's boot id; the monotonic clock begins anew with each.
    pub boot: [u8; 16],
    /// CLOCK_MONOTONIC in nanoseconds.
    pub monotonic_ns: u64,
    /// Wall clock in nanoseconds since 1970.
    pub wall_ns: i64,
}

impl Clocks {
    /// What is said where the header and those of its neighbours are unreadable: all zero.
    pub const UNKNOWN: Self = Self {
        boot: [0; 16],
        monotonic_ns: 0,
        wall_ns: 0,
    };

    /// Whether this was read from a header.
    #[must_use]
    pub fn are_known(&self) -> bool {
        *self != Self::UNKNOWN
    }

    /// Wall clock in nanoseconds since 1970 of a monotonic time of the same boot.
    #[must_use]
    pub fn wall_at(&self, monotonic_ns: u64) -> i64 {
        let ahead = i128::from(monotonic_ns).saturating_sub(i128::from(self.monotonic_ns));
        let wall = i128::from(self.wall_ns).saturating_add(ahead);
        i64::try_from(wall).unwrap_or(if wall < 0 { i64::MIN } else { i64::MAX })
    }
}

/// The header of a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct FileHeader {
    pub(crate) kind: FileKind,
    /// The segment's number; 0 in a call file.
    pub(crate) segment: u32,
    /// Whether it is a call file whose session began in it, apart from the log.
    pub(crate) apart: bool,
    pub(crate) clocks: Clocks,
}

/// What the first bytes of a file say.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum HeaderRead {
    Good(FileHeader),
    /// A later version's file, by a header whose checksum is right.
    Version(u8),
    Damaged,
}

impl FileHeader {
    /// Both copies, and the seal that every frame of the file carries.
    pub(crate) fn encode(&self) -> (Vec<u8>, u32) {
        let mut out = Vec::with_capacity(FILE_HEADER_BYTES);
        out.extend_from_slice(&self.kind.magic());
        out.extend_from_slice(&[VERSION, u8::from(self.apart), 0, 0]);
        out.extend_from_slice(&self.segment.to_le_bytes());
        out.extend_from_slice(&self.clocks.boot);
        out.extend_from_slice(&self.clocks.monotonic_ns.to_le_bytes());
        out.extend_from_slice(&self.clocks.wall_ns.to_le_bytes());
        let seal = crc32c::crc32c(&out);
        out.extend_from_slice(&seal.to_le_bytes());
        out.extend_from_within(..);
        (out, seal)
    }

    /// Reads whichever copy is whole.
    pub(crate) fn decode(kind: FileKind, bytes: &[u8]) -> (HeaderRead, Option<u32>) {
        for copy in bytes.chunks(HEADER_COPY_BYTES).take(2) {
            if let Some((read, seal)) = decode_copy(kind, copy) {
                return (read, Some(seal));
            }
        }
        (HeaderRead::Damaged, None)
    }
}

fn decode_copy(kind: FileKind, copy: &[u8]) -> Option<(HeaderRead, u32)> {
    let mut reader = Reader::new(copy);
    let magic: [u8; 8] = reader.array()?;
    let [version, flags, ..] = reader.array::<4>()?;
    let segment = reader.u32()?;
    let clocks = Clocks {
        boot: reader.array()?,
        monotonic_ns: reader.u64()?,
        wall_ns: reader.i64()?,
    };
    let (checked, sum) = copy.split_last_chunk::<4>()?;
    let seal = u32::from_le_bytes(*sum);
    if magic != kind.magic() || crc32c::crc32c(checked) != seal {
        return None;
    }
    if version != VERSION {
        return Some((HeaderRead::Version(version), seal));
    }
    Some((
        HeaderRead::Good(FileHeader {
            kind,
            segment,
            apart: flags & FLAG_APART != 0,
            clocks,
        }),
        seal,
    ))
}

/// A frame without its payload.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct FrameHeader {
    pub(crate) length: u32,
    /// The segment's number; 0 in a call file.
    pub(crate) segment: u32,
    /// The checksum of the file's header: frames of another file, or made up by a stranger
    /// inside a packet, do not have it.
    pub(crate) seal: u32,
    /// Counts the frames of a file from 0.
    pub(crate) number: u32,
    pub(crate) session: SessionId,
    pub(crate) sequence: u64,
    pub(crate) kind: u8,
    pub(crate) time_ns: u64,
}

impl FrameHeader {
    /// Appends the header of a frame with this payload, checksum included.
    pub(crate) fn encode(&self, payload: &[u8], out: &mut Vec<u8>) {
        let mut checked = Vec::with_capacity(FRAME_HEADER_BYTES);
        checked.extend_from_slice(&self.length.to_le_bytes());
        checked.extend_from_slice(&self.segment.to_le_bytes());
        checked.extend_from_slice(&self.seal.to_le_bytes());
        checked.extend_from_slice(&self.number.to_le_bytes());
        checked.extend_from_slice(&self.session.to_bytes());
        checked.extend_from_slice(&self.sequence.to_le_bytes());
        checked.extend_from_slice(&[self.kind, 0, 0, 0]);
        checked.extend_from_slice(&self.time_ns.to_le_bytes());
        let sum = crc32c::crc32c_append(crc32c::crc32c(&checked), payload);
        out.extend_from_slice(&FRAME_MAGIC);
        out.extend_from_slice(&sum.to_le_bytes());
        out.extend_from_slice(&checked);
    }

    /// Whether bytes begin like a frame of this version.
    pub(crate) fn has_magic(bytes: &[u8]) -> bool {
        bytes.starts_with(&FRAME_MAGIC)
    }

    /// Reads a header without believing it: only [`FrameHeader::has_magic`] and [`checked`]
    /// say whether it is true.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        reader.take(CHECKED_FROM)?;
        Some(Self {
            length: reader.u32()?,
            segment: reader.u32()?,
            seal: reader.u32()?,
            number: reader.u32()?,
            session: SessionId::from_bytes(reader.array()?),
            sequence: reader.u64()?,
            kind: reader.array::<4>().map(|[kind, ..]| kind)?,
            time_ns: reader.u64()?,
        })
    }

    /// Bytes of the payload; `None` when there are more than any frame has.
    pub(crate) fn payload_bytes(&self) -> Option<usize> {
        usize::try_from(self.length)
            .ok()
            .filter(|length| *length <= PAYLOAD_BYTES_MAX)
    }
}

/// The payload of a whole frame whose checksum is right.
pub(crate) fn checked(frame: &[u8]) -> Option<&[u8]> {
    let (_, rest) = frame.split_at_checked(4)?;
    let (sum, _) = rest.split_first_chunk::<4>()?;
    let (_, covered) = frame.split_at_checked(CHECKED_FROM)?;
    if crc32c::crc32c(covered) != u32::from_le_bytes(*sum) {
        return None;
    }
    frame.get(FRAME_HEADER_BYTES..)
}
