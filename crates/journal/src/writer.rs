//! The one place that writes segments: lays a batch out in frames, writes it whole or not
//! at all, begins a new segment when the old one is full or cannot be trusted.

use std::collections::HashMap;
use std::io::{self, IoSlice};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::disk::{Disk, DiskFile};
use crate::entry::Entry;
use crate::error::Error;
use crate::format::{
    Clocks, FRAME_HEADER_BYTES, FileHeader, FileKind, FrameHeader, PAYLOAD_BYTES_MAX,
};
use crate::index::Segment;
use crate::log::Append;
use crate::packets::Packets;
use model::SessionId;

/// Slices one `writev` takes: IOV_MAX on Linux.
const SLICES_MAX: usize = 1024;

/// An entry as it will be written; its sequence number comes later.
#[derive(Clone, Debug)]
pub(crate) struct Piece<'a> {
    pub(crate) session: SessionId,
    pub(crate) time_ns: u64,
    pub(crate) sequence: u64,
    pub(crate) entry: Entry<'a>,
    payload: Payload<'a>,
}

#[derive(Clone, Debug)]
enum Payload<'a> {
    /// Bytes of the batch's scratch memory.
    Scratch(Range<usize>),
    /// Packets, which the caller has encoded already.
    Borrowed(&'a [u8]),
}

/// A batch, encoded.
#[derive(Debug, Default)]
pub(crate) struct Batch<'a> {
    pub(crate) pieces: Vec<Piece<'a>>,
    scratch: Vec<u8>,
}

impl<'a> Batch<'a> {
    /// Encodes all payloads. Packets that are too many for one frame are split.
    pub(crate) fn encode(batch: &[Append<'a>]) -> Result<Self, Error> {
        let mut out = Self::default();
        for item in batch {
            if let Entry::Packets(packets) = &item.entry {
                out.push_packets(item, *packets)?;
            } else if !matches!(item.entry, Entry::Lost { .. }) {
                // The reader makes `Lost`; written, it would hide what comes after.
                let start = out.scratch.len();
                item.entry.encode(&mut out.scratch);
                let payload = Payload::Scratch(start..out.scratch.len());
                out.push(item, item.entry.clone(), payload)?;
            }
        }
        Ok(out)
    }

    fn push_packets(&mut self, item: &Append<'a>, mut rest: Packets<'a>) -> Result<(), Error> {
        loop {
            let front = rest.split_front(PAYLOAD_BYTES_MAX);
            self.push(
                item,
                Entry::Packets(front),
                Payload::Borrowed(front.encoded()),
            )?;
            if rest.encoded().is_empty() {
                return Ok(());
            }
        }
    }

    fn push(
        &mut self,
        item: &Append<'a>,
        entry: Entry<'a>,
        payload: Payload<'a>,
    ) -> Result<(), Error> {
        let bytes = self.payload(&payload).len();
        if bytes > PAYLOAD_BYTES_MAX {
            return Err(Error::TooLarge { bytes });
        }
        let Append {
            session, time_ns, ..
        } = *item;
        self.pieces.push(Piece {
            session,
            time_ns,
            sequence: 0,
            entry,
            payload,
        });
        Ok(())
    }

    /// The payload of one of its pieces, also of one taken out.
    pub(crate) fn payload_of<'b>(&'b self, piece: &'b Piece<'a>) -> &'b [u8] {
        self.payload(&piece.payload)
    }

    fn payload<'b>(&'b self, payload: &'b Payload<'a>) -> &'b [u8] {
        match payload {
            Payload::Scratch(range) => self.scratch.get(range.clone()).unwrap_or(&[]),
            Payload::Borrowed(bytes) => bytes,
        }
    }

    /// Bytes of a piece on disk.
    fn frame_bytes(&self, piece: &Piece<'a>) -> u64 {
        self.payload(&piece.payload)
            .len()
            .saturating_add(FRAME_HEADER_BYTES) as u64
    }

    /// Bytes of all pieces from `from` on.
    fn bytes(&self, from: usize) -> u64 {
        let pieces = self.pieces.get(from..).unwrap_or(&[]);
        pieces
            .iter()
            .fold(0, |sum, piece| sum.saturating_add(self.frame_bytes(piece)))
    }

    /// How many pieces from `from` on fit into `room` bytes.
    fn fitting(&self, from: usize, room: u64) -> usize {
        let mut left = room;
        let pieces = self.pieces.get(from..).unwrap_or(&[]);
        let fits = |piece: &&Piece<'a>| match left.checked_sub(self.frame_bytes(piece)) {
            Some(rest) => {
                left = rest;
                true
            }
            None => false,
        };
        pieces.iter().take_while(fits).count()
    }
}

