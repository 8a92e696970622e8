//! The shared log: one writer, one `writev` a batch, one sync at a time.
//!
//! Locks are taken in the order writer, index, commit; a reader of the index never waits for
//! the disk.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::{self, JoinHandle};

use crate::commit::Commit;
use crate::disk::Disk;
use crate::entry::Entry;
use crate::error::Error;
use crate::format::{Clocks, FILE_HEADER_BYTES};
use crate::index::{Index, Known, Place, Stamp};
use crate::journal::{Journal, Source};
use crate::open;
use crate::writer::{Batch, Failure, Piece, Writer, Written, segment_name};
use model::{RecordingId, SessionId};

/// Segments are never larger than this and one frame: places in them have 32 bits.
const SEGMENT_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// How the log is laid out.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Bytes after which a new segment is begun; at most one gibibyte.
    pub segment_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            segment_bytes: 64 * 1024 * 1024,
        }
    }
}

/// One entry to be appended.
#[derive(Clone, Debug)]
pub struct Append<'a> {
    /// Whose it is.
    pub session: SessionId,
    /// When it happened, in nanoseconds of CLOCK_MONOTONIC.
    pub time_ns: u64,
    /// What happened.
    pub entry: Entry<'a>,
}

/// A place in the log, behind a batch.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Position(u64);

/// The log of a node. Clones are handles to the same log; the last one that is dropped waits
/// for the commits that somebody waits for.
#[derive(Clone, Debug)]
pub struct Log {
    shared: Arc<Shared>,
    _sync_thread: Arc<SyncThread>,
}

#[derive(Debug)]
struct Shared {
    directory: PathBuf,
    disk: Arc<dyn Disk>,
    writer: Mutex<Writer>,
    index: Mutex<Index>,
    commit: Commit,
    /// Whether an unlinked name may come back: then nothing more is unlinked.
    reclaim: Mutex<bool>,
}

impl Log {
    /// Opens the log in a folder, which is made when missing, reads all of it and begins a
    /// new segment: nothing is ever appended behind an old tail. On a full disk the segment
    /// is begun by the first append that finds room. `clocks` are those of now.
    ///
    /// # Errors
    /// [`Error::Io`] when the disk refuses, [`Error::Version`] when a later version wrote here.
    pub fn open(
        directory: &Path,
        options: Options,
        disk: Arc<dyn Disk>,
        clocks: Clocks,
    ) -> Result<Self, Error> {
        let index = open::read(directory, &*disk)?;
        let newest = index.segments.last_key_value().map(|(number, _)| *number);
        let next = newest.map_or(0, |number| number.saturating_add(1));
        let bytes_min = (FILE_HEADER_BYTES as u64).saturating_add(1);
        let segment_bytes = options.segment_bytes.clamp(bytes_min, SEGMENT_BYTES_MAX);
        let writer = Writer::new(Arc::clone(&disk), directory, segment_bytes, clocks, next);
        let shared = Arc::new(Shared {
            directory: directory.to_owned(),
            commit: Commit::new(Arc::clone(&disk), directory.to_owned()),
            disk,
            writer: Mutex::new(writer),
            index: Mutex::new(index),
            reclaim: Mutex::new(false),
        });
        // A full disk must not keep the node from starting: settling and reclaiming make room,
        // and until then each append tries again and says why it failed.
        let begun = shared.roll(&mut lock(&shared.writer));
        begun.or_else(|error| {
            if error.is_disk_full() {
                Ok(())
            } else {
                Err(error)
            }
        })?;
        let sync_thread = Arc::new(SyncThread::start(&shared, directory)?);
        Ok(Self {
            shared,
            _sync_thread: sync_thread,
        })
    }

