//! Reading a file of frames from its beginning, past any damage.
//!
//! What is whole is found again by magic, segment, seal and checksum, so that damage costs
//! the frames it touched and no others. Never trusts a length before the checksum is right.

use std::io;
use std::sync::Arc;

use crate::disk::DiskFile;
use crate::format::{
    FILE_HEADER_BYTES, FRAME_HEADER_BYTES, FRAME_MAGIC, FileHeader, FileKind, FrameHeader,
    HeaderRead, checked,
};
use model::SessionId;

/// Bytes read at once when a whole file is read.
const READ_AHEAD_BYTES: usize = 1024 * 1024;

/// Bytes passed over when the disk cannot read a place: one page.
const UNREADABLE_BYTES: u64 = 4096;

/// A part of a file in memory; one buffer, used again and again.
#[derive(Debug)]
pub(crate) struct Window {
    file: Arc<dyn DiskFile>,
    /// The file's length when it was opened; it only grows.
    size: u64,
    buffer: Vec<u8>,
    filled: usize,
    at: u64,
}

impl Window {
    pub(crate) fn new(file: Arc<dyn DiskFile>) -> io::Result<Self> {
        let size = file.size()?;
        Ok(Self {
            file,
            size,
            buffer: Vec::new(),
            filled: 0,
            at: 0,
        })
    }

    /// The bytes at an offset: fewer than asked for only before the file's end or a place
    /// the disk cannot read. Reads `ahead` bytes when it has to read at all.
    pub(crate) fn view(&mut self, offset: u64, length: usize, ahead: usize) -> io::Result<&[u8]> {
        let held = self.held(offset);
        if held.is_none_or(|start| self.filled.saturating_sub(start) < length) {
            self.fill(offset, length.max(ahead))?;
        }
        let start = self.held(offset).unwrap_or(self.filled);
        let end = start.saturating_add(length).min(self.filled);
        Ok(self.buffer.get(start..end).unwrap_or(&[]))
    }

    fn held(&self, offset: u64) -> Option<usize> {
        let start = usize::try_from(offset.checked_sub(self.at)?).ok()?;
        (start <= self.filled).then_some(start)
    }

    fn fill(&mut self, offset: u64, wanted: usize) -> io::Result<()> {
        let there = self.size.saturating_sub(offset);
        let wanted = wanted.min(usize::try_from(there).unwrap_or(usize::MAX));
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        }
        self.at = offset;
        self.filled = 0;
        while self.filled < wanted {
            let place = offset.saturating_add(self.filled as u64);
            let rest = self.buffer.get_mut(self.filled..wanted).unwrap_or(&mut []);
            match self.file.read_at(rest, place) {
                Ok(0) => break,
                Ok(count) => self.filled = self.filled.saturating_add(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if self.filled == 0 => return Err(error),
                Err(_) => break,
            }
        }
        Ok(())
    }
}

/// Something found in a file.
#[derive(Debug)]
pub(crate) enum Found<'a> {
    Frame {
        offset: u64,
        header: FrameHeader,
        payload: &'a [u8],
    },
    /// Bytes that are no whole frame. When they still have the shape of a frame of this
    /// file, whose it seems to have been; to be believed only where it fits.
    Damage { suspect: Option<(SessionId, u64)> },
}

/// Reads a file of frames.
#[derive(Debug)]
pub(crate) struct Scanner {
    window: Window,
    at: u64,
    segment: u32,
    seal: Option<u32>,
    /// Whether the bytes at `at` follow a whole frame or the header.
    aligned: bool,
    unreadable: bool,
}

impl Scanner {
    /// Starts at a file's first frame and says what its header says. Frames of another
    /// segment than `segment` are none.
    pub(crate) fn open(
        file: Arc<dyn DiskFile>,
        kind: FileKind,
        segment: u32,
    ) -> io::Result<(Self, HeaderRead)> {
        let mut window = Window::new(file)?;
        let header = window.view(0, FILE_HEADER_BYTES, READ_AHEAD_BYTES).ok();
        let unreadable = header.is_none();
        let (read, seal) = FileHeader::decode(kind, header.unwrap_or(&[]));
        let at = FILE_HEADER_BYTES as u64;
        let scanner = Self {
            window,
            at,
            segment,
            seal,
            aligned: true,
            unreadable,
        };
        Ok((scanner, read))
    }

