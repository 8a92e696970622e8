//! A recording, with everything that is known of it.

use super::{Direction, Mode, Source, State, time};
use model::access::{self, Owned, Principal};
use serde::Serialize;

/// A recording.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Recording {
    /// Also the id on the compatible paths.
    #[schema(format = "uuid")]
    id: String,
    /// Thirteen digits: year and counter.
    reference_number: String,
    /// What became of it.
    state: State,
    /// Why it ended or failed, for people; may be empty.
    reason: String,
    /// Instant of the first sample.
    #[schema(format = DateTime)]
    start_time: String,
    /// Length of the sound in milliseconds.
    duration_ms: u64,
    /// When the recorder answered the call.
    #[schema(format = DateTime)]
    answered_at: String,
    /// When the call or the recording ended.
    #[schema(format = DateTime)]
    ended_at: String,
    direction: Direction,
    /// Number of the local party, or empty. Its sound is the left channel.
    local_number: String,
    /// Number of the remote party that talked first, or empty.
    remote_number: String,
    /// What joins recordings of one conversation.
    conversation_id: Option<String>,
    /// The user whose recording it is; null when nobody matched.
    owner: Option<Person>,
    /// Everybody who took part, in order of appearance.
    participants: Vec<Participant>,
    /// No evidence said which side is the local party.
    sides_assumed: bool,
    note: Option<Note>,
    tags: Vec<String>,
    /// Marks in the sound, by place.
    marks: Vec<Mark>,
    /// Who keeps it from being deleted.
    preserved_by: Option<Person>,
    #[schema(format = DateTime)]
    preserved_at: Option<String>,
    hold: Option<Hold>,
    tombstone: Option<Tombstone>,
    /// When it will be deleted by itself; null: never.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// The stored sound; null when there is none.
    media: Option<Media>,
    /// Encodings heard, in order of appearance.
    codecs: Vec<String>,
    /// Encodings that could not be decoded; those stretches are silent.
    undecoded: Vec<String>,
    /// What was odd about the call, for people.
    oddities: Vec<String>,
    /// The mode it was recorded by.
    trigger: Mode,
    /// The rule that gave the mode; empty: none.
    rule: String,
    source: Source,
    /// The recording client, or empty.
    client: String,
    /// The recorder that received it, or empty.
    node: String,
    /// Stretches that were paused; they are silent.
    pauses: Vec<Pause>,
    /// Stretches where sound is missing; they are silent.
    gaps: Vec<Gap>,
    /// Keys that were pressed, in order of time.
    key_presses: Vec<KeyPress>,
    loss: Loss,
    /// The length as an uploader stated it.
    stated_duration: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
    /// What you may do with it now.
    allowed: Vec<String>,
}

impl Recording {
    /// As `caller` sees it.
    pub(crate) fn of(recording: &model::Recording, caller: &Principal) -> Self {
        let draft = &recording.draft;
        let details = &draft.details;
        Self {
            id: draft.id.to_string(),
            reference_number: recording.reference_number.clone(),
            state: draft.state.into(),
            reason: draft.reason.clone(),
            start_time: time(draft.start_time),
            duration_ms: draft.duration_ms,
            answered_at: time(draft.answered_at),
            ended_at: time(draft.ended_at),
            direction: draft.direction.into(),
            local_number: draft.local_number.clone(),
            remote_number: draft.remote_number.clone(),
            conversation_id: draft.pbx_call_id.clone(),
            owner: recording.owner.as_ref().map(Person::from),
            participants: details.participants.iter().map(Participant::from).collect(),
            sides_assumed: draft.sides_assumed,
            note: recording.note.as_ref().map(Note::from),
            tags: recording.tags.clone(),
            marks: recording.marks.iter().map(Mark::from).collect(),
            preserved_by: recording.preserving_user.as_ref().map(Person::from),
            preserved_at: recording.preserved_at.map(time),
            hold: recording.hold.as_ref().map(Hold::from),
            tombstone: recording
                .tombstone
                .as_ref()
                .map(|stone| Tombstone::of(recording, stone)),
            expires_at: None,
            media: Media::of(recording),
            codecs: details.codecs.clone(),
            undecoded: draft.undecoded.clone(),
            oddities: draft.oddities.clone(),
            trigger: details.trigger.into(),
            rule: details.rule.clone(),
            source: details.source.into(),
            client: details.client.clone(),
            node: details.node.clone(),
            pauses: details.pauses.iter().map(Pause::from).collect(),
            gaps: details.gaps.iter().map(Gap::from).collect(),
            key_presses: details.keys.iter().map(KeyPress::from).collect(),
            loss: details.loss.into(),
            stated_duration: details.stated_duration.clone(),
            created_at: time(recording.created_at),
            updated_at: time(recording.updated_at),
            allowed: allowed(caller, recording),
        }
    }
}

