//! One recording.

use super::rows;
use crate::error::Error;
use model::{Recording, RecordingId};
use rusqlite::Connection;

/// The recording of this id, also one that was deleted.
pub(crate) fn one(connection: &Connection, id: RecordingId) -> Result<Option<Recording>, Error> {
    Ok(rows::find(connection, id)?.map(|(_number, recording)| recording))
}
