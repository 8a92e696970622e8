//! The threads: several that read, one that writes.
//!
//! SQLite blocks, so it never runs on the threads that serve requests. Each job is one
//! transaction; a job that panics is rolled back and costs only its own caller.

use super::{RecordingStream, migrate};
use crate::catalogue::Clock;
use crate::error::Error;
use jiff::Timestamp;
use model::access::Scope;
use model::audit::AuditEvent;
use model::filter::{Filter, Sort};
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Threads that read. A reader waits for the disk, not for the others.
const READERS: usize = 3;
/// Jobs waiting for a thread; callers beyond wait before they hand theirs over.
const JOBS_WAITING_MAX: usize = 1024;
/// How long a connection waits for another process that is writing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Statements each connection keeps prepared: more than there are.
const STATEMENTS_KEPT: usize = 64;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// An open database and its threads.
pub(crate) struct Database {
    readers: Option<mpsc::Sender<Job>>,
    writer: Option<mpsc::Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
    clock: Clock,
}

impl Database {
    /// Opens, creates or upgrades the database and starts its threads.
    pub(crate) fn open(url: &str, data: &Path, clock: Clock) -> Result<Self, Error> {
        let path = data.join(file_name(url)?);
        create(&path).map_err(|e| cannot_open(&path, e))?;
        let mut writer = connect(&path)?;
        migrate::migrate(&mut writer, &path)?;
        let mut threads = Vec::new();
        let mut start = |name: &str, connections: Vec<Connection>| {
            let (sender, queue) = mpsc::channel(JOBS_WAITING_MAX);
            let queue = Arc::new(Mutex::new(queue));
            for connection in connections {
                let queue = Arc::clone(&queue);
                let thread = thread::Builder::new().name(name.to_owned());
                threads.push(thread.spawn(move || serve(&queue, connection))?);
            }
            Ok::<_, io::Error>(sender)
        };
        let mut readers = Vec::new();
        for _ in 0..READERS {
            let connection = connect(&path)?;
            connection
                .pragma_update(None, "query_only", true)
                .map_err(|e| cannot_open(&path, e))?;
            readers.push(connection);
        }
        let readers = start("catalogue-read", readers).map_err(|e| cannot_open(&path, e))?;
        let writer = start("catalogue-write", vec![writer]).map_err(|e| cannot_open(&path, e))?;
        Ok(Self {
            readers: Some(readers),
            writer: Some(writer),
            threads,
            clock,
        })
    }

    /// The clock.
    pub(crate) fn clock(&self) -> Clock {
        Arc::clone(&self.clock)
    }

    /// The time by the clock.
    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    pub(crate) async fn audit_soon(&self, _event: AuditEvent) -> Result<(), Error> {
        std::future::ready(Err(Error::NotBuilt)).await
    }

    pub(crate) async fn stream(
        &self,
        _scope: Scope,
        _filter: Filter,
        _sort: Sort,
    ) -> Result<RecordingStream, Error> {
        std::future::ready(Err(Error::NotBuilt)).await
    }

    /// Reads in one snapshot, on one of the reader threads.
    pub(crate) async fn read<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    {
        hand_over(self.readers.as_ref(), |connection| {
            let snapshot = connection.transaction()?;
            let outcome = work(&snapshot)?;
            snapshot.commit()?;
            Ok(outcome)
        })
        .await
    }

    /// Writes in one transaction, on the writer thread. The rows are on the disk when this
    /// returns; on an error nothing has changed.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, Error> + Send + 'static,
    {
        hand_over(self.writer.as_ref(), |connection| {
            // Immediate: what is read before the first write must still be true at the commit.
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let outcome = work(&transaction)?;
            transaction.commit()?;
            Ok(outcome)
        })
        .await
    }
}

/// Ends the threads, so that the database is closed when the last catalogue is gone.
impl Drop for Database {
    fn drop(&mut self) {
        self.readers = None;
        self.writer = None;
        for thread in self.threads.drain(..) {
            // Jobs do not unwind out of the thread; there is nothing to pass on.
            let _ = thread.join();
        }
    }
}

async fn hand_over<T, F>(queue: Option<&mpsc::Sender<Job>>, work: F) -> Result<T, Error>
where
    T: Send + 'static,
    F: FnOnce(&mut Connection) -> Result<T, Error> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    let job: Job = Box::new(move |connection| {
        // A caller who has gone away wants neither the answer nor the change.
        if !reply.is_closed() {
            let _ = reply.send(work(connection));
        }
    });
    let gone = || Error::Unavailable {
        source: "its threads have ended".into(),
    };
    queue
        .ok_or_else(gone)?
        .send(job)
        .await
        .map_err(|_| gone())?;
    answer.await.map_err(|_| Error::Database {
        source: "the statement panicked".into(),
    })?
}

fn serve(queue: &Mutex<mpsc::Receiver<Job>>, mut connection: Connection) {
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    loop {
        // The lock is released before the job runs.
        let job = queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .blocking_recv();
        let Some(job) = job else { return };
        if panic::catch_unwind(AssertUnwindSafe(|| job(&mut connection))).is_err() {
            tracing::error!("a statement of the catalogue panicked; it was rolled back");
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

fn connect(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        // With NORMAL a power cut may take back what was answered.
        connection.pragma_update(None, "synchronous", "FULL")?;
        Ok(connection)
    };
    open().map_err(|e: rusqlite::Error| cannot_open(path, e))
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
