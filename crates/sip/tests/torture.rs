//! Every message of RFC 4475 and of RFC 5118, as one datagram, with what becomes of it.
//!
//! "Lenient" marks what the RFC lets an element refuse and we take, because a call that can be
//! recorded is recorded.
#![expect(clippy::unwrap_used, reason = "test helpers panic")]

use std::path::Path;
use std::time::Instant;

use sip::{Endpoint, Flow, Message, Options, Output, Transport, parse};

/// What becomes of a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Verdict {
    /// Handed to the caller.
    Taken,
    /// Answered by the endpoint with status and reason.
    Answered(u16, &'static str),
    /// A response that can be read; without a request of ours it is dropped.
    Response,
    /// Neither understood nor answerable: dropped.
    Dropped,
}
use Verdict::{Answered, Dropped, Response, Taken};

/// What asks for a dialog that is none of ours.
const NO_DIALOG: Verdict = Answered(481, "Call/Transaction Does Not Exist");

/// Methods a recorder does not have.
const NOT_ALLOWED: Verdict = Answered(405, "Method Not Allowed");

const VERDICTS: [(&str, Verdict); 49] = [
    // 3.1.1 valid messages
    // understood whole; its To tag names no dialog of ours
    ("wsinv", NO_DIALOG),
    ("intmeth", NOT_ALLOWED),
    ("esc01", Taken),
    ("escnull", NOT_ALLOWED),
    ("esc02", NOT_ALLOWED), // "RE%47IST%45R" is a method of its own
    ("lwsdisp", Taken),
    ("longreq", Taken),
    ("dblreq", NOT_ALLOWED), // the REGISTER alone; what follows it in the datagram is ignored
    ("semiuri", Taken),
    ("transports", Taken),
    ("mpart01", NOT_ALLOWED),
    ("unreason", Response),
    ("noreason", Response),
    // 3.1.2 invalid messages
    ("badinv01", Answered(400, "Via Unreadable")),
    ("clerr", Answered(400, "Body Shorter Than Content-Length")),
    ("ncl", Answered(400, "Bad Content-Length")),
    ("scalar02", Answered(400, "CSeq Missing Or Unreadable")),
    ("scalarlg", Dropped), // a response whose CSeq cannot be read
    ("quotbal", Taken),    // lenient: the address in brackets is plain enough
    ("ltgtruri", Taken),   // lenient: brackets come off
    // lenient: the blank before ";lr" is let be; its To tag then names no dialog of ours
    ("lwsruri", NO_DIALOG),
    ("lwsstart", Taken), // lenient
    ("trws", Taken),     // lenient
    ("escruri", Taken),  // lenient: headers in the Request-URI are ignored
    ("baddate", Taken),  // Date is kept, not obeyed
    ("regbadct", NOT_ALLOWED),
    ("badaspec", Taken), // lenient: blanks inside the brackets
    ("baddn", Taken),    // lenient: comma in an unquoted name
    ("badvers", Answered(505, "Version Not Supported")),
    ("mismatch01", Answered(400, "CSeq Names Another Method")),
    ("mismatch02", Answered(400, "CSeq Names Another Method")),
    ("bigcode", Dropped),
    // 3.2 transaction layer
    ("badbranch", Taken),
    // 3.3 application layer
    ("insuf", Dropped), // without From, To and Call-ID an answer could not be matched
    ("unkscm", Answered(416, "Unsupported URI Scheme")),
    ("novelsc", Answered(416, "Unsupported URI Scheme")),
    ("unksm2", NOT_ALLOWED),
    ("bext01", Answered(420, "Bad Extension")),
    ("invut", Taken), // 415 is the caller's to say, who knows bodies
    ("regaut01", NOT_ALLOWED),
    ("multi01", Answered(400, "Several From")),
    ("mcl01", Answered(400, "Several Content-Length")),
    ("bcast", Response),
    ("zeromf", Taken), // Max-Forwards ends at proxies, and we are the end
    ("cparam01", NOT_ALLOWED),
    ("cparam02", NOT_ALLOWED),
    ("regescrt", NOT_ALLOWED),
    ("sdp01", Taken), // what can be accepted is the caller's to say
    // 3.4 backward compatibility
    ("inv2543", Taken),
];

/// RFC 5118's ten sections; two of them hold two messages.
const VERDICTS_IPV6: [(&str, Verdict); 12] = [
    ("ipv6-good", NOT_ALLOWED),                     // 4.1
    ("ipv6-bad", Answered(400, "Bad Request-URI")), // 4.2
    ("port-ambiguous", NOT_ALLOWED),                // 4.3
    ("port-unambiguous", NOT_ALLOWED),              // 4.4
    ("via-received-param-with-delim", NO_DIALOG),   // 4.5
    ("via-received-param-no-delim", Taken),         // 4.5
    ("ipv6-in-sdp", Taken),                         // 4.6
    ("mult-ip-in-header", NO_DIALOG),               // 4.7
    ("mult-ip-in-sdp", Taken),                      // 4.8
    ("ipv4-mapped-ipv6", Taken),                    // 4.9
    ("ipv6-bug-abnf-3-colons", Taken),              // 4.10
    ("ipv6-correct-abnf-2-colons", Taken),          // 4.10
];

