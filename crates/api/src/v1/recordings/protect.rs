//! Preserving and legal holds: what keeps a recording from being deleted.

use super::OnePath;
use super::delete::WhyQuery;
use super::details::shown;
use crate::app::App;
use crate::auth::Caller;
use crate::gate::gate;
use crate::refusal::Refusal;
use crate::v1::extract::{Body, Path, Query};
use crate::v1::types::{Reason, Recording};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use catalogue::Edit;
use model::access::Action;

/// Preserve a recording
///
/// Nobody can delete it until whoever preserved it first, or an administrator, releases it.
#[utoipa::path(
    put,
    path = "/api/v1/recordings/{id}/preservation",
    operation_id = "preserveRecording",
    tag = "recordings",
    params(OnePath),
    responses((status = 200, description = "The recording as it is now", body = Recording)),
)]
pub(super) async fn preserve_recording(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<OnePath>,
) -> Result<Response, Refusal> {
    apply(&app, &caller, &path.id, Action::Preserve, || {
        Ok(Edit::Preserve)
    })
    .await
}

/// Release a preserved recording
#[utoipa::path(
    delete,
    path = "/api/v1/recordings/{id}/preservation",
    operation_id = "releaseRecording",
    tag = "recordings",
    params(OnePath),
    responses((status = 200, description = "The recording as it is now", body = Recording)),
)]
pub(super) async fn release_recording(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<OnePath>,
) -> Result<Response, Refusal> {
    apply(&app, &caller, &path.id, Action::Release, || {
        Ok(Edit::Release)
    })
    .await
}

/// Put a recording on legal hold
///
/// Nobody can delete it until an administrator ends the hold. Asking again changes the reason.
#[utoipa::path(
    put,
    path = "/api/v1/recordings/{id}/hold",
    operation_id = "holdRecording",
    tag = "recordings",
    params(OnePath),
    request_body = Reason,
    responses((status = 200, description = "The recording as it is now", body = Recording)),
)]
pub(super) async fn hold_recording(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<OnePath>,
    body: Result<Body<Reason>, Refusal>,
) -> Result<Response, Refusal> {
    let edit = || {
        let reason = body?.value.reason;
        Ok(Edit::Hold { reason })
    };
    apply(&app, &caller, &path.id, Action::Hold, edit).await
}

/// End a legal hold
#[utoipa::path(
    delete,
    path = "/api/v1/recordings/{id}/hold",
    operation_id = "unholdRecording",
    tag = "recordings",
    params(OnePath, WhyQuery),
    responses((status = 200, description = "The recording as it is now", body = Recording)),
)]
pub(super) async fn unhold_recording(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<OnePath>,
    query: Result<Query<WhyQuery>, Refusal>,
) -> Result<Response, Refusal> {
    let edit = || {
        let reason = query?.0.reason;
        Ok(Edit::Unhold { reason })
    };
    apply(&app, &caller, &path.id, Action::Unhold, edit).await
}

async fn apply(
    app: &App,
    caller: &Caller,
    id: &str,
    action: Action,
    edit: impl FnOnce() -> Result<Edit, Refusal>,
) -> Result<Response, Refusal> {
    let recording = gate(app, caller, action, id).await?;
    let edits = vec![edit()?];
    let catalogue = app.catalogue.by(caller.actor());
    let changed = catalogue.edit(recording.draft.id, edits, None).await?;
    shown(&HeaderMap::new(), &changed, caller)
}
