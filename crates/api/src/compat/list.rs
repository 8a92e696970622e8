//! `GET Recordings`: the recordings in the caller's reach, newest first.
//!
//! Memory is bounded whatever is asked: rows are read and written in pieces. `totalCount`
//! comes from the same look at the catalogue as the first piece.

use super::query::{self, Paging};
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
use catalogue::{Catalogue, Cursor, Listing, Page};
use futures_util::stream;
use model::Recording;
use model::access::{Action, Scope};

/// Rows read from the catalogue, and held in memory, at a time.
const ROWS_MAX: u64 = 500;

/// `GET Recordings`, with or without a query.
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    uri: Uri,
) -> Result<Response, Refusal> {
    let scope = scope(&caller, Action::List)?;
    let paging = query::paging(uri.query())?;
    let (first, left) = beginning(&app.catalogue, &scope, paging).await?;
    let mut response = Response::new(body(app.catalogue, scope, &first, left)?);
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    Ok(response)
}

/// `GET Recordings/`: with a query the list; without one an id is missing.
pub(crate) async fn list_or_missing(
    state: State<App>,
    caller: Caller,
    uri: Uri,
) -> Result<Response, Refusal> {
    if uri.query().is_none_or(str::is_empty) {
        scope(&caller, Action::List)?;
        return Err(Refusal::MissingId);
    }
    list(state, caller, uri).await
}

/// The first rows, and how many more may follow them at most.
async fn beginning(
    catalogue: &Catalogue,
    scope: &Scope,
    paging: Paging,
) -> Result<(Listing, u64), Refusal> {
    let (index, size) = match paging {
        Paging::Everything => (0, u64::MAX),
        Paging::Page { index, size } => (index, size),
    };
    if size <= ROWS_MAX && index <= i64::MAX.unsigned_abs() / ROWS_MAX {
        return Ok((
            catalogue
                .recordings(
                    scope,
                    Page {
                        index,
                        size: Some(size),
                    },
                )
                .await?,
            0,
        ));
    }
    if index == 0 {
        let page = Page {
            index,
            size: Some(ROWS_MAX),
        };
        let first = catalogue.recordings(scope, page).await?;
        let full = first.recordings.len() as u64 == ROWS_MAX;
        return Ok((first, if full { size - ROWS_MAX } else { 0 }));
    }
    // Pages of one row can begin anywhere; the rows behind it follow piece by piece.
    match index
        .checked_mul(size)
        .filter(|offset| *offset <= i64::MAX.unsigned_abs())
    {
        Some(index) => {
            let first = catalogue
                .recordings(
                    scope,
                    Page {
                        index,
                        size: Some(1),
                    },
                )
                .await?;
            let left = if first.recordings.is_empty() {
                0
            } else {
                size - 1
            };
            Ok((first, left))
        }
        None => {
            let total = catalogue
                .recordings(
                    scope,
                    Page {
                        index: 0,
                        size: Some(1),
                    },
                )
                .await?
                .total;
            Ok((
                Listing {
                    total,
                    recordings: Vec::new(),
                },
                0,
            ))
        }
    }
}

/// The JSON text: whole when it is small, else as a stream of pieces.
fn body(catalogue: Catalogue, scope: Scope, first: &Listing, left: u64) -> Result<Body, Refusal> {
    let mut text = format!("{{\"totalCount\":{},\"recordings\":[", first.total).into_bytes();
    write_rows(&mut text, &first.recordings, true).map_err(|error| Refusal::fault(&error))?;
    let Some(last) = first.recordings.last().filter(|_| left > 0) else {
        text.extend_from_slice(END);
        return Ok(Body::from(text));
    };
    let rest = Rest {
        catalogue,
        scope,
        place: Cursor::after(last),
        left,
    };
    let begun = stream::once(async move { Ok(Bytes::from(text)) });
    let rest = stream::try_unfold(Some(rest), piece);
    Ok(Body::from_stream(futures_util::StreamExt::chain(
        begun, rest,
    )))
}

const END: &[u8] = b"]}";

/// What is still to be sent.
struct Rest {
    catalogue: Catalogue,
    scope: Scope,
    place: Cursor,
    left: u64,
}

/// The next piece. An error ends the answer in the middle: the client sees that it is not
/// whole, and never takes half a list for all of it.
async fn piece(rest: Option<Rest>) -> Result<Option<(Bytes, Option<Rest>)>, std::io::Error> {
    let Some(rest) = rest else { return Ok(None) };
    let limit = rest.left.min(ROWS_MAX);
    let rows = rest
        .catalogue
        .recordings_after(&rest.scope, Some(rest.place), limit)
        .await;
    let rows = rows.map_err(broken_off)?;
    let mut text = Vec::new();
    write_rows(&mut text, &rows, false).map_err(broken_off)?;
    let left = rest.left - limit;
    match rows
        .last()
        .filter(|_| rows.len() as u64 == limit && left > 0)
    {
        Some(last) => {
            let place = Cursor::after(last);
            Ok(Some((
                text.into(),
                Some(Rest {
                    place,
                    left,
                    ..rest
                }),
            )))
        }
        None => {
            text.extend_from_slice(END);
            Ok(Some((text.into(), None)))
        }
    }
}

fn broken_off(error: impl std::error::Error) -> std::io::Error {
    tracing::error!("a list was broken off: {error}");
    std::io::Error::other("broken off")
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
