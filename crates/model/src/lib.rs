//! The nouns of Earwitness and its one access policy.
//!
//! Everything here is a value: no I/O, no clock, no wire format. Nothing derives a
//! serialisation, so that no format can leak out of the crate that owns it.
//! [`access`] is the only place that knows who may do what, [`rules`] the only one that
//! knows which calls are recorded.

pub mod access;
pub mod audit;
pub mod details;
pub mod filter;
pub mod ids;
pub mod live;
pub mod mode;
pub mod network;
pub mod party;
pub mod people;
pub mod recording;
pub mod rules;

pub use details::{Details, Source};
pub use ids::{BadId, RecordingId, SessionId};
pub use mode::{Mode, Pause};
pub use recording::{Direction, Draft, Format, Note, Recording, Sha256, State};
