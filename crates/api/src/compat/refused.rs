//! What the compatible API answers when it refuses: the reasons published for it alone.
//!
//! Everything it shares with the rest of the product is a `Refusal`.

use crate::refusal::Refusal;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// Why a request is not answered with what it asked for.
#[derive(Debug)]
pub(super) enum Refused {
    /// As everywhere.
    As(Refusal),
    /// 400 with a published reason.
    Bad(u8, String),
    /// 400 with a published reason; what is left of the request is not read.
    BadAndClose(u8, String),
    /// 400 about a line, which is named.
    Line {
        reason: u8,
        device_name: String,
        message: &'static str,
    },
    /// 409: there is no such call, or not in the state it needs.
    NoCall(&'static str),
    /// 429: it has been asked before.
    AlreadyRecorded,
    /// 503: the recorder cannot do it now.
    NoChannel,
    /// 504: there is no recorder to ask.
    NoRecorder,
}

/// The body of these answers. When you change this, also change `docs/compat.md` and the
/// golden files in `tests/compat`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_name: Option<&'a str>,
    message: &'a str,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        // What was deleted does not exist any more: that it once did is for v1 to say.
        if let Refusal::Deleted(_) = refusal {
            return Self::As(Refusal::NoRecording);
        }
        if let Refusal::NoRecorder = refusal {
            return Self::NoRecorder;
        }
        Self::As(refusal)
    }
}

impl From<catalogue::Error> for Refused {
    fn from(error: catalogue::Error) -> Self {
        Refusal::from(error).into()
    }
}

impl From<archive::Error> for Refused {
    fn from(error: archive::Error) -> Self {
        Refusal::from(error).into()
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::As(refusal) => refusal.into_response(),
            Self::Bad(reason, message) => {
                answer(StatusCode::BAD_REQUEST, Some(reason), None, &message)
            }
            Self::BadAndClose(reason, message) => {
                let mut response = answer(StatusCode::BAD_REQUEST, Some(reason), None, &message);
                let close = HeaderValue::from_static("close");
                response.headers_mut().insert(header::CONNECTION, close);
                response
            }
            Self::Line {
                reason,
                device_name,
                message,
            } => answer(
                StatusCode::BAD_REQUEST,
                Some(reason),
                Some(&device_name),
                message,
            ),
            Self::NoCall(message) => answer(StatusCode::CONFLICT, None, None, message),
            Self::AlreadyRecorded => answer(
                StatusCode::TOO_MANY_REQUESTS,
                None,
                None,
                "the call is being recorded already",
            ),
            Self::NoChannel => {
                let message = "the recorder cannot do this now";
                let mut response = answer(StatusCode::SERVICE_UNAVAILABLE, None, None, message);
                let wait = HeaderValue::from_static("3");
                response.headers_mut().insert(header::RETRY_AFTER, wait);
                response
            }
            Self::NoRecorder => answer(
                StatusCode::GATEWAY_TIMEOUT,
                None,
                None,
                "there is no recorder at this address",
            ),
        }
    }
}

fn answer(
    status: StatusCode,
    reason: Option<u8>,
    device_name: Option<&str>,
    message: &str,
) -> Response {
    let body = Body {
        reason,
        device_name,
        message,
    };
    (status, Json(body)).into_response()
}
