//! A session taken up again from its messages is the session it was: whatever was said before
//! and whatever comes next, it answers the same and records the same.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

mod common;

use common::{addresses, request};
use proptest::prelude::*;
use sip::{Method, Request, Response};
use siprec::Session;

/// What happens next in a session.
#[derive(Clone, Debug)]
enum Turn {
    /// An offer of these m-lines: port, direction.
    Offer(Method, Vec<(u16, &'static str)>),
    /// An INVITE that wants our offer, and its ACK with an answer.
    Offerless,
    /// Metadata that name this communication session.
    Named(u8),
}

fn turn() -> impl Strategy<Value = Turn> {
    let directions = vec!["sendonly", "inactive", "sendrecv"];
    let line = (
        prop_oneof![1 => Just(0_u16), 5 => 5_000_u16..9_000],
        proptest::sample::select(directions),
    );
    let method = prop_oneof![Just(Method::Invite), Just(Method::Update)];
    let lines = proptest::collection::vec(line, 1..4);
    prop_oneof![
        4 => (method, lines).prop_map(|(method, lines)| Turn::Offer(method, lines)),
        1 => Just(Turn::Offerless),
        1 => (0_u8..3).prop_map(Turn::Named),
    ]
}

const HEAD: &str =
    "v=0\r\no=- 1 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\n";

fn described(lines: &[(u16, &str)]) -> String {
    let mut body = HEAD.to_owned();
    for (label, (port, direction)) in lines.iter().enumerate() {
        body += &format!("m=audio {port} RTP/AVP 0 8\r\na={direction}\r\na=label:{label}\r\n");
    }
    body
}

fn asked(turn: &Turn, sequence: u32) -> Request {
    match turn {
        Turn::Offer(method, lines) => {
            let body = described(lines);
            request(method.clone(), sequence, "application/sdp", body.as_bytes())
        }
        Turn::Offerless => request(Method::Invite, sequence, "", b""),
        Turn::Named(id) => {
            let body = format!(
                "<recording xmlns='urn:ietf:params:xml:ns:recording:1'>\
                 <datamode>complete</datamode><session session_id='{id}'/></recording>"
            );
            let kind = "application/rs-metadata+xml";
            request(Method::Update, sequence, kind, body.as_bytes())
        }
    }
}

/// Takes a turn as a live session does; what is said goes to `past`.
fn take(session: &mut Session, turn: &Turn, sequence: u32, past: &mut Vec<(bool, Vec<u8>)>) {
    let request = asked(turn, sequence);
    past.push((false, request.to_bytes()));
    let answer = session.request(&request).map(|plan| {
        let count = u16::try_from(plan.lines.len()).unwrap();
        session.answer(&addresses(count))
    });
    let (status, body) = match answer {
        Ok(body) => (200, body),
        Err(reject) => (reject.status, None),
    };
    let mut response = Response::new(status, "Whatever");
    let cseq = request.headers.first("CSeq").unwrap().to_vec();
    response.headers.push("CSeq", cseq);
    for name in ["Via", "From", "To", "Call-ID"] {
        let value = request.headers.first(name).unwrap().to_vec();
        response.headers.push(name, value);
    }
    if let Some(body) = &body {
        response.headers.push("Content-Type", "application/sdp");
        response.body.clone_from(body);
    }
    past.push((true, response.to_bytes()));
    if let (Turn::Offerless, Some(offer)) = (turn, body) {
        // The client answers with as many lines as we offered.
        let text = String::from_utf8(offer).unwrap();
        let lines = text.lines().filter(|line| line.starts_with("m=")).count();
        let lines: Vec<(u16, &str)> = (0..lines).map(|_| (6_000, "sendonly")).collect();
        let body = described(&lines);
        let ack = common::request(Method::Ack, sequence, "application/sdp", body.as_bytes());
        past.push((false, ack.to_bytes()));
        session.acked(&ack);
    }
}

proptest! {
    #[test]
    fn a_restored_session_goes_on_as_the_old_one(
        before in proptest::collection::vec(turn(), 1..6),
        next in turn(),
        unanswered in proptest::option::of(turn()),
    ) {
        let mut session = Session::new(false);
        let mut past = Vec::new();
        let first = Turn::Offer(Method::Invite, vec![(4_000, "sendonly"), (4_002, "sendonly")]);
        take(&mut session, &first, 1, &mut past);
        for (turn, sequence) in before.iter().zip(2..) {
            take(&mut session, turn, sequence, &mut past);
        }
        // A request that was not answered will come again: it changes no line.
        if let Some(turn) = unanswered.filter(|turn| !matches!(turn, Turn::Named(_))) {
            past.push((false, asked(&turn, 50).to_bytes()));
        }
        let messages = past.iter().map(|(sent, bytes)| (*sent, bytes.as_slice()));
        let (mut restored, plan, told) = Session::new(false).restored(messages);
        for line in plan.lines.iter().filter(|line| line.record) {
            prop_assert!(told[usize::from(line.index)].is_some());
        }
        let (mut left, mut right) = (Vec::new(), Vec::new());
        take(&mut session, &next, 99, &mut left);
        take(&mut restored, &next, 99, &mut right);
        let text = |past: &[(bool, Vec<u8>)]| {
            let text = past.iter().map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned());
            text.collect::<Vec<String>>()
        };
        prop_assert_eq!(text(&left), text(&right));
    }
}
