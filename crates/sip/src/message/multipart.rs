//! Bodies of several parts (RFC 2046 §5.1).
//!
//! Parts come in any order; boundaries are quoted or not; blanks, preamble, epilogue, bare LF, a
//! missing end and parts without headers are taken; nested multipart bodies are flattened. The
//! bytes of a part are never changed.

use super::headers::Headers;
use super::lines::{field, unfold};
use super::media_type::MediaType;
use super::parse::head_end;
use super::text::trim;
use crate::limits::{HEADERS_MAX, PARTS_DEPTH_MAX, PARTS_MAX};

/// One part of a body.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Part<'a> {
    /// The part's headers, possibly none.
    pub headers: Headers,
    /// The part's body, without the line end before the next boundary.
    pub body: &'a [u8],
}

/// Why a body cannot be taken apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Error {
    /// The boundary stands nowhere in the body.
    #[error("multipart boundary not found in the body")]
    NoBoundary,
    /// More parts, or deeper ones, than any recording client sends.
    #[error("too many parts in a multipart body")]
    TooMany,
}

/// The parts of a body. A body that is not multipart is one part with that content type.
///
/// Without a `boundary` parameter the first line that begins with `--` gives it.
///
/// # Errors
/// When no boundary is found, or limits are passed.
pub fn parts<'a>(content_type: &str, body: &'a [u8]) -> Result<Vec<Part<'a>>, Error> {
    let mut parts = Vec::new();
    let media_type = MediaType::parse(content_type);
    if media_type.is_multipart() {
        collect(&media_type, body, 0, &mut parts)?;
    } else {
        let mut headers = Headers::new();
        if !content_type.trim().is_empty() {
            headers.push("Content-Type", content_type);
        }
        parts.push(Part { headers, body });
    }
    Ok(parts)
}

fn collect<'a>(
    media_type: &MediaType,
    body: &'a [u8],
    depth: usize,
    parts: &mut Vec<Part<'a>>,
) -> Result<(), Error> {
    if depth >= PARTS_DEPTH_MAX {
        return Err(Error::TooMany);
    }
    let boundary = match media_type.params.get("boundary").flatten() {
        Some(boundary) if !boundary.trim().is_empty() => boundary.trim().as_bytes(),
        _ => guessed_boundary(body).ok_or(Error::NoBoundary)?,
    };
    for section in sections(body, boundary)? {
        if parts.len() >= PARTS_MAX {
            return Err(Error::TooMany);
        }
        let part = part(section);
        match part.headers.content_type().filter(MediaType::is_multipart) {
            Some(inner) => collect(&inner, part.body, depth.saturating_add(1), parts)?,
            None => parts.push(part),
        }
    }
    Ok(())
}

/// The bytes between one boundary line and the next.
fn sections<'a>(body: &'a [u8], boundary: &[u8]) -> Result<Vec<&'a [u8]>, Error> {
    let mut sections = Vec::new();
    let mut open: Option<usize> = None;
    let mut found = false;
    let mut position = 0_usize;
    for line in body.split_inclusive(|&byte| byte == b'\n') {
        let start = position;
        position = position.saturating_add(line.len());
        let Some(last) = boundary_line(line, boundary) else {
            continue;
        };
        found = true;
        if let Some(from) = open {
            sections.push(without_last_line_end(
                body.get(from..start).unwrap_or_default(),
            ));
        }
        if sections.len() > PARTS_MAX {
            return Err(Error::TooMany);
        }
        open = (!last).then_some(position);
        if last {
            break;
        }
    }
    if let Some(from) = open {
        // The end is missing: what is there is the last part.
        let rest = body.get(from..).unwrap_or_default();
        if !trim(rest).is_empty() {
            sections.push(rest);
        }
    }
    if found {
        Ok(sections)
    } else {
        Err(Error::NoBoundary)
    }
}

/// Whether a line is the boundary, and whether it is the last one.
fn boundary_line(line: &[u8], boundary: &[u8]) -> Option<bool> {
    let rest = line.strip_prefix(b"--")?.strip_prefix(boundary)?;
    match trim(rest) {
        [] => Some(false),
        // A last boundary may have the epilogue right behind it.
        [b'-', b'-', ..] => Some(true),
        _ => None,
    }
}

