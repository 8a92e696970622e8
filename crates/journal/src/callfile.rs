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
    let mut file: Option<Output<'_>> = None;
    let mut out = Some(out);
    for frame in frames {
        let frame = frame?;
        if let Some(out) = out.take() {
            file = Some(Output::begin(out, frame.clocks)?);
        }
        if let Some(file) = &mut file {
            file.write(&frame)?;
        }
    }
    Ok(())
}

struct Output<'a> {
    out: &'a mut dyn Write,
    seal: u32,
    number: u32,
    clocks: Clocks,
}

impl<'a> Output<'a> {
    fn begin(out: &'a mut dyn Write, clocks: Clocks) -> Result<Self, Error> {
        let header = FileHeader {
            kind: FileKind::CallFile,
            segment: 0,
            clocks,
        };
        let (bytes, seal) = header.encode();
        out.write_all(&bytes).map_err(cannot_write)?;
        Ok(Self {
            out,
            seal,
            number: 0,
            clocks,
        })
    }

    fn write(&mut self, frame: &Frame) -> Result<(), Error> {
        if frame.clocks != self.clocks {
            self.clocks = frame.clocks;
            let payload = encode_clocks(&frame.clocks);
            self.put(frame, KIND_CLOCKS, &payload)?;
            self.put(frame, KIND_CLOCKS, &payload)?;
        }
        self.put(frame, frame.kind(), frame.payload())
    }

    fn put(&mut self, frame: &Frame, kind: u8, payload: &[u8]) -> Result<(), Error> {
        let header = FrameHeader {
            length: u32::try_from(payload.len()).unwrap_or(u32::MAX),
            segment: 0,
            seal: self.seal,
            number: self.number,
            session: frame.session(),
            sequence: frame.sequence,
            kind,
            time_ns: frame.time_ns,
        };
        self.number = self.number.saturating_add(1);
        let mut bytes = Vec::new();
        header.encode(payload, &mut bytes);
        bytes.extend_from_slice(payload);
        self.out.write_all(&bytes).map_err(cannot_write)
    }
}

fn cannot_write(source: std::io::Error) -> Error {
    Error::io("cannot write", "a call file", source)
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
