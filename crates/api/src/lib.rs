//! HTTP: the compatible API, our own `/api/v1`, sign-in, audio ranges.
//!
//! Turns requests into questions to the catalogue and the archive, and their answers into the
//! published JSON and bytes. Keeps no state of its own beyond remembered sign-ins and limits:
//! any number of nodes may answer. Never decides who may see what (`model::access` does,
//! through `gate`), never talks to the recorder's sockets or journal but through [`LiveCalls`],
//! never prints a party's number, a password or a body into a log.
//!
//! Start reading at `router`.

mod app;
mod audio;
mod audit;
mod auth;
mod clients;
mod compat;
mod condition;
pub mod csv;
mod ears;
pub mod fuzz;
mod gate;
mod health;
mod live;
mod media;
mod metrics;
mod numbers;
mod openapi;
pub mod passwords;
mod percent;
mod rate;
mod refusal;
mod router;
mod serve;
pub mod upload;
mod v1;
mod web;

pub use app::{Clock, Options, Readiness};
pub use auth::bearer::{NewBearer, TOKEN_PREFIX, new_token};
pub use clients::{Client, Clients, NoTestCall, TestCall, TestCalled};
pub use condition::{Condition, Finding, Grade, Inspecting, Listener, Storage};
pub use ears::{Ears, Heard, Stretch};
pub use live::{LiveAnswer, LiveCalls};
pub use numbers::{Counting, Numbers, Probe, RefusedCalls};
pub use openapi::{openapi, openapi_compatible};
pub use rate::RateLimit;
pub use router::router;
pub use serve::{Peer, Tls, serve, serve_tls};
pub use v1::{BadTable, FinishError, finish_deletions, import_users};
