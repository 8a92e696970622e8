//! The recorder of this node, as HTTP sees it.
//!
//! The API links no capture, so that a node that only serves holds no calls; this is where the
//! two meet. Decides nothing: who may start, stop or pause was asked before.

use api::{LiveAnswer, LiveCalls};
use capture::Handle;
use model::RecordingId;
use model::live::{LiveCall, LiveError, LiveEvent, Which};
use tokio::sync::broadcast;

/// The recorder of this node.
pub(crate) struct Recorder(Handle);

impl Recorder {
    /// The recorder behind a handle.
    pub(crate) fn new(handle: Handle) -> Self {
        Self(handle)
    }
}

impl LiveCalls for Recorder {
    fn live(&self) -> LiveAnswer<'_, Vec<LiveCall>> {
        Box::pin(async { self.0.live() })
    }

    fn start(&self, which: Which, who: String) -> LiveAnswer<'_, Result<RecordingId, LiveError>> {
        Box::pin(async move { self.0.start(which, &who).await })
    }

    fn stop(&self, which: Which, who: String) -> LiveAnswer<'_, Result<RecordingId, LiveError>> {
        Box::pin(async move { self.0.stop(which, &who).await })
    }

    fn pause(&self, recording: RecordingId, who: String) -> LiveAnswer<'_, Result<(), LiveError>> {
        Box::pin(async move { self.0.pause(recording, &who).await })
    }

    fn resume(&self, recording: RecordingId, who: String) -> LiveAnswer<'_, Result<(), LiveError>> {
        Box::pin(async move { self.0.resume(recording, &who).await })
    }

    fn mark(
        &self,
        recording: RecordingId,
        who: String,
        text: String,
    ) -> LiveAnswer<'_, Result<(), LiveError>> {
        Box::pin(async move { self.0.mark(recording, &who, &text).await })
    }

    fn subscribe(&self) -> broadcast::Receiver<LiveEvent> {
        self.0.subscribe()
    }
}
