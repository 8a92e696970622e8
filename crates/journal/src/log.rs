//! The shared log: one writer, one `writev` a batch, one sync at a time.
//!
//! Locks are taken in the order writer, index, commit; a reader of the index never waits for
//! the disk.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::calls::Calls;
use crate::commit::Commit;
use crate::disk::Disk;
use crate::entry::Entry;
use crate::error::Error;
use crate::format::{Clocks, FILE_HEADER_BYTES};
use crate::index::{Index, Known, Place, Stamp};
use crate::journal::{Journal, SegmentOf, Source};
use crate::open;
use crate::seal::Seal;
use crate::together::Together;
use crate::writer::{Batch, Failure, Piece, Writer, Written, segment_name};
use model::{RecordingId, SessionId};

/// Segments are never larger than this and one frame: places in them have 32 bits.
const SEGMENT_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// How the log is laid out.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Bytes after which a new segment is begun; at most one gibibyte.
    pub segment_bytes: u64,
    /// A segment whose last frame is older goes, and what is unsettled in it goes into call
    /// files.
    pub spill_after: Duration,
    /// So do the oldest segments of a log that is larger, in bytes.
    pub log_bytes_max: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            segment_bytes: 64 * 1024 * 1024,
            spill_after: Duration::from_secs(10 * 60),
            log_bytes_max: 4 * 1024 * 1024 * 1024,
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
pub struct Position(pub(crate) u64);

/// The log of a node. Clones are handles to the same log; the last one that is dropped waits
/// for the commits that somebody waits for.
#[derive(Clone, Debug)]
pub struct Log {
    pub(crate) shared: Arc<Shared>,
    seal: Option<Seal>,
    _threads: Arc<Threads>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) options: Options,
    pub(crate) directory: PathBuf,
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) writer: Mutex<Writer>,
    pub(crate) index: Mutex<Index>,
    pub(crate) commit: Commit,
    pub(crate) calls: Arc<Calls>,
    pub(crate) together: Together,
    pub(crate) reclaim: Mutex<Unsynced>,
}

