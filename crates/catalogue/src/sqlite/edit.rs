//! Changes of recordings.
use super::Writer;
use crate::error::Error;
use crate::recordings::Edit;
use model::{Recording, RecordingId};

pub(crate) fn edit(
    _writer: &Writer<'_>,
    _id: RecordingId,
    _edits: &[Edit],
    _version: Option<i64>,
) -> Result<Recording, Error> {
    Err(Error::NotBuilt)
}
