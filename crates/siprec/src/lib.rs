//! What a recording session means: SDP answers and recording metadata (RFC 7865, RFC 7866).
//!
//! Two halves over the same parsers. [`Session`] runs while people talk: it takes the requests
//! of one dialog and says what to answer and which lines of media to record. [`facts`] runs
//! after the call: it reads the messages again, as the journal kept them, and says who took
//! part, who speaks on which stream and in which formats. What was odd is said in people's
//! words; a call that can be recorded is recorded.
//!
//! Invariant: nothing here opens a socket, reads a clock or fails on what a peer sent; an
//! oddity never quotes a telephone number.
//! Not here: transactions and dialogs (`sip`), ports (`capture`), samples (`media`).
#![cfg_attr(
    not(test),
    deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)
)]

pub mod bib;
mod body;
mod caller;
mod facts;
pub mod fuzz;
mod metadata;
mod sdp;
mod session;

pub use caller::{Caller, UnknownCaller};
pub use facts::{
    Facts, Format, FormatEpoch, Participant, Presence, Signal, StreamFacts, facts, facts_of,
};
pub use sdp::{MediaKey, Srtp, with_keys};
pub use session::{Line, Plan, Reject, Session, is_recording_session, snapshot_request};

/// Streams of a session are numbered by m-line; those of a second dialog begin here.
pub const LINES_PER_DIALOG: u16 = 64;

/// The number of a stream in its session. A description has no more lines than
/// [`LINES_PER_DIALOG`], so that no two streams share one.
#[must_use]
pub fn stream_of(dialog: u8, line: u16) -> u16 {
    u16::from(dialog)
        .saturating_mul(LINES_PER_DIALOG)
        .saturating_add(line)
}
