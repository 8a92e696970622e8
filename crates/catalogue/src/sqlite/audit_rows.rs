//! Audit rows.
use crate::audit::{AuditFilter, AuditOrder, AuditRow};
use crate::error::Error;
use model::audit::AuditEvent;
use rusqlite::Connection;
use std::time::Duration;

pub(crate) fn known(_r: &Connection, _e: &AuditEvent, _w: Duration) -> Result<bool, Error> {
    Err(Error::NotBuilt)
}
pub(crate) fn search(
    _r: &Connection,
    _f: &AuditFilter,
    _o: AuditOrder,
    _b: Option<u64>,
    _l: u64,
) -> Result<Vec<AuditRow>, Error> {
    Err(Error::NotBuilt)
}
pub(crate) fn count(_r: &Connection, _f: &AuditFilter) -> Result<u64, Error> {
    Err(Error::NotBuilt)
}
