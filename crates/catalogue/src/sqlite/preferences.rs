//! How somebody wants the web page to be.

use super::Writer;
use crate::error::Error;
use model::people::UserId;
use rusqlite::{Connection, OptionalExtension, params};

pub(super) const PREFERENCES: &str = "SELECT json FROM preferences WHERE user_id = ?1";

/// What a user has last said, if anything.
pub(crate) fn read(connection: &Connection, user: UserId) -> Result<Option<String>, Error> {
    let mut statement = connection.prepare_cached(PREFERENCES)?;
    Ok(statement.query_row([user.0], |row| row.get(0)).optional()?)
}

/// Takes the place of what was said before.
pub(crate) fn write(writer: &Writer<'_>, user: UserId, json: &str) -> Result<(), Error> {
    let written = writer.rows.execute(
        "INSERT INTO preferences (user_id, json)
         SELECT id, ?2 FROM users WHERE id = ?1 AND deleted_ms IS NULL
         ON CONFLICT (user_id) DO UPDATE SET json = excluded.json",
        params![user.0, json],
    )?;
    if written == 0 {
        return Err(Error::NoSuchUser(user.0.to_string()));
    }
    Ok(())
}
