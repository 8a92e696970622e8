use crate::error::Error;
use crate::people::*;
use crate::recordings::*;
use model::access::*;
use model::people::*;
use model::*;
use rusqlite::Connection;
pub(crate) fn page(_c: &Connection, _s: &Scope, _p: Page) -> Result<Listing, Error> {
    Err(Error::Inconsistent(String::new()))
}
pub(crate) fn after(
    _c: &Connection,
    _s: &Scope,
    _p: Option<Cursor>,
    _l: u64,
) -> Result<Vec<Recording>, Error> {
    Err(Error::Inconsistent(String::new()))
}
