//! Paths, queries and bodies of `/api/v1`, read strictly: what is not understood is refused,
//! never ignored, since a misspelled filter would say something else than was meant.

use crate::refusal::Refusal;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

/// Most bytes of a JSON body.
pub(crate) const JSON_BYTES_MAX: usize = 256 * 1024;

/// Values of the path.
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(values)) => Ok(Self(values)),
            Err(rejection) => Err(Refusal::BadRequest(rejection.body_text())),
        }
    }
}

/// Values of the query.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Refusal> {
        match axum::extract::Query::try_from_uri(&parts.uri) {
            Ok(axum::extract::Query(values)) => Ok(Self(values)),
            Err(rejection) => Err(Refusal::BadRequest(rejection.body_text())),
        }
    }
}

/// A JSON body, and the bytes it was read from.
pub(crate) struct Body<T> {
    pub(crate) value: T,
    pub(crate) bytes: Bytes,
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Refusal> {
        if !is(request.headers(), "application/json") {
            return Err(Refusal::UnsupportedType(
                "the body has to be application/json",
            ));
        }
        let bytes = whole(request, JSON_BYTES_MAX).await?;
        let value = serde_json::from_slice(&bytes)
            .map_err(|error| Refusal::BadRequest(format!("the body cannot be used: {error}")))?;
        Ok(Self { value, bytes })
    }
}

/// The whole body, if it is not too large.
pub(crate) async fn whole(request: Request, bytes_max: usize) -> Result<Bytes, Refusal> {
    let declared = request.headers().get(header::CONTENT_LENGTH);
    let declared = declared.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|length| length > bytes_max) {
        return Err(Refusal::TooLarge);
    }
    // What is not read to its end was too large, or the connection broke and nobody listens.
    let bytes = axum::body::to_bytes(request.into_body(), bytes_max).await;
    bytes.map_err(|_| Refusal::TooLarge)
}

/// Whether the body is said to be of this type, whatever its parameters.
pub(crate) fn is(headers: &HeaderMap, media_type: &str) -> bool {
    let value = headers.get(header::CONTENT_TYPE);
    let essence = value.and_then(|value| value.to_str().ok()?.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case(media_type))
}

/// Tells a key that is `null` from one that is missing.
#[expect(
    clippy::option_option,
    reason = "missing, null and a value are three things"
)]
pub(crate) fn given<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(deserializer).map(Some)
}
