//! The compatible API as clients see it: a real catalogue and archive behind the whole router.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

mod audited;
mod calls;
mod connections;
mod filters;
mod furniture;
mod golden;
mod house;
mod list;
mod live;
mod media;
mod pages;
mod recording;
mod rows;
mod sign_in;
mod slow_down;
mod upload;
