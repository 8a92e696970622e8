//! Finding recordings.

use super::query::ListQuery;
use crate::app::App;
use crate::auth::Caller;
use crate::gate::scope;
use crate::refusal::Refusal;
use crate::v1::extract::Query;
use crate::v1::types::{RecordingPage, RecordingSummary};
use axum::Json;
use axum::extract::State;
use model::access::Action;

/// List and search recordings
///
/// Those you may see, newest first unless `sort` says otherwise. Each page names the next one.
#[utoipa::path(
    get,
    path = "/api/v1/recordings",
    operation_id = "listRecordings",
    tag = "recordings",
    params(ListQuery),
    responses((status = 200, description = "A page", body = RecordingPage)),
)]
pub(super) async fn list_recordings(
    State(app): State<App>,
    caller: Caller,
    query: Result<Query<ListQuery>, Refusal>,
) -> Result<Json<RecordingPage>, Refusal> {
    let scope = scope(&caller, Action::List)?;
    let Query(query) = query?;
    let limit = query.limit()?;
    let (filter, sort, place) = (query.filter()?, query.sort(), query.place()?);
    // One more than asked for tells whether there is a next page.
    let wanted = u64::from(limit) + 1;
    let catalogue = &app.catalogue;
    let (total, mut rows) = if query.total {
        let listed = catalogue.recordings_behind_counted(&scope, &filter, sort, place, wanted);
        let listed = listed.await?;
        (Some(listed.total), listed.recordings)
    } else {
        let listed = catalogue.recordings_behind(&scope, &filter, sort, place, wanted);
        (None, listed.await?)
    };
    let more = rows.len() > usize::from(limit);
    rows.truncate(usize::from(limit));
    let last = rows.last().filter(|_| more);
    Ok(Json(RecordingPage {
        next_cursor: last.map(|last| query.behind(last)),
        total,
        items: rows
            .iter()
            .map(|row| RecordingSummary::of(row, caller.principal()))
            .collect(),
    }))
}
