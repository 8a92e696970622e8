//! Sessions of the web page.

use super::tokens::hash;
use super::{Writer, rows, sign_in};
use crate::error::Error;
use crate::secrets::{NewSession, Session};
use jiff::Timestamp;
use model::people::UserId;
use rusqlite::{Connection, params};

pub(super) const SESSION: &str = "
    SELECT s.user_id, s.csrf, s.expires_ms
      FROM sessions s JOIN users u ON u.id = s.user_id
     WHERE s.hash = ?1 AND s.password_hash = u.password_hash";

pub(super) const END: &str = "DELETE FROM sessions WHERE user_id = ?1 AND hash IS NOT ?2";

/// Begins a session, and forgets those that are over.
pub(crate) fn begin(writer: &Writer<'_>, session: &NewSession) -> Result<(), Error> {
    writer.rows.execute(
        "DELETE FROM sessions WHERE expires_ms <= ?1",
        [writer.now.as_millisecond()],
    )?;
    let begun = writer.rows.execute(
        "INSERT INTO sessions (hash, user_id, password_hash, csrf, expires_ms)
         SELECT ?1, id, password_hash, ?3, ?4 FROM users WHERE id = ?2 AND deleted_ms IS NULL",
        params![
            hash(&session.secret),
            session.user.0,
            session.csrf,
            session.expires_at.as_millisecond(),
        ],
    )?;
    if begun == 0 {
        return Err(Error::NoSuchUser(session.user.0.to_string()));
    }
    Ok(())
}

/// The session of a secret, if it is going on.
pub(crate) fn find(
    connection: &Connection,
    secret: &[u8; 32],
    now: Timestamp,
) -> Result<Option<Session>, Error> {
    let mut statement = connection.prepare_cached(SESSION)?;
    let mut found = statement.query([hash(secret)])?;
    let Some(row) = found.next()? else {
        return Ok(None);
    };
    let expires_at = rows::time(row.get(2)?)?;
    if expires_at <= now {
        return Ok(None);
    }
    let csrf = row.get(1)?;
    let standing = sign_in::standing(connection, UserId(row.get(0)?))?;
    Ok(standing.map(|standing| Session {
        principal: standing.principal,
        csrf,
        expires_at,
    }))
}

/// Ends a session.
pub(crate) fn end(writer: &Writer<'_>, secret: &[u8; 32]) -> Result<(), Error> {
    writer
        .rows
        .execute("DELETE FROM sessions WHERE hash = ?1", [hash(secret)])?;
    Ok(())
}

/// Ends all sessions of a user.
pub(crate) fn end_all(writer: &Writer<'_>, user: UserId) -> Result<(), Error> {
    end_others(writer, user, None)
}

/// Ends the sessions a user began with another password than `password_hash`, but for the one
/// of the secret `kept`, which goes on as if it had begun with this one.
pub(crate) fn renew(
    writer: &Writer<'_>,
    user: UserId,
    password_hash: &str,
    kept: Option<&[u8; 32]>,
) -> Result<(), Error> {
    let kept = kept.map(hash);
    end_others(writer, user, kept)?;
    writer.rows.execute(
        "UPDATE sessions SET password_hash = ?3 WHERE user_id = ?1 AND hash = ?2",
        params![user.0, kept, password_hash],
    )?;
    Ok(())
}

fn end_others(writer: &Writer<'_>, user: UserId, kept: Option<[u8; 32]>) -> Result<(), Error> {
    let mut statement = writer.rows.prepare_cached(END)?;
    statement.execute(params![user.0, kept])?;
    Ok(())
}
