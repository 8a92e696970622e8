//! The endpoint in virtual time, without sockets: one behaviour a test.
#![expect(clippy::unwrap_used, reason = "test helpers panic")]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a test looks for one output among many"
)]

mod harness;

mod answers;
mod beginning;
mod chaos;
mod ending;
mod glare;
mod many;
mod refusals;
mod requests;
mod restoring;
mod session_timers;
mod tolerance;
