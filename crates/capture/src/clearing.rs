//! Destroys call files on a thread of its own: it waits for the disk, and nobody waits for it.

use crate::clocks::monotonic_ns;
use crate::discards::Discarded;
use crate::handle::Shared;
use journal::Log;
use model::SessionId;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// Between two tries.
const RETRY: Duration = Duration::from_secs(1);

/// What is to be done about a session that is held in its call file.
pub(crate) enum Clearing {
    /// Throw it away; what is given is written down in the audit.
    Discard(SessionId, Option<Discarded>),
    /// Begin it anew in the log, without its sound.
    BeginAgain(SessionId),
}

/// Starts the thread; it ends when the sender is gone. `done` is called after each, also after
/// a discard that the journal will try again.
pub(crate) fn start(
    log: Log,
    shared: Arc<Shared>,
    done: impl Fn(Clearing) + Send + 'static,
) -> std::io::Result<(Sender<Clearing>, std::thread::JoinHandle<()>)> {
    let (sender, work) = channel();
    let thread = std::thread::Builder::new()
        .name("clearing".to_owned())
        .spawn(move || run(&log, &shared, &work, done))?;
    Ok((sender, thread))
}

fn run(log: &Log, shared: &Shared, work: &Receiver<Clearing>, done: impl Fn(Clearing)) {
    while let Ok(clearing) = work.recv() {
        match &clearing {
            Clearing::Discard(session, written_down) => {
                // Before anything of the call is destroyed, its line is safe from a crash.
                if let Some(call) = written_down
                    && let Err(error) = shared.discards.store(call)
                {
                    // Destroying what nobody wants goes first: it makes room on a full disk.
                    tracing::error!(session.id = %session, %error,
                        "a crash now would cost a discarded call its line in the audit");
                }
                if let Err(error) = log.discard(*session, monotonic_ns(), "") {
                    tracing::error!(session.id = %session, %error,
                        "a discarded call may still be on the disk; this is tried again");
                }
                // Not before: what is in the audit as discarded is not kept by a later start.
                if let Some(call) = written_down {
                    shared.board.to_be_written_down(call.clone());
                }
            }
            Clearing::BeginAgain(session) => {
                while let Err(error) = log.begin_again(*session) {
                    tracing::error!(session.id = %session, %error,
                        "a call cannot be taken into the log yet");
                    std::thread::sleep(RETRY);
                }
            }
        }
        done(clearing);
    }
}
