//! Events that are written down within a second: a queue, a thread, a few commits.
//!
//! A view that is only counted takes no place in the queue. Nothing is dropped while the program
//! runs: when the database cannot be written, what waits is tried again, and whoever adds to a
//! full queue waits. What waits at the end of the program is written then.

use super::audit;
use super::commit::{self, WriteJob};
use crate::catalogue::Clock;
use crate::error::Error;
use crate::views::Views;
use model::audit::AuditEvent;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};

/// Events waiting; whoever adds more waits.
const WAITING_MAX: usize = 4096;
/// How often what waits is written down.
const INTERVAL: Duration = Duration::from_millis(250);
/// At the end of the program, so often is it tried.
const LAST_TRIES_MAX: u32 = 3;

/// The queue and its thread.
pub(super) struct Soon {
    events: Option<Sender<Vec<AuditEvent>>>,
    views: Arc<Mutex<Views>>,
    room: Arc<Semaphore>,
    clock: Clock,
    thread: Option<JoinHandle<()>>,
}

impl Soon {
    /// Starts the thread. It writes through the writer's queue.
    pub(super) fn start(writer: mpsc::Sender<WriteJob>, clock: Clock) -> io::Result<Self> {
        let (events, queue) = channel();
        let room = Arc::new(Semaphore::new(WAITING_MAX));
        let views = Arc::default();
        let flusher = Flusher {
            queue,
            writer,
            clock: Arc::clone(&clock),
            room: Arc::clone(&room),
            views: Arc::clone(&views),
            rows: Vec::new(),
            taken: 0,
        };
        let thread = thread::Builder::new().name("catalogue-audit".to_owned());
        Ok(Self {
            events: Some(events),
            views,
            room,
            clock,
            thread: Some(thread.spawn(move || flusher.run())?),
        })
    }

    /// Adds an event, as soon as there is room.
    pub(super) async fn add(&self, event: AuditEvent) -> Result<(), Error> {
        let gone = || Error::Unavailable {
            source: "its threads have ended".into(),
        };
        if lock(&self.views).count(&event, (self.clock)()) {
            return Ok(());
        }
        // Room comes first: who goes away while waiting for it must leave no view behind that
        // others are counted to.
        let room = self.room.acquire().await.map_err(|_closed| gone())?;
        let events = self.events.as_ref().ok_or_else(gone)?;
        let rows = lock(&self.views).take(event, (self.clock)());
        if rows.is_empty() {
            return Ok(());
        }
        // The thread gives it back when the rows are on the disk.
        room.forget();
        events.send(rows).map_err(|_gone| gone())?;
        if self.room.available_permits() < WAITING_MAX / 2
            && let Some(thread) = &self.thread
        {
            thread.thread().unpark();
        }
        Ok(())
    }
}

/// Counting goes on after a panic: an entry is changed as a whole.
fn lock(views: &Mutex<Views>) -> MutexGuard<'_, Views> {
    views.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends the thread after it has written what waits.
impl Drop for Soon {
    fn drop(&mut self) {
        self.events = None;
        if let Some(thread) = self.thread.take() {
            // It does not panic; there is nothing to pass on.
            let _ = thread.join();
        }
    }
}

struct Flusher {
    queue: Receiver<Vec<AuditEvent>>,
    writer: mpsc::Sender<WriteJob>,
    clock: Clock,
    room: Arc<Semaphore>,
    views: Arc<Mutex<Views>>,
    /// What is to be written.
    rows: Vec<AuditEvent>,
    /// Places of the queue to be given back with the next commit.
    taken: usize,
}

impl Flusher {
    fn run(mut self) {
        loop {
            let ended = match self.queue.recv_timeout(INTERVAL) {
                Ok(rows) => {
                    self.take(rows);
                    // Others that come meanwhile share the commit, unless they are many.
                    thread::park_timeout(INTERVAL);
                    false
                }
                Err(RecvTimeoutError::Timeout) => false,
                Err(RecvTimeoutError::Disconnected) => true,
            };
            while let Ok(rows) = self.queue.try_recv() {
                self.take(rows);
            }
            if ended {
                break;
            }
            let now = (self.clock)();
            self.rows.extend(lock(&self.views).due(now));
            self.flush();
        }
        self.rows.extend(lock(&self.views).all());
        for _try in 0..LAST_TRIES_MAX {
            if self.flush() {
                return;
            }
            thread::sleep(INTERVAL);
        }
        tracing::error!(
            rows = self.rows.len(),
            "audit rows could not be written at the end"
        );
    }

    fn take(&mut self, rows: Vec<AuditEvent>) {
        self.taken += 1;
        self.rows.extend(rows);
    }

    /// Writes what waits in one transaction. What could not be written stays.
    fn flush(&mut self) -> bool {
        if !self.rows.is_empty() && !self.write() {
            return false;
        }
        self.rows.clear();
        self.room.add_permits(std::mem::take(&mut self.taken));
        true
    }

    fn write(&self) -> bool {
        let rows = self.rows.clone();
        let (job, answer) = commit::job(move |transaction| {
            rows.iter()
                .try_for_each(|event| audit::append(transaction, event).map(drop))
        });
        let written =
            self.writer.blocking_send(job).is_ok() && matches!(answer.blocking_recv(), Ok(Ok(())));
        if !written {
            tracing::warn!(
                rows = self.rows.len(),
                "audit rows wait: the catalogue refuses them"
            );
        }
        written
    }
}
