//! Every path, once; and what holds for all of them.
//!
//! The compatible paths are matched without regard to case: `compat::canonical` spells them as
//! in the routes before the router looks.

use crate::app::{App, Options};
use crate::auth::Origin;
use crate::refusal::{self, Refusal};
use crate::{compat, health, metrics, openapi, v1, web};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use futures_util::{FutureExt, stream};
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

/// The longest a request may take until the first byte of its answer.
const ANSWER_MAX: Duration = Duration::from_secs(30);

/// The same for uploads, which have to arrive first; a connection without progress is broken
/// off long before.
const UPLOAD_MAX: Duration = Duration::from_secs(60 * 60);

/// `Content-Security-Policy` of all but pages: nothing runs, nothing loads, nothing frames.
const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// All of HTTP, for [`crate::serve`] or a test.
///
/// Waits until one Argon2 run is over.
///
/// # Panics
/// When the operating system gives no randomness.
pub fn router(options: Options) -> Router {
    let app = App::new(options);
    let routes = Router::new()
        .merge(web::routes())
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::metrics))
        .route("/api/docs", get(openapi::docs))
        .route("/api/v1/openapi.json", get(openapi::document))
        .route("/api/openapi-compatible.json", get(openapi::compatible))
        .merge(v1::router())
        .merge(compat::routes())
        .fallback(|| async { Refusal::UnknownPath })
        .method_not_allowed_fallback(|| async { Refusal::WrongMethod })
        .with_state(app.clone());
    Router::new()
        .fallback_service(routes)
        .layer(middleware::from_fn_with_state(app, counted))
        .layer(middleware::map_request(spelled))
        .layer(middleware::from_fn(guard))
}

/// Counts a request for the address it comes from, before anything is done for it.
async fn counted(State(app): State<App>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let address = Origin::of(&parts, &app).address;
    match app.count_address(address) {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(refusal) => refusal.into_response(),
    }
}

/// Around every request: a bug or a stuck answer costs that request only, and no answer goes
/// out without the headers that keep browsers from misusing it.
async fn guard(request: Request, next: Next) -> Response {
    let head = request.method() == Method::HEAD;
    let own = request.uri().path().starts_with("/api/");
    let uploading = compat::is_upload(request.method(), request.uri());
    let time_max = if uploading { UPLOAD_MAX } else { ANSWER_MAX };
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind();
    let mut response = match tokio::time::timeout(time_max, answer).await {
        Ok(Ok(response)) => response,
        // The panic's own message is on stderr already, with its place.
        Ok(Err(_)) => Refusal::fault(&"a handler panicked").into_response(),
        Err(_) => Refusal::TooSlow.into_response(),
    };
    if own {
        response = refusal::as_problem(response);
    }
    protect(response.headers_mut(), own);
    if head && !response.headers().contains_key(header::CONTENT_LENGTH) {
        // The answer's length is not known. An empty body has one, and the router would say it.
        *response.body_mut() = Body::from_stream(stream::empty::<Result<Bytes, Infallible>>());
    }
    response
}

/// Keeps browsers from guessing types, running, framing, passing on and storing.
fn protect(headers: &mut HeaderMap, own: bool) {
    let mut say = |name: HeaderName, value| headers.insert(name, HeaderValue::from_static(value));
    say(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    say(header::REFERRER_POLICY, "no-referrer");
    if own {
        // The compatible paths are for programs, and answer as they always did.
        say(header::X_FRAME_OPTIONS, "DENY");
        say(CROSS_ORIGIN_RESOURCE_POLICY, "same-origin");
        say(CROSS_ORIGIN_OPENER_POLICY, "same-origin");
    }
    // The page's own files say these themselves.
    let stored = HeaderValue::from_static("no-store");
    headers.entry(header::CACHE_CONTROL).or_insert(stored);
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(POLICY);
}

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");
const CROSS_ORIGIN_OPENER_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-opener-policy");

async fn spelled(mut request: Request) -> Request {
    if let Some(uri) = compat::canonical(request.uri()) {
        *request.uri_mut() = uri;
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_costs_one_request() {
        use tower::ServiceExt;
        async fn bug() -> Response {
            panic!("a secret that stays inside")
        }
        let app = Router::new()
            .route("/bug", get(bug))
            .layer(middleware::from_fn(guard));
        for _ in 0..2 {
            let request = Request::get("/bug").body(Body::empty()).unwrap();
            let response = app.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status().as_u16(), 500);
            assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
            let body = axum::body::to_bytes(response.into_body(), 1000)
                .await
                .unwrap();
            let body = String::from_utf8(body.to_vec()).unwrap();
            assert!(body.contains("the log says more under") && !body.contains("secret"));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_stuck_answer_costs_one_request_too() {
        use tower::ServiceExt;
        let app = Router::new()
            .route("/stuck", get(std::future::pending::<Response>))
            .layer(middleware::from_fn(guard));
        let request = Request::get("/stuck").body(Body::empty()).unwrap();
        let response = app.oneshot(request).await.unwrap();
        assert_eq!(response.status().as_u16(), 504);
    }
}
