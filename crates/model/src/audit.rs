//! What is written down about who did what. Never a password, a token or a key.

use crate::access::Principal;
use crate::ids::RecordingId;
use crate::people::UserId;
use jiff::Timestamp;
use std::net::IpAddr;

/// Something that somebody did or tried.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuditEvent {
    /// When.
    pub at: Timestamp,
    /// User name as known, or as typed where nobody was found.
    pub who: String,
    /// The user, where known.
    pub user: Option<UserId>,
    /// Address the request came from.
    pub from: Option<IpAddr>,
    /// Through what: the API, the page, the command line.
    pub app: String,
    /// What.
    pub action: AuditAction,
    /// On which recording.
    pub recording: Option<RecordingId>,
    /// More about it, for people.
    pub details: String,
    /// How it ended.
    pub outcome: Outcome,
}

/// How an action ended.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Outcome {
    /// It was done.
    #[default]
    Done,
    /// It was not allowed.
    Refused,
    /// It was tried and did not work.
    Failed,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 3] = [Self::Done, Self::Refused, Self::Failed];

    /// The word of the v1 API and of the rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }

    /// The outcome of a word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }
}

/// Who acts, from where and through what: everything of an event that is known beforehand.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Actor {
    /// The signed-in user; `None`: nobody, or the system itself.
    pub principal: Option<Principal>,
    /// User name, or the name of the part of the system.
    pub who: String,
    /// Address the request came from.
    pub from: Option<IpAddr>,
    /// Through what.
    pub app: String,
}

impl Actor {
    /// The program itself, or somebody at its command line: what the operating system lets do
    /// it may do.
    #[must_use]
    pub fn system(who: impl Into<String>, app: impl Into<String>) -> Self {
        Self {
            principal: None,
            who: who.into(),
            from: None,
            app: app.into(),
        }
    }

    /// A signed-in user.
    #[must_use]
    pub fn user(principal: Principal, from: Option<IpAddr>, app: impl Into<String>) -> Self {
        Self {
            who: principal.username.clone(),
            principal: Some(principal),
            from,
            app: app.into(),
        }
    }

    /// An event of this actor, done, on nothing in particular.
    #[must_use]
    pub fn event(&self, at: Timestamp, action: AuditAction) -> AuditEvent {
        AuditEvent {
            at,
            who: self.who.clone(),
            user: self.principal.as_ref().map(|principal| principal.id),
            from: self.from,
            app: self.app.clone(),
            action,
            recording: None,
            details: String::new(),
            outcome: Outcome::Done,
        }
    }
}

macro_rules! actions {
    ($($(#[$doc:meta])+ $name:ident,)+) => {
        /// What somebody did. The names stand in the audit's rows and exports for ever.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum AuditAction {
            $($(#[$doc])+ $name,)+
        }

        impl AuditAction {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The name in rows and exports.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }
        }
    };
}

actions! {
    /// Signed in.
    SignIn,
    /// Tried to sign in with a wrong name, password or token.
    SignInFailed,
    /// Signed out.
    SignOut,
    /// Changed a password.
    ChangePassword,
    /// Looked at a recording's details.
    ViewRecording,
    /// Looked at a recording's messages as received.
    ViewSignalling,
    /// Listened to a recording.
    PlayRecording,
    /// Downloaded a recording's sound.
    DownloadRecording,
    /// Exported several recordings or their list.
    ExportRecordings,
    /// Brought in a recording made elsewhere.
    UploadRecording,
    /// Deleted a recording.
    DeleteRecording,
    /// Preserved a recording.
    PreserveRecording,
    /// No longer preserves a recording.
    ReleaseRecording,
    /// Put a recording on legal hold.
    HoldRecording,
    /// Ended a legal hold.
    UnholdRecording,
    /// Gave a recording to another owner.
    ReassignRecording,
    /// Rendered a recording again.
    RenderRecording,
    /// Wrote the first note of a recording.
    AddNote,
    /// Changed a note.
    EditNote,
    /// Took a note away.
    DeleteNote,
    /// Changed the tags of a recording.
    EditTags,
    /// Made a mark.
    AddMark,
    /// Took a mark away.
    DeleteMark,
    /// Looked at calls in progress.
    ViewLive,
    /// Started recording a call.
    StartRecording,
    /// Stopped recording a call.
    StopRecording,
    /// Paused recording a call.
    PauseRecording,
    /// Resumed recording a call.
    ResumeRecording,
    /// Threw a call away that nobody wanted kept.
    DiscardRecording,
    /// Added a user.
    AddUser,
    /// Changed a user.
    EditUser,
    /// Removed a user.
    DeleteUser,
    /// Brought in users from a table.
    ImportUsers,
    /// Added a group.
    AddGroup,
    /// Renamed a group.
    EditGroup,
    /// Removed a group.
    DeleteGroup,
    /// Made a bearer token.
    AddToken,
    /// Revoked a bearer token.
    DeleteToken,
    /// Added a recording rule.
    AddRule,
    /// Changed a recording rule, or the order of the rules.
    EditRule,
    /// Removed a recording rule.
    DeleteRule,
    /// Searched the audit.
    ViewAudit,
    /// Exported the audit.
    DownloadCsvAudit,
    /// Checked the audit's chain.
    VerifyAudit,
    /// Placed a test call.
    PlaceTestCall,
}

impl AuditAction {
    /// The action of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|action| action.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for &action in AuditAction::ALL {
            assert_eq!(AuditAction::from_name(action.name()), Some(action));
        }
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::from_name(outcome.name()), Some(outcome));
        }
        assert_eq!(AuditAction::from_name("Dance"), None);
    }
}
