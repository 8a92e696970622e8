//! Starting, stopping, pausing and marking calls in progress.

use super::{Known, OnePath, calls};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Caller;
use crate::gate::{permit, refused};
use crate::live::{LiveError, Which};
use crate::refusal::{Kind, Refusal};
use crate::v1::extract::{Body, Path};
use crate::v1::idempotency::{self, Created};
use crate::v1::types::{self, NewLiveMark, StartRecording};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use model::access::{self, Action, Owned};
use model::audit::{AuditAction, Outcome};
use model::{BadId, RecordingId, party};

/// Start recording a call at a phone or of a number
///
/// The latest answered one; without both, your own. A call of mode `keep-late` is then kept from
/// its first word, one of mode `on-demand` is recorded from now on.
#[utoipa::path(
    post,
    path = "/api/v1/live-recordings",
    operation_id = "startLineRecording",
    tag = "live-recordings",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes repeating safe")),
    request_body = StartRecording,
    responses((status = 201, description = "It is recorded", body = types::RecordingId)),
)]
pub(super) async fn start_line(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Result<Body<StartRecording>, Refusal>,
) -> Result<Response, Refusal> {
    permit(&caller, Action::StartLive)?;
    let body = body?;
    let (doing, by) = (app.clone(), caller.clone());
    let wanted = body.value;
    let work = async move {
        let known = on_line(&doing, &by, &wanted).await?;
        started(&doing, &by, &known).await
    };
    idempotency::once(&app, &caller, &headers, "start", &body.bytes, work).await
}

/// Start recording a call
#[utoipa::path(
    post,
    path = "/api/v1/live-recordings/{id}/start",
    operation_id = "startRecording",
    tag = "live-recordings",
    params(OnePath,
        ("Idempotency-Key" = Option<String>, Header, description = "Makes repeating safe")),
    responses((status = 201, description = "It is recorded", body = types::RecordingId)),
)]
pub(super) async fn start(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<OnePath>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    permit(&caller, Action::StartLive)?;
    let (doing, by) = (app.clone(), caller.clone());
    let what = format!("start {}", path.id);
    let work = async move {
        let known = live(&doing, &by, Action::StartLive, &path.id).await?;
        started(&doing, &by, &known).await
    };
    idempotency::once(&app, &caller, &headers, &what, b"", work).await
}

/// Stop recording a call
///
/// What was recorded is kept; later sound is not written. Starting again makes a new recording.
#[utoipa::path(
    post,
    path = "/api/v1/live-recordings/{id}/stop",
    operation_id = "stopRecording",
    tag = "live-recordings",
    params(OnePath),
    responses((status = 200, description = "It is stopped", body = types::RecordingId)),
)]
pub(super) async fn stop(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<OnePath>,
) -> Result<Json<types::RecordingId>, Refusal> {
    let known = live(&app, &caller, Action::StopLive, &path.id).await?;
    act(&app, &caller, &known, Wish::Stop).await?;
    let id = known.call.recording.to_string();
    Ok(Json(types::RecordingId { id }))
}

/// Pause the recording of a call
///
/// Nothing that is said until it is resumed is written anywhere; the recording is silent there.
/// It never resumes by itself.
#[utoipa::path(
    post,
    path = "/api/v1/live-recordings/{id}/pause",
    operation_id = "pauseRecording",
    tag = "live-recordings",
    params(OnePath),
    responses((status = 204, description = "It is paused")),
)]
pub(super) async fn pause(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<OnePath>,
) -> Result<StatusCode, Refusal> {
    let known = live(&app, &caller, Action::PauseLive, &path.id).await?;
    act(&app, &caller, &known, Wish::Pause).await
}

/// Resume the recording of a call
#[utoipa::path(
    post,
    path = "/api/v1/live-recordings/{id}/resume",
    operation_id = "resumeRecording",
    tag = "live-recordings",
    params(OnePath),
    responses((status = 204, description = "It is recorded again")),
)]
pub(super) async fn resume(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<OnePath>,
) -> Result<StatusCode, Refusal> {
    let known = live(&app, &caller, Action::PauseLive, &path.id).await?;
    act(&app, &caller, &known, Wish::Resume).await
}

/// Mark this instant of a call
#[utoipa::path(
    post,
    path = "/api/v1/live-recordings/{id}/marks",
    operation_id = "markLiveRecording",
    tag = "live-recordings",
    params(OnePath),
    request_body = NewLiveMark,
    responses((status = 204, description = "It is marked")),
)]
pub(super) async fn mark(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<OnePath>,
    body: Result<Body<NewLiveMark>, Refusal>,
) -> Result<StatusCode, Refusal> {
    let known = live(&app, &caller, Action::Annotate, &path.id).await?;
    let text = body?.value.text;
    if !(1..=MARK_CHARACTERS_MAX).contains(&text.trim().chars().count()) {
        let rule = format!("a mark has 1 to {MARK_CHARACTERS_MAX} characters");
        return Err(Refusal::BadRequest(rule));
    }
    act(&app, &caller, &known, Wish::Mark(text)).await
}

