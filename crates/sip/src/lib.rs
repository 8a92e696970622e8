//! SIP as a value: bytes and time in, messages and deadlines out.
//!
//! This crate owns SIP messages, TCP framing, transactions, dialogs and session timers. It must
//! never open a socket, read a clock, log, or panic on anything that came from the network.
//! What a recording session means is not here: that is `siprec`.
//!
//! Parsing takes what can be understood and says what was odd ([`Oddity`]); only what prevents an
//! answer is an error. [`Endpoint`] is mutated by one call, then drained with [`Endpoint::poll`]:
//!
//! ```
//! use std::time::Instant;
//!
//! let mut endpoint = sip::Endpoint::new(sip::Options::default(), |bytes| bytes.fill(4));
//! let flow = sip::Flow {
//!     transport: sip::Transport::Udp,
//!     local: "198.51.100.1:5060".parse()?,
//!     peer: "192.0.2.1:5060".parse()?,
//!     connection: 0,
//! };
//! let datagram = b"OPTIONS sip:srs@198.51.100.1 SIP/2.0\r\n\
//!     Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:a@192.0.2.1>;tag=1\r\n\
//!     To: <sip:srs@198.51.100.1>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n";
//! endpoint.receive(Instant::now(), flow, datagram);
//! while let Some(output) = endpoint.poll() {
//!     if let sip::Output::Options { transaction, .. } = output {
//!         endpoint.respond(Instant::now(), transaction, sip::Response::new(200, "OK"));
//!     } else if let sip::Output::Transmit { flow, bytes } = output {
//!         assert!(bytes.starts_with(b"SIP/2.0 200 OK\r\n") && flow.peer.port() == 5060);
//!     }
//! }
//! assert!(endpoint.next_wake().is_none() && endpoint.is_idle());
//! # Ok::<(), std::net::AddrParseError>(())
//! ```
#![cfg_attr(
    not(test),
    deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)
)]

mod dialog;
mod endpoint;
mod flow;
mod frame;
pub mod fuzz;
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
