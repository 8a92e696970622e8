//! One recording with everything that is known of it.

use super::OnePath;
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Caller;
use crate::gate::gate;
use crate::refusal::Refusal;
use crate::v1::conditional;
use crate::v1::extract::Path;
use crate::v1::types::{NoteHistory, NoteVersion, Recording};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use model::access::Action;
use model::audit::AuditAction;

/// Get a recording
///
/// The view is written to the audit. A deleted recording is answered 410 with its tombstone.
#[utoipa::path(
    get,
    path = "/api/v1/recordings/{id}",
    operation_id = "getRecording",
    tag = "recordings",
    params(OnePath, ("If-None-Match" = Option<String>, Header, description = "An `ETag`")),
    responses(
        (status = 200, description = "The recording", body = Recording,
            headers(("ETag" = String, description = "For If-None-Match and If-Match"))),
        (status = 304, description = "You have it as it is"),
    ),
)]
pub(super) async fn get_recording(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<OnePath>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let recording = gate(&app, &caller, Action::Read, &path.id).await?;
    let response = shown(&headers, &recording, &caller)?;
    if response.status() != StatusCode::NOT_MODIFIED {
        let entry = Entry::on(AuditAction::ViewRecording, recording.draft.id);
        audit::record_soon(&app, &caller, entry).await?;
    }
    Ok(response)
}

/// Get what the note of a recording was
#[utoipa::path(
    get,
    path = "/api/v1/recordings/{id}/notes",
    operation_id = "getNoteHistory",
    tag = "recordings",
    params(OnePath),
    responses((status = 200, description = "Oldest first", body = NoteHistory)),
)]
pub(super) async fn get_note_history(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<OnePath>,
) -> Result<Json<NoteHistory>, Refusal> {
    let recording = gate(&app, &caller, Action::Read, &path.id).await?;
    let history = app.catalogue.note_history(&recording).await?;
    let entry = Entry {
        details: "history of the note",
        ..Entry::on(AuditAction::ViewRecording, recording.draft.id)
    };
    audit::record_soon(&app, &caller, entry).await?;
    Ok(Json(NoteHistory {
        items: history.iter().map(NoteVersion::from).collect(),
    }))
}

/// A recording as `caller` sees it, with its tag.
pub(super) fn shown(
    headers: &HeaderMap,
    recording: &model::Recording,
    caller: &Caller,
) -> Result<Response, Refusal> {
    let shown = Recording::of(recording, caller.principal());
    conditional::tagged(headers, recording.version, &shown)
}
