//! Every way a request is refused, and what goes over the wire then.
//!
//! The only place that knows statuses of refusals. An answer never holds a path, SQL or a
//! stack trace: what only operators may know goes to the log, once, under the reference that
//! the answer names.
//!
//! There are two dialects: the compatible API's bodies, made here, and the problem details of
//! `/api/v1`, which `problem` makes of what travels beside them in the response.

mod errors;
mod kinds;
mod problem;

pub(crate) use kinds::Kind;
pub(crate) use problem::as_problem;

use axum::Json;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use problem::Problem;
use serde::Serialize;
use std::time::Duration;

/// The challenge of every 401 (RFC 7617 §2.1).
const CHALLENGE: HeaderValue =
    HeaderValue::from_static("Basic realm=\"Earwitness\", charset=\"UTF-8\"");

/// When to come back after a 503.
const RETRY_UNAVAILABLE: Duration = Duration::from_secs(3);

/// Why a request is not answered with what it asked for.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// No such path; said before sign-in.
    UnknownPath,
    /// The path does not take this method; said before sign-in. `Allow` is the router's.
    WrongMethod,
    /// No credentials, malformed ones, or wrong ones.
    Unauthenticated,
    /// Too many wrong passwords.
    SlowDown(Duration),
    /// Too many requests of one address or user.
    TooMany(Duration),
    /// The caller's level is below the endpoint's minimum.
    LevelTooLow,
    /// The caller's token was not made for this.
    OutOfScope,
    /// A changing request with a session cookie came without the session's token.
    NoCsrf,
    /// Not a GUID.
    BadId,
    /// A filter of the list that cannot be used as given.
    BadFilter(String),
    /// `page` and `pageSize` that make no page.
    BadPaging(&'static str),
    /// The collection's path with a slash and nothing behind it.
    MissingId,
    /// A query, header or body of v1 that cannot be used as given.
    BadRequest(String),
    /// Rows of a table that cannot be used, one sentence each.
    BadRows(Vec<String>),
    /// The body is larger than the path takes.
    TooLarge,
    /// The body is of another type than the path takes.
    UnsupportedType(&'static str),
    /// There is no recording of this id.
    NoRecording,
    /// There is nothing else of this name: says what.
    Missing(&'static str),
    /// The recording was deleted. The compatible API says that it does not exist.
    Deleted(Box<model::Recording>),
    /// The recording has no sound.
    NoSound,
    /// The recording is not in the caller's reach.
    NotYours,
    /// Preserved, on hold or under retention.
    Protected,
    /// `If-Match` names another version.
    Changed,
    /// It is there already, or something stands against it: a kind and a message.
    Conflict(&'static Kind, String),
    /// An idempotency key came again with another request, or while the first one still runs.
    KeyReused,
    /// A range behind the end of a file of so many bytes.
    Unsatisfiable(u64),
    /// This node records nothing.
    NoRecorder,
    /// The catalogue or the archive cannot answer now.
    Unavailable,
    /// The answer took too long.
    TooSlow,
    /// A fault of ours, logged under this reference.
    Fault(String),
}

impl Refusal {
    /// Logs a fault, and refuses with a reference to the log line.
    pub(crate) fn fault(what: &dyn std::fmt::Display) -> Self {
        let reference = reference();
        tracing::error!(reference, "a request failed: {what}");
        Self::Fault(reference)
    }
}

/// The body of the compatible API's errors. When you change this, also change
/// `docs/compat.md` and the golden files in `tests/compat`.
#[derive(Serialize)]
struct Body {
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<u8>,
    message: String,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let message = self.message();
        let body = Body {
            reason: self.reason(),
            message: message.clone(),
        };
        let mut response = (self.kind().status, Json(body)).into_response();
        let headers = response.headers_mut();
        if let Some(wait) = self.wait() {
            // Rounded up: who comes back then is not too early.
            let seconds = wait.as_millis().div_ceil(1000).max(1);
            let seconds = u64::try_from(seconds).unwrap_or(u64::MAX);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Self::Unauthenticated = self {
            headers.insert(header::WWW_AUTHENTICATE, CHALLENGE);
        }
        if let Self::Unsatisfiable(size) = self
            && let Ok(value) = HeaderValue::try_from(format!("bytes */{size}"))
        {
            headers.insert(header::CONTENT_RANGE, value);
        }
        response.extensions_mut().insert(Problem::of(self, message));
        response
    }
}

impl Refusal {
    /// How long the client should wait, where waiting helps.
    fn wait(&self) -> Option<Duration> {
        if let Self::SlowDown(wait) | Self::TooMany(wait) = self {
            return Some(*wait);
        }
        matches!(self, Self::Unavailable).then_some(RETRY_UNAVAILABLE)
    }

    /// The `reason` published for this refusal, where there is one.
    fn reason(&self) -> Option<u8> {
        if let Self::BadFilter(_) = self {
            return Some(0);
        }
        matches!(self, Self::BadPaging(_)).then_some(1)
    }
}

impl Refusal {
    fn kind(&self) -> &'static Kind {
        match self {
            Self::UnknownPath => &Kind::UNKNOWN_PATH,
            Self::WrongMethod => &Kind::WRONG_METHOD,
            Self::Unauthenticated => &Kind::UNAUTHENTICATED,
            Self::SlowDown(_) => &Kind::SLOW_DOWN,
            Self::TooMany(_) => &Kind::TOO_MANY_REQUESTS,
            Self::LevelTooLow => &Kind::LEVEL_TOO_LOW,
            Self::OutOfScope => &Kind::OUT_OF_SCOPE,
            Self::NoCsrf => &Kind::NO_CSRF_TOKEN,
            Self::BadId
            | Self::BadFilter(_)
            | Self::BadPaging(_)
            | Self::BadRequest(_)
            | Self::BadRows(_) => &Kind::BAD_REQUEST,
            Self::TooLarge => &Kind::TOO_LARGE,
            Self::UnsupportedType(_) => &Kind::WRONG_TYPE,
            Self::MissingId | Self::NoRecording | Self::Missing(_) | Self::Deleted(_) => {
                &Kind::NOT_FOUND
            }
            Self::NoSound => &Kind::NO_SOUND,
            Self::NotYours => &Kind::NOT_YOURS,
            Self::Protected => &Kind::PROTECTED,
            Self::Changed => &Kind::CHANGED,
            Self::Conflict(kind, _) => kind,
            Self::KeyReused => &Kind::KEY_REUSED,
            Self::Unsatisfiable(_) => &Kind::UNSATISFIABLE,
            Self::NoRecorder => &Kind::NO_RECORDER,
            Self::Unavailable => &Kind::UNAVAILABLE,
            Self::TooSlow => &Kind::TOO_SLOW,
            Self::Fault(_) => &Kind::FAULT,
        }
    }

    /// Why something was not done to one of many things, for people. `None`: the refusal is not
    /// about the thing, but a fault of ours or something that passes.
    pub(crate) fn of_one(&self) -> Option<String> {
        if let Self::Deleted(_) = self {
            return Some(Kind::DELETED.message.to_owned());
        }
        let about = self.kind().status.is_client_error();
        about.then(|| self.message())
    }

    /// For people. Only what the kind alone does not say is worded here.
    fn message(&self) -> String {
        match self {
            Self::BadFilter(message) | Self::BadRequest(message) | Self::Conflict(_, message) => {
                message.clone()
            }
            Self::BadPaging(message) | Self::Missing(message) | Self::UnsupportedType(message) => {
                (*message).to_owned()
            }
            Self::BadId => "id is not a valid GUID".to_owned(),
            Self::BadRows(rows) => format!("{} rows cannot be used as given", rows.len()),
            Self::MissingId => "missing id".to_owned(),
            Self::Fault(reference) => {
                format!("something went wrong here; the log says more under {reference}")
            }
            Self::UnknownPath
            | Self::WrongMethod
            | Self::Unauthenticated
            | Self::SlowDown(_)
            | Self::TooMany(_)
            | Self::LevelTooLow
            | Self::OutOfScope
            | Self::NoCsrf
            | Self::TooLarge
            | Self::NoRecording
            | Self::Deleted(_)
            | Self::NoSound
            | Self::NotYours
            | Self::Protected
            | Self::Changed
            | Self::KeyReused
            | Self::Unsatisfiable(_)
            | Self::NoRecorder
            | Self::Unavailable
            | Self::TooSlow => self.kind().message.to_owned(),
        }
    }
}

/// Random, so that it tells nothing; short, so that it can be read over the phone.
fn reference() -> String {
    let mut bytes = [0; 6];
    // Without randomness the log line is still found by its time.
    getrandom::fill(&mut bytes).unwrap_or_default();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_tell_a_reference_and_nothing_else() {
        let Refusal::Fault(reference) = Refusal::fault(&"SELECT secret FROM /var/lib") else {
            panic!("a fault");
        };
        assert_eq!(reference.len(), 12);
        let refusal = Refusal::Fault(reference.clone());
        assert_eq!(refusal.kind().status.as_u16(), 500);
        let message = refusal.message();
        assert!(
            message.contains(&reference) && !message.contains("SELECT"),
            "{message}"
        );
    }

    #[test]
    fn waits_are_rounded_up() {
        for (wait, seconds) in [(1, "1"), (1000, "1"), (1001, "2"), (0, "1")] {
            let response = Refusal::SlowDown(Duration::from_millis(wait)).into_response();
            assert_eq!(response.headers()[header::RETRY_AFTER], seconds);
        }
    }
}
