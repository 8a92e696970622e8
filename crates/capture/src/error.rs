//! Why capture could not start.

use std::io;
use std::net::SocketAddr;

/// Why capture could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A SIP listener could not be bound.
    #[error("cannot listen for SIP on {transport} {address}: {source}")]
    Listen {
        /// `udp`, `tcp` or `tls`.
        transport: &'static str,
        /// The configured address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The name in `sip.advertise` has no address.
    #[error("`sip.advertise` is {name:?}, which has no address: {source}")]
    Advertise {
        /// The configured name.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// A thread or its event loop could not be started.
    #[error("cannot start the {what}: {source}")]
    Start {
        /// What was to start.
        what: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The journal refused to close what a crash left open.
    #[error("cannot close the calls a crash left open: {0}")]
    Journal(#[from] journal::Error),
}
