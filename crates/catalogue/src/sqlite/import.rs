//! Tables of users.
use super::Writer;
use crate::error::Error;
use crate::people::{Imported, NewUser};

pub(crate) fn users(_w: &Writer<'_>, _users: &[NewUser], _dry: bool) -> Result<Imported, Error> {
    Err(Error::NotBuilt)
}
