//! Nothing from the network panics, and nothing is lost between reading and writing.
#![expect(clippy::unwrap_used, reason = "test helpers panic")]

use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof};
use proptest::{prop_assert_eq, proptest};
use sip::{
    Endpoint, Flow, Framer, Headers, Message, Method, NameAddr, Options, Output, Request, Response,
    Transport, Uri, Via, multipart, parse, redact,
};

const INVITE: &str = "INVITE sip:srs@198.51.100.1:5060;lr SIP/2.0\r\n\
    Via: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bK776asdhds;rport, SIP/2.0/TLS [2001:db8::1]\r\n\
    Max-Forwards: 70\r\n\
    From: \"J. \\\"R\\\" Smith\" <sip:+1555%20@192.0.2.1;x-nearend;x-refci=1>;tag=1928301774\r\n\
    To: <sip:srs@198.51.100.1>\r\n\
    Call-ID: a84b4c76e66710@192.0.2.1\r\n\
    CSeq: 314159 INVITE\r\n\
    Contact: <sip:src@192.0.2.1:5070;transport=udp>;+sip.src=\"TRUE\"\r\n\
    Require: siprec, timer\r\n\
    Session-Expires: 1800;refresher=uas\r\n\
    Record-Route: <sip:p1.example;lr>, <sip:p2.example>\r\n\
    Authorization: Digest username=\"a\",\r\n response=\"b\"\r\n\
    Content-Type: multipart/mixed;boundary=\"b 1\"\r\n\
    Content-Length: 178\r\n\
    \r\n\
    --b 1\r\n\
    Content-Type: application/sdp\r\n\
    \r\n\
    v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:QUJDREVG|2^31|1:1\r\n\
    --b 1\r\n\
    Content-Disposition: recording-session\r\n\
    \r\n\
    <recording/>\r\n\
    --b 1--\r\n";

/// A valid INVITE with some bytes replaced, removed, doubled or cut off.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        vec(any::<u8>(), 0..4),
        Just(b"\r\n".to_vec()),
        Just(b"\r\n\r\n".to_vec()),
        Just(b"18446744073709551616".to_vec()),
        Just(b"-1".to_vec()),
        Just(b"\"".to_vec()),
        Just(b"<".to_vec()),
        Just(b"\\".to_vec()),
        Just(b"--b 1".to_vec()),
        Just(b";;,;".to_vec()),
        Just("Content-Length: 4294967296\r\n".into()),
    ];
    vec((any::<usize>(), 0..12_usize, piece), 1..8).prop_map(|changes| {
        let mut bytes = INVITE.as_bytes().to_vec();
        for (place, length, piece) in changes {
            let start = place % (bytes.len() + 1);
            let end = (start + length).min(bytes.len());
            bytes.splice(start..end, piece);
        }
        bytes
    })
}

fn hostile() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![vec(any::<u8>(), 0..600), mutated(), mutated(), mutated()]
}

fn piece_of_stream() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        hostile(),
        Just(INVITE.as_bytes().to_vec()),
        Just(b"\r\n\r\n".to_vec())
    ]
}

fn flow(transport: Transport) -> Flow {
    let local = "198.51.100.1:5060".parse().unwrap();
    Flow {
        transport,
        local,
        peer: "192.0.2.1:5070".parse().unwrap(),
        connection: 0,
    }
}

/// Reads everything there is to read of some text.
fn look_inside(headers: &Headers) {
    for name in ["Via", "Contact", "Require", "Record-Route", "X", ""] {
        for token in headers.tokens(name) {
            let _ = NameAddr::parse(&token).map(|address| address.to_string());
            let _ = Via::parse(&token);
            let _ = Uri::parse(&token).map(|uri| uri.aor());
        }
    }
    let _ = (headers.contact(), headers.content_type(), headers.cseq());
}

