use crate::error::Error;
use crate::people::*;
use crate::recordings::*;
use model::access::*;
use model::people::*;
use model::*;
use rusqlite::Connection;
pub(crate) fn one(_c: &Connection, _id: RecordingId) -> Result<Option<Object>, Error> {
    Err(Error::Inconsistent(String::new()))
}
pub(crate) fn after(
    _c: &Connection,
    _a: Option<RecordingId>,
    _l: u64,
) -> Result<Vec<Object>, Error> {
    Err(Error::Inconsistent(String::new()))
}
