//! One session's journal: its frames in order, wherever they are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::callfile;
use crate::disk::{Disk, DiskFile, RealDisk};
use crate::entry::Entry;
use crate::error::Error;
use crate::format::Clocks;
use crate::frames::{Frame, Frames};
use crate::index::Place;
use crate::seal::Seal;
use crate::story::{Span, Story};
use model::SessionId;

/// One session's view of a log, of a call file or of memory. Cheap to clone; frames are read
/// from the disk each time.
#[derive(Clone, Debug)]
pub struct Journal {
    session: SessionId,
    source: Arc<Source>,
    seal: Option<Seal>,
}

/// A segment as a journal needs it.
#[derive(Debug)]
pub(crate) struct SegmentOf {
    pub(crate) path: PathBuf,
    /// The seal of its frames.
    pub(crate) seal: Option<u32>,
    pub(crate) clocks: Clocks,
    /// Keeps it from being deleted while it is read.
    pub(crate) _pin: Option<Arc<()>>,
}

/// Where a journal's frames are.
#[derive(Debug)]
pub(crate) enum Source {
    Log {
        disk: Arc<dyn Disk>,
        /// The frames before those in the segments.
        call_file: Option<PathBuf>,
        segments: BTreeMap<u32, SegmentOf>,
        places: Vec<Place>,
        /// Sequence number after the last frame, lost ones included.
        next: u64,
        /// The recordings, which the index knows without reading.
        spans: Vec<Span>,
    },
    CallFile(Arc<dyn DiskFile>),
    Memory(Vec<Frame>),
}

impl Journal {
    pub(crate) fn new(session: SessionId, source: Source) -> Self {
        Self {
            session,
            source: Arc::new(source),
            seal: None,
        }
    }

    /// The journal with the seal that opens its media keys; those of a log have it already.
    #[must_use]
    pub fn sealed_by(mut self, seal: Option<Seal>) -> Self {
        self.seal = seal;
        self
    }

    /// Opens the secret of an [`Entry::Keys`]; `None` when the seal is another, or missing.
    #[must_use]
    pub fn secret(&self, stream: u16, sealed: &[u8]) -> Option<Vec<u8>> {
        self.seal.as_ref()?.open(self.session, stream, sealed)
    }

    /// Whose journal this is.
    #[must_use]
    pub fn session(&self) -> SessionId {
        self.session
    }

    /// The frames in order, with an [`Entry::Lost`] where some are missing. Kinds this build
    /// does not know are passed over. May be called again at any time. An error ends it: the
    /// file cannot be opened (any more); damage inside a file is none.
    #[must_use]
    pub fn frames(&self) -> Frames<'_> {
        Frames::new(self.session, &self.source)
    }

    /// The recordings begun in this session, in order.
    ///
    /// # Errors
    /// [`Error::Io`] when a file cannot be opened.
    pub fn recordings(&self) -> Result<Vec<Span>, Error> {
        if let Source::Log { spans, .. } = &*self.source {
            return Ok(spans.clone());
        }
        let mut story = Story::default();
        for frame in self.frames() {
            let frame = frame?;
            if let Ok(entry) = frame.entry() {
                story.see(self.session, frame.sequence, frame.time_ns, &entry);
            }
        }
        Ok(story.spans().to_vec())
    }

    /// A journal made of entries and their times in nanoseconds, for tests and tools. An
    /// [`Entry::Lost`] uses up the sequence numbers it names.
    #[must_use]
    pub fn in_memory(session: SessionId, entries: Vec<(u64, Entry<'_>)>) -> Self {
        let mut next = 0u64;
        let mut frames = Vec::with_capacity(entries.len());
        for (time_ns, entry) in entries {
            let frame = Frame::of_entry(session, next, time_ns, &entry);
            next = frame.last_sequence().saturating_add(1);
            frames.push(frame);
        }
        Self {
            session,
            source: Arc::new(Source::Memory(frames)),
            seal: None,
        }
    }

    /// Writes the journal as a call file. Nothing is flushed or synced.
    ///
    /// # Errors
    /// [`Error::Io`] when reading or writing fails.
    pub fn write_call_file(&self, out: &mut dyn std::io::Write) -> Result<(), Error> {
        callfile::write(self.frames().with_unknown(), out)
    }

    /// Opens a call file.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::NotACallFile`] (also when no frame in it is whole),
    /// [`Error::Version`].
    pub fn from_file(path: &Path) -> Result<Self, Error> {
        Self::from_file_on(path, &RealDisk)
    }

    /// Opens a call file that need not have a name (any more); `name` is for messages.
    ///
    /// # Errors
    /// As [`Journal::from_file`].
    pub fn from_opened(file: std::fs::File, name: &Path) -> Result<Self, Error> {
        Self::of_file(crate::disk::opened(file).into(), name)
    }

    /// Opens a call file on another disk, for tests.
    ///
    /// # Errors
    /// As [`Journal::from_file`].
    pub fn from_file_on(path: &Path, disk: &dyn Disk) -> Result<Self, Error> {
        let opened = disk.open(path);
        let file: Arc<dyn DiskFile> = opened
            .map_err(|source| Error::io("cannot open", path, source))?
            .into();
        Self::of_file(file, path)
    }

    fn of_file(file: Arc<dyn DiskFile>, path: &Path) -> Result<Self, Error> {
        let session = callfile::session(&file, path)?;
        Ok(Self {
            session,
            source: Arc::new(Source::CallFile(file)),
            seal: None,
        })
    }
}
