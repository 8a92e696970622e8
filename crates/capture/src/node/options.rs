//! What a node is told at start, and what its starter holds of it.

use crate::admission::Limits;
use crate::handle::Handle;
use crate::listen::tls::Tls;
use crate::ports::PortRange;
use crate::source::Accept;
use model::network::Network;
use siprec::{Caller, Srtp};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// A recording client (SRC) that is known by its networks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Client {
    /// Name from the settings.
    pub name: String,
    /// Where it sends from; allowed without being listed again.
    pub networks: Vec<Network>,
    /// Only RFC 7866's own marks make a recording session.
    pub strict: bool,
    /// Who called, where metadata does not say.
    pub caller: Caller,
}

/// What a node is told at start.
#[derive(Clone, Debug)]
pub struct Options {
    /// This recorder's name.
    pub node: String,
    /// SIP over UDP.
    pub udp: Vec<SocketAddr>,
    /// SIP over TCP.
    pub tcp: Vec<SocketAddr>,
    /// SIP over TLS; without `tls`, none.
    pub tls_listen: Vec<SocketAddr>,
    /// What SIP over TLS is spoken with.
    pub tls: Option<Tls>,
    /// Host or address for Contact and SDP instead of the address a request arrived at.
    pub advertise: Option<String>,
    /// Networks that may send calls.
    pub allow: Vec<Network>,
    /// Known recording clients.
    pub clients: Vec<Client>,
    /// Addresses media sockets are bound to, one per family.
    pub rtp: Vec<IpAddr>,
    /// Ports for media.
    pub ports: PortRange,
    /// Which sources a stream may have.
    pub accept: Accept,
    /// Whether media may, must or must not be protected; off where the log has no seal.
    pub srtp: Srtp,
    /// Bounds on what is taken.
    pub limits: Limits,
    /// Folder of the journal, for measuring its disk.
    pub spool: PathBuf,
    /// At most so much sound is lost in a power cut; decides how often is swept.
    pub loss_window: Duration,
    /// No packet and no message for so long: the call is closed.
    pub silence_limit: Duration,
    /// After a crash, calls whose last entry is younger than this go on.
    pub resume_window: Duration,
}

/// A node that is running.
pub struct Running {
    /// Bound UDP listeners, real ports.
    pub udp: Vec<SocketAddr>,
    /// Bound TCP listeners, real ports.
    pub tcp: Vec<SocketAddr>,
    /// Bound TLS listeners, real ports.
    pub tls: Vec<SocketAddr>,
    /// For the rest of the program.
    pub handle: Handle,
    pub(super) threads: Vec<std::thread::JoinHandle<()>>,
}

impl Running {
    /// Whether one of the node's threads has ended. Without a drain, only a fault can do that.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.threads
            .iter()
            .any(std::thread::JoinHandle::is_finished)
    }

    /// Waits until the node has ended, which it does only after [`Handle::drain`].
    pub fn join(self) {
        for thread in self.threads {
            let _ = thread.join();
        }
    }
}
