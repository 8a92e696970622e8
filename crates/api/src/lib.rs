//! HTTP: the compatible API, sign-in, audio ranges.
//!
//! Turns requests into questions to the catalogue and the archive, and their answers into the
//! published JSON and bytes. Keeps no state of its own beyond remembered sign-ins: any number
//! of nodes may answer. Never decides who may see what (`model::access` does, through `gate`),
//! never talks to the recorder's sockets or journal, never prints a party's number, a password
//! or a body into a log.
//!
//! Start reading at `router`.

mod app;
mod audio;
mod auth;
mod compat;
mod gate;
mod health;
pub mod passwords;
mod percent;
mod refusal;
mod router;
mod serve;
pub mod upload;
mod web;

pub use app::{Clock, Options, Readiness};
pub use router::router;
pub use serve::{Peer, serve};
