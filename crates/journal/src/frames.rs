//! Reading one session's frames in order, and saying which are missing.
//!
//! One frame is in memory at a time, and the buffer read into. Damage is never an error: it
//! is a gap. Frames of other sessions are never handed out.

use std::path::Path;
use std::sync::Arc;

use crate::callfile::{self, KIND_CLOCKS};
use crate::disk::{Disk, DiskFile};
use crate::entry::{self, Entry, KIND_LOST, KIND_PACKETS};
use crate::error::Error;
use crate::format::{Clocks, FRAME_HEADER_BYTES, FrameHeader, HeaderRead, checked};
use crate::index::Place;
use crate::journal::{SegmentOf, Source};
use crate::scan::{Found, Scanner, Window};
use model::SessionId;

/// Bytes read at once for a frame that stands alone among those of other sessions: most
/// frames are smaller.
const FRAME_AHEAD_BYTES: usize = 8 * 1024;

/// Bytes read at once at most, when the session's frames stand close together.
const RUN_BYTES_MAX: usize = 256 * 1024;

/// One entry of a session, with its place and time.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Counts the entries of the session from 0; of an [`Entry::Lost`] the first missing one.
    pub sequence: u64,
    /// When it happened, in nanoseconds of CLOCK_MONOTONIC of the boot in `clocks`.
    pub time_ns: u64,
    /// The clocks of the segment it stands in, read when the log was opened.
    pub clocks: Clocks,
    session: SessionId,
    kind: u8,
    payload: Vec<u8>,
}

impl Frame {
    pub(crate) fn of_entry(
        session: SessionId,
        sequence: u64,
        time_ns: u64,
        entry: &Entry<'_>,
    ) -> Self {
        let mut payload = Vec::new();
        entry.encode(&mut payload);
        let sequence = if let Entry::Lost { from, .. } = entry {
            *from
        } else {
            sequence
        };
        let (clocks, kind) = (Clocks::UNKNOWN, entry.kind());
        Self {
            sequence,
            time_ns,
            clocks,
            session,
            kind,
            payload,
        }
    }

    fn read(header: &FrameHeader, clocks: Clocks, payload: &[u8]) -> Self {
        let FrameHeader {
            session,
            sequence,
            kind,
            time_ns,
            ..
        } = *header;
        Self {
            sequence,
            time_ns,
            clocks,
            session,
            kind,
            payload: payload.to_vec(),
        }
    }

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

    /// The last sequence number it stands for: more than one only when entries are lost.
    pub(crate) fn last_sequence(&self) -> u64 {
        match self.entry() {
            Ok(Entry::Lost { to, .. }) if self.kind == KIND_LOST => to.max(self.sequence),
            _ => self.sequence,
        }
    }

    pub(crate) fn session(&self) -> SessionId {
        self.session
    }

    pub(crate) fn kind(&self) -> u8 {
        self.kind
    }

    pub(crate) fn payload(&self) -> &[u8] {
        &self.payload
    }
}

/// Iterates over the frames of a [`Journal`](crate::Journal).
#[derive(Debug)]
pub struct Frames<'a> {
    session: SessionId,
    cursor: Cursor<'a>,
    /// The sequence number that comes next if nothing is missing.
    expected: u64,
    /// The sequence number after the last frame, lost ones included.
    end: u64,
    /// Read already; handed out after the gap before it.
    pending: Option<Frame>,
    /// Time and clocks of the last frame: a gap at the end has no other.
    last: Option<(u64, Clocks)>,
    with_unknown: bool,
    whole_only: bool,
    without_packets: bool,
}

#[derive(Debug)]
enum Cursor<'a> {
    Log {
        /// The call file, until it is read to its end.
        file: Option<InFile>,
        log: InLog<'a>,
    },
    CallFile(InFile),
    Memory(std::slice::Iter<'a, Frame>),
    Failed(Option<Error>),
}

