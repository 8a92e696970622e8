//! Calls of a session recording client: as many at once as wanted, each message an answer to
//! one of the recorder's. Nothing is waited for: what is late shows in the figures.

use super::{Sound, Wish};
use anyhow::Context as _;
use nix::sys::socket::{setsockopt, sockopt};
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::time::{Duration, Instant};

/// A request without an answer is sent again after so long (RFC 3261: T1, doubled once).
const AGAIN: Duration = Duration::from_secs(1);
/// Calls hung up by one turn: a burst that fits into a socket's buffer.
const BYES_PER_TURN: usize = 4;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Phase {
    /// INVITE is on its way since the first instant, sent last at the second.
    Inviting(Instant, Instant),
    /// Answered at this instant.
    Talking(Instant),
    /// BYE sent last at this instant.
    Leaving(Instant),
}

#[derive(Debug)]
struct Call {
    number: u32,
    phase: Phase,
    /// The recorder's Contact and To, from its answer.
    contact: String,
    to: String,
}

/// All calls.
pub(super) struct Calls {
    socket: UdpSocket,
    here: SocketAddrV4,
    recorder: SocketAddrV4,
    /// Where the sound comes from.
    media_port: u16,
    wanted: usize,
    gap: Duration,
    churn: Option<Duration>,
    next_begin: Instant,
    next_number: u32,
    calls: HashMap<String, Call>,
    /// In the order of their beginning.
    talking: VecDeque<(Instant, String)>,
    ending: bool,
    answered: u64,
    refused: u64,
    ended: u64,
    again: u64,
    waits_ms: Vec<f64>,
}

