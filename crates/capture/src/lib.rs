//! Sockets, ports, sweep and admission: the only code that runs while people talk.
//!
//! Capture writes what arrives to the journal and answers SIP. It never waits for a database,
//! an archive or a codec: it does not link them. Before an INVITE is answered with 200, the
//! journal holds it on disk and the media ports are open.
//!
//! What is recorded at all the rules say, at the INVITE and again when more is known. What they
//! leave open, or let people decide later, is held apart in a file of its own, and destroyed
//! there when nobody wants it.
//!
//! Three threads: the signalling loop ([`start`]), the sweep, and one that destroys; a fourth one
//! where SIP comes over TLS, so that handshakes delay no call. They share nothing but channels.

mod admission;
mod board;
mod calls;
mod clearing;
mod clocks;
mod contacts;
mod counters;
mod discards;
mod error;
mod handle;
mod listen;
mod node;
mod parties;
mod ports;
mod receive;
mod rules;
mod source;
mod sweep;
mod told;
mod whole;

pub use admission::{Limits, Refusal, disk_bytes, free_bytes};
pub use clocks::{monotonic_ns, now as clocks};
pub use contacts::{Contact, Who};
pub use counters::Refused;
pub use discards::Discarded;
pub use error::Error;
pub use handle::Handle;
pub use listen::tls::Tls;
pub use node::{Client, Options, Running, start};
pub use ports::PortRange;
pub use source::Accept;
