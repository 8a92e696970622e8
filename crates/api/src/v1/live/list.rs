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
/// Those you may see, latest answered first, whether they are kept or not.
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
    let items = visible(&app, &caller).await?;
    Ok(Json(LiveRecordings { items }))
}
