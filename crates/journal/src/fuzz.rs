//! What holds of the readers in this crate whatever bytes they are given.
//!
//! Each function takes what a fuzzer or the replay of its seeds makes up, and panics when a
//! property does not hold. The product never calls them. No checksum is met by chance, so
//! files are made of frames with right ones, and then damaged.

mod image;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::calls::Calls;
use crate::disk::{Disk, DiskFile};
use crate::entry::Entry;
use crate::error::Error;
use crate::format::{Clocks, FRAME_HEADER_BYTES, FileHeader, FileKind, HeaderRead};
use crate::frames::Frame;
use crate::index::Index;
use crate::journal::{Journal, SegmentOf, Source};
use crate::packets::Packets;
use crate::scan::{Found, Scanner};
use crate::story::Story;
use crate::testing::FaultyDisk;
use crate::writer::segment_name;
use crate::{callfile, open};
use image::{Image, images};
use model::SessionId;

/// A kind and a payload: what is read of it is written and read again as the same, and packets
/// are cut only between them.
///
/// # Panics
/// When one of these does not hold.
pub fn entry(data: &[u8]) {
    let Some((kind, payload)) = data.split_first() else {
        return;
    };
    let Some(entry) = Entry::decode(*kind, payload) else {
        return;
    };
    let mut written = Vec::new();
    entry.encode(&mut written);
    assert!(written.len() <= payload.len().saturating_add(8), "it grew");
    assert_eq!(Entry::decode(entry.kind(), &written).as_ref(), Some(&entry));
    if let Entry::Packets(packets) = entry {
        cut_between(packets, usize::from(*payload.last().unwrap_or(&0)));
    }
}

/// What a file of frames is made of, and how it is damaged: only whole frames are read, and
/// all that are untouched; a session's entries come in order with every gap said; a copy of
/// the journal reads the same.
///
/// # Panics
/// When one of these does not hold.
pub fn file(data: &[u8]) {
    let kind = match data.first() {
        Some(first) if first & 1 == 1 => FileKind::CallFile,
        _ => FileKind::Segment,
    };
    for image in images(data.get(1..).unwrap_or_default(), Some(kind)).into_values() {
        finds_what_is_whole(&image);
        if kind == FileKind::CallFile {
            reads_in_order(&image.bytes);
        }
    }
}

/// What the files of a log are made of, and how they are damaged: opening it never fails but
/// for a version, what each session is said to hold is what its journal reads, and opening it
/// again finds the same.
///
/// # Panics
/// When one of these does not hold.
pub fn log(data: &[u8]) {
    let directory = Path::new("/spool/log");
    let mut files = BTreeMap::new();
    for (place, image) in images(data, None) {
        let path = match image.kind {
            FileKind::Segment => directory.join(segment_name(place)),
            FileKind::CallFile => {
                PathBuf::from(format!("/spool/calls/{}.ewj", image::session(place)))
            }
        };
        files.insert(path, image.bytes);
    }
    let disk: Arc<dyn Disk> = Arc::new(FaultyDisk::with_files(files));
    let calls = Calls::new(Arc::clone(&disk), directory);
    let index = match open::read(directory, &calls, Clocks::UNKNOWN) {
        Ok(index) => index,
        Err(error) => return assert!(matches!(error, Error::Version { .. }), "{error}"),
    };
    for session in index.sessions.keys() {
        tells_one_story(&index, &calls, directory, *session);
    }
    let again = open::read(directory, &calls, Clocks::UNKNOWN);
    let again = again.unwrap_or_else(|error| panic!("a second time: {error}"));
    assert_eq!(summary(&again), summary(&index), "a second time");
}

fn cut_between(packets: Packets<'_>, bytes_max: usize) {
    let (mut rest, mut pieces) = (packets, Vec::new());
    while !rest.encoded().is_empty() {
        let front = rest.split_front(bytes_max);
        let one = front.iter().count() == 1;
        assert!(front.encoded().len() <= bytes_max || one, "too large");
        pieces.extend(front.iter());
    }
    assert!(packets.iter().eq(pieces), "cutting loses nothing");
}

/// Reads an image from memory.
#[derive(Debug)]
struct InMemory(Vec<u8>);

impl DiskFile for InMemory {
    fn append(&self, _slices: &[std::io::IoSlice<'_>]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::Unsupported.into())
    }

    fn truncate(&self, _bytes: u64) -> std::io::Result<()> {
        Err(std::io::ErrorKind::Unsupported.into())
    }

    fn sync(&self) -> std::io::Result<()> {
        Ok(())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        let there = self.0.get(from..).unwrap_or_default();
        let count = there.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), there.get(..count)) {
            to.copy_from_slice(from);
        }
        Ok(count)
    }

    fn size(&self) -> std::io::Result<u64> {
        Ok(self.0.len() as u64)
    }
}

/// By the law of `docs/journal-format.md`, and not by the code that reads.
fn is_whole(frame: &[u8], image: &Image) -> bool {
    let number = |from: usize| {
        let four = frame.get(from..).and_then(<[u8]>::first_chunk::<4>);
        four.map(|four| u32::from_le_bytes(*four))
    };
    let checked = frame.get(8..).map(crc32c::crc32c);
    let length = frame.len().checked_sub(FRAME_HEADER_BYTES);
    frame.starts_with(&[0xEA, 0x57, 0x46, 0x01])
        && checked.is_some()
        && number(4) == checked
        && number(8).map(|length| length as usize) == length
        && number(12) == Some(image.segment)
}

