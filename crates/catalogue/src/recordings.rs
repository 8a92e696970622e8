//! What is said to and by the catalogue about recordings.

use crate::error::Error;
use crate::rules;
use jiff::Timestamp;
use model::access::Action;
use model::filter::{SortBy, TimeFilter};
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

/// A place in a list of recordings.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Cursor {
    /// What the list is sorted by, of the recording at this place.
    pub(crate) key: i64,
    pub(crate) id: RecordingId,
}

impl Cursor {
    /// The place just behind this recording in a list by start time.
    #[must_use]
    pub fn after(recording: &Recording) -> Self {
        Self::behind(recording, SortBy::Start)
    }

    /// The place just behind this recording in a list of some order.
    #[must_use]
    pub fn behind(recording: &Recording, by: SortBy) -> Self {
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let key = match by {
            SortBy::Start => recording.draft.start_time.as_millisecond(),
            SortBy::Duration => number(recording.draft.duration_ms),
            SortBy::Updated => recording.updated_at.as_millisecond(),
            SortBy::Size => number(recording.size),
        };
        Self {
            key,
            id: recording.draft.id,
        }
    }

    /// The place as a text without meaning to others: letters, digits and hyphens.
    #[must_use]
    pub fn encode(&self) -> String {
        format!("{:016x}-{}", self.key, self.id)
    }

    /// The place of a text.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        let (key, id) = text.split_at_checked(16)?;
        let plain = key.bytes().all(|digit| digit.is_ascii_hexdigit());
        let key = u64::from_str_radix(key, 16).ok().filter(|_| plain)?;
        Some(Self {
            key: key.cast_signed(),
            id: RecordingId::parse(id.strip_prefix('-')?).ok()?,
        })
    }
}

/// A change of a recording by the catalogue's actor.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Edit {
    /// Writes the note, or takes it away. What it was before is kept.
    Note(Option<String>),
    /// These tags and no others. Equal ones without case are one.
    Tags(Vec<String>),
    /// This tag beside those there are, unless it is one of them, whatever its letter case.
    Tag(String),
    /// Without this tag, whatever its letter case.
    Untag(String),
    /// A mark at a place of the sound.
    AddMark {
        /// Milliseconds from its start.
        offset_ms: u64,
        /// What it says.
        text: String,
    },
    /// Takes a mark away.
    DeleteMark(i64),
    /// Keeps it from being deleted. Who preserved it first stays the one who did.
    Preserve,
    /// Takes the preserving back.
    Release,
    /// Puts it on legal hold, or gives the hold another reason.
    Hold {
        /// Why; must not be empty.
        reason: String,
    },
    /// Ends the legal hold.
    Unhold {
        /// Why.
        reason: String,
    },
    /// Makes the row a tombstone. The caller then removes the stored file and says so with
    /// [`crate::Catalogue::removed`].
    Delete {
        /// Why; must not be empty.
        reason: String,
    },
    /// Gives it to another owner; `None`: nobody's.
    Reassign {
        /// The new owner's name.
        username: Option<String>,
    },
}

impl Edit {
    /// Whether it can be done to any recording at all: its tag and its reason are such. The rest
    /// depends on the recording.
    ///
    /// # Errors
    /// The rule of texts that is broken.
    pub fn check(&self) -> Result<(), Error> {
        match self {
            Self::Tag(tag) | Self::Untag(tag) => rules::tag(tag).map(drop),
            Self::Delete { reason } | Self::Hold { reason } => rules::reason(reason).map(drop),
            Self::Note(_)
            | Self::Tags(_)
            | Self::AddMark { .. }
            | Self::DeleteMark(_)
            | Self::Preserve
            | Self::Release
            | Self::Unhold { .. }
            | Self::Reassign { .. } => Ok(()),
        }
    }

    /// What the policy calls it.
    #[must_use]
    pub fn action(&self) -> Action {
        match self {
            Self::Note(_)
            | Self::Tags(_)
            | Self::Tag(_)
            | Self::Untag(_)
            | Self::AddMark { .. }
            | Self::DeleteMark(_) => Action::Annotate,
            Self::Preserve => Action::Preserve,
            Self::Release => Action::Release,
            Self::Hold { .. } => Action::Hold,
            Self::Unhold { .. } => Action::Unhold,
            Self::Delete { .. } => Action::Delete,
            Self::Reassign { .. } => Action::Reassign,
        }
    }
}

/// What an uploader says beside the recording itself.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Uploaded {
    /// The note, written in the uploader's name.
    pub note: Option<String>,
    /// Whether the uploader preserves it.
    pub preserved: bool,
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

/// Something in the archive that goes with a recording, beside the sound its row names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Beside {
    /// Key in the archive; there need not be an object (any more, or yet).
    pub key: String,
    /// What it is.
    pub kind: BesideKind,
}

/// What lies beside the sound of a row.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BesideKind {
    /// The kept journal.
    Journal,
    /// The sound of an earlier rendering, or of one that is about to take its place; with all
    /// that lies beside it.
    Sound,
}

impl BesideKind {
    /// The word of the rows.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Journal => "journal",
            Self::Sound => "sound",
        }
    }
}

/// What rendering again has to know. Says nothing about who talked, so it needs no scope.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rendering {
    /// The recording.
    pub id: RecordingId,
    /// What became of it; never `deleted`.
    pub state: State,
    /// Key of its sound in the archive; empty when there is none.
    pub object_key: String,
    /// Encodings that could not be decoded.
    pub undecoded: Vec<String>,
    /// Key of its kept journal, where one is known.
    pub journal_key: Option<String>,
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

/// A call that somebody else says took place.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Expected {
    /// What joins recordings of one conversation, as the other side writes it.
    pub call_id: Option<String>,
    /// Recordings of this call id are looked for only if they begin inside.
    pub call_id_start: TimeFilter,
    /// Who talked, in any order; empty: nobody knows.
    pub numbers: [String; 2],
    /// Recordings of these numbers are looked for only if they begin inside one of these.
    pub start: Vec<TimeFilter>,
}

/// What says that a recording is the one of a call.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum MatchedBy {
    /// The same call id.
    CallId,
    /// Both numbers, and the time.
    Numbers,
    /// One of the numbers, and the time; the other is another one.
    OneNumber,
}

/// The recordings that may be the one of a call: all by the same, the strongest there is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Counterparts {
    /// What says so.
    pub by: MatchedBy,
    /// In order of their starts; none: [`MatchedBy::OneNumber`] found none either.
    pub recordings: Vec<Counterpart>,
}

/// A recording that may be the one of a call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Counterpart {
    /// The recording.
    pub id: RecordingId,
    /// Instant of sample 0.
    pub start_time: Timestamp,
    /// Length of the sound in milliseconds.
    pub duration_ms: u64,
    /// What became of it.
    pub state: State,
    /// Whether sound goes one way only.
    pub one_way: bool,
    /// Whether some of it could not be decoded.
    pub undecoded: bool,
}

/// How many bytes of sound there are.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Occupied {
    /// Of all recordings that are not deleted.
    pub bytes: u64,
    /// Of those that began at the instant asked for, or later.
    pub recent_bytes: u64,
    /// When the first of all recordings that are not deleted began.
    pub first: Option<Timestamp>,
}
