//! `LiveRecordings`: calls that are being recorded, and starting and stopping that.
//!
//! Shows the calls that are kept; v1 shows all. Which call is meant, who may, and which reason
//! is published for what cannot be done: here. What starting does to a call is the recorder's.

use super::line::{self, Line, Lines};
use super::query;
use super::refused::Refused;
use super::types::Live;
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Caller;
use crate::gate::permit;
use crate::live::{LiveError, Which};
use crate::refusal::Refusal;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use model::access::Action;
use model::audit::{AuditAction, Outcome};
use model::{BadId, Mode, RecordingId};
use serde::Serialize;
use serde_json::Value;

/// Longest body in octets.
const BODY_OCTETS_MAX: usize = 64 * 1024;

/// Where the id stands in a path.
const ID_SEGMENT: usize = 6;

/// The answer to a start.
#[derive(Serialize)]
struct Started {
    id: String,
}

/// `GET LiveRecordings`: a bare array, latest answered first.
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    uri: Uri,
) -> Result<Response, Refused> {
    permit(&caller, Action::ListLive)?;
    let lines = Lines::of(&app).await?;
    let wanted = Wanted::parse(&uri);
    let now = app.now();
    let shown = lines.kept().filter(|line| wanted.admits(line));
    let shown: Vec<Live<'_>> = shown.map(|line| Live::new(line, now)).collect();
    Ok(Json(shown).into_response())
}

/// `POST LiveRecordings`: without a body the caller's own line, with one any.
pub(super) async fn start(
    State(app): State<App>,
    caller: Caller,
    body: Body,
) -> Result<Response, Refused> {
    permit(&caller, Action::StartLive)?;
    let Some(body) = read(body).await? else {
        let keys = line::own_keys(&app, &caller).await?;
        if keys.is_empty() {
            let message = "you have no number: there is no line of yours".to_owned();
            return Err(Refused::Bad(3, message));
        }
        let lines = Lines::of(&app).await?;
        return begin(&app, &caller, lines.latest(|line| line.has_key(&keys))).await;
    };
    permit(&caller, Action::ListLive)?;
    let asked = Asked::parse(&body)?;
    let lines = Lines::of(&app).await?;
    let found = lines.latest(|line| line.is_at(&asked.device_name, &asked.number));
    if let Some(line) = found {
        monitorable(line)?;
        if line.owner.is_none() {
            return Err(Refused::NoCall("the line belongs to no user"));
        }
    }
    begin(&app, &caller, found).await
}

async fn begin(app: &App, caller: &Caller, line: Option<&Line>) -> Result<Response, Refused> {
    let line = line.ok_or(Refused::NoCall("there is no connected call on this line"))?;
    monitorable(line)?;
    let which = Which::Recording(line.call.recording);
    let who = caller.principal().username.clone();
    let started = app.live()?.start(which, who).await;
    let id = *started.as_ref().unwrap_or(&line.call.recording);
    write_down(
        app,
        caller,
        AuditAction::StartRecording,
        id,
        started.is_ok(),
    )
    .await?;
    let id = started.map_err(|error| refused(error, 4))?.to_string();
    Ok((StatusCode::CREATED, Json(Started { id })).into_response())
}

/// `DELETE LiveRecordings/{id}`.
pub(super) async fn stop(
    State(app): State<App>,
    caller: Caller,
    uri: Uri,
) -> Result<StatusCode, Refused> {
    permit(&caller, Action::ListLive)?;
    let id = super::segment(&uri, ID_SEGMENT);
    let id = RecordingId::parse(&id)
        .map_err(|BadId| Refused::Bad(0, "id is not a valid GUID".to_owned()))?;
    let lines = Lines::of(&app).await?;
    end(
        &app,
        &caller,
        lines.latest(|line| line.call.recording == id),
    )
    .await
}

/// `DELETE LiveRecordings?deviceName=&directoryNumber=`.
pub(super) async fn stop_line(
    State(app): State<App>,
    caller: Caller,
    uri: Uri,
) -> Result<StatusCode, Refused> {
    permit(&caller, Action::ListLive)?;
    let wanted = Wanted::parse(&uri);
    if wanted.device_name.is_none() && wanted.number.is_none() {
        let message = "deviceName or directoryNumber must be given".to_owned();
        return Err(Refused::Bad(0, message));
    }
    let lines = Lines::of(&app).await?;
    let at = |line: &Line| line.is_at(&wanted.device_name, &wanted.number);
    // A call that is not kept has nothing to stop, while an earlier one on the line may.
    let found = lines.latest(|line| line.call.kept && at(line));
    end(&app, &caller, found.or_else(|| lines.latest(at))).await
}

/// `DELETE LiveRecordings/Mine`.
pub(super) async fn stop_mine(
    State(app): State<App>,
    caller: Caller,
) -> Result<StatusCode, Refused> {
    permit(&caller, Action::StopLive)?;
    let keys = line::own_keys(&app, &caller).await?;
    if keys.is_empty() {
        return Err(Refused::Line {
            reason: 1,
            device_name: String::new(),
            message: "you have no number: there is no line of yours",
        });
    }
    let lines = Lines::of(&app).await?;
    let mine = |line: &Line| line.has_key(&keys);
    let found = lines.latest(|line| line.call.kept && mine(line));
    end(&app, &caller, found.or_else(|| lines.latest(mine))).await
}

