//! Recordings: reading, listing, registering, changing.

use super::Catalogue;
use crate::error::Error;
use crate::recordings::{
    Counterparts, Cursor, Edit, Expected, Listing, Object, Occupied, Page, Stored, Uploaded,
};
use crate::sqlite::{self, RecordingStream};
use model::access::{Guarded, Scope};
use model::details::NoteVersion;
use model::filter::{Filter, Sort, TimeFilter};
use model::people::UserId;
use model::{Draft, Recording, RecordingId};
use std::collections::BTreeMap;

impl Catalogue {
    /// The recording of this id, sealed; `None` also for one that was deleted.
    ///
    /// # Errors
    /// When the database fails, or the row is not what it must be.
    pub async fn recording(&self, id: RecordingId) -> Result<Option<Guarded<Recording>>, Error> {
        let row = self
            .database
            .look(move |rows| sqlite::recordings::one(rows, id))
            .await?;
        let row = row.filter(|recording| recording.tombstone.is_none());
        Ok(row.map(Guarded::seal))
    }

    /// The recording of this id, sealed; one that was deleted as its tombstone.
    ///
    /// # Errors
    /// When the database fails, or the row is not what it must be.
    pub async fn recording_or_tombstone(
        &self,
        id: RecordingId,
    ) -> Result<Option<Guarded<Recording>>, Error> {
        let row = self
            .database
            .look(move |rows| sqlite::recordings::one(rows, id))
            .await?;
        Ok(row.map(Guarded::seal))
    }

