//! Reading a recording back.

use super::OnePath;
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Caller;
use crate::gate::gate;
use crate::refusal::Refusal;
use crate::v1::extract::Path;
use crate::v1::types::{FileFacts, Verification, time};
use axum::Json;
use axum::extract::State;
use model::access::Action;
use model::audit::AuditAction;

/// Verify a recording now
///
/// Reads the stored file back and compares size and SHA-256 with what was stored. Changes
/// nothing.
#[utoipa::path(
    post,
    path = "/api/v1/recordings/{id}/verification",
    operation_id = "verifyRecording",
    tag = "recordings",
    params(OnePath),
    responses((status = 200, description = "What was found", body = Verification)),
)]
pub(super) async fn verify_recording(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<OnePath>,
) -> Result<Json<Verification>, Refusal> {
    let recording = gate(&app, &caller, Action::Listen, &path.id).await?;
    if recording.object_key.is_empty() {
        return Err(Refusal::NoSound);
    }
    let _turn = app.heavy_work()?;
    let expected = FileFacts {
        size: recording.size,
        sha256: recording.sha256.to_string(),
    };
    let found = match app.archive.verify(&recording.object_key).await {
        Ok(receipt) => Some(FileFacts {
            size: receipt.size,
            sha256: receipt.sha256.to_string(),
        }),
        Err(archive::Error::NotFound { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let intact = found.as_ref() == Some(&expected);
    if !intact {
        tracing::error!(recording.id = %recording.draft.id, "a stored recording is damaged");
    }
    let entry = Entry {
        details: if intact {
            "verified"
        } else {
            "verified: damaged"
        },
        ..Entry::on(AuditAction::ViewRecording, recording.draft.id)
    };
    audit::record_soon(&app, &caller, entry).await?;
    Ok(Json(Verification {
        intact,
        expected,
        found,
        checked_at: time(app.now()),
    }))
}