fn guessed_boundary(body: &[u8]) -> Option<&[u8]> {
    let mut lines = body.split(|&byte| byte == b'\n');
    let boundary = lines.find_map(|line| line.strip_prefix(b"--")).map(trim)?;
    (!boundary.is_empty()).then_some(boundary)
}

fn without_last_line_end(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

/// Headers up to the first empty line, then the body. A first line that can be no header means
/// that the part has none.
fn part(section: &[u8]) -> Part<'_> {
    let first = section
        .split(|&byte| byte == b'\n')
        .next()
        .unwrap_or_default();
    if trim(first).is_empty() {
        let body = section
            .get(first.len().saturating_add(1)..)
            .unwrap_or_default();
        return Part {
            headers: Headers::new(),
            body,
        };
    }
    if field(first).is_none() {
        return Part {
            headers: Headers::new(),
            body: section,
        };
    }
    let (head, body) = head_end(section).unwrap_or((section.len(), section.len()));
    let mut headers = Headers::new();
    for (name, value) in unfold(section.get(..head).unwrap_or_default())
        .lines
        .iter()
        .take(HEADERS_MAX)
        .filter_map(|line| field(line))
    {
        headers.push(&name, value);
    }
    Part {
        headers,
        body: section.get(body..).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bodies(content_type: &str, body: &str) -> Vec<(String, String)> {
        let parts = parts(content_type, body.as_bytes()).unwrap();
        let text = |part: &Part<'_>| {
            let content_type = part
                .headers
                .text("Content-Type")
                .unwrap_or_default()
                .into_owned();
            (content_type, String::from_utf8(part.body.to_vec()).unwrap())
        };
        parts.iter().map(text).collect()
    }

    fn pair(content_type: &str, body: &str) -> (String, String) {
        (content_type.to_owned(), body.to_owned())
    }

    #[test]
    fn preamble_epilogue_quotes_and_blanks() {
        let body = "hello\r\n--a b\r\nContent-Type:application/SDP\r\n\r\nv=0\r\n\r\n--a b  \r\n\
            c: x/y\r\nContent-Disposition: recording-session;\r\n handling=required\r\n\r\n<a/>\r\n\
            --a b--\r\nbye\r\n--a b\r\n";
        let expected = [pair("application/SDP", "v=0\r\n"), pair("x/y", "<a/>")];
        assert_eq!(bodies("multipart/mixed; boundary=\"a b\"", body), expected);
        assert_eq!(bodies("Multipart/Mixed ; boundary = a b", body), expected);
    }

    #[test]
    fn line_feeds_only_and_no_end() {
        let body = "\n--x\nContent-Type: a/b\n\none\ntwo\n--x\n\nno headers\n--x\nnot a header\n";
        let expected = [
            pair("a/b", "one\ntwo"),
            pair("", "no headers"),
            pair("", "not a header\n"),
        ];
        assert_eq!(bodies("multipart/mixed;boundary=x", body), expected);
    }

    #[test]
    fn nested_bodies_are_flattened() {
        let body = "--x\r\nContent-Type: multipart/related;boundary=y\r\n\r\n\
            --y\r\n\r\n1\r\n--y--\r\n\
            --x\r\nContent-Type: a/b\r\n\r\n2\r\n--x--";
        assert_eq!(
            bodies("multipart/mixed;boundary=x", body),
            [pair("", "1"), pair("a/b", "2")]
        );
    }

    #[test]
    fn a_single_body_is_one_part() {
        assert_eq!(
            bodies("application/sdp", "v=0"),
            [pair("application/sdp", "v=0")]
        );
        assert_eq!(bodies("", "v=0"), [pair("", "v=0")]);
    }

    #[test]
    fn a_missing_boundary_is_found_or_is_an_error() {
        assert_eq!(
            bodies("multipart/mixed", "--q\n\n1\n--q--"),
            [pair("", "1")]
        );
        assert_eq!(
            parts("multipart/mixed;boundary=x", b"nothing"),
            Err(Error::NoBoundary)
        );
        assert_eq!(parts("multipart/mixed", b"nothing"), Err(Error::NoBoundary));
        assert_eq!(parts("multipart/mixed;boundary=x", b"--x--"), Ok(vec![]));
        let many = "--x\n\n1\n".repeat(PARTS_MAX + 1);
        assert_eq!(
            parts("multipart/mixed;boundary=x", many.as_bytes()),
            Err(Error::TooMany)
        );
    }
}
