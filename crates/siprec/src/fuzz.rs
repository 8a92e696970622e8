//! What holds of the readers in this crate whatever bytes they are given.
//!
//! Each function takes what a fuzzer or the replay of its seeds makes up, and panics when a
//! property does not hold. The product never calls them.

use std::net::SocketAddr;
use std::sync::LazyLock;

use sip::{Method, Request, Uri};

use crate::metadata::{self, LabelledLine, Metadata};
use crate::sdp::{self, Direction, Media};
use crate::{Caller, Session, Signal, Srtp, facts};

/// Between one piece of an input and the next.
const SEPARATOR: u8 = 0x1e;
/// Media with keys are taken, and those without.
const SRTP: Srtp = Srtp::Optional;
/// Most pieces of an input that are looked at.
const PIECES_MAX: usize = 4;

/// Offers of one dialog, one after the other: no m-line vanishes when an offer is read, and
/// each answer mirrors its offer. After an empty one the next piece answers our own offer.
///
/// # Panics
/// When one of these does not hold.
pub fn description(data: &[u8]) {
    let mut session = Session::new(false).protecting(SRTP, |key| key.fill(7));
    let mut pieces = data.split(|byte| *byte == SEPARATOR).take(PIECES_MAX);
    while let Some(piece) = pieces.next() {
        if let Ok(read) = sdp::parse(piece) {
            let lines = piece.split(|byte| matches!(byte, b'\r' | b'\n'));
            let starts = |line: &&[u8]| matches!(line.trim_ascii(), [b'm' | b'M', b'=', ..]);
            assert_eq!(read.media.len(), lines.filter(starts).count());
        }
        let Ok(plan) = session.request(&request("application/sdp", piece)) else {
            continue;
        };
        let ports = (40_000_u16..).step_by(2);
        let addresses: Vec<Option<SocketAddr>> = ports
            .zip(&plan.lines)
            .map(|(port, _)| Some(SocketAddr::from(([192, 0, 2, 9], port))))
            .collect();
        let answer = session.answer(&addresses);
        let answer = answer.expect("an INVITE is always answered with a description");
        if piece.trim_ascii().is_empty() {
            is_well_formed(&answer);
            let next = pieces.next().unwrap_or_default();
            let plan = session.acked(&request("application/sdp", next));
            assert!(!plan.lines.is_empty(), "what we offered stays");
        } else {
            mirrors(piece, &answer, &addresses);
        }
    }
}

/// Metadata documents of one session, one after the other: limits hold, a document changes
/// nothing by being sent again, labels lead to m-lines, oddities quote no number; and what is
/// derived from the first document after the call refers to what is there.
///
/// # Panics
/// When one of these does not hold.
pub fn metadata(data: &[u8]) {
    let labelled = |label| LabelledLine {
        label: Some(label),
        sound: true,
    };
    let lines = [labelled("1"), labelled("2")];
    let mut state: Option<Metadata> = None;
    let mut pieces = data
        .split(|byte| *byte == SEPARATOR)
        .take(PIECES_MAX)
        .peekable();
    // Deriving takes several times as long as reading: every eighth length has to do.
    if let Some(first) = pieces.peek().filter(|_| data.len() & 7 == 0) {
        derived(first);
    }
    for piece in pieces {
        let newer = match metadata::parse(piece, None) {
            Ok(newer) => newer,
            Err(error) => {
                quotes_no_number(&error.to_string());
                continue;
            }
        };
        is_bounded(&newer);
        let merged = Metadata::merged(state.take(), newer, &lines);
        let places = merged.streams.iter().filter_map(|stream| stream.line);
        assert!(places.into_iter().all(|line| line < lines.len()));
        let in_force = merged.in_force(None).map(|session| session.id.clone());
        assert!(in_force.is_none_or(|id| !id.is_empty() || merged.sessions.len() == 1));
        let mut again = merged.clone();
        again.partial = true;
        let twice = Metadata::merged(Some(merged.clone()), again, &lines);
        assert_eq!(sizes(&twice), sizes(&merged), "sent again it adds nothing");
        state = Some(merged);
    }
}

/// What all requests have in common: made once, since it takes as long as reading an offer.
static INVITE: LazyLock<Request> = LazyLock::new(|| {
    let uri = Uri::parse("sip:r@192.0.2.9").expect("this is a URI");
    let mut request = Request::new(Method::Invite, uri);
    for (name, value) in [
        ("Via", "SIP/2.0/UDP 198.51.100.1;branch=z9hG4bK1"),
        ("From", "<sip:c@198.51.100.1>;tag=1"),
        ("To", "<sip:r@192.0.2.9>"),
        ("Call-ID", "1"),
        ("CSeq", "1 INVITE"),
        ("Content-Disposition", "recording-session"),
    ] {
        request.headers.push(name, value);
    }
    request
});

/// A request of one dialog with this body.
fn request(content_type: &str, body: &[u8]) -> Request {
    let mut request = INVITE.clone();
    request.headers.push("Content-Type", content_type);
    request.body = body.to_vec();
    request
}

