//! SIP as a value: bytes and time in, messages and deadlines out.
//!
//! This crate owns SIP messages, TCP framing, transactions, dialogs and session timers. It must
//! never open a socket, read a clock, log, or panic on anything that came from the network.
//! What a recording session means is not here: that is `siprec`.
//!
//! Parsing takes what can be understood and says what was odd ([`Oddity`]); only what prevents an
//! answer is an error. [`Endpoint`] is mutated by one call, then drained with [`Endpoint::poll`].
#![cfg_attr(
    not(test),
    deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)
)]

mod dialog;
mod endpoint;
mod flow;
mod frame;
pub mod limits;
pub mod message;
pub mod redact;
mod reply;
mod session_timer;
mod timers;
mod transaction;

pub use dialog::DialogId;
pub use endpoint::{Endpoint, Gone, Options, Output};
pub use flow::{Flow, Transport};
pub use frame::{Frame, FrameError, Framer};
pub use message::{
    AddressError, Header, Headers, MediaType, Message, Method, NameAddr, Oddity, Params,
    ParseError, Parsed, Readable, Request, Response, Uri, UriError, Via, ViaError, multipart,
    parse,
};
pub use transaction::TransactionId;
