//! The threads: several that read, one that writes.
//!
//! SQLite blocks, so lists and changes never run on the threads that serve requests. Looking up
//! a row by its key does, since handing it over and being woken takes several times as long as
//! the answer. Each question is one snapshot; what is written shares commits, see `commit`.

use super::commit::{self, WriteJob};
use super::soon::Soon;
use super::{RecordingStream, functions, migrate, stream};
use crate::catalogue::Clock;
use crate::error::Error;
use jiff::Timestamp;
use model::access::Scope;
use model::audit::AuditEvent;
use model::filter::{Filter, Sort};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc, oneshot};

/// Threads that read. A reader waits for the disk, not for the others.
const READERS: usize = 3;
/// Connections for looking rows up where the request is; beyond, a reader is asked.
const LOOKERS: usize = 4;
/// Jobs waiting for a thread; callers beyond wait before they hand theirs over.
const JOBS_WAITING_MAX: usize = 1024;
/// How long a connection waits for another process that is writing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Statements each connection keeps prepared: more than there are.
const STATEMENTS_KEPT: usize = 128;

/// Memory for pages of each reader, in KiB. Only taken when it is used.
const PAGES_KEPT_KIB: i64 = 24 * 1024;

type ReadJob = Box<dyn FnOnce(&mut Connection) + Send>;

/// An open database and its threads.
pub(crate) struct Database {
    path: PathBuf,
    lookers: Vec<Mutex<Connection>>,
    readers: Option<mpsc::Sender<ReadJob>>,
    writer: Option<mpsc::Sender<WriteJob>>,
    threads: Vec<JoinHandle<()>>,
    soon: Option<Soon>,
    streams: Arc<Semaphore>,
    clock: Clock,
}

impl Database {
    /// Opens, creates or upgrades the database and starts its threads.
    pub(crate) fn open(url: &str, data: &Path, clock: Clock) -> Result<Self, Error> {
        let path = Self::create(url, data)?;
        let mut writer = connect(&path)?;
        migrate::migrate(&mut writer, &path)?;
        let mut readers = Vec::new();
        for _ in 0..READERS + LOOKERS {
            let reader = connect_to_read(&path)?;
            keep_pages(&reader).map_err(|e| cannot_open(&path, e))?;
            readers.push(reader);
        }
        let lookers = readers.split_off(READERS);
        let mut database = Self {
            lookers: lookers.into_iter().map(Mutex::new).collect(),
            readers: None,
            writer: None,
            threads: Vec::new(),
            soon: None,
            streams: Arc::new(Semaphore::new(stream::STREAMS_MAX)),
            clock,
            path,
        };
        let started = database.start(readers, writer);
        started.map_err(|e| cannot_open(&database.path, e))?;
        Ok(database)
    }

    /// Makes the file unless it is there; its path.
    pub(crate) fn create(url: &str, data: &Path) -> Result<PathBuf, Error> {
        let path = data.join(file_name(url)?);
        create(&path).map_err(|e| cannot_open(&path, e))?;
        Ok(path)
    }

    fn start(&mut self, readers: Vec<Connection>, writer: Connection) -> io::Result<()> {
        let (sender, queue) = mpsc::channel(JOBS_WAITING_MAX);
        self.readers = Some(sender);
        let queue = Arc::new(Mutex::new(queue));
        for connection in readers {
            let queue = Arc::clone(&queue);
            let thread = thread::Builder::new().name("catalogue-read".to_owned());
            self.threads
                .push(thread.spawn(move || serve(&queue, connection))?);
        }
        let (sender, queue) = mpsc::channel(JOBS_WAITING_MAX);
        let thread = thread::Builder::new().name("catalogue-write".to_owned());
        self.threads
            .push(thread.spawn(move || commit::serve(queue, writer))?);
        self.soon = Some(Soon::start(sender.clone(), self.clock())?);
        self.writer = Some(sender);
        Ok(())
    }

    /// The clock.
    pub(crate) fn clock(&self) -> Clock {
        Arc::clone(&self.clock)
    }

    /// The time by the clock.
    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Writes an event of the audit down within a second.
    pub(crate) async fn audit_soon(&self, event: AuditEvent) -> Result<(), Error> {
        self.soon.as_ref().ok_or_else(gone)?.add(event).await
    }

    /// Begins to read a long list, on a connection of its own.
    pub(crate) async fn stream(
        &self,
        scope: Scope,
        filter: Filter,
        sort: Sort,
    ) -> Result<RecordingStream, Error> {
        let room = Arc::clone(&self.streams).try_acquire_owned();
        let room = room.map_err(|_none| Error::TooManyLists)?;
        let path = self.path.clone();
        stream::start(path, room, scope, filter, sort).await
    }

