//! Problem details (RFC 9457): how `/api/v1` says what `Refusal` knows.

use super::{Kind, Refusal};
use crate::v1::types;
use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use serde_json::{Map, Value, json};

/// What a refused response carries beside its body, for the dialect of `/api/v1`.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    kind: &'static Kind,
    detail: String,
    more: Map<String, Value>,
}

/// Browsers would ask for a password by themselves if `Basic` were named here, over the head
/// of the page that signs in with a form. Basic is taken all the same.
const CHALLENGE: HeaderValue = HeaderValue::from_static("Bearer realm=\"Earwitness\"");

const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

impl Problem {
    pub(super) fn of(refusal: Refusal, detail: String) -> Self {
        let mut kind = refusal.kind();
        let mut detail = detail;
        let mut more = Map::new();
        if let Refusal::Deleted(recording) = refusal {
            kind = &Kind::DELETED;
            kind.message.clone_into(&mut detail);
            more.insert("tombstone".to_owned(), tombstone(&recording));
        } else if let Refusal::Fault(reference) = refusal {
            more.insert("reference".to_owned(), Value::String(reference));
        } else if let Refusal::BadRows(rows) = refusal {
            more.insert("errors".to_owned(), json!(rows));
        }
        Self { kind, detail, more }
    }
}

fn tombstone(recording: &model::Recording) -> Value {
    let stone = recording.tombstone.as_ref();
    json!(stone.map(|stone| types::Tombstone::of(recording, stone)))
}

/// The response with its refusal, if it is one, told as problem details. Everything but body
/// and challenge stays.
pub(crate) fn as_problem(mut response: Response) -> Response {
    let Some(problem) = response.extensions_mut().remove::<Problem>() else {
        return response;
    };
    let mut body = problem.more;
    let kind = problem.kind;
    let title = kind.status.canonical_reason().unwrap_or_default();
    body.insert("type".to_owned(), json!(format!("/api/docs#{}", kind.code)));
    body.insert("title".to_owned(), json!(title));
    body.insert("status".to_owned(), json!(kind.status.as_u16()));
    body.insert("code".to_owned(), json!(kind.code));
    body.insert("detail".to_owned(), json!(problem.detail));
    let text = Value::Object(body).to_string();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, PROBLEM_JSON);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(text.len()));
    if headers.contains_key(header::WWW_AUTHENTICATE) {
        headers.insert(header::WWW_AUTHENTICATE, CHALLENGE);
    }
    *response.body_mut() = Body::from(text);
    *response.status_mut() = kind.status;
    response
}
