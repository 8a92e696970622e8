//! Reading the call files at start, and joining them with what the log holds of their sessions.
//!
//! A session's call file comes before its frames in the log. Where both hold a frame, because
//! the machine stopped while a segment was spilled, the log's stands and the file is cut. What
//! was begun to be discarded, or begun anew in the log, is to be destroyed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::callfile::{self, KIND_CLOCKS, Tail};
use crate::calls::Calls;
use crate::disk::DiskFile;
use crate::entry::{Entry, Mark};
use crate::error::Error;
use crate::format::{Clocks, FrameHeader, HeaderRead};
use crate::frames::Frames;
use crate::index::{CallFile, Index, Known, Place, Stamp};
use crate::journal::{SegmentOf, Source};
use crate::scan::{Found, Scanner};
use crate::writer::segment_name;
use model::SessionId;
use std::path::Path;

/// What the log holds of sessions that have a call file, in order.
#[derive(Debug, Default)]
pub(crate) struct Deferred {
    pub(crate) frames: HashMap<SessionId, Vec<(Stamp, Place)>>,
    pub(crate) lost: HashMap<SessionId, u64>,
}

/// Reads every call file.
pub(crate) fn read(
    index: &mut Index,
    calls: &Calls,
    log: &Path,
    sessions: &[SessionId],
    mut deferred: Deferred,
) -> Result<(), Error> {
    for session in sessions {
        let in_log = deferred.frames.remove(session).unwrap_or_default();
        let lost = deferred.lost.get(session).copied();
        let file = read_file(
            calls,
            *session,
            in_log.first().map(|(stamp, _)| stamp.sequence),
        )?;
        let mut known = Known::default();
        match file {
            Read::Nothing => drop(index.waste.insert(*session)),
            Read::Unreadable => {}
            Read::Frames(read) => known = read,
        }
        let others = follow(index, calls, log, *session, &mut known, &in_log)?;
        if let Some(file) = &mut known.file {
            // Kept, although the power went before its file said so.
            file.held &= !others;
        }
        if lost == Some(known.next) {
            known.next = known.next.saturating_add(1);
        }
        if known.is_there() {
            index.sessions.insert(*session, known);
        }
    }
    Ok(())
}

enum Read {
    /// No frame that is whole, or none that counts.
    Nothing,
    /// The disk could not read it: it is left alone.
    Unreadable,
    Frames(Known),
}

/// Reads one file up to what the log holds too.
fn read_file(calls: &Calls, session: SessionId, first_in_log: Option<u64>) -> Result<Read, Error> {
    let path = calls.path(session);
    let io = |action| {
        let path = path.clone();
        move |source| Error::io(action, path, source)
    };
    let file: Arc<dyn DiskFile> = calls.disk.open(&path).map_err(io("cannot open"))?.into();
    file.sync().map_err(io("cannot sync"))?;
    let (mut scanner, read) = callfile::scan(&file).map_err(io("cannot read"))?;
    let header = match read {
        HeaderRead::Good(header) => Some(header),
        HeaderRead::Damaged => None,
        HeaderRead::Version(version) => return Err(Error::Version { path, version }),
    };
    let apart = header.is_some_and(|header| header.apart);
    if first_in_log == Some(0) {
        // The log has all of it: it was begun anew there, or its first segment was being spilled.
        return Ok(Read::Nothing);
    }
    let clocks = header.map_or(Clocks::UNKNOWN, |header| header.clocks);
    let scanned = scan(&mut scanner, session, first_in_log, clocks);
    if scanner.unreadable() && scanned.frames == 0 {
        return Ok(Read::Unreadable);
    }
    let mut known = scanned.known;
    let empty = header.is_some() && first_in_log.is_some() && !apart;
    let Some(seal) = scanner.seal().filter(|_| scanned.frames > 0 || empty) else {
        return Ok(Read::Nothing);
    };
    let mut bytes = scanner.size();
    if let Some(cut) = scanned.cut {
        let file = calls.disk.reopen(&path).map_err(io("cannot open"))?;
        file.truncate(cut).map_err(io("cannot cut"))?;
        bytes = cut;
    }
    known.file = Some(CallFile {
        bytes,
        tail: Tail {
            seal,
            number: scanned.number,
            clocks: scanned.clocks,
        },
        next: known.next,
        held: apart && !known.story.kept(),
    });
    Ok(Read::Frames(known))
}

