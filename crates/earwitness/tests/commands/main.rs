//! The commands as a script meets them: exit statuses, stdout and messages.
#![expect(clippy::unwrap_used, reason = "test helpers panic")]

mod administration;
mod basics;
mod reconcile;
mod system;
