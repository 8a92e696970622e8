//! Syncs call files for those who wait, as many as wait in one go, on a thread of its own: the
//! log's commits never wait for it.

use std::fmt;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::calls::Calls;
use crate::commit::Waiter;
use crate::disk::DiskFile;
use crate::error::Error;

/// More files than this are synced together with everything else on their disk.
const ONE_BY_ONE_MAX: usize = 16;

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
            let (disk, folder) = (&self.calls.disk, &self.calls.directory);
            // Many files one by one would keep the last ones waiting for long.
            let all = (waiting.len() > ONE_BY_ONE_MAX).then(|| disk.sync_all(folder));
            let outcomes: Vec<io::Result<()>> = match all {
                Some(all) => waiting.iter().map(|_| again(&all)).collect(),
                None => {
                    let synced: Vec<_> = waiting.iter().map(|(file, _)| file.sync()).collect();
                    let named = disk.sync_directory(folder);
                    let outcome = |synced: io::Result<()>| synced.and_then(|()| again(&named));
                    synced.into_iter().map(outcome).collect()
                }
            };
            for ((_, done), outcome) in waiting.into_iter().zip(outcomes) {
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

fn again(outcome: &io::Result<()>) -> io::Result<()> {
    let said = outcome.as_ref();
    said.map_err(|error| io::Error::new(error.kind(), error.to_string()))
        .copied()
}
