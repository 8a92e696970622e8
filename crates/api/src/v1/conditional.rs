//! Entity tags of JSON (RFC 9110 §8.8.3), and what clients make depend on them.

use crate::audio;
use crate::refusal::Refusal;
use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// The tag of a thing as it would be shown: a version, where it has one, and a digest.
fn tag(version: i64, text: &[u8]) -> String {
    format!("\"{version}.{}\"", audio::digest(text))
}

/// A thing with its tag, or 304 when the client has just that.
pub(crate) fn tagged(
    headers: &HeaderMap,
    version: i64,
    thing: &impl Serialize,
) -> Result<Response, Refusal> {
    let text = serde_json::to_vec(thing).map_err(|error| Refusal::fault(&error))?;
    let tag = tag(version, &text);
    let mut response = if audio::known(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Json(thing).into_response()
    };
    let value = HeaderValue::try_from(tag).map_err(|error| Refusal::fault(&error))?;
    response.headers_mut().insert(header::ETAG, value);
    Ok(response)
}

/// The version that `If-Match` asks for; `None`: any.
pub(crate) fn version(headers: &HeaderMap) -> Result<Option<i64>, Refusal> {
    let Some(list) = headers.get(header::IF_MATCH) else {
        return Ok(None);
    };
    let text = list.to_str().map_err(|_| Refusal::Changed)?.trim();
    if text == "*" {
        return Ok(None);
    }
    // Only what was tagged by `tagged` can match; the digest is of how it was shown, to whom.
    let version = text
        .strip_prefix('"')
        .and_then(|tag| tag.split_once('.'))
        .and_then(|(version, _)| version.parse().ok());
    version.map(Some).ok_or(Refusal::Changed)
}

/// Refuses when `If-Match` names another state of a thing without a version than this one, and
/// says whether it asks for a state at all: then nothing else may have changed the thing when
/// it is written.
pub(crate) fn unchanged(headers: &HeaderMap, thing: &impl Serialize) -> Result<bool, Refusal> {
    let Some(list) = headers.get(header::IF_MATCH) else {
        return Ok(false);
    };
    let text = serde_json::to_vec(thing).map_err(|error| Refusal::fault(&error))?;
    if audio::names(list.as_bytes(), &tag(0, &text)) {
        Ok(list.as_bytes().trim_ascii() != b"*")
    } else {
        Err(Refusal::Changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn if_match(value: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_MATCH, HeaderValue::from_static(value));
        headers
    }

    #[test]
    fn versions_are_read_from_our_tags() {
        assert_eq!(version(&HeaderMap::new()).unwrap(), None);
        assert_eq!(version(&if_match("*")).unwrap(), None);
        assert_eq!(version(&if_match("\"7.0123\"")).unwrap(), Some(7));
        for other in ["", "7", "\"x\"", "\"x.1\"", "W/\"7.1\""] {
            assert!(version(&if_match(other)).is_err(), "{other}");
        }
    }

    #[test]
    fn what_is_the_same_is_not_sent_again() {
        let first = tagged(&HeaderMap::new(), 3, &"thing").unwrap();
        let tag = first.headers()[header::ETAG].clone();
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_NONE_MATCH, tag);
        let status = |thing| tagged(&headers, 3, &thing).unwrap().status().as_u16();
        assert_eq!((status("thing"), status("other")), (304, 200));
    }
}
