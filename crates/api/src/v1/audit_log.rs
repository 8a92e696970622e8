//! Reading the audit. Reading it is in it.

use super::extract::Query;
use super::instant;
use super::types::{self, AuditChain, AuditPage, AuditRow};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Caller;
use crate::gate::permit;
use crate::refusal::Refusal;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use bytes::Bytes;
use catalogue::{AuditFilter, AuditOrder, Catalogue, csv};
use futures_util::{StreamExt, stream};
use model::RecordingId;
use model::access::Action;
use model::audit::AuditAction;
use model::filter::TimeFilter;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Rows of a page when nothing is said.
const LIMIT_DEFAULT: u16 = 50;

/// Most rows of a page.
const LIMIT_MAX: u16 = 500;

/// Rows of an export read, and held in memory, at a time.
const ROWS_MAX: u64 = 500;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_audit))
        .routes(routes!(export_audit))
        .routes(routes!(check_chain))
}

/// Which rows. All filters must hold.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Which {
    /// At this instant or later.
    #[param(format = DateTime, example = "2026-11-24T00:00:00Z")]
    from: Option<String>,
    /// Before this instant.
    #[param(format = DateTime)]
    to: Option<String>,
    /// User name, as known or as typed.
    #[param(example = "john_doe")]
    who: Option<String>,
    /// What, for instance `DownloadRecording`.
    action: Option<String>,
    /// On which recording.
    #[param(format = "uuid")]
    recording: Option<String>,
    /// How it ended.
    #[param(inline)]
    outcome: Option<types::Outcome>,
    /// Address the request came from.
    address: Option<String>,
    /// Anywhere in the details.
    text: Option<String>,
}

/// Which rows, and which page of them.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PageQuery {
    /// Most items of the page; 50 if missing.
    #[param(minimum = 1, maximum = 500, example = 20)]
    limit: Option<u16>,
    /// `nextCursor` of the page before; the other values must be the same.
    cursor: Option<String>,
    /// Whether to count all that match.
    #[serde(default)]
    total: bool,
    /// Whether the oldest come first.
    #[serde(default)]
    oldest_first: bool,
    /// At this instant or later.
    #[param(format = DateTime)]
    from: Option<String>,
    /// Before this instant.
    #[param(format = DateTime)]
    to: Option<String>,
    /// User name, as known or as typed.
    #[param(example = "john_doe")]
    who: Option<String>,
    /// What, for instance `DownloadRecording`.
    action: Option<String>,
    /// On which recording.
    #[param(format = "uuid")]
    recording: Option<String>,
    /// How it ended.
    #[param(inline)]
    outcome: Option<types::Outcome>,
    /// Address the request came from.
    address: Option<String>,
    /// Anywhere in the details.
    text: Option<String>,
}

/// Search the audit
///
/// Newest first unless said otherwise. The search is written to the audit too.
#[utoipa::path(
    get,
    path = "/api/v1/audit",
    operation_id = "listAudit",
    tag = "audit",
    params(PageQuery),
    responses((status = 200, description = "A page", body = AuditPage)),
)]
async fn list_audit(
    State(app): State<App>,
    caller: Caller,
    query: Result<Query<PageQuery>, Refusal>,
) -> Result<Json<AuditPage>, Refusal> {
    permit(&caller, Action::ReadAudit)?;
    let Query(query) = query?;
    let limit = query.limit.unwrap_or(LIMIT_DEFAULT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(wrong(format!("limit is a number from 1 to {LIMIT_MAX}")));
    }
    let behind = query.cursor.as_deref().map(str::parse).transpose();
    let behind = behind.map_err(|_| wrong("cursor is not the nextCursor of a page".to_owned()))?;
    let (order, total) = match query.oldest_first {
        true => (AuditOrder::Oldest, query.total),
        false => (AuditOrder::Newest, query.total),
    };
    let filter = filter(&Which {
        from: query.from,
        to: query.to,
        who: query.who,
        action: query.action,
        recording: query.recording,
        outcome: query.outcome,
        address: query.address,
        text: query.text,
    })?;
    audit::record(&app, &caller, Entry::new(AuditAction::ViewAudit)).await?;
    let total = match total {
        true => Some(app.catalogue.audit_count(&filter).await?),
        false => None,
    };
    let wanted = u64::from(limit) + 1;
    let rows = app.catalogue.audit_rows(&filter, order, behind, wanted);
    let mut rows = rows.await?;
    let more = rows.len() > usize::from(limit);
    rows.truncate(usize::from(limit));
    let last = rows.last().filter(|_| more);
    Ok(Json(AuditPage {
        next_cursor: last.map(|last| last.number.to_string()),
        total,
        items: rows.iter().map(AuditRow::from).collect(),
    }))
}

