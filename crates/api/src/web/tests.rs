//! What the page's files are served as.

use super::*;
use crate::app::Options;
use archive::Archive;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use catalogue::Catalogue;
use tower::ServiceExt;

static BUILT: &[File] = &[
    File {
        path: "/index.html",
        plain: b"<!doctype html>page",
        brotli: Some(b"page in brotli"),
        gzip: Some(b"page in gzip"),
    },
    File {
        path: "/assets/main-a1b2.js",
        plain: b"run()",
        brotli: None,
        gzip: None,
    },
];

fn app() -> (App, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let catalogue = Catalogue::open("sqlite:catalogue.db", folder.path()).unwrap();
    let archive = Archive::open("file:archive", folder.path()).unwrap();
    let options = Options::new(catalogue, archive, Arc::new(Vec::new));
    (App::new(options), folder)
}

async fn ask(site: &'static [File], path: &str, headers: &[(&str, &str)]) -> Response {
    let (app, _folder) = app();
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).unwrap();
    of(site).with_state(app).oneshot(request).await.unwrap()
}

fn header_of<'a>(response: &'a Response, name: &str) -> &'a str {
    let value = response.headers().get(name);
    value.map_or("", |value| value.to_str().unwrap())
}

async fn text(response: Response) -> String {
    let bytes = to_bytes(response.into_body(), 100_000).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn every_page_is_the_page_and_nothing_else_is() {
    for path in ["/", "/signin", "/recordings?q=refund", "/recordings/1"] {
        let page = ask(BUILT, path, &[]).await;
        assert_eq!(page.status(), 200, "{path}");
        assert_eq!(header_of(&page, "content-type"), "text/html; charset=utf-8");
        assert_eq!(header_of(&page, "cache-control"), "no-cache");
        assert_eq!(text(page).await, "<!doctype html>page");
    }
    for path in [
        "/index.html",
        "/recordings/1/2",
        "/nothing",
        "/assets/",
        "/Recordings",
    ] {
        assert_eq!(ask(BUILT, path, &[]).await.status(), 404, "{path}");
    }
}

#[tokio::test]
async fn the_page_runs_and_loads_only_what_came_with_it() {
    let page = ask(BUILT, "/", &[]).await;
    let policy = header_of(&page, "content-security-policy");
    for rule in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(rule), "{policy}");
    }
    assert!(
        !policy.contains("unsafe") && !policy.contains("http"),
        "{policy}"
    );
}

#[tokio::test]
async fn names_with_a_hash_are_kept_for_ever() {
    let script = ask(BUILT, "/assets/main-a1b2.js", &[("accept-encoding", "br")]).await;
    assert!(header_of(&script, "cache-control").contains("immutable"));
    assert_eq!(
        header_of(&script, "content-type"),
        "text/javascript; charset=utf-8"
    );
    assert_eq!(header_of(&script, "content-encoding"), "");
    assert_eq!(text(script).await, "run()");
}

#[tokio::test]
async fn the_smallest_copy_goes_to_those_who_take_it() {
    for (accepted, encoding, body) in [
        ("gzip, deflate, br, zstd", "br", "page in brotli"),
        ("gzip;q=1.0, br;q=0", "gzip", "page in gzip"),
        ("GZIP", "gzip", "page in gzip"),
        ("identity, *", "", "<!doctype html>page"),
        ("br;q=nonsense", "", "<!doctype html>page"),
    ] {
        let page = ask(BUILT, "/", &[("accept-encoding", accepted)]).await;
        assert_eq!(header_of(&page, "content-encoding"), encoding, "{accepted}");
        assert_eq!(header_of(&page, "vary"), "accept-encoding");
        assert_eq!(text(page).await, body, "{accepted}");
    }
}

#[tokio::test]
async fn a_copy_that_is_there_already_is_not_sent_again() {
    let brotli = ("accept-encoding", "br");
    let tag = header_of(&ask(BUILT, "/", &[brotli]).await, "etag").to_owned();
    let again = ask(BUILT, "/", &[brotli, ("if-none-match", &tag)]).await;
    assert_eq!(again.status(), 304);
    assert_eq!(header_of(&again, "etag"), tag);
    assert_eq!(text(again).await, "");
    // Another copy has other bytes, hence another tag.
    let plain = ask(BUILT, "/", &[("if-none-match", &tag)]).await;
    assert_eq!(plain.status(), 200);
    assert_ne!(header_of(&plain, "etag"), tag);
}

#[tokio::test]
async fn a_build_without_the_page_says_how_to_get_it() {
    let page = ask(&[], "/", &[]).await;
    assert_eq!(page.status(), 200);
    let policy = header_of(&page, "content-security-policy").to_owned();
    assert!(policy.contains("style-src 'sha256-"), "{policy}");
    let text = text(page).await;
    assert!(text.contains("make web") && text.contains("README.md"));
    assert_eq!(ask(&[], "/recordings", &[]).await.status(), 404);
}

#[test]
fn the_page_of_such_a_build_needs_nothing_from_elsewhere() {
    for forbidden in ["src=", "url(", "@import", "<script", "<link", "style=\""] {
        assert!(!UNBUILT.contains(forbidden), "{forbidden}");
    }
    assert!(style().contains("prefers-color-scheme: dark"));
}
