//! Calls in progress, as the handlers see them: the seam between HTTP and the recorder.
//!
//! A node without a recorder has none. Nothing here decides who may start, stop or pause:
//! handlers ask `gate` first, and what is handed over is only who it was, for the journal.

use model::RecordingId;
use model::live::{LiveCall, LiveEvent};
pub(crate) use model::live::{LiveError, Which};
use std::future::Future;
use std::pin::Pin;
use tokio::sync::broadcast;

/// What a question to the recorder will be answered with.
pub type LiveAnswer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The recorder of this node. `who` is the user name that goes into the journal's marks.
pub trait LiveCalls: Send + Sync {
    /// Every call being received, whether it is kept or not, and those whose row does not exist
    /// yet. Owners are left out: the API asks the catalogue whose the keys are.
    fn live(&self) -> LiveAnswer<'_, Vec<LiveCall>>;

    /// Begins the recording of a call, or keeps it; the id is that of the later recording.
    fn start(&self, which: Which, who: String) -> LiveAnswer<'_, Result<RecordingId, LiveError>>;

    /// Ends the recording of a call and keeps what was recorded.
    fn stop(&self, which: Which, who: String) -> LiveAnswer<'_, Result<RecordingId, LiveError>>;

    /// Stops writing the sound of a call until [`Self::resume`]; the time line goes on.
    fn pause(&self, recording: RecordingId, who: String) -> LiveAnswer<'_, Result<(), LiveError>>;

    /// Writes the sound of a paused call again.
    fn resume(&self, recording: RecordingId, who: String) -> LiveAnswer<'_, Result<(), LiveError>>;

    /// Marks this instant of a call with a text.
    fn mark(
        &self,
        recording: RecordingId,
        who: String,
        text: String,
    ) -> LiveAnswer<'_, Result<(), LiveError>>;

    /// What happens to calls from now on. Whoever lags behind loses the oldest events.
    fn subscribe(&self) -> broadcast::Receiver<LiveEvent>;
}
