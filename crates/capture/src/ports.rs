//! RTP and RTCP port pairs: an even port and the next one, bound together.
//!
//! A pair that was used is handed out again as late as possible, so that a straggler of an old
//! call does not meet a new one.

use model::network::Network;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex, PoisonError};

/// A range of UDP ports for media.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PortRange {
    /// First port; an odd one is skipped.
    pub first: u16,
    /// Last port, included.
    pub last: u16,
}

impl PortRange {
    /// How many pairs the range holds.
    #[must_use]
    pub fn pairs(self) -> usize {
        let first = u32::from(self.first).next_multiple_of(2);
        usize::try_from((u32::from(self.last) + 1).saturating_sub(first) / 2).unwrap_or_default()
    }
}

/// Hands out bound port pairs.
#[derive(Clone, Debug)]
pub(crate) struct Ports {
    range: PortRange,
    addresses: Vec<IpAddr>,
    next: Arc<Mutex<usize>>,
}

/// Two bound, non-blocking sockets.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) rtp: UdpSocket,
    pub(crate) rtcp: UdpSocket,
    /// Address of the RTP socket; the RTCP socket has the next port.
    pub(crate) address: SocketAddr,
}

impl Ports {
    pub(crate) fn new(range: PortRange, addresses: Vec<IpAddr>) -> Self {
        Self {
            range,
            addresses,
            next: Arc::new(Mutex::new(0)),
        }
    }

    /// The configured address of the family of `like`, else the first.
    pub(crate) fn address_like(&self, like: IpAddr) -> Option<IpAddr> {
        let same = |address: &&IpAddr| address.is_ipv4() == like.is_ipv4();
        self.addresses
            .iter()
            .find(same)
            .or_else(|| self.addresses.first())
            .copied()
    }

    /// Binds a pair on `address`; `None` when no pair of the range is free.
    pub(crate) fn bind(&self, address: IpAddr) -> Option<Pair> {
        let pairs = self.range.pairs();
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..pairs {
            let offset = u16::try_from(2 * *next).unwrap_or_default();
            let port = (self.range.first + self.range.first % 2).saturating_add(offset);
            *next = (*next + 1) % pairs;
            if let Ok(pair) = bind_pair(address, port) {
                return Some(pair);
            }
        }
        None
    }
}

fn bind_pair(address: IpAddr, port: u16) -> io::Result<Pair> {
    let rtp = bind(SocketAddr::new(address, port))?;
    let rtcp = bind(SocketAddr::new(address, port + 1))?;
    Ok(Pair {
        rtp,
        rtcp,
        address: SocketAddr::new(address, port),
    })
}

fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    use nix::sys::socket::{setsockopt, sockopt};
    let socket = UdpSocket::bind(address)?;
    socket.set_nonblocking(true)?;
    setsockopt(&socket, sockopt::ReceiveTimestampns, &true)?;
    Ok(socket)
}

/// Whether an address lies in one of the networks.
pub(crate) fn within(networks: &[Network], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_even_and_reused_last() {
        let range = PortRange {
            first: 41_001,
            last: 41_008,
        };
        assert_eq!(range.pairs(), 3);
        let loopback: IpAddr = "127.0.0.1".parse().unwrap();
        let ports = Ports::new(range, vec![loopback]);
        let first = ports.bind(loopback).unwrap();
        assert_eq!(first.address.port(), 41_002);
        assert_eq!(first.rtcp.local_addr().unwrap().port(), 41_003);
        drop(first);
        let taken: Vec<u16> = (0..3)
            .map(|_| ports.bind(loopback).unwrap().address.port())
            .collect();
        assert_eq!(taken, [41_004, 41_006, 41_002]);
    }

    #[test]
    fn an_exhausted_range_binds_nothing() {
        let loopback: IpAddr = "127.0.0.1".parse().unwrap();
        let ports = Ports::new(
            PortRange {
                first: 41_010,
                last: 41_013,
            },
            vec![loopback],
        );
        let held = [ports.bind(loopback).unwrap(), ports.bind(loopback).unwrap()];
        assert!(ports.bind(loopback).is_none());
        drop(held);
        assert!(ports.bind(loopback).is_some());
        assert_eq!(PortRange { first: 5, last: 4 }.pairs(), 0);
    }
}
