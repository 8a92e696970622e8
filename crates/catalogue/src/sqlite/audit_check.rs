//! Audit check.
use crate::audit::{AuditCheck, AuditHead};
use crate::error::Error;
use rusqlite::Connection;

pub(crate) fn check(_r: &Connection, _k: Option<AuditHead>) -> Result<AuditCheck, Error> {
    Err(Error::NotBuilt)
}
