//! Notes, tags, marks and owners.

use super::details::shown;
use super::{MarkPath, OnePath};
use crate::app::App;
use crate::auth::Caller;
use crate::gate::gate;
use crate::refusal::Refusal;
use crate::v1::conditional;
use crate::v1::extract::{Body, Path};
use crate::v1::idempotency::{self, Created};
use crate::v1::types::{NewMark, Recording, RecordingChange};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use catalogue::Edit;
use model::access::Action;

/// Change the note, the tags or the owner of a recording
///
/// Missing keys leave things as they are, all changes happen or none. With `If-Match` only if
/// nobody changed it since. Whoever sees a recording may write notes and tags; only
/// administrators give it to another owner.
#[utoipa::path(
    patch,
    path = "/api/v1/recordings/{id}",
    operation_id = "editRecording",
    tag = "recordings",
    params(OnePath, ("If-Match" = Option<String>, Header, description = "The `ETag` as read")),
    request_body = RecordingChange,
    responses(
        (status = 200, description = "The recording as it is now", body = Recording,
            headers(("ETag" = String, description = "For If-None-Match and If-Match"))),
    ),
)]
pub(super) async fn edit_recording(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<OnePath>,
    headers: HeaderMap,
    body: Result<Body<RecordingChange>, Refusal>,
) -> Result<Response, Refusal> {
    let mut recording = gate(&app, &caller, Action::Annotate, &path.id).await?;
    let change = body?.value;
    if change.owner.is_some() {
        recording = gate(&app, &caller, Action::Reassign, &path.id).await?;
    }
    let version = conditional::version(&headers)?;
    let note = change.note.map(|text| {
        // An empty note is none.
        Edit::Note(text.filter(|text| !text.is_empty()))
    });
    let tags = change.tags.map(Edit::Tags);
    let owner = change.owner.map(|username| Edit::Reassign { username });
    let edits = [note, tags, owner].into_iter().flatten().collect();
    let changed = app
        .catalogue
        .by(caller.actor())
        .edit(recording.draft.id, edits, version)
        .await
        .map_err(unknown_owner)?;
    shown(&HeaderMap::new(), &changed, &caller)
}

/// A new owner who does not exist is a mistake of the body, not of the path.
fn unknown_owner(error: catalogue::Error) -> Refusal {
    if let catalogue::Error::NoSuchUser(_) = error {
        return Refusal::BadRequest(error.to_string());
    }
    error.into()
}

/// Set a mark in the sound
///
/// The answer is the recording with its marks.
#[utoipa::path(
    post,
    path = "/api/v1/recordings/{id}/marks",
    operation_id = "addMark",
    tag = "recordings",
    params(OnePath,
        ("Idempotency-Key" = Option<String>, Header, description = "Makes repeating safe")),
    request_body = NewMark,
    responses((status = 201, description = "The recording with the mark", body = Recording)),
)]
pub(super) async fn add_mark(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<OnePath>,
    headers: HeaderMap,
    body: Result<Body<NewMark>, Refusal>,
) -> Result<Response, Refusal> {
    let recording = gate(&app, &caller, Action::Annotate, &path.id).await?;
    let body = body?;
    if body.value.text.trim().is_empty() {
        return Err(Refusal::BadRequest("a mark says something".to_owned()));
    }
    let id = recording.draft.id;
    let mark = Edit::AddMark {
        offset_ms: body.value.offset_ms,
        text: body.value.text,
    };
    let (catalogue, by) = (app.catalogue.by(caller.actor()), caller.clone());
    let work = async move {
        let recording = catalogue.edit(id, vec![mark], None).await?;
        let shown = Recording::of(&recording, by.principal());
        Created::new(format!("/api/v1/recordings/{id}"), &shown)
    };
    let what = format!("mark {id}");
    idempotency::once(&app, &caller, &headers, &what, &body.bytes, work).await
}

/// Take a mark away
#[utoipa::path(
    delete,
    path = "/api/v1/recordings/{id}/marks/{mark}",
    operation_id = "deleteMark",
    tag = "recordings",
    params(MarkPath),
    responses((status = 200, description = "The recording without the mark", body = Recording)),
)]
pub(super) async fn delete_mark(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<MarkPath>,
) -> Result<Response, Refusal> {
    let recording = gate(&app, &caller, Action::Annotate, &path.id).await?;
    let edits = vec![Edit::DeleteMark(path.mark)];
    let catalogue = app.catalogue.by(caller.actor());
    let changed = catalogue.edit(recording.draft.id, edits, None).await?;
    shown(&HeaderMap::new(), &changed, &caller)
}
