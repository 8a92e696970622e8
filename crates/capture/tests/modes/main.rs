//! Which calls are recorded, and what people do with them while they go on: real sockets, a
//! real disk, and a search of it for every packet that must not be there.
#![expect(clippy::unwrap_used, reason = "test helpers panic")]

#[path = "../node/mod.rs"]
mod node;
mod pairs;
mod people;
mod scene;
mod starts;
mod verdicts;
