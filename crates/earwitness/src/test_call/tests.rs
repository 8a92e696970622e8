use super::*;
use crate::test_call::messages::{Dialog, Names, Way};
use sip::{Message, Method, Request, Response};
use std::collections::HashMap;
use std::net::UdpSocket;

/// One short call into the recorder at this address.
fn options(to: &str) -> Options {
    Options {
        to: uri(to.parse().unwrap()),
        transport: Transport::Udp,
        tls: None,
        local: "225".to_owned(),
        remote: "+39 0584;x".to_owned(),
        direction: Direction::In,
        duration: Duration::from_millis(200),
        calls: 1,
        calls_per_second: 1.0,
        codec: Codec::Pcmu,
        srtp: false,
        stop: Arc::default(),
    }
}

fn invite() -> Request {
    let options = options("192.0.2.9:5060");
    let local: SocketAddr = "192.0.2.1:5062".parse().unwrap();
    let way = Way {
        to: options.to.clone(),
        transport: Transport::Udp,
        local,
    };
    let mut dialog = Dialog::new(Names::new().unwrap(), way);
    let offer = sdp::offer(local.ip(), [(4000, None), (4002, None)], Codec::Pcma, 1);
    dialog.invite(&options, &offer, "2026-11-24T10:00:00.000Z")
}

#[test]
fn a_protected_offer_is_taken_where_media_must_be_protected() {
    let stream = || stream::Stream::bind([127, 0, 0, 1].into(), Codec::Pcmu, true).unwrap();
    let described = [stream(), stream()].map(|stream| (stream.port, stream.crypto()));
    let offer = sdp::offer([127, 0, 0, 1].into(), described, Codec::Pcmu, 1);
    let mut request = Request::new(Method::Invite, sip::Uri::parse("sip:a@b").unwrap());
    request.headers.push("Content-Type", "application/sdp");
    request.body = offer.into_bytes();
    let session = siprec::Session::new(false);
    let mut session = session.protecting(siprec::Srtp::Required, |octets| octets.fill(7));
    let plan = session.request(&request).unwrap();
    assert!(plan.lines.iter().all(|line| line.record && line.protected));
    assert_ne!(plan.lines[0].keys, plan.lines[1].keys);
    let ours = ["192.0.2.9:4000", "192.0.2.9:4002"].map(|text| text.parse().ok());
    let answer = session.answer(&ours).unwrap();
    assert_eq!(sdp::targets(&answer, true), ours);
}

#[test]
fn the_invite_is_a_recording_session_by_the_strictest_rule() {
    let bytes = invite().to_bytes();
    let parsed = sip::parse(&bytes).unwrap();
    assert!(parsed.oddities.is_empty(), "{:?}", parsed.oddities);
    let Message::Request(request) = parsed.message else {
        panic!("a request was sent")
    };
    assert!(siprec::is_recording_session(&request, false, true));
    let plan = siprec::Session::new(true).request(&request).unwrap();
    let labels: Vec<_> = plan
        .lines
        .iter()
        .map(|line| line.label.clone().unwrap())
        .collect();
    assert_eq!(labels, ["1", "2"]);
    assert!(plan.lines.iter().all(|line| line.record && !line.paused));
    assert_eq!(
        plan.lines[1].remote,
        Some("192.0.2.1:4002".parse().unwrap())
    );
}

#[test]
fn the_metadata_says_who_sends_what_and_who_called() {
    let bytes = invite().to_bytes();
    let Message::Request(request) = sip::parse(&bytes).unwrap().message else {
        panic!()
    };
    let signal = siprec::Signal {
        sent: false,
        dialog: 0,
        time_ns: 0,
        bytes: &bytes,
    };
    let facts = siprec::facts([signal], &siprec::Caller::Unknown);
    assert!(facts.oddities.is_empty(), "{:?}", facts.oddities);
    assert_eq!(
        facts.pbx_call_id.as_deref(),
        request.headers.call_id().as_deref()
    );
    assert!(facts.group.is_some() && facts.communication_session.is_some());
    let numbers: Vec<String> = facts
        .participants
        .iter()
        .map(|participant| model::party::number(&participant.addresses[0]))
        .collect();
    assert_eq!(numbers[0], "225");
    assert!(numbers[1].starts_with("+390584"), "{numbers:?}");
    let callers: Vec<_> = facts
        .participants
        .iter()
        .map(|participant| participant.caller)
        .collect();
    assert_eq!(callers, [Some(false), Some(true)]);
    assert_eq!(facts.streams[0].senders, [0]);
    assert_eq!(facts.streams[1].senders, [1]);
}

