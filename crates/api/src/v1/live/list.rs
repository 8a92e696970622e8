//! Listing calls in progress.

use super::visible;
use crate::app::App;
use crate::auth::Caller;
use crate::gate::permit;
use crate::refusal::Refusal;
use crate::v1::types::LiveRecordings;
use axum::Json;
use axum::extract::State;
use model::access::Action;

/// List calls in progress
///
/// Those you may see, latest answered first, whether they are kept or not; of the first hundred
/// with what is heard of them now.
#[utoipa::path(
    get,
    path = "/api/v1/live-recordings",
    operation_id = "listLiveRecordings",
    tag = "live-recordings",
    responses((status = 200, description = "The calls", body = LiveRecordings)),
)]
pub(super) async fn list_live(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<LiveRecordings>, Refusal> {
    permit(&caller, Action::SeeLive)?;
    let (caller, now) = (caller.principal(), app.now());
    let calls = visible(&app, caller).await?.heard(&app).await;
    let items = calls.iter().map(|known| known.shown(caller, now)).collect();
    Ok(Json(LiveRecordings { items }))
}