/// Folders in which an unlinked name may come back: then nothing more is unlinked.
#[derive(Debug, Default)]
pub(crate) struct Unsynced {
    pub(crate) log: bool,
    pub(crate) calls: bool,
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
        let calls = Arc::new(Calls::new(Arc::clone(&disk), directory));
        let index = open::read(directory, &calls, clocks)?;
        let newest = index.segments.last_key_value().map(|(number, _)| *number);
        let next = newest.map_or(0, |number| number.saturating_add(1));
        let bytes_min = (FILE_HEADER_BYTES as u64).saturating_add(1);
        let segment_bytes = options.segment_bytes.clamp(bytes_min, SEGMENT_BYTES_MAX);
        let writer = Writer::new(Arc::clone(&disk), directory, segment_bytes, clocks, next);
        let shared = Arc::new(Shared {
            options,
            directory: directory.to_owned(),
            together: Together::new(Arc::clone(&calls)),
            calls,
            commit: Commit::new(Arc::clone(&disk), directory.to_owned()),
            disk,
            writer: Mutex::new(writer),
            index: Mutex::new(index),
            reclaim: Mutex::default(),
        });
        // A full disk must not keep the node from starting: settling and reclaiming make room,
        // and until then each append tries again and says why it failed.
        let begun = shared.roll(&mut lock(&shared.writer));
        // A discard that was begun is finished; what fails now is tried again at each reclaim.
        drop(shared.clear_call_files());
        begun.or_else(|error| {
            if error.is_disk_full() {
                Ok(())
            } else {
                Err(error)
            }
        })?;
        let threads = Arc::new(Threads::start(&shared, directory)?);
        Ok(Self {
            shared,
            seal: None,
            _threads: threads,
        })
    }

    /// Appends a batch with one `writev`; when this returns, it survives `kill -9`. Packets
    /// too many for one frame are split. Entries of a settled session are not kept: nobody
    /// would ever read them, and they would outlive its `Settled`. Entries of a session held
    /// in its call file go there; the position does not cover them.
    ///
    /// # Errors
    /// [`Error::TooLarge`]: nothing happened. [`Error::Io`]: nothing of the batch was kept
    /// (of a batch larger than a segment: nothing of what went to the last one); sessions
    /// already in the log show a gap there. The next append begins with a sound segment.
    pub fn append(&self, batch: &[Append<'_>]) -> Result<Position, Error> {
        let mut batch = Batch::encode(batch)?;
        let mut writer = lock(&self.shared.writer);
        self.shared.number(&mut batch);
        let apart = self.shared.write_apart(&mut writer, &mut batch);
        let position = self.shared.write(&mut writer, &batch)?;
        apart.map(|()| position)
    }

    /// The same log, its media keys sealed with the node's key.
    #[must_use]
    pub fn sealed_by(mut self, seal: Seal) -> Self {
        self.seal = Some(seal);
        self
    }

    /// What media keys are to be sealed with; without it none can be written.
    #[must_use]
    pub fn seal(&self) -> Option<&Seal> {
        self.seal.as_ref()
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
            .filter(|known| known.is_there())?;
        let source = Source::Log {
            disk: Arc::clone(&self.shared.disk),
            call_file: known.file.map(|_| self.shared.calls.path(session)),
            segments: self.shared.segments_of(&index, &known.places),
            places: known.places.clone(),
            next: known.next,
            spans: known.story.spans().to_vec(),
        };
        Some(Journal::new(session, source).sealed_by(self.seal.clone()))
    }

    /// Sessions without `Closed`, oldest first, those held in their call files left out.
    #[must_use]
    pub fn open_sessions(&self) -> Vec<SessionId> {
        let index = lock(&self.shared.index);
        let open = index
            .sessions
            .iter()
            .filter(|(_, known)| known.is_there() && !known.held() && known.story.open());
        let mut sessions: Vec<SessionId> = open.map(|(session, _)| *session).collect();
        sessions.sort_unstable();
        sessions
    }

    /// Recordings that have ended and are not settled, oldest first: the queue of `settle`.
    /// Sessions held in their call files are not in it: they may yet be discarded.
    #[must_use]
    pub fn unsettled(&self) -> Vec<(SessionId, RecordingId)> {
        let index = lock(&self.shared.index);
        let of = |(session, known)| {
            let (session, known): (&SessionId, &Known) = (session, known);
            let waiting = known.story.unsettled().filter(|_| !known.held());
            waiting.map(|recording| (*session, recording))
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
            .filter(|known| known.is_there())?;
        Some(known.last_time_ns)
    }

    /// Bytes of all segments and call files.
    #[must_use]
    pub fn spool_bytes(&self) -> u64 {
        let index = lock(&self.shared.index);
        let files = index.sessions.values().filter_map(|known| known.file);
        let files = files.map(|file| file.bytes);
        files.fold(index.log_bytes(), u64::saturating_add)
    }
}

impl Shared {
    /// The segments of these places, as a journal needs them.
    pub(crate) fn segments_of(&self, index: &Index, places: &[Place]) -> BTreeMap<u32, SegmentOf> {
        let mut segments = BTreeMap::new();
        for place in places {
            segments.entry(place.segment).or_insert_with(|| {
                let segment = index.segments.get(&place.segment);
                SegmentOf {
                    path: self.directory.join(segment_name(place.segment)),
                    seal: segment.and_then(|segment| segment.seal),
                    clocks: index.clocks(place.segment),
                    _pin: segment.map(|segment| Arc::clone(&segment.pin)),
                }
            });
        }
        segments
    }

    /// Gives each piece the next sequence number of its session and drops what comes after a
    /// session is settled.
    pub(crate) fn number(&self, batch: &mut Batch<'_>) {
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

    /// Writes a numbered batch to the log.
    pub(crate) fn write(&self, writer: &mut Writer, batch: &Batch<'_>) -> Result<Position, Error> {
        let mut from = 0usize;
        while from < batch.pieces.len() {
            if writer.is_full(batch, from)
                && let Err(error) = self.roll(writer)
            {
                self.skip(batch, from, false);
                return Err(error);
            }
            match writer.write(batch, from) {
                Ok(written) => {
                    self.note(batch, &written);
                    from = written.pieces.end;
                }
                Err(Failure { error, torn }) => {
                    self.skip(batch, from, torn);
                    return Err(error);
                }
            }
        }
        Ok(Position(self.commit.last()))
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
            let times = batch.pieces.get(written.pieces.clone()).unwrap_or(&[]);
            let newest = times.iter().map(|piece| piece.time_ns).max();
            segment.last_ns = segment.last_ns.max(newest.unwrap_or(0));
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
            let packets = matches!(piece.entry, Entry::Packets(_));
            let place = Place::new(written.segment, *offset, packets);
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

    pub(crate) fn sync_directory(&self) -> Result<(), Error> {
        let synced = self.disk.sync_directory(&self.directory);
        synced.map_err(|source| Error::io("cannot sync", &self.directory, source))
    }
}

/// The threads that sync; they end with the last handle of the log.
#[derive(Debug)]
struct Threads {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Threads {
    fn start(shared: &Arc<Shared>, directory: &Path) -> Result<Self, Error> {
        let mut threads = Self {
            shared: Arc::clone(shared),
            threads: Vec::new(),
        };
        let of_thread = Arc::clone(shared);
        threads.add("journal-sync", directory, move || {
            let abandon = |segment| lock(&of_thread.writer).abandon(segment);
            of_thread.commit.run(abandon);
        })?;
        let of_thread = Arc::clone(shared);
        threads.add("journal-calls", directory, move || of_thread.together.run())?;
        Ok(threads)
    }

    fn add(
        &mut self,
        name: &str,
        directory: &Path,
        work: impl FnOnce() + Send + 'static,
    ) -> Result<(), Error> {
        let thread = thread::Builder::new().name(name.to_owned()).spawn(work);
        let thread = thread
            .map_err(|source| Error::io("cannot start the sync threads of", directory, source))?;
        self.threads.push(thread);
        Ok(())
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.shared.commit.stop();
        self.shared.together.stop();
        // A callback may hold the last handle: a thread cannot wait for itself.
        for thread in self.threads.drain(..) {
            if thread.thread().id() != thread::current().id() {
                drop(thread.join());
            }
        }
    }
}

/// What a panic left behind is whole: every change under these locks is made in one step or
/// read again from the disk.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
