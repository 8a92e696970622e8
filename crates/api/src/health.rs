//! Whether the process lives, and whether it is ready. Needs no sign-in and tells no secret.

use crate::app::App;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

/// `/healthz`: answering at all is the answer.
pub(crate) async fn alive() -> Json<&'static str> {
    Json("alive")
}

/// `/readyz`: what is not ready, as a JSON list. 200 when it is empty.
pub(crate) async fn ready(State(app): State<App>) -> (StatusCode, Json<Vec<String>>) {
    let missing = missing(&app).await;
    let status = if missing.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(missing))
}

/// What is not ready, one line each.
pub(crate) async fn missing(app: &App) -> Vec<String> {
    let mut missing = (app.readiness)();
    if let Err(error) = app.catalogue.ready().await {
        // The details may hold paths; whoever asks here may not have signed in.
        tracing::warn!("not ready: {error}");
        missing.push("the catalogue does not answer".to_owned());
    }
    missing
}
