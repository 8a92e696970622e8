//! RTCP that leaves (RFC 3550 §6, RFC 7866 §8.1): what senders are told of their packets, from
//! which port and to whom. Reports are read here by hand, and opened with libsrtp.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use e2e::{Dialog, Invite, Server, System, Wire, sip, wait_for};
use std::io::Write;
use std::net::{SocketAddr, UdpSocket};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Reports come every few seconds; a busy machine may take its time.
const REPORT: Duration = Duration::from_secs(30);
/// A sender's wall clock, and the middle of it, as reports name it.
const NTP: [u8; 8] = [0xe0, 1, 2, 3, 4, 5, 6, 7];
const MIDDLE: u32 = 0x0203_0405;

/// A sender's sockets: an even port and the next one.
struct Party {
    rtp: UdpSocket,
    rtcp: UdpSocket,
    ssrc: u32,
}

fn party(host: &str, ssrc: u32) -> Party {
    let bind = |port| UdpSocket::bind((host, port));
    loop {
        let rtp = bind(0).unwrap();
        let port = rtp.local_addr().unwrap().port();
        if port % 2 == 0
            && let Ok(rtcp) = bind(port + 1)
        {
            return Party { rtp, rtcp, ssrc };
        }
    }
}

/// An offer of one m-line for each party; `more[i]` are attributes of line `i`.
fn offer(parties: &[Party], protocol: &str, more: &[String]) -> Invite {
    let mut sdp = String::from("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n");
    for (index, party) in parties.iter().enumerate() {
        let (at, label) = (party.rtp.local_addr().unwrap(), index + 1);
        let (ip, port) = (at.ip(), at.port());
        sdp.push_str(&format!("m=audio {port} {protocol} 0\r\nc=IN IP4 {ip}\r\n"));
        sdp.push_str(&format!("a=label:{label}\r\na=sendonly\r\n"));
        sdp.push_str(more.get(index).map_or("", String::as_str));
    }
    let mut invite = Invite::new();
    invite.sdp = Some(sdp);
    invite
}

fn call(server: &Server, parties: &[Party], protocol: &str, more: &[String]) -> Dialog {
    let invite = offer(parties, protocol, more);
    Dialog::establish(Wire::udp(server.address("sip-udp")), &invite)
}

/// The RTP address that was told for a line.
fn told(dialog: &Dialog, line: usize) -> SocketAddr {
    ([127, 0, 0, 1], dialog.answer.ports()[line]).into()
}

fn beside(address: SocketAddr) -> SocketAddr {
    (address.ip(), address.port() + 1).into()
}

/// A sender report on nobody, with a name.
fn sender_report(ssrc: u32) -> Vec<u8> {
    let mut bytes = vec![0x80, 200, 0, 6];
    bytes.extend(ssrc.to_be_bytes());
    bytes.extend(NTP);
    bytes.extend([0; 12]);
    bytes.extend([0x81, 202, 0, 2]);
    bytes.extend(ssrc.to_be_bytes());
    bytes.extend([1, 1, b'x', 0]);
    bytes
}

/// What one receiver said in one datagram.
#[derive(Debug, Default)]
struct Said {
    from: Option<SocketAddr>,
    ssrc: u32,
    /// Of each source: SSRC, lost, fraction, highest number, jitter, LSR, DLSR.
    blocks: Vec<[u32; 7]>,
    cname: String,
    bye: bool,
}

/// Reads a compound packet: a receiver report first, then the name, then perhaps a goodbye.
fn read(bytes: &[u8]) -> Said {
    let mut said = Said::default();
    let (mut rest, mut kinds) = (bytes, Vec::new());
    while !rest.is_empty() {
        let length = 4 * (usize::from(u16::from_be_bytes([rest[2], rest[3]])) + 1);
        let (one, next) = rest.split_at(length);
        assert_eq!(one[0] >> 6, 2);
        kinds.push(one[1]);
        let word = |at: usize| u32::from_be_bytes(one[at..at + 4].try_into().unwrap());
        match one[1] {
            201 => {
                said.ssrc = word(4);
                let count = usize::from(one[0] & 31);
                assert_eq!(length, 8 + 24 * count);
                for at in (8..length).step_by(24) {
                    let lost = word(at + 4);
                    let block = [word(at), lost & 0xff_ffff, lost >> 24];
                    let more = [word(at + 8), word(at + 12), word(at + 16), word(at + 20)];
                    said.blocks
                        .push([&block[..], &more].concat().try_into().unwrap());
                }
            }
            202 => {
                assert_eq!((one[0] & 31, word(4), one[8]), (1, said.ssrc, 1));
                let end = 10 + usize::from(one[9]);
                said.cname = String::from_utf8(one[10..end].to_vec()).unwrap();
                assert!(one[end..].iter().all(|octet| *octet == 0) && end < length);
            }
            203 => {
                assert_eq!((one[0] & 31, word(4)), (1, said.ssrc));
                said.bye = true;
            }
            other => panic!("packet type {other}"),
        }
        rest = next;
    }
    assert!(
        [&[201, 202][..], &[201, 202, 203]].contains(&&kinds[..]),
        "{kinds:?}"
    );
    said
}

