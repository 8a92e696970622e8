//! One SIP socket over UDP: datagrams up to the largest UDP can carry.

use super::{Heard, Places};
use crate::ports::plain;
use sip::{Flow, Transport};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::UdpSocket;
use tokio::sync::mpsc::Sender;

/// The largest payload a datagram can have, and one more.
const DATAGRAM_BYTES_MAX: usize = 65_536;

/// Reads datagrams until the loop that takes them is gone. What strangers send too much of is
/// dropped here, where it costs least.
pub(crate) async fn read(
    socket: Arc<UdpSocket>,
    local: SocketAddr,
    heard: Sender<Heard>,
    places: Places,
) {
    let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
    loop {
        let (length, peer) = match socket.recv_from(&mut buffer).await {
            Ok(received) => received,
            // An ICMP error about an earlier answer; the socket itself goes on.
            Err(error) => {
                tracing::debug!(%error, "a SIP socket reported an error");
                tokio::task::yield_now().await;
                continue;
            }
        };
        let flow = Flow {
            transport: Transport::Udp,
            local,
            peer: plain(peer),
            connection: 0,
        };
        if !places.hears(flow.peer.ip()) {
            continue;
        }
        let bytes = buffer.get(..length).unwrap_or_default().to_vec();
        if heard.send(Heard::Message { flow, bytes }).await.is_err() {
            return;
        }
    }
}