    /// Looks up rows by their keys in one snapshot, on the thread of the caller: for questions
    /// that read a few pages and no more.
    pub(crate) async fn look<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    {
        for looker in &self.lookers {
            let connection = match looker.try_lock() {
                Ok(connection) => connection,
                // A question that panicked has ended its snapshot on the way out.
                Err(TryLockError::Poisoned(connection)) => connection.into_inner(),
                Err(TryLockError::WouldBlock) => continue,
            };
            let snapshot = Snapshot::begin(&connection)?;
            return work(snapshot.0);
        }
        self.read(work).await
    }

    /// Reads in one snapshot, on one of the reader threads.
    pub(crate) async fn read<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let read = |connection: &mut Connection| {
            let snapshot = Snapshot::begin(connection)?;
            work(snapshot.0)
        };
        let job: ReadJob = Box::new(move |connection| {
            // A caller who has gone away wants no answer.
            if !reply.is_closed() {
                let _ = reply.send(read(connection));
            }
        });
        send(self.readers.as_ref(), job).await?;
        answer.await.map_err(|_lost| panicked())?
    }

    /// Writes in one transaction, on the writer thread. The rows are on the disk when this
    /// returns; on an error nothing has changed.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, Error> + Send + 'static,
    {
        let (job, answer) = commit::job(work);
        send(self.writer.as_ref(), job).await?;
        answer.await.map_err(|_lost| panicked())?
    }
}

/// A transaction that only reads. Its beginning and its end are statements that stay prepared:
/// every question has both.
struct Snapshot<'a>(&'a Connection);

impl<'a> Snapshot<'a> {
    fn begin(connection: &'a Connection) -> Result<Self, Error> {
        connection.prepare_cached("BEGIN")?.execute([])?;
        Ok(Self(connection))
    }
}

impl Drop for Snapshot<'_> {
    fn drop(&mut self) {
        let end = || self.0.prepare_cached("COMMIT")?.execute([]);
        // Nothing was changed, so that any end will do; without one the next beginning fails.
        if let Err(error) = end() {
            tracing::warn!(%error, "a question to the catalogue did not end");
        }
    }
}

/// Ends the threads, so that the database is closed when the last catalogue is gone. What
/// waits to be written down goes first.
impl Drop for Database {
    fn drop(&mut self) {
        self.soon = None;
        self.readers = None;
        self.writer = None;
        for thread in self.threads.drain(..) {
            // Jobs do not unwind out of the thread; there is nothing to pass on.
            let _ = thread.join();
        }
    }
}

fn gone() -> Error {
    Error::Unavailable {
        source: "its threads have ended".into(),
    }
}

fn panicked() -> Error {
    Error::Database {
        source: "the statement panicked".into(),
    }
}

async fn send<J>(queue: Option<&mpsc::Sender<J>>, job: J) -> Result<(), Error> {
    let queue = queue.ok_or_else(gone)?;
    queue.send(job).await.map_err(|_gone| gone())
}

fn serve(queue: &Mutex<mpsc::Receiver<ReadJob>>, mut connection: Connection) {
    loop {
        // The lock is released before the job runs.
        let job = queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .blocking_recv();
        let Some(job) = job else { return };
        if panic::catch_unwind(AssertUnwindSafe(|| job(&mut connection))).is_err() {
            tracing::error!("a question to the catalogue panicked");
        }
    }
}

/// The file of `sqlite:FILE`. In-memory databases cannot be shared by threads or processes.
fn file_name(url: &str) -> Result<&str, Error> {
    let (scheme, rest) = url.split_once(':').unwrap_or((url, ""));
    let file = rest.strip_prefix("//").unwrap_or(rest);
    if scheme != "sqlite" || file.is_empty() || file.starts_with(':') {
        return Err(Error::Unsupported {
            url: format!("{scheme}:"),
        });
    }
    Ok(file)
}

/// Makes the file and its folder for the owner alone. SQLite gives its side files the mode of
/// the database.
fn create(path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match made {
        Ok(file) => {
            file.sync_all()?;
            File::open(folder)?.sync_all()
        }
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(e) => Err(e),
    }
}

/// Opens an existing database to write.
pub(super) fn connect(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        // With NORMAL a power cut may take back what was answered.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        // Without it a table that has a partial index makes SQLite look at bound values, and
        // plan a kept statement anew each time it is run: ten times the work for a row.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        functions::define(&connection)?;
        Ok(connection)
    };
    open().map_err(|e: rusqlite::Error| cannot_open(path, e))
}

/// Lets a connection that lives long keep more pages than SQLite's 2 MB, so that looking up a
/// row among millions reads one or two from the file and not all of its way there.
fn keep_pages(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "cache_size", -PAGES_KEPT_KIB)
}

/// Opens an existing database to read only.
pub(super) fn connect_to_read(path: &Path) -> Result<Connection, Error> {
    let connection = connect(path)?;
    connection
        .pragma_update(None, "query_only", true)
        .map_err(|e| cannot_open(path, e))?;
    Ok(connection)
}

pub(super) fn cannot_open(
    path: &Path,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> Error {
    Error::Open {
        path: PathBuf::from(path),
        source: source.into(),
    }
}

#[cfg(test)]
mod tests;
