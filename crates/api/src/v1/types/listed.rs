//! A recording as lists show it: enough to choose one, without what only its details tell.

use super::recording::{Loss, allowed};
use super::{Direction, Mode, QualityGrade, State, time};
use model::access::Principal;
use serde::Serialize;

/// Most characters of a note that a list shows.
const NOTE_CHARS_MAX: usize = 200;

/// A recording in a list.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecordingSummary {
    #[schema(format = "uuid")]
    id: String,
    reference_number: String,
    state: State,
    /// Instant of the first sample.
    #[schema(format = DateTime)]
    start_time: String,
    /// Length of the sound in milliseconds.
    duration_ms: u64,
    direction: Direction,
    local_number: String,
    /// Name of the local party: the owner's, or else the one shown in the call; may be empty.
    local_name: String,
    remote_number: String,
    /// Name of the remote party as shown in the call, or empty.
    remote_name: String,
    /// What joins recordings of one conversation.
    conversation_id: Option<String>,
    /// Name of the owner; empty: nobody's.
    owner: String,
    /// The group the owner is in, or was in when deleted; empty: none.
    group: String,
    trigger: Mode,
    /// Size of the stored file in bytes.
    size: u64,
    tags: Vec<String>,
    has_note: bool,
    /// The beginning of the note, at most 200 characters; null: there is none.
    note: Option<String>,
    loss: Loss,
    quality: QualityGrade,
    /// Whether a part was paused.
    paused: bool,
    /// Marks in the sound.
    marks: usize,
    preserved: bool,
    on_hold: bool,
    #[schema(format = DateTime)]
    updated_at: String,
    /// What you may do with it now.
    allowed: Vec<String>,
}

impl RecordingSummary {
    /// As `caller` sees it.
    pub(crate) fn of(recording: &model::Recording, caller: &Principal) -> Self {
        let draft = &recording.draft;
        let owner = recording.owner.as_ref();
        Self {
            id: draft.id.to_string(),
            reference_number: recording.reference_number.clone(),
            state: draft.state.into(),
            start_time: time(draft.start_time),
            duration_ms: draft.duration_ms,
            direction: draft.direction.into(),
            local_number: draft.local_number.clone(),
            local_name: local_name(recording),
            remote_number: draft.remote_number.clone(),
            remote_name: remote_name(draft),
            conversation_id: draft.pbx_call_id.clone(),
            owner: owner
                .map(|owner| owner.username.clone())
                .unwrap_or_default(),
            group: owner.map(|owner| owner.group.clone()).unwrap_or_default(),
            trigger: draft.details.trigger.into(),
            size: recording.size,
            tags: recording.tags.clone(),
            has_note: recording.note.is_some(),
            note: recording
                .note
                .as_ref()
                .map(|note| note.text.chars().take(NOTE_CHARS_MAX).collect()),
            loss: draft.details.loss.into(),
            quality: draft.details.loss.quality().into(),
            paused: !draft.details.pauses.is_empty(),
            marks: recording.marks.len(),
            preserved: recording.preserving_user.is_some(),
            on_hold: recording.hold.is_some(),
            updated_at: time(recording.updated_at),
            allowed: allowed(caller, recording),
        }
    }
}

fn local_name(recording: &model::Recording) -> String {
    let owner = recording.owner.as_ref();
    let owner = owner.map(|owner| format!("{} {}", owner.first_name, owner.last_name));
    let owner = owner.unwrap_or_default();
    if !owner.trim().is_empty() {
        return owner.trim().to_owned();
    }
    let mut locals = recording.draft.details.participants.iter();
    locals
        .find(|one| one.local && !one.name.is_empty())
        .map(|one| one.name.clone())
        .unwrap_or_default()
}

/// The name beside the number that is shown; somebody else's would be wrong.
fn remote_name(draft: &model::Draft) -> String {
    let mut others = draft.details.participants.iter();
    others
        .find(|one| !one.local && one.number == draft.remote_number && !one.name.is_empty())
        .map(|one| one.name.clone())
        .unwrap_or_default()
}

/// A page of recordings.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecordingPage {
    pub(crate) items: Vec<RecordingSummary>,
    /// Ask with this as `cursor` for the next page; null: there is none.
    pub(crate) next_cursor: Option<String>,
    /// How many there are on all pages; only when asked for.
    pub(crate) total: Option<u64>,
}
