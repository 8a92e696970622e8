//! The embedded back end: SQLite on threads of its own.

use crate::error::Error;
use rusqlite::Connection;

mod database;
pub(crate) mod groups;
pub(crate) mod list;
pub(crate) mod objects;
pub(crate) mod people;
pub(crate) mod recordings;
pub(crate) mod register;
pub(crate) mod sign_in;

pub(crate) use database::Database;

/// Whether the database answers.
pub(crate) fn ready(connection: &Connection) -> Result<(), Error> {
    connection
        .query_row("SELECT 1 FROM users LIMIT 1", [], |_| Ok(()))
        .or_else(|e| match e {
            rusqlite::Error::QueryReturnedNoRows => Ok(()),
            e => Err(Error::Database {
                source: Box::new(e),
            }),
        })
}
