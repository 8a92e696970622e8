//! RTP and RTCP port pairs: an even port and the next one, bound together.
//!
//! A pair that was used is handed out again as late as possible, after all that have been free
//! for longer and never within [`COOL_DOWN`], so that a straggler of an old call does not meet a
//! new one: both mostly come from one address, and nothing else tells them apart.

use model::network::Network;
use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A pair that was used is nobody's for so long: as long as whoever is refused for want of a pair
/// is asked to wait.
const COOL_DOWN: Duration = Duration::from_secs(3);

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
    free: Free,
}

/// Pairs that nobody of us has, those free for longest first.
type Free = Arc<Mutex<VecDeque<FreePair>>>;

#[derive(Clone, Copy, Debug)]
struct FreePair {
    /// Its place in the range.
    index: usize,
    /// When a call gave it back.
    since: Option<Instant>,
}

impl FreePair {
    fn is_cool(self, now: Instant) -> bool {
        let used = |since| now.saturating_duration_since(since) < COOL_DOWN;
        !self.since.is_some_and(used)
    }
}

/// Gives a pair back when its sockets are closed.
#[derive(Debug)]
pub(crate) struct Lease {
    free: Free,
    index: usize,
    /// Somebody was told to send to it.
    is_told: bool,
}

impl Drop for Lease {
    fn drop(&mut self) {
        let since = self.is_told.then(Instant::now);
        let index = self.index;
        lock(&self.free).push_back(FreePair { index, since });
    }
}

fn unused(index: usize) -> FreePair {
    FreePair { index, since: None }
}

fn lock(free: &Free) -> MutexGuard<'_, VecDeque<FreePair>> {
    free.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Two bound, non-blocking sockets.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) rtp: UdpSocket,
    pub(crate) rtcp: UdpSocket,
    /// Address of the RTP socket; the RTCP socket has the next port.
    pub(crate) address: SocketAddr,
    /// Last, so that the sockets are closed before.
    lease: Lease,
}

impl Pair {
    /// Somebody is told to send here: after this it needs its time to cool down.
    pub(crate) fn tell(&mut self) {
        self.lease.is_told = true;
    }
}

impl Ports {
    pub(crate) fn new(range: PortRange, addresses: Vec<IpAddr>) -> Self {
        Self {
            range,
            addresses,
            free: Arc::new(Mutex::new((0..range.pairs()).map(unused).collect())),
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

    /// Binds the pair that a call had before; `None` when somebody else has it.
    pub(crate) fn bind_again(&self, address: IpAddr, port: u16) -> Option<Pair> {
        let from_first = port
            .checked_sub(self.first())
            .filter(|n| n.is_multiple_of(2))?;
        let index = usize::from(from_first / 2);
        let mut free = lock(&self.free);
        let place = free.iter().position(|known| known.index == index)?;
        free.remove(place);
        drop(free);
        self.bind_pair(address, index).ok()
    }

    /// The port of the first pair.
    fn first(&self) -> u16 {
        self.range.first.saturating_add(self.range.first % 2)
    }

    /// Binds a pair on `address`; `None` when no pair of the range is free and cool.
    pub(crate) fn bind(&self, address: IpAddr) -> Option<Pair> {
        self.bind_at(Instant::now(), address)
    }

    fn bind_at(&self, now: Instant, address: IpAddr) -> Option<Pair> {
        // Each is tried once: one that somebody else has is tried again last.
        let tries = lock(&self.free).len();
        for _ in 0..tries {
            // When none is cool there is nothing to try: all are looked through once, not again
            // for each of them.
            let mut free = lock(&self.free);
            let place = free.iter().position(|pair| pair.is_cool(now))?;
            let pair = free.remove(place)?;
            drop(free);
            if let Ok(bound) = self.bind_pair(address, pair.index) {
                return Some(bound);
            }
        }
        None
    }

    /// Binds a pair taken out of the free ones; what fails gives it back.
    fn bind_pair(&self, address: IpAddr, index: usize) -> io::Result<Pair> {
        let lease = Lease {
            free: Arc::clone(&self.free),
            index,
            is_told: false,
        };
        let offset = u16::try_from(2 * index).unwrap_or_default();
        let address = SocketAddr::new(address, self.first().saturating_add(offset));
        let rtp = bind(address)?;
        let rtcp = bind(SocketAddr::new(address.ip(), address.port() + 1))?;
        Ok(Pair {
            rtp,
            rtcp,
            address,
            lease,
        })
    }
}

fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    use nix::sys::socket::{setsockopt, sockopt};
    let socket = UdpSocket::bind(address)?;
    socket.set_nonblocking(true)?;
    setsockopt(&socket, sockopt::ReceiveTimestampns, &true)?;
    Ok(socket)
}

/// An address as everybody writes it: IPv4 mapped into IPv6, which sockets of both families
/// bring, is IPv4.
pub(crate) fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// A destination in the family of the socket that `local` is the address of.
pub(crate) fn in_family_of(local: SocketAddr, to: SocketAddr) -> SocketAddr {
    match to.ip() {
        IpAddr::V4(ip) if local.is_ipv6() => (ip.to_ipv6_mapped(), to.port()).into(),
        IpAddr::V4(_) | IpAddr::V6(_) => to,
    }
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
        // It was of no use: there is nothing to wait for.
        drop(first);
        let taken: Vec<u16> = (0..3)
            .map(|_| ports.bind(loopback).unwrap().address.port())
            .collect();
        assert_eq!(taken, [41_004, 41_006, 41_002]);
    }

