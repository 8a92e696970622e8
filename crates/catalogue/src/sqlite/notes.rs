//! Notes and what they were.
use crate::error::Error;
use model::RecordingId;
use model::details::NoteVersion;
use rusqlite::Connection;

pub(crate) fn history(_rows: &Connection, _id: RecordingId) -> Result<Vec<NoteVersion>, Error> {
    Err(Error::NotBuilt)
}
