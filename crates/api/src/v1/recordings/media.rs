//! Listening and downloading.

use super::OnePath;
use crate::app::App;
use crate::auth::Caller;
use crate::gate::gate;
use crate::media::{self, Use};
use crate::refusal::Refusal;
use crate::v1::extract::{Path, Query};
use axum::extract::State;
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use model::access::Action;
use serde::Deserialize;

/// What the sound is wanted for.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct MediaQuery {
    /// True to keep a copy: the audit then says "downloaded" instead of "played".
    #[serde(default)]
    download: bool,
}

/// Get the sound of a recording
///
/// The stored file as it is: its SHA-256 is the recording's. `Range` is honoured for one range.
/// One listening is one entry of the audit, however many ranges it takes; without its entry no
/// sound is served.
#[utoipa::path(
    get,
    path = "/api/v1/recordings/{id}/media",
    operation_id = "getMedia",
    tag = "recordings",
    params(
        OnePath, MediaQuery,
        ("Range" = Option<String>, Header, description = "One range of bytes",
            example = "bytes=0-1023"),
        ("If-None-Match" = Option<String>, Header, description = "An `ETag`"),
        ("If-Range" = Option<String>, Header, description = "An `ETag`"),
    ),
    responses(
        (status = 200, description = "The file", content(
            (String = "audio/wav"), (String = "audio/mpeg"))),
        (status = 206, description = "The range", content(
            (String = "audio/wav"), (String = "audio/mpeg"))),
        (status = 304, description = "You have it"),
        (status = 416, description = "The range lies behind the end",
            body = crate::v1::types::Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn get_media(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<OnePath>,
    query: Result<Query<MediaQuery>, Refusal>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let recording = gate(&app, &caller, Action::Listen, &path.id).await?;
    let wanted_for = if query?.0.download {
        Use::Download
    } else {
        Use::Play
    };
    media::serve(&app, &caller, &method, &headers, &recording, wanted_for).await
}
