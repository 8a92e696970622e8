//! The list of recordings as a table for spreadsheets: what the list shows, and the whole note.
//! Never the sound, nor anything only a recording's details tell.

use super::query::{ExportQuery, ListQuery};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Caller;
use crate::gate::scope;
use crate::refusal::Refusal;
use crate::v1::extract::Query;
use crate::v1::types::time;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use bytes::Bytes;
use catalogue::{RecordingStream, csv};
use futures_util::{StreamExt, stream};
use model::Recording;
use model::access::Action;
use model::audit::AuditAction;

/// The first line, without its end.
const HEADER: &str = "referenceNumber,id,state,startTime,durationMs,direction,localNumber,\
    remoteNumber,owner,ownerName,group,note,tags,preserved,onHold,conversationId,size,sha256";

/// Most characters of the query that the audit keeps.
const QUERY_CHARS_MAX: usize = 2000;

/// Export the list of recordings
///
/// Comma-separated values of all recordings you may see that match, in the order of `sort`, with
/// the names of the columns in the first line. Tags are joined by `; `. A cell a spreadsheet
/// would take for a formula, such as a number with `+`, gets an apostrophe before it. The export
/// is written to the audit, with its query, before its first line leaves.
#[utoipa::path(
    get,
    path = "/api/v1/recordings/export",
    operation_id = "exportRecordings",
    tag = "recordings",
    params(ExportQuery),
    responses((status = 200, description = "The rows", body = String, content_type = "text/csv",
        headers(("Content-Disposition" = String, description = "A file name")),
        example = "referenceNumber,id,state,startTime,durationMs,direction,localNumber,\
            remoteNumber,owner,ownerName,group,note,tags,preserved,onHold,conversationId,size,\
            sha256\r\n")),
)]
pub(super) async fn export_recordings(
    State(app): State<App>,
    caller: Caller,
    RawQuery(text): RawQuery,
    query: Result<Query<ListQuery>, Refusal>,
) -> Result<Response, Refusal> {
    let scope = scope(&caller, Action::List)?;
    let Query(query) = query?;
    query.without_pages("an export")?;
    let filter = query.filter()?;
    let rows = app.catalogue.stream(&scope, &filter, query.sort()).await?;
    let asked: String = text.unwrap_or_default();
    let details = format!(
        "{} recordings; query: {}",
        rows.total(),
        asked.chars().take(QUERY_CHARS_MAX).collect::<String>()
    );
    let entry = Entry {
        details: &details,
        ..Entry::new(AuditAction::ExportRecordings)
    };
    audit::record(&app, &caller, entry).await?;
    let head = Bytes::from(format!("{HEADER}\r\n"));
    let body = stream::once(async move { Ok(head) }).chain(stream::try_unfold(rows, piece));
    let mut response = Response::new(Body::from_stream(body));
    let headers = response.headers_mut();
    let csv = HeaderValue::from_static("text/csv; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, csv);
    let name = HeaderValue::from_static("attachment; filename=\"recordings.csv\"");
    headers.insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

/// The next lines. An error ends the answer in the middle, so that nobody takes half of the list
/// for all of it.
async fn piece(
    mut rows: RecordingStream,
) -> Result<Option<(Bytes, RecordingStream)>, std::io::Error> {
    let batch = rows.next().await.map_err(|error| {
        tracing::error!("an export of recordings was broken off: {error}");
        std::io::Error::other("broken off")
    })?;
    let lines = batch.map(|batch| {
        let lines: String = batch.iter().map(line).collect();
        Bytes::from(lines)
    });
    Ok(lines.map(|lines| (lines, rows)))
}

fn line(recording: &Recording) -> String {
    let draft = &recording.draft;
    let owner = recording.owner.clone().unwrap_or_default();
    let name = format!("{} {}", owner.first_name, owner.last_name);
    let note = recording.note.as_ref().map(|note| note.text.clone());
    // Where there is no file, there is no hash of one.
    let sha256 = (recording.size > 0).then(|| recording.sha256.to_string());
    let direction = match draft.direction {
        model::Direction::Unknown => "unknown",
        model::Direction::Incoming => "incoming",
        model::Direction::Outgoing => "outgoing",
    };
    let cells = [
        recording.reference_number.clone(),
        draft.id.to_string(),
        draft.state.name().to_owned(),
        time(draft.start_time),
        draft.duration_ms.to_string(),
        direction.to_owned(),
        draft.local_number.clone(),
        draft.remote_number.clone(),
        owner.username,
        name.trim().to_owned(),
        owner.group,
        note.unwrap_or_default(),
        recording.tags.join("; "),
        recording.preserving_user.is_some().to_string(),
        recording.hold.is_some().to_string(),
        draft.pbx_call_id.clone().unwrap_or_default(),
        recording.size.to_string(),
        sha256.unwrap_or_default(),
    ];
    let cells = cells.map(|cell| csv::cell(&cell));
    format!("{}\r\n", cells.join(","))
}
