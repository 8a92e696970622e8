//! Byte ranges of stored sound, and entity tags (RFC 9110 §13, §14).
//!
//! One range is served; several, or what is not understood, get the whole file, as the RFC
//! allows. Reading a header never fails.

use axum::http::{HeaderMap, header};
use sha2::{Digest, Sha256};
use std::ops::Range;

/// Which bytes to send.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Wanted {
    /// All of them.
    Whole,
    /// These, never none.
    Part(Range<u64>),
    /// None of those asked for exist.
    Unsatisfiable,
}

/// Reads a `Range` header (RFC 9110 §14.1.2) for a file of `size` bytes.
pub(crate) fn wanted(value: &[u8], size: u64) -> Wanted {
    match single(value) {
        None => Wanted::Whole,
        Some(Asked::From { first, .. }) if first >= size => Wanted::Unsatisfiable,
        Some(Asked::From { first, last }) => {
            let end = last.map_or(size, |last| last.saturating_add(1).min(size));
            Wanted::Part(first..end)
        }
        Some(Asked::Last(0)) => Wanted::Unsatisfiable,
        // The end of an empty file is the whole of it, and no range can say so.
        Some(Asked::Last(_)) if size == 0 => Wanted::Whole,
        Some(Asked::Last(count)) => Wanted::Part(size.saturating_sub(count)..size),
    }
}

/// Whether the client has just what this tag names (`If-None-Match`), so that 304 will do.
pub(crate) fn known(headers: &HeaderMap, tag: &str) -> bool {
    let mut lists = headers.get_all(header::IF_NONE_MATCH).iter();
    lists.any(|list| names(list.as_bytes(), tag))
}

/// What tells bytes apart in an entity tag: the first 8 bytes of their SHA-256, in hex.
pub(crate) fn digest(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().take(8).map(|b| format!("{b:02x}")).collect()
}

/// Whether a list of entity tags names this one. Weak tags compare too
/// (§13.1.2), and `*` is any.
pub(crate) fn names(list: &[u8], tag: &str) -> bool {
    if list.trim_ascii() == b"*" {
        return true;
    }
    let mut rest = list;
    // Tags may hold commas: take one quoted text after the other.
    while let Some(start) = rest.iter().position(|byte| *byte == b'"') {
        let quoted = &rest[start + 1..];
        let Some(length) = quoted.iter().position(|byte| *byte == b'"') else {
            break;
        };
        if &quoted[..length] == tag.trim_matches('"').as_bytes() {
            return true;
        }
        rest = &quoted[length + 1..];
    }
    false
}

/// Whether `If-Range` lets a range be served: only the very same strong tag does (§13.1.5).
/// Dates never match, since no answer has one.
pub(crate) fn unchanged(value: &[u8], tag: &str) -> bool {
    value.trim_ascii() == tag.as_bytes()
}

/// One range as asked.
enum Asked {
    From { first: u64, last: Option<u64> },
    Last(u64),
}

fn single(value: &[u8]) -> Option<Asked> {
    let text = str::from_utf8(value).ok()?;
    let (unit, range) = text.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = range.trim().split_once('-')?;
    if first.is_empty() {
        return number(last).map(Asked::Last);
    }
    let first = number(first)?;
    let last = if last.is_empty() {
        None
    } else {
        Some(number(last)?)
    };
    if last.is_some_and(|last| last < first) {
        return None;
    }
    Some(Asked::From { first, last })
}

/// Digits only; what is too large for a file is as good as the largest.
fn number(text: &str) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_range_is_served() {
        for (value, part) in [
            ("bytes=0-0", 0..1),
            ("bytes=0-9", 0..10),
            ("bytes=0-", 0..10),
            ("bytes=9-", 9..10),
            ("bytes=3-99999999999999999999999", 3..10),
            ("bytes=-1", 9..10),
            ("bytes=-100", 0..10),
            ("BYTES=2-3", 2..4),
            ("bytes = 2-3", 2..4),
        ] {
            assert_eq!(wanted(value.as_bytes(), 10), Wanted::Part(part), "{value}");
        }
    }

    #[test]
    fn several_or_malformed_is_everything() {
        for value in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=5",
            "bytes=5-4",
            "bytes=a-b",
            "bytes=1-2,5-6",
            "bytes=1-2,",
            "bytes=--1",
            "bytes=-1-",
            "bytes=+1-2",
            "bytes=1 -2",
            "lines=0-1",
            "bytes=0x0-1",
            "b\u{fc}tes=0-1",
        ] {
            assert_eq!(wanted(value.as_bytes(), 10), Wanted::Whole, "{value}");
        }
        assert_eq!(wanted(b"bytes=-5", 0), Wanted::Whole);
        assert_eq!(wanted(b"\xff", 10), Wanted::Whole);
    }

    #[test]
    fn behind_the_end_is_unsatisfiable() {
        for (value, size) in [
            ("bytes=10-", 10),
            ("bytes=10-20", 10),
            ("bytes=-0", 10),
            ("bytes=0-", 0),
        ] {
            assert_eq!(
                wanted(value.as_bytes(), size),
                Wanted::Unsatisfiable,
                "{value}"
            );
        }
    }

    #[test]
    fn tags_are_found_in_lists() {
        let tag = "\"abc\"";
        for list in [
            "\"abc\"",
            "W/\"abc\"",
            "\"x,y\", \"abc\"",
            "*",
            " * ",
            "\"\",\"abc\"",
        ] {
            assert!(names(list.as_bytes(), tag), "{list}");
        }
        for list in ["", "abc", "\"ab\"", "\"x\"", "\"abc", "\"", "\"*\""] {
            assert!(!names(list.as_bytes(), tag), "{list}");
        }
        assert!(unchanged(b"\"abc\"", tag));
        assert!(!unchanged(b"W/\"abc\"", tag));
        assert!(!unchanged(b"Tue, 24 Nov 2026 05:00:00 GMT", tag));
    }

    proptest! {
        #[test]
        fn a_part_is_inside_and_never_empty(value in "(bytes=)?[0-9,= -]{0,12}", size: u64) {
            if let Wanted::Part(part) = wanted(value.as_bytes(), size) {
                prop_assert!(part.start < part.end && part.end <= size);
            }
        }

        #[test]
        fn bytes_never_panic(value in prop::collection::vec(any::<u8>(), 0..60), size: u64) {
            let _ = wanted(&value, size);
            let _ = names(&value, "\"abc\"");
            let _ = unchanged(&value, "\"abc\"");
        }

        #[test]
        fn what_is_asked_is_served(first in 0u64..1000, length in 1u64..1000, size in 1u64..1500) {
            let value = format!("bytes={first}-{}", first + length - 1);
            let expected = if first >= size {
                Wanted::Unsatisfiable
            } else {
                Wanted::Part(first..(first + length).min(size))
            };
            prop_assert_eq!(wanted(value.as_bytes(), size), expected);
        }
    }
}