/// Pieces that went into one segment.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) segment: u32,
    pub(crate) file: Arc<dyn DiskFile>,
    /// Which pieces of the batch.
    pub(crate) pieces: Range<usize>,
    /// Where each of them stands.
    pub(crate) offsets: Vec<u32>,
    /// The segment's length after it.
    pub(crate) bytes: u64,
}

/// A write that failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: Error,
    /// Torn frames may have remained at the end of a segment that was given up.
    pub(crate) torn: bool,
}

/// The writing end of the log.
#[derive(Debug)]
pub(crate) struct Writer {
    disk: Arc<dyn Disk>,
    directory: PathBuf,
    segment_bytes: u64,
    clocks: Clocks,
    next_segment: u32,
    active: Option<Active>,
    /// The open call files of sessions that are held in them.
    pub(crate) apart: HashMap<SessionId, Arc<dyn DiskFile>>,
}

#[derive(Debug)]
struct Active {
    file: Arc<dyn DiskFile>,
    path: PathBuf,
    number: u32,
    seal: u32,
    bytes: u64,
    frames: u32,
}

impl Writer {
    pub(crate) fn new(
        disk: Arc<dyn Disk>,
        directory: &Path,
        segment_bytes: u64,
        clocks: Clocks,
        next_segment: u32,
    ) -> Self {
        let directory = directory.to_owned();
        Self {
            disk,
            directory,
            segment_bytes,
            clocks,
            next_segment,
            active: None,
            apart: HashMap::new(),
        }
    }

    /// The clocks of what is written now.
    pub(crate) fn clocks(&self) -> Clocks {
        self.clocks
    }

    /// Never appends to this segment again.
    pub(crate) fn abandon(&mut self, segment: u32) {
        if self
            .active
            .as_ref()
            .is_some_and(|active| active.number == segment)
        {
            self.active = None;
        }
    }

    /// Begins a new segment; returns its number and what it is.
    pub(crate) fn roll(&mut self) -> Result<(u32, Segment), Error> {
        self.active = None;
        let number = self.next_segment;
        self.next_segment = number.saturating_add(1);
        let path = self.directory.join(segment_name(number));
        let file: Arc<dyn DiskFile> = self
            .disk
            .create(&path)
            .map_err(|source| Error::io("cannot create", &path, source))?
            .into();
        let header = FileHeader {
            kind: FileKind::Segment,
            segment: number,
            apart: false,
            clocks: self.clocks,
        };
        let (bytes, seal) = header.encode();
        if let Err(source) = write_all(&*file, &mut [IoSlice::new(&bytes)]) {
            // An empty file with a torn header holds nothing; removing it is tidiness.
            drop(self.disk.remove(&path));
            return Err(Error::io("cannot write to", path, source));
        }
        let bytes = bytes.len() as u64;
        self.active = Some(Active {
            file,
            path,
            number,
            seal,
            bytes,
            frames: 0,
        });
        let clocks = Some(self.clocks);
        Ok((
            number,
            Segment {
                clocks,
                seal: Some(seal),
                bytes,
                unreadable: false,
                last_ns: self.clocks.monotonic_ns,
                pin: Arc::default(),
            },
        ))
    }