    /// Appends a batch with one `writev`; when this returns, it survives `kill -9`. Packets
    /// too many for one frame are split. Entries of a settled session are not kept: nobody
    /// would ever read them, and they would outlive its `Settled`.
    ///
    /// # Errors
    /// [`Error::TooLarge`]: nothing happened. [`Error::Io`]: nothing of the batch was kept
    /// (of a batch larger than a segment: nothing of what went to the last one); sessions
    /// already in the log show a gap there. The next append begins with a sound segment.
    pub fn append(&self, batch: &[Append<'_>]) -> Result<Position, Error> {
        let mut batch = Batch::encode(batch)?;
        let mut writer = lock(&self.shared.writer);
        self.shared.number(&mut batch);
        let mut from = 0usize;
        while from < batch.pieces.len() {
            if writer.is_full(&batch, from)
                && let Err(error) = self.shared.roll(&mut writer)
            {
                self.shared.skip(&batch, from, false);
                return Err(error);
            }
            match writer.write(&batch, from) {
                Ok(written) => {
                    self.shared.note(&batch, &written);
                    from = written.pieces.end;
                }
                Err(Failure { error, torn }) => {
                    self.shared.skip(&batch, from, torn);
                    return Err(error);
                }
            }
        }
        Ok(Position(self.shared.commit.last()))
    }

    /// Starts a commit of everything appended so far; if one is running, another follows it.
    pub fn request_commit(&self) {
        self.shared.commit.request();
    }

    /// Calls back on the sync thread when the batch before the position is durable, or never
    /// will be. Starts a commit at once unless one is running. The callback must be quick and
    /// must not wait for a commit.
    pub fn on_commit(&self, position: Position, done: Box<dyn FnOnce(Result<(), Error>) + Send>) {
        self.shared.commit.wait(position.0, done);
    }

    /// Waits until the batch before the position is durable.
    ///
    /// # Errors
    /// [`Error::NotDurable`] when the sync that should have covered it failed: the batch may
    /// be lost in a power cut, now and for ever.
    pub fn committed(&self, position: Position) -> Result<(), Error> {
        let (sender, receiver) = mpsc::sync_channel(1);
        let done = move |outcome| drop(sender.send(outcome));
        self.on_commit(position, Box::new(done));
        receiver.recv().unwrap_or(Err(Error::Closed))
    }

    /// One session's journal as it is now; `None` when the log holds nothing of it.
    #[must_use]
    pub fn journal(&self, session: SessionId) -> Option<Journal> {
        let index = lock(&self.shared.index);
        let known = index
            .sessions
            .get(&session)
            .filter(|known| !known.places.is_empty())?;
        let mut segments = BTreeMap::new();
        for place in &known.places {
            segments.entry(place.segment).or_insert_with(|| {
                let seal = index
                    .segments
                    .get(&place.segment)
                    .and_then(|segment| segment.seal);
                let path = self.shared.directory.join(segment_name(place.segment));
                (path, seal, index.clocks(place.segment))
            });
        }
        let source = Source::Log {
            disk: Arc::clone(&self.shared.disk),
            segments,
            places: known.places.clone(),
            next: known.next,
            spans: known.story.spans().to_vec(),
        };
        Some(Journal::new(session, source))
    }

    /// Sessions without `Closed`, oldest first.
    #[must_use]
    pub fn open_sessions(&self) -> Vec<SessionId> {
        let index = lock(&self.shared.index);
        let open = index
            .sessions
            .iter()
            .filter(|(_, known)| !known.places.is_empty() && known.story.open());
        let mut sessions: Vec<SessionId> = open.map(|(session, _)| *session).collect();
        sessions.sort_unstable();
        sessions
    }

    /// Recordings that have ended and are not settled, oldest first: the queue of `settle`.
    #[must_use]
    pub fn unsettled(&self) -> Vec<(SessionId, RecordingId)> {
        let index = lock(&self.shared.index);
        let of = |(session, known)| {
            let (session, known): (&SessionId, &Known) = (session, known);
            known
                .story
                .unsettled()
                .map(|recording| (*session, recording))
        };
        let mut unsettled: Vec<_> = index.sessions.iter().flat_map(of).collect();
        // Stable: the recordings of one session stay in the order they began.
        unsettled.sort_by_key(|(session, _)| *session);
        unsettled
    }

    /// Time of a session's last frame, in nanoseconds of CLOCK_MONOTONIC.
    #[must_use]
    pub fn last_time(&self, session: SessionId) -> Option<u64> {
        let index = lock(&self.shared.index);
        let known = index
            .sessions
            .get(&session)
            .filter(|known| !known.places.is_empty())?;
        Some(known.last_time_ns)
    }

    /// Bytes of all segments.
    #[must_use]
    pub fn spool_bytes(&self) -> u64 {
        let index = lock(&self.shared.index);
        index
            .segments
            .values()
            .fold(0, |sum, segment| sum.saturating_add(segment.bytes))
    }

    /// Deletes, strictly oldest first and never the newest, the segments whose sessions are
    /// all settled and durably so; returns how many.
    ///
    /// # Errors
    /// [`Error::Io`] when a file cannot be deleted or its deletion not be made durable.
    pub fn reclaim(&self) -> Result<usize, Error> {
        let shared = &self.shared;
        let mut unsynced = lock(&shared.reclaim);
        if *unsynced {
            shared.sync_directory()?;
            *unsynced = false;
        }
        let mut count = 0usize;
        loop {
            let done = |known: &Known| {
                known.story.settled() && shared.commit.is_durable(known.last_commit)
            };
            let Some(segment) = lock(&shared.index).deletable(done) else {
                return Ok(count);
            };
            let path = shared.directory.join(segment_name(segment));
            shared
                .disk
                .remove(&path)
                .map_err(|source| Error::io("cannot delete", path, source))?;
            lock(&shared.index).forget(segment);
            // The next one may hold the `Settled` of this one: this one goes for good first.
            *unsynced = true;
            shared.sync_directory()?;
            *unsynced = false;
            count = count.saturating_add(1);
        }
    }
}

impl Shared {
    /// Gives each piece the next sequence number of its session and drops what comes after a
    /// session is settled.
    fn number(&self, batch: &mut Batch<'_>) {
        let index = lock(&self.index);
        let mut next: HashMap<SessionId, u64> = HashMap::new();
        batch.pieces.retain_mut(|piece| {
            let known = index.sessions.get(&piece.session);
            let again = matches!(piece.entry, Entry::Settled { .. });
            if !again && known.is_some_and(|known| known.story.settled()) {
                return false;
            }
            let start = || known.map_or(0, |known| known.next);
            let next = next.entry(piece.session).or_insert_with(start);
            piece.sequence = *next;
            *next = next.saturating_add(1);
            true
        });
    }

