//! The compatible API: paths, JSON and small print as published for the product whose place
//! this one takes. Everything about its wire format lives below here.

pub(crate) mod dates;
mod fuzz;
mod grammar;
mod handlers;
mod line;
mod list;
mod live;
mod query;
mod refused;
mod routes;
mod types;
mod upload;

pub(crate) use fuzz::query as fuzz_query;
pub(crate) use routes::{canonical, is_upload, routes};

use crate::percent;
use axum::http::Uri;

/// A segment of a path, percent-decoded. What then is no GUID, be it because of a slash or of
/// bytes that are no text, is refused by whoever parses it.
fn segment(uri: &Uri, place: usize) -> String {
    let segment = uri.path().split('/').nth(place).unwrap_or_default();
    String::from_utf8_lossy(&percent::decoded(segment)).into_owned()
}
