//! What can go wrong, in words for people.

use crate::archive::Receipt;
use model::Sha256;
use std::io;
use std::path::PathBuf;

/// Why the archive did not do it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The settings name a kind of archive that is not in this build.
    #[error("archive `{url}` is not supported: this build has file:FOLDER")]
    Unsupported {
        /// Scheme of the address as set; what follows may hold a secret.
        url: String,
    },
    /// The key cannot name an object.
    #[error("`{key}` is no key of an object: {why}")]
    BadKey {
        /// The key.
        key: String,
        /// The rule it breaks.
        why: &'static str,
    },
    /// There is no such object.
    #[error("there is no object {key} in the archive")]
    NotFound {
        /// Its key.
        key: String,
    },
    /// Other bytes already stand under this key; they stay.
    #[error(
        "object {} already exists with other bytes ({} bytes, SHA-256 {})",
        stored.key, stored.size, stored.sha256
    )]
    Mismatch {
        /// What is stored.
        stored: Receipt,
    },
    /// What was staged is not what its writer says it wrote; nothing was stored.
    #[error(
        "object {key} was staged as {size} bytes with SHA-256 {sha256}, which is not what its \
         writer announced"
    )]
    Garbled {
        /// Where it should have gone.
        key: String,
        /// Bytes that were staged.
        size: u64,
        /// Their hash.
        sha256: Sha256,
    },
    /// The range goes beyond the object, or backwards.
    #[error("bytes {start} to {end} are not in object {key} of {size} bytes")]
    OutOfRange {
        /// The object.
        key: String,
        /// First byte wanted.
        start: u64,
        /// Byte behind the last one wanted.
        end: u64,
        /// Its size in bytes.
        size: u64,
    },
    /// The storage cannot do it now; trying again later may help.
    #[error("the archive is not available: {}: {source}", path.display())]
    Unavailable {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl Error {
    /// Whether the same request may succeed later, without anybody changing what is stored.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}
