//! What becomes of a call when it is over.
#![expect(clippy::unwrap_used, reason = "test helpers panic")]

mod calls;
mod faults;
mod rendering_again;
mod settling;
