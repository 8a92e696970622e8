//! A disk that drops everything since its last sync loses no answered INVITE, and of the sound
//! no more than the loss window. Real sockets, a disk in memory.
#![expect(clippy::unwrap_used, reason = "test helpers panic")]

mod node;

use capture::{Options, PortRange};
use journal::testing::FaultyDisk;
use journal::{Entry, Journal, Log};
use std::collections::HashMap;
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const CALLS: usize = 10;
const STREAMS: usize = 2;
const LOSS_WINDOW: Duration = Duration::from_millis(500);
const PACKET: Duration = Duration::from_millis(20);
/// Packets of each stream before the power goes.
const PACKETS: u16 = 120;

fn options() -> Options {
    let ports = PortRange {
        first: 42_000,
        last: 42_199,
    };
    node::options(ports, &std::env::temp_dir(), LOSS_WINDOW)
}

fn open(disk: &FaultyDisk) -> Log {
    let options = journal::Options::default();
    Log::open(
        Path::new("log"),
        options,
        Arc::new(disk.clone()),
        capture::clocks(),
    )
    .unwrap()
}

struct Caller {
    rtp: UdpSocket,
    targets: Vec<SocketAddr>,
}

/// Places one call and returns where its media goes.
fn call(server: SocketAddr, number: usize) -> Caller {
    let sip = UdpSocket::bind("127.0.0.1:0").unwrap();
    let rtp = UdpSocket::bind("127.0.0.1:0").unwrap();
    sip.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let (own, port) = (sip.local_addr().unwrap(), rtp.local_addr().unwrap().port());
    let line =
        |label: usize| format!("m=audio {port} RTP/AVP 8\r\na=label:{label}\r\na=sendonly\r\n");
    let sdp = format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n{}{}",
        line(1),
        line(2)
    );
    let common = format!(
        "From: <sip:src@127.0.0.1>;tag=a{number}\r\nCall-ID: power-{number}\r\n\
         Contact: <sip:src@{own}>;+sip.src\r\nMax-Forwards: 70\r\nRequire: siprec\r\n"
    );
    let invite = format!(
        "INVITE sip:srs@{server} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{number}\r\n\
         To: <sip:srs@{server}>\r\nCSeq: 1 INVITE\r\n{common}Content-Type: application/sdp\r\n\
         Content-Length: {}\r\n\r\n{sdp}",
        sdp.len()
    );
    sip.send_to(invite.as_bytes(), server).unwrap();
    let answer = loop {
        let mut buffer = [0; 65_536];
        let length = sip.recv(&mut buffer).unwrap();
        let text = String::from_utf8(buffer[..length].to_vec()).unwrap();
        if !text.starts_with("SIP/2.0 1") {
            break text;
        }
    };
    assert!(answer.starts_with("SIP/2.0 200"), "{answer}");
    let to = answer
        .lines()
        .find(|line| line.starts_with("To:"))
        .unwrap()
        .trim();
    let ack = format!(
        "ACK sip:srs@{server} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bKa{number}\r\n\
         {to}\r\nCSeq: 1 ACK\r\n{common}Content-Length: 0\r\n\r\n"
    );
    sip.send_to(ack.as_bytes(), server).unwrap();
    let media = answer
        .lines()
        .filter_map(|line| line.strip_prefix("m=audio "));
    let port = |line: &str| line.split(' ').next().unwrap().parse::<u16>().unwrap();
    let targets: Vec<SocketAddr> = media
        .map(|line| ([127, 0, 0, 1], port(line)).into())
        .collect();
    assert_eq!(targets.len(), STREAMS);
    Caller { rtp, targets }
}

fn packet(stream: usize, sequence: u16) -> Vec<u8> {
    let mut bytes = vec![0x80, 8];
    bytes.extend(sequence.to_be_bytes());
    bytes.extend((u32::from(sequence) * 160).to_be_bytes());
    bytes.extend(u32::try_from(stream).unwrap().to_be_bytes());
    bytes.extend([0xd5; 160]);
    bytes
}

/// Sequence numbers of each stream in a journal, and whether the INVITE is there.
fn kept(journal: &Journal) -> (bool, HashMap<u16, Vec<u16>>) {
    let (mut invited, mut sequences) = (false, HashMap::<u16, Vec<u16>>::new());
    for frame in journal.frames() {
        let frame = frame.unwrap();
        let entry = frame.entry().unwrap();
        if let Entry::Signal {
            sent: false, bytes, ..
        } = entry
        {
            invited |= bytes.starts_with(b"INVITE ");
        } else if let Entry::Packets(packets) = entry {
            for packet in packets.iter().filter(|packet| !packet.rtcp) {
                let sequence = u16::from_be_bytes([packet.bytes[2], packet.bytes[3]]);
                sequences.entry(packet.stream).or_default().push(sequence);
            }
        }
    }
    (invited, sequences)
}

#[test]
fn promise_01_a_power_cut_loses_no_answered_call_and_little_sound() {
    let disk = FaultyDisk::new();
    let running = capture::start(options(), open(&disk), Arc::new(|| ())).unwrap();
    let callers: Vec<Caller> = (0..CALLS)
        .map(|number| call(running.udp[0], number))
        .collect();

    let began = Instant::now();
    let mut sent_at: Vec<Instant> = Vec::new();
    for sequence in 0..PACKETS {
        let due = began + PACKET * u32::from(sequence);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        for caller in &callers {
            for (stream, target) in caller.targets.iter().enumerate() {
                caller
                    .rtp
                    .send_to(&packet(stream, sequence), target)
                    .unwrap();
            }
        }
        sent_at.push(Instant::now());
    }
    let cut = Instant::now();
    let survivor = disk.power_cut();

    let log = open(&survivor);
    let sessions = log.open_sessions();
    assert_eq!(
        sessions.len(),
        CALLS,
        "every answered call is there, and none has an end"
    );
    let safe = sent_at.iter().filter(|at| **at + LOSS_WINDOW < cut).count();
    assert!(safe > usize::from(PACKETS) / 2);
    let safe = u16::try_from(safe).unwrap();
    for session in sessions {
        let (invited, sequences) = kept(&log.journal(session).unwrap());
        assert!(invited, "the INVITE of an answered call is there");
        for stream in 0..u16::try_from(STREAMS).unwrap() {
            let kept = &sequences[&stream];
            let expected: Vec<u16> = (0..safe).collect();
            assert!(
                kept.starts_with(&expected),
                "stream {stream} of {session}: {kept:?}"
            );
        }
    }
    running.handle.drain(Duration::ZERO);
    running.join();
}

#[test]
fn an_invite_is_not_answered_before_it_is_durable() {
    for number in 0..5 {
        let disk = FaultyDisk::new();
        let running = capture::start(options(), open(&disk), Arc::new(|| ())).unwrap();
        call(running.udp[0], number);
        // The power goes the moment the 200 arrives.
        let log = open(&disk.power_cut());
        let [session] = log.open_sessions()[..] else {
            panic!("the answered call is lost")
        };
        assert!(kept(&log.journal(session).unwrap()).0);
        running.handle.drain(Duration::ZERO);
        running.join();
    }
}
