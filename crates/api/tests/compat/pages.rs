//! What needs no sign-in: health, the page at `/`, unknown paths and methods; and the headers
//! that every answer has.

use crate::house::{Answer, BASE, House, JOHNS};
use axum::body::Body;
use axum::http::Request;
use std::sync::Arc;

async fn ask(house: &House, method: &str, path: &str) -> Answer {
    let request = Request::builder().method(method).uri(path);
    house.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn unknown_paths_and_wrong_methods_are_told_before_sign_in() {
    let house = House::new().await;
    for path in [
        "/nothing",
        "/api",
        "/fw/Apps/Recorder/WebAPI",
        "/fw/Apps/Recorder/WebAPI/",
        "/fw/Apps/Recorder/WebAPI/Nothing",
        "/x/fw/Apps/Recorder/WebAPI/Recordings",
        "//fw/Apps/Recorder/WebAPI/Recordings",
        &format!("{BASE}/{JOHNS}/"),
        &format!("{BASE}/{JOHNS}/Media/"),
        &format!("{BASE}/{JOHNS}/Sound"),
        &format!("{BASE}/{JOHNS}/Media/x"),
    ] {
        for method in ["GET", "POST"] {
            let answer = ask(&house, method, path).await;
            assert_eq!(answer.status, 404, "{method} {path}");
            assert_eq!(
                answer.text(),
                r#"{"message":"there is nothing at this path"}"#
            );
        }
    }
    for (path, allow) in [
        (BASE.to_owned(), "GET,HEAD,POST"),
        (format!("{BASE}/"), "GET,HEAD,POST"),
        (format!("{BASE}/{JOHNS}"), "GET,HEAD"),
        (format!("{BASE}/x/media"), "GET,HEAD"),
    ] {
        for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"] {
            let answer = ask(&house, method, &path).await;
            if allow.contains(method) {
                assert_eq!(answer.status, 401, "{method} {path}");
                continue;
            }
            assert_eq!(answer.status, 405, "{method} {path}");
            assert_eq!(answer.header("allow"), allow);
            assert_eq!(answer.header("content-type"), "application/json");
        }
        assert_eq!(ask(&house, "GET", &path).await.status, 401, "{path}");
        assert_eq!(ask(&house, "HEAD", &path).await.status, 401, "{path}");
    }
}

#[tokio::test]
async fn health_and_readiness() {
    let house = House::of_people().await;
    assert_eq!(ask(&house, "GET", "/healthz").await.status, 200);
    let ready = ask(&house, "GET", "/readyz").await;
    assert_eq!((ready.status.as_u16(), ready.text()), (200, "[]"));

    let house = House::with(|mut options| {
        options.readiness = Arc::new(|| vec!["draining".to_owned()]);
        options
    })
    .await;
    let ready = ask(&house, "GET", "/readyz").await;
    assert_eq!(
        (ready.status.as_u16(), ready.text()),
        (503, r#"["draining"]"#)
    );
    assert_eq!(ready.header("content-type"), "application/json");
    assert_eq!(ask(&house, "GET", "/healthz").await.status, 200);
}

#[tokio::test]
async fn there_is_a_page_at_the_root() {
    let house = House::of_people().await;
    let page = ask(&house, "GET", "/").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    let policy = page.header("content-security-policy");
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"));
    assert_eq!(ask(&house, "HEAD", "/").await.status, 200);
}

#[tokio::test]
async fn every_answer_has_the_protecting_headers_and_no_encoding() {
    let house = House::new().await;
    let mut answers = Vec::new();
    for path in ["/healthz", "/readyz", "/nothing", BASE] {
        answers.push(ask(&house, "GET", path).await);
    }
    answers.push(ask(&house, "POST", BASE).await);
    for path in [
        "",
        "?page=0",
        &format!("/{JOHNS}"),
        &format!("/{JOHNS}/Media"),
    ] {
        let request = crate::house::request("GET", "chief", &format!("{BASE}{path}"));
        let request = request.header("accept-encoding", "gzip, br, zstd, deflate");
        answers.push(house.send(request.body(Body::empty()).unwrap()).await);
    }
    for answer in answers {
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(
            answer
                .header("content-security-policy")
                .contains("frame-ancestors 'none'")
        );
        assert_eq!(answer.header("content-encoding"), "");
    }
}

#[tokio::test]
async fn a_request_content_type_is_neither_needed_nor_minded() {
    let house = House::new().await;
    for content_type in ["application/json", "text/plain", "nonsense"] {
        let request = crate::house::request("GET", "john_doe", &format!("{BASE}/{JOHNS}"));
        let request = request.header("content-type", content_type);
        let answer = house
            .send(request.body(Body::from("{not json")).unwrap())
            .await;
        assert_eq!(answer.status, 200, "{content_type}");
    }
}
