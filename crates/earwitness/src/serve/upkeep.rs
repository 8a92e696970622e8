//! What runs beside the server: rules are handed to the recorder when they change, discarded
//! calls go into the audit, what was deleted leaves the archive for good, and what could not be
//! rendered is tried again.
//!
//! Decides nothing: it carries from one part to another what the parts may not carry themselves.

use archive::Archive;
use capture::Discarded;
use catalogue::Catalogue;
use jobs::Again;
use model::audit::AuditAction;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinHandle;

/// How often the rules are looked at: another process may have changed them.
const RULES_LOOK: Duration = Duration::from_millis(500);
/// How long to wait when the audit cannot be written.
const RETRY: Duration = Duration::from_secs(1);
/// A line is looked for however long ago it was written.
const EVER: Duration = Duration::MAX;
/// How often the files of deleted recordings are looked for that are still there.
const REMOVALS_LOOK: Duration = Duration::from_secs(60);

/// Hands the rules in force to the recorder.
///
/// # Errors
/// When the catalogue cannot be read.
pub(super) async fn hand_over(
    catalogue: &Catalogue,
    handle: &capture::Handle,
) -> Result<i64, catalogue::Error> {
    // The version first: a change in between is seen again.
    let version = catalogue.rules_version().await?;
    let rules = catalogue.rules_snapshot().await?;
    let handle = handle.clone();
    let kept = tokio::task::spawn_blocking(move || handle.set_rules(rules)).await;
    if let Ok(Err(error)) = kept {
        // They hold all the same; only a start without the catalogue would not know them.
        tracing::error!(%error, "the recording rules cannot be kept in the spool");
    }
    Ok(version)
}

/// Starts everything that runs until it is aborted. `version` is the one of the rules that the
/// recorder has.
pub(super) fn start(
    catalogue: &Catalogue,
    archive: &Archive,
    again: Again,
    rules: Option<(capture::Handle, i64)>,
) -> Vec<JoinHandle<()>> {
    let mut running = vec![
        tokio::spawn(remove_deleted(catalogue.clone(), archive.clone())),
        tokio::spawn(again.run()),
    ];
    if let Some((handle, version)) = rules {
        if let Some(discards) = handle.discards() {
            let writing = write_down(catalogue.clone(), handle.clone(), discards);
            running.push(tokio::spawn(writing));
        }
        running.push(tokio::spawn(follow_rules(
            catalogue.clone(),
            handle,
            version,
        )));
    }
    running
}

/// One line of audit for each call that was thrown away, however long the catalogue is absent
/// and however often the recorder is killed meanwhile.
async fn write_down(
    catalogue: Catalogue,
    handle: capture::Handle,
    mut discards: UnboundedReceiver<Discarded>,
) {
    while let Some(call) = discards.recv().await {
        let mut event = catalogue.event(AuditAction::DiscardRecording);
        event.recording = Some(call.recording);
        event.details = match call.rule.as_str() {
            "" => "nobody started it".to_owned(),
            rule => format!("nobody started it; rule \"{rule}\""),
        };
        // A recorder that was killed in time asks for the line again.
        while let Err(error) = catalogue.audit_once(event.clone(), EVER).await {
            tracing::error!(%error, "a discarded call is not in the audit yet");
            tokio::time::sleep(RETRY).await;
        }
        let handle = handle.clone();
        let told = tokio::task::spawn_blocking(move || handle.written_down(&call)).await;
        if let Ok(Err(error)) = told {
            tracing::warn!(%error, "the next start asks for a discarded call's line again");
        }
    }
}

async fn follow_rules(catalogue: Catalogue, handle: capture::Handle, mut handed: i64) {
    loop {
        tokio::time::sleep(RULES_LOOK).await;
        let changed = match catalogue.rules_version().await {
            Ok(version) if version == handed => continue,
            Ok(_) => hand_over(&catalogue, &handle).await,
            Err(error) => Err(error),
        };
        match changed {
            Ok(version) => {
                handed = version;
                tracing::info!("the recording rules have changed");
            }
            Err(error) => tracing::warn!(%error, "the recording rules cannot be read"),
        }
    }
}

/// What was deleted while its files could not be removed, or just before a crash.
async fn remove_deleted(catalogue: Catalogue, archive: Archive) {
    loop {
        match api::finish_deletions(&catalogue, &archive).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "files of deleted recordings are removed"),
            Err(error) => tracing::warn!(%error, "files of deleted recordings are still there"),
        }
        tokio::time::sleep(REMOVALS_LOOK).await;
    }
}