/// A recorder that answers by a script: what it does with the nth INVITE it sees.
struct Script {
    socket: UdpSocket,
    sound: [UdpSocket; 2],
    seen: HashMap<Method, u32>,
}

impl Script {
    fn new() -> Self {
        let bind = || UdpSocket::bind("127.0.0.1:0").unwrap();
        Self {
            socket: bind(),
            sound: [bind(), bind()],
            seen: HashMap::new(),
        }
    }

    fn answer(request: &Request, status: u16) -> Response {
        let mut response = Response::new(status, "Said So");
        for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
            let value = request.headers.first(name).unwrap().to_vec();
            response.headers.push(name, value);
        }
        if status > 100 {
            let to = format!("{};tag=recorder", request.headers.text("To").unwrap());
            response.headers.set("To", to);
        }
        response
    }

    /// Answers INVITEs with each of `statuses` in turn (0: not at all) until a BYE, or an ACK
    /// to a refusal, has come.
    fn run(mut self, statuses: &[u16]) -> Self {
        let mut buffer = [0; 65_535];
        let mut statuses = statuses.iter().copied();
        loop {
            let (length, peer) = self.socket.recv_from(&mut buffer).unwrap();
            let message = sip::parse(&buffer[..length]).unwrap().message;
            let Message::Request(request) = message else {
                panic!("only requests come")
            };
            *self.seen.entry(request.method.clone()).or_default() += 1;
            let send = |response: Response| {
                self.socket.send_to(&response.to_bytes(), peer).unwrap();
            };
            match request.method.as_str() {
                "INVITE" => {
                    for status in statuses.by_ref().take_while(|status| *status != 0) {
                        send(self.invite_answer(&request, status));
                    }
                }
                "ACK" if request.headers.text("To").unwrap().contains("tag=recorder") => {
                    if request.uri.user() == Some("refused") {
                        return self;
                    }
                }
                "BYE" => {
                    assert_eq!(request.uri.as_str(), "sip:recorder@127.0.0.1:5099");
                    assert_eq!(request.headers.text("Route").unwrap(), "<sip:127.0.0.1;lr>");
                    send(Self::answer(&request, 200));
                    return self;
                }
                other => panic!("{other}"),
            }
        }
    }

    fn invite_answer(&self, request: &Request, status: u16) -> Response {
        let mut response = Self::answer(request, status);
        if status == 200 {
            let [left, right] = self
                .sound
                .each_ref()
                .map(|s| s.local_addr().unwrap().port());
            response
                .headers
                .push("Contact", "<sip:recorder@127.0.0.1:5099>;+sip.srs");
            response.headers.push("Record-Route", "<sip:127.0.0.1;lr>");
            response.headers.push("Content-Type", "application/sdp");
            response.body = format!(
                "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio {left} RTP/AVP 0\r\na=recvonly\r\n\
                 m=audio {right} RTP/AVP 0\r\na=recvonly\r\n"
            )
            .into_bytes();
        }
        response
    }

    /// The packets that came on a stream.
    fn packets(&self, stream: usize) -> Vec<Vec<u8>> {
        self.sound[stream].set_nonblocking(true).unwrap();
        let mut packets = Vec::new();
        let mut buffer = [0; 2_048];
        while let Ok(length) = self.sound[stream].recv(&mut buffer) {
            packets.push(buffer[..length].to_vec());
        }
        packets
    }
}

