//! What is said to and by the catalogue about recordings.

use model::{Format, Recording, RecordingId, Sha256, State};

/// Which part of a list is wanted.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Page {
    /// Which page, from 0.
    pub index: u64,
    /// Rows on a page. `None` is everything at once, in memory: for lists without an end use
    /// [`crate::Catalogue::recordings_after`].
    pub size: Option<u64>,
}

/// A page of recordings.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Listing {
    /// How many there are in the scope, on all pages.
    pub total: u64,
    /// The page, newest first.
    pub recordings: Vec<Recording>,
}

/// A place in the list of all recordings, newest first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Cursor {
    pub(crate) start_ms: i64,
    pub(crate) id: RecordingId,
}

impl Cursor {
    /// The place just behind this recording.
    #[must_use]
    pub fn after(recording: &Recording) -> Self {
        Self {
            start_ms: recording.draft.start_time.as_millisecond(),
            id: recording.draft.id,
        }
    }
}

/// What the archive said about a stored file, for [`crate::Catalogue::register`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Stored {
    /// Size in bytes; 0 when nothing could be rendered.
    pub size: u64,
    /// Hash of exactly the stored bytes.
    pub sha256: Sha256,
    /// Form of the file.
    pub format: Format,
    /// Key in the archive; empty when there is no file.
    pub object_key: String,
}

/// What must be in the archive. Says nothing about who talked, so it needs no scope.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Object {
    /// The recording.
    pub id: RecordingId,
    /// Its reference number.
    pub reference_number: String,
    /// What became of it.
    pub state: State,
    /// Key in the archive; empty when there is no file (`failed`).
    pub object_key: String,
    /// Size in bytes.
    pub size: u64,
    /// Hash of exactly the stored bytes.
    pub sha256: Sha256,
}
