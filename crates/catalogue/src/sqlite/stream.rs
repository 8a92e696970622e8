//! A long list: one snapshot on a connection and a thread of its own, a few rows at a time.
//!
//! However slowly it is read, a few batches are all that is in memory. While it is open the
//! write-ahead log cannot be cut, so that lists read for ever would fill the disk: they end.

use super::database::connect_to_read;
use super::list;
use crate::error::Error;
use model::Recording;
use model::access::Scope;
use model::filter::{Filter, Sort};
use rusqlite::TransactionBehavior;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

/// Lists that may be open at once.
pub(super) const STREAMS_MAX: usize = 32;
/// Recordings of one batch.
const BATCH: usize = 64;
/// Batches made before the last one was taken.
const BATCHES_AHEAD: usize = 1;
/// Pages of the database a list keeps in memory, in KiB.
const CACHE_KIB: i64 = 1024;
/// How long a list may be open.
const OPEN_MAX: Duration = Duration::from_secs(60 * 60);

type Batch = Result<Vec<Recording>, Error>;

/// A list being read: see [`crate::Catalogue::stream`]. Dropping it closes the list.
#[derive(Debug)]
pub struct RecordingStream {
    total: u64,
    batches: mpsc::Receiver<Batch>,
}

impl RecordingStream {
    /// How many recordings there are in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The next batch, never an empty one; `None` when there are no more.
    ///
    /// # Errors
    /// When the database fails; [`Error::Inconsistent`] rather than a row out of reach;
    /// [`Error::Unavailable`] when it was open for too long. Nothing comes after an error.
    pub async fn next(&mut self) -> Result<Option<Vec<Recording>>, Error> {
        self.batches.recv().await.transpose()
    }
}

/// Begins a list. The permit is given back when it is closed.
pub(super) async fn start(
    path: PathBuf,
    room: OwnedSemaphorePermit,
    scope: Scope,
    filter: Filter,
    sort: Sort,
) -> Result<RecordingStream, Error> {
    let (begun, total) = oneshot::channel();
    let (sender, batches) = mpsc::channel(BATCHES_AHEAD);
    let thread = thread::Builder::new().name("catalogue-list".to_owned());
    let spawned = thread.spawn(move || {
        let mut reader = Reader {
            begun: Some(begun),
            sender,
        };
        if let Err(error) = reader.read(&path, &scope, &filter, sort) {
            reader.fail(error);
        }
        drop(room);
    });
    spawned.map_err(|e| Error::Unavailable {
        source: Box::new(e),
    })?;
    let total = total.await.map_err(|_lost| Error::Database {
        source: "the list panicked".into(),
    })??;
    Ok(RecordingStream { total, batches })
}

struct Reader {
    begun: Option<oneshot::Sender<Result<u64, Error>>>,
    sender: mpsc::Sender<Batch>,
}

impl Reader {
    fn read(
        &mut self,
        path: &Path,
        scope: &Scope,
        filter: &Filter,
        sort: Sort,
    ) -> Result<(), Error> {
        let until = Instant::now() + OPEN_MAX;
        let mut connection = connect_to_read(path)?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        let snapshot = connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
        let plan = list::plan(&snapshot, scope, filter, sort)?;
        let total = plan.count(&snapshot)?;
        if let Some(begun) = self.begun.take() {
            let _ = begun.send(Ok(total));
        }
        let mut batch = Vec::with_capacity(BATCH);
        plan.walk(&snapshot, None, 0, u64::MAX, &mut |key| {
            batch.push(list::row(&snapshot, scope, key)?);
            if batch.len() < BATCH {
                return Ok(ControlFlow::Continue(()));
            }
            if Instant::now() > until {
                return Err(Error::Unavailable {
                    source: "the list was open for too long".into(),
                });
            }
            let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH));
            // Nobody listens any more: that is an end like any other.
            let heard = self.sender.blocking_send(Ok(full)).is_ok();
            Ok(if heard {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            })
        })?;
        if !batch.is_empty() {
            let _ = self.sender.blocking_send(Ok(batch));
        }
        Ok(())
    }

    fn fail(&mut self, error: Error) {
        match self.begun.take() {
            Some(begun) => {
                let _ = begun.send(Err(error));
            }
            None => {
                let _ = self.sender.blocking_send(Err(error));
            }
        }
    }
}
