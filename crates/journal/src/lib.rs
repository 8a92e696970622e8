//! What happened on the wire, as it happened: an append-only, crash-safe log.
//!
//! [`Log`] is one log for all calls, written by one writer in segments and made durable by
//! group commits; [`Journal`] is one session's view of it, in order. What was committed
//! survives a power cut, what was appended survives `kill -9`. Reading yields what is whole
//! and says what is missing; damage to one frame costs one session one gap.
//!
//! Invariant: once [`Log::committed`] has returned, a power cut cannot lose the INVITE.
//! Invariant: a `Settled` never disappears before the frames it settles.
//! Not here: codecs, SIP, clocks, the database, free space. Nothing here logs.
//!
//! The format's law is `docs/journal-format.md`.
#![cfg_attr(
    not(test),
    deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)
)]

mod apart;
mod bytes;
mod callfile;
mod calls;
mod commit;
mod disk;
mod entry;
mod error;
mod format;
mod frames;
pub mod fuzz;
mod index;
mod journal;
mod log;
mod open;
mod packets;
mod recover;
mod scan;
mod seal;
mod spill;
mod story;
mod tail;
pub mod testing;
mod together;
mod why;
mod writer;

pub use disk::{Disk, DiskFile, RealDisk};
pub use entry::{Entry, Mark, Sides};
pub use error::Error;
pub use format::{Clocks, PAYLOAD_BYTES_MAX, VERSION};
pub use frames::{Frame, Frames};
pub use journal::Journal;
pub use log::{Append, Log, Options, Position};
pub use packets::{Packet, PacketIter, Packets, PacketsBuilder};
pub use seal::{SEAL_KEY_OCTETS, SEAL_NONCE_OCTETS, Seal};
pub use story::Span;
pub use why::Why;