async fn end(app: &App, caller: &Caller, line: Option<&Line>) -> Result<StatusCode, Refused> {
    let line = line.ok_or(Refused::NoCall("there is no such recording in progress"))?;
    monitorable(line)?;
    let id = line.call.recording;
    let who = caller.principal().username.clone();
    let stopped = app.live()?.stop(Which::Recording(id), who).await;
    write_down(app, caller, AuditAction::StopRecording, id, stopped.is_ok()).await?;
    stopped.map_err(|error| refused(error, 2))?;
    Ok(StatusCode::NO_CONTENT)
}

/// A line that a rule keeps from ever being recorded cannot be monitored.
fn monitorable(line: &Line) -> Result<(), Refused> {
    if line.call.mode != Mode::Never || line.call.undecided {
        return Ok(());
    }
    Err(Refused::Line {
        reason: 1,
        device_name: line.call.device_name.clone(),
        message: "a rule says that this line is never recorded",
    })
}

async fn write_down(
    app: &App,
    caller: &Caller,
    action: AuditAction,
    id: RecordingId,
    done: bool,
) -> Result<(), Refusal> {
    let outcome = if done { Outcome::Done } else { Outcome::Failed };
    let entry = Entry {
        outcome,
        ..Entry::on(action, id)
    };
    audit::record(app, caller, entry).await
}

/// The published answer; `automatic` is the reason of a call that is recorded by itself.
fn refused(error: LiveError, automatic: u8) -> Refused {
    match error {
        LiveError::Automatic => {
            let message = "the line is recorded automatically".to_owned();
            Refused::Bad(automatic, message)
        }
        LiveError::AlreadyRecorded => Refused::AlreadyRecorded,
        LiveError::Unavailable => Refused::NoChannel,
        LiveError::NoCall => Refused::NoCall("there is no such call in progress"),
        LiveError::NotLive | LiveError::Paused | LiveError::NotPaused => {
            Refused::NoCall("the call is not being recorded")
        }
    }
}

/// The body, where there is one that says something.
async fn read(body: Body) -> Result<Option<Vec<u8>>, Refused> {
    let body = axum::body::to_bytes(body, BODY_OCTETS_MAX).await;
    let body = body.map_err(|_| Refused::Bad(0, "the body is too long".to_owned()))?;
    let body = body.trim_ascii();
    Ok((!body.is_empty() && body != b"null").then(|| body.to_vec()))
}

/// What a start asks for.
struct Asked {
    device_name: Option<String>,
    number: Option<String>,
}

impl Asked {
    fn parse(body: &[u8]) -> Result<Self, Refused> {
        let unreadable = || Refused::Bad(0, "the body is no JSON object".to_owned());
        let Ok(Value::Object(object)) = serde_json::from_slice(body) else {
            return Err(unreadable());
        };
        let field = |name: &str| {
            let mut fields = object.iter();
            fields
                .find(|(key, value)| key.eq_ignore_ascii_case(name) && !value.is_null())
                .map(|(_, value)| value)
        };
        let text = |name: &str| match field(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(given(text)),
            Some(_) => Err(Refused::Bad(0, format!("{name} is no text"))),
        };
        let asked = Self {
            device_name: text("deviceName")?,
            number: text("directoryNumber")?,
        };
        if asked.device_name.is_none() && asked.number.is_none() {
            let message = "deviceName or directoryNumber must be given".to_owned();
            return Err(Refused::Bad(0, message));
        }
        // 0: a copy of the sound that the PBX sends. Dialling in is not offered.
        if field("mode").is_some_and(|mode| mode.as_u64() != Some(0)) {
            let message = "mode is 0: other ways of recording are not offered".to_owned();
            return Err(Refused::Bad(2, message));
        }
        Ok(asked)
    }
}

/// The query of a list or a stop.
#[derive(Default)]
struct Wanted {
    device_name: Option<String>,
    number: Option<String>,
    username: Option<String>,
    numeric_id: Option<String>,
}

impl Wanted {
    fn parse(uri: &Uri) -> Self {
        let mut wanted = Self::default();
        for (name, value) in query::pairs(uri.query()) {
            let slot = match name.to_ascii_lowercase().as_str() {
                "devicename" => &mut wanted.device_name,
                "directorynumber" => &mut wanted.number,
                "username" => &mut wanted.username,
                "numericuserid" => &mut wanted.numeric_id,
                _ => continue,
            };
            *slot = given(&value);
        }
        // A `+` that was sent unescaped is a blank by now.
        if let Some(rest) = wanted.number.as_ref().and_then(|n| n.strip_prefix(' ')) {
            wanted.number = Some(format!("+{rest}"));
        }
        wanted
    }

    fn admits(&self, line: &Line) -> bool {
        let owner = line.owner.as_ref();
        let named = |name: &String| {
            owner.is_some_and(|owner| owner.person.username.to_lowercase() == name.to_lowercase())
        };
        let numbered = |id: &String| {
            let numeric = owner.and_then(|owner| owner.numeric_id);
            numeric.is_some_and(|numeric| numeric.to_string() == id.trim())
        };
        line.is_at(&self.device_name, &self.number)
            && self.username.as_ref().is_none_or(named)
            && self.numeric_id.as_ref().is_none_or(numbered)
    }
}

/// What is left empty is not given.
fn given(text: &str) -> Option<String> {
    (!text.trim().is_empty()).then(|| text.to_owned())
}