    fn roll(&self, writer: &mut Writer) -> Result<(), Error> {
        let (number, segment) = writer.roll()?;
        lock(&self.index).segments.insert(number, segment);
        Ok(())
    }

    /// Takes note of what was written.
    fn note(&self, batch: &Batch<'_>, written: &Written) {
        let commit = self.commit.appended(written.segment, &written.file);
        let mut index = lock(&self.index);
        if let Some(segment) = index.segments.get_mut(&written.segment) {
            segment.bytes = written.bytes;
        }
        let pieces = batch.pieces.get(written.pieces.clone()).unwrap_or(&[]);
        for (piece, offset) in pieces.iter().zip(&written.offsets) {
            let Piece {
                session,
                sequence,
                time_ns,
                ..
            } = *piece;
            let stamp = Stamp {
                session,
                sequence,
                time_ns,
                commit,
            };
            let place = Place {
                segment: written.segment,
                offset: *offset,
            };
            index.add(stamp, place, Some(&piece.entry));
        }
    }

    /// Uses up the sequence numbers of what was not written, so that the gap shows. A session
    /// of which nothing is in the log is forgotten, unless torn frames of it may remain.
    fn skip(&self, batch: &Batch<'_>, from: usize, torn: bool) {
        let mut index = lock(&self.index);
        for piece in batch.pieces.get(from..).unwrap_or(&[]) {
            let after = piece.sequence.saturating_add(1);
            match index.sessions.get_mut(&piece.session) {
                Some(known) => known.next = known.next.max(after),
                None if torn => {
                    index.sessions.entry(piece.session).or_default().next = after;
                }
                None => {}
            }
        }
    }

    fn sync_directory(&self) -> Result<(), Error> {
        let synced = self.disk.sync_directory(&self.directory);
        synced.map_err(|source| Error::io("cannot sync", &self.directory, source))
    }
}

/// The thread that syncs; ends with the last handle of the log.
#[derive(Debug)]
struct SyncThread {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl SyncThread {
    fn start(shared: &Arc<Shared>, directory: &Path) -> Result<Self, Error> {
        let shared = Arc::clone(shared);
        let of_thread = Arc::clone(&shared);
        let work = move || {
            let abandon = |segment| lock(&of_thread.writer).abandon(segment);
            of_thread.commit.run(abandon);
        };
        let thread = thread::Builder::new()
            .name("journal-sync".to_owned())
            .spawn(work);
        let thread = thread
            .map_err(|source| Error::io("cannot start the sync thread of", directory, source))?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }
}

impl Drop for SyncThread {
    fn drop(&mut self) {
        self.shared.commit.stop();
        // A callback may hold the last handle: a thread cannot wait for itself.
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != thread::current().id()
        {
            drop(thread.join());
        }
    }
}

/// What a panic left behind is whole: every change under these locks is made in one step or
/// read again from the disk.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
