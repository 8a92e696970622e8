//! Finished objects: put once, verified, read by range.
//!
//! An object is published whole or not at all, under a key that never gets other bytes: what
//! [`Archive::put`] has returned survives a power cut. Reading never loads more than a block.
//!
//! Not here: what an object means, who may read it, when it may be removed.

mod archive;
#[cfg(test)]
mod conformance;
mod error;
mod key;
mod local;

pub use archive::{Archive, Blocks, Receipt};
pub use error::Error;
pub use local::Staging;
