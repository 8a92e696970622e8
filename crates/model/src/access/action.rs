//! What can be done, and the level it takes. Whose rows: see the parent module.

use super::level::Level;

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Action {
    /// List the recordings in reach.
    List,
    /// See a recording's details.
    Read,
    /// Play or download a recording's sound.
    Listen,
    /// Write note, tags and marks, of a recording or of a call in progress.
    Annotate,
    /// Keep a recording from being deleted.
    Preserve,
    /// Take the preserving back.
    Release,
    /// Put a recording on legal hold.
    Hold,
    /// End a legal hold.
    Unhold,
    /// Delete a recording; a tombstone stays.
    Delete,
    /// Give a recording to another owner.
    Reassign,
    /// Bring in a recording made elsewhere, as one's own.
    UploadOwn,
    /// Bring in a recording made elsewhere, as anybody's.
    UploadAny,
    /// See all calls in progress.
    ListLive,
    /// See a call in progress.
    SeeLive,
    /// Start recording a call in progress.
    StartLive,
    /// Stop recording a call in progress.
    StopLive,
    /// Pause and resume the recording of a call in progress.
    PauseLive,
    /// Read the audit.
    ReadAudit,
    /// Manage users, groups and tokens of others.
    ManagePeople,
    /// Manage the recording rules.
    ManageRules,
}

impl Action {
    /// Every action, in the order of the printed table.
    pub const ALL: [Self; 20] = [
        Self::List,
        Self::Read,
        Self::Listen,
        Self::Annotate,
        Self::Preserve,
        Self::Release,
        Self::Hold,
        Self::Unhold,
        Self::Delete,
        Self::Reassign,
        Self::UploadOwn,
        Self::UploadAny,
        Self::ListLive,
        Self::SeeLive,
        Self::StartLive,
        Self::StopLive,
        Self::PauseLive,
        Self::ReadAudit,
        Self::ManagePeople,
        Self::ManageRules,
    ];

    /// The word of the v1 API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Read => "read",
            Self::Listen => "listen",
            Self::Annotate => "annotate",
            Self::Preserve => "preserve",
            Self::Release => "release",
            Self::Hold => "hold",
            Self::Unhold => "unhold",
            Self::Delete => "delete",
            Self::Reassign => "reassign",
            Self::UploadOwn => "uploadOwn",
            Self::UploadAny => "uploadAny",
            Self::ListLive => "listLive",
            Self::SeeLive => "seeLive",
            Self::StartLive => "start",
            Self::StopLive => "stop",
            Self::PauseLive => "pause",
            Self::ReadAudit => "readAudit",
            Self::ManagePeople => "managePeople",
            Self::ManageRules => "manageRules",
        }
    }

    /// The lowest level that may do this at all, whatever the settings say.
    #[must_use]
    pub fn minimum(self) -> Level {
        match self {
            Self::StartLive | Self::StopLive => Level::RECORD,
            Self::List
            | Self::Read
            | Self::Listen
            | Self::Annotate
            | Self::Preserve
            | Self::Release
            | Self::Delete
            | Self::UploadOwn
            | Self::SeeLive
            | Self::PauseLive => Level::BASE,
            Self::Hold
            | Self::Unhold
            | Self::Reassign
            | Self::UploadAny
            | Self::ListLive
            | Self::ReadAudit
            | Self::ManagePeople
            | Self::ManageRules => Level::COMPLETE,
        }
    }

    /// What the action is done to.
    pub(super) fn object(self) -> Object {
        match self {
            Self::List | Self::Read => Object::Row,
            Self::Annotate => Object::Present,
            Self::Listen
            | Self::Preserve
            | Self::Release
            | Self::Hold
            | Self::Unhold
            | Self::Delete
            | Self::Reassign => Object::Recording,
            Self::SeeLive | Self::StartLive | Self::StopLive | Self::PauseLive => Object::Call,
            Self::UploadOwn
            | Self::UploadAny
            | Self::ListLive
            | Self::ReadAudit
            | Self::ManagePeople
            | Self::ManageRules => Object::System,
        }
    }
}

/// What an action is done to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Object {
    /// A recording, also a deleted one.
    Row,
    /// A recording that is there, or a call in progress.
    Present,
    /// A recording that is there.
    Recording,
    /// A call in progress.
    Call,
    /// Nothing in particular.
    System,
}
