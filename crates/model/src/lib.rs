//! The nouns of Earwitness and its one access policy.
//!
//! Everything here is a value: no I/O, no clock, no wire format. Nothing derives a
//! serialisation, so that no format can leak out of the crate that owns it.
//! [`access`] is the only place that knows who may do what.

pub mod access;
pub mod ids;
pub mod network;
pub mod party;
pub mod people;
pub mod recording;

pub use ids::{BadId, RecordingId, SessionId};
pub use recording::{Direction, Draft, Format, Note, Recording, Sha256, State};
