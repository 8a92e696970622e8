//! From a journal to a recording: what is heard, what is known, and that it stays the same.
#![expect(clippy::unwrap_used, reason = "test helpers panic")]

mod call;
mod codecs;
mod deeds;
mod facts;
mod golden;
mod hostile;
mod live;
mod protected;
mod reports;
mod sound;
