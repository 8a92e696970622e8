//! Call files: one session's frames in a file of its own, `<session>.ewj`.
//!
//! The same frames as in the log with the file's own seal and numbers. Where the clocks
//! change, a frame says so twice, so that one damaged byte cannot give frames the clocks of
//! another boot.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use crate::bytes::Reader;
use crate::disk::DiskFile;
use crate::error::Error;
use crate::format::{Clocks, FileHeader, FileKind, FrameHeader, HeaderRead};
use crate::frames::{Frame, Frames};
use crate::scan::{Found, Scanner};
use model::SessionId;

/// The kind of a frame that names the clocks of those after it. Never handed out.
pub(crate) const KIND_CLOCKS: u8 = 128;

/// Writes a file of these frames.
pub(crate) fn write(frames: Frames<'_>, out: &mut dyn Write) -> Result<(), Error> {
    let mut tail: Option<Tail> = None;
    let mut bytes = Vec::new();
    for frame in frames {
        let frame = frame?;
        bytes.clear();
        let tail = tail.get_or_insert_with(|| Tail::begin(frame.clocks, false, &mut bytes));
        tail.add(Raw::of(&frame), &mut bytes);
        let written = out.write_all(&bytes);
        written.map_err(|source| Error::io("cannot write", "a call file", source))?;
    }
    Ok(())
}

/// A frame to be written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Raw<'a> {
    pub(crate) session: SessionId,
    pub(crate) sequence: u64,
    pub(crate) time_ns: u64,
    pub(crate) clocks: Clocks,
    pub(crate) kind: u8,
    pub(crate) payload: &'a [u8],
}

impl<'a> Raw<'a> {
    pub(crate) fn of(frame: &'a Frame) -> Self {
        Self {
            session: frame.session(),
            sequence: frame.sequence,
            time_ns: frame.time_ns,
            clocks: frame.clocks,
            kind: frame.kind(),
            payload: frame.payload(),
        }
    }
}

/// The end of a call file: what the next frame depends on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tail {
    pub(crate) seal: u32,
    /// The number of the next frame.
    pub(crate) number: u32,
    pub(crate) clocks: Clocks,
}

impl Tail {
    /// Begins a file with its header. `apart`: the session begins here and not in the log.
    pub(crate) fn begin(clocks: Clocks, apart: bool, out: &mut Vec<u8>) -> Self {
        let header = FileHeader {
            kind: FileKind::CallFile,
            segment: 0,
            apart,
            clocks,
        };
        let (bytes, seal) = header.encode();
        out.extend_from_slice(&bytes);
        Self {
            seal,
            number: 0,
            clocks,
        }
    }

    /// Adds a frame, and its clocks before it where they are others.
    pub(crate) fn add(&mut self, frame: Raw<'_>, out: &mut Vec<u8>) {
        if frame.clocks != self.clocks {
            self.clocks = frame.clocks;
            let payload = encode_clocks(&frame.clocks);
            self.put(frame, KIND_CLOCKS, &payload, out);
            self.put(frame, KIND_CLOCKS, &payload, out);
        }
        self.put(frame, frame.kind, frame.payload, out);
    }

    fn put(&mut self, frame: Raw<'_>, kind: u8, payload: &[u8], out: &mut Vec<u8>) {
        let header = FrameHeader {
            length: u32::try_from(payload.len()).unwrap_or(u32::MAX),
            segment: 0,
            seal: self.seal,
            number: self.number,
            session: frame.session,
            sequence: frame.sequence,
            kind,
            time_ns: frame.time_ns,
        };
        self.number = self.number.saturating_add(1);
        header.encode(payload, out);
        out.extend_from_slice(payload);
    }
}

fn encode_clocks(clocks: &Clocks) -> Vec<u8> {
    let mut out = clocks.boot.to_vec();
    out.extend_from_slice(&clocks.monotonic_ns.to_le_bytes());
    out.extend_from_slice(&clocks.wall_ns.to_le_bytes());
    out
}

/// Reads the payload of a [`KIND_CLOCKS`] frame.
pub(crate) fn decode_clocks(payload: &[u8]) -> Option<Clocks> {
    let mut reader = Reader::new(payload);
    let (boot, monotonic_ns, wall_ns) = (reader.array()?, reader.u64()?, reader.i64()?);
    Some(Clocks {
        boot,
        monotonic_ns,
        wall_ns,
    })
}

/// Starts reading a file: its frames, and the clocks of the first of them.
pub(crate) fn scan(file: &Arc<dyn DiskFile>) -> std::io::Result<(Scanner, HeaderRead)> {
    Scanner::open(Arc::clone(file), FileKind::CallFile, 0)
}

/// Whose file it is: the session of its first whole frame.
pub(crate) fn session(file: &Arc<dyn DiskFile>, path: &Path) -> Result<SessionId, Error> {
    let opened = scan(file);
    let (mut scanner, read) = opened.map_err(|source| Error::io("cannot read", path, source))?;
    if let HeaderRead::Version(version) = read {
        return Err(Error::Version {
            path: path.to_owned(),
            version,
        });
    }
    while let Some(found) = scanner.next() {
        if let Found::Frame { header, .. } = found {
            return Ok(header.session);
        }
    }
    Err(Error::NotACallFile {
        path: path.to_owned(),
    })
}
