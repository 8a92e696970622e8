//! Reading the whole log at start: what was there, whatever happened to it.

use std::path::Path;
use std::sync::Arc;

use crate::disk::{Disk, DiskFile};
use crate::entry::Entry;
use crate::error::Error;
use crate::format::{FileKind, FrameHeader, HeaderRead};
use crate::index::{Index, Place, Segment, Stamp};
use crate::scan::{Found, Scanner};
use crate::writer::{segment_name, segment_number};

/// Reads all segments in order and makes what was read durable: until now it may have been in
/// the system's memory only, and reclaiming must not rest on that.
pub(crate) fn read(directory: &Path, disk: &dyn Disk) -> Result<Index, Error> {
    let io = |action| move |source| Error::io(action, directory, source);
    disk.create_directory(directory)
        .map_err(io("cannot create"))?;
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
        read_segment(&mut index, &path, file, number)?;
    }
    disk.sync_directory(directory).map_err(io("cannot sync"))?;
    Ok(index)
}

fn read_segment(
    index: &mut Index,
    path: &Path,
    file: Arc<dyn DiskFile>,
    number: u32,
) -> Result<(), Error> {
    let opened = Scanner::open(file, FileKind::Segment, number);
    let (mut scanner, read) = opened.map_err(|source| Error::io("cannot read", path, source))?;
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
            } => {
                let entry = Entry::decode(header.kind, payload);
                let offset = u32::try_from(offset).unwrap_or(u32::MAX);
                let FrameHeader {
                    session,
                    sequence,
                    time_ns,
                    ..
                } = header;
                let stamp = Stamp {
                    session,
                    sequence,
                    time_ns,
                    commit: 0,
                };
                index.add(
                    stamp,
                    Place {
                        segment: number,
                        offset,
                    },
                    entry.as_ref(),
                );
            }
            Found::Damage {
                suspect: Some((session, sequence)),
            } => {
                index.add_lost(session, sequence);
            }
            Found::Damage { suspect: None } => {}
        }
    }
    // Under a wrong name its frames are not seen, so that it must not be taken for empty.
    let renamed = header.is_some_and(|header| header.segment != number);
    index.segments.insert(
        number,
        Segment {
            clocks: header.map(|header| header.clocks),
            seal: scanner.seal(),
            bytes: scanner.size(),
            unreadable: scanner.unreadable() || renamed,
        },
    );
    Ok(())
}
