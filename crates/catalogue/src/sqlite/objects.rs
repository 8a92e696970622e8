//! What the archive must hold, without a word about people.

use crate::error::Error;
use crate::recordings::Object;
use model::{RecordingId, Sha256, State};
use rusqlite::{Connection, OptionalExtension, Row, params};

pub(super) const OBJECT: &str = "
    SELECT id, reference_number, state, object_key, size, sha256, deleted_ms
      FROM recordings WHERE id = ?1";
pub(super) const OBJECTS: &str = "
    SELECT id, reference_number, state, object_key, size, sha256, deleted_ms
      FROM recordings WHERE id > ?1 AND deleted_ms IS NULL ORDER BY id LIMIT ?2";
pub(super) const REMOVALS: &str = "
    SELECT id, reference_number, state, object_key, size, sha256, deleted_ms
      FROM removals JOIN recordings USING (number) ORDER BY number LIMIT ?1";

/// The object of one recording.
pub(crate) fn one(connection: &Connection, id: RecordingId) -> Result<Option<Object>, Error> {
    let mut statement = connection.prepare_cached(OBJECT)?;
    let mut rows = statement.query([id.to_bytes()])?;
    rows.next()?.map(object).transpose()
}

/// Objects in the order of their recordings' ids.
pub(crate) fn after(
    connection: &Connection,
    after: Option<RecordingId>,
    limit: u64,
) -> Result<Vec<Object>, Error> {
    // The empty blob is less than every id.
    let after = after.map_or_else(Vec::new, |id| id.to_bytes().to_vec());
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(OBJECTS)?;
    let mut rows = statement.query(params![after, limit])?;
    let mut objects = Vec::new();
    while let Some(row) = rows.next()? {
        objects.push(object(row)?);
    }
    Ok(objects)
}

/// Deleted recordings of which something may still be in the archive.
pub(crate) fn removals(connection: &Connection, limit: u64) -> Result<Vec<Object>, Error> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(REMOVALS)?;
    let mut rows = statement.query([limit])?;
    let mut objects = Vec::new();
    while let Some(row) = rows.next()? {
        objects.push(object(row)?);
    }
    Ok(objects)
}

/// Everything stored of a deleted recording is gone.
pub(crate) fn removed(connection: &Connection, id: RecordingId) -> Result<(), Error> {
    let number: Option<i64> = connection
        .prepare_cached("SELECT number FROM recordings WHERE id = ?1 AND deleted_ms IS NOT NULL")?
        .query_row([id.to_bytes()], |row| row.get(0))
        .optional()?;
    let Some(number) = number else {
        return Ok(());
    };
    for statement in [
        "UPDATE recordings SET object_key = '' WHERE number = ?1",
        "DELETE FROM recording_objects WHERE number = ?1",
        "DELETE FROM removals WHERE number = ?1",
    ] {
        connection.execute(statement, [number])?;
    }
    Ok(())
}

fn object(row: &Row<'_>) -> Result<Object, Error> {
    let id = RecordingId::from_bytes(row.get(0)?);
    let state: String = row.get(2)?;
    let state = State::from_name(&state)
        .ok_or_else(|| Error::Inconsistent(format!("recording {id} has no valid state")))?;
    let deleted = row.get::<_, Option<i64>>(6)?.is_some();
    Ok(Object {
        id,
        reference_number: row.get(1)?,
        state: if deleted { State::Deleted } else { state },
        object_key: row.get(3)?,
        size: row.get(4)?,
        sha256: Sha256(row.get(5)?),
    })
}
