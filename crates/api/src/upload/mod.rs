//! Recordings made elsewhere: what is said of them, whether they are sound, and how they are
//! kept. The compatible API's upload and the command line's import are both this.
//!
//! The file is stored as it came, and only once all of it was decoded; of what is refused
//! nothing stays on the disk. Never repairs a file, and never guesses whose it is.

pub(crate) mod form;
mod intake;
mod metadata;
mod store;

pub use intake::{Intake, Received, kind};
pub use metadata::Metadata;
pub use store::{Error, import, store};

/// Most octets of a file, 256 MiB.
pub const FILE_OCTETS_MAX: u64 = 256 * 1024 * 1024;

/// What of an upload cannot be used. The numbers are the published ones.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reason {
    /// The request as a whole.
    Body,
    /// What is said of the recording.
    Metadata,
    /// The file.
    Audio,
}

impl Reason {
    /// The published number.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Body => 0,
            Self::Metadata => 1,
            Self::Audio => 2,
        }
    }
}

/// An upload that cannot be used as it is.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Refused {
    /// What of it.
    pub reason: Reason,
    /// Why, for people. Repeats nothing of what was sent.
    pub message: String,
}

impl Refused {
    pub(crate) fn new(reason: Reason, message: &str) -> Self {
        Self {
            reason,
            message: message.to_owned(),
        }
    }
}
