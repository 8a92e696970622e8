//! Bytes to messages: one datagram, or one message cut out of a stream by the framer.
//!
//! Takes any order of headers, compact forms, folded lines, bare LF, missing blanks, Latin-1.
//! Refuses only what cannot be answered rightly or would be guessed: a start line or one of Via,
//! From, To, Call-ID and CSeq that cannot be read, and a body shorter than its Content-Length.

use super::address::NameAddr;
use super::error::{ParseError, Readable};
use super::headers::{Headers, same};
use super::lines::{field, unfold};
use super::method::Method;
use super::oddity::Oddity;
use super::start_line::{Start, start};
use super::via::Via;
use super::{Message, Request, Response};
use crate::limits::{HEADER_SECTION_BYTES_MAX, HEADERS_MAX, STREAM_MESSAGE_BYTES_MAX};

/// A message and what was odd about it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Parsed {
    /// The message.
    pub message: Message,
    /// What was odd, in the order found.
    pub oddities: Vec<Oddity>,
}

/// Reads one whole message. Empty lines before it are skipped.
///
/// Content-Length is checked and taken off the headers; bytes behind it are left out, and without
/// it the body reaches to the end of the bytes.
///
/// # Errors
/// When the message cannot be understood; the error says what to answer.
pub fn parse(bytes: &[u8]) -> Result<Parsed, ParseError> {
    let bytes = skip_empty_lines(bytes);
    let mut oddities = Vec::new();
    let (head, rest) = match head_end(bytes) {
        Some((head, body)) => (bytes.get(..head).unwrap_or_default(), bytes.get(body..)),
        None => {
            oddities.push(Oddity::NoEmptyLine);
            (bytes, None)
        }
    };
    let (start_line, mut headers) = fields(head, &mut oddities);
    let start = start(&start_line, &mut oddities);
    let checked = check(head.len(), &start, &headers, &mut oddities)
        .and_then(|()| body(&headers, rest, &mut oddities).map_err(|reason| (400, reason)));
    let body = match checked {
        Ok(body) => body.to_vec(),
        Err((status, reason)) => return Err(error(status, reason, start, &headers)),
    };
    headers.remove("Content-Length");
    let message = match start {
        Start::Request(method, uri) => Message::Request(Request {
            method,
            uri,
            headers,
            body,
        }),
        Start::Response(status, reason) => Message::Response(Response {
            status,
            reason,
            headers,
            body,
        }),
        Start::Bad { status, reason, .. } => return Err(error(status, reason, start, &headers)),
    };
    Ok(Parsed { message, oddities })
}

fn error(status: u16, reason: &'static str, start: Start, headers: &Headers) -> ParseError {
    let (method, response) = match start {
        Start::Request(method, _) => (Some(method), false),
        Start::Response(..) => (None, true),
        Start::Bad {
            method, response, ..
        } => (method, response),
    };
    let first = |name| headers.first(name).map(<[u8]>::to_vec);
    let via = headers.iter().filter(|header| same(header.name(), "Via"));
    ParseError {
        status,
        reason,
        readable: Box::new(Readable {
            method,
            response,
            via: via.map(|header| header.value().to_vec()).collect(),
            from: first("From"),
            to: first("To"),
            call_id: first("Call-ID"),
            cseq: first("CSeq"),
        }),
    }
}

/// Everything but the body: start line, limits, and the five headers without which nothing works.
fn check(
    head_bytes: usize,
    start: &Start,
    headers: &Headers,
    oddities: &mut Vec<Oddity>,
) -> Result<(), (u16, &'static str)> {
    if head_bytes > HEADER_SECTION_BYTES_MAX || headers.len() > HEADERS_MAX {
        return Err((513, "Too Many Headers"));
    }
    if let Start::Bad { status, reason, .. } = start {
        return Err((*status, reason));
    }
    repeated(headers, oddities).map_err(|reason| (400, reason))?;
    let requested = matches!(start, Start::Request(..));
    addressed(headers, requested).map_err(|reason| (400, reason))?;
    let (_, cseq_method) = headers.cseq().ok_or((400, "CSeq Missing Or Unreadable"))?;
    match start {
        Start::Request(method, _) if *method != cseq_method => {
            // A BYE ends a call whatever its CSeq says (BroadWorks sends such); the rest may not
            // be guessed, since an answer is matched by CSeq's method.
            if *method != Method::Bye {
                return Err((400, "CSeq Names Another Method"));
            }
            oddities.push(Oddity::CseqMethod);
        }
        Start::Request(..) | Start::Response(..) | Start::Bad { .. } => {}
    }
    for header in headers
        .iter()
        .filter(|header| std::str::from_utf8(header.value()).is_err())
    {
        oddities.push(Oddity::NotUtf8(header.name().to_owned()));
    }
    Ok(())
}

