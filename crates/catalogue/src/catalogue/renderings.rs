//! Renderings: what is kept to render a recording again, and a better sound in its place.

use super::Catalogue;
use crate::error::Error;
use crate::recordings::{Beside, Rendering, Stored};
use crate::sqlite;
use model::{Draft, Recording, RecordingId};

impl Catalogue {
    /// Like [`Catalogue::register`], of a recording whose journal is kept in the archive.
    ///
    /// # Errors
    /// Those of [`Catalogue::register`].
    pub async fn register_with_journal(
        &self,
        draft: &Draft,
        stored: Stored,
        journal_key: String,
    ) -> Result<Recording, Error> {
        let draft = draft.clone();
        self.write(move |writer| {
            let recording = sqlite::register::register(writer, &draft, &stored)?;
            sqlite::renderings::keep_journal(writer, draft.id, &journal_key)?;
            Ok(recording)
        })
        .await
    }

    /// What rendering this recording again has to know; `None` also for one that was deleted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rendering(&self, id: RecordingId) -> Result<Option<Rendering>, Error> {
        self.database
            .read(move |rows| sqlite::renderings::one(rows, id))
            .await
    }

    /// At most `limit` recordings whose id is greater than `after`, by id, that failed, or that
    /// have something undecoded and were rendered by rules older than `profile`. Fewer than
    /// `limit` means that there are no more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unrendered(
        &self,
        profile: u32,
        after: Option<RecordingId>,
        limit: u64,
    ) -> Result<Vec<RecordingId>, Error> {
        self.database
            .read(move |rows| sqlite::renderings::unrendered(rows, profile, after, limit))
            .await
    }

    /// Writes down that a sound is about to be stored under this key, to take the place of what
    /// the recording has: whatever happens then, it goes when the recording is deleted.
    ///
    /// # Errors
    /// [`Error::NoSuchRecording`], also when it was deleted; or when the database fails.
    pub async fn intend_sound(&self, id: RecordingId, key: String) -> Result<(), Error> {
        self.write(move |writer| sqlite::renderings::intend_sound(writer, id, &key))
            .await
    }

    /// Puts a rendering in place of one that failed, or of one that could decode less.
    /// Reference number, note, tags and whatever else people did stay; the audit keeps the hash
    /// of what was before. A recording that is no better then stays as it is and is returned
    /// as it is. `None`: it was deleted meanwhile, and its objects are to be removed (again).
    ///
    /// # Errors
    /// [`Error::NoSuchRecording`]; or when the database fails.
    pub async fn replace_rendering(
        &self,
        draft: &Draft,
        stored: Stored,
    ) -> Result<Option<Recording>, Error> {
        let draft = draft.clone();
        self.write(move |writer| sqlite::renderings::replace(writer, &draft, &stored))
            .await
    }

    /// Writes down that the rules of this version render the recording no better.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rendered_no_better(&self, id: RecordingId, profile: u32) -> Result<(), Error> {
        self.write(move |writer| sqlite::renderings::no_better(writer, id, profile))
            .await
    }

    /// What may be in the archive of this recording beside the sound of its row, deleted or
    /// not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn beside(&self, id: RecordingId) -> Result<Vec<Beside>, Error> {
        self.database
            .read(move |rows| sqlite::renderings::beside(rows, id))
            .await
    }
}