impl<'a> Frames<'a> {
    pub(crate) fn new(session: SessionId, source: &'a Source) -> Self {
        let mut end = 0;
        let cursor = match source {
            Source::Log {
                disk,
                call_file,
                segments,
                places,
                next,
                ..
            } => {
                end = *next;
                let (disk, places) = (&**disk, places.as_slice());
                let log = InLog {
                    session,
                    disk,
                    segments,
                    places,
                    open: None,
                    without_packets: false,
                };
                match call_file.as_deref().map(|path| InFile::open(disk, path)) {
                    None => Cursor::Log { file: None, log },
                    Some(Ok(file)) => Cursor::Log {
                        file: Some(file),
                        log,
                    },
                    Some(Err(error)) => Cursor::Failed(Some(error)),
                }
            }
            Source::CallFile(file) => match InFile::new(file) {
                Ok(file) => Cursor::CallFile(file),
                Err(source) => {
                    Cursor::Failed(Some(Error::io("cannot read", "a call file", source)))
                }
            },
            Source::Memory(frames) => Cursor::Memory(frames.iter()),
        };
        let (pending, last, with_unknown, whole_only) = (None, None, false, false);
        Self {
            session,
            cursor,
            expected: 0,
            end,
            pending,
            last,
            with_unknown,
            whole_only,
            without_packets: false,
        }
    }

    /// Hands out kinds this build does not know too.
    pub(crate) fn with_unknown(mut self) -> Self {
        self.with_unknown = true;
        self
    }

    /// Leaves out what was heard, and does not say what is missing: in the log nothing of it is
    /// read, so that a long call costs no more than the messages in it.
    #[must_use]
    pub fn without_packets(mut self) -> Self {
        if let Cursor::Log { log, .. } = &mut self.cursor {
            log.without_packets = true;
        }
        self.without_packets = true;
        self.whole_only()
    }

    /// Does not say what is missing.
    pub(crate) fn whole_only(mut self) -> Self {
        self.whole_only = true;
        self
    }

    /// The next frame that is whole; not yet compared with what is expected.
    fn whole(&mut self) -> Option<Result<Frame, Error>> {
        match &mut self.cursor {
            Cursor::Log { file, log } => {
                if let Some(frame) = file.as_mut().and_then(|file| file.next(self.session)) {
                    return Some(Ok(frame));
                }
                *file = None;
                log.next()
            }
            Cursor::CallFile(file) => file.next(self.session).map(Ok),
            Cursor::Memory(frames) => frames.next().cloned().map(Ok),
            Cursor::Failed(error) => error.take().map(Err),
        }
    }

    fn lost(&mut self, to: u64, time_ns: u64, clocks: Clocks) -> Frame {
        let (time_ns, clocks) = self.last.unwrap_or((time_ns, clocks));
        let lost = Entry::Lost {
            from: self.expected,
            to,
        };
        self.expected = to.saturating_add(1);
        let frame = Frame::of_entry(self.session, 0, time_ns, &lost);
        Frame { clocks, ..frame }
    }
}

impl Iterator for Frames<'_> {
    type Item = Result<Frame, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let frame = match self.pending.take().map(Ok).or_else(|| self.whole()) {
                Some(Ok(frame)) => frame,
                Some(Err(error)) => {
                    self.cursor = Cursor::Failed(None);
                    self.end = 0;
                    return Some(Err(error));
                }
                None if self.expected < self.end => {
                    let to = self.end.saturating_sub(1);
                    return Some(Ok(self.lost(to, 0, Clocks::UNKNOWN)));
                }
                None => return None,
            };
            if frame.sequence < self.expected {
                continue;
            }
            if frame.sequence > self.expected && !self.whole_only {
                let to = frame.sequence.saturating_sub(1);
                let lost = self.lost(to, frame.time_ns, frame.clocks);
                self.pending = Some(frame);
                return Some(Ok(lost));
            }
            self.expected = frame.last_sequence().saturating_add(1);
            self.last = Some((frame.time_ns, frame.clocks));
            if self.without_packets && frame.kind == KIND_PACKETS {
                continue;
            }
            if self.with_unknown || entry::known(frame.kind) {
                return Some(Ok(frame));
            }
        }
    }
}

/// Reads a call file from its beginning.
#[derive(Debug)]
struct InFile {
    scanner: Box<Scanner>,
    clocks: Clocks,
}