/// Via, From, To, Call-ID. Of a response only the topmost Via is ours to read.
fn addressed(headers: &Headers, requested: bool) -> Result<(), &'static str> {
    let via = headers.tokens("Via");
    if via.is_empty() {
        return Err("Via Missing");
    }
    let ours = if requested { via.len() } else { 1 };
    if via
        .iter()
        .take(ours)
        .any(|value| Via::parse(value).is_err())
    {
        return Err("Via Unreadable");
    }
    let from = headers.text("From").ok_or("From Missing")?;
    NameAddr::parse(&from).map_err(|_| "From Unreadable")?;
    let to = headers.text("To").ok_or("To Missing")?;
    NameAddr::parse(&to).map_err(|_| "To Unreadable")?;
    match headers.first("Call-ID") {
        Some([]) | None => Err("Call-ID Missing"),
        Some(_) => Ok(()),
    }
}

/// Headers that may stand only once: the same twice is odd, two different ones are an error.
fn repeated(headers: &Headers, oddities: &mut Vec<Oddity>) -> Result<(), &'static str> {
    for (name, reason) in [
        ("From", "Several From"),
        ("To", "Several To"),
        ("Call-ID", "Several Call-ID"),
        ("CSeq", "Several CSeq"),
        ("Content-Type", "Several Content-Type"),
        ("Content-Length", "Several Content-Length"),
    ] {
        let mut values = headers.iter().filter(|header| same(header.name(), name));
        let Some(first) = values.next() else { continue };
        let mut again = false;
        for other in values {
            if other.value() != first.value() {
                return Err(reason);
            }
            again = true;
        }
        if again {
            oddities.push(Oddity::Repeated(name));
        }
    }
    Ok(())
}

/// The body, of what follows the header section. Where that does not end, only Content-Length says
/// that nothing was cut off: a call must never be answered that we saw half of.
fn body<'a>(
    headers: &Headers,
    rest: Option<&'a [u8]>,
    oddities: &mut Vec<Oddity>,
) -> Result<&'a [u8], &'static str> {
    let Some(value) = headers.first("Content-Length") else {
        oddities.push(Oddity::NoContentLength);
        return rest.ok_or("Header Section Does Not End");
    };
    let rest = rest.unwrap_or_default();
    let length = length(value).ok_or("Bad Content-Length")?;
    let body = rest
        .get(..length)
        .ok_or("Body Shorter Than Content-Length")?;
    let after = rest.len().saturating_sub(length);
    if after > 0 {
        oddities.push(Oddity::BytesAfterBody(after));
    }
    Ok(body)
}

/// A Content-Length's number; larger ones than any message are no number.
fn length(value: &[u8]) -> Option<usize> {
    let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    let text = std::str::from_utf8(value).ok().filter(|_| digits)?;
    text.parse().ok()
}

/// The Content-Length in a header section: `Ok(None)` when there is none, an error when it cannot
/// be read or stands several times with different values.
pub(crate) fn content_length(head: &[u8]) -> Result<Option<usize>, ()> {
    let (_, headers) = fields(skip_empty_lines(head), &mut Vec::new());
    let mut found = None;
    for header in headers
        .iter()
        .filter(|header| same(header.name(), "Content-Length"))
    {
        // Digits beyond any machine word are a length all the same: one that is too large.
        let digits = !header.value().is_empty() && header.value().iter().all(u8::is_ascii_digit);
        let length = match length(header.value()) {
            Some(length) => length,
            None if digits => STREAM_MESSAGE_BYTES_MAX.saturating_add(1),
            None => return Err(()),
        };
        if found.is_some_and(|found| found != length) {
            return Err(());
        }
        found = Some(length);
    }
    Ok(found)
}

/// What can be read of a header section whose message is given up.
pub(crate) fn readable(head: &[u8]) -> Readable {
    let oddities = &mut Vec::new();
    let (start_line, headers) = fields(skip_empty_lines(head), oddities);
    *error(400, "", start(&start_line, oddities), &headers).readable
}

/// Where the header section ends and the body begins, when an empty line is there.
pub(crate) fn head_end(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut from = 0_usize;
    loop {
        let feed = from.checked_add(bytes.get(from..)?.iter().position(|&byte| byte == b'\n')?)?;
        let next = feed.checked_add(1)?;
        match (bytes.get(next), bytes.get(next.checked_add(1)?)) {
            (Some(b'\n'), _) => return Some((next, next.checked_add(1)?)),
            (Some(b'\r'), Some(b'\n')) => return Some((next, next.checked_add(2)?)),
            _ => from = next,
        }
    }
}

