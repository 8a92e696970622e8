use crate::error::Error;
use crate::people::*;
use crate::recordings::*;
use model::access::*;
use model::people::*;
use model::*;
use rusqlite::Connection;
pub(crate) fn owners(_c: &Connection, _k: &[Vec<String>]) -> Result<Vec<Option<UserId>>, Error> {
    Err(Error::Inconsistent(String::new()))
}
pub(crate) fn add(_c: &Connection, _k: &NewUser) -> Result<User, Error> {
    Err(Error::Inconsistent(String::new()))
}
pub(crate) fn change(_c: &Connection, _k: &str, _h: &Changes, _f: bool) -> Result<User, Error> {
    Err(Error::Inconsistent(String::new()))
}
pub(crate) fn set_password(_c: &Connection, _k: &str, _h: &str) -> Result<(), Error> {
    Err(Error::Inconsistent(String::new()))
}
pub(crate) fn remove(_c: &Connection, _k: &str, _f: bool) -> Result<(), Error> {
    Err(Error::Inconsistent(String::new()))
}
pub(crate) fn all(_c: &Connection) -> Result<Vec<User>, Error> {
    Err(Error::Inconsistent(String::new()))
}