/// Line ends are CRLF, and every line is one of SDP.
fn is_well_formed(answer: &[u8]) {
    let text = str::from_utf8(answer).expect("what we write is UTF-8");
    let lines = text.strip_suffix("\r\n").expect("the last line ends");
    for line in lines.split("\r\n") {
        assert!(!line.contains(['\r', '\n']), "{line:?}");
        let start = line.as_bytes().first_chunk::<2>();
        assert!(
            start.is_some_and(|[kind, equals]| kind.is_ascii_lowercase() && *equals == b'='),
            "{line:?}"
        );
    }
}

/// RFC 3264 section 6 and RFC 7866 section 7: as many lines, in the same order, of the same
/// media and label, with formats of the offer's, and we never send. RFC 5761: one port for both
/// only where it was offered, and where payload types allow it.
fn mirrors(offer: &[u8], answer: &[u8], addresses: &[Option<SocketAddr>]) {
    is_well_formed(answer);
    let offered = sdp::parse(offer).expect("it was answered").media;
    let answered = sdp::parse(answer).expect("what we write can be read").media;
    assert_eq!(offered.len(), answered.len(), "as many m-lines");
    for ((offered, answered), address) in offered.iter().zip(&answered).zip(addresses) {
        assert_eq!(offered.kind, answered.kind);
        assert_eq!(offered.protocol, answered.protocol);
        assert_eq!(offered.label(), answered.label());
        let port = address.map_or(0, |address| address.port());
        if answered.port == 0 {
            assert!(!offered.is_usable(SRTP), "usable sound is taken");
            continue;
        }
        assert_eq!(answered.port, port, "the port is ours");
        takes_what_was_offered(offered, answered);
        answers_a_key(offered, answered);
    }
}

fn takes_what_was_offered(offered: &Media, answered: &Media) {
    assert!(offered.port != 0 && offered.is_audio());
    let silent = answered.direction == Direction::Inactive;
    assert!(silent || answered.direction == Direction::RecvOnly);
    assert_eq!(silent, offered.is_inactive());
    assert!(!answered.formats.is_empty(), "an m-line has a format");
    let number = |format: &String| format.parse::<u8>().ok();
    for format in answered.formats.iter().map(number) {
        assert!(format.is_some_and(|format| format <= 127));
        assert!(offered.formats.iter().map(number).any(|one| one == format));
    }
    let mut formats = answered.formats.iter().filter_map(number);
    let told_apart = formats.all(|format| !(64..=95).contains(&format));
    assert_eq!(answered.is_muxed(), offered.is_muxed() && told_apart);
}

/// RFC 4568 section 5.1.3: one line, with the tag and the suite of one that was offered.
fn answers_a_key(offered: &Media, answered: &Media) {
    let chosen = |value: &str| -> Vec<String> {
        let words = value.split_ascii_whitespace().take(2);
        words.map(str::to_owned).collect()
    };
    let ours: Vec<_> = answered.attributes("crypto").map(chosen).collect();
    assert!(ours.len() <= 1, "one key is enough");
    let theirs: Vec<_> = offered.attributes("crypto").map(chosen).collect();
    assert!(ours.iter().all(|ours| theirs.contains(ours)));
    let protected = offered.protocol.to_ascii_uppercase().contains("SAVP");
    assert!(!protected || ours.len() == 1, "protected without a key");
}

fn is_bounded(metadata: &Metadata) {
    let most = sizes(metadata).into_iter().max();
    assert!(most.is_none_or(|most| most <= 1024));
    for person in &metadata.people {
        assert!(person.addresses.len() <= 64);
        let blank = |text: &String| text.trim().is_empty();
        assert!(!person.addresses.iter().any(blank));
    }
    let sends = metadata.associations.iter().map(|one| one.sends.len());
    assert!(sends.into_iter().all(|sends| sends <= 64));
    for oddity in &metadata.oddities {
        quotes_no_number(oddity);
    }
}

fn sizes(metadata: &Metadata) -> [usize; 7] {
    [
        metadata.groups.len(),
        metadata.sessions.len(),
        metadata.left.len(),
        metadata.people.len(),
        metadata.memberships.len(),
        metadata.streams.len(),
        metadata.associations.len(),
    ]
}

/// Not even a short one: what an oddity counts has less than seven digits.
fn quotes_no_number(oddity: &str) {
    let mut runs = oddity.split(|letter: char| !letter.is_ascii_digit());
    assert!(runs.all(|run| run.len() < 7), "{oddity}");
}

fn derived(document: &[u8]) {
    let bytes = request("application/rs-metadata+xml", document).to_bytes();
    let signal = Signal {
        sent: false,
        dialog: 0,
        time_ns: 1,
        bytes: &bytes,
    };
    let facts = facts([signal], &Caller::FirstParticipant);
    let known = |sender: &usize| *sender < facts.participants.len();
    for stream in &facts.streams {
        assert!(stream.senders.iter().all(known), "senders took part");
    }
    assert!(facts.pbx_call_id.is_none_or(|id| id.len() <= 255));
    for oddity in &facts.oddities {
        quotes_no_number(oddity);
    }
}