/// Places one call at a scripted recorder.
fn call(statuses: &'static [u16], user: &str) -> (Outcome, Script) {
    let script = Script::new();
    let address = script.socket.local_addr().unwrap();
    let recorder = std::thread::spawn(move || script.run(statuses));
    let mut options = options(&address.to_string());
    options.to = sip::Uri::parse(&format!("sip:{user}@{address}")).unwrap();
    let mut outcomes = place(&options, &mut |_| {}).unwrap();
    assert_eq!(outcomes.len(), 1);
    (outcomes.remove(0), recorder.join().unwrap())
}

#[test]
fn a_call_is_answered_talks_and_ends() {
    let (outcome, recorder) = call(&[100, 180, 200], "x");
    assert!(outcome.answered && outcome.ended, "{outcome:?}");
    assert_eq!((outcome.status, outcome.problem), (200, None));
    assert_eq!(outcome.packets_sent, [10, 10]);
    assert!(outcome.duration >= Duration::from_millis(200));
    let voices = voice::Voices::new(Codec::Pcmu);
    for side in [0, 1] {
        let packets = recorder.packets(side);
        assert_eq!(packets.len(), 10);
        let first = rtp::Packet::parse(&packets[0]).unwrap();
        assert!(first.marker);
        for (index, bytes) in (0..).zip(&packets) {
            let packet = rtp::Packet::parse(bytes).unwrap();
            assert_eq!(packet.payload, voices.packet(side, u64::from(index)));
            assert_eq!(packet.sequence, first.sequence.wrapping_add(index));
            let samples = u32::from(index) * 160;
            assert_eq!(packet.timestamp, first.timestamp.wrapping_add(samples));
        }
    }
}

#[test]
fn a_lost_invite_is_sent_again_and_a_repeated_answer_acknowledged_again() {
    let (outcome, recorder) = call(&[0, 200, 200], "x");
    assert!(outcome.answered && outcome.ended, "{outcome:?}");
    assert_eq!(recorder.seen[&Method::Invite], 2);
    assert_eq!(recorder.seen[&Method::Ack], 2);
}

#[test]
fn a_refusal_is_acknowledged_and_reported() {
    let (outcome, recorder) = call(&[503], "refused");
    assert_eq!((outcome.status, outcome.answered), (503, false));
    assert_eq!(outcome.problem.unwrap(), "refused: 503 Said So");
    assert_eq!(recorder.seen[&Method::Ack], 1);
}

#[test]
fn nobody_listening_is_reported_at_once() {
    let free = UdpSocket::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let outcomes = place(&options(&free.to_string()), &mut |_| {}).unwrap();
    assert_eq!((outcomes[0].status, outcomes[0].answered), (503, false));
    assert!(
        outcomes[0]
            .problem
            .as_ref()
            .unwrap()
            .contains("does not listen")
    );
}

#[test]
fn json_has_exactly_the_promised_keys() {
    let options = options("192.0.2.9:5060");
    let outcome = Outcome {
        call_id: "abc".to_owned(),
        status: 200,
        answered: true,
        ended: true,
        problem: None,
        started_at: Timestamp::UNIX_EPOCH,
        duration: Duration::from_micros(10_000_400),
        packets_sent: [500, 499],
    };
    let expected = json!({
        "callId": "abc",
        "status": 200,
        "answered": true,
        "local": "225",
        "remote": "+39 0584;x",
        "direction": "in",
        "startedAt": "1970-01-01T00:00:00.000Z",
        "seconds": 10.0,
        "packetsSent": [500, 499],
    });
    assert_eq!(object(&outcome, &options), expected);
}

#[test]
fn recorders_are_named_by_sip_uris() {
    assert_eq!(recorder("sip:host:5070").unwrap().port(), Some(5070));
    assert_eq!(recorder("192.0.2.1").unwrap().as_str(), "sip:192.0.2.1");
    assert_eq!(recorder("sips:host").unwrap().as_str(), "sips:host");
    for bad in ["sips:", "sip:", "sip:host:port"] {
        assert!(
            recorder(bad)
                .unwrap_err()
                .contains("accepted: sip:HOST:PORT"),
            "{bad}"
        );
    }
    let any = uri("0.0.0.0:5060".parse().unwrap());
    assert_eq!(any.as_str(), "sip:127.0.0.1:5060");
}
