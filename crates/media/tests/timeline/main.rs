//! The time line, on simulated arrivals.
#![expect(clippy::unwrap_used, reason = "test helpers panic")]

mod aligned;
mod exact;
mod simulation;
mod spoiled;
