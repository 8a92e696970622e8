//! The web page: files that `make web` made, embedded by `build.rs`, served from memory.
//!
//! Whoever asks gets them, since they are the same for everybody and hold nothing of anybody.
//! A path that is no page of ours stays 404: the page itself never stands in for it.

use crate::app::App;
use crate::audio;
use axum::Router;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::sync::{Arc, LazyLock};

/// What is embedded; empty in a build without the web page.
static SITE: &[File] = include!(concat!(env!("OUT_DIR"), "/site.rs"));

/// The pages: `web/src/routes.tsx` knows the same.
const PAGES: [&str; 17] = [
    "/",
    "/signin",
    "/recordings",
    "/recordings/{id}",
    "/recordings/{id}/signalling",
    "/live",
    "/dashboard",
    "/audit",
    "/users",
    "/groups",
    "/rules",
    "/clients",
    "/storage",
    "/keys",
    "/health",
    "/welcome",
    "/account",
];

/// The file that every page begins as.
const INDEX: &str = "/index.html";

/// Below this folder, names carry a hash of what is inside.
const HASHED: &str = "/assets/";

/// What the page may do: run and load what came with it, and talk to this server.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; \
     media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; \
     frame-ancestors 'none'",
);

/// A file and its compressed copies.
struct File {
    path: &'static str,
    plain: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

/// The paths of the page.
pub(crate) fn routes() -> Router<App> {
    of(SITE)
}

fn of(site: &'static [File]) -> Router<App> {
    let mut router = Router::new();
    let Some(index) = site.iter().find(|file| file.path == INDEX) else {
        return router.route("/", get(unbuilt));
    };
    let index = Arc::new(Served::new(index));
    for page in PAGES {
        router = served_at(router, page, &index);
    }
    for file in site.iter().filter(|file| file.path != INDEX) {
        router = served_at(router, file.path, &Arc::new(Served::new(file)));
    }
    router
}

fn served_at(router: Router<App>, path: &str, served: &Arc<Served>) -> Router<App> {
    let served = Arc::clone(served);
    router.route(
        path,
        get(move |headers: HeaderMap| std::future::ready(served.answer(&headers))),
    )
}

/// A file with what never changes about it.
struct Served {
    file: &'static File,
    digest: String,
    content_type: &'static str,
    caching: &'static str,
}

impl Served {
    fn new(file: &'static File) -> Self {
        let caching = if file.path.starts_with(HASHED) {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        Self {
            file,
            digest: audio::digest(file.plain),
            content_type: content_type(file.path),
            caching,
        }
    }

    /// The smallest copy that the browser takes, or 304 when it has just that.
    fn answer(&self, headers: &HeaderMap) -> Response {
        let copies = [("br", self.file.brotli), ("gzip", self.file.gzip)];
        let copy = copies
            .into_iter()
            .find_map(|(name, bytes)| bytes.filter(|_| takes(headers, name)).map(|b| (name, b)));
        let (encoding, bytes) = copy.unwrap_or(("", self.file.plain));
        let tag = format!("\"{}{encoding}\"", self.digest);
        let known = audio::known(headers, &tag);
        let mut response = if known {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            bytes.into_response()
        };
        let head = response.headers_mut();
        head.insert(header::CONTENT_SECURITY_POLICY, POLICY);
        head.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        head.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        let caching = HeaderValue::from_static(self.caching);
        head.insert(header::CACHE_CONTROL, caching);
        let kind = HeaderValue::from_static(self.content_type);
        head.insert(header::CONTENT_TYPE, kind);
        if !encoding.is_empty() && !known {
            let encoding = HeaderValue::from_static(encoding);
            head.insert(header::CONTENT_ENCODING, encoding);
        }
        if let Ok(tag) = HeaderValue::try_from(tag) {
            head.insert(header::ETAG, tag);
        }
        response
    }
}

/// Whether the browser takes an encoding (RFC 9110 §12.5.3); "anything" is not taken at its
/// word.
fn takes(headers: &HeaderMap, encoding: &str) -> bool {
    let lines = headers.get_all(header::ACCEPT_ENCODING).iter();
    let mut offers = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','));
    offers.any(|offer| {
        let mut parts = offer.split(';').map(str::trim);
        let named = parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let weight = parts.find_map(|part| part.strip_prefix("q="));
        named && weight.is_none_or(|weight| weight.parse::<f32>().is_ok_and(|q| q > 0.0))
    })
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "woff2" => "font/woff2",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

const UNBUILT: &str = include_str!("web/unbuilt.html");

/// `/` of a build without the web page: how to build it, and how to do without.
async fn unbuilt() -> impl IntoResponse {
    (
        [(header::CONTENT_SECURITY_POLICY, UNBUILT_POLICY.as_str())],
        Html(UNBUILT),
    )
}

/// Nothing runs, nothing loads, nothing frames; its own style is known by its hash.
static UNBUILT_POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(style().as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    )
});

fn style() -> &'static str {
    let inside = UNBUILT
        .split_once("<style>")
        .and_then(|(_, rest)| rest.split_once("</style>"));
    inside.map_or("", |(style, _)| style)
}

#[cfg(test)]
mod tests;