/// Names of what `caller` may do with a row now.
pub(crate) fn allowed(caller: &Principal, row: &impl Owned) -> Vec<String> {
    access::allowed(caller, row.ownership())
        .into_iter()
        .map(|action| action.name().to_owned())
        .collect()
}

/// A person as recordings show one.
#[derive(Clone, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Person {
    username: String,
    first_name: String,
    last_name: String,
    /// The first of the user's numbers, or empty.
    phone_number: String,
    /// The group the user is in, or empty.
    group: String,
    department: String,
}

impl From<&model::people::Person> for Person {
    fn from(person: &model::people::Person) -> Self {
        Self {
            username: person.username.clone(),
            first_name: person.first_name.clone(),
            last_name: person.last_name.clone(),
            phone_number: person.phone_number.clone(),
            group: person.group.clone(),
            department: person.department.clone(),
        }
    }
}

/// Somebody who took part.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Participant {
    /// The address as the recording client gave it.
    address: String,
    number: String,
    /// Name shown, or empty.
    name: String,
    /// The user of ours it is; empty: none.
    username: String,
    /// Whether it is the local party.
    local: bool,
    /// When, in the sound; empty while a call is in progress, and where nobody said.
    present: Vec<Presence>,
}

impl From<&model::details::Participant> for Participant {
    fn from(participant: &model::details::Participant) -> Self {
        Self {
            address: participant.address.clone(),
            number: participant.number.clone(),
            name: participant.name.clone(),
            username: participant.username.clone(),
            local: participant.local,
            present: participant.present.iter().map(Presence::from).collect(),
        }
    }
}

/// A stretch of the sound in which a participant took part.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Presence {
    from_ms: u64,
    to_ms: u64,
}

impl From<&model::details::Span> for Presence {
    fn from(span: &model::details::Span) -> Self {
        Self {
            from_ms: span.from_ms,
            to_ms: span.to_ms,
        }
    }
}

/// The note and its last editor.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Note {
    text: String,
    edited_by: Person,
}

impl From<&model::Note> for Note {
    fn from(note: &model::Note) -> Self {
        Self {
            text: note.text.clone(),
            edited_by: Person::from(&note.owner),
        }
    }
}

/// A note as it once was.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NoteVersion {
    /// Null: the note was taken away.
    text: Option<String>,
    edited_by: Person,
    #[schema(format = DateTime)]
    edited_at: String,
}

impl From<&model::details::NoteVersion> for NoteVersion {
    fn from(version: &model::details::NoteVersion) -> Self {
        Self {
            text: version.text.clone(),
            edited_by: Person::from(&version.by),
            edited_at: time(version.at),
        }
    }
}

/// A mark in the sound.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Mark {
    id: i64,
    /// Where, in milliseconds from the start of the sound.
    offset_ms: u64,
    text: String,
    /// Who made it: a user name, as it was then.
    made_by: String,
    #[schema(format = DateTime)]
    made_at: String,
}

impl From<&model::details::Mark> for Mark {
    fn from(mark: &model::details::Mark) -> Self {
        Self {
            id: mark.id,
            offset_ms: mark.offset_ms,
            text: mark.text.clone(),
            made_by: mark.who.clone(),
            made_at: time(mark.at),
        }
    }
}

