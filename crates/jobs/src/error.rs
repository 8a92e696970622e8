//! Why a recording is not settled yet.

use model::RecordingId;

/// Why a recording is not settled yet; everything here is tried again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The archive did not take an object.
    #[error("the archive did not take recording {recording}: {source}")]
    Archive {
        /// Which recording.
        recording: RecordingId,
        /// What the archive says.
        source: archive::Error,
    },
    /// The catalogue did not answer or did not take the row.
    #[error("the catalogue did not take recording {recording}: {source}")]
    Catalogue {
        /// Which recording.
        recording: RecordingId,
        /// What the catalogue says.
        source: catalogue::Error,
    },
    /// The journal could not be read or written.
    #[error("the journal of recording {recording} could not be used: {source}")]
    Journal {
        /// Which recording.
        recording: RecordingId,
        /// What the journal says.
        source: journal::Error,
    },
    /// The sound could not be written to the archive's staging area.
    #[error("recording {recording} could not be written: {source}")]
    Render {
        /// Which recording.
        recording: RecordingId,
        /// What finalise says.
        source: finalise::Error,
    },
    /// A kept journal could not be copied to where it can be read.
    #[error("the kept journal of recording {recording} could not be copied: {source}")]
    Scratch {
        /// Which recording.
        recording: RecordingId,
        /// What the system says.
        source: std::io::Error,
    },
    /// A thread that worked on the recording ended without a result.
    #[error("work on recording {recording} was broken off: {reason}")]
    BrokenOff {
        /// Which recording.
        recording: RecordingId,
        /// What is known.
        reason: String,
    },
}
