//! Syncs call files for those who wait, as many as wait in one go, on a thread of its own: the
//! log's commits never wait for it.

use std::fmt;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::calls::Calls;
use crate::commit::Waiter;
use crate::disk::DiskFile;
use crate::error::Error;

/// Files that wait to be synced.
pub(crate) struct Together {
    calls: Arc<Calls>,
    state: Mutex<State>,
    work: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Vec<(Arc<dyn DiskFile>, Waiter)>,
    stopping: bool,
}

impl fmt::Debug for Together {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Together").finish_non_exhaustive()
    }
}

impl Together {
    pub(crate) fn new(calls: Arc<Calls>) -> Self {
        Self {
            calls,
            state: Mutex::default(),
            work: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls back when what is in the file now, and its name, are durable, or never will be.
    pub(crate) fn sync(&self, file: Arc<dyn DiskFile>, done: Waiter) {
        self.lock().waiting.push((file, done));
        self.work.notify_one();
    }

    pub(crate) fn stop(&self) {
        self.lock().stopping = true;
        self.work.notify_one();
    }

    /// Works until told to stop and nobody waits any more.
    pub(crate) fn run(&self) {
        while let Some(waiting) = self.next_work() {
            let synced: Vec<io::Result<()>> = waiting.iter().map(|(file, _)| file.sync()).collect();
            let named = self.calls.disk.sync_directory(&self.calls.directory);
            for ((_, done), synced) in waiting.into_iter().zip(synced) {
                let outcome = synced.and_then(|()| named.as_ref().map_err(again).copied());
                let outcome = outcome.map_err(|source| Error::NotDurable {
                    source: Arc::new(source),
                });
                // One call's bug must not end all of them.
                let call = std::panic::AssertUnwindSafe(|| done(outcome));
                drop(std::panic::catch_unwind(call));
            }
        }
    }

    fn next_work(&self) -> Option<Vec<(Arc<dyn DiskFile>, Waiter)>> {
        let mut state = self.lock();
        loop {
            if !state.waiting.is_empty() {
                return Some(std::mem::take(&mut state.waiting));
            }
            if state.stopping {
                return None;
            }
            state = self
                .work
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn again(error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), error.to_string())
}
