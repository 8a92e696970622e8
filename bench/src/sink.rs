//! The floor: a process that does nothing but receive. One socket for each stream, read in
//! batches every 200 milliseconds with the kernel's time stamps, as the recorder reads them;
//! nothing is looked at and nothing is kept.
//!
//! It prints the ports, a line each, then `ready`; for each line on stdin one line of JSON with
//! the packets it took and those the kernel dropped.

use crate::packet::BYTES;
use crate::say;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrIn, recvmmsg, setsockopt, sockopt};
use nix::sys::time::TimeSpec;
use serde_json::json;
use std::io::{BufRead as _, IoSliceMut};
use std::net::{Ipv4Addr, UdpSocket};
use std::os::fd::AsRawFd as _;
use std::sync::mpsc::{TryRecvError, channel};
use std::time::{Duration, Instant};

const INTERVAL: Duration = Duration::from_millis(200);
const BATCH: usize = 32;

/// Runs until stdin ends; the argument is how many streams.
pub(crate) fn main(arguments: &[String]) -> anyhow::Result<()> {
    let streams: usize = arguments.first().map_or(Ok(0), |word| word.parse())?;
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
    let sockets: Vec<UdpSocket> = (0..streams).map(|_| socket()).collect::<Result<_, _>>()?;
    for socket in &sockets {
        say::line(socket.local_addr()?.port());
    }
    say::line("ready");
    let (sender, words) = channel();
    std::thread::spawn(move || {
        for _ in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(()).is_err() {
                return;
            }
        }
    });
    let mut headers = MultiHeaders::preallocate(BATCH, Some(nix::cmsg_space!(TimeSpec)));
    let mut buffer = vec![0; BATCH * 2048];
    let (mut packets, mut bytes, mut next) = (0_u64, 0_u64, Instant::now());
    loop {
        for socket in &sockets {
            let (count, length) = read(socket, &mut headers, &mut buffer);
            packets += count;
            bytes += length;
        }
        match words.try_recv() {
            Ok(()) => {
                let odd = bytes != packets * BYTES as u64;
                say::line(json!({"packets": packets, "odd": odd}));
            }
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => return Ok(()),
        }
        next = (next + INTERVAL).max(Instant::now());
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    }
}

fn socket() -> anyhow::Result<UdpSocket> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.set_nonblocking(true)?;
    setsockopt(&socket, sockopt::ReceiveTimestampns, &true)?;
    Ok(socket)
}

/// Takes everything that waits: how many packets, and their bytes.
fn read(
    socket: &UdpSocket,
    headers: &mut MultiHeaders<SockaddrIn>,
    buffer: &mut [u8],
) -> (u64, u64) {
    let (mut packets, mut bytes) = (0, 0);
    loop {
        let mut slices: Vec<[IoSliceMut<'_>; 1]> = buffer
            .chunks_mut(2048)
            .map(|room| [IoSliceMut::new(room)])
            .collect();
        let flags = MsgFlags::MSG_DONTWAIT;
        let read = recvmmsg(socket.as_raw_fd(), headers, slices.iter_mut(), flags, None);
        let Ok(messages) = read else {
            return (packets, bytes);
        };
        let mut count = 0;
        for message in messages {
            count += 1;
            bytes += message.bytes as u64;
        }
        packets += count;
        if count < BATCH as u64 {
            return (packets, bytes);
        }
    }
}
