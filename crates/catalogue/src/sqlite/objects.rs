//! What the archive must hold, without a word about people.

use crate::error::Error;
use crate::recordings::Object;
use model::{RecordingId, Sha256, State};
use rusqlite::{Connection, Row, params};

pub(super) const OBJECT: &str = "
    SELECT id, reference_number, state, object_key, size, sha256
      FROM recordings WHERE id = ?1";
pub(super) const OBJECTS: &str = "
    SELECT id, reference_number, state, object_key, size, sha256
      FROM recordings WHERE id > ?1 ORDER BY id LIMIT ?2";

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

pub(crate) fn removals(_r: &Connection, _l: u64) -> Result<Vec<Object>, Error> {
    Err(Error::NotBuilt)
}

pub(crate) fn removed(_r: &Connection, _id: RecordingId) -> Result<(), Error> {
    Err(Error::NotBuilt)
}

fn object(row: &Row<'_>) -> Result<Object, Error> {
    let id = RecordingId::from_bytes(row.get(0)?);
    let state: String = row.get(2)?;
    let state = State::from_name(&state)
        .ok_or_else(|| Error::Inconsistent(format!("recording {id} has no valid state")))?;
    Ok(Object {
        id,
        reference_number: row.get(1)?,
        state,
        object_key: row.get(3)?,
        size: row.get(4)?,
        sha256: Sha256(row.get(5)?),
    })
}
