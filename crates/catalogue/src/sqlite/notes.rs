//! What the notes of a recording were.

use super::rows;
use crate::error::Error;
use model::RecordingId;
use model::details::NoteVersion;
use rusqlite::Connection;

pub(super) const HISTORY: &str = "
    SELECT n.at_ms, n.text,
           u.username, u.first_name, u.last_name, u.phone_number, g.name, u.department
      FROM recordings r
      JOIN notes n ON n.number = r.number
      JOIN users u ON u.id = n.user_id
      LEFT JOIN groups g ON g.id = u.group_id
     WHERE r.id = ?1 ORDER BY n.id";

/// Every version of a recording's note, oldest first.
pub(crate) fn history(connection: &Connection, id: RecordingId) -> Result<Vec<NoteVersion>, Error> {
    let mut statement = connection.prepare_cached(HISTORY)?;
    let mut found = statement.query([id.to_bytes()])?;
    let mut versions = Vec::new();
    while let Some(row) = found.next()? {
        versions.push(NoteVersion {
            by: rows::person(row, 2)?.unwrap_or_default(),
            at: rows::time(row.get(0)?)?,
            text: row.get(1)?,
        });
    }
    Ok(versions)
}
