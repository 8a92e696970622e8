//! Users, groups, and signing in.

use super::Catalogue;
use crate::error::Error;
use crate::people::{Changes, Group, Imported, NewUser, Owner, SignIn, Standing};
use crate::sqlite;
use model::people::{User, UserId};

impl Catalogue {
    /// What signing in needs about the user of this name, in whatever letter case.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_in(&self, username: &str) -> Result<Option<SignIn>, Error> {
        let username = username.to_owned();
        self.database
            .look(move |rows| sqlite::sign_in::sign_in(rows, &username))
            .await
    }

    /// The user as of now; `None` when deleted. Cheap: meant for every request.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_in_version(&self, user: UserId) -> Result<Option<Standing>, Error> {
        self.database
            .look(move |rows| sqlite::sign_in::standing(rows, user))
            .await
    }

    /// Adds a user.
    ///
    /// # Errors
    /// A rule of names, numbers or groups is broken, or the database fails.
    pub async fn add_user(&self, user: NewUser) -> Result<User, Error> {
        self.write(move |writer| sqlite::people::add(writer, &user))
            .await
    }

    /// Changes a user. `force` takes complete access even from the last one who has it.
    ///
    /// # Errors
    /// [`Error::NoSuchUser`], [`Error::Changed`], [`Error::LastComplete`], a broken rule, or the
    /// database fails.
    pub async fn set_user(
        &self,
        username: &str,
        changes: Changes,
        force: bool,
    ) -> Result<User, Error> {
        let username = username.to_owned();
        self.write(move |writer| sqlite::people::change(writer, &username, &changes, force))
            .await
    }

    /// Replaces a user's hashed password, which ends the user's sessions; but for the one of the
    /// secret `kept`, for whoever changes the own password.
    ///
    /// # Errors
    /// [`Error::NoSuchUser`]; or when the database fails.
    pub async fn set_password(
        &self,
        username: &str,
        hash: &str,
        kept: Option<[u8; 32]>,
    ) -> Result<(), Error> {
        let (username, hash) = (username.to_owned(), hash.to_owned());
        self.write(move |writer| {
            sqlite::people::set_password(writer, &username, &hash, kept.as_ref())
        })
        .await
    }

    /// Removes a user; the recordings stay, shown with the user as of now. `force` removes even
    /// the last one who has complete access.
    ///
    /// # Errors
    /// [`Error::NoSuchUser`], [`Error::LastComplete`], or the database fails.
    pub async fn remove_user(&self, username: &str, force: bool) -> Result<(), Error> {
        let username = username.to_owned();
        self.write(move |writer| sqlite::people::remove(writer, &username, force))
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
        self.write(move |writer| sqlite::groups::add(writer, &name))
            .await
    }

    /// Removes a group nobody is in; nobody supervises it afterwards. Users who were deleted
    /// while in it keep showing its name. A later group of the same name is another one.
    ///
    /// # Errors
    /// [`Error::NoSuchGroup`], [`Error::GroupNotEmpty`], or the database fails.
    pub async fn remove_group(&self, name: &str) -> Result<(), Error> {
        let name = name.to_owned();
        self.write(move |writer| sqlite::groups::remove(writer, &name))
            .await
    }

    /// Every group, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn groups(&self) -> Result<Vec<Group>, Error> {
        self.database.read(sqlite::groups::all).await
    }

    /// Gives a group another name.
    ///
    /// # Errors
    /// [`Error::NoSuchGroup`], [`Error::GroupExists`], [`Error::BadGroupName`], or the database
    /// fails.
    pub async fn rename_group(&self, name: &str, new: &str) -> Result<Group, Error> {
        let (name, new) = (name.to_owned(), new.to_owned());
        self.write(move |writer| sqlite::groups::rename(writer, &name, &new))
            .await
    }

    /// Whose each candidate is, as [`Catalogue::owners`], with what a list of calls in progress
    /// shows and filters by.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn people_of(&self, keys: Vec<Vec<String>>) -> Result<Vec<Option<Owner>>, Error> {
        self.database
            .read(move |rows| sqlite::people::people_of(rows, &keys))
            .await
    }

    /// The user of this name, in whatever letter case.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn user(&self, username: &str) -> Result<Option<User>, Error> {
        let username = username.to_owned();
        self.database
            .read(move |rows| sqlite::people::named(rows, &username))
            .await
    }

    /// Brings in users: those who are there are changed to what is given (an empty hash leaves
    /// the password), the others and missing groups are added. All or nothing; `dry_run`
    /// changes nothing in any case, and says the same.
    ///
    /// # Errors
    /// When the database fails. What is wrong with rows is in [`Imported::faults`].
    pub async fn import_users(
        &self,
        users: Vec<NewUser>,
        dry_run: bool,
    ) -> Result<Imported, Error> {
        self.write(move |writer| sqlite::import::users(writer, &users, dry_run))
            .await
    }

    /// How a user wants the web page to be: JSON as it was set; `None`: never set.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn preferences(&self, user: UserId) -> Result<Option<String>, Error> {
        self.database
            .read(move |rows| sqlite::preferences::read(rows, user))
            .await
    }

    /// Sets how a user wants the web page to be. Nothing of it is about anybody else, so that
    /// it is not in the audit.
    ///
    /// # Errors
    /// [`Error::NoSuchUser`]; or when the database fails.
    pub async fn set_preferences(&self, user: UserId, json: String) -> Result<(), Error> {
        self.write(move |writer| sqlite::preferences::write(writer, user, &json))
            .await
    }
}