impl Calls {
    pub(super) fn new(to: SocketAddrV4, wish: &Wish, media_port: u16) -> anyhow::Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.set_nonblocking(true)?;
        setsockopt(&socket, sockopt::RcvBuf, &(4 << 20))?;
        let here = SocketAddrV4::new(Ipv4Addr::LOCALHOST, socket.local_addr()?.port());
        Ok(Self {
            socket,
            here,
            recorder: to,
            media_port,
            wanted: wish.calls as usize,
            gap: Duration::from_secs(1) / wish.rate.max(1),
            churn: wish.churn,
            next_begin: Instant::now(),
            next_number: wish.first,
            calls: HashMap::new(),
            talking: VecDeque::new(),
            ending: false,
            answered: 0,
            refused: 0,
            ended: 0,
            again: 0,
            waits_ms: Vec::new(),
        })
    }

    /// Hangs up everything, as fast as is polite.
    pub(super) fn end(&mut self) {
        self.ending = true;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    pub(super) fn tell(&self, line: &mut Value) {
        let mut waits = self.waits_ms.clone();
        waits.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let index = (waits.len() as f64 * share) as usize;
            waits.get(index.min(waits.len().saturating_sub(1))).copied()
        };
        line["talking"] = json!(self.talking.len());
        line["answered"] = json!(self.answered);
        line["callsRefused"] = json!(self.refused);
        line["ended"] = json!(self.ended);
        line["sentAgain"] = json!(self.again);
        line["answerMs"] = json!({"p50": at(0.5), "p99": at(0.99), "max": at(1.0)});
    }

    /// Does what is due and takes what has come.
    pub(super) fn turn(&mut self, sound: &mut Sound) -> anyhow::Result<()> {
        self.take_answers(sound)?;
        let now = Instant::now();
        while !self.ending && self.calls.len() < self.wanted && self.next_begin <= now {
            // A sender that was late does not make up for it by a burst.
            self.next_begin = (self.next_begin + self.gap).max(now - 4 * self.gap);
            self.invite(now);
        }
        for _ in 0..BYES_PER_TURN {
            let over = |since: Instant| self.churn.is_some_and(|length| now - since >= length);
            let due = self
                .talking
                .front()
                .is_some_and(|(since, _)| self.ending || over(*since));
            let Some((_, id)) = due.then(|| self.talking.pop_front()).flatten() else {
                break;
            };
            self.leave(&id, now, sound);
        }
        self.send_again(now);
        Ok(())
    }

    fn invite(&mut self, now: Instant) {
        let number = self.next_number;
        self.next_number += 1;
        let id = format!("{number}-{}@bench", self.here.port());
        let call = Call {
            number,
            phase: Phase::Inviting(now, now),
            contact: String::new(),
            to: String::new(),
        };
        self.send(&self.invitation(&id, number));
        self.calls.insert(id, call);
    }

    fn leave(&mut self, id: &str, now: Instant, sound: &mut Sound) {
        let Some(call) = self.calls.get_mut(id) else {
            return;
        };
        call.phase = Phase::Leaving(now);
        sound.remove(2 * call.number);
        sound.remove(2 * call.number + 1);
        let bye = self.within("BYE", 2, id, &self.calls[id]);
        self.send(&bye);
    }

    fn send_again(&mut self, now: Instant) {
        let mut late = Vec::new();
        for (id, call) in &mut self.calls {
            match &mut call.phase {
                Phase::Inviting(_, last) | Phase::Leaving(last) if now - *last > AGAIN => {
                    *last = now;
                    late.push(id.clone());
                }
                Phase::Inviting(..) | Phase::Talking(_) | Phase::Leaving(_) => {}
            }
        }
        for id in late {
            let call = &self.calls[&id];
            let message = match call.phase {
                Phase::Leaving(_) => self.within("BYE", 2, &id, call),
                Phase::Inviting(..) | Phase::Talking(_) => self.invitation(&id, call.number),
            };
            self.send(&message);
            self.again += 1;
        }
    }

    fn take_answers(&mut self, sound: &mut Sound) -> anyhow::Result<()> {
        let mut buffer = [0; 8192];
        while let Ok(length) = self.socket.recv(&mut buffer) {
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if text.starts_with("SIP/2.0 ") {
                self.take_answer(&text, sound)?;
            } else {
                self.take_request(&text);
            }
        }
        Ok(())
    }

    fn take_answer(&mut self, text: &str, sound: &mut Sound) -> anyhow::Result<()> {
        let status: u16 = text[8..].split(' ').next().unwrap_or_default().parse()?;
        let id = header(text, "Call-ID")
            .context("an answer without Call-ID")?
            .to_owned();
        let invite = header(text, "CSeq").is_some_and(|value| value.ends_with("INVITE"));
        let Some(call) = self.calls.get_mut(&id).filter(|_| status >= 200) else {
            return Ok(());
        };
        if !invite {
            self.calls.remove(&id);
            self.ended += 1;
            return Ok(());
        }
        if status >= 300 {
            self.refused += 1;
            call.to = header(text, "To").unwrap_or_default().to_owned();
            call.contact = format!("<sip:{}>", self.recorder);
            let acknowledged = self.within("ACK", 1, &id, &self.calls[&id]);
            self.send(&acknowledged);
            self.calls.remove(&id);
            return Ok(());
        }
        if let Phase::Inviting(since, _) = call.phase {
            let now = Instant::now();
            call.phase = Phase::Talking(now);
            call.to = header(text, "To").context("no To")?.to_owned();
            call.contact = header(text, "Contact").context("no Contact")?.to_owned();
            let mut ports = text
                .lines()
                .filter_map(|line| line.strip_prefix("m=audio "));
            for side in 0..2 {
                let port = ports.next().and_then(|line| line.split(' ').next());
                let port = port.context("two m-lines are wanted")?.parse()?;
                sound.add(
                    2 * call.number + side,
                    SocketAddrV4::new(*self.recorder.ip(), port),
                );
            }
            self.waits_ms.push((now - since).as_secs_f64() * 1e3);
            self.answered += 1;
            self.talking.push_back((now, id.clone()));
        }
        let acknowledged = self.within("ACK", 1, &id, &self.calls[&id]);
        self.send(&acknowledged);
        Ok(())
    }

    /// The recorder asks or hangs up: every such request is taken.
    fn take_request(&mut self, text: &str) {
        let mut answer = "SIP/2.0 200 OK\r\n".to_owned();
        for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
            let value = header(text, name).unwrap_or_default();
            answer += &format!("{name}: {value}\r\n");
        }
        answer.push_str("Content-Length: 0\r\n\r\n");
        self.send(&answer);
    }

    fn send(&self, message: &str) {
        // What does not leave is sent again.
        drop(self.socket.send_to(message.as_bytes(), self.recorder));
    }

    fn head(&self, method: &str, target: &str, sequence: u32, id: &str, to: &str) -> String {
        let here = self.here;
        format!(
            "{method} {target} SIP/2.0\r\n\
             Via: SIP/2.0/UDP {here};branch=z9hG4bK-{id}-{sequence}{method};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:src@{here}>;tag=f\r\nTo: {to}\r\nCall-ID: {id}\r\n\
             CSeq: {sequence} {method}\r\nContact: <sip:src@{here}>;+sip.src\r\n"
        )
    }

    fn within(&self, method: &str, sequence: u32, id: &str, call: &Call) -> String {
        let target = call.contact.split(['<', '>']).nth(1).unwrap_or_default();
        let mut message = self.head(method, target, sequence, id, &call.to);
        message.push_str("Content-Length: 0\r\n\r\n");
        message
    }

    fn invitation(&self, id: &str, number: u32) -> String {
        let (port, target) = (self.media_port, format!("sip:recorder@{}", self.recorder));
        let mut sdp =
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n".to_owned();
        for label in 1..=2 {
            sdp += &format!("m=audio {port} RTP/AVP 0\r\na=label:{label}\r\na=sendonly\r\n");
        }
        let identifier = |kind: &str| format!("{kind}{number:0>21}==");
        let remote = format!("39{number:0>10}");
        let session = identifier("S");
        let metadata = e2e::sip::metadata(&session, "225", &remote);
        let body = format!(
            "--b\r\nContent-Type: application/sdp\r\n\r\n{sdp}\r\n--b\r\n\
             Content-Type: application/rs-metadata+xml\r\n\
             Content-Disposition: recording-session\r\n\r\n{metadata}\r\n--b--\r\n"
        );
        let mut message = self.head("INVITE", &target, 1, id, &format!("<{target}>"));
        message += &format!(
            "Require: siprec\r\nContent-Type: multipart/mixed;boundary=b\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        message
    }
}

/// The value of a header line.
fn header<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let lines = text.lines().take_while(|line| !line.is_empty());
    let mut values = lines.filter_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    });
    values.next()
}
