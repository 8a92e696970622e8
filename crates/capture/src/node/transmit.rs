//! What the loop sends: messages to their flows, and the addresses others reach us at.

use super::Node;
use crate::calls::{Call, Keeping};
use crate::clocks::monotonic_ns;
use journal::{Append, Entry};
use sip::{DialogId, Flow, Transport};
use std::net::{IpAddr, SocketAddr, UdpSocket};

impl Node {
    /// Sends one message. A datagram the system refuses is a lost datagram: SIP repeats it.
    pub(super) fn transmit(&self, flow: Flow, bytes: Vec<u8>) {
        match flow.transport {
            Transport::Udp => {
                let Some(socket) = self.udp.get(&flow.local) else {
                    return;
                };
                if let Err(error) = socket.try_send_to(&bytes, flow.peer) {
                    tracing::debug!(%error, "a SIP datagram was not sent");
                }
            }
            Transport::Tcp | Transport::Tls => {
                let Some(connection) = self.connections.get(&flow.connection) else {
                    return;
                };
                if !connection.send(bytes) {
                    let peer = flow.peer.ip();
                    tracing::warn!(%peer, "a SIP peer that reads nothing is hung up on");
                }
            }
        }
    }

    /// Writes a message of a call to the journal, keys and credentials cut out.
    pub(super) fn signal(&self, dialog: DialogId, sent: bool, raw: &[u8]) {
        // An empty message is an answer that never came.
        let kept = |call: &&Call| !raw.is_empty() && self.keeping(call) != Keeping::Never;
        let Some(call) = self.calls.get(&dialog).filter(kept) else {
            return;
        };
        let bytes = sip::redact::redacted(raw);
        let entry = Entry::Signal {
            sent,
            dialog: call.number,
            bytes: &bytes,
        };
        let append = Append {
            session: call.session,
            time_ns: monotonic_ns(),
            entry,
        };
        if let Err(error) = self.log.append(&[append]) {
            tracing::error!(session.id = %call.session, %error, "a message was not journalled");
        }
    }

    /// Our address as the peer of a flow should see it.
    pub(super) fn own_address(&self, flow: Flow) -> IpAddr {
        if let Some(advertised) = self.advertised {
            return advertised;
        }
        if !flow.local.ip().is_unspecified() {
            return flow.local.ip();
        }
        route_to(flow.peer).unwrap_or_else(|| flow.local.ip())
    }

    /// The address told in SDP for a media socket bound to `bound`.
    pub(super) fn media_address(&self, flow: Flow, bound: SocketAddr) -> SocketAddr {
        let own = Some(bound.ip()).filter(|ip| !ip.is_unspecified());
        let told = self.advertised.or(own);
        SocketAddr::new(told.unwrap_or_else(|| self.own_address(flow)), bound.port())
    }

    /// Contact with the mark of a recording server (RFC 7866 §6.2).
    pub(super) fn contact(&self, flow: Flow) -> String {
        let host = match &self.options.advertise {
            Some(host) => host.clone(),
            None => match self.own_address(flow) {
                IpAddr::V4(address) => address.to_string(),
                IpAddr::V6(address) => format!("[{address}]"),
            },
        };
        let parameter = match flow.transport {
            Transport::Udp => "",
            Transport::Tcp => ";transport=tcp",
            Transport::Tls => ";transport=tls",
        };
        format!("<sip:{host}:{}{parameter}>;+sip.srs", flow.local.port())
    }
}

/// The address the system would send from to reach `peer`; nothing is sent.
fn route_to(peer: SocketAddr) -> Option<IpAddr> {
    let any: SocketAddr = if peer.is_ipv4() {
        ([0; 4], 0).into()
    } else {
        ([0; 16], 0).into()
    };
    let socket = UdpSocket::bind(any).ok()?;
    socket.connect(peer).ok()?;
    Some(socket.local_addr().ok()?.ip())
}
