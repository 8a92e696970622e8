//! The embedded back end: SQLite on threads of its own.
//!
//! Each file holds the statements of one subject; all of them run inside a transaction that
//! [`Database`] has begun. Every row of a recording is read by `rows`.

use crate::error::Error;
use jiff::Timestamp;
use model::RecordingId;
use model::audit::{Actor, AuditAction, AuditEvent};
use rusqlite::{Connection, ErrorCode, Transaction};

pub(crate) mod audit;
pub(crate) mod audit_check;
pub(crate) mod audit_rows;
pub(crate) mod bulk;
mod commit;
pub(crate) mod counterparts;
mod database;
mod details;
pub(crate) mod edit;
mod functions;
pub(crate) mod groups;
pub(crate) mod import;
mod keys;
pub(crate) mod list;
mod migrate;
pub(crate) mod notes;
pub(crate) mod numbers;
pub(crate) mod objects;
pub(crate) mod people;
#[cfg(test)]
mod plans;
pub(crate) mod preferences;
pub(crate) mod recordings;
pub(crate) mod register;
pub(crate) mod renderings;
pub(crate) mod repeats;
mod rows;
pub(crate) mod rules;
pub(crate) mod sessions;
pub(crate) mod sign_in;
mod soon;
mod stream;
mod texts;
pub(crate) mod tokens;
mod wanted;

pub(crate) use database::Database;
pub use stream::RecordingStream;

/// A transaction that changes something, and in whose name.
pub(crate) struct Writer<'a> {
    pub(crate) rows: &'a Transaction<'a>,
    pub(crate) actor: &'a Actor,
    pub(crate) now: Timestamp,
}

impl Writer<'_> {
    /// Writes down in the audit what the transaction does.
    fn record(
        &self,
        action: AuditAction,
        recording: Option<RecordingId>,
        details: String,
    ) -> Result<(), Error> {
        let event = AuditEvent {
            recording,
            details,
            ..self.actor.event(self.now, action)
        };
        audit::append(self.rows, &event).map(drop)
    }
}

/// Whether the tables can be read.
pub(crate) fn ready(connection: &Connection) -> Result<(), Error> {
    connection
        .query_row("SELECT EXISTS (SELECT 1 FROM recordings)", [], |_| Ok(()))
        .map_err(Error::from)
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        let passing = matches!(
            error.sqlite_error_code(),
            Some(
                ErrorCode::DatabaseBusy
                    | ErrorCode::DatabaseLocked
                    | ErrorCode::DiskFull
                    | ErrorCode::SystemIoFailure
                    | ErrorCode::CannotOpen
                    | ErrorCode::ReadOnly
                    | ErrorCode::OutOfMemory
                    | ErrorCode::OperationInterrupted
            )
        );
        let source = Box::new(error);
        if passing {
            Self::Unavailable { source }
        } else {
            Self::Database { source }
        }
    }
}
