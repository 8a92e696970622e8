//! Requests that may be sent again: `Idempotency-Key` on what creates.
//!
//! The first request with a key does its work and its answer is kept for a day; the same
//! request with the same key gets that answer, another request with it is refused. An answer
//! that failed is not kept: trying again is then what the client wants.

use crate::app::App;
use crate::auth::Caller;
use crate::refusal::Refusal;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use catalogue::{Repeat, StoredAnswer};
use model::Sha256;
use serde::Serialize;
use sha2::Digest;
use std::future::Future;

/// The header.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Most characters of a key.
const KEY_CHARACTERS_MAX: usize = 255;

/// What was created: what is said now, and what is said when asked again, without secrets.
pub(crate) struct Created {
    pub(crate) status: StatusCode,
    pub(crate) location: Option<String>,
    pub(crate) body: Vec<u8>,
    pub(crate) again: Vec<u8>,
}

impl Created {
    /// 201 with a body that holds no secret.
    pub(crate) fn new(location: String, body: &impl Serialize) -> Result<Self, Refusal> {
        Self::secret(location, body, body)
    }

    /// 201 with a body that is shown once, and one to be shown when asked again.
    pub(crate) fn secret(
        location: String,
        body: &impl Serialize,
        again: &impl Serialize,
    ) -> Result<Self, Refusal> {
        let text = |error: serde_json::Error| Refusal::fault(&error);
        Ok(Self {
            status: StatusCode::CREATED,
            location: Some(location),
            body: serde_json::to_vec(body).map_err(text)?,
            again: serde_json::to_vec(again).map_err(text)?,
        })
    }

    fn stored(&self) -> StoredAnswer {
        let location = self.location.iter();
        StoredAnswer {
            status: self.status.as_u16(),
            headers: location
                .map(|location| ("location".to_owned(), location.clone()))
                .collect(),
            body: self.again.clone(),
        }
    }
}

/// Does the work once for each key. `what` and `asked` are what makes two requests the same.
///
/// Work with a key goes on when the client hangs up: the client will ask again what came of it.
pub(crate) async fn once(
    app: &App,
    caller: &Caller,
    headers: &HeaderMap,
    what: &str,
    asked: &[u8],
    work: impl Future<Output = Result<Created, Refusal>> + Send + 'static,
) -> Result<Response, Refusal> {
    let Some(key) = key(headers)? else {
        return work.await.map(|created| answer(&created));
    };
    let user = caller.principal().id;
    let begun = app.catalogue.begin_request(user, key, hash(what, asked));
    match begun.await? {
        Repeat::First => {}
        Repeat::Running | Repeat::Conflict => return Err(Refusal::KeyReused),
        Repeat::Done(stored) => return repeated(stored),
    }
    let (catalogue, key) = (app.catalogue.clone(), key.to_owned());
    let done = tokio::spawn(async move {
        match work.await {
            Ok(created) => {
                let stored = created.stored();
                catalogue.finish_request(user, &key, stored).await?;
                Ok(answer(&created))
            }
            Err(refusal) => {
                catalogue.forget_request(user, &key).await?;
                Err(refusal)
            }
        }
    });
    done.await
        .unwrap_or_else(|_| Err(Refusal::fault(&"a handler panicked")))
}

fn key(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    let key = value.to_str().unwrap_or_default();
    if key.is_empty() || key.len() > KEY_CHARACTERS_MAX {
        let rule = "Idempotency-Key has 1 to 255 printable ASCII characters";
        return Err(Refusal::BadRequest(rule.to_owned()));
    }
    Ok(Some(key))
}

fn hash(what: &str, asked: &[u8]) -> Sha256 {
    let mut hash = sha2::Sha256::new();
    hash.update(what.as_bytes());
    hash.update([0]);
    hash.update(asked);
    Sha256(hash.finalize().into())
}

fn answer(created: &Created) -> Response {
    let mut response = (created.status, created.body.clone()).into_response();
    let headers = response.headers_mut();
    let json = HeaderValue::from_static("application/json");
    headers.insert(header::CONTENT_TYPE, json);
    let location = created.location.as_deref().map(HeaderValue::try_from);
    if let Some(Ok(location)) = location {
        headers.insert(header::LOCATION, location);
    }
    response
}

fn repeated(stored: StoredAnswer) -> Result<Response, Refusal> {
    let mut response = Response::new(Body::from(stored.body));
    *response.status_mut() =
        StatusCode::from_u16(stored.status).map_err(|error| Refusal::fault(&error))?;
    let headers = response.headers_mut();
    let json = HeaderValue::from_static("application/json");
    headers.insert(header::CONTENT_TYPE, json);
    for (name, value) in stored.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.insert(name, value);
        }
    }
    headers.insert("idempotency-replayed", HeaderValue::from_static("true"));
    Ok(response)
}
