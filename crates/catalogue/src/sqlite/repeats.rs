//! Repeats.
use super::Writer;
use crate::error::Error;
use crate::secrets::{Repeat, StoredAnswer};
use model::Sha256;
use model::people::UserId;

pub(crate) fn begin(_w: &Writer<'_>, _u: UserId, _k: &str, _r: Sha256) -> Result<Repeat, Error> {
    Err(Error::NotBuilt)
}
pub(crate) fn finish(
    _w: &Writer<'_>,
    _u: UserId,
    _k: &str,
    _a: &StoredAnswer,
) -> Result<(), Error> {
    Err(Error::NotBuilt)
}
pub(crate) fn forget(_w: &Writer<'_>, _u: UserId, _k: &str) -> Result<(), Error> {
    Err(Error::NotBuilt)
}
