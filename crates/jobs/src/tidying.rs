//! Keeps the journal small, beside settling: what is settled goes, and what waits for long goes
//! out of the way of the rest.
//!
//! One look at a time, on a thread that may wait for the disk.

use journal::Log;
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

/// Without anything settled the journal is looked at this often: segments grow old by
/// themselves.
const LOOK: Duration = Duration::from_secs(10);

/// The look that runs, and when the next one is due.
#[derive(Default)]
pub(crate) struct Tidying {
    running: Option<JoinHandle<Result<usize, journal::Error>>>,
    /// Something was settled since the last look.
    pub(crate) wanted: bool,
    last: Option<Instant>,
}

impl Tidying {
    /// Begins a look if one is due and none runs.
    pub(crate) fn begin(&mut self, log: &Log, clock_ns: fn() -> u64) {
        let due = self.wanted || self.last.is_none_or(|last| last.elapsed() >= LOOK);
        if self.running.is_some() || !due {
            return;
        }
        self.wanted = false;
        self.last = Some(Instant::now());
        let log = log.clone();
        self.running = Some(tokio::task::spawn_blocking(move || {
            // What was settled last is durable after the next commit only; what never will be
            // is not counted on.
            let everything = log.append(&[])?;
            drop(log.committed(everything));
            log.spill(clock_ns())
        }));
    }

    /// Waits for the look that runs; for ever when there is none.
    pub(crate) async fn ended(&mut self) {
        let Some(running) = &mut self.running else {
            return std::future::pending().await;
        };
        let ended = running.await;
        self.running = None;
        match ended {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => {
                tracing::warn!(%error, "old segments of the journal could not be removed");
            }
            Err(error) => tracing::error!(%error, "looking after the journal was broken off"),
        }
    }
}
