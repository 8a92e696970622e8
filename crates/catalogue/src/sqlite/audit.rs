//! Audit.
use crate::audit::AuditHead;
use crate::error::Error;
use model::audit::AuditEvent;
use rusqlite::Connection;
use std::time::Duration;

pub(crate) fn append(_r: &Connection, _e: &AuditEvent) -> Result<u64, Error> {
    Err(Error::NotBuilt)
}
pub(crate) fn append_once(_r: &Connection, _e: &AuditEvent, _w: Duration) -> Result<(), Error> {
    Err(Error::NotBuilt)
}
pub(crate) fn head(_r: &Connection) -> Result<AuditHead, Error> {
    Err(Error::NotBuilt)
}
