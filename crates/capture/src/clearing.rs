//! Destroys call files on a thread of its own: it waits for the disk, and nobody waits for it.

use crate::clocks::monotonic_ns;
use journal::Log;
use model::SessionId;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// Between two tries.
const RETRY: Duration = Duration::from_secs(1);

/// What is to be done about a session that is held in its call file.
pub(crate) enum Clearing {
    /// Throw it away.
    Discard(SessionId),
    /// Begin it anew in the log, without its sound.
    BeginAgain(SessionId),
}

/// Starts the thread; it ends when the sender is gone. `done` is called after each, also after
/// a discard that the journal will try again.
pub(crate) fn start(
    log: Log,
    done: impl Fn(Clearing) + Send + 'static,
) -> std::io::Result<(Sender<Clearing>, std::thread::JoinHandle<()>)> {
    let (sender, work) = channel();
    let thread = std::thread::Builder::new()
        .name("clearing".to_owned())
        .spawn(move || run(&log, &work, done))?;
    Ok((sender, thread))
}

fn run(log: &Log, work: &Receiver<Clearing>, done: impl Fn(Clearing)) {
    while let Ok(clearing) = work.recv() {
        match &clearing {
            Clearing::Discard(session) => {
                if let Err(error) = log.discard(*session, monotonic_ns(), "") {
                    tracing::error!(session.id = %session, %error,
                        "a discarded call may still be on the disk; this is tried again");
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
