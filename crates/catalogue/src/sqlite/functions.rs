//! Functions that statements use beside SQLite's own.

use crate::rules;
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

/// Defines them on a connection.
pub(super) fn define(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_INNOCUOUS;
    // SQLite's own `lower` knows ASCII only.
    connection.create_scalar_function("folded", 1, flags, |arguments| {
        let text: Option<String> = arguments.get(0)?;
        Ok(text.map(|text| rules::without_case(&text)))
    })
}
