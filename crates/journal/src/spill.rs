//! Making room: segments go strictly oldest first, and what is unsettled in an old one goes
//! into call files before.
//!
//! A call file goes, and its folder is synced, before the segment that holds the `Settled` of
//! its session: so no `Settled` disappears before what it settles.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::callfile::{Raw, Tail};
use crate::calls;
use crate::disk::DiskFile;
use crate::error::Error;
use crate::frames::Frames;
use crate::index::{CallFile, Known};
use crate::journal::{SegmentOf, Source};
use crate::log::{Log, Shared, Unsynced, lock};
use crate::writer::segment_name;
use model::SessionId;

/// Bytes gathered before they are written to a call file.
const WRITE_BYTES: usize = 1024 * 1024;

impl Log {
    /// Deletes the call files of sessions that are settled, durably so, and then, strictly
    /// oldest first and never the newest, the segments whose sessions are all settled and
    /// without a call file; returns how many segments.
    ///
    /// # Errors
    /// [`Error::Io`] when a file cannot be deleted or its deletion not be made durable.
    pub fn reclaim(&self) -> Result<usize, Error> {
        let shared = &self.shared;
        let mut unsynced = lock(&shared.reclaim);
        shared.clear(&mut unsynced)?;
        shared.delete_segments(&mut unsynced)
    }

    /// Deletes what [`Log::reclaim`] deletes, and the segments that are too old or too many
    /// for their sessions to be waited for: what is unsettled in them goes into call files.
    /// `now_ns` is CLOCK_MONOTONIC in nanoseconds. Returns how many segments are gone. Slow:
    /// not for a thread that others wait for.
    ///
    /// # Errors
    /// [`Error::Io`]: the segment stays, nothing is lost.
    pub fn spill(&self, now_ns: u64) -> Result<usize, Error> {
        let shared = &self.shared;
        let mut unsynced = lock(&shared.reclaim);
        shared.clear(&mut unsynced)?;
        let mut count = shared.delete_segments(&mut unsynced)?;
        while let Some(segment) = shared.due(now_ns) {
            if !shared.spill_segment(segment)? {
                return Ok(count);
            }
            let deleted = shared.delete_segments(&mut unsynced)?;
            if deleted == 0 {
                return Ok(count);
            }
            count = count.saturating_add(deleted);
        }
        Ok(count)
    }
}

impl Shared {
    fn done(&self, known: &Known) -> bool {
        known.story.settled() && self.commit.is_durable(known.last_commit)
    }

    /// Deletes call files nobody needs: of settled sessions, and those that hold nothing.
    pub(crate) fn clear_call_files(&self) -> Result<(), Error> {
        self.clear(&mut lock(&self.reclaim))
    }

    pub(crate) fn clear(&self, unsynced: &mut Unsynced) -> Result<(), Error> {
        if unsynced.calls {
            self.calls.sync()?;
            unsynced.calls = false;
        }
        let (waste, settled) = {
            let index = lock(&self.index);
            let mut settled: Vec<(SessionId, bool)> = Vec::new();
            for (session, known) in &index.sessions {
                if let Some(file) = known.file.filter(|_| known.story.settled()) {
                    // What was discarded goes at once, whether its mark is durable or not; its
                    // header may be overwritten already.
                    let discarded = file.held || known.story.discarded();
                    if discarded || self.done(known) {
                        settled.push((*session, discarded));
                    }
                }
            }
            (index.waste.clone(), settled)
        };
        let all = waste.iter().map(|session| (*session, true));
        let all: Vec<(SessionId, bool)> = all.chain(settled).collect();
        if all.is_empty() {
            return Ok(());
        }
        for (session, wipe) in &all {
            unsynced.calls = true;
            self.calls.remove(*session, *wipe)?;
        }
        self.calls.sync()?;
        unsynced.calls = false;
        let mut index = lock(&self.index);
        for (session, _) in all {
            if !index.waste.remove(&session)
                && let Some(known) = index.sessions.get_mut(&session)
            {
                known.file = None;
            }
        }
        index
            .sessions
            .retain(|_, known| known.is_there() || !known.story.settled());
        Ok(())
    }

    fn delete_segments(&self, unsynced: &mut Unsynced) -> Result<usize, Error> {
        if unsynced.log {
            self.sync_directory()?;
            unsynced.log = false;
        }
        let mut count = 0usize;
        loop {
            let done = |known: &Known| self.done(known) && known.file.is_none();
            let Some(segment) = lock(&self.index).deletable(done) else {
                return Ok(count);
            };
            let path = self.directory.join(segment_name(segment));
            self.disk
                .remove(&path)
                .map_err(|source| Error::io("cannot delete", path, source))?;
            lock(&self.index).forget(segment);
            // The next one may hold the `Settled` of this one: this one goes for good first.
            unsynced.log = true;
            self.sync_directory()?;
            unsynced.log = false;
            count = count.saturating_add(1);
        }
    }

