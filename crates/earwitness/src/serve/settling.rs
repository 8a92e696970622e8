//! Threads of their own for what happens after the calls, behind everything that runs while
//! people talk: where there is not enough processor, recordings come later and no packet is
//! lost. It must never share a thread with capture or the API.

use jobs::Settler;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

/// How far these threads stand back (`nice`): an eighth or so of the weight of the others.
const NICE: i32 = 10;
/// Threads that wait for files, besides one for each core that renders.
const FILES: usize = 2;

/// The settler at work.
pub(super) struct Settling {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
    threads: Runtime,
}

impl Settling {
    /// Settles until it is told to stop.
    ///
    /// # Errors
    /// When there are no more threads to be had.
    pub(super) fn start(settler: Settler, nudge: Arc<Notify>) -> io::Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(cores + FILES)
            .thread_name("settle")
            .on_thread_start(step_back)
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let task = threads.spawn(settler.run(nudge, async move {
            // Whoever is gone wants it to stop as well.
            let _ = stopped.await;
        }));
        Ok(Self {
            stop,
            task,
            threads,
        })
    }

    /// Lets what runs come to its end, for so long.
    pub(super) async fn stop(self, within: Duration) {
        let _ = self.stop.send(());
        let _ = tokio::time::timeout(within, self.task).await;
        self.threads.shutdown_background();
    }
}

/// On Linux each thread has a priority of its own.
fn step_back() {
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::warn!(%error, "settling has the priority of the calls");
    }
}
