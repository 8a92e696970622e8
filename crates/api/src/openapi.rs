//! The descriptions of both APIs (OpenAPI 3.1), and the page made of them.
//!
//! That of `/api/v1` is generated from the handlers and wire types; what holds for all
//! operations, such as how they are refused, is added here once. That of the compatible API is
//! written by hand: its page is older than this code. Nothing here knows a running server.

mod finish;
mod page;

use crate::v1;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use std::sync::LazyLock;

/// The OpenAPI 3.1 document of `/api/v1`, as JSON text.
#[must_use]
pub fn openapi() -> &'static str {
    &V1
}

/// The OpenAPI 3.1 document of the compatible API, as JSON text.
#[must_use]
pub fn openapi_compatible() -> &'static str {
    COMPATIBLE
}

const COMPATIBLE: &str = include_str!("openapi/compatible.json");

static V1_VALUE: LazyLock<Value> = LazyLock::new(|| {
    let generated = v1::routes().into_openapi();
    let mut document = serde_json::to_value(generated).unwrap_or_default();
    finish::finish(&mut document);
    document
});

static V1: LazyLock<String> = LazyLock::new(|| {
    let mut text = serde_json::to_string_pretty(&*V1_VALUE).unwrap_or_default();
    text.push('\n');
    text
});

/// `/api/v1/openapi.json`.
pub(crate) async fn document() -> impl IntoResponse {
    let json = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, json)], openapi())
}

/// `/api/openapi-compatible.json`.
pub(crate) async fn compatible() -> impl IntoResponse {
    let json = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, json)], COMPATIBLE)
}

/// `/api/docs`.
pub(crate) async fn docs() -> Response {
    page::response()
}
