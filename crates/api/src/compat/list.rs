//! `GET Recordings`: the recordings in the caller's reach that are wanted, newest first.
//!
//! Memory is bounded whatever is asked: rows are read and written in pieces. `totalCount` and
//! the rows of a list of everything come from one look at the catalogue, however slowly it is
//! read.

use super::query::{self, Paging};
use super::refused::Refused;
use super::types;
use crate::app::App;
use crate::auth::Caller;
use crate::gate::scope;
use crate::refusal::Refusal;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, Uri, header};
use axum::response::Response;
use bytes::Bytes;
use catalogue::{Catalogue, Listing, Page, RecordingStream};
use futures_util::stream;
use model::Recording;
use model::access::{Action, Scope};
use model::filter::{Filter, Sort};

/// Rows of a page that are held in memory; of larger pages only pieces are.
const ROWS_MAX: u64 = 500;

const END: &[u8] = b"]}";

/// `GET Recordings`, with or without a query.
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    uri: Uri,
) -> Result<Response, Refused> {
    let scope = scope(&caller, Action::List)?;
    let query = query::parse(uri.query())?;
    let body = match query.paging {
        Paging::Page { index, size } if size <= ROWS_MAX => {
            whole(&page(&app.catalogue, &scope, &query.filter, index, size).await?)?
        }
        Paging::Page { index, size } => {
            // A page too large for memory is a piece of the list of everything.
            let skipped = index.saturating_mul(size);
            in_pieces(&app.catalogue, &scope, &query.filter, skipped, size).await?
        }
        Paging::Everything => everything(&app.catalogue, &scope, &query.filter).await?,
    };
    let mut response = Response::new(body);
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    Ok(response)
}

/// `GET Recordings/`: with a query the list; without one an id is missing.
pub(super) async fn list_or_missing(
    state: State<App>,
    caller: Caller,
    uri: Uri,
) -> Result<Response, Refused> {
    if uri.query().is_none_or(str::is_empty) {
        scope(&caller, Action::List)?;
        return Err(Refusal::MissingId.into());
    }
    list(state, caller, uri).await
}

/// A page that fits into memory. One that begins where no list can reach is empty.
async fn page(
    catalogue: &Catalogue,
    scope: &Scope,
    filter: &Filter,
    index: u64,
    size: u64,
) -> Result<Listing, Refused> {
    let reachable = index <= i64::MAX.unsigned_abs() / ROWS_MAX;
    if !reachable {
        return Ok(Listing {
            total: catalogue.count(scope, filter).await?,
            recordings: Vec::new(),
        });
    }
    let size = Some(size);
    let page = Page { index, size };
    let listing = catalogue.recordings_filtered(scope, filter, Sort::NEWEST, page);
    Ok(listing.await?)
}

fn whole(listing: &Listing) -> Result<Body, Refused> {
    let mut text = beginning(listing.total);
    let written = write_rows(&mut text, &listing.recordings, true);
    written.map_err(|error| Refusal::fault(&error))?;
    text.extend_from_slice(END);
    Ok(Body::from(text))
}

fn beginning(total: u64) -> Vec<u8> {
    format!("{{\"totalCount\":{total},\"recordings\":[").into_bytes()
}

/// The whole list. One that fits into memory is read at once: long looks at the catalogue are
/// for few clients at a time.
async fn everything(
    catalogue: &Catalogue,
    scope: &Scope,
    filter: &Filter,
) -> Result<Body, Refused> {
    let first = page(catalogue, scope, filter, 0, ROWS_MAX).await?;
    if first.total <= ROWS_MAX {
        return whole(&first);
    }
    in_pieces(catalogue, scope, filter, 0, u64::MAX).await
}

/// The list as a stream. What fits into one piece is sent whole, with its length.
async fn in_pieces(
    catalogue: &Catalogue,
    scope: &Scope,
    filter: &Filter,
    skipped: u64,
    wanted: u64,
) -> Result<Body, Refused> {
    let rows = catalogue.stream(scope, filter, Sort::NEWEST).await?;
    let total = rows.total();
    let mut rest = Rest {
        rows,
        skipped,
        left: wanted.min(total.saturating_sub(skipped)),
        begun: false,
    };
    let mut text = beginning(total);
    if let Some(piece) = rest.piece().await? {
        text.extend_from_slice(&piece);
    }
    if rest.left == 0 {
        text.extend_from_slice(END);
        return Ok(Body::from(text));
    }
    let begun = stream::once(async move { Ok(Bytes::from(text)) });
    let rest = stream::try_unfold(Some(rest), next);
    Ok(Body::from_stream(futures_util::StreamExt::chain(
        begun, rest,
    )))
}

/// What is still to be sent.
struct Rest {
    rows: RecordingStream,
    /// Rows to be passed over.
    skipped: u64,
    /// Rows to be sent, at most as many as there are.
    left: u64,
    begun: bool,
}

impl Rest {
    /// The next rows as text; `None` and nothing left: that was all.
    async fn piece(&mut self) -> Result<Option<Vec<u8>>, Refusal> {
        while self.left > 0 {
            let Some(rows) = self.rows.next().await? else {
                self.left = 0;
                break;
            };
            let passed = self.skipped.min(rows.len() as u64);
            self.skipped -= passed;
            let rows = rows.get(usize::try_from(passed).unwrap_or(usize::MAX)..);
            let rows = rows.unwrap_or_default();
            let taken = usize::try_from(self.left)
                .unwrap_or(usize::MAX)
                .min(rows.len());
            let rows = &rows[..taken];
            self.left -= rows.len() as u64;
            if !rows.is_empty() {
                let mut text = Vec::new();
                let written = write_rows(&mut text, rows, !self.begun);
                written.map_err(|error| Refusal::fault(&error))?;
                self.begun = true;
                return Ok(Some(text));
            }
        }
        Ok(None)
    }
}

/// The next piece. An error ends the answer in the middle: the client sees that it is not
/// whole, and never takes half a list for all of it.
async fn next(rest: Option<Rest>) -> Result<Option<(Bytes, Option<Rest>)>, std::io::Error> {
    let Some(mut rest) = rest else {
        return Ok(None);
    };
    let piece = rest.piece().await.map_err(|refusal| {
        tracing::error!("a list was broken off: {refusal:?}");
        std::io::Error::other("broken off")
    })?;
    let mut text = piece.unwrap_or_default();
    let rest = (rest.left > 0).then_some(rest);
    if rest.is_none() {
        text.extend_from_slice(END);
    }
    Ok(Some((text.into(), rest)))
}

fn write_rows(
    text: &mut Vec<u8>,
    rows: &[Recording],
    at_start: bool,
) -> Result<(), serde_json::Error> {
    for (place, row) in rows.iter().enumerate() {
        if place > 0 || !at_start {
            text.push(b',');
        }
        serde_json::to_writer(&mut *text, &types::Listed::from(row))?;
    }
    Ok(())
}
