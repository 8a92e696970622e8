//! Every way a request is refused, and what goes over the wire then.
//!
//! The only place that knows statuses of refusals. An answer never holds a path, SQL or a
//! stack trace: what only operators may know goes to the log, once, under the reference that
//! the answer names.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
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
    /// The caller's level is below the endpoint's minimum.
    LevelTooLow,
    /// Not a GUID.
    BadId,
    /// A filter of the list that cannot be used as given.
    BadFilter(String),
    /// `page` and `pageSize` that make no page.
    BadPaging(&'static str),
    /// The collection's path with a slash and nothing behind it.
    MissingId,
    /// There is no recording of this id.
    NoRecording,
    /// The recording has no sound.
    NoSound,
    /// The recording is not in the caller's reach.
    NotYours,
    /// A range behind the end of a file of so many bytes.
    Unsatisfiable(u64),
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

impl From<catalogue::Error> for Refusal {
    fn from(error: catalogue::Error) -> Self {
        if error.is_unavailable() {
            tracing::warn!("a request is answered 503: {error}");
            return Self::Unavailable;
        }
        Self::fault(&error)
    }
}

impl From<archive::Error> for Refusal {
    fn from(error: archive::Error) -> Self {
        if error.is_unavailable() {
            tracing::warn!("a request is answered 503: {error}");
            return Self::Unavailable;
        }
        Self::fault(&error)
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
        let (status, reason, message) = self.wording();
        let mut response = (status, Json(Body { reason, message })).into_response();
        let headers = response.headers_mut();
        match self {
            Self::Unauthenticated => {
                headers.insert(header::WWW_AUTHENTICATE, CHALLENGE);
            }
            Self::SlowDown(wait) => {
                // Rounded up: who comes back then is not too early.
                let seconds = wait.as_millis().div_ceil(1000).max(1);
                let seconds = u64::try_from(seconds).unwrap_or(u64::MAX);
                headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            Self::Unavailable => {
                let seconds = HeaderValue::from(RETRY_UNAVAILABLE.as_secs());
                headers.insert(header::RETRY_AFTER, seconds);
            }
            Self::Unsatisfiable(size) => {
                if let Ok(value) = HeaderValue::try_from(format!("bytes */{size}")) {
                    headers.insert(header::CONTENT_RANGE, value);
                }
            }
            Self::UnknownPath
            | Self::WrongMethod
            | Self::LevelTooLow
            | Self::BadId
            | Self::BadFilter(_)
            | Self::BadPaging(_)
            | Self::MissingId
            | Self::NoRecording
            | Self::NoSound
            | Self::NotYours
            | Self::TooSlow
            | Self::Fault(_) => {}
        }
        response
    }
}

impl Refusal {
    /// Status, the published `reason` where there is one, and a message for people.
    fn wording(&self) -> (StatusCode, Option<u8>, String) {
        let plain = |status, message: &str| (status, None, message.to_owned());
        match self {
            Self::UnknownPath => plain(StatusCode::NOT_FOUND, "there is nothing at this path"),
            Self::WrongMethod => plain(
                StatusCode::METHOD_NOT_ALLOWED,
                "this path does not take this method",
            ),
            Self::Unauthenticated => plain(
                StatusCode::UNAUTHORIZED,
                "no authentication provided or wrong user credentials",
            ),
            Self::SlowDown(_) => plain(
                StatusCode::TOO_MANY_REQUESTS,
                "too many wrong passwords: wait before trying again",
            ),
            Self::LevelTooLow => plain(
                StatusCode::FORBIDDEN,
                "your level does not allow seeing recordings",
            ),
            Self::BadId => plain(StatusCode::BAD_REQUEST, "id is not a valid GUID"),
            Self::BadFilter(message) => (StatusCode::BAD_REQUEST, Some(0), message.clone()),
            Self::BadPaging(message) => (StatusCode::BAD_REQUEST, Some(1), (*message).to_owned()),
            Self::MissingId => plain(StatusCode::NOT_FOUND, "missing id"),
            Self::NoRecording => plain(StatusCode::NOT_FOUND, "recording does not exist"),
            Self::NoSound => plain(StatusCode::NOT_FOUND, "this recording has no sound"),
            Self::NotYours => plain(
                StatusCode::FORBIDDEN,
                "you have no sufficient privileges to access this recording",
            ),
            Self::Unsatisfiable(_) => plain(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "the range lies behind the end",
            ),
            Self::Unavailable => plain(
                StatusCode::SERVICE_UNAVAILABLE,
                "not available now: try again later",
            ),
            Self::TooSlow => plain(StatusCode::GATEWAY_TIMEOUT, "the answer took too long"),
            Self::Fault(reference) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                None,
                format!("something went wrong here; the log says more under {reference}"),
            ),
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
        let (status, reason, message) = Refusal::Fault(reference.clone()).wording();
        assert_eq!((status.as_u16(), reason), (500, None));
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
