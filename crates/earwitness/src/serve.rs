//! The recorder in the foreground.

use crate::config::Settings;
use std::process::ExitCode;

/// Runs the recorder until it is told to stop.
///
/// # Errors
/// What keeps it from running.
pub(crate) fn run(settings: Settings, demo: bool) -> anyhow::Result<ExitCode> {
    anyhow::bail!(
        "cannot serve {}, demo {demo}: the recorder is not wired",
        settings.server.node
    )
}
