//! A call in progress, as people see it.

mod ask;

pub use ask::{LiveError, LiveEvent, Which};

use crate::access::{Owned, Ownership, Stage};
use crate::details::Participant;
use crate::ids::{RecordingId, SessionId};
use crate::mode::{Mode, Pause};
use crate::people::{GroupId, UserId};
use crate::recording::Direction;
use jiff::Timestamp;

/// Where a call is.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum LiveState {
    /// People talk.
    #[default]
    Recording,
    /// It is over; its row does not exist yet.
    Processing,
}

impl LiveState {
    /// The word of the v1 API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Recording => "recording",
            Self::Processing => "processing",
        }
    }
}

/// A call in progress.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LiveCall {
    /// The recording session.
    pub session: SessionId,
    /// The recording it is or would be: the id it will have in the catalogue.
    pub recording: RecordingId,
    /// How it is recorded.
    pub mode: Mode,
    /// The rule that gave the mode; empty: no rule.
    pub rule: String,
    /// Whether the mode may still change because not all parties are known.
    pub undecided: bool,
    /// Whether it will be kept as things stand.
    pub kept: bool,
    /// Who may pause it.
    pub pause: Pause,
    /// Where it is.
    pub state: LiveState,
    /// When the recording began.
    pub started_at: Timestamp,
    /// When the call was answered.
    pub answered_at: Timestamp,
    /// Number of the local party, or empty.
    pub local_number: String,
    /// Number of the remote party, or empty.
    pub remote_number: String,
    /// Name of the remote party as shown, or empty.
    pub remote_name: String,
    /// Keys of the local party, for finding its user: see [`crate::party::keys`].
    pub local_keys: Vec<String>,
    /// Who called.
    pub direction: Direction,
    /// Name of the phone, where the recording client says it, or empty.
    pub device_name: String,
    /// The recording client, or empty.
    pub client: String,
    /// What joins recordings of one conversation.
    pub pbx_call_id: Option<String>,
    /// Whether it is paused.
    pub paused: bool,
    /// Who paused it: a user name, or `client`.
    pub paused_by: Option<String>,
    /// Everybody who takes part, as known now.
    pub participants: Vec<Participant>,
    /// The streams received.
    pub streams: Vec<LiveStream>,
    /// The owner: filled in by whoever reads the catalogue, `None` from capture.
    pub owner: Option<UserId>,
    /// The owner's group: filled in with the owner.
    pub group: Option<GroupId>,
}

/// A stream of a call in progress.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct LiveStream {
    /// Index of the m-line.
    pub index: u16,
    /// Its label, or empty.
    pub label: String,
    /// Encoding heard last, or empty.
    pub codec: String,
    /// Packets that came.
    pub packets: u64,
}

impl Owned for LiveCall {
    fn ownership(&self) -> Ownership {
        Ownership {
            stage: Stage::Live,
            pause_restricted: self.mode == Mode::Always && self.pause == Pause::Administrators,
            ..Ownership::of(self.owner, self.group)
        }
    }
}