/// A message made by hand rather than read.
fn message() -> impl Strategy<Value = Message> {
    let headers = vec(("[a-zA-Z][a-zA-Z-]{0,12}", vec(any::<u8>(), 0..40)), 0..8);
    let body = vec(any::<u8>(), 0..200);
    let start = prop_oneof![
        "[A-Z]{1,12}".prop_map(Some),
        Just(Some("INVITE".to_owned())),
        Just(None)
    ];
    (start, headers, body, 100..700_u16, "[ -~é]{0,30}").prop_map(
        |(method, extra, body, status, reason)| {
            let name = method.clone().unwrap_or_else(|| "BYE".to_owned());
            let mut headers = Headers::new();
            headers.push("Via", "SIP/2.0/UDP h;branch=z9hG4bK1");
            headers.push("f", b"J\xfcrgen <sip:a@b>;tag=1".to_vec());
            headers.push("To", "sip:c@d");
            headers.push("i", "1@h");
            headers.push("CSeq", format!("1 {name}"));
            for (name, value) in extra {
                // These have rules of their own, and Content-Length belongs to the body.
                headers.push(&format!("X-{name}"), value);
            }
            match method {
                Some(name) => Message::Request(Request {
                    method: Method::parse(&name),
                    uri: Uri::parse("sip:c@d;lr").unwrap(),
                    headers,
                    body,
                }),
                None => Message::Response(Response {
                    status,
                    reason: reason.trim().to_owned(),
                    headers,
                    body,
                }),
            }
        },
    )
}

fn framed(stream: &[u8], cuts: &[usize]) -> Vec<String> {
    let mut framer = Framer::new();
    let mut frames = Vec::new();
    let mut rest = stream;
    let mut cuts = cuts.iter().cycle();
    while !rest.is_empty() {
        let (piece, later) = rest.split_at((*cuts.next().unwrap()).clamp(1, rest.len()));
        rest = later;
        framer.push(piece);
        frames.extend(std::iter::from_fn(|| framer.next()).map(|frame| format!("{frame:?}")));
    }
    frames
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 512,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn reading_never_panics(
        bytes in hostile(),
        content_type in "multipart/mixed; ?boundary=\"?[ -~]{0,9}",
    ) {
        if let Ok(parsed) = parse(&bytes) {
            look_inside(parsed.message.headers());
            let again = parse(&parsed.message.to_bytes()).unwrap();
            prop_assert_eq!(again.message, parsed.message);
        }
        if let Ok(parts) = multipart::parts(&content_type, &bytes) {
            parts.iter().for_each(|part| look_inside(&part.headers));
        }
        let redacted = redact::redacted(&bytes);
        prop_assert_eq!(redacted.len(), bytes.len());
        prop_assert_eq!(parse(&redacted).is_ok(), parse(&bytes).is_ok());
    }

    #[test]
    fn the_endpoint_never_panics_and_always_ends(
        datagrams in vec(hostile(), 1..6),
        tcp in any::<bool>(),
    ) {
        let mut endpoint = Endpoint::new(Options::default(), |bytes| bytes.fill(9));
        #[expect(clippy::disallowed_methods, reason = "the start of virtual time")]
        let mut now = Instant::now();
        let flow = flow(if tcp { Transport::Tcp } else { Transport::Udp });
        for bytes in datagrams {
            endpoint.receive(now, flow, &bytes);
            while let Some(output) = endpoint.poll() {
                if let Output::Invite { transaction, .. }
                | Output::InDialog { transaction, .. } = output
                {
                    endpoint.respond(now, transaction, Response::new(200, "OK"));
                }
            }
            now += Duration::from_millis(100);
        }
        let mut steps = 0;
        while let Some(next) = endpoint.next_wake() {
            endpoint.wake(next);
            while endpoint.poll().is_some() {}
            steps += 1;
            assert!(steps < 2000, "it never comes to rest");
        }
        assert!(endpoint.is_idle());
    }

    #[test]
    fn what_is_written_reads_the_same(message in message()) {
        let parsed = parse(&message.to_bytes()).unwrap();
        prop_assert_eq!(parsed.message, message);
    }

    #[test]
    fn pieces_of_a_stream_make_no_difference(
        messages in vec(piece_of_stream(), 1..5),
        cuts in vec(1..400_usize, 1..20),
    ) {
        let stream = messages.concat();
        prop_assert_eq!(framed(&stream, &cuts), framed(&stream, &[stream.len().max(1)]));
    }
}

#[test]
fn the_seed_itself_is_valid() {
    let parsed = parse(INVITE.as_bytes()).unwrap();
    let content_type = parsed
        .message
        .headers()
        .text("Content-Type")
        .unwrap()
        .into_owned();
    assert_eq!(
        multipart::parts(&content_type, parsed.message.body())
            .unwrap()
            .len(),
        2
    );
    assert_eq!(framed(INVITE.as_bytes(), &[1]).len(), 1);
}
