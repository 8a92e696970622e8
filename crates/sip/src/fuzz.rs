//! What holds of the readers in this crate whatever bytes they are given.
//!
//! Each function takes what a fuzzer or the replay of its seeds makes up, and panics when a
//! property does not hold. The product never calls them.

use crate::frame::{Frame, FrameError, Framer};
use crate::limits::{
    HEADER_SECTION_BYTES_MAX, HEADERS_MAX, PARAMS_MAX, PARTS_MAX, STREAM_MESSAGE_BYTES_MAX,
};
use crate::message::text::decode;
use crate::{Headers, MediaType, NameAddr, Oddity, Uri, Via, multipart, parse, redact};

/// A datagram: what is read of it lies inside it, is written and read again as the same, and
/// stays readable when its secrets are taken out.
///
/// # Panics
/// When one of these does not hold.
pub fn message(data: &[u8]) {
    let redacted = redact::redacted(data);
    assert_eq!(redacted.len(), data.len(), "redacting keeps every length");
    let parsed = parse(data);
    if redacted != data {
        let again = redact::redacted(&redacted);
        assert_eq!(again, redacted, "what is redacted holds no secret");
        let same = parse(&redacted).is_ok() == parsed.is_ok();
        assert!(same, "redacting breaks and repairs nothing");
    }
    let message = match parsed {
        Ok(parsed) => parsed.message,
        Err(error) => return assert!(matches!(error.status, 400 | 505 | 513), "{error:?}"),
    };
    assert!(message.headers().len() <= HEADERS_MAX);
    let body = message.body();
    assert!(
        body.is_empty() || data.windows(body.len()).any(|bytes| bytes == body),
        "the body is a piece of the message"
    );
    assert!(message.headers().first("Content-Length").is_none());
    look_inside(message.headers());
    let written = parse(&message.to_bytes()).map(|parsed| parsed.message);
    assert_eq!(written, Ok(message), "what is written reads the same");
}

/// One value of a header: as an address, a URI, a Via and a media type.
///
/// # Panics
/// When something that was read changes by being written and read again.
pub fn uri(data: &[u8]) {
    let text = decode(data);
    if let Ok(uri) = Uri::parse(&text) {
        assert_eq!(uri.as_str(), text.trim(), "the text is kept");
        assert_eq!(Uri::parse(uri.as_str()), Ok(uri.clone()));
        assert!(uri.params().iter().count() <= PARAMS_MAX);
        let sip = matches!(uri.scheme(), "sip" | "sips");
        assert_eq!(sip, !uri.host().is_empty(), "a SIP URI has a host");
        // What names somebody must name the same one when it is read again.
        let aor = uri.aor();
        let again = Uri::parse(&aor).map(|uri| uri.aor());
        assert_eq!(again, Ok(aor), "an address of record is one of itself");
    }
    address(&text);
    if let Ok(via) = Via::parse(&text) {
        assert!(!via.host.is_empty() && via.branch() != Some(""));
    }
    let media_type = MediaType::parse(&text);
    assert_eq!(
        media_type.is_multipart(),
        media_type.essence.starts_with("multipart/")
    );
}

/// The first line is a Content-Type, the rest a body: its parts lie in it one after the other,
/// and put together again they are the same parts.
///
/// # Panics
/// When one of these does not hold.
pub fn multipart(data: &[u8]) {
    let mut pieces = data.splitn(2, |byte| *byte == b'\n');
    let content_type = decode(pieces.next().unwrap_or_default());
    let body = pieces.next().unwrap_or_default();
    let Ok(parts) = multipart::parts(&content_type, body) else {
        return;
    };
    assert!(parts.len() <= PARTS_MAX);
    let start = body.as_ptr().addr();
    let mut from = 0;
    for part in &parts {
        assert!(part.headers.len() <= HEADERS_MAX);
        if part.body.is_empty() {
            continue;
        }
        let place = part.body.as_ptr().addr().checked_sub(start);
        let place = place.filter(|place| *place >= from);
        assert!(place.is_some(), "parts come one after the other");
        from = place.unwrap_or(0).saturating_add(part.body.len());
        assert!(from <= body.len(), "a part lies in its body");
    }
    if !MediaType::parse(&content_type).is_multipart() {
        assert!(matches!(&*parts, [part] if part.body == body));
        return;
    }
    let boundary = absent_from(body);
    let joined = joined(&parts, &boundary);
    let content_type = format!("multipart/mixed;boundary=\"{boundary}\"");
    let again = multipart::parts(&content_type, &joined);
    assert_eq!(again, Ok(parts), "put together again they are the same");
}

