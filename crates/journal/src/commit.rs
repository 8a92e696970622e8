//! Group commit: one `fdatasync` at a time, on its own thread, for all who wait.
//!
//! Every append has a number. A number is decided when the file it went to was synced, or
//! when that failed: then it is never called durable, whatever a later sync says, because the
//! kernel may have dropped the pages and forgotten about it.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::disk::{Disk, DiskFile};
use crate::error::Error;

/// Called with the outcome, on the sync thread.
pub(crate) type Waiter = Box<dyn FnOnce(Result<(), Error>) + Send>;

/// What waits to become durable, and who waits for it.
pub(crate) struct Commit {
    state: Mutex<State>,
    work: Condvar,
    disk: Arc<dyn Disk>,
    directory: PathBuf,
}

#[derive(Default)]
struct State {
    /// The number of the last append.
    appended: u64,
    /// Numbers up to this one are decided.
    decided: u64,
    /// Somebody wants numbers up to this one decided.
    wanted: u64,
    /// Ranges of numbers that are not durable; neighbours are merged.
    failed: Vec<Failed>,
    /// Files with numbers not decided, oldest first; the last one may be appended to.
    dirty: VecDeque<Dirty>,
    waiters: Vec<(u64, Waiter)>,
    stopping: bool,
}

struct Failed {
    from: u64,
    to: u64,
    source: Arc<io::Error>,
}

#[derive(Clone)]
struct Dirty {
    segment: u32,
    file: Arc<dyn DiskFile>,
    /// The last number that went to it.
    upto: u64,
    /// Its name may not be durable yet.
    fresh: bool,
}

impl fmt::Debug for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Commit")
            .field("directory", &self.directory)
            .finish_non_exhaustive()
    }
}

impl Commit {
    pub(crate) fn new(disk: Arc<dyn Disk>, directory: PathBuf) -> Self {
        Self {
            state: Mutex::default(),
            work: Condvar::new(),
            disk,
            directory,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Numbers an append that has just gone to a segment's file.
    pub(crate) fn appended(&self, segment: u32, file: &Arc<dyn DiskFile>) -> u64 {
        let mut state = self.lock();
        state.appended = state.appended.saturating_add(1);
        let upto = state.appended;
        match state.dirty.back_mut() {
            Some(last) if last.segment == segment => last.upto = upto,
            _ => {
                let file = Arc::clone(file);
                state.dirty.push_back(Dirty {
                    segment,
                    file,
                    upto,
                    fresh: true,
                });
            }
        }
        upto
    }

    /// The number of the last append.
    pub(crate) fn last(&self) -> u64 {
        self.lock().appended
    }

    pub(crate) fn is_durable(&self, number: u64) -> bool {
        matches!(self.lock().verdict(number), Some(Ok(())))
    }

    pub(crate) fn request(&self) {
        let mut state = self.lock();
        state.wanted = state.appended;
        self.work.notify_one();
    }

    pub(crate) fn wait(&self, number: u64, waiter: Waiter) {
        let mut state = self.lock();
        let number = number.min(state.appended);
        state.wanted = state.wanted.max(number);
        state.waiters.push((number, waiter));
        self.work.notify_one();
    }

    pub(crate) fn stop(&self) {
        self.lock().stopping = true;
        self.work.notify_one();
    }

    /// Works until told to stop and nobody waits any more. `abandon` is called with a segment
    /// that failed to sync, before its fate is decided: nothing may be appended to it after.
    pub(crate) fn run(&self, abandon: impl Fn(u32)) {
        while let Some(ready) = self.next_work() {
            for (outcome, waiter) in ready {
                // A waiter that panics is a bug of one call and must not end all commits.
                let call = std::panic::AssertUnwindSafe(|| waiter(outcome));
                drop(std::panic::catch_unwind(call));
            }
            self.sync_wanted(&abandon);
        }
    }

    /// Sleeps until there is something to do; returns the waiters whose numbers are decided,
    /// or `None` when it is over.
    fn next_work(&self) -> Option<Vec<(Result<(), Error>, Waiter)>> {
        let mut state = self.lock();
        loop {
            let ready = state.ready();
            if !ready.is_empty() || state.wanted > state.decided {
                return Some(ready);
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

    fn sync_wanted(&self, abandon: &impl Fn(u32)) {
        let files: Vec<Dirty> = {
            let state = self.lock();
            if state.wanted <= state.decided {
                return;
            }
            state.dirty.iter().cloned().collect()
        };
        for dirty in files {
            let named = |()| {
                if dirty.fresh {
                    self.disk.sync_directory(&self.directory)
                } else {
                    Ok(())
                }
            };
            match dirty.file.sync().and_then(named) {
                Ok(()) => self.lock().succeeded(&dirty),
                Err(error) => {
                    abandon(dirty.segment);
                    self.lock().failed(&dirty, error);
                }
            }
        }
    }
}

impl State {
    fn verdict(&self, number: u64) -> Option<Result<(), Error>> {
        if number > self.decided {
            return None;
        }
        let of = |failed: &&Failed| (failed.from..=failed.to).contains(&number);
        Some(match self.failed.iter().find(of) {
            Some(failed) => Err(Error::NotDurable {
                source: Arc::clone(&failed.source),
            }),
            None => Ok(()),
        })
    }

    fn ready(&mut self) -> Vec<(Result<(), Error>, Waiter)> {
        let (ready, waiting): (Vec<_>, Vec<_>) = std::mem::take(&mut self.waiters)
            .into_iter()
            .partition(|(number, _)| *number <= self.decided);
        self.waiters = waiting;
        let decided = |(number, waiter)| Some((self.verdict(number)?, waiter));
        ready.into_iter().filter_map(decided).collect()
    }

    /// The file as it was when the sync began is durable.
    fn succeeded(&mut self, synced: &Dirty) {
        self.decided = self.decided.max(synced.upto);
        let Some(first) = self.dirty.front_mut() else {
            return;
        };
        if first.segment != synced.segment {
            return;
        }
        first.fresh = false;
        if first.upto == synced.upto && self.dirty.len() > 1 {
            self.dirty.pop_front();
        }
    }

    /// Whatever went to the file and was not decided is not durable: what was appended while
    /// the sync failed shares its fate.
    fn failed(&mut self, synced: &Dirty, error: io::Error) {
        let Some(place) = self
            .dirty
            .iter()
            .position(|dirty| dirty.segment == synced.segment)
        else {
            return;
        };
        let to = self
            .dirty
            .remove(place)
            .map_or(synced.upto, |dirty| dirty.upto);
        let from = self.decided.saturating_add(1);
        self.decided = self.decided.max(to);
        match self.failed.last_mut() {
            Some(last) if last.to.saturating_add(1) == from => last.to = to,
            _ if from <= to => self.failed.push(Failed {
                from,
                to,
                source: Arc::new(error),
            }),
            _ => {}
        }
    }
}
