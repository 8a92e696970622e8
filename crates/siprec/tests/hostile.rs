//! Whatever arrives, nothing panics, and what is costly is refused or bounded.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

mod common;

use std::{fmt::Write, fs, path::Path};

use common::{addresses, request};
use proptest::prelude::*;
use sip::{Message, Method};
use siprec::{Caller, Facts, Session, Signal, facts};

const DESCRIPTION: &str = "v=0\r\nc=IN IP4 198.51.100.1\r\nm=audio 5000 RTP/AVP 0\r\na=label:1\r\n";

/// Facts of an INVITE with this metadata.
fn facts_of(content_type: &str, xml: &[u8]) -> Facts {
    let head = format!(
        "--x\r\nContent-Type: application/sdp\r\n\r\n{DESCRIPTION}\r\n--x\r\n\
         Content-Type: {content_type}\r\n\r\n"
    );
    let body = [head.as_bytes(), xml, b"\r\n--x--\r\n"].concat();
    let invite = request(Method::Invite, 1, "multipart/mixed;boundary=x", &body);
    let plan = Session::new(false).request(&invite).unwrap();
    assert!(
        plan.lines[0].record,
        "a call that can be recorded is recorded"
    );
    let bytes = invite.to_bytes();
    facts(
        [Signal {
            sent: false,
            dialog: 0,
            time_ns: 1,
            bytes: &bytes,
        }],
        &Caller::Unknown,
    )
}

/// Every message of the cases of `dialects.rs`.
fn messages() -> Vec<Vec<u8>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let vendors = fs::read_dir(data)
        .unwrap()
        .map(|vendor| vendor.unwrap().path());
    let files = vendors.flat_map(|vendor| fs::read_dir(vendor).unwrap());
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "sip"));
    paths.sort();
    let cases: Vec<String> = paths
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    let texts = cases
        .iter()
        .flat_map(|case| case.split("%% received\n").skip(1));
    texts
        .map(|text| {
            text.replace("###", "9999")
                .replace('\n', "\r\n")
                .into_bytes()
        })
        .collect()
}

fn exercise(message: &[u8]) {
    let mut session = Session::new(false);
    if let Ok(parsed) = sip::parse(message)
        && let Message::Request(request) = parsed.message
    {
        let _ = session.request(&request);
        session.answer(&addresses(4));
        session.acked(&request);
    }
    let signal = |sent, dialog| Signal {
        sent,
        dialog,
        time_ns: 1,
        bytes: message,
    };
    let signals = [
        signal(false, 0),
        signal(true, 0),
        signal(false, 3),
        signal(false, 0),
    ];
    let facts = facts(signals, &Caller::Label("1".into()));
    for stream in &facts.streams {
        assert!(
            stream
                .senders
                .iter()
                .all(|sender| *sender < facts.participants.len())
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn mutated_messages_never_panic(
        choice in any::<proptest::sample::Index>(),
        edits in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>(), 0..3_u8), 0..24),
    ) {
        let messages = messages();
        let mut message = choice.get(&messages).clone();
        for (place, byte, kind) in edits {
            let place = place.index(message.len());
            match kind {
                0 => message[place] = byte,
                1 => message.insert(place, byte),
                _ => { message.remove(place); }
            }
        }
        // The length must fit, or the message ends at its first check.
        let text = String::from_utf8_lossy(&message);
        let body = text.split_once("\r\n\r\n").map_or(0, |(_, body)| body.len());
        exercise(text.replace("9999", &body.to_string()).as_bytes());
        exercise(&message);
    }

    #[test]
    fn arbitrary_bodies_never_panic(
        sdp in proptest::collection::vec(any::<u8>(), 0..400),
        xml in proptest::collection::vec(any::<u8>(), 0..400),
        lines in "(m=[a-z]{0,5} [0-9/]{0,6} [A-Z/]{0,8}[0-9 ]{0,9}\r\n(a=[a-z]{0,9}:?[ -~]{0,12}\r\n)?){0,6}",
    ) {
        for sdp in [sdp, format!("v=0\r\n{lines}").into_bytes()] {
            exercise(&request(Method::Invite, 1, "application/sdp", &sdp).to_bytes());
        }
        facts_of("application/rs-metadata", &xml);
    }
}

#[test]
fn siprec_30_document_types_and_entities_are_refused() {
    let bomb = "<!DOCTYPE r [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]>\
        <recording><participant participant_id='p'><nameID aor='&b;'/></participant></recording>";
    let external = "<!DOCTYPE r SYSTEM 'file:///etc/passwd'><recording>&xxe;</recording>";
    for xml in [bomb, external] {
        let facts = facts_of("application/rs-metadata+xml", xml.as_bytes());
        assert_eq!(
            facts.oddities,
            ["Metadata with a document type definition are not read."]
        );
        assert_eq!(facts.participants.len(), 1, "From stands in");
    }
}

#[test]
fn siprec_30_ten_thousand_participants_are_bounded() {
    let mut xml = String::from("<recording>");
    for number in 0..10_000 {
        write!(xml, "<participant id='{number}'/>").unwrap();
    }
    xml.push_str("</recording>");
    let facts = facts_of("application/rs-metadata", xml.as_bytes());
    assert_eq!(facts.participants.len(), 1024);
    assert_eq!(facts.oddities.len(), 1);
    // Written out they are longer than any metadata are read; the call is recorded all the same.
    let whole = xml.replace(
        "'/>",
        "'><nameID aor='sip:5550101@example.org'/></participant>",
    );
    let facts = facts_of("application/rs-metadata", whole.as_bytes());
    assert_eq!(
        facts.oddities,
        ["Metadata longer than 256 KiB were not read."]
    );
    assert_eq!(facts.participants.len(), 1, "From stands in");
}

#[test]
fn siprec_30_depth_length_and_number_of_elements_are_bounded() {
    let deep = format!("{}{}", "<a>".repeat(30_000), "</a>".repeat(30_000));
    let many = format!("<recording>{}</recording>", "<a/>".repeat(65_000));
    let long = format!("<recording>{}</recording>", " ".repeat(256 * 1024));
    let attributes: String = (0..20_000).map(|number| format!("a{number}='' ")).collect();
    let wide = format!("<recording><participant {attributes}/></recording>");
    let nested: String = (0..7_000)
        .map(|number| format!("<a xmlns:n{number}='u'>"))
        .collect();
    let nested = format!("{nested}{}", "</a>".repeat(7_000));
    for xml in [deep, many, long, wide, nested] {
        facts_of("application/rs-metadata", xml.as_bytes());
    }
}

#[test]
fn oddities_never_hold_a_telephone_number() {
    let xml = "<recording><participant participant_id='5550101'><5550101></recording>";
    let facts = facts_of("application/rs-metadata", xml.as_bytes());
    assert!(!facts.oddities.is_empty());
    assert!(
        facts
            .oddities
            .iter()
            .all(|oddity| !oddity.contains("5550101"))
    );
}
