//! Where a message came from and where its answer goes.
//!
//! A flow names a path; it owns no socket.

use std::fmt;
use std::net::SocketAddr;

/// How a message travels.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Transport {
    /// Datagrams: one message each, retransmitted by us.
    Udp,
    /// A stream, framed by Content-Length.
    Tcp,
    /// A stream inside TLS.
    Tls,
}

impl Transport {
    /// Whether the transport itself delivers, so that we do not retransmit.
    pub fn is_reliable(self) -> bool {
        self != Self::Udp
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
        })
    }
}

/// One path between us and a peer.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Flow {
    /// How messages travel on it.
    pub transport: Transport,
    /// Our address on this path.
    pub local: SocketAddr,
    /// The peer's address on this path.
    pub peer: SocketAddr,
    /// Which connection of the caller's this is; 0 for UDP.
    pub connection: u64,
}
