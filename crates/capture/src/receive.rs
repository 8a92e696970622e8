//! Reading many datagrams with one system call, each with the kernel's time stamp.
//!
//! The only unsafe code of the product is here: one read of a socket's drop counter, for which
//! no safe wrapper exists.

#![expect(unsafe_code, reason = "SO_MEMINFO has no safe wrapper")]

use crate::clocks::{Now, nanoseconds};
use crate::ports::plain;
use nix::errno::Errno;
use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, MultiHeaders, SockaddrIn, SockaddrIn6, SockaddrLike, recvmmsg,
};
use nix::sys::time::TimeSpec;
use std::io::IoSliceMut;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;

/// Datagrams read by one system call.
const BATCH: usize = 32;
/// Room for one datagram: more than any speech packet needs (10 ms of 48 kHz stereo L16). No
/// power of two: the beginnings of all datagrams would fall into the same few lines of the cache
/// and push each other out before they are looked at.
const DATAGRAM_BYTES_MAX: usize = 4_096 + 3 * 64;

/// One datagram as it was received.
pub(crate) struct Datagram<'a> {
    pub(crate) from: Option<SocketAddr>,
    pub(crate) bytes: &'a [u8],
    /// Wall clock at arrival in nanoseconds since 1970, by the kernel.
    pub(crate) stamp_ns: i64,
    /// Both clocks after reading.
    pub(crate) now: Now,
    /// The datagram was longer than the buffer.
    pub(crate) truncated: bool,
}

/// Buffers for reading, shared by all sockets of one thread.
pub(crate) struct Receiver {
    buffer: Vec<u8>,
    // The kernel writes the length of an address back into the header it came with, so that
    // headers used for one family are too short for the other.
    headers: MultiHeaders<SockaddrIn>,
    headers6: MultiHeaders<SockaddrIn6>,
}

impl Receiver {
    pub(crate) fn new() -> Self {
        Self {
            buffer: vec![0; BATCH * DATAGRAM_BYTES_MAX],
            headers: MultiHeaders::preallocate(BATCH, Some(nix::cmsg_space!(TimeSpec))),
            headers6: MultiHeaders::preallocate(BATCH, Some(nix::cmsg_space!(TimeSpec))),
        }
    }

    /// Hands every waiting datagram to `take`, at most `max` (rounded up to a batch). The socket
    /// is bound to the address `local`.
    pub(crate) fn read(
        &mut self,
        socket: &UdpSocket,
        local: IpAddr,
        max: usize,
        mut take: impl FnMut(Datagram<'_>),
    ) {
        let mut taken = 0;
        while taken < max {
            let read = if local.is_ipv4() {
                read_batch(
                    socket,
                    &mut self.headers,
                    &mut self.buffer,
                    from_v4,
                    &mut take,
                )
            } else {
                read_batch(
                    socket,
                    &mut self.headers6,
                    &mut self.buffer,
                    from_v6,
                    &mut take,
                )
            };
            taken += read;
            if read < BATCH {
                return;
            }
        }
    }
}

fn from_v4(address: SockaddrIn) -> SocketAddr {
    SocketAddr::V4(address.into())
}

/// Whoever comes over IPv4 to a socket of both families is known by the IPv4 address.
fn from_v6(address: SockaddrIn6) -> SocketAddr {
    plain(SocketAddr::V6(address.into()))
}

fn read_batch<S: Copy + SockaddrLike>(
    socket: &UdpSocket,
    headers: &mut MultiHeaders<S>,
    buffer: &mut [u8],
    address: fn(S) -> SocketAddr,
    take: &mut impl FnMut(Datagram<'_>),
) -> usize {
    let mut slices: Vec<[IoSliceMut<'_>; 1]> = buffer
        .chunks_mut(DATAGRAM_BYTES_MAX)
        .map(|room| [IoSliceMut::new(room)])
        .collect();
    let flags = MsgFlags::MSG_DONTWAIT;
    // An error is "nothing there", or an ICMP error about something we sent: both mean no sound.
    let Ok(messages) = recvmmsg(socket.as_raw_fd(), headers, slices.iter_mut(), flags, None) else {
        return 0;
    };
    let now = Now::read();
    let mut count = 0;
    for message in messages {
        count += 1;
        let stamp = message
            .cmsgs()
            .ok()
            .and_then(|mut list| list.find_map(stamp_ns));
        take(Datagram {
            from: message.address.map(address),
            bytes: message.iovs().next().unwrap_or_default(),
            stamp_ns: stamp.unwrap_or(now.wall_ns),
            now,
            truncated: message.flags.contains(MsgFlags::MSG_TRUNC),
        });
    }
    count
}

fn stamp_ns(message: ControlMessageOwned) -> Option<i64> {
    let ControlMessageOwned::ScmTimestampns(time) = message else {
        return None;
    };
    Some(nanoseconds(time.tv_sec(), time.tv_nsec()))
}

/// Datagrams the kernel dropped at this socket since it was bound, because its buffer was full.
pub(crate) fn dropped_by_kernel(socket: &UdpSocket) -> u64 {
    // linux/sock_diag.h: SK_MEMINFO_DROPS is the last of nine words.
    let mut words = [0_u32; 9];
    let mut length = libc::socklen_t::try_from(size_of_val(&words)).unwrap_or_default();
    // SAFETY: the kernel writes at most `length` bytes into `words`, which is that long.
    let result = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_MEMINFO,
            words.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    if Errno::result(result).is_err() {
        return 0;
    }
    u64::from(words[8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datagrams_come_with_sender_and_time() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        nix::sys::socket::setsockopt(
            &socket,
            nix::sys::socket::sockopt::ReceiveTimestampns,
            &true,
        )
        .unwrap();
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        let to = socket.local_addr().unwrap();
        let before = Now::read();
        let mut receiver = Receiver::new();
        for round in 0..3_u8 {
            for index in 0..70_u8 {
                sender.send_to(&[round, index], to).unwrap();
            }
            let mut seen = Vec::new();
            receiver.read(&socket, to.ip(), 1_000, |datagram| {
                assert_eq!(datagram.from, Some(sender.local_addr().unwrap()));
                assert!(datagram.stamp_ns >= before.wall_ns && !datagram.truncated);
                assert!(datagram.stamp_ns <= datagram.now.wall_ns);
                seen.push(datagram.bytes.to_vec());
            });
            let expected: Vec<Vec<u8>> = (0..70).map(|index| vec![round, index]).collect();
            assert_eq!(seen, expected);
        }
    }

    #[test]
    fn an_overflowing_buffer_is_counted_and_long_datagrams_are_marked() {
        let socket = UdpSocket::bind("[::1]:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        let sender = UdpSocket::bind("[::1]:0").unwrap();
        let to = socket.local_addr().unwrap();
        for _ in 0..2_000 {
            sender.send_to(&[0; 1_000], to).unwrap();
        }
        let mut read = 0;
        Receiver::new().read(&socket, to.ip(), 10_000, |_| read += 1);
        assert_eq!(read + dropped_by_kernel(&socket), 2_000);
        sender.send_to(&[0; 5_000], to).unwrap();
        let mut marked = false;
        Receiver::new().read(&socket, to.ip(), 1, |datagram| marked = datagram.truncated);
        assert!(marked);
    }
}
