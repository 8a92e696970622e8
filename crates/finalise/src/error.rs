//! Why a recording could not be rendered.

use model::RecordingId;

/// Why a recording could not be rendered. Only a writer that fails is worth another try.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The journal could not be read.
    #[error("the journal of recording {recording} cannot be read: {source}")]
    Journal {
        /// Which recording.
        recording: RecordingId,
        /// What the journal says.
        source: journal::Error,
    },
    /// The journal does not say how the session began.
    #[error("the journal has no beginning of recording {0}")]
    NotBegun(RecordingId),
    /// Nobody asked yet which side is ours; see [`sides`](crate::sides).
    #[error("the journal does not say which side of recording {0} is ours")]
    NoSides(RecordingId),
    /// A time of the journal is outside what a calendar holds.
    #[error("recording {0} has a time outside the calendar")]
    Time(RecordingId),
    /// This build makes no such files.
    #[error("this build does not make {} files", .0.extension())]
    Format(model::Format),
    /// The sound could not be written.
    #[error("the sound of recording {recording} cannot be written: {source}")]
    Write {
        /// Which recording.
        recording: RecordingId,
        /// What the writer says.
        source: std::io::Error,
    },
}
