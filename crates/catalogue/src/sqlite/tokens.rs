//! Tokens.
use super::Writer;
use crate::error::Error;
use crate::secrets::{NewToken, Token, TokenId, TokenSignIn};
use jiff::Timestamp;
use model::people::UserId;
use rusqlite::Connection;

pub(crate) fn add(_w: &Writer<'_>, _t: &NewToken) -> Result<Token, Error> {
    Err(Error::NotBuilt)
}
pub(crate) fn all(_r: &Connection, _u: Option<UserId>) -> Result<Vec<Token>, Error> {
    Err(Error::NotBuilt)
}
pub(crate) fn revoke(_w: &Writer<'_>, _i: TokenId, _u: Option<UserId>) -> Result<(), Error> {
    Err(Error::NotBuilt)
}
pub(crate) fn sign_in(
    _r: &Connection,
    _s: &[u8; 32],
    _n: Timestamp,
) -> Result<Option<(TokenSignIn, bool)>, Error> {
    Err(Error::NotBuilt)
}
pub(crate) fn used(_r: &Connection, _i: TokenId, _n: Timestamp) -> Result<(), Error> {
    Err(Error::NotBuilt)
}
