//! Where each session's frames are, in memory: eight bytes a frame.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::callfile::Tail;
use crate::entry::Entry;
use crate::format::Clocks;
use crate::story::Story;
use model::SessionId;

/// Where a frame stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Place {
    pub(crate) segment: u32,
    /// And, in its highest bit, whether it holds nothing but packets: a segment is smaller.
    offset: u32,
}

impl Place {
    const OF_PACKETS: u32 = 1 << 31;

    pub(crate) fn new(segment: u32, offset: u32, packets: bool) -> Self {
        let mark = if packets { Self::OF_PACKETS } else { 0 };
        let offset = offset & !Self::OF_PACKETS | mark;
        Self { segment, offset }
    }

    /// Bytes from the segment's beginning.
    pub(crate) fn offset(self) -> u32 {
        self.offset & !Self::OF_PACKETS
    }

    pub(crate) fn is_of_packets(self) -> bool {
        self.offset & Self::OF_PACKETS != 0
    }
}

/// Whose a frame is, and when it was written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamp {
    pub(crate) session: SessionId,
    pub(crate) sequence: u64,
    pub(crate) time_ns: u64,
    /// The commit number; 0 for what was there at start.
    pub(crate) commit: u64,
}

/// A segment on disk.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    /// `None` while only its header could say and that is damaged.
    pub(crate) clocks: Option<Clocks>,
    pub(crate) seal: Option<u32>,
    pub(crate) bytes: u64,
    /// The disk could not read all of it: never deleted by us.
    pub(crate) unreadable: bool,
    /// Time of its last frame in nanoseconds; of what was there at start, the time of opening.
    pub(crate) last_ns: u64,
    /// Held by every journal that reads the segment: meanwhile it is not deleted.
    pub(crate) pin: Arc<()>,
}

impl Segment {
    fn is_read(&self) -> bool {
        Arc::strong_count(&self.pin) > 1
    }
}

/// A session's call file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallFile {
    pub(crate) bytes: u64,
    pub(crate) tail: Tail,
    /// The sequence number after its last frame.
    pub(crate) next: u64,
    /// The session goes there and not to the log, until it is kept or discarded.
    pub(crate) held: bool,
}

/// What the log knows of a session.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// The frames before those in the log.
    pub(crate) file: Option<CallFile>,
    /// In order; those in deleted segments are gone.
    pub(crate) places: Vec<Place>,
    /// The sequence number of the next frame.
    pub(crate) next: u64,
    pub(crate) last_time_ns: u64,
    /// The commit number of the last frame.
    pub(crate) last_commit: u64,
    pub(crate) story: Story,
}

impl Known {
    /// Whether anything can be read of it.
    pub(crate) fn is_there(&self) -> bool {
        self.file.is_some() || !self.places.is_empty()
    }

    /// Whether it is written to its call file and may yet be discarded.
    pub(crate) fn held(&self) -> bool {
        self.file.is_some_and(|file| file.held)
    }

    /// The oldest segment with a frame of it.
    fn oldest(&self) -> Option<u32> {
        self.places.first().map(|place| place.segment)
    }
}

/// Everything the log knows.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// Call files that hold nothing to be read: to be overwritten and unlinked before any
    /// segment goes.
    pub(crate) waste: BTreeSet<SessionId>,
    pub(crate) sessions: HashMap<SessionId, Known>,
    pub(crate) segments: BTreeMap<u32, Segment>,
}

impl Index {
    /// Takes note of a frame. A repeated sequence number is none: the first one stands.
    /// `entry` is `None` for kinds this build does not know.
    pub(crate) fn add(&mut self, stamp: Stamp, place: Place, entry: Option<&Entry<'_>>) {
        let Stamp {
            session,
            sequence,
            time_ns,
            commit,
        } = stamp;
        let known = self.sessions.entry(session).or_default();
        if sequence < known.next {
            return;
        }
        known.places.push(place);
        known.next = sequence.saturating_add(1);
        known.last_time_ns = time_ns;
        known.last_commit = commit;
        if let Some(entry) = entry {
            known.story.see(session, sequence, time_ns, entry);
        }
    }

    /// Bytes of all segments.
    pub(crate) fn log_bytes(&self) -> u64 {
        let bytes = self.segments.values().map(|segment| segment.bytes);
        bytes.fold(0, u64::saturating_add)
    }

    /// Takes note of a damaged frame, if it seems to be the next one of a known session.
    pub(crate) fn add_lost(&mut self, session: SessionId, sequence: u64) {
        if let Some(known) = self.sessions.get_mut(&session)
            && known.next == sequence
        {
            known.next = sequence.saturating_add(1);
        }
    }

    /// The clocks of a segment. Where its header is damaged: those of the segment before, if
    /// the one after is of the same boot; else unknown.
    pub(crate) fn clocks(&self, segment: u32) -> Clocks {
        let known = |(_, segment): (&u32, &Segment)| segment.clocks;
        if let Some(clocks) = self
            .segments
            .get(&segment)
            .and_then(|segment| segment.clocks)
        {
            return clocks;
        }
        let before = self.segments.range(..segment).rev().find_map(known);
        let after = self.segments.range(segment..).find_map(known);
        match (before, after) {
            (Some(before), Some(after)) if before.boot == after.boot => before,
            _ => Clocks::UNKNOWN,
        }
    }

    /// The oldest segment, if it is not the newest, nobody reads it and every session in it
    /// satisfies `done`.
    pub(crate) fn deletable(&self, done: impl Fn(&Known) -> bool) -> Option<u32> {
        let (oldest, _) = self.oldest()?;
        let in_it = |known: &&Known| known.oldest() == Some(oldest);
        let free = self.waste.is_empty();
        (free && self.sessions.values().filter(in_it).all(done)).then_some(oldest)
    }

    /// The oldest segment and the time of its last frame, if it is not the newest and nobody
    /// reads it.
    pub(crate) fn oldest(&self) -> Option<(u32, u64)> {
        let (&oldest, segment) = self.segments.first_key_value()?;
        let alone = self.segments.len() == 1;
        let free = !alone && !segment.unreadable && !segment.is_read();
        free.then_some((oldest, segment.last_ns))
    }

    /// The sessions that begin in a segment, as far as the log goes.
    pub(crate) fn in_segment(&self, segment: u32) -> Vec<SessionId> {
        let in_it = |(_, known): &(&SessionId, &Known)| known.oldest() == Some(segment);
        let mut sessions: Vec<SessionId> = self
            .sessions
            .iter()
            .filter(in_it)
            .map(|(id, _)| *id)
            .collect();
        sessions.sort_unstable();
        sessions
    }

    /// Forgets the places in segments up to this one: they are in call files, or settled.
    pub(crate) fn detach(&mut self, segment: u32) {
        self.sessions.retain(|_, known| {
            let gone = known
                .places
                .partition_point(|place| place.segment <= segment);
            known.places.drain(..gone);
            known.is_there() || gone == 0
        });
    }

    /// Forgets a deleted segment, and the sessions nothing remains of.
    pub(crate) fn forget(&mut self, segment: u32) {
        self.segments.remove(&segment);
        self.detach(segment);
    }
}
