//! Reading the whole log at start: what was there, whatever happened to it.

use std::path::Path;
use std::sync::Arc;

use crate::calls::Calls;
use crate::disk::DiskFile;
use crate::entry::{Entry, KIND_PACKETS};
use crate::error::Error;
use crate::format::{Clocks, FileKind, FrameHeader, HeaderRead};
use crate::index::{Index, Place, Segment, Stamp};
use crate::recover::{self, Deferred};
use crate::scan::{Found, Scanner};
use crate::writer::{segment_name, segment_number};
use model::SessionId;

/// Reads all segments in order and makes what was read durable: until now it may have been in
/// the system's memory only, and reclaiming must not rest on that.
pub(crate) fn read(directory: &Path, calls: &Calls, clocks: Clocks) -> Result<Index, Error> {
    let disk = &*calls.disk;
    let io = |action| move |source| Error::io(action, directory, source);
    for folder in [directory, &calls.directory] {
        disk.create_directory(folder).map_err(io("cannot create"))?;
    }
    let with_file = calls.list()?;
    let mut deferred = Deferred::default();
    let names = disk.list(directory).map_err(io("cannot list"))?;
    let mut numbers: Vec<u32> = names
        .iter()
        .filter_map(|name| segment_number(name))
        .collect();
    numbers.sort_unstable();
    let mut index = Index::default();
    for number in numbers {
        let path = directory.join(segment_name(number));
        let file: Arc<dyn DiskFile> = disk
            .open(&path)
            .map_err(|source| Error::io("cannot open", &path, source))?
            .into();
        file.sync()
            .map_err(|source| Error::io("cannot sync", &path, source))?;
        let mut reading = Reading {
            index: &mut index,
            with_file: &with_file,
            deferred: &mut deferred,
            opened_ns: clocks.monotonic_ns,
        };
        reading.segment(&path, file, number)?;
    }
    disk.sync_directory(directory).map_err(io("cannot sync"))?;
    if !with_file.is_empty() {
        calls.sync()?;
        recover::read(&mut index, calls, directory, &with_file, deferred)?;
    }
    Ok(index)
}

/// Reading the segments of a log.
struct Reading<'a> {
    index: &'a mut Index,
    /// Sessions that have a call file, in order: their frames are looked at later.
    with_file: &'a [SessionId],
    deferred: &'a mut Deferred,
    opened_ns: u64,
}

impl Reading<'_> {
    fn segment(&mut self, path: &Path, file: Arc<dyn DiskFile>, number: u32) -> Result<(), Error> {
        let opened = Scanner::open(file, FileKind::Segment, number);
        let (mut scanner, read) =
            opened.map_err(|source| Error::io("cannot read", path, source))?;
        let header = match read {
            HeaderRead::Good(header) => Some(header),
            HeaderRead::Version(version) => {
                return Err(Error::Version {
                    path: path.to_owned(),
                    version,
                });
            }
            HeaderRead::Damaged => None,
        };
        while let Some(found) = scanner.next() {
            match found {
                Found::Frame {
                    offset,
                    header,
                    payload,
                } => self.frame(number, offset, &header, payload),
                Found::Damage {
                    suspect: Some((session, sequence)),
                } => self.damage(session, sequence),
                Found::Damage { suspect: None } => {}
            }
        }
        // Under a wrong name its frames are not seen, so that it must not be taken for empty.
        let renamed = header.is_some_and(|header| header.segment != number);
        self.index.segments.insert(
            number,
            Segment {
                clocks: header.map(|header| header.clocks),
                seal: scanner.seal(),
                bytes: scanner.size(),
                unreadable: scanner.unreadable() || renamed,
                last_ns: self.opened_ns,
                pin: Arc::default(),
            },
        );
        Ok(())
    }

    fn frame(&mut self, segment: u32, offset: u64, header: &FrameHeader, payload: &[u8]) {
        let FrameHeader {
            session,
            sequence,
            time_ns,
            kind,
            ..
        } = *header;
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        let place = Place::new(segment, offset, kind == KIND_PACKETS);
        let stamp = Stamp {
            session,
            sequence,
            time_ns,
            commit: 0,
        };
        if self.with_file.binary_search(&session).is_err() {
            let entry = Entry::decode(kind, payload);
            return self.index.add(stamp, place, entry.as_ref());
        }
        let known = self.deferred.frames.entry(session).or_default();
        // A repeated number is none: the first one stands.
        if known
            .last()
            .is_none_or(|(last, _)| last.sequence < sequence)
        {
            known.push((stamp, place));
        }
    }

    fn damage(&mut self, session: SessionId, sequence: u64) {
        if self.with_file.binary_search(&session).is_ok() {
            self.deferred.lost.insert(session, sequence);
        } else {
            self.index.add_lost(session, sequence);
        }
    }
}