/// Most characters of a mark.
const MARK_CHARACTERS_MAX: usize = 500;

/// The call of this id, for a caller who may do `action` with it.
async fn live(app: &App, caller: &Caller, action: Action, id: &str) -> Result<Known, Refusal> {
    permit(caller, action)?;
    let id = RecordingId::parse(id).map_err(|BadId| Refusal::BadId)?;
    let found = calls(app).await?;
    let known = found.into_iter().find(|known| known.call.recording == id);
    let known = known.ok_or(Refusal::Missing("no such call is in progress"))?;
    admitted(app, caller, action, &known).await?;
    Ok(known)
}

/// The latest answered call at a phone or of a number; the caller's own when none is named.
async fn on_line(app: &App, caller: &Caller, wanted: &StartRecording) -> Result<Known, Refusal> {
    let number = wanted.number.as_deref().map(party::clean);
    let own = number.is_none() && wanted.device_name.is_none();
    let matches = |known: &Known| {
        if own {
            return known.call.owner == Some(caller.principal().id);
        }
        let number_is = number
            .as_ref()
            .is_none_or(|number| known.call.local_number == *number);
        let device = wanted.device_name.as_ref();
        number_is && device.is_none_or(|name| known.call.device_name.eq_ignore_ascii_case(name))
    };
    let found = calls(app).await?;
    let known = found.into_iter().find(matches);
    let Some(known) = known else {
        return Err(told(LiveError::NoCall));
    };
    admitted(app, caller, Action::StartLive, &known).await?;
    Ok(known)
}

/// Asks the policy about a call, and writes a refusal down.
async fn admitted(
    app: &App,
    caller: &Caller,
    action: Action,
    known: &Known,
) -> Result<(), Refusal> {
    let Err(denied) = access::check(caller.principal(), action, known.call.ownership()) else {
        return Ok(());
    };
    let entry = Entry {
        outcome: Outcome::Refused,
        ..Entry::on(crate::gate::named(action), known.call.recording)
    };
    audit::record_soon(app, caller, entry).await?;
    Err(refused(denied))
}

async fn started(app: &App, caller: &Caller, known: &Known) -> Result<Created, Refusal> {
    let asked = known.call.recording;
    let who = caller.principal().username.clone();
    let started = app.live()?.start(Which::Recording(asked), who).await;
    // Started again after a stop, it has another id than before.
    let id = started.as_ref().map_or(asked, |id| *id);
    done(app, caller, AuditAction::StartRecording, id, started).await?;
    let body = types::RecordingId { id: id.to_string() };
    Created::new(format!("/api/v1/recordings/{id}"), &body)
}

/// What the recorder is asked to do to a call.
enum Wish {
    Stop,
    Pause,
    Resume,
    Mark(String),
}

/// Has the recorder do it in the caller's name.
async fn act(app: &App, caller: &Caller, known: &Known, wish: Wish) -> Result<StatusCode, Refusal> {
    let (calls, id) = (app.live()?, known.call.recording);
    let who = caller.principal().username.clone();
    let (action, result) = match wish {
        Wish::Stop => {
            let stopped = calls.stop(Which::Recording(id), who).await;
            (AuditAction::StopRecording, stopped.map(drop))
        }
        Wish::Pause => (AuditAction::PauseRecording, calls.pause(id, who).await),
        Wish::Resume => (AuditAction::ResumeRecording, calls.resume(id, who).await),
        Wish::Mark(text) => (AuditAction::AddMark, calls.mark(id, who, text).await),
    };
    done(app, caller, action, id, result).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Writes down what came of it before anybody is told.
async fn done<T>(
    app: &App,
    caller: &Caller,
    action: AuditAction,
    recording: RecordingId,
    result: Result<T, LiveError>,
) -> Result<(), Refusal> {
    let details = result.as_ref().err().map(ToString::to_string);
    let entry = Entry {
        action,
        recording: Some(recording),
        details: details.as_deref().unwrap_or_default(),
        outcome: match details {
            None => Outcome::Done,
            Some(_) => Outcome::Failed,
        },
    };
    audit::record(app, caller, entry).await?;
    result.map(drop).map_err(told)
}

fn told(error: LiveError) -> Refusal {
    let kind = match error {
        LiveError::NoCall => &Kind::NO_CALL,
        LiveError::AlreadyRecorded => &Kind::ALREADY_RECORDED,
        LiveError::Automatic => &Kind::AUTOMATIC,
        LiveError::NotLive | LiveError::Paused | LiveError::NotPaused => &Kind::CONFLICT,
        LiveError::Unavailable => return Refusal::Unavailable,
    };
    Refusal::Conflict(kind, error.to_string())
}