fn finds_what_is_whole(image: &Image) {
    let file = Arc::new(InMemory(image.bytes.clone()));
    let (mut scanner, read) =
        Scanner::open(file, image.kind, image.segment).expect("memory can be read");
    let mut found: Vec<(usize, usize)> = Vec::new();
    while let Some(next) = scanner.next() {
        let Found::Frame {
            offset, payload, ..
        } = next
        else {
            continue;
        };
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        let to = from
            .saturating_add(FRAME_HEADER_BYTES)
            .saturating_add(payload.len());
        let frame = image.bytes.get(from..to).unwrap_or_default();
        assert!(is_whole(frame, image), "only whole frames are read");
        assert!(frame.ends_with(payload));
        assert!(found.last().is_none_or(|(_, end)| *end <= from), "overlap");
        found.push((from, to));
    }
    assert!(!scanner.unreadable() && scanner.size() == image.bytes.len() as u64);
    if read != HeaderRead::Good(image.header()) {
        return;
    }
    for (from, to) in image.untouched() {
        let covers = |(start, end): &(usize, usize)| *start <= from && to <= *end;
        assert!(found.iter().any(covers), "an untouched frame is missing");
    }
}

fn reads_in_order(bytes: &[u8]) {
    let Some(frames) = frames_of(bytes) else {
        return;
    };
    let mut next = 0_u64;
    for frame in &frames {
        assert_eq!(frame.sequence, next, "every gap is said");
        next = frame.last_sequence().saturating_add(1);
        let decoded = frame.entry().ok();
        assert_eq!(decoded, Entry::decode(frame.kind(), frame.payload()));
    }
    let mut copy = Vec::new();
    journal_of(bytes)
        .and_then(|journal| journal.write_call_file(&mut copy).ok())
        .expect("memory can be read and written");
    let again = frames_of(&copy).unwrap_or_default();
    let plain = |frames: &[Frame]| -> Vec<_> {
        let one = |frame: &Frame| {
            let payload = frame.payload().to_vec();
            let times = (frame.sequence, frame.time_ns, frame.clocks);
            (frame.session(), times, frame.kind(), payload)
        };
        frames.iter().map(one).collect()
    };
    assert_eq!(plain(&again), plain(&frames), "a copy reads the same");
}

/// Every frame of a call file, also those of kinds this build does not know.
fn frames_of(bytes: &[u8]) -> Option<Vec<Frame>> {
    let journal = journal_of(bytes)?;
    let frames: Result<Vec<Frame>, Error> = journal.frames().with_unknown().collect();
    Some(frames.expect("damage is never an error"))
}

fn journal_of(bytes: &[u8]) -> Option<Journal> {
    let file: Arc<dyn DiskFile> = Arc::new(InMemory(bytes.to_vec()));
    let session = callfile::session(&file, Path::new("memory")).ok()?;
    Some(Journal::new(session, Source::CallFile(file)))
}

fn tells_one_story(index: &Index, calls: &Calls, directory: &Path, session: SessionId) {
    let Some(known) = index.sessions.get(&session) else {
        return;
    };
    let numbers = known.places.iter().map(|place| place.segment);
    let of = |number| {
        let segment = SegmentOf {
            path: directory.join(segment_name(number)),
            seal: index.segments.get(&number).and_then(|known| known.seal),
            clocks: index.clocks(number),
            _pin: None,
        };
        (number, segment)
    };
    let source = Source::Log {
        disk: Arc::clone(&calls.disk),
        call_file: known.file.map(|_| calls.path(session)),
        segments: numbers.map(of).collect(),
        places: known.places.clone(),
        next: known.next,
        spans: known.story.spans().to_vec(),
    };
    let journal = Journal::new(session, source);
    let (mut next, mut story) = (0_u64, Story::default());
    for frame in journal.frames().with_unknown() {
        let frame = frame.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(frame.sequence, next, "every gap is said");
        next = frame.last_sequence().saturating_add(1);
        assert_eq!(frame.session(), session);
        match frame.entry() {
            Ok(Entry::Lost { .. }) | Err(_) => {}
            Ok(entry) => story.see(session, frame.sequence, frame.time_ns, &entry),
        }
    }
    assert!(next <= known.next, "nothing is read that is not known");
    assert_eq!(story.spans(), known.story.spans(), "one story");
}

/// What opening a log found.
fn summary(index: &Index) -> Vec<String> {
    let mut sessions: Vec<_> = index.sessions.iter().collect();
    sessions.sort_unstable_by_key(|(session, _)| **session);
    let one = |(session, known): &(&SessionId, &crate::index::Known)| {
        let file = known.file.map(|file| (file.bytes, file.next, file.held));
        let (next, places, spans) = (known.next, &known.places, known.story.spans());
        format!("{session} {next} {file:?} {places:?} {spans:?}")
    };
    sessions.iter().map(one).collect()
}

impl Image {
    fn header(&self) -> FileHeader {
        FileHeader {
            kind: self.kind,
            segment: self.segment,
            apart: self.apart,
            clocks: image::CLOCKS,
        }
    }
}
