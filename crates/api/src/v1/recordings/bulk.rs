//! One change of many recordings. Each is changed as it would be alone: through the gate, with
//! an audit of its own, whole or not at all. There is no way round for many.

use super::delete::finish_deleting;
use super::query::ListQuery;
use crate::app::App;
use crate::auth::Caller;
use crate::gate::{gate, permit, scope, would_pass};
use crate::refusal::Refusal;
use crate::v1::extract::Body;
use crate::v1::types::{BulkAction, BulkChange, BulkRefusal, BulkResult};
use axum::Json;
use axum::extract::State;
use catalogue::{Cursor, Edit};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use model::access::Action;
use model::filter::Sort;
use model::{BadId, RecordingId};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Most recordings of one request.
const RECORDINGS_MAX: usize = 500;
/// Most refusals that are told one by one.
const REFUSALS_MAX: usize = 20;
/// Recordings changed at a time, so that they share commits.
const AT_ONCE: usize = 16;

/// Change many recordings
///
/// At most 500 a request: repeat with `nextCursor` until it is null. Each is changed as alone,
/// and refused as alone; one that is refused keeps none of the others. What `filter` finds is
/// walked from the newest to the oldest whatever its `sort`, and only what was there at the first
/// request: nothing is left out, whatever is deleted or comes in meanwhile. Repeating is safe.
#[utoipa::path(
    post,
    path = "/api/v1/recordings/bulk",
    operation_id = "changeRecordings",
    tag = "recordings",
    request_body = BulkChange,
    responses((status = 200, description = "What became of them", body = BulkResult)),
)]
pub(super) async fn change_recordings(
    State(app): State<App>,
    caller: Caller,
    body: Result<Body<BulkChange>, Refusal>,
) -> Result<Json<BulkResult>, Refusal> {
    // The least of what can be asked for; what is asked for stands in the body.
    permit(&caller, Action::Annotate)?;
    let change = body?.value;
    let edit = edit(&change)?;
    permit(&caller, edit.action())?;
    edit.check()?;
    let chosen = match (&change.ids, &change.filter) {
        (Some(ids), None) => Chosen::of_ids(ids, change.cursor.as_deref())?,
        (None, Some(filter)) => {
            Chosen::of_filter(&app, &caller, filter, change.cursor.as_deref()).await?
        }
        _ => return Err(wrong("either ids or filter, not both".to_owned())),
    };
    let work = Arc::new(Work {
        app,
        caller,
        edit,
        dry_run: change.dry_run,
    });
    let results = stream::iter(chosen.ids).map(|id| {
        let work = Arc::clone(&work);
        async move { work.one(id).await }
    });
    let results: Vec<Option<(RecordingId, String)>> =
        results.buffered(AT_ONCE).try_collect().await?;
    let all = results.len();
    let refused: Vec<(RecordingId, String)> = results.into_iter().flatten().collect();
    let count = refused.len();
    let mut refusals = Vec::new();
    for (id, detail) in refused.into_iter().take(REFUSALS_MAX) {
        refusals.push(work.told(id, detail).await?);
    }
    Ok(Json(BulkResult {
        done: (all - count) as u64,
        refused: count as u64,
        refusals,
        next_cursor: chosen.next,
    }))
}

fn edit(change: &BulkChange) -> Result<Edit, Refusal> {
    let needed = |name: &str, value: &Option<String>| {
        let value = value.clone();
        value.ok_or_else(|| wrong(format!("this action needs a {name}")))
    };
    Ok(match change.action {
        BulkAction::Tag => Edit::Tag(needed("tag", &change.tag)?),
        BulkAction::Untag => Edit::Untag(needed("tag", &change.tag)?),
        BulkAction::Preserve => Edit::Preserve,
        BulkAction::Release => Edit::Release,
        BulkAction::Delete => Edit::Delete {
            reason: needed("reason", &change.reason)?,
        },
    })
}

/// The recordings of one request, and where the next one goes on.
struct Chosen {
    ids: Vec<RecordingId>,
    next: Option<String>,
}

