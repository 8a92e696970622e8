//! The page at `/`: what this is and how to use it, until the console exists.

use axum::http::header;
use axum::response::{Html, IntoResponse};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

const PAGE: &str = include_str!("web/landing.html");

/// `/`.
pub(crate) async fn landing() -> impl IntoResponse {
    (
        [(header::CONTENT_SECURITY_POLICY, POLICY.as_str())],
        Html(PAGE),
    )
}

/// The page's `Content-Security-Policy`: nothing runs, nothing loads, nothing frames; its own
/// style is known by its hash.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(style().as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    )
});

fn style() -> &'static str {
    let inside = PAGE
        .split_once("<style>")
        .and_then(|(_, rest)| rest.split_once("</style>"));
    inside.map_or("", |(style, _)| style)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_needs_nothing_from_elsewhere() {
        for forbidden in ["src=", "url(", "@import", "<script", "<link", "style=\""] {
            assert!(!PAGE.contains(forbidden), "{forbidden}");
        }
        assert!(style().contains("prefers-color-scheme: dark"));
    }
}
