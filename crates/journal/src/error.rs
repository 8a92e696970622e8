//! What can go wrong with a journal.

use std::io;
use std::path::PathBuf;

use model::SessionId;

/// What went wrong, and where.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The disk refused: full, failing or gone. The cause is shared because one failed sync
    /// answers many waiters.
    #[error("{action} {}: {source}", path.display())]
    Io {
        /// What was tried, for example `cannot write to`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::sync::Arc<io::Error>,
    },
    /// A file of a later version: read by a build of that version only.
    #[error("{} has format version {version}; this build reads up to {}", path.display(),
        crate::format::VERSION)]
    Version {
        /// The file.
        path: PathBuf,
        /// The version it says it has.
        version: u8,
    },
    /// Not a call file at all, or one without a readable header.
    #[error("{} is not a call file", path.display())]
    NotACallFile {
        /// The file.
        path: PathBuf,
    },
    /// A frame whose checksum is right and whose payload is not of its kind: a bug in what
    /// wrote it, or a kind of a later version.
    #[error("frame {sequence} of session {session} holds no entry of kind {kind}")]
    Malformed {
        /// The session.
        session: SessionId,
        /// The frame's sequence number.
        sequence: u64,
        /// The frame's kind.
        kind: u8,
    },
    /// An entry larger than a frame may be; nothing of its batch was written.
    #[error(
        "an entry of {bytes} bytes exceeds the limit of {} bytes",
        crate::format::PAYLOAD_BYTES_MAX
    )]
    TooLarge {
        /// The size of its payload.
        bytes: usize,
    },
    /// The position will never be durable: the sync that should have covered it failed.
    #[error("the disk failed to make this durable: {source}")]
    NotDurable {
        /// What the system said.
        source: std::sync::Arc<io::Error>,
    },
    /// The log was closed before the position became durable.
    #[error("the log was closed before this became durable")]
    Closed,
}

impl Error {
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::Io {
            action,
            path: path.into(),
            source: std::sync::Arc::new(source),
        }
    }

    /// Whether the disk is full (ENOSPC or a quota): the one failure with an own answer.
    #[must_use]
    pub fn is_disk_full(&self) -> bool {
        match self {
            Self::Io { source, .. } | Self::NotDurable { source } => {
                matches!(
                    source.kind(),
                    io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
                )
            }
            Self::Version { .. }
            | Self::NotACallFile { .. }
            | Self::Malformed { .. }
            | Self::TooLarge { .. }
            | Self::Closed => false,
        }
    }
}
