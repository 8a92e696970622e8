//! Whatever is offered, the answer is one that RFC 3264 and RFC 7866 section 7 allow.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

mod common;

use common::{addresses, request};
use proptest::prelude::*;
use sip::Method;
use siprec::Session;

/// One m-line of an offer.
#[derive(Clone, Debug)]
struct Offered {
    media: &'static str,
    port: u16,
    protocol: &'static str,
    formats: Vec<(u8, &'static str)>,
    label: Option<String>,
    direction: &'static str,
    connection: &'static str,
    mux: bool,
}

const FORMATS: [(u8, &str); 20] = [
    (0, ""),
    (8, ""),
    (18, ""),
    (13, ""),
    (9, "G722/8000"),
    (96, "opus/48000/2"),
    (97, "PCMA/8000"),
    (98, "pcmu/8000/1"),
    (101, "telephone-event/8000"),
    (102, "L16/44100/2"),
    (103, "L16/96000"),
    (104, "G726-32/8000"),
    (105, "AAL2-G726-32/8000"),
    (106, "g729a/8000"),
    (107, "iLBC/8000"),
    (108, "SILK/16000"),
    (109, "opus/48000"),
    (2, ""),
    (120, ""),
    // With the marker it looks like RTCP (RFC 5761 section 4).
    (90, "PCMA/8000"),
];

/// Of these, what a recording can be made of.
const DECODABLE: [u8; 14] = [0, 8, 18, 9, 96, 97, 98, 102, 104, 105, 106, 109, 2, 90];

fn offered() -> impl Strategy<Value = Offered> {
    let protocols = [
        "RTP/AVP",
        "RTP/AVP",
        "RTP/AVPF",
        "rtp/avp",
        "RTP/SAVP",
        "UDP/TLS/RTP/SAVPF",
        "udptl",
    ];
    let formats = proptest::sample::subsequence(FORMATS.to_vec(), 1..=FORMATS.len()).prop_shuffle();
    (
        proptest::sample::select(vec![
            "audio",
            "audio",
            "audio",
            "video",
            "text",
            "application",
        ]),
        prop_oneof![1 => Just(0_u16), 6 => 1024_u16..],
        proptest::sample::select(protocols.to_vec()),
        formats,
        proptest::option::of("[A-Za-z0-9_.+-]{1,12}"),
        proptest::sample::select(vec!["", "sendonly", "sendrecv", "inactive", "recvonly"]),
        proptest::sample::select(vec![
            "",
            "IN IP4 198.51.100.2",
            "IN IP6 2001:db8::2",
            "IN IP4 0.0.0.0",
        ]),
        any::<bool>(),
    )
        .prop_map(
            |(media, port, protocol, formats, label, direction, connection, mux)| Offered {
                media,
                port,
                protocol,
                formats,
                label,
                direction,
                connection,
                mux,
            },
        )
}

fn description(lines: &[Offered], line_end: &str, blanks: &str) -> String {
    let mut text = vec![
        "v=0".to_owned(),
        "o=- 1 1 IN IP4 198.51.100.1".into(),
        "s=-".into(),
    ];
    text.push("t=0 0".into());
    for line in lines {
        let numbers: Vec<String> = line.formats.iter().map(|(n, _)| n.to_string()).collect();
        let (media, port, protocol) = (line.media, line.port, line.protocol);
        text.push(format!("m={media} {port} {protocol} {}", numbers.join(" ")));
        for (name, value) in [("c=", line.connection), ("a=", line.direction)] {
            if !value.is_empty() {
                text.push(format!("{name}{value}"));
            }
        }
        for (number, rtpmap) in &line.formats {
            if !rtpmap.is_empty() {
                text.push(format!("a=rtpmap:{number} {rtpmap}"));
            }
        }
        if line.mux {
            text.push("a=rtcp-mux".into());
        }
        if let Some(label) = &line.label {
            text.push(format!("a=label:{label}"));
        }
    }
    text.iter()
        .map(|line| format!("{line}{blanks}{line_end}"))
        .collect()
}

fn is_usable(line: &Offered) -> bool {
    let transport = line.protocol.to_uppercase();
    line.media == "audio" && line.port != 0 && matches!(transport.as_str(), "RTP/AVP" | "RTP/AVPF")
}

/// Checks one m-line of the answer, given as its lines, against the offer's.
fn check(offered: &Offered, answered: &[&str], port: u16) {
    let words: Vec<&str> = answered[0].trim_start_matches("m=").split(' ').collect();
    assert_eq!((words[0], words[2]), (offered.media, offered.protocol));
    let label = answered
        .iter()
        .find_map(|line| line.strip_prefix("a=label:"));
    assert_eq!(label, offered.label.as_deref());
    let muxed = answered.contains(&"a=rtcp-mux");
    if !is_usable(offered) {
        assert_eq!(words[1], "0");
        assert!(!muxed);
        return;
    }
    assert_eq!(words[1], port.to_string(), "an even RTP port, as given");
    let silent = matches!(offered.direction, "inactive" | "recvonly");
    let direction = if silent { "a=inactive" } else { "a=recvonly" };
    let directions: Vec<&&str> = answered
        .iter()
        .filter(|line| ["a=recvonly", "a=inactive", "a=sendonly", "a=sendrecv"].contains(line))
        .collect();
    assert_eq!(directions, [&direction]);
    let formats: Vec<u8> = words[3..]
        .iter()
        .map(|number| number.parse().unwrap())
        .collect();
    let speech = offered
        .formats
        .iter()
        .any(|(number, _)| DECODABLE.contains(number));
    let expected: Vec<u8> = offered
        .formats
        .iter()
        .map(|(number, _)| *number)
        .filter(|number| !speech || DECODABLE.contains(number) || [13, 101].contains(number))
        .collect();
    assert_eq!(formats, expected);
    assert_eq!(muxed, offered.mux && !formats.contains(&90));
}

proptest! {
    #[test]
    fn siprec_08_09_10_every_answer_mirrors_its_offer(
        lines in proptest::collection::vec(offered(), 0..12),
        line_end in proptest::sample::select(vec!["\r\n", "\n"]),
        blanks in proptest::sample::select(vec!["", " "]),
    ) {
        let body = description(&lines, line_end, blanks);
        let invite = request(Method::Invite, 1, "application/sdp", body.as_bytes());
        let mut session = Session::new(false);
        let plan = session.request(&invite);
        if !lines.is_empty() && !lines.iter().any(is_usable) {
            prop_assert_eq!(plan.unwrap_err().status, 488);
            return Ok(());
        }
        let plan = plan.unwrap();
        prop_assert_eq!(plan.lines.len(), lines.len());
        let answer = session.answer(&addresses(12)).unwrap();
        let answer = String::from_utf8(answer).unwrap();
        prop_assert!(answer.ends_with("\r\n") && !answer.replace("\r\n", "").contains(['\r', '\n']));
        let answer: Vec<&str> = answer.lines().collect();
        let starts: Vec<usize> =
            (0..answer.len()).filter(|index| answer[*index].starts_with("m=")).collect();
        prop_assert_eq!(starts.len(), lines.len());
        for (index, offered) in lines.iter().enumerate() {
            let end = starts.get(index + 1).copied().unwrap_or(answer.len());
            let port = 40_000 + 2 * u16::try_from(index).unwrap();
            check(offered, &answer[starts[index]..end], port);
            prop_assert_eq!(plan.lines[index].record, is_usable(offered));
        }
    }
}

/// Whether the answer gives the line a port.
fn ports(answer: &str) -> Vec<String> {
    let lines = answer.lines().filter_map(|line| line.strip_prefix("m="));
    lines
        .map(|line| line.split(' ').nth(1).unwrap().to_owned())
        .collect()
}

proptest! {
    #[test]
    fn siprec_11_63_every_reoffer_is_answered_by_itself_and_loses_no_line(
        offers in proptest::collection::vec(
            (proptest::collection::vec(offered(), 0..5), any::<bool>()),
            1..8,
        ),
    ) {
        let mut session = Session::new(false);
        let mut recorded: Vec<bool> = Vec::new();
        let mut begun = false;
        for ((lines, update), sequence) in offers.iter().zip(1..) {
            let method = if begun && *update { Method::Update } else { Method::Invite };
            let body = description(lines, "\r\n", "");
            let request = request(method, sequence, "application/sdp", body.as_bytes());
            let plan = session.request(&request);
            let off = lines.iter().all(|line| line.port == 0);
            let idle = lines.is_empty() || begun && off;
            let usable: Vec<bool> = lines.iter().map(is_usable).collect();
            if !idle && !usable.contains(&true) {
                prop_assert_eq!(plan.unwrap_err().status, 488);
                continue;
            }
            let plan = plan.unwrap();
            begun = true;
            // Lines that a new offer leaves out go on as they were.
            let left_out = recorded.iter().skip(usable.len());
            recorded = usable.iter().chain(left_out).copied().collect();
            let planned: Vec<bool> = plan.lines.iter().map(|line| line.record).collect();
            prop_assert_eq!(&planned, &recorded);
            let answer = session.answer(&addresses(16)).unwrap();
            let answer = String::from_utf8(answer).unwrap();
            let expected = usable.iter().zip(0..).map(|(usable, line): (_, u16)| {
                if *usable { (40_000 + 2 * line).to_string() } else { "0".to_owned() }
            });
            prop_assert_eq!(ports(&answer), expected.collect::<Vec<_>>());
        }
    }
}
