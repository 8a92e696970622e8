//! Deleting: first the row says so, then the stored files go.

use super::OnePath;
use super::beside::ENDINGS;
use crate::app::App;
use crate::auth::Caller;
use crate::gate::gate;
use crate::refusal::Refusal;
use crate::v1::extract::{Path, Query};
use archive::Archive;
use axum::extract::State;
use axum::http::StatusCode;
use catalogue::{Catalogue, Edit};
use model::access::Action;
use model::{Recording, RecordingId};
use serde::Deserialize;

/// Removals of one round.
const ROUND: u64 = 100;

/// Why something is done that leaves nothing to be asked.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct WhyQuery {
    /// Why; stands in the audit and, for a deletion, in the tombstone.
    #[param(
        min_length = 1,
        max_length = 500,
        example = "asked for by the customer"
    )]
    pub(super) reason: String,
}

/// Delete a recording
///
/// A tombstone stays: who, when, why, size and hash. What is preserved or on hold cannot be
/// deleted.
#[utoipa::path(
    delete,
    path = "/api/v1/recordings/{id}",
    operation_id = "deleteRecording",
    tag = "recordings",
    params(OnePath, WhyQuery,
        ("If-Match" = Option<String>, Header, description = "The `ETag` as read")),
    responses((status = 204, description = "It is deleted")),
)]
pub(super) async fn delete_recording(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<OnePath>,
    headers: axum::http::HeaderMap,
    query: Result<Query<WhyQuery>, Refusal>,
) -> Result<StatusCode, Refusal> {
    let recording = gate(&app, &caller, Action::Delete, &path.id).await?;
    let reason = query?.0.reason;
    let version = crate::v1::conditional::version(&headers)?;
    let id = recording.draft.id;
    let catalogue = app.catalogue.by(caller.actor());
    catalogue
        .edit(id, vec![Edit::Delete { reason }], version)
        .await?;
    // From here on it is deleted, whatever becomes of the file: what is left over is removed
    // at the next occasion.
    let key = &recording.object_key;
    let removed = match journal(&app.archive, &recording).await {
        Ok(()) => remove(&app.catalogue, &app.archive, id, key).await,
        Err(error) => Err(error.into()),
    };
    if let Err(error) = removed {
        tracing::warn!(recording.id = %id, "a deleted recording's file is still there: {error}");
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Removes the stored files of deleted recordings that are still there, and says how many
/// recordings it was done for. Meant for the start of a node and every now and then.
///
/// # Errors
/// When the catalogue or the archive fails; what was done until then stays done.
pub async fn finish_deletions(
    catalogue: &Catalogue,
    archive: &Archive,
) -> Result<u64, FinishError> {
    let mut finished = 0;
    loop {
        let round = catalogue.removals(ROUND).await?;
        for object in &round {
            remove(catalogue, archive, object.id, &object.object_key).await?;
            finished += 1;
        }
        if round.len() as u64 != ROUND {
            return Ok(finished);
        }
    }
}

/// Why the files of deleted recordings could not be removed.
#[derive(Debug, thiserror::Error)]
pub enum FinishError {
    /// The catalogue failed.
    #[error(transparent)]
    Catalogue(#[from] catalogue::Error),
    /// The archive failed.
    #[error(transparent)]
    Archive(#[from] archive::Error),
}

/// Removes the journal of a recording that could not be rendered: it has no sound whose key
/// would lead there, so it lies where `jobs` puts it.
async fn journal(archive: &Archive, recording: &Recording) -> Result<(), archive::Error> {
    let draft = &recording.draft;
    let folder = draft.start_time.strftime("%Y/%m/%d");
    archive.remove(&format!("{folder}/{}.ewj", draft.id)).await
}

/// What lies beside the sound goes first: it is found through the sound's key.
async fn remove(
    catalogue: &Catalogue,
    archive: &Archive,
    id: RecordingId,
    key: &str,
) -> Result<(), FinishError> {
    if !key.is_empty() {
        let base = super::beside::base(key);
        for ending in ENDINGS {
            archive.remove(&format!("{base}.{ending}")).await?;
        }
        archive.remove(key).await?;
    }
    catalogue.removed(id).await?;
    Ok(())
}
