//! The last recording rules, kept in the spool: a start without the catalogue uses them.

use crate::whole;
use model::rules::Snapshot;
use std::fs;
use std::io;
use std::path::Path;

/// The name of the file in the spool.
pub(crate) const NAME: &str = "rules";

/// Keeps the rules: they are there whole, or the old ones are.
pub(crate) fn store(path: &Path, rules: &Snapshot) -> io::Result<()> {
    whole::put(path, rules.encode().as_bytes())
}

/// The rules as they were kept last. Without any, or when they cannot be read, every call is
/// recorded: that is the side to err on.
pub(crate) fn load(path: &Path) -> Snapshot {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Snapshot::default(),
        Err(error) => {
            tracing::error!(%error, "the last recording rules cannot be read: all is recorded");
            return Snapshot::default();
        }
    };
    Snapshot::decode(&text).unwrap_or_else(|error| {
        tracing::error!(%error, "the last recording rules cannot be read: all is recorded");
        Snapshot::default()
    })
}
