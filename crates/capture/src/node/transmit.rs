//! What the loop sends: messages to their flows, and the addresses others reach us at.
//!
//! When a peer has closed the connection a message was meant for, another one is opened: for a
//! request to where the dialog's route set leads, for an answer to where its Via says (RFC 3261
//! §12.2.1.1, §18.2.2); never to an address that may not call.

use super::Node;
use crate::calls::{Call, Keeping};
use crate::clocks::monotonic_ns;
use crate::listen::Line;
use crate::ports::in_family_of;
use journal::{Append, Entry};
use sip::{DialogId, Flow, Message, Transport};
use std::net::{IpAddr, SocketAddr, UdpSocket};

/// Where a connection of ours leads.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) struct Hop {
    secure: bool,
    host: String,
    port: u16,
}

impl Node {
    /// Sends one message. A datagram the system refuses is a lost datagram: SIP repeats it.
    pub(super) fn transmit(&mut self, flow: Flow, bytes: Vec<u8>) {
        match flow.transport {
            Transport::Udp => {
                let Some(socket) = self.udp.get(&flow.local) else {
                    return;
                };
                if let Err(error) = socket.try_send_to(&bytes, in_family_of(flow.local, flow.peer))
                {
                    tracing::debug!(%error, "a SIP datagram was not sent");
                }
            }
            Transport::Tcp | Transport::Tls => {
                let line = self.connections.get(&flow.connection).cloned();
                let Some(line) = line.or_else(|| self.reopened(flow, &bytes)) else {
                    return;
                };
                if !line.send(bytes) {
                    let peer = flow.peer.ip();
                    tracing::warn!(%peer, "a SIP peer that reads nothing is hung up on");
                }
            }
        }
    }

    /// The way to a peer whose connection is gone: one that we opened already, or open now.
    fn reopened(&mut self, flow: Flow, bytes: &[u8]) -> Option<Line> {
        if !self.may_call(flow.peer.ip()) {
            return None;
        }
        let hop = hop(flow, bytes)?;
        let open = self.dialled.get(&hop);
        if let Some(line) = open.and_then(|dialled| self.connections.get(dialled)) {
            return Some(line.clone());
        }
        let (connection, line) = self.dialler.dial(flow, hop.host.clone(), hop.port)?;
        self.dialled.insert(hop, connection);
        self.connections.insert(connection, line.clone());
        Some(line)
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

    /// The address told in SDP for a media socket bound to `bound`, where `remote` is to send to.
    /// A socket of IPv6 takes IPv4 too, but not the other way round.
    pub(super) fn media_address(
        &self,
        flow: Flow,
        bound: SocketAddr,
        remote: Option<SocketAddr>,
    ) -> SocketAddr {
        let bare = Some(bound.ip()).filter(|ip| !ip.is_unspecified());
        let own = || match self.own_address(flow) {
            own if own.is_ipv6() && bound.is_ipv4() => remote.and_then(route_to).unwrap_or(own),
            own => own,
        };
        SocketAddr::new(self.advertised.or(bare).unwrap_or_else(own), bound.port())
    }

    /// Contact with the mark of a recording server (RFC 7866 §6.2).
    pub(super) fn contact(&self, flow: Flow, sips: bool) -> String {
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
        let port = flow.local.port();
        // `sips:` says by itself how it is reached, and says so only where it is true.
        if sips && flow.transport == Transport::Tls {
            return format!("<sips:{host}:{port}>;+sip.srs");
        }
        format!("<sip:{host}:{port}{parameter}>;+sip.srs")
    }
}

fn hop(flow: Flow, bytes: &[u8]) -> Option<Hop> {
    let secure = flow.transport == Transport::Tls;
    let (host, port) = match sip::parse(bytes).ok()?.message {
        Message::Request(request) => {
            let uri = request.next_hop();
            (uri.host().to_owned(), uri.port())
        }
        Message::Response(response) => {
            let via = response.headers.via()?;
            (flow.peer.ip().to_string(), via.port)
        }
    };
    let port = port.unwrap_or(if secure { 5061 } else { 5060 });
    (!host.is_empty()).then_some(Hop { secure, host, port })
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
