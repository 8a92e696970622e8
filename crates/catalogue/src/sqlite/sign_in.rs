use crate::error::Error;
use crate::people::*;
use crate::recordings::*;
use model::access::*;
use model::people::*;
use model::*;
use rusqlite::Connection;
pub(crate) fn sign_in(_c: &Connection, _u: &str) -> Result<Option<SignIn>, Error> {
    Err(Error::Inconsistent(String::new()))
}
pub(crate) fn standing(_c: &Connection, _u: UserId) -> Result<Option<Standing>, Error> {
    Err(Error::Inconsistent(String::new()))
}