/// Export the audit
///
/// Comma-separated values with the first line `Date,Email,IpAddress,AppName,ActionType,Details`,
/// oldest first. The export is written to the audit before its first line leaves.
#[utoipa::path(
    get,
    path = "/api/v1/audit/export",
    operation_id = "exportAudit",
    tag = "audit",
    params(Which),
    responses((status = 200, description = "The rows", body = String, content_type = "text/csv",
        example = "Date,Email,IpAddress,AppName,ActionType,Details\r\n")),
)]
async fn export_audit(
    State(app): State<App>,
    caller: Caller,
    query: Result<Query<Which>, Refusal>,
) -> Result<Response, Refusal> {
    permit(&caller, Action::ReadAudit)?;
    let filter = filter(&query?.0)?;
    audit::record(&app, &caller, Entry::new(AuditAction::DownloadCsvAudit)).await?;
    // Up to here and no further: what is written while the export runs is for the next one.
    let last = app.catalogue.audit_head().await?.number;
    let head = Bytes::from(format!("{}\r\n", csv::HEADER));
    let rest = Rest {
        catalogue: app.catalogue,
        filter,
        behind: None,
        last,
    };
    let rows = stream::try_unfold(Some(rest), piece);
    let body = stream::once(async move { Ok(head) }).chain(rows);
    let mut response = Response::new(Body::from_stream(body));
    let headers = response.headers_mut();
    let csv = HeaderValue::from_static("text/csv; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, csv);
    let name = HeaderValue::from_static("attachment; filename=\"audit.csv\"");
    headers.insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

/// What is still to be exported.
struct Rest {
    catalogue: Catalogue,
    filter: AuditFilter,
    behind: Option<u64>,
    last: u64,
}

/// The next piece. An error ends the answer in the middle, so that nobody takes half of the
/// audit for all of it.
async fn piece(rest: Option<Rest>) -> Result<Option<(Bytes, Option<Rest>)>, std::io::Error> {
    let Some(mut rest) = rest else {
        return Ok(None);
    };
    let rows = rest
        .catalogue
        .audit_rows(&rest.filter, AuditOrder::Oldest, rest.behind, ROWS_MAX)
        .await
        .map_err(|error| {
            tracing::error!("an export of the audit was broken off: {error}");
            std::io::Error::other("broken off")
        })?;
    let mut text = String::new();
    for row in rows.iter().filter(|row| row.number <= rest.last) {
        text.push_str(&csv::line(row));
        text.push_str("\r\n");
    }
    rest.behind = rows.last().map(|row| row.number);
    let more = rows.len() as u64 == ROWS_MAX && rest.behind < Some(rest.last);
    Ok(Some((Bytes::from(text), more.then_some(rest))))
}

/// Check the audit's chain
///
/// Reads all of it. `head` written down elsewhere shows later that nothing before it was
/// replaced.
#[utoipa::path(
    get,
    path = "/api/v1/audit/chain",
    operation_id = "checkAuditChain",
    tag = "audit",
    responses((status = 200, description = "Its state", body = AuditChain)),
)]
async fn check_chain(State(app): State<App>, caller: Caller) -> Result<Json<AuditChain>, Refusal> {
    permit(&caller, Action::ReadAudit)?;
    let _turn = app.heavy_work()?;
    audit::record(&app, &caller, Entry::new(AuditAction::VerifyAudit)).await?;
    let check = app.catalogue.verify_audit(None).await?;
    if let Some(broken) = &check.broken {
        tracing::error!(audit.row = broken.row, "the audit's chain is broken");
    }
    Ok(Json(AuditChain::from(check)))
}

fn filter(which: &Which) -> Result<AuditFilter, Refusal> {
    let mut at = TimeFilter::ANY;
    if let Some(from) = &which.from {
        at = at.and(TimeFilter::since(instant("from", from)?));
    }
    if let Some(to) = &which.to {
        at = at.and(TimeFilter::before(instant("to", to)?));
    }
    let action = which.action.as_deref().map(|name| {
        AuditAction::from_name(name).ok_or_else(|| wrong(format!("`{name}` is no action")))
    });
    let recording = which.recording.as_deref().map(|id| {
        RecordingId::parse(id).map_err(|_| wrong("recording is the id of a recording".to_owned()))
    });
    let from = which.address.as_deref().map(|address| {
        let parsed = address.parse();
        parsed.map_err(|_| wrong("address is an IP address".to_owned()))
    });
    Ok(AuditFilter {
        at,
        who: which.who.clone(),
        user: None,
        action: action.transpose()?,
        recording: recording.transpose()?,
        outcome: which.outcome.map(Into::into),
        from: from.transpose()?,
        text: which.text.clone(),
    })
}

fn wrong(message: String) -> Refusal {
    Refusal::BadRequest(message)
}