/// The next datagram, and who sent it.
fn datagram(socket: &UdpSocket) -> (Vec<u8>, SocketAddr) {
    socket.set_read_timeout(Some(REPORT)).unwrap();
    let mut bytes = [0; 2_000];
    let (length, from) = socket.recv_from(&mut bytes).expect("a report");
    (bytes[..length].to_vec(), from)
}

fn report(socket: &UdpSocket) -> Said {
    let (bytes, from) = datagram(socket);
    let mut said = read(&bytes);
    said.from = Some(from);
    said
}

/// The next report that is about somebody's packets up to this one.
fn report_of(socket: &UdpSocket, highest: u32) -> Said {
    let until = Instant::now() + REPORT;
    loop {
        let said = report(socket);
        if said.blocks.iter().any(|block| block[3] == highest) {
            return said;
        }
        assert!(Instant::now() < until, "{said:?}");
    }
}

/// Whether nothing waits to be read.
fn is_silent(socket: &UdpSocket) -> bool {
    socket.set_nonblocking(true).unwrap();
    let silent = socket.recv(&mut [0; 2_000]).is_err();
    socket.set_nonblocking(false).unwrap();
    silent
}

/// Sends these numbers of a run of packets.
fn send(party: &Party, to: SocketAddr, numbers: impl Iterator<Item = u16>) {
    for number in numbers {
        let packet = sip::packet(number, party.ssrc, &[0x55; 160]);
        party.rtp.send_to(&packet, to).unwrap();
    }
}

#[test]
fn siprec_40_reports_count_what_was_lost_and_echo_the_sender() {
    let system = System::new();
    let server = system.start();
    let parties = [party("127.0.0.1", 0x1111), party("127.0.0.1", 0x2222)];
    let mut dialog = call(&server, &parties, "RTP/AVP", &[]);
    let [first, second] = &parties;
    send(second, told(&dialog, 1), 0..50);
    // After a report, nothing is said for two seconds: time enough to send everything.
    let to = beside(told(&dialog, 0));
    assert!(report(&first.rtcp).blocks.is_empty());
    // Numbers wrap on the way; 16 of 160 are lost.
    let begin = 65_500_u16;
    let numbers = (0..160).filter(|n| n % 10 != 5);
    let numbers = numbers.map(|n| begin.wrapping_add(n));
    send(first, told(&dialog, 0), numbers);
    let asked = Instant::now();
    let asks = sender_report(first.ssrc);
    first.rtcp.send_to(&asks, to).unwrap();

    let mut delays = Vec::new();
    let mut lost = 16;
    let mut name = String::new();
    for round in 0..2 {
        // Wraps are counted.
        let newest = u32::from(begin) + [159, 169][round];
        let said = report_of(&first.rtcp, newest);
        let since = asked.elapsed();
        // siprec_41: from the port behind the one that was told.
        assert_eq!(said.from, Some(to), "{said:?}");
        let [[ssrc, missing, fraction, _, _jitter, last, delay]] = said.blocks[..] else {
            panic!("{said:?}")
        };
        assert_eq!(
            (ssrc, missing, last),
            (first.ssrc, lost, MIDDLE),
            "{said:?}"
        );
        let expected = if round == 0 { 160 } else { 10 };
        assert_eq!(fraction, [16, 4][round] * 256 / expected, "{said:?}");
        let delay = Duration::from_secs(delay.into()) / 65_536;
        assert!(
            delay > Duration::ZERO && delay <= since,
            "{delay:?} of {since:?}"
        );
        delays.push(delay);
        name = said.cname;
        // Six more, and four are lost.
        let more = (160..170).filter(|n| !(161..165).contains(n));
        send(first, told(&dialog, 0), more.map(|n| begin.wrapping_add(n)));
        lost += 4;
    }
    assert!(delays[0] < delays[1], "{delays:?}");

    let other = report_of(&second.rtcp, 49);
    let [[ssrc, 0, 0, 49, _, 0, 0]] = other.blocks[..] else {
        panic!("{other:?}")
    };
    assert_eq!(ssrc, second.ssrc);
    // One name for the session, which is neither this machine's nor anybody's.
    assert_eq!(other.cname, name);
    assert!(name.len() >= 16 && !name.contains('@'), "{name}");
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    assert!(!name.contains(host.trim()), "{name}");

    dialog.bye();
    for party in &parties {
        let goodbye = wait_for("a goodbye", REPORT, || {
            Some(report(&party.rtcp)).filter(|s| s.bye)
        });
        assert_eq!(goodbye.cname, name);
    }
    // Another session has another name.
    let mut next = call(&server, &parties, "RTP/AVP", &[]);
    assert_ne!(report(&first.rtcp).cname, name);
    next.bye();
}

