//! The JSON of the compatible API: names, order and presence of every key.
//!
//! When you change this, also change `docs/compat.md` and the golden files in `tests/compat`;
//! and first make sure that the published page allows it.
//! Nothing else in the product is written with these types.

use super::dates;
use super::line::Line;
use jiff::Timestamp;
use serde::Serialize;

/// `GET Recordings/{id}`: thirteen keys, in this order, always all of them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Recording<'a> {
    id: String,
    reference_number: &'a str,
    pbx_call_id: Option<&'a str>,
    start_time: String,
    duration: String,
    direction: u8,
    local_party_number: &'a str,
    remote_party_number: &'a str,
    owner: User<'a>,
    preserving_user: Option<User<'a>>,
    note: Option<Note<'a>>,
    size: u64,
    hash: Hash,
}

/// One row of `GET Recordings`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Listed<'a> {
    id: String,
    reference_number: &'a str,
    start_time: String,
    duration: String,
    direction: u8,
    local_party_number: &'a str,
    remote_party_number: &'a str,
    owner_username: &'a str,
}

/// One call of `GET LiveRecordings`. Its start has another name than a recording's.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Live<'a> {
    id: String,
    duration: String,
    started_at: String,
    local_party: LocalParty<'a>,
    remote_party: RemoteParty<'a>,
    is_paused: bool,
}

#[derive(Serialize)]
struct LocalParty<'a> {
    username: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RemoteParty<'a> {
    first_name: &'a str,
    last_name: &'a str,
    phone_number: &'a str,
}

/// A person.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct User<'a> {
    username: &'a str,
    first_name: &'a str,
    last_name: &'a str,
    phone_number: &'a str,
    group: &'a str,
    department: &'a str,
}

/// A note and its last editor.
#[derive(Serialize)]
struct Note<'a> {
    owner: User<'a>,
    text: &'a str,
}

/// The one key is written in capitals.
#[derive(Serialize)]
struct Hash {
    #[serde(rename = "SHA256")]
    sha256: String,
}

impl<'a> From<&'a model::Recording> for Recording<'a> {
    fn from(recording: &'a model::Recording) -> Self {
        let draft = &recording.draft;
        Self {
            id: draft.id.to_string(),
            reference_number: &recording.reference_number,
            pbx_call_id: draft.pbx_call_id.as_deref(),
            start_time: dates::date_time(draft.start_time),
            duration: length(draft),
            direction: draft.direction.number(),
            local_party_number: &draft.local_number,
            remote_party_number: &draft.remote_number,
            owner: match &recording.owner {
                Some(owner) => User::from(owner),
                None => User::nobody(&draft.local_number),
            },
            preserving_user: recording.preserving_user.as_ref().map(User::from),
            note: recording.note.as_ref().map(Note::from),
            size: recording.size,
            hash: Hash {
                sha256: recording.sha256.to_string(),
            },
        }
    }
}

impl<'a> From<&'a model::Recording> for Listed<'a> {
    fn from(recording: &'a model::Recording) -> Self {
        let draft = &recording.draft;
        Self {
            id: draft.id.to_string(),
            reference_number: &recording.reference_number,
            start_time: dates::date_time(draft.start_time),
            duration: length(draft),
            direction: draft.direction.number(),
            local_party_number: &draft.local_number,
            remote_party_number: &draft.remote_number,
            owner_username: recording.owner.as_ref().map_or("", |owner| &owner.username),
        }
    }
}

impl<'a> Live<'a> {
    /// As of `now`.
    pub(super) fn new(line: &'a Line, now: Timestamp) -> Self {
        let call = &line.call;
        // Whole seconds: while it is read it is another one.
        let seconds = (now.as_millisecond() - call.started_at.as_millisecond()) / 1000;
        let ms = u64::try_from(seconds).unwrap_or_default() * 1000;
        let owner = line.owner.as_ref();
        let (first_name, last_name) = match &line.remote {
            Some(ours) => (
                ours.person.first_name.as_str(),
                ours.person.last_name.as_str(),
            ),
            None => call
                .remote_name
                .split_once(' ')
                .unwrap_or((&call.remote_name, "")),
        };
        Self {
            id: call.recording.to_string(),
            duration: dates::duration(ms),
            started_at: dates::date_time(call.started_at),
            local_party: LocalParty {
                username: owner.map_or("", |owner| &owner.person.username),
            },
            remote_party: RemoteParty {
                first_name,
                last_name,
                phone_number: &call.remote_number,
            },
            is_paused: call.paused,
        }
    }
}

/// The length of a recording; of one made elsewhere, word for word what its uploader said.
fn length(draft: &model::Draft) -> String {
    let stated = draft.details.stated_duration.clone();
    stated.unwrap_or_else(|| dates::duration(draft.duration_ms))
}

impl<'a> User<'a> {
    /// Stands for an owner whom nobody matched: clients read `owner.username` without looking.
    fn nobody(number: &'a str) -> Self {
        Self {
            username: "",
            first_name: "",
            last_name: "",
            phone_number: number,
            group: "",
            department: "",
        }
    }
}

impl<'a> From<&'a model::people::Person> for User<'a> {
    fn from(person: &'a model::people::Person) -> Self {
        Self {
            username: &person.username,
            first_name: &person.first_name,
            last_name: &person.last_name,
            phone_number: &person.phone_number,
            group: &person.group,
            department: &person.department,
        }
    }
}

impl<'a> From<&'a model::Note> for Note<'a> {
    fn from(note: &'a model::Note) -> Self {
        Self {
            owner: User::from(&note.owner),
            text: &note.text,
        }
    }
}