    #[test]
    fn promise_11_a_pair_cools_down() {
        let loopback: IpAddr = "127.0.0.1".parse().unwrap();
        let range = PortRange {
            first: 41_040,
            last: 41_043,
        };
        let ports = Ports::new(range, vec![loopback]);
        let mut used = ports.bind(loopback).unwrap();
        used.tell();
        let unused = ports.bind(loopback).unwrap();
        drop((used, unused));
        let now = Instant::now();
        let at = |now| ports.bind_at(now, loopback);
        let unused = at(now).unwrap();
        assert_eq!(unused.address.port(), 41_042);
        assert!(at(now).is_none() && at(now + COOL_DOWN / 2).is_none());
        // A call of ours that goes on has nothing to fear from itself.
        drop(ports.bind_again(loopback, 41_040).unwrap());
        assert_eq!(at(now + COOL_DOWN).unwrap().address.port(), 41_040);
        assert_eq!(at(now + COOL_DOWN).unwrap().address.port(), 41_040);
    }

    #[test]
    fn promise_11_pairs_come_back_in_the_order_in_which_they_went() {
        let loopback: IpAddr = "127.0.0.1".parse().unwrap();
        let range = PortRange {
            first: 41_020,
            last: 41_027,
        };
        let ports = Ports::new(range, vec![loopback]);
        let mut held: Vec<Pair> = (0..4).map(|_| ports.bind(loopback).unwrap()).collect();
        // Given back in another order than they were taken.
        drop(held.remove(2));
        drop(held.remove(0));
        let port = || ports.bind(loopback).unwrap();
        let (first, second) = (port(), port());
        assert_eq!(first.address.port(), 41_024);
        assert_eq!(second.address.port(), 41_020);
        // A call's own pair can be had again after a restart, and by nobody else.
        drop(first);
        let again = ports.bind_again(loopback, 41_024).unwrap();
        assert!(ports.bind_again(loopback, 41_024).is_none());
        assert!(ports.bind(loopback).is_none());
        drop(again);
        assert!(ports.bind_again(loopback, 41_025).is_none(), "an odd one");
        assert!(ports.bind_again(loopback, 41_100).is_none(), "outside");
        assert!(ports.bind_again(loopback, 41_024).is_some());
    }

    #[test]
    fn a_pair_that_somebody_else_has_is_passed_over() {
        let loopback: IpAddr = "127.0.0.1".parse().unwrap();
        let range = PortRange {
            first: 41_030,
            last: 41_033,
        };
        let other = UdpSocket::bind((loopback, 41_031)).unwrap();
        let ports = Ports::new(range, vec![loopback]);
        let pair = ports.bind(loopback).unwrap();
        assert_eq!(pair.address.port(), 41_032);
        assert!(ports.bind(loopback).is_none());
        drop(other);
        assert_eq!(ports.bind(loopback).unwrap().address.port(), 41_030);
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
