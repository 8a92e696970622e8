//! Journal in, recording out: the one function that makes recordings, [`render`].
//!
//! Everything here is derived from a journal and from nothing else: the same journal and the
//! same [`Profile`] give the same bytes, today and when rendered again. What has to be asked of
//! the world, whose number is whose, is asked by the caller between [`parties`] and [`sides`]
//! and written into the journal before rendering. No clock, no files, no database here.

mod deeds;
mod error;
mod failed;
mod jitter;
mod levels;
mod live;
mod parties;
mod profile;
mod render;
mod report;
mod sink;
mod sound;
mod sources;
mod story;
mod unlock;

pub use error::Error;
pub use failed::failed;
pub use levels::ChannelReport;
pub use live::{Known, Live, Loudness};
pub use parties::{Candidate, Parties, parties, sides, unknown_parties};
pub use profile::Profile;
pub use render::{Rendition, render};
pub use report::{Report, SignalRecord, StreamReport};
pub use sources::SourceReport;
