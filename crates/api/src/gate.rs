//! The one way from a request to a recording, and to the rows a list may show.
//!
//! Handlers call `gate` or `scope` and never compare an owner or a level themselves; the
//! rules are `model::access`'s. The order of refusals is the contract's: level, id, existence,
//! ownership.

use crate::auth::Caller;
use crate::refusal::Refusal;
use catalogue::Catalogue;
use model::access::{self, Action, Scope};
use model::{BadId, Recording, RecordingId};

/// The recording of this id, for a caller who may do `action` with it. `id` is as the path
/// had it: whoever may see no recording at all learns nothing about ids.
pub(crate) async fn gate(
    catalogue: &Catalogue,
    caller: &Caller,
    action: Action,
    id: &str,
) -> Result<Recording, Refusal> {
    scope(caller, action)?;
    if id.is_empty() {
        return Err(Refusal::MissingId);
    }
    let id = RecordingId::parse(id).map_err(|BadId| Refusal::BadId)?;
    let sealed = catalogue.recording(id).await?.ok_or(Refusal::NoRecording)?;
    sealed
        .open(caller.principal(), action)
        .map_err(|_denied| Refusal::NotYours)
}

/// What a list may show to the caller; refused to a level below the action's minimum.
pub(crate) fn scope(caller: &Caller, action: Action) -> Result<Scope, Refusal> {
    access::scope(caller.principal(), action).map_err(|_denied| Refusal::LevelTooLow)
}