struct Scanned {
    known: Known,
    /// Frames of the session.
    frames: u64,
    /// The number of the next frame.
    number: u32,
    clocks: Clocks,
    /// Where what the log holds too begins.
    cut: Option<u64>,
}

fn scan(
    scanner: &mut Scanner,
    session: SessionId,
    first_in_log: Option<u64>,
    clocks: Clocks,
) -> Scanned {
    let mut scanned = Scanned {
        known: Known::default(),
        frames: 0,
        number: 0,
        clocks,
        cut: None,
    };
    while let Some(found) = scanner.next() {
        let Found::Frame {
            offset,
            header,
            payload,
        } = found
        else {
            continue;
        };
        let FrameHeader {
            sequence, time_ns, ..
        } = header;
        if first_in_log.is_some_and(|first| sequence >= first) {
            scanned.cut = Some(offset);
            break;
        }
        scanned.number = header.number.saturating_add(1);
        if header.kind == KIND_CLOCKS {
            scanned.clocks = callfile::decode_clocks(payload).unwrap_or(Clocks::UNKNOWN);
            continue;
        }
        let known = &mut scanned.known;
        if header.session != session || sequence < known.next {
            continue;
        }
        scanned.frames = scanned.frames.saturating_add(1);
        known.next = sequence.saturating_add(1);
        known.last_time_ns = time_ns;
        if let Some(entry) = Entry::decode(header.kind, payload) {
            known.story.see(session, sequence, time_ns, &entry);
        }
    }
    scanned
}

/// Goes on with what the log holds of the session; says whether that is more than the mark of
/// a discard.
fn follow(
    index: &Index,
    calls: &Calls,
    log: &Path,
    session: SessionId,
    known: &mut Known,
    in_log: &[(Stamp, Place)],
) -> Result<bool, Error> {
    if in_log.is_empty() {
        return Ok(false);
    }
    let source = Source::Log {
        disk: Arc::clone(&calls.disk),
        call_file: None,
        segments: segments(index, log, in_log),
        places: in_log.iter().map(|(_, place)| *place).collect(),
        next: 0,
        spans: Vec::new(),
    };
    let mut others = false;
    let mut frames = Frames::new(session, &source).with_unknown().whole_only();
    for (stamp, place) in in_log {
        let Some(frame) = frames.next().transpose()? else {
            break;
        };
        if stamp.sequence < known.next {
            continue;
        }
        known.places.push(*place);
        known.next = stamp.sequence.saturating_add(1);
        known.last_time_ns = stamp.time_ns;
        let entry = frame.entry().ok();
        let discarded = |entry: &Entry<'_>| {
            matches!(
                entry,
                Entry::Mark {
                    what: Mark::Discarded,
                    ..
                }
            )
        };
        others |= !entry.as_ref().is_some_and(discarded);
        if let Some(entry) = &entry {
            known
                .story
                .see(session, stamp.sequence, stamp.time_ns, entry);
        }
    }
    Ok(others)
}

fn segments(index: &Index, log: &Path, in_log: &[(Stamp, Place)]) -> BTreeMap<u32, SegmentOf> {
    let numbers = in_log.iter().map(|(_, place)| place.segment);
    let of = |number: u32| SegmentOf {
        path: log.join(segment_name(number)),
        seal: index.segments.get(&number).and_then(|known| known.seal),
        clocks: index.clocks(number),
        _pin: None,
    };
    numbers.map(|number| (number, of(number))).collect()
}
