//! The interface: what the catalogue can be asked and told.
//!
//! The answers do not depend on the database behind it; `conformance` holds every back end
//! to the same behaviour.

use crate::error::Error;
use crate::people::{Changes, Group, NewUser, SignIn, Standing};
use crate::recordings::{Cursor, Listing, Object, Page, Stored};
use crate::sqlite::{self, Database};
use model::access::{Guarded, Scope};
use model::people::{User, UserId};
use model::{Draft, Recording, RecordingId};
use std::path::Path;
use std::sync::Arc;

/// The catalogue. Cloning is cheap; all clones are one catalogue.
#[derive(Clone)]
pub struct Catalogue {
    database: Arc<Database>,
}

impl std::fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Catalogue").finish_non_exhaustive()
    }
}

impl Catalogue {
    /// Opens, and if need be creates or upgrades, the catalogue at `url` (`sqlite:FILE`,
    /// relative to the folder `data`).
    ///
    /// Blocks while the database is made or upgraded.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for other schemes, [`Error::Newer`] for a database of a later
    /// version, [`Error::Open`] when the file or its folder cannot be used.
    pub fn open(url: &str, data: &Path) -> Result<Self, Error> {
        Ok(Self {
            database: Arc::new(Database::open(url, data)?),
        })
    }

    /// Whether the catalogue can be read and written now.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Database`] when not.
    pub async fn ready(&self) -> Result<(), Error> {
        self.database.read(sqlite::ready).await?;
        self.database.write(|_transaction| Ok(())).await
    }

    /// The recording of this id, sealed.
    ///
    /// # Errors
    /// When the database fails, or the row is not what it must be.
    pub async fn recording(&self, id: RecordingId) -> Result<Option<Guarded<Recording>>, Error> {
        let row = self
            .database
            .read(move |rows| sqlite::recordings::one(rows, id))
            .await?;
        Ok(row.map(Guarded::seal))
    }

    /// A page of the recordings in reach, newest first, and how many there are in all.
    ///
    /// # Errors
    /// When the database fails; [`Error::Inconsistent`] rather than a row out of reach.
    pub async fn recordings(&self, scope: &Scope, page: Page) -> Result<Listing, Error> {
        let scope = scope.clone();
        self.database
            .read(move |rows| sqlite::list::page(rows, &scope, page))
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
        let scope = scope.clone();
        self.database
            .read(move |rows| sqlite::list::after(rows, &scope, place, limit))
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
        self.database
            .write(move |rows| sqlite::register::register(rows, &draft, &stored))
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

    /// Marks a recording as preserved by a user, or as no longer preserved.
    ///
    /// # Errors
    /// [`Error::NoSuchRecording`]; or when the database fails.
    pub async fn set_preserving_user(
        &self,
        id: RecordingId,
        user: Option<UserId>,
    ) -> Result<(), Error> {
        self.database
            .write(move |rows| sqlite::recordings::preserve(rows, id, user))
            .await
    }

    /// Writes a recording's note in the name of a user, or takes it away.
    ///
    /// # Errors
    /// [`Error::NoSuchRecording`]; or when the database fails.
    pub async fn set_note(
        &self,
        id: RecordingId,
        note: Option<(UserId, String)>,
    ) -> Result<(), Error> {
        self.database
            .write(move |rows| sqlite::recordings::note(rows, id, note))
            .await
    }

    /// What the archive must hold for this recording.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn object(&self, id: RecordingId) -> Result<Option<Object>, Error> {
        self.database
            .read(move |rows| sqlite::objects::one(rows, id))
            .await
    }

    /// What the archive must hold, for at most `limit` recordings whose id is greater than
    /// `after`, by id. Fewer than `limit` means that there are no more.
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

    /// What signing in needs about the user of this name, in whatever letter case.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_in(&self, username: &str) -> Result<Option<SignIn>, Error> {
        let username = username.to_owned();
        self.database
            .read(move |rows| sqlite::sign_in::sign_in(rows, &username))
            .await
    }

    /// The user as of now; `None` when deleted. Cheap: meant for every request.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_in_version(&self, user: UserId) -> Result<Option<Standing>, Error> {
        self.database
            .read(move |rows| sqlite::sign_in::standing(rows, user))
            .await
    }

    /// Adds a user.
    ///
    /// # Errors
    /// A rule of names, numbers or groups is broken, or the database fails.
    pub async fn add_user(&self, user: NewUser) -> Result<User, Error> {
        self.database
            .write(move |rows| sqlite::people::add(rows, &user))
            .await
    }

    /// Changes a user. `force` takes complete access even from the last one who has it.
    ///
    /// # Errors
    /// [`Error::NoSuchUser`], [`Error::LastComplete`], a broken rule, or the database fails.
    pub async fn set_user(
        &self,
        username: &str,
        changes: Changes,
        force: bool,
    ) -> Result<User, Error> {
        let username = username.to_owned();
        self.database
            .write(move |rows| sqlite::people::change(rows, &username, &changes, force))
            .await
    }

    /// Replaces a user's hashed password.
    ///
    /// # Errors
    /// [`Error::NoSuchUser`]; or when the database fails.
    pub async fn set_password(&self, username: &str, hash: &str) -> Result<(), Error> {
        let (username, hash) = (username.to_owned(), hash.to_owned());
        self.database
            .write(move |rows| sqlite::people::set_password(rows, &username, &hash))
            .await
    }

    /// Removes a user; the recordings stay, shown with the user as of now. `force` removes even
    /// the last one who has complete access.
    ///
    /// # Errors
    /// [`Error::NoSuchUser`], [`Error::LastComplete`], or the database fails.
    pub async fn remove_user(&self, username: &str, force: bool) -> Result<(), Error> {
        let username = username.to_owned();
        self.database
            .write(move |rows| sqlite::people::remove(rows, &username, force))
            .await
    }

    /// Every user, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn users(&self) -> Result<Vec<User>, Error> {
        self.database.read(sqlite::people::all).await
    }

    /// Adds a group.
    ///
    /// # Errors
    /// [`Error::GroupExists`], [`Error::BadGroupName`], or the database fails.
    pub async fn add_group(&self, name: &str) -> Result<Group, Error> {
        let name = name.to_owned();
        self.database
            .write(move |rows| sqlite::groups::add(rows, &name))
            .await
    }

    /// Removes a group nobody is in; nobody supervises it afterwards. Users who were deleted
    /// while in it keep showing its name. A later group of the same name is another one.
    ///
    /// # Errors
    /// [`Error::NoSuchGroup`], [`Error::GroupNotEmpty`], or the database fails.
    pub async fn remove_group(&self, name: &str) -> Result<(), Error> {
        let name = name.to_owned();
        self.database
            .write(move |rows| sqlite::groups::remove(rows, &name))
            .await
    }

    /// Every group, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn groups(&self) -> Result<Vec<Group>, Error> {
        self.database.read(sqlite::groups::all).await
    }
}
