//! One recording, and how much sound all of them are.

use super::rows;
use crate::error::Error;
use crate::recordings::Occupied;
use jiff::Timestamp;
use model::{Recording, RecordingId};
use rusqlite::{Connection, Row};

/// The recording of this id, also one that was deleted.
pub(crate) fn one(connection: &Connection, id: RecordingId) -> Result<Option<Recording>, Error> {
    Ok(rows::find(connection, id)?.map(|(_number, recording)| recording))
}

/// How much sound there is. All sizes stand in one index; deleted recordings keep theirs, and
/// are fewer.
pub(crate) fn occupied(connection: &Connection, since: Timestamp) -> Result<Occupied, Error> {
    let number = |row: &Row<'_>| row.get::<_, i64>(0);
    let all = connection.query_one("SELECT coalesce(sum(size), 0) FROM recordings", [], number)?;
    let deleted = "SELECT coalesce(sum(size), 0) FROM recordings WHERE deleted_ms IS NOT NULL";
    let deleted = connection.query_one(deleted, [], number)?;
    let recent = "SELECT coalesce(sum(size), 0) FROM recordings
                   WHERE deleted_ms IS NULL AND start_ms >= ?1";
    let recent = connection.query_one(recent, [since.as_millisecond()], number)?;
    let first = "SELECT min(start_ms) FROM recordings WHERE deleted_ms IS NULL";
    let first: Option<i64> = connection.query_one(first, [], |row| row.get(0))?;
    let unsigned = |number: i64| u64::try_from(number).unwrap_or(0);
    Ok(Occupied {
        bytes: unsigned(all.saturating_sub(deleted)),
        recent_bytes: unsigned(recent),
        first: first.and_then(|ms| Timestamp::from_millisecond(ms).ok()),
    })
}
