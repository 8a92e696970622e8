//! Requests as a recording client sends them, and our addresses.

use std::net::SocketAddr;

use sip::{Method, Request, Uri};

/// A request of one dialog, with what every request needs.
pub(crate) fn request(method: Method, sequence: u32, content_type: &str, body: &[u8]) -> Request {
    let mut request = Request::new(method, Uri::parse("sip:recorder@192.0.2.9").unwrap());
    let cseq = format!("{sequence} {}", request.method);
    for (name, value) in [
        ("Via", "SIP/2.0/UDP 198.51.100.1;branch=z9hG4bK1"),
        ("From", "\"Ann\" <sip:5550101@198.51.100.1>;tag=1"),
        ("To", "<sip:recorder@192.0.2.9>"),
        ("Call-ID", "test-1@198.51.100.1"),
        ("CSeq", &cseq),
        ("Require", "siprec"),
        ("Contact", "<sip:198.51.100.1>;+sip.src"),
    ] {
        request.headers.push(name, value);
    }
    if !content_type.is_empty() {
        request.headers.push("Content-Type", content_type);
    }
    request.body = body.to_vec();
    request
}

/// Our RTP addresses: even ports from 40,000.
pub(crate) fn addresses(count: u16) -> Vec<Option<SocketAddr>> {
    (0..count)
        .map(|line| Some(SocketAddr::from(([192, 0, 2, 9], 40_000 + 2 * line))))
        .collect()
}
