//! The thread that writes, and how its jobs share commits.
//!
//! A commit waits for the disk, so jobs that are waiting share one: each runs inside a
//! savepoint of its own, and none is answered before the commit that covers it. A job that
//! fails or panics is rolled back and costs only its own caller.

use crate::error::Error;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::panic::{self, AssertUnwindSafe};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// Most jobs of one commit.
const JOBS_MAX: usize = 200;
/// No job is added to a commit that was begun so long ago.
const BATCH_MAX: Duration = Duration::from_millis(50);

/// Answers a job's caller once its commit is done.
type Finish = Box<dyn FnOnce(Result<(), &rusqlite::Error>) + Send>;

/// Runs in a transaction, or only answers when there is none.
type Run = dyn FnOnce(Result<&Transaction<'_>, Error>) -> Option<Finish> + Send;

/// Something to write.
pub(super) struct WriteJob(Box<Run>);

/// Makes a job of some work, and where its outcome will come.
pub(super) fn job<T, F>(work: F) -> (WriteJob, oneshot::Receiver<Result<T, Error>>)
where
    T: Send + 'static,
    F: FnOnce(&Transaction<'_>) -> Result<T, Error> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    let run = move |transaction: Result<&Transaction<'_>, Error>| -> Option<Finish> {
        // A caller who has gone away wants neither the answer nor the change.
        if reply.is_closed() {
            return None;
        }
        let outcome = transaction.and_then(|transaction| savepoint(transaction, work));
        match outcome {
            Ok(value) => Some(Box::new(move |committed| {
                let _ = reply.send(committed.map(|()| value).map_err(not_committed));
            })),
            Err(error) => {
                let _ = reply.send(Err(error));
                None
            }
        }
    };
    (WriteJob(Box::new(run)), answer)
}

fn savepoint<T, F>(transaction: &Transaction<'_>, work: F) -> Result<T, Error>
where
    F: FnOnce(&Transaction<'_>) -> Result<T, Error>,
{
    transaction.execute_batch("SAVEPOINT job")?;
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| work(transaction)));
    let outcome = outcome.unwrap_or_else(|_panic| {
        tracing::error!("a statement of the catalogue panicked; it was rolled back");
        Err(Error::Database {
            source: "the statement panicked".into(),
        })
    });
    if outcome.is_ok() {
        transaction.execute_batch("RELEASE job")?;
    } else if !transaction.is_autocommit() {
        transaction.execute_batch("ROLLBACK TO job; RELEASE job")?;
    }
    outcome
}

/// The commit's error belongs to all jobs it was to cover; each gets its words.
fn not_committed(error: &rusqlite::Error) -> Error {
    Error::Unavailable {
        source: error.to_string().into(),
    }
}

/// Works until nobody can send any more.
pub(super) fn serve(mut queue: mpsc::Receiver<WriteJob>, mut connection: Connection) {
    while let Some(first) = queue.blocking_recv() {
        batch(&mut connection, first, &mut queue);
    }
}

fn batch(connection: &mut Connection, first: WriteJob, queue: &mut mpsc::Receiver<WriteJob>) {
    // Immediate: what is read before the first write must still be true at the commit.
    let begun = connection.transaction_with_behavior(TransactionBehavior::Immediate);
    let transaction = match begun {
        Ok(transaction) => transaction,
        Err(error) => {
            (first.0)(Err(error.into()));
            return;
        }
    };
    let started = Instant::now();
    let mut finishes = Vec::new();
    let mut next = Some(first);
    let mut jobs = 0;
    while let Some(job) = next.take() {
        finishes.extend((job.0)(Ok(&transaction)));
        jobs += 1;
        // An error such as a full disk rolls the whole transaction back.
        if transaction.is_autocommit() {
            break;
        }
        if jobs < JOBS_MAX && started.elapsed() < BATCH_MAX {
            next = queue.try_recv().ok();
        }
    }
    let committed = if transaction.is_autocommit() {
        Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL),
            Some("the transaction was rolled back".to_owned()),
        ))
    } else {
        transaction.commit()
    };
    for finish in finishes {
        finish(committed.as_ref().copied());
    }
}