    /// What the note of a recording was, oldest first. Taking the opened recording, it needs
    /// no scope.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_history(&self, recording: &Recording) -> Result<Vec<NoteVersion>, Error> {
        let id = recording.draft.id;
        self.database
            .read(move |rows| sqlite::notes::history(rows, id))
            .await
    }

    /// A page of the recordings in reach, newest first, and how many there are in all.
    ///
    /// # Errors
    /// When the database fails; [`Error::Inconsistent`] rather than a row out of reach.
    pub async fn recordings(&self, scope: &Scope, page: Page) -> Result<Listing, Error> {
        self.recordings_filtered(scope, &Filter::default(), Sort::NEWEST, page)
            .await
    }

    /// A page of the recordings in reach that are wanted, and how many there are on all pages:
    /// both of the same instant.
    ///
    /// # Errors
    /// When the database fails; [`Error::Inconsistent`] rather than a row out of reach.
    pub async fn recordings_filtered(
        &self,
        scope: &Scope,
        filter: &Filter,
        sort: Sort,
        page: Page,
    ) -> Result<Listing, Error> {
        let (scope, filter) = (scope.clone(), filter.clone());
        self.database
            .read(move |rows| sqlite::list::page(rows, &scope, &filter, sort, page))
            .await
    }

    /// At most `limit` recordings in reach behind a place in the list, newest first; from the
    /// newest on when there is no place. Fewer than `limit` means that the list is at its end.
    ///
    /// # Errors
    /// When the database fails; [`Error::Inconsistent`] rather than a row out of reach.
    pub async fn recordings_after(
        &self,
        scope: &Scope,
        place: Option<Cursor>,
        limit: u64,
    ) -> Result<Vec<Recording>, Error> {
        self.recordings_behind(scope, &Filter::default(), Sort::NEWEST, place, limit)
            .await
    }

    /// At most `limit` recordings in reach that are wanted, behind a place in the list; from
    /// its beginning when there is no place. The place must come from a list of the same order.
    ///
    /// # Errors
    /// When the database fails; [`Error::Inconsistent`] rather than a row out of reach.
    pub async fn recordings_behind(
        &self,
        scope: &Scope,
        filter: &Filter,
        sort: Sort,
        place: Option<Cursor>,
        limit: u64,
    ) -> Result<Vec<Recording>, Error> {
        let (scope, filter) = (scope.clone(), filter.clone());
        self.database
            .read(move |rows| sqlite::list::behind(rows, &scope, &filter, sort, place, limit))
            .await
    }

    /// The same, and how many recordings in reach are wanted in all: both of the same instant.
    ///
    /// # Errors
    /// When the database fails; [`Error::Inconsistent`] rather than a row out of reach.
    pub async fn recordings_behind_counted(
        &self,
        scope: &Scope,
        filter: &Filter,
        sort: Sort,
        place: Option<Cursor>,
        limit: u64,
    ) -> Result<Listing, Error> {
        let (scope, filter) = (scope.clone(), filter.clone());
        self.database
            .read(move |rows| {
                sqlite::list::behind_counted(rows, &scope, &filter, sort, place, limit)
            })
            .await
    }

    /// How many recordings in reach are wanted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count(&self, scope: &Scope, filter: &Filter) -> Result<u64, Error> {
        let (scope, filter) = (scope.clone(), filter.clone());
        self.database
            .read(move |rows| sqlite::list::total(rows, &scope, &filter))
            .await
    }

    /// How many recordings in reach each filter finds, all of one instant.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn counts(&self, scope: &Scope, filters: Vec<Filter>) -> Result<Vec<u64>, Error> {
        let scope = scope.clone();
        self.database
            .read(move |rows| sqlite::numbers::counts(rows, &scope, &filters))
            .await
    }

    /// How many recordings in reach that began in a time each group has. The empty name: those
    /// of nobody, and of owners in no group.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn counts_by_group(
        &self,
        scope: &Scope,
        start: TimeFilter,
    ) -> Result<BTreeMap<String, u64>, Error> {
        let scope = scope.clone();
        self.database
            .read(move |rows| sqlite::numbers::by_group(rows, &scope, start))
            .await
    }

    /// All recordings in reach that are wanted, batch after batch in constant memory, and
    /// before the first how many there are: all of one instant, however slowly they are read.
    ///
    /// # Errors
    /// [`Error::TooManyLists`] when as many are being read as can be; when the database fails.
    pub async fn stream(
        &self,
        scope: &Scope,
        filter: &Filter,
        sort: Sort,
    ) -> Result<RecordingStream, Error> {
        self.database
            .stream(scope.clone(), filter.clone(), sort)
            .await
    }

    /// The recordings in reach that may be those of calls that somebody else lists, deleted
    /// ones too: for each call by its call id, if there are any, else by both numbers, else by
    /// one of them. All of one instant.
    ///
    /// # Errors
    /// When the database fails, or a row is not what it must be.
    pub async fn counterparts(
        &self,
        scope: &Scope,
        calls: Vec<Expected>,
    ) -> Result<Vec<Counterparts>, Error> {
        let scope = scope.clone();
        self.database
            .read(move |rows| sqlite::counterparts::of_all(rows, &scope, &calls))
            .await
    }

    /// How many bytes of sound there are, in all and of recordings that began at an instant or
    /// later. Walks one whole index: not for every request.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn occupied(&self, since: jiff::Timestamp) -> Result<Occupied, Error> {
        self.database
            .read(move |rows| sqlite::recordings::occupied(rows, since))
            .await
    }

    /// Makes a rendered and stored recording known, and gives it its reference number.
    /// A recording that is already known stays as it is and is returned as it is.
    ///
    /// The row is on the disk when this returns.
    ///
    /// # Errors
    /// When the database fails, or the year has no reference number left.
    pub async fn register(&self, draft: &Draft, stored: Stored) -> Result<Recording, Error> {
        let draft = draft.clone();
        self.write(move |writer| sqlite::register::register(writer, &draft, &stored))
            .await
    }

    /// Makes a recording known that was made elsewhere, with what its uploader says about it.
    /// The actor is the uploader; what the system itself brings in is signed by the owner.
    ///
    /// # Errors
    /// When the database fails, the year has no reference number left, or the note is too long.
    pub async fn register_upload(
        &self,
        draft: &Draft,
        stored: Stored,
        uploaded: Uploaded,
    ) -> Result<Recording, Error> {
        let draft = draft.clone();
        self.write(move |writer| sqlite::register::upload(writer, &draft, &stored, &uploaded))
            .await
    }

    /// Whose each candidate is: the user who lists one of its keys (see
    /// [`model::party::keys`]). A whole address goes before a number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn owners(&self, keys: Vec<Vec<String>>) -> Result<Vec<Option<UserId>>, Error> {
        self.database
            .read(move |rows| sqlite::people::owners(rows, &keys))
            .await
    }

    /// Changes a recording in the name of the actor, all edits or none. The policy is asked
    /// about the row as it is when it is changed, and each edit that changes something is one
    /// row of the audit; an edit that changes nothing is none. `version`: that of the recording
    /// the caller has seen; `None`: whatever it is.
    ///
    /// # Errors
    /// [`Error::NoSuchRecording`]; [`Error::Denied`] when the policy refuses, also because the
    /// recording is protected or deleted; [`Error::Changed`] when the version is another one;
    /// a broken rule of texts; or when the database fails.
    pub async fn edit(
        &self,
        id: RecordingId,
        edits: Vec<Edit>,
        version: Option<i64>,
    ) -> Result<Recording, Error> {
        self.write(move |writer| sqlite::edit::edit(writer, id, &edits, version))
            .await
    }

    /// What the archive must hold for this recording; one that was deleted says so.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn object(&self, id: RecordingId) -> Result<Option<Object>, Error> {
        self.database
            .read(move |rows| sqlite::objects::one(rows, id))
            .await
    }

    /// What the archive must hold, for at most `limit` recordings whose id is greater than
    /// `after`, by id; without those that were deleted. Fewer than `limit` means that there
    /// are no more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn objects_after(
        &self,
        after: Option<RecordingId>,
        limit: u64,
    ) -> Result<Vec<Object>, Error> {
        self.database
            .read(move |rows| sqlite::objects::after(rows, after, limit))
            .await
    }

    /// At most `limit` deleted recordings of which something may still be in the archive: all
    /// of it is to be removed, also what is [`Catalogue::beside`] it, and that confirmed with
    /// [`Catalogue::removed`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn removals(&self, limit: u64) -> Result<Vec<Object>, Error> {
        self.database
            .read(move |rows| sqlite::objects::removals(rows, limit))
            .await
    }

    /// Everything stored of a deleted recording is gone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn removed(&self, id: RecordingId) -> Result<(), Error> {
        self.database
            .write(move |rows| sqlite::objects::removed(rows, id))
            .await
    }
}