/// What a message of the second set says where it goes and where it came from.
const HOSTS_IPV6: [(&str, &str, Option<u16>, &str); 7] = [
    ("ipv6-good", "[2001:db8::10]", None, "[2001:db8::9:1]"),
    // Everything between the brackets is the address: the sender's mistake, not ours.
    (
        "port-ambiguous",
        "[2001:db8::10:5070]",
        None,
        "[2001:db8::9:1]",
    ),
    (
        "port-unambiguous",
        "[2001:db8::10]",
        Some(5070),
        "[2001:db8::9:1]",
    ),
    (
        "via-received-param-no-delim",
        "[2001:db8::10]",
        None,
        "[2001:db8::9:1]",
    ),
    (
        "mult-ip-in-header",
        "host.example.net",
        None,
        "[2001:db8::9:1]",
    ),
    (
        "ipv4-mapped-ipv6",
        "example.com",
        None,
        "[::ffff:192.0.2.10]",
    ),
    (
        "ipv6-bug-abnf-3-colons",
        "[2001:db8:::192.0.2.1]",
        None,
        "lab1.east.example.com",
    ),
];

#[expect(clippy::disallowed_methods, reason = "the test's data")]
fn message(set: &str, name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    std::fs::read(folder.join(set).join(format!("{name}.dat"))).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "the start of virtual time")]
fn verdict(set: &str, name: &str) -> Verdict {
    let bytes = message(set, name);
    let mut endpoint = Endpoint::new(Options::default(), |bytes| bytes.fill(7));
    let flow = Flow {
        transport: Transport::Udp,
        local: "198.51.100.1:5060".parse().unwrap(),
        peer: "198.51.100.2:5060".parse().unwrap(),
        connection: 0,
    };
    endpoint.receive(Instant::now(), flow, &bytes);
    let mut verdict = match parse(&bytes) {
        Ok(parsed) if matches!(parsed.message, Message::Response(_)) => Response,
        _ => Dropped,
    };
    for output in std::iter::from_fn(|| endpoint.poll()) {
        match output {
            Output::Invite { .. } | Output::Options { .. } => verdict = Taken,
            Output::Transmit { bytes, .. } => {
                // Not parsed: an answer copies what could not be read.
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let line = text
                    .lines()
                    .next()
                    .unwrap()
                    .strip_prefix("SIP/2.0 ")
                    .unwrap();
                let (status, reason) = line.split_once(' ').unwrap();
                if status != "100" {
                    verdict = Answered(status.parse().unwrap(), reason.to_owned().leak());
                }
            }
            Output::Sent { .. }
            | Output::InDialog { .. }
            | Output::Acked { .. }
            | Output::Cancelled { .. }
            | Output::Response { .. }
            | Output::Gone { .. } => panic!("{name}: there is no dialog"),
        }
    }
    verdict
}

#[test]
fn every_message_has_its_verdict() {
    let wrong: Vec<_> = VERDICTS
        .into_iter()
        .map(|(name, expected)| (name, expected, verdict("rfc4475", name)))
        .filter(|(_, expected, found)| expected != found)
        .collect();
    assert!(wrong.is_empty(), "name, expected, found: {wrong:#?}");
}

#[test]
fn every_message_over_ipv6_has_its_verdict() {
    let wrong: Vec<_> = VERDICTS_IPV6
        .into_iter()
        .map(|(name, expected)| (name, expected, verdict("rfc5118", name)))
        .filter(|(_, expected, found)| expected != found)
        .collect();
    assert!(wrong.is_empty(), "name, expected, found: {wrong:#?}");
}

#[test]
fn addresses_of_ipv6_are_read_with_their_brackets() {
    for (name, host, port, via) in HOSTS_IPV6 {
        let parsed = parse(&message("rfc5118", name)).unwrap();
        let Message::Request(request) = parsed.message else {
            panic!("{name} is a request");
        };
        assert_eq!(
            (request.uri.host(), request.uri.port()),
            (host, port),
            "{name}"
        );
        assert_eq!(request.headers.via().unwrap().host, via, "{name}");
    }
}

#[test]
fn every_readable_message_is_written_as_it_was_read() {
    let first = VERDICTS.iter().map(|(name, _)| ("rfc4475", name));
    let second = VERDICTS_IPV6.iter().map(|(name, _)| ("rfc5118", name));
    for (set, name) in first.chain(second) {
        if let Ok(parsed) = parse(&message(set, name)) {
            let again = parse(&parsed.message.to_bytes()).unwrap();
            assert_eq!(again.message, parsed.message, "{name}");
        }
    }
}

#[test]
fn every_file_has_a_verdict() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    for (set, verdicts) in [("rfc4475", &VERDICTS[..]), ("rfc5118", &VERDICTS_IPV6[..])] {
        for entry in std::fs::read_dir(data.join(set)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            assert!(verdicts.iter().any(|(known, _)| *known == name), "{name}");
        }
    }
}
