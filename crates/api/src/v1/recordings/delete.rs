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
use catalogue::{Beside, BesideKind, Catalogue, Edit};
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
    finish_deleting(&app, &recording).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes the files of a recording whose row has just become a tombstone. It is deleted,
/// whatever becomes of them: what is left over is removed at the next occasion.
pub(super) async fn finish_deleting(app: &App, recording: &Recording) {
    let id = recording.draft.id;
    let removed = remove(&app.catalogue, &app.archive, id, &recording.object_key).await;
    if let Err(error) = removed {
        tracing::warn!(recording.id = %id, "a deleted recording's file is still there: {error}");
    }
}

/// Removes what is still stored of deleted recordings, and says how many
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

/// Removes everything of a recording that is in the archive; what lies beside a sound goes
/// before it.
async fn remove(
    catalogue: &Catalogue,
    archive: &Archive,
    id: RecordingId,
    key: &str,
) -> Result<(), FinishError> {
    for Beside { key, kind } in catalogue.beside(id).await? {
        match kind {
            BesideKind::Journal => archive.remove(&key).await?,
            BesideKind::Sound => remove_sound(archive, &key).await?,
        }
    }
    if !key.is_empty() {
        remove_sound(archive, key).await?;
    }
    catalogue.removed(id).await?;
    Ok(())
}

async fn remove_sound(archive: &Archive, key: &str) -> Result<(), archive::Error> {
    let base = super::beside::base(key);
    for ending in ENDINGS {
        archive.remove(&format!("{base}.{ending}")).await?;
    }
    archive.remove(key).await
}