#[test]
fn siprec_41_45_reports_go_where_reports_come_from_and_never_to_strangers() {
    let system = System::new();
    let server = system.start();
    let [plain, elsewhere, sender] = [1, 2, 3].map(|ssrc| party("127.0.0.1", ssrc));
    // Media that are said to come from an address that nobody has heard of.
    let stranger = party("127.0.0.9", 4);
    let wanted = party("127.0.0.1", 0);
    let port = wanted.rtcp.local_addr().unwrap().port();
    let foreign = stranger.rtcp.local_addr().unwrap().port();
    let more = [
        String::new(),
        format!("a=rtcp:{port}\r\n"),
        // Not his to say, until he has sent something.
        format!("a=rtcp:{foreign} IN IP4 127.0.0.9\r\n"),
        String::new(),
    ];
    let parties = [plain, elsewhere, sender, stranger];
    let mut dialog = call(&server, &parties, "RTP/AVP", &more);
    let [plain, elsewhere, sender, stranger] = &parties;
    // One who is nobody's sender.
    let stray = party("127.0.0.8", 5);
    send(plain, told(&dialog, 0), 0..5);
    send(&stray, told(&dialog, 0), 0..5);
    let told_rtcp = |line| beside(told(&dialog, line));
    stray.rtcp.send_to(&sender_report(5), told_rtcp(0)).unwrap();

    // Idle streams: a report on nobody keeps the way open.
    for (socket, line) in [(&wanted.rtcp, 1), (&sender.rtcp, 2)] {
        let said = report(socket);
        assert!(said.blocks.is_empty(), "{said:?}");
        assert_eq!(said.from, Some(told_rtcp(line)));
    }
    // From another port than any that was told: reports go back there.
    let other = party("127.0.0.1", 0);
    other.rtcp.send_to(&sender_report(3), told_rtcp(2)).unwrap();
    assert_eq!(report(&other.rtcp).from, Some(told_rtcp(2)));
    assert!(is_silent(&elsewhere.rtcp), "a=rtcp says where");

    // By now every stream had its chance, and no stranger was spoken to.
    for _ in 0..3 {
        report(&plain.rtcp);
    }
    for party in [stranger, &stray] {
        assert!(is_silent(&party.rtcp) && is_silent(&party.rtp));
    }
    // Who sends media is no stranger.
    send(stranger, told(&dialog, 3), 0..5);
    let said = report_of(&stranger.rtcp, 4);
    assert_eq!(said.blocks[0][0], stranger.ssrc);
    dialog.bye();
    assert!(is_silent(&stray.rtcp) && is_silent(&stray.rtp));
}

#[test]
fn siprec_41_with_rtcp_mux_reports_leave_from_the_port_of_sound() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let parties = [party("127.0.0.1", 0x1111), party("127.0.0.1", 0x2222)];
    let muxed = "a=rtcp-mux\r\n".to_owned();
    let mut dialog = call(&server, &parties, "RTP/AVP", &[muxed]);
    let answered = |line: usize| {
        let media = dialog.answer.media();
        media[line].iter().any(|line| line == "a=rtcp-mux")
    };
    assert!(answered(0) && !answered(1), "{}", dialog.answer.text());
    let [first, second] = &parties;
    for number in 0..100 {
        send(first, told(&dialog, 0), number..=number);
        send(second, told(&dialog, 1), number..=number);
        if number % 10 == 0 {
            let report = sender_report(first.ssrc);
            first.rtp.send_to(&report, told(&dialog, 0)).unwrap();
        }
    }
    let said = report_of(&first.rtp, 99);
    assert_eq!(said.from, Some(told(&dialog, 0)));
    let [[ssrc, 0, 0, 99, _, last, _]] = said.blocks[..] else {
        panic!("{said:?}")
    };
    assert_eq!((ssrc, last), (first.ssrc, MIDDLE));
    assert_eq!(report_of(&second.rtcp, 99).blocks[0][0], second.ssrc);
    assert!(is_silent(&first.rtcp));
    dialog.bye();
    // What came on one port is told apart: reports are no sound.
    let quality = server.quality("boss", &server.recordings("boss", 1)[0]);
    for stream in quality["streams"].as_array().unwrap() {
        assert_eq!(stream["packets"], 100, "{quality}");
        assert_eq!(stream["lost"], 0, "{quality}");
    }
}

