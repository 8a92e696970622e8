//! What a bearer token may be used for. A scope only ever takes away from what its user may do.

use model::access::Action;

/// One thing tokens may be made for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum TokenScope {
    /// Seeing recordings.
    Read,
    /// Playing and downloading sound.
    Listen,
    /// Notes, tags, marks, preserving, holds, owners, deletion, uploads.
    Write,
    /// Calls in progress.
    Live,
    /// Users, groups, tokens, rules and the audit.
    Admin,
}

impl TokenScope {
    /// The word of rows and the wire.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Listen => "listen",
            Self::Write => "write",
            Self::Live => "live",
            Self::Admin => "admin",
        }
    }

    /// The scope an action is in.
    pub(crate) fn of(action: Action) -> Self {
        match action {
            Action::List | Action::Read => Self::Read,
            Action::Listen => Self::Listen,
            Action::Annotate
            | Action::Preserve
            | Action::Release
            | Action::Hold
            | Action::Unhold
            | Action::Delete
            | Action::Reassign
            | Action::UploadOwn
            | Action::UploadAny => Self::Write,
            Action::ListLive
            | Action::SeeLive
            | Action::StartLive
            | Action::StopLive
            | Action::PauseLive => Self::Live,
            Action::ReadAudit | Action::ManagePeople | Action::ManageRules => Self::Admin,
        }
    }
}
