//! Listening to a call in progress.

use super::{Known, OnePath, calls};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Caller;
use crate::ears::Stretch;
use crate::gate::{permit, refused};
use crate::refusal::Refusal;
use crate::v1::extract::{Path, Query};
use crate::v1::types::may_listen;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::access::Action;
use model::audit::{AuditAction, Outcome};
use model::live::LiveState;
use model::{BadId, RecordingId};
use serde::Deserialize;

/// From where on.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct LiveMediaQuery {
    /// Milliseconds after `startedAt`; without it, two seconds before now.
    from_ms: Option<u64>,
}

const FROM_MS: HeaderName = HeaderName::from_static("x-from-ms");
const UNTIL_MS: HeaderName = HeaderName::from_static("x-until-ms");

/// Listen to a call in progress
///
/// What there is from `fromMs` on, ten seconds at most, decoded as its recording will be: ask
/// again from `X-Until-Ms` on. What is older than some fifteen seconds is not kept: `X-From-Ms`
/// then says where the answer begins. What is said while the call is paused, before it is
/// recorded, or while it may yet be thrown away is never served. One listening is one entry of
/// the audit.
#[utoipa::path(
    get,
    path = "/api/v1/live-recordings/{id}/media",
    operation_id = "listenToLiveRecording",
    tag = "live-recordings",
    params(OnePath, LiveMediaQuery),
    responses(
        (status = 200, description = "The sound, a file of its own", body = String,
            content_type = "audio/wav",
            headers(("X-From-Ms" = u64, description = "Where it begins"),
                ("X-Until-Ms" = u64, description = "Where it ends"))),
        (status = 204, description = "Nothing new"),
    ),
)]
pub(super) async fn listen_live(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<OnePath>,
    query: Result<Query<LiveMediaQuery>, Refusal>,
) -> Result<Response, Refusal> {
    permit(&caller, Action::Listen)?;
    let known = found(&app, &caller, &path.id).await?;
    let from_ms = query?.0.from_ms;
    let id = known.call.recording;
    let Some(stretch) = app.ears()?.listen(known.call, from_ms).await else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    audit::listening(&app, &caller, AuditAction::PlayRecording, id).await?;
    Ok(wav(&stretch))
}

/// The call of this id that goes on, for a caller who may listen to its recording.
async fn found(app: &App, caller: &Caller, id: &str) -> Result<Known, Refusal> {
    let id = RecordingId::parse(id).map_err(|BadId| Refusal::BadId)?;
    let goes_on = |known: &Known| known.call.state == LiveState::Recording;
    let found = calls(app).await?.into_iter();
    let mut found = found.filter(|known| known.call.recording == id && goes_on(known));
    let known = found.next();
    let known = known.ok_or(Refusal::Missing("no such call is in progress"))?;
    if let Err(denied) = may_listen(caller.principal(), &known.call) {
        let entry = Entry {
            outcome: Outcome::Refused,
            ..Entry::on(AuditAction::PlayRecording, id)
        };
        audit::record_soon(app, caller, entry).await?;
        return Err(refused(denied));
    }
    Ok(known)
}

fn wav(stretch: &Stretch) -> Response {
    let samples = (stretch.samples.len() / 2) as u64;
    let mut file = media::wav::header(stretch.sample_rate, samples);
    file.extend(
        stretch
            .samples
            .iter()
            .flat_map(|sample| sample.to_le_bytes()),
    );
    let headers = [
        (header::CONTENT_TYPE, "audio/wav".to_owned()),
        (FROM_MS, stretch.from_ms.to_string()),
        (UNTIL_MS, stretch.until_ms.to_string()),
    ];
    (headers, Body::from(file)).into_response()
}