/// What libsrtp makes of packets.
fn libsrtp(what: &str, suite: &str, key: &[u8], packets: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let hex = |bytes: &[u8]| -> String { bytes.iter().map(|b| format!("{b:02x}")).collect() };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/client/libsrtp.py");
    let mut child = Command::new("python3")
        .args(["-B", script, what, suite, &hex(key)])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is installed");
    let lines: String = packets.iter().map(|packet| hex(packet) + "\n").collect();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(lines.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "libsrtp does not {what} {suite}");
    let text = String::from_utf8(output.stdout).unwrap();
    let octet = |line: &str, at: usize| u8::from_str_radix(&line[at..at + 2], 16).unwrap();
    text.lines()
        .map(|line| {
            (0..line.len())
                .step_by(2)
                .map(|at| octet(line, at))
                .collect()
        })
        .collect()
}

const SUITES: [(&str, usize); 6] = [
    ("AES_CM_128_HMAC_SHA1_80", 30),
    ("AES_CM_128_HMAC_SHA1_32", 30),
    ("AES_256_CM_HMAC_SHA1_80", 46),
    ("AES_256_CM_HMAC_SHA1_32", 46),
    ("AEAD_AES_128_GCM", 28),
    ("AEAD_AES_256_GCM", 44),
];

/// The sender's key of a line, whose suite is the one at its place.
fn key(index: usize) -> Vec<u8> {
    vec![0x41 + u8::try_from(index).unwrap(); SUITES[index].1]
}

fn crypto(index: usize) -> String {
    let (suite, key) = (SUITES[index].0, STANDARD.encode(key(index)));
    format!("a=crypto:7 {suite} inline:{key}\r\n")
}

/// The recorder's keys, line by line.
fn answered_keys(dialog: &Dialog) -> Vec<Vec<u8>> {
    let media = dialog.answer.media();
    let key = |lines: &Vec<String>| {
        let mut lines = lines.iter();
        let line = lines.find(|line| line.starts_with("a=crypto:7 ")).unwrap();
        let (_, key) = line.split_once("inline:").unwrap();
        STANDARD.decode(key).unwrap()
    };
    media.iter().map(key).collect()
}

/// Protected sound of which four of twenty packets are lost, and a protected report; returns
/// three packets more.
fn send_protected(dialog: &Dialog, index: usize, party: &Party) -> Vec<Vec<u8>> {
    let (suite, key) = (SUITES[index].0, key(index));
    let numbers = (0..23).filter(|n| n % 5 != 1 || *n > 19);
    let plain: Vec<Vec<u8>> = numbers
        .map(|n| sip::packet(n, party.ssrc, &[0x55; 160]))
        .collect();
    let report = libsrtp("rtcp", suite, &key, &[sender_report(party.ssrc)]).remove(0);
    let mut packets = libsrtp("rtp", suite, &key, &plain);
    let more = packets.split_off(16);
    let to = told(dialog, index);
    for packet in packets {
        party.rtp.send_to(&packet, to).unwrap();
    }
    party.rtcp.send_to(&report, beside(to)).unwrap();
    more
}

#[test]
fn siprec_40_50_reports_on_protected_sound_are_protected_with_our_key() {
    let system = System::new();
    let server = system.start();
    let parties: Vec<Party> = (1..=6).map(|ssrc| party("127.0.0.1", ssrc)).collect();
    let offered: Vec<String> = (0..SUITES.len()).map(crypto).collect();
    let mut dialog = call(&server, &parties, "RTP/SAVP", &offered);
    let ours = answered_keys(&dialog);
    let sent = parties.iter().enumerate();
    let waiting: Vec<_> = sent
        .map(|(index, party)| send_protected(&dialog, index, party))
        .collect();
    for (index, party) in parties.iter().enumerate() {
        // Opened together: no index comes twice.
        let mut sealed = Vec::new();
        for packet in &waiting[index] {
            sealed.push(datagram(&party.rtcp).0);
            party.rtp.send_to(packet, told(&dialog, index)).unwrap();
        }
        sealed.push(datagram(&party.rtcp).0);
        let opened = libsrtp("open-rtcp", SUITES[index].0, &ours[index], &sealed);
        let said: Vec<Said> = opened.iter().map(|plain| read(plain)).collect();
        let mut blocks = said.iter().flat_map(|said| &said.blocks);
        let echo = blocks.find(|block| block[5] == MIDDLE);
        let Some([ssrc, 4, _, 19..=22, _, _, delay]) = echo else {
            panic!("{index}: {said:?}")
        };
        assert!(*ssrc == party.ssrc && *delay > 0, "{said:?}");
    }
    dialog.bye();
    let last = wait_for("a goodbye", REPORT, || {
        let sealed = datagram(&parties[5].rtcp).0;
        let plain = libsrtp("open-rtcp", SUITES[5].0, &ours[5], &[sealed]).remove(0);
        Some(read(&plain)).filter(|said| said.bye)
    });
    assert!(!last.cname.is_empty());
}