fn skip_empty_lines(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n'));
    bytes
        .get(start.unwrap_or(bytes.len())..)
        .unwrap_or_default()
}

/// Start line and headers of a header section.
fn fields(head: &[u8], oddities: &mut Vec<Oddity>) -> (Vec<u8>, Headers) {
    let unfolded = unfold(head);
    if unfolded.bare_line_feeds {
        oddities.push(Oddity::BareLineFeeds);
    }
    let mut lines = unfolded.lines.into_iter();
    let start_line = lines.next().unwrap_or_default();
    let mut headers = Headers::new();
    for line in lines {
        match field(&line) {
            Some((name, value)) => headers.push(&name, value),
            None => oddities.push(Oddity::UnreadableLine),
        }
    }
    (start_line, headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADERS: &str = "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
        From: \"A\"<sip:a@b>;tag=1\r\nt: sip:c@d\r\ni: x\r\nCSeq:1 INVITE\r\n";

    fn request(more: &str) -> Result<Parsed, ParseError> {
        parse(format!("INVITE sip:c@d SIP/2.0\r\n{HEADERS}{more}").as_bytes())
    }

    fn reason(more: &str) -> &'static str {
        request(more).unwrap_err().reason
    }

    #[test]
    fn the_body_is_what_content_length_says() {
        assert_eq!(request("l: 2\r\n\r\nabc").unwrap().message.body(), b"ab");
        assert_eq!(request("\r\nabc").unwrap().message.body(), b"abc");
        assert_eq!(
            reason("l: 4\r\n\r\nabc"),
            "Body Shorter Than Content-Length"
        );
        assert_eq!(reason("l: -999\r\n\r\nabc"), "Bad Content-Length");
        assert_eq!(
            reason("l: 18446744073709551616\r\n\r\n"),
            "Bad Content-Length"
        );
        assert_eq!(
            reason("l: 18446744073709551615\r\n\r\n"),
            "Body Shorter Than Content-Length"
        );
        assert_eq!(
            reason("l: 1\r\nContent-Length: 2\r\n\r\nabc"),
            "Several Content-Length"
        );
    }

    #[test]
    fn a_header_section_cut_off_is_no_message() {
        assert_eq!(
            reason("Content-Type: application/sdp\r\n"),
            "Header Section Does Not End"
        );
        assert_eq!(reason("l: 1"), "Body Shorter Than Content-Length");
        assert_eq!(request("l: 0\r\n").unwrap().oddities, [Oddity::NoEmptyLine]);
    }

    #[test]
    fn latin_1_bare_line_feeds_and_folding_are_taken() {
        let text = b"INVITE sip:c@d SIP/2.0\nv: SIP/2.0/UDP h\nf: J\xfcrgen <sip:a@b>\n ;tag=1\n\
            t: <sip:c@d>\ni: x\nCSeq: 1\n INVITE\n\nv=0\n";
        let parsed = parse(text).unwrap();
        let from = parsed.message.headers().from().unwrap();
        assert_eq!(from.display.as_deref(), Some("Jürgen"));
        assert_eq!(from.tag(), Some("1"));
        assert_eq!(parsed.message.body(), b"v=0\n");
        assert!(parsed.oddities.contains(&Oddity::BareLineFeeds));
        assert!(parsed.oddities.contains(&Oddity::NotUtf8("f".to_owned())));
    }

    #[test]
    fn an_unreadable_line_does_not_cost_the_call() {
        let parsed = request("no colon here\r\nbad name: x\r\nl: 0\r\n\r\n").unwrap();
        assert_eq!(
            parsed.oddities,
            [Oddity::UnreadableLine, Oddity::UnreadableLine]
        );
    }

    #[test]
    fn what_was_readable_comes_with_the_error() {
        let text = "INVITE sip:c@d SIP/3.0\r\nVia: SIP/3.0/UDP h\r\nFrom: x\r\nTo: y\r\n\
            Call-ID: z\r\nCSeq: 1 INVITE\r\n\r\n";
        let error = parse(text.as_bytes()).unwrap_err();
        assert_eq!((error.status, error.reason), (505, "Version Not Supported"));
        assert!(error.readable.is_answerable());
        let error = parse(b"SIP/2.0 4294967301 no\r\nVia: SIP/2.0/UDP h\r\n\r\n").unwrap_err();
        assert!(!error.readable.is_answerable());
        assert!(!parse(b"").unwrap_err().readable.is_answerable());
    }

    #[test]
    fn too_many_headers_are_refused() {
        assert_eq!(reason(&"a: b\r\n".repeat(HEADERS_MAX)), "Too Many Headers");
        assert_eq!(
            reason(&format!("a: {}\r\n\r\n", "b".repeat(70_000))),
            "Too Many Headers"
        );
    }
}