impl InFile {
    fn new(file: &Arc<dyn DiskFile>) -> std::io::Result<Self> {
        let (scanner, read) = callfile::scan(file)?;
        let clocks = match read {
            HeaderRead::Good(header) => header.clocks,
            HeaderRead::Version(_) | HeaderRead::Damaged => Clocks::UNKNOWN,
        };
        Ok(Self {
            scanner: Box::new(scanner),
            clocks,
        })
    }

    fn open(disk: &dyn Disk, path: &Path) -> Result<Self, Error> {
        let opened = disk.open(path).and_then(|file| Self::new(&file.into()));
        opened.map_err(|source| Error::io("cannot open", path, source))
    }

    fn next(&mut self, session: SessionId) -> Option<Frame> {
        loop {
            let Found::Frame {
                header, payload, ..
            } = self.scanner.next()?
            else {
                continue;
            };
            if header.kind == KIND_CLOCKS {
                self.clocks = callfile::decode_clocks(payload).unwrap_or(Clocks::UNKNOWN);
            } else if header.session == session {
                return Some(Frame::read(&header, self.clocks, payload));
            }
        }
    }
}

/// Reads frames at the places the index knows.
#[derive(Debug)]
struct InLog<'a> {
    session: SessionId,
    disk: &'a dyn Disk,
    segments: &'a std::collections::BTreeMap<u32, SegmentOf>,
    places: &'a [Place],
    open: Option<(u32, Window)>,
    without_packets: bool,
}

impl InLog<'_> {
    fn next(&mut self) -> Option<Result<Frame, Error>> {
        loop {
            let (place, after) = self.places.split_first()?;
            self.places = after;
            let ahead = if self.without_packets {
                FRAME_AHEAD_BYTES
            } else {
                run_bytes(*place, after)
            };
            if self.without_packets && place.is_of_packets() {
                continue;
            }
            match self.read(*place, ahead) {
                Ok(Some(frame)) => return Some(Ok(frame)),
                Ok(None) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// The frame at a place; `None` when it is damaged now.
    fn read(&mut self, place: Place, ahead: usize) -> Result<Option<Frame>, Error> {
        let Some(SegmentOf {
            path, seal, clocks, ..
        }) = self.segments.get(&place.segment)
        else {
            return Ok(None);
        };
        if self
            .open
            .as_ref()
            .is_none_or(|(segment, _)| *segment != place.segment)
        {
            let opened = self.disk.open(path);
            let window = opened.and_then(|file| Window::new(Arc::from(file)));
            let window = window.map_err(|source| Error::io("cannot open", path, source))?;
            self.open = Some((place.segment, window));
        }
        let window = self.open.as_mut().map(|(_, window)| window);
        let frame = window.and_then(|window| frame_at(window, place, ahead, *seal));
        let ours = frame.filter(|(header, _)| header.session == self.session);
        Ok(ours.map(|(header, payload)| Frame::read(&header, *clocks, payload)))
    }
}

fn frame_at(
    window: &mut Window,
    place: Place,
    ahead: usize,
    seal: Option<u32>,
) -> Option<(FrameHeader, &[u8])> {
    let offset = u64::from(place.offset());
    let header = FrameHeader::decode(window.view(offset, FRAME_HEADER_BYTES, ahead).ok()?)?;
    let total = header.payload_bytes()?.checked_add(FRAME_HEADER_BYTES)?;
    let frame = window.view(offset, total, ahead).ok()?;
    let whole = frame.len() == total && FrameHeader::has_magic(frame);
    let here = header.segment == place.segment && Some(header.seal) == seal;
    let payload = checked(frame).filter(|_| whole && here)?;
    Some((header, payload))
}

/// How many bytes to read at once: as far as the session's frames stand close together.
fn run_bytes(first: Place, after: &[Place]) -> usize {
    let mut run = FRAME_AHEAD_BYTES;
    for place in after {
        let distance = place.offset().checked_sub(first.offset());
        let distance = distance.unwrap_or(u32::MAX);
        let distance = usize::try_from(distance).unwrap_or(usize::MAX);
        let close = distance <= run.saturating_add(FRAME_AHEAD_BYTES);
        if place.segment != first.segment || !close || distance >= RUN_BYTES_MAX {
            break;
        }
        run = distance.saturating_add(FRAME_AHEAD_BYTES);
    }
    run.min(RUN_BYTES_MAX)
}
