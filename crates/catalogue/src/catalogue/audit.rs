//! The audit: writing, reading, checking.

use super::Catalogue;
use crate::audit::{AuditCheck, AuditFilter, AuditHead, AuditOrder, AuditRow};
use crate::error::Error;
use crate::sqlite;
use jiff::Timestamp;
use model::audit::{AuditAction, AuditEvent};
use std::time::Duration;

impl Catalogue {
    /// Writes an event down. The row is on the disk when this returns: what it allows must not
    /// happen on an error.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit(&self, event: AuditEvent) -> Result<(), Error> {
        self.database
            .write(move |rows| sqlite::audit::append(rows, &event).map(drop))
            .await
    }

    /// As [`Catalogue::audit`], unless the same user did the same with the same recording from
    /// the same address less than `within` ago: one listening is one row, however many parts
    /// of the sound are asked for.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit_once(&self, event: AuditEvent, within: Duration) -> Result<(), Error> {
        let seen = event.clone();
        let known = self
            .database
            .read(move |rows| sqlite::audit_rows::known(rows, &seen, within))
            .await?;
        if known {
            return Ok(());
        }
        self.database
            .write(move |rows| sqlite::audit::append_once(rows, &event, within))
            .await
    }

    /// Writes an event down within a second. Never loses one while the program runs: waits when
    /// too many are waiting. Repeated views of one recording by one user from one address are
    /// at most two rows in five minutes: the first at once, then the count of the others.
    ///
    /// # Errors
    /// When the writer has ended.
    pub async fn audit_soon(&self, event: AuditEvent) -> Result<(), Error> {
        self.database.audit_soon(event).await
    }

    /// An event in the name of the actor, at this instant.
    #[must_use]
    pub fn event(&self, action: AuditAction) -> AuditEvent {
        self.actor.event(self.database.now(), action)
    }

    /// The time by the catalogue's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.database.now()
    }

    /// At most `limit` rows that are wanted, behind a row's number; from the first one on when
    /// there is none. Fewer than `limit` means that there are no more.
    ///
    /// # Errors
    /// When the database fails, or a row cannot be read.
    pub async fn audit_rows(
        &self,
        filter: &AuditFilter,
        order: AuditOrder,
        behind: Option<u64>,
        limit: u64,
    ) -> Result<Vec<AuditRow>, Error> {
        let filter = filter.clone();
        self.database
            .read(move |rows| sqlite::audit_rows::search(rows, &filter, order, behind, limit))
            .await
    }

    /// How many rows are wanted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit_count(&self, filter: &AuditFilter) -> Result<u64, Error> {
        let filter = filter.clone();
        self.database
            .read(move |rows| sqlite::audit_rows::count(rows, &filter))
            .await
    }

    /// Where the chain ends now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit_head(&self) -> Result<AuditHead, Error> {
        self.database.read(sqlite::audit::head).await
    }

    /// Checks the whole chain and names the first broken link. `known`: an end of the chain
    /// that was written down elsewhere and must still be in it.
    ///
    /// # Errors
    /// When the database fails. A broken chain is no error.
    pub async fn verify_audit(&self, known: Option<AuditHead>) -> Result<AuditCheck, Error> {
        self.database
            .read(move |rows| sqlite::audit_check::check(rows, known))
            .await
    }
}
