use crate::error::Error;
use crate::people::*;
use crate::recordings::*;
use model::access::*;
use model::people::*;
use model::*;
use rusqlite::Connection;
pub(crate) fn add(_c: &Connection, _n: &str) -> Result<Group, Error> {
    Err(Error::Inconsistent(String::new()))
}
pub(crate) fn remove(_c: &Connection, _n: &str) -> Result<(), Error> {
    Err(Error::Inconsistent(String::new()))
}
pub(crate) fn all(_c: &Connection) -> Result<Vec<Group>, Error> {
    Err(Error::Inconsistent(String::new()))
}
