//! What may be asked of calls in progress, and what happens to them.

use super::LiveCall;
use crate::ids::{RecordingId, SessionId};

/// Which call is meant. Where several match, the latest answered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Which {
    /// The one of a line; what is given must match.
    Line {
        /// Name of the phone.
        device_name: Option<String>,
        /// Number of the local party.
        directory_number: Option<String>,
    },
    /// One in which somebody has one of these keys: a user's, see [`crate::party::key`].
    Keys(Vec<String>),
    /// The one that is recorded as this.
    Recording(RecordingId),
}

/// Why a call was not touched.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum LiveError {
    /// No such call is in progress, or none that may be recorded.
    #[error("no such call is in progress")]
    NoCall,
    /// Somebody has started it already.
    #[error("the call is being recorded already")]
    AlreadyRecorded,
    /// It is recorded whatever anybody presses.
    #[error("the call is recorded automatically")]
    Automatic,
    /// Nobody has started it, or it was stopped.
    #[error("the call is not being recorded")]
    NotLive,
    /// It is paused already.
    #[error("the recording is paused already")]
    Paused,
    /// It is not paused, or the recording client paused it.
    #[error("the recording is not paused")]
    NotPaused,
    /// The recorder cannot do it now: its disk refuses, or it is shutting down.
    #[error("the recorder cannot do this now")]
    Unavailable,
}

/// What happened to a call.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum LiveEvent {
    /// A call was answered.
    Began(LiveCall),
    /// Something about it is new: parties, a pause, whether it is kept.
    Changed(LiveCall),
    /// A recording is over; where it is kept, its row is on its way.
    Ended(LiveCall),
    /// A recording has its row, or there was nothing to keep.
    Settled {
        /// The recording session.
        session: SessionId,
        /// The recording.
        recording: RecordingId,
    },
    /// A call nobody started is over and thrown away.
    Discarded(LiveCall),
}
