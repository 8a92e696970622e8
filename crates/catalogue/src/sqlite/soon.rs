//! Events that are written down within a second: a queue, a thread, a few commits.
//!
//! Nothing is dropped while the program runs: when the database cannot be written, what waits
//! is tried again, and whoever adds to a full queue waits. What waits at the end of the program
//! is written then.

use super::audit;
use super::commit::{self, WriteJob};
use crate::catalogue::Clock;
use crate::error::Error;
use crate::views::Views;
use model::audit::AuditEvent;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
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
    events: Option<Sender<AuditEvent>>,
    room: Arc<Semaphore>,
    thread: Option<JoinHandle<()>>,
}

impl Soon {
    /// Starts the thread. It writes through the writer's queue.
    pub(super) fn start(writer: mpsc::Sender<WriteJob>, clock: Clock) -> io::Result<Self> {
        let (events, queue) = channel();
        let room = Arc::new(Semaphore::new(WAITING_MAX));
        let flusher = Flusher {
            queue,
            writer,
            clock,
            room: Arc::clone(&room),
            views: Views::default(),
            rows: Vec::new(),
            taken: 0,
        };
        let thread = thread::Builder::new().name("catalogue-audit".to_owned());
        Ok(Self {
            events: Some(events),
            room,
            thread: Some(thread.spawn(move || flusher.run())?),
        })
    }

    /// Adds an event, as soon as there is room.
    pub(super) async fn add(&self, event: AuditEvent) -> Result<(), Error> {
        let gone = || Error::Unavailable {
            source: "its threads have ended".into(),
        };
        let room = self.room.acquire().await.map_err(|_closed| gone())?;
        // The thread gives it back when the event is on the disk, or counted.
        room.forget();
        let events = self.events.as_ref().ok_or_else(gone)?;
        events.send(event).map_err(|_gone| gone())
    }
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
    queue: Receiver<AuditEvent>,
    writer: mpsc::Sender<WriteJob>,
    clock: Clock,
    room: Arc<Semaphore>,
    views: Views,
    /// What is to be written.
    rows: Vec<AuditEvent>,
    /// Events taken from the queue since the last commit.
    taken: usize,
}

impl Flusher {
    fn run(mut self) {
        loop {
            let ended = match self.queue.recv_timeout(INTERVAL) {
                Ok(event) => {
                    self.take(event);
                    // Others that come meanwhile share the commit.
                    thread::sleep(INTERVAL);
                    false
                }
                Err(RecvTimeoutError::Timeout) => false,
                Err(RecvTimeoutError::Disconnected) => true,
            };
            while let Ok(event) = self.queue.try_recv() {
                self.take(event);
            }
            if ended {
                break;
            }
            let now = (self.clock)();
            self.rows.extend(self.views.due(now));
            self.flush();
        }
        self.rows.extend(self.views.all());
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

    fn take(&mut self, event: AuditEvent) {
        self.taken += 1;
        let now = (self.clock)();
        self.rows.extend(self.views.take(event, now));
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
