//! Long lists.
use crate::error::Error;
use model::Recording;

/// A list being read: see [`crate::Catalogue::stream`].
#[derive(Debug)]
pub struct RecordingStream {
    total: u64,
}

impl RecordingStream {
    /// How many recordings there are in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The next batch; `None` when there are no more.
    ///
    /// # Errors
    /// When the database fails; [`Error::Inconsistent`] rather than a row out of reach.
    pub async fn next(&mut self) -> Result<Option<Vec<Recording>>, Error> {
        std::future::ready(Err(Error::NotBuilt)).await
    }
}
