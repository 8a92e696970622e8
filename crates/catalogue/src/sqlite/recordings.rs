use crate::error::Error;
use crate::people::*;
use crate::recordings::*;
use model::access::*;
use model::people::*;
use model::*;
use rusqlite::Connection;
pub(crate) fn one(_c: &Connection, _id: RecordingId) -> Result<Option<Recording>, Error> {
    Err(Error::Inconsistent(String::new()))
}
pub(crate) fn preserve(_c: &Connection, _id: RecordingId, _u: Option<UserId>) -> Result<(), Error> {
    Err(Error::Inconsistent(String::new()))
}
pub(crate) fn note(
    _c: &Connection,
    _id: RecordingId,
    _n: Option<(UserId, String)>,
) -> Result<(), Error> {
    Err(Error::Inconsistent(String::new()))
}