    /// Whether the disk could not read some place.
    pub(crate) fn unreadable(&self) -> bool {
        self.unreadable
    }

    /// The seal of the file's frames, once known.
    pub(crate) fn seal(&self) -> Option<u32> {
        self.seal
    }

    /// The length of the file.
    pub(crate) fn size(&self) -> u64 {
        self.window.size
    }

    /// The next frame or damage; `None` at the file's end.
    pub(crate) fn next(&mut self) -> Option<Found<'_>> {
        loop {
            if self.at >= self.window.size {
                return None;
            }
            if let Some((header, total)) = self.whole_frame() {
                return self.deliver(header, total);
            }
            if std::mem::take(&mut self.aligned) {
                let suspect = self.suspect();
                return Some(Found::Damage { suspect });
            }
            self.resynchronise();
        }
    }

    fn deliver(&mut self, header: FrameHeader, total: usize) -> Option<Found<'_>> {
        let offset = self.at;
        self.seal = Some(header.seal);
        self.aligned = true;
        self.at = self.at.saturating_add(total as u64);
        let frame = self.window.view(offset, total, READ_AHEAD_BYTES).ok()?;
        let payload = frame.get(FRAME_HEADER_BYTES..)?;
        Some(Found::Frame {
            offset,
            header,
            payload,
        })
    }

    fn whole_frame(&mut self) -> Option<(FrameHeader, usize)> {
        let header = self.header().filter(|header| self.belongs(header))?;
        let total = header.payload_bytes()?.checked_add(FRAME_HEADER_BYTES)?;
        let frame = self.window.view(self.at, total, READ_AHEAD_BYTES).ok()?;
        (frame.len() == total && FrameHeader::has_magic(frame) && checked(frame).is_some())
            .then_some((header, total))
    }

    fn header(&mut self) -> Option<FrameHeader> {
        let bytes = self
            .window
            .view(self.at, FRAME_HEADER_BYTES, READ_AHEAD_BYTES)
            .ok()?;
        FrameHeader::decode(bytes)
    }

    fn belongs(&self, header: &FrameHeader) -> bool {
        header.segment == self.segment && self.seal.is_none_or(|seal| seal == header.seal)
    }

    fn suspect(&mut self) -> Option<(SessionId, u64)> {
        let header = self.header()?;
        (self.seal.is_some() && self.belongs(&header)).then_some((header.session, header.sequence))
    }

    /// Goes to the next place where a frame may begin.
    fn resynchronise(&mut self) {
        let from = self.at.saturating_add(1);
        self.at = match self.window.view(from, FRAME_MAGIC.len(), READ_AHEAD_BYTES) {
            Ok([]) => self.window.size,
            Ok(_) => self.window.find_magic(from),
            Err(_) => {
                self.unreadable = true;
                let page = from
                    .checked_div(UNREADABLE_BYTES)
                    .unwrap_or(0)
                    .saturating_add(1);
                page.saturating_mul(UNREADABLE_BYTES).saturating_sub(1)
            }
        };
    }
}

impl Window {
    /// The first place from `from` on within the window where a magic begins or is cut off
    /// by the window's end.
    fn find_magic(&self, from: u64) -> u64 {
        let start = self.held(from).unwrap_or(self.filled);
        let bytes = self.buffer.get(start..self.filled).unwrap_or(&[]);
        let [first, ..] = FRAME_MAGIC;
        let candidates = bytes.iter().enumerate().filter(|(_, byte)| **byte == first);
        let mut places = candidates.map(|(place, _)| place).filter(|place| {
            let here = bytes.get(*place..).unwrap_or(&[]);
            here.iter()
                .zip(FRAME_MAGIC)
                .all(|(byte, magic)| *byte == magic)
        });
        from.saturating_add(places.next().unwrap_or(bytes.len()) as u64)
    }
}
