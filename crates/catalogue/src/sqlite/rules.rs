//! Rules.
use super::Writer;
use crate::error::Error;
use crate::recording_rules::NewRule;
use model::rules::{Rule, RuleId, Snapshot};
use rusqlite::Connection;

pub(crate) fn all(_r: &Connection) -> Result<Vec<Rule>, Error> {
    Err(Error::NotBuilt)
}
pub(crate) fn add(_w: &Writer<'_>, _r: &NewRule, _p: Option<u32>) -> Result<Rule, Error> {
    Err(Error::NotBuilt)
}
pub(crate) fn set(
    _w: &Writer<'_>,
    _i: RuleId,
    _r: &NewRule,
    _p: Option<u32>,
) -> Result<Rule, Error> {
    Err(Error::NotBuilt)
}
pub(crate) fn remove(_w: &Writer<'_>, _i: RuleId) -> Result<(), Error> {
    Err(Error::NotBuilt)
}
pub(crate) fn snapshot(_r: &Connection) -> Result<Snapshot, Error> {
    Err(Error::NotBuilt)
}
pub(crate) fn version(_r: &Connection) -> Result<i64, Error> {
    Err(Error::NotBuilt)
}
