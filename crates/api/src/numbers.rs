//! What a node has counted since it started, and how it is: the seam between HTTP and the
//! parts that count.
//!
//! Numbers only: nothing here names a call, a number or a person.

use jiff::Timestamp;
use std::sync::Arc;

/// Asked for the numbers whenever somebody wants to see them.
pub type Counting = Arc<dyn Fn() -> Numbers + Send + Sync>;

/// What a recorder has counted since it started, and how it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Numbers {
    /// Calls that were answered 200.
    pub calls_taken: u64,
    /// Calls of those of which nothing is kept, because a rule says `never`.
    pub calls_not_recorded: u64,
    /// INVITEs that were refused.
    pub calls_refused: Vec<RefusedCalls>,
    /// Calls being received now.
    pub calls_in_progress: u64,
    /// Why a new call would be refused now; `None`: it would be taken.
    pub refusing: Option<&'static str>,
    /// Recordings that were settled, by what became of them.
    pub available: u64,
    /// Those that are interrupted.
    pub interrupted: u64,
    /// Those that could not be rendered.
    pub failed: u64,
    /// Recordings of which not one packet came.
    pub without_packets: u64,
    /// Recordings whose sound goes one way only.
    pub one_way: u64,
    /// Recordings of which some could not be decoded.
    pub undecoded: u64,
    /// Sessions of which there was nothing to keep: no audio was accepted, and no packet came.
    pub nothing_to_keep: u64,
    /// Tries to settle that failed; they are repeated.
    pub settling_failures: u64,
    /// Recordings that are over and not settled yet.
    pub waiting: u64,
    /// Packets in the recordings that were settled.
    pub packets: u64,
    /// Packets that never came, by their sequence numbers.
    pub packets_lost: u64,
    /// Datagrams from sources that were not believed.
    pub packets_stray: u64,
    /// Protected packets that no key opens, and such that came twice.
    pub packets_unauthentic: u64,
    /// Packets that were there and could not be taken: the kernel had no room for them, or they
    /// were too long or too many.
    pub packets_dropped: u64,
    /// Bytes of the journal.
    pub spool_bytes: u64,
    /// The last round of `test-call --verify` on this system.
    pub probe: Option<Probe>,
}

/// INVITEs that were refused for one reason.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RefusedCalls {
    /// The SIP status of the answer.
    pub status: u16,
    /// One of a few words.
    pub reason: &'static str,
    /// How many, repetitions included.
    pub requests: u64,
}

/// A round of test calls that were placed and looked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Probe {
    /// When it was over.
    pub ran_at: Timestamp,
    /// How many calls it placed.
    pub calls: u64,
    /// How many of them were answered, recorded and read back.
    pub good: u64,
    /// When the last round was over whose calls all were.
    pub last_good_at: Option<Timestamp>,
    /// Rounds in a row, up to this one, with a call that was not.
    pub failed_rounds: u64,
}