    /// Whether the rest of the batch needs a new segment first: a batch is only divided over
    /// segments when it is larger than one.
    pub(crate) fn is_full(&self, batch: &Batch<'_>, from: usize) -> bool {
        self.active.as_ref().is_none_or(|active| {
            let room = self.segment_bytes.saturating_sub(active.bytes);
            active.frames > 0 && batch.bytes(from) > room
        })
    }

    /// Writes pieces from `from` on into the active segment: as many as it has room for and
    /// at least one, all of them or none.
    pub(crate) fn write(&mut self, batch: &Batch<'_>, from: usize) -> Result<Written, Failure> {
        let Some(active) = &mut self.active else {
            return Err(Failure {
                error: Error::Closed,
                torn: false,
            });
        };
        let room = self.segment_bytes.saturating_sub(active.bytes);
        let count = batch.fitting(from, room).max(1);
        let pieces = from..from.saturating_add(count);
        let (headers, offsets, bytes) = active.frame_headers(batch, pieces.clone());
        let mut slices = slices(batch, pieces.clone(), &headers);
        let Err(source) = write_all(&*active.file, &mut slices) else {
            active.bytes = bytes;
            active.frames = active
                .frames
                .saturating_add(u32::try_from(count).unwrap_or(0));
            let segment = active.number;
            let file = Arc::clone(&active.file);
            return Ok(Written {
                segment,
                file,
                pieces,
                offsets,
                bytes,
            });
        };
        let torn = active.file.truncate(active.bytes).is_err();
        let error = Error::io("cannot write to", &active.path, source);
        if torn || !error.is_disk_full() {
            self.active = None;
        }
        Err(Failure { error, torn })
    }
}

impl Active {
    fn frame_headers(&self, batch: &Batch<'_>, pieces: Range<usize>) -> (Vec<u8>, Vec<u32>, u64) {
        let mut headers = Vec::with_capacity(pieces.len().saturating_mul(FRAME_HEADER_BYTES));
        let mut offsets = Vec::with_capacity(pieces.len());
        let mut offset = self.bytes;
        for (number, piece) in (self.frames..).zip(batch.pieces.get(pieces).unwrap_or(&[])) {
            let payload = batch.payload(&piece.payload);
            let header = FrameHeader {
                length: u32::try_from(payload.len()).unwrap_or(u32::MAX),
                segment: self.number,
                seal: self.seal,
                number,
                session: piece.session,
                sequence: piece.sequence,
                kind: piece.entry.kind(),
                time_ns: piece.time_ns,
            };
            header.encode(payload, &mut headers);
            offsets.push(u32::try_from(offset).unwrap_or(u32::MAX));
            offset = offset.saturating_add(batch.frame_bytes(piece));
        }
        (headers, offsets, offset)
    }
}

fn slices<'b>(batch: &'b Batch<'_>, pieces: Range<usize>, headers: &'b [u8]) -> Vec<IoSlice<'b>> {
    let pieces = batch.pieces.get(pieces).unwrap_or(&[]);
    let pairs = headers.chunks(FRAME_HEADER_BYTES).zip(pieces);
    let slices = pairs.flat_map(|(header, piece)| [header, batch.payload(&piece.payload)]);
    slices
        .filter(|bytes| !bytes.is_empty())
        .map(IoSlice::new)
        .collect()
}

/// Writes everything, however little the disk takes at once.
pub(crate) fn write_all(file: &dyn DiskFile, mut slices: &mut [IoSlice<'_>]) -> io::Result<()> {
    while !slices.is_empty() {
        let some = slices.get(..slices.len().min(SLICES_MAX)).unwrap_or(&[]);
        match file.append(some) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => IoSlice::advance_slices(&mut slices, count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The file name of a segment.
pub(crate) fn segment_name(number: u32) -> String {
    format!("{number:08}.seg")
}

/// The number in a segment's file name.
pub(crate) fn segment_number(name: &str) -> Option<u32> {
    let digits = name.strip_suffix(".seg")?;
    let plain = digits.len() >= 8 && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits
        .parse()
        .ok()
        .filter(|number| plain && segment_name(*number) == name)
}