/// A stream: how it is cut makes no difference, and a message cut out of it ends where its own
/// Content-Length says.
///
/// # Panics
/// When one of these does not hold.
pub fn stream(data: &[u8]) {
    let (first, bytes) = data.split_first().unwrap_or((&0, &[]));
    let whole = frames(bytes, bytes.len());
    let cut = frames(bytes, usize::from(*first).saturating_add(1));
    assert_eq!(whole, cut, "how a stream is cut makes no difference");
    let mut rest = bytes;
    for (index, frame) in whole.iter().enumerate() {
        match frame {
            Ok(Frame::Ping) => {}
            Ok(Frame::Message(message)) => {
                assert!(!message.is_empty() && message.len() <= STREAM_MESSAGE_BYTES_MAX);
                let place = rest
                    .windows(message.len())
                    .position(|bytes| bytes == message);
                let end = place.map(|place| place.saturating_add(message.len()));
                assert!(end.is_some(), "messages come in order, none twice");
                rest = end.and_then(|end| rest.get(end..)).unwrap_or_default();
                ends_where_it_says(message);
            }
            Err(error) => {
                let (FrameError::TooLarge { head } | FrameError::BadLength { head }) = error;
                assert!(head.len() <= HEADER_SECTION_BYTES_MAX);
                assert_eq!(index.saturating_add(1), whole.len(), "an error is the last");
                if matches!(error, FrameError::BadLength { .. }) {
                    has_no_length(head);
                }
            }
        }
    }
}

/// Two readers that disagree about where a message ends let one message hide another.
fn ends_where_it_says(message: &[u8]) {
    match parse(message) {
        Ok(parsed) => {
            let behind = |oddity: &Oddity| matches!(oddity, Oddity::BytesAfterBody(_));
            assert!(!parsed.oddities.iter().any(behind), "nothing lies behind");
        }
        Err(error) => assert_ne!(error.reason, "Body Shorter Than Content-Length"),
    }
}

/// Where the framer reads no length, the parser must not read one either: of a head alone it
/// would miss the body.
fn has_no_length(head: &[u8]) {
    let error = parse(head).map(|parsed| parsed.oddities);
    let reason = error.expect_err("a length nobody can read").reason;
    assert_ne!(reason, "Body Shorter Than Content-Length");
}

fn frames(bytes: &[u8], piece: usize) -> Vec<Result<Frame, FrameError>> {
    let mut framer = Framer::new();
    let mut frames = Vec::new();
    for piece in bytes.chunks(piece.max(1)) {
        framer.push(piece);
        frames.extend(std::iter::from_fn(|| framer.next()));
    }
    frames
}

/// Reads what others read of a message's headers.
fn look_inside(headers: &Headers) {
    let read = (headers.from(), headers.to(), headers.via(), headers.cseq());
    assert!(
        matches!(read, (Some(_), Some(_), Some(_), Some(_))),
        "without these a message is none"
    );
    let _ = (headers.contact_uri(), headers.content_type());
    for name in ["From", "To", "Contact", "Record-Route"] {
        headers.tokens(name).iter().for_each(|token| address(token));
    }
}

/// An address that is read is written so that it reads the same.
fn address(text: &str) {
    if let Ok(address) = NameAddr::parse(text) {
        assert!(address.params.iter().count() <= PARAMS_MAX);
        let written = address.to_string();
        assert_eq!(NameAddr::parse(&written), Ok(address), "{written:?}");
    }
}

/// A boundary that no line of a body begins with; no header's name begins with its first letter.
fn absent_from(body: &[u8]) -> String {
    let begins = |boundary: &String| {
        let line = format!("--{boundary}");
        body.split(|byte| *byte == b'\n')
            .any(|found| found.starts_with(line.as_bytes()))
    };
    let mut boundary = "(".to_owned();
    while begins(&boundary) {
        boundary.push('b');
    }
    boundary
}

fn joined(parts: &[multipart::Part<'_>], boundary: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
        for header in part.headers.iter() {
            bytes.extend_from_slice(header.name().as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(header.value());
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(part.body);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    bytes
}
