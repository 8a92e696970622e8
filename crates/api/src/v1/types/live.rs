//! Calls in progress.

use super::recording::{Participant, Person, allowed};
use super::{Direction, Mode, time};
use crate::ears::Heard;
use jiff::Timestamp;
use model::access::{self, Action, Denied, Ownership, Principal};
use model::live::{LiveCall, LiveState};
use serde::{Deserialize, Serialize};

/// A call in progress.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LiveRecording {
    /// The id its recording has, or will have if it is kept.
    #[schema(format = "uuid")]
    id: String,
    /// `recording`, or `processing` when it is over and its recording does not exist yet.
    #[schema(example = "recording")]
    state: &'static str,
    trigger: Mode,
    /// The rule that gave the mode; empty: none.
    rule: String,
    /// Whether the mode may still change because not all parties are known.
    undecided: bool,
    /// Whether it will be kept as things stand.
    kept: bool,
    #[schema(format = DateTime)]
    started_at: String,
    #[schema(format = DateTime)]
    answered_at: String,
    /// Length so far in milliseconds.
    duration_ms: u64,
    direction: Direction,
    local_number: String,
    remote_number: String,
    /// Name of the remote party as shown, or empty.
    remote_name: String,
    conversation_id: Option<String>,
    /// Name of the phone, where the recording client says it, or empty.
    device_name: String,
    client: String,
    owner: Option<Person>,
    paused: bool,
    /// Who paused it: a user name, or `client`.
    paused_by: Option<String>,
    participants: Vec<Participant>,
    streams: Vec<LiveStream>,
    /// How loud the last second was; null: not known, because nothing is recorded, or there are
    /// too many calls.
    levels: Option<Levels>,
    /// Since when no packet came of a party, where none came for five seconds.
    silent_since: SilentSince,
    /// Whether the recording client holds it.
    on_hold: bool,
    /// What you may do with it now.
    allowed: Vec<String>,
}

impl LiveRecording {
    /// As `caller` sees it now.
    pub(crate) fn of(
        call: &LiveCall,
        owner: Option<&model::people::Person>,
        heard: Option<&Heard>,
        caller: &Principal,
        now: Timestamp,
    ) -> Self {
        let so_far = now.as_millisecond() - call.started_at.as_millisecond();
        Self {
            id: call.recording.to_string(),
            state: match call.state {
                LiveState::Recording => "recording",
                LiveState::Processing => "processing",
            },
            trigger: call.mode.into(),
            rule: call.rule.clone(),
            undecided: call.undecided,
            kept: call.kept,
            started_at: time(call.started_at),
            answered_at: time(call.answered_at),
            duration_ms: u64::try_from(so_far).unwrap_or_default(),
            direction: call.direction.into(),
            local_number: call.local_number.clone(),
            remote_number: call.remote_number.clone(),
            remote_name: call.remote_name.clone(),
            conversation_id: call.pbx_call_id.clone(),
            device_name: call.device_name.clone(),
            client: call.client.clone(),
            owner: owner.map(Person::from),
            paused: call.paused,
            paused_by: call.paused_by.clone(),
            participants: call.participants.iter().map(Participant::from).collect(),
            streams: call.streams.iter().map(LiveStream::from).collect(),
            levels: heard.and_then(|heard| heard.levels).map(Levels::of),
            silent_since: SilentSince::of(heard.map_or([None; 2], |heard| heard.silent_since)),
            on_hold: call.paused && call.paused_by.as_deref() == Some(HOLDER),
            allowed: may(caller, call),
        }
    }
}

/// Who has paused a call that its recording client holds.
const HOLDER: &str = "client";

/// What the caller may do with a call, listening to it included.
fn may(caller: &Principal, call: &LiveCall) -> Vec<String> {
    let mut may = allowed(caller, call);
    if may_listen(caller, call).is_ok() {
        may.push(Action::Listen.name().to_owned());
    }
    may
}

/// Whoever may listen to a recording may while it is made.
///
/// # Errors
/// [`Denied`] when the caller may not.
pub(crate) fn may_listen(caller: &Principal, call: &LiveCall) -> Result<(), Denied> {
    let recording = Ownership::of(call.owner, call.group);
    access::check(caller, Action::Listen, recording)
}

/// Loudness in dBFS, whole numbers from −90 to 0.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Levels {
    local: i8,
    remote: i8,
}

impl Levels {
    fn of([local, remote]: [i8; 2]) -> Self {
        Self { local, remote }
    }
}

/// Since when nothing comes; null: something comes, or it is not known.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SilentSince {
    #[schema(format = DateTime)]
    local: Option<String>,
    #[schema(format = DateTime)]
    remote: Option<String>,
}

impl SilentSince {
    fn of(since: [Option<Timestamp>; 2]) -> Self {
        let [local, remote] = since.map(|since| since.map(time));
        Self { local, remote }
    }
}

/// A stream being received.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LiveStream {
    index: u16,
    label: String,
    /// Encoding heard last, or empty.
    codec: String,
    packets: u64,
}

impl From<&model::live::LiveStream> for LiveStream {
    fn from(stream: &model::live::LiveStream) -> Self {
        Self {
            index: stream.index,
            label: stream.label.clone(),
            codec: stream.codec.clone(),
            packets: stream.packets,
        }
    }
}

/// Calls in progress.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct LiveRecordings {
    pub(crate) items: Vec<LiveRecording>,
}

/// Which call to start recording: the latest answered one at this phone, with this number, or
/// both. Neither: your own.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct StartRecording {
    /// Name of the phone.
    pub(crate) device_name: Option<String>,
    /// Number of the local party.
    pub(crate) number: Option<String>,
}

/// The recording that was started or stopped.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct RecordingId {
    /// The id of the later recording.
    #[schema(format = "uuid")]
    pub(crate) id: String,
}

/// What to write at this instant of a call.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewLiveMark {
    #[schema(min_length = 1, max_length = 500)]
    pub(crate) text: String,
}
