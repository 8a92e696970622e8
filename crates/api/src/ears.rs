//! What is heard of calls in progress: the seam between HTTP and whoever decodes them.

use crate::live::LiveAnswer;
use jiff::Timestamp;
use model::RecordingId;
use model::live::LiveCall;
use std::collections::HashMap;

/// What is heard of a call now.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Heard {
    /// Loudness of the last second in dBFS, −90 to 0, local party first; `None`: not known.
    pub levels: Option<[i8; 2]>,
    /// Since when no packet came, where none came for some seconds; local party first.
    pub silent_since: [Option<Timestamp>; 2],
}

/// A stretch of a call.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Stretch {
    /// Milliseconds after the call's `started_at`.
    pub from_ms: u64,
    /// Where it ends.
    pub until_ms: u64,
    /// Samples a second.
    pub sample_rate: u32,
    /// Left and right in turn.
    pub samples: Vec<i16>,
}

/// Listens to calls in progress while somebody asks; costs nothing while nobody does.
pub trait Ears: Send + Sync {
    /// What is heard of calls; those that are left out are not known.
    fn heard(&self, calls: Vec<LiveCall>) -> LiveAnswer<'_, HashMap<RecordingId, Heard>>;

    /// What was said since `from_ms`, ten seconds at most; without it of the last two seconds.
    /// `None`: nothing new, or nothing that is kept.
    fn listen(&self, call: LiveCall, from_ms: Option<u64>) -> LiveAnswer<'_, Option<Stretch>>;
}