    /// The oldest segment, if it has to go whatever is in it.
    fn due(&self, now_ns: u64) -> Option<u32> {
        let index = lock(&self.index);
        let (oldest, last_ns) = index.oldest()?;
        let after_ns = u64::try_from(self.options.spill_after.as_nanos()).unwrap_or(u64::MAX);
        let old = now_ns.saturating_sub(last_ns) >= after_ns;
        (old || index.log_bytes() > self.options.log_bytes_max).then_some(oldest)
    }

    /// Copies the frames of a segment's unsettled sessions into their call files and makes them
    /// durable; then the log forgets where they were. `false`: somebody reads the segment, or
    /// something in it is settled and not yet durable; later.
    fn spill_segment(&self, segment: u32) -> Result<bool, Error> {
        let sessions = lock(&self.index).in_segment(segment);
        let mut written: BTreeMap<SessionId, CallFile> = BTreeMap::new();
        for session in sessions {
            let Some(known) = lock(&self.index).sessions.get(&session).cloned() else {
                continue;
            };
            if self.done(&known) {
                continue;
            }
            if known.story.settled() {
                self.commit.request();
                return Ok(false);
            }
            let file = self.copy(session, &known, segment)?;
            // At once: a later try goes on behind these frames.
            if let Some(known) = lock(&self.index).sessions.get_mut(&session) {
                known.file = Some(file);
            }
            written.insert(session, file);
        }
        if !written.is_empty() {
            let synced = self.disk.sync_all(&self.calls.directory);
            synced.map_err(|source| Error::io("cannot sync", &self.calls.directory, source))?;
        }
        let mut index = lock(&self.index);
        let unread = index.oldest().is_some_and(|(oldest, _)| oldest == segment);
        if unread {
            index.detach(segment);
        }
        Ok(unread)
    }

    /// Appends one session's frames of a segment to its call file.
    fn copy(&self, session: SessionId, known: &Known, segment: u32) -> Result<CallFile, Error> {
        let source = self.part(known, segment);
        let from = known.file.map_or(0, |file| file.next);
        let mut target = Target {
            calls: self,
            session,
            file: None,
            state: known.file,
        };
        let mut bytes = Vec::new();
        for frame in Frames::new(session, &source).with_unknown().whole_only() {
            let frame = frame?;
            if frame.sequence < from {
                continue;
            }
            target.add(Raw::of(&frame), &mut bytes);
            if bytes.len() >= WRITE_BYTES {
                target.write(&mut bytes)?;
            }
        }
        target.write(&mut bytes)?;
        // Nothing of it is whole: an empty file says as much.
        target.state.map_or_else(
            || {
                let mut bytes = Vec::new();
                let tail = Tail::begin(lock(&self.index).clocks(segment), false, &mut bytes);
                self.calls.create(session, &bytes)?;
                Ok(CallFile {
                    bytes: bytes.len() as u64,
                    tail,
                    next: known.next,
                    held: false,
                })
            },
            Ok,
        )
    }

    /// One session's frames in one segment.
    fn part(&self, known: &Known, segment: u32) -> Source {
        let index = lock(&self.index);
        let there = index.segments.get(&segment);
        let of = SegmentOf {
            path: self.directory.join(segment_name(segment)),
            seal: there.and_then(|segment| segment.seal),
            clocks: index.clocks(segment),
            _pin: None,
        };
        let places = known.places.iter().copied();
        Source::Log {
            disk: Arc::clone(&self.disk),
            call_file: None,
            segments: BTreeMap::from([(segment, of)]),
            places: places.filter(|place| place.segment == segment).collect(),
            next: 0,
            spans: Vec::new(),
        }
    }
}

/// A call file being appended to.
struct Target<'a> {
    calls: &'a Shared,
    session: SessionId,
    file: Option<Arc<dyn DiskFile>>,
    state: Option<CallFile>,
}

impl Target<'_> {
    fn add(&mut self, frame: Raw<'_>, bytes: &mut Vec<u8>) {
        let state = self.state.get_or_insert_with(|| CallFile {
            bytes: 0,
            tail: Tail::begin(frame.clocks, false, bytes),
            next: 0,
            held: false,
        });
        state.tail.add(frame, bytes);
        state.next = frame.sequence.saturating_add(1);
    }

    fn write(&mut self, bytes: &mut Vec<u8>) -> Result<(), Error> {
        let Some(state) = self.state.as_mut().filter(|_| !bytes.is_empty()) else {
            return Ok(());
        };
        let calls = &self.calls.calls;
        match &self.file {
            None if state.bytes == 0 => self.file = Some(calls.create(self.session, bytes)?),
            None => {
                let file = calls.reopen(self.session)?;
                append_whole(&*file, bytes, state.bytes, calls.path(self.session))?;
                self.file = Some(file);
            }
            Some(file) => append_whole(&**file, bytes, state.bytes, calls.path(self.session))?,
        }
        state.bytes = state.bytes.saturating_add(bytes.len() as u64);
        bytes.clear();
        Ok(())
    }
}

/// Appends behind a file's known length; what was written in part is cut off again.
fn append_whole(
    file: &dyn DiskFile,
    bytes: &[u8],
    length: u64,
    path: std::path::PathBuf,
) -> Result<(), Error> {
    calls::append(file, bytes).map_err(|source| {
        drop(file.truncate(length));
        Error::io("cannot write to", path, source)
    })
}
