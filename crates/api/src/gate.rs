//! The one way from a request to a recording, and to the rows a list may show.
//!
//! Handlers call `gate`, `scope` or `permit` and never compare an owner or a level themselves;
//! the rules are `model::access`'s. The order of refusals is the contract's: level, id,
//! existence, ownership. Who was refused something stands in the audit.

use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Caller;
use crate::refusal::Refusal;
use model::access::{self, Action, Denied, Guarded, Scope};
use model::audit::{AuditAction, Outcome};
use model::{BadId, Recording, RecordingId};

/// The recording of this id, for a caller who may do `action` with it. `id` is as the path
/// had it: whoever may see no recording at all learns nothing about ids.
pub(crate) async fn gate(
    app: &App,
    caller: &Caller,
    action: Action,
    id: &str,
) -> Result<Recording, Refusal> {
    let id = known(caller, action, id)?;
    let sealed = app.catalogue.recording_or_tombstone(id).await?;
    open(app, caller, action, id, sealed, true).await
}

/// The same where one that was deleted does not exist any more, whosever it was.
pub(crate) async fn gate_present(
    app: &App,
    caller: &Caller,
    action: Action,
    id: &str,
) -> Result<Recording, Refusal> {
    let id = known(caller, action, id)?;
    let sealed = app.catalogue.recording(id).await?;
    open(app, caller, action, id, sealed, true).await
}

/// Whether [`gate`] would open. Looking at what protects a recording is no try to change it;
/// looking for what is out of reach is written down all the same.
pub(crate) async fn would_pass(
    app: &App,
    caller: &Caller,
    action: Action,
    id: &str,
) -> Result<(), Refusal> {
    let id = known(caller, action, id)?;
    let sealed = app.catalogue.recording_or_tombstone(id).await?;
    let opened = open(app, caller, action, id, sealed, false).await;
    opened.map(drop)
}

fn known(caller: &Caller, action: Action, id: &str) -> Result<RecordingId, Refusal> {
    permit(caller, action)?;
    if id.is_empty() {
        return Err(Refusal::MissingId);
    }
    RecordingId::parse(id).map_err(|BadId| Refusal::BadId)
}

async fn open(
    app: &App,
    caller: &Caller,
    action: Action,
    id: RecordingId,
    sealed: Option<Guarded<Recording>>,
    tried: bool,
) -> Result<Recording, Refusal> {
    let opened = sealed
        .ok_or(Refusal::NoRecording)?
        .open(caller.principal(), action);
    match opened {
        Ok(recording) if recording.tombstone.is_some() => {
            Err(Refusal::Deleted(Box::new(recording)))
        }
        Ok(recording) => Ok(recording),
        Err(Denied::Deleted) => Err(deleted(app, caller, id).await?),
        Err(denied) => {
            if tried || denied != Denied::Protected {
                let entry = Entry {
                    outcome: Outcome::Refused,
                    ..Entry::on(named(action), id)
                };
                audit::record_soon(app, caller, entry).await?;
            }
            Err(refused(denied))
        }
    }
}

/// What is left of a deleted recording, for a caller who might have seen it.
async fn deleted(app: &App, caller: &Caller, id: RecordingId) -> Result<Refusal, Refusal> {
    let sealed = app.catalogue.recording_or_tombstone(id).await?;
    let opened = sealed
        .ok_or(Refusal::NoRecording)?
        .open(caller.principal(), Action::Read);
    let recording = opened.map_err(refused)?;
    Ok(Refusal::Deleted(Box::new(recording)))
}

/// What a list may show to the caller; refused to a level below the action's minimum.
pub(crate) fn scope(caller: &Caller, action: Action) -> Result<Scope, Refusal> {
    permit(caller, action)?;
    access::scope(caller.principal(), action).map_err(refused)
}

/// Whether the caller may do `action` at all.
pub(crate) fn permit(caller: &Caller, action: Action) -> Result<(), Refusal> {
    access::permit(caller.principal(), action).map_err(refused)?;
    if caller.may_use(action) {
        Ok(())
    } else {
        Err(Refusal::OutOfScope)
    }
}

/// Whether the caller may do anything at all: whoever has no access has none to oneself either.
pub(crate) fn anything(caller: &Caller) -> Result<(), Refusal> {
    let may = |action: Action| access::permit(caller.principal(), action).is_ok();
    if Action::ALL.into_iter().any(may) {
        Ok(())
    } else {
        Err(Refusal::LevelTooLow)
    }
}

/// How the policy's refusals are told.
pub(crate) fn refused(denied: Denied) -> Refusal {
    match denied {
        Denied::Level => Refusal::LevelTooLow,
        Denied::NotYours => Refusal::NotYours,
        Denied::Protected => Refusal::Protected,
        // Whoever gets here may not know what is left of it.
        Denied::Deleted => Refusal::NoRecording,
    }
}

/// What the audit calls an action.
pub(crate) fn named(action: Action) -> AuditAction {
    match action {
        Action::List | Action::Read => AuditAction::ViewRecording,
        Action::Listen => AuditAction::PlayRecording,
        Action::Annotate => AuditAction::EditNote,
        Action::Preserve => AuditAction::PreserveRecording,
        Action::Release => AuditAction::ReleaseRecording,
        Action::Hold => AuditAction::HoldRecording,
        Action::Unhold => AuditAction::UnholdRecording,
        Action::Delete => AuditAction::DeleteRecording,
        Action::Reassign => AuditAction::ReassignRecording,
        Action::UploadOwn | Action::UploadAny => AuditAction::UploadRecording,
        Action::ListLive | Action::SeeLive => AuditAction::ViewLive,
        Action::StartLive => AuditAction::StartRecording,
        Action::StopLive => AuditAction::StopRecording,
        Action::PauseLive => AuditAction::PauseRecording,
        Action::ReadAudit => AuditAction::ViewAudit,
        Action::ManagePeople => AuditAction::EditUser,
        Action::ManageRules => AuditAction::EditRule,
    }
}
