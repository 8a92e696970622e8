//! The interface: what the catalogue can be asked and told.
//!
//! The answers do not depend on the database behind it; `conformance` holds every back end
//! to the same behaviour. Every change is written down in the audit in the same transaction,
//! in the name of the catalogue's actor.

mod audit;
mod people;
mod recordings;
mod renderings;
mod rules;
mod secrets;

use crate::error::Error;
use crate::recordings::Stored;
use crate::sqlite::{self, Database, Writer};
use jiff::Timestamp;
use model::Draft;
use model::audit::Actor;
use std::path::Path;
use std::sync::Arc;

/// Tells the time; tests have their own.
pub(crate) type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The catalogue. Cloning is cheap; all clones are one catalogue.
#[derive(Clone)]
pub struct Catalogue {
    database: Arc<Database>,
    actor: Arc<Actor>,
}

impl std::fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Catalogue").finish_non_exhaustive()
    }
}

impl Catalogue {
    /// Opens, and if need be creates or upgrades, the catalogue at `url` (`sqlite:FILE`,
    /// relative to the folder `data`). Its actor is the program itself.
    ///
    /// Blocks while the database is made or upgraded.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for other schemes, [`Error::Newer`] for a database of a later
    /// version, [`Error::Open`] when the file or its folder cannot be used.
    pub fn open(url: &str, data: &Path) -> Result<Self, Error> {
        Self::open_at(url, data, Arc::new(Timestamp::now))
    }

    /// Brings very many recordings into the catalogue at `url`, which must have none. No command
    /// of the product does so: measuring does. `progress` hears after each batch how many there
    /// are by now. Nothing has changed until all of it is on the disk. No server may run on this
    /// catalogue.
    ///
    /// They should come in the order of their start, and only of users that are known.
    ///
    /// # Errors
    /// [`Error::NotEmpty`] when there are recordings, otherwise as [`Catalogue::open`].
    pub fn load(
        url: &str,
        data: &Path,
        recordings: &mut dyn Iterator<Item = (Draft, Stored)>,
        progress: &mut dyn FnMut(u64),
    ) -> Result<u64, Error> {
        let path = Database::create(url, data)?;
        sqlite::bulk::load(&path, recordings, progress)
    }

    /// As [`Catalogue::open`], with a clock of the caller's.
    pub(crate) fn open_at(url: &str, data: &Path, clock: Clock) -> Result<Self, Error> {
        Ok(Self {
            database: Arc::new(Database::open(url, data, clock)?),
            actor: Arc::new(Actor::system("earwitness", "Earwitness")),
        })
    }

    /// The same catalogue, changed in the name of somebody else. An actor with a principal may
    /// change recordings as the policy says; one without is the system and may do everything.
    #[must_use]
    pub fn by(&self, actor: Actor) -> Self {
        Self {
            database: Arc::clone(&self.database),
            actor: Arc::new(actor),
        }
    }

    /// In whose name changes are made.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Whether the catalogue can be read and written now.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Database`] when not.
    pub async fn ready(&self) -> Result<(), Error> {
        self.database.read(sqlite::ready).await?;
        self.database.write(|_transaction| Ok(())).await
    }

    /// The database, for tests that go behind the interface.
    #[cfg(test)]
    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    /// Writes in one transaction, in the name of the actor.
    async fn write<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Writer<'_>) -> Result<T, Error> + Send + 'static,
    {
        let actor = Arc::clone(&self.actor);
        let clock = self.database.clock();
        let work = move |rows: &rusqlite::Transaction<'_>| {
            let writer = Writer {
                rows,
                actor: &actor,
                now: clock(),
            };
            work(&writer)
        };
        self.database.write(work).await
    }
}