impl Chosen {
    fn of_ids(ids: &[String], cursor: Option<&str>) -> Result<Self, Refusal> {
        if ids.len() > RECORDINGS_MAX {
            return Err(wrong(format!("at most {RECORDINGS_MAX} ids")));
        }
        if cursor.is_some() {
            return Err(wrong("ids have no cursor".to_owned()));
        }
        let (mut known, mut chosen) = (BTreeSet::new(), Vec::new());
        for id in ids {
            let id = RecordingId::parse(id).map_err(|BadId| Refusal::BadId)?;
            if known.insert(id) {
                chosen.push(id);
            }
        }
        Ok(Self {
            ids: chosen,
            next: None,
        })
    }

    /// From the newest on, since a start stays what it is whatever is done to a recording.
    async fn of_filter(
        app: &App,
        caller: &Caller,
        filter: &str,
        cursor: Option<&str>,
    ) -> Result<Self, Refusal> {
        let scope = scope(caller, Action::List)?;
        let query = ListQuery::of_text(filter)?;
        query.without_pages("filter")?;
        let place = match cursor {
            None => Place {
                begun: app.now(),
                behind: None,
            },
            Some(text) => Place::decode(text)
                .ok_or_else(|| wrong("cursor is not the nextCursor of an answer".to_owned()))?,
        };
        let wanted = RECORDINGS_MAX as u64 + 1;
        let (filter, sort) = (query.filter()?, Sort::NEWEST);
        let rows = app
            .catalogue
            .recordings_behind(&scope, &filter, sort, place.behind, wanted);
        let mut rows = rows.await?;
        let more = rows.len() > RECORDINGS_MAX;
        rows.truncate(RECORDINGS_MAX);
        let last = rows.last().filter(|_| more);
        let next = last.map(|last| place.then(Cursor::after(last)));
        // A call that ended meanwhile is none of those that somebody has chosen.
        rows.retain(|row| row.created_at <= place.begun);
        Ok(Self {
            ids: rows.iter().map(|row| row.draft.id).collect(),
            next,
        })
    }
}

/// A place in what a filter finds, and when the walk began.
struct Place {
    begun: Timestamp,
    behind: Option<Cursor>,
}

impl Place {
    fn then(&self, behind: Cursor) -> String {
        let begun = self.begun.as_millisecond();
        format!("{begun:016x}{}", behind.encode())
    }

    fn decode(text: &str) -> Option<Self> {
        let (begun, behind) = text.split_at_checked(16)?;
        let begun = i64::from_str_radix(begun, 16).ok()?;
        Some(Self {
            begun: Timestamp::from_millisecond(begun).ok()?,
            behind: Some(Cursor::decode(behind)?),
        })
    }
}

struct Work {
    app: App,
    caller: Caller,
    edit: Edit,
    dry_run: bool,
}

impl Work {
    /// Does it to one recording. Something: why not. Refused is all only when it would be the
    /// same with every other one.
    async fn one(&self, id: RecordingId) -> Result<Option<(RecordingId, String)>, Refusal> {
        match self.change(id).await {
            Ok(()) => Ok(None),
            Err(refusal) => match refusal.of_one() {
                Some(detail) => Ok(Some((id, detail))),
                None => Err(refusal),
            },
        }
    }

    async fn change(&self, id: RecordingId) -> Result<(), Refusal> {
        let (app, caller, action) = (&self.app, &self.caller, self.edit.action());
        if self.dry_run {
            return would_pass(app, caller, action, &id.to_string()).await;
        }
        let recording = gate(app, caller, action, &id.to_string()).await?;
        let catalogue = app.catalogue.by(caller.actor());
        catalogue.edit(id, vec![self.edit.clone()], None).await?;
        if let Edit::Delete { .. } = self.edit {
            finish_deleting(app, &recording).await;
        }
        Ok(())
    }

    /// A refusal with what the caller may know of the recording.
    async fn told(&self, id: RecordingId, detail: String) -> Result<BulkRefusal, Refusal> {
        let mut reference_number = None;
        if permit(&self.caller, Action::Read).is_ok() {
            let sealed = self.app.catalogue.recording_or_tombstone(id).await?;
            let principal = self.caller.principal();
            let seen = sealed.and_then(|sealed| sealed.open(principal, Action::Read).ok());
            reference_number = seen.map(|recording| recording.reference_number);
        }
        Ok(BulkRefusal {
            id: id.to_string(),
            reference_number,
            detail,
        })
    }
}

fn wrong(message: String) -> Refusal {
    Refusal::BadRequest(message)
}
