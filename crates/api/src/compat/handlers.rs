//! `GET Recordings/{id}` and `GET Recordings/{id}/Media`.

use super::refused::Refused;
use super::{segment, types};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Caller;
use crate::gate::gate_present;
use crate::media::{Use, serve};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse, Response};
use model::Recording;
use model::access::Action;
use model::audit::AuditAction;

/// Where the id stands in a path.
const ID_SEGMENT: usize = 6;

/// `GET Recordings/{id}`: what is known about one recording.
pub(crate) async fn recording(
    State(app): State<App>,
    caller: Caller,
    uri: Uri,
) -> Result<Response, Refused> {
    let recording = opened(&app, &caller, Action::Read, &uri).await?;
    let viewed = Entry::on(AuditAction::ViewRecording, recording.draft.id);
    audit::record_soon(&app, &caller, viewed).await?;
    Ok(Json(types::Recording::from(&recording)).into_response())
}

/// `GET Recordings/{id}/Media`: the stored file as it is.
pub(crate) async fn media(
    State(app): State<App>,
    caller: Caller,
    method: Method,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Refused> {
    let recording = opened(&app, &caller, Action::Listen, &uri).await?;
    Ok(serve(&app, &caller, &method, &headers, &recording, Use::Download).await?)
}

/// The recording of the path's id, for a caller who may do `action` with it.
async fn opened(
    app: &App,
    caller: &Caller,
    action: Action,
    uri: &Uri,
) -> Result<Recording, Refused> {
    Ok(gate_present(app, caller, action, &segment(uri, ID_SEGMENT)).await?)
}
