//! One recording, and what people add to it.

use super::rows;
use crate::error::Error;
use model::people::UserId;
use model::{Recording, RecordingId};
use rusqlite::{Connection, params};

/// The recording of this id, in one statement.
pub(crate) fn one(connection: &Connection, id: RecordingId) -> Result<Option<Recording>, Error> {
    let mut statement = connection.prepare_cached(rows::RECORDING)?;
    let mut found = statement.query([id.to_bytes()])?;
    found.next()?.map(rows::recording).transpose()
}

/// Sets who preserved it.
pub(crate) fn preserve(
    connection: &Connection,
    id: RecordingId,
    user: Option<UserId>,
) -> Result<(), Error> {
    let changed = connection.execute(
        "UPDATE recordings SET preserving_user_id = ?2 WHERE id = ?1",
        params![id.to_bytes(), user.map(|user| user.0)],
    )?;
    exists(changed, id)
}

/// Sets the note and its last editor.
pub(crate) fn note(
    connection: &Connection,
    id: RecordingId,
    note: Option<(UserId, String)>,
) -> Result<(), Error> {
    let (owner, text) = note.map(|(owner, text)| (owner.0, text)).unzip();
    let changed = connection.execute(
        "UPDATE recordings SET note_owner_id = ?2, note_text = ?3 WHERE id = ?1",
        params![id.to_bytes(), owner, text],
    )?;
    exists(changed, id)
}

fn exists(changed: usize, id: RecordingId) -> Result<(), Error> {
    if changed == 0 {
        Err(Error::NoSuchRecording(id))
    } else {
        Ok(())
    }
}
