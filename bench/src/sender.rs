//! The load, in a process of its own: places calls over SIP and sends their sound, or sends
//! sound to given ports. One socket for signalling, one for sound; many packets by one call to
//! the system, so that what is measured is who receives.
//!
//! It is driven over stdin, a word a line, and answers each with one line of JSON:
//! `counts` tells what was sent; `halt` falls silent, `end` hangs up all calls; the end of input
//! ends it at once.

mod calls;

use crate::packet::{BYTES, PER_SECOND, write};
use crate::say;
use anyhow::{Context as _, bail};
use calls::Calls;
use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrIn, sendmmsg, setsockopt, sockopt};
use serde_json::json;
use std::io::{BufRead as _, IoSlice};
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::os::fd::AsRawFd as _;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::{Duration, Instant};

/// Streams are spread over so many instants of a packet's time.
const SLOTS: usize = 20;
const SLOT: Duration = Duration::from_micros(1_000_000 / PER_SECOND / SLOTS as u64);
/// Packets by one call to the system.
const BATCH: usize = 256;

/// A stream of sound on its way.
#[derive(Clone, Copy, Debug)]
struct Stream {
    /// Its number: call times two, and one more for the second.
    number: u32,
    to: SockaddrIn,
    sent: u32,
}

/// Sound of many streams.
struct Sound {
    socket: UdpSocket,
    slots: Vec<Vec<Stream>>,
    /// Of slots, since the beginning.
    turn: u64,
    began: Instant,
    sent: u64,
    refused: u64,
    latest: Duration,
    packets: Vec<[u8; BYTES]>,
    headers: MultiHeaders<SockaddrIn>,
}

impl Sound {
    fn new() -> anyhow::Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        setsockopt(&socket, sockopt::SndBuf, &(4 << 20))?;
        Ok(Self {
            socket,
            slots: vec![Vec::new(); SLOTS],
            turn: 0,
            began: Instant::now(),
            sent: 0,
            refused: 0,
            latest: Duration::ZERO,
            packets: vec![[0; BYTES]; BATCH],
            headers: MultiHeaders::preallocate(BATCH, None),
        })
    }

    fn add(&mut self, number: u32, to: SocketAddrV4) {
        let to = SockaddrIn::from(to);
        let slot = number as usize % SLOTS;
        self.slots[slot].push(Stream {
            number,
            to,
            sent: 0,
        });
    }

    /// Ends a stream; says how many packets it sent.
    fn remove(&mut self, number: u32) -> u32 {
        let slot = &mut self.slots[number as usize % SLOTS];
        let found = slot.iter().position(|stream| stream.number == number);
        found.map_or(0, |at| slot.swap_remove(at).sent)
    }

    /// When the next slot is due.
    fn due(&self) -> Instant {
        let nanoseconds = SLOT.as_nanos() as u64 * self.turn;
        self.began + Duration::from_nanos(nanoseconds)
    }

    /// Sends what is due, no more than a packet of each stream: a sender that cannot keep up is
    /// late, and says so, but still does as it is told.
    fn turn(&mut self) {
        for _ in 0..SLOTS {
            let due = self.due();
            if Instant::now() < due {
                return;
            }
            self.latest = self.latest.max(due.elapsed());
            self.send((self.turn % SLOTS as u64) as usize);
            self.turn += 1;
        }
    }

    fn send(&mut self, slot: usize) {
        let socket = self.socket.as_raw_fd();
        for streams in self.slots[slot].chunks_mut(BATCH) {
            for (stream, packet) in streams.iter_mut().zip(&mut self.packets) {
                write(stream.number, stream.sent, packet);
                stream.sent += 1;
            }
            let packets = &self.packets[..streams.len()];
            let slices: Vec<[IoSlice<'_>; 1]> = packets
                .iter()
                .map(|packet| [IoSlice::new(packet)])
                .collect();
            let to: Vec<Option<SockaddrIn>> = streams.iter().map(|s| Some(s.to)).collect();
            let mut first = 0;
            while first < slices.len() {
                let flags = MsgFlags::empty();
                let (some, to) = (&slices[first..], &to[first..]);
                match sendmmsg(socket, &mut self.headers, some, to, [], flags) {
                    Ok(results) => first += results.count().max(1),
                    // An answer of ICMP to an earlier packet: this one has not left.
                    Err(_) => self.refused += 1,
                }
            }
            self.sent += slices.len() as u64;
        }
    }
}

/// What a sender is to do.
struct Wish {
    /// The recorder, for calls.
    to: Option<SocketAddrV4>,
    /// A file of ports to send to, a line each, instead.
    ports: Option<String>,
    calls: u32,
    /// New calls a second.
    rate: u32,
    /// Each call is hung up after so long and another begins.
    churn: Option<Duration>,
    /// Calls are numbered from here.
    first: u32,
}

fn wish(arguments: &[String]) -> anyhow::Result<Wish> {
    let mut wish = Wish {
        to: None,
        ports: None,
        calls: 0,
        rate: 200,
        churn: None,
        first: 0,
    };
    for pair in arguments.chunks(2) {
        let [name, value] = pair else {
            bail!("{pair:?} has no value")
        };
        match name.as_str() {
            "--to" => wish.to = Some(value.parse()?),
            "--ports" => wish.ports = Some(value.clone()),
            "--calls" => wish.calls = value.parse()?,
            "--rate" => wish.rate = value.parse()?,
            "--churn-ms" => wish.churn = Some(Duration::from_millis(value.parse()?)),
            "--first" => wish.first = value.parse()?,
            _ => bail!("{name} is unknown"),
        }
    }
    Ok(wish)
}

/// Runs until stdin ends.
pub(crate) fn main(arguments: &[String]) -> anyhow::Result<()> {
    let wish = wish(arguments)?;
    let mut sound = Sound::new()?;
    let mut calls = match (wish.to, &wish.ports) {
        (Some(to), _) => Some(Calls::new(to, &wish, sound.socket.local_addr()?.port())?),
        (None, Some(file)) => {
            for (number, port) in std::fs::read_to_string(file)?.lines().enumerate() {
                let to = SocketAddrV4::new(Ipv4Addr::LOCALHOST, port.parse()?);
                sound.add(u32::try_from(number)?, to);
            }
            None
        }
        (None, None) => bail!("where to? --to or --ports"),
    };
    let words = words();
    let mut ending = false;
    loop {
        sound.turn();
        if let Some(calls) = &mut calls {
            calls.turn(&mut sound)?;
            if ending && calls.is_empty() {
                tell(&mut sound, Some(calls));
                ending = false;
            }
        }
        match words.try_recv().as_deref() {
            Ok("counts") => tell(&mut sound, calls.as_ref()),
            Ok("halt") => {
                sound.slots = vec![Vec::new(); SLOTS];
                tell(&mut sound, calls.as_ref());
            }
            Ok("end") => {
                calls.as_mut().context("no calls to end")?.end();
                ending = true;
            }
            Ok(word) => bail!("{word} is no word of a sender"),
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => return Ok(()),
        }
        std::thread::sleep(sound.due().saturating_duration_since(Instant::now()));
    }
}

fn words() -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for word in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(word).is_err() {
                return;
            }
        }
    });
    receiver
}

/// What was sent and what became of the calls, as a line.
fn tell(sound: &mut Sound, calls: Option<&Calls>) {
    let latest = std::mem::take(&mut sound.latest);
    let mut line = json!({
        "sent": sound.sent,
        "refused": sound.refused,
        "latestMs": latest.as_secs_f64() * 1e3,
    });
    if let Some(calls) = calls {
        calls.tell(&mut line);
    }
    say::line(line);
}