/// A legal hold.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Hold {
    by: Person,
    #[schema(format = DateTime)]
    at: String,
    reason: String,
}

impl From<&model::details::Hold> for Hold {
    fn from(hold: &model::details::Hold) -> Self {
        Self {
            by: Person::from(&hold.by),
            at: time(hold.at),
            reason: hold.reason.clone(),
        }
    }
}

/// What is left of a deleted recording's sound.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tombstone {
    by: Person,
    #[schema(format = DateTime)]
    at: String,
    reason: String,
    /// Size of the deleted file in bytes.
    size: u64,
    /// SHA-256 of the deleted file.
    sha256: String,
}

impl Tombstone {
    pub(crate) fn of(recording: &model::Recording, stone: &model::details::Tombstone) -> Self {
        Self {
            by: Person::from(&stone.by),
            at: time(stone.at),
            reason: stone.reason.clone(),
            size: recording.size,
            sha256: recording.sha256.to_string(),
        }
    }
}

/// A stored sound file.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Media {
    /// Where to get it.
    path: String,
    content_type: String,
    /// Bytes.
    size: u64,
    /// SHA-256 of exactly these bytes, in lower-case hex.
    sha256: String,
    /// Channels; 0 when not known.
    channels: u8,
    /// Sampling rate in Hz; 0 when not known.
    sample_rate: u32,
}

impl Media {
    fn of(recording: &model::Recording) -> Option<Self> {
        if recording.object_key.is_empty() || recording.tombstone.is_some() {
            return None;
        }
        let draft = &recording.draft;
        Some(Self {
            path: format!("/api/v1/recordings/{}/media", draft.id),
            content_type: recording.format.media_type().to_owned(),
            size: recording.size,
            sha256: recording.sha256.to_string(),
            channels: draft.details.channels,
            sample_rate: draft.details.sample_rate,
        })
    }
}

/// A stretch that was paused.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pause {
    from_ms: u64,
    to_ms: u64,
    /// A user name, or `client` for a pause in the signalling.
    by: String,
}

impl From<&model::details::PauseSpan> for Pause {
    fn from(pause: &model::details::PauseSpan) -> Self {
        Self {
            from_ms: pause.span.from_ms,
            to_ms: pause.span.to_ms,
            by: pause.by.clone(),
        }
    }
}

/// A stretch where sound is missing.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Gap {
    from_ms: u64,
    to_ms: u64,
}

impl From<&model::details::Span> for Gap {
    fn from(span: &model::details::Span) -> Self {
        Self {
            from_ms: span.from_ms,
            to_ms: span.to_ms,
        }
    }
}

/// A key that was pressed, as the telephone signalled it.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeyPress {
    /// Where it was pressed, in milliseconds from the start of the sound.
    from_ms: u64,
    /// Where it was let go.
    to_ms: u64,
    /// What stands on it: `0` to `9`, `*`, `#`, `A` to `D`, or `flash`; null where keypad tones
    /// are muted.
    key: Option<String>,
    /// `left` or `right`.
    channel: String,
}

impl From<&model::details::KeyPress> for KeyPress {
    fn from(press: &model::details::KeyPress) -> Self {
        Self {
            from_ms: press.span.from_ms,
            to_ms: press.span.to_ms,
            key: press.key.clone(),
            channel: if press.left { "left" } else { "right" }.to_owned(),
        }
    }
}

/// What became of the packets of all streams together.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Loss {
    /// Packets that came, second copies not counted.
    packets: u64,
    /// Packets that never came, by their sequence numbers.
    lost: u64,
    /// Packets that came too late or fitted nothing.
    discarded: u64,
    /// Times without packets of more than a second.
    gaps: u64,
}

impl From<model::details::Loss> for Loss {
    fn from(loss: model::details::Loss) -> Self {
        Self {
            packets: loss.packets,
            lost: loss.lost,
            discarded: loss.discarded,
            gaps: loss.gaps,
        }
    }
}
