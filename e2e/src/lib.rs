//! The real binary with real sockets: one behaviour per file in `tests/`.
//!
//! Here is what those files share: a recorder in a folder of its own, a small HTTP client whose
//! bytes are exact, a small SIP client that can be as rude as a test needs, and the Python
//! client (`client/src.py`) that remembers every packet. It must never depend on the product's
//! crates, so that a test cannot share a fault with what it tests, and it must never wait
//! without a limit. Everything here panics when it cannot go on: that fails the test.

#![expect(
    clippy::unwrap_used,
    reason = "a harness that cannot go on must fail the test"
)]

pub mod clock;
pub mod http;
pub mod phone;
pub mod scene;
pub mod sip;
pub mod sound;
pub mod source;
pub mod system;
pub mod tls;
pub mod usage;

use std::time::{Duration, Instant};

pub use clock::Clock;
pub use http::Response;
pub use sip::{Dialog, Invite, Message, Wire};
pub use source::{Sent, Source};
pub use system::{Server, System};
pub use usage::{Usage, usage};

/// How long anything may take on a machine that is busy with something else.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The compatible API's collection of recordings.
pub const RECORDINGS: &str = "/fw/Apps/Recorder/WebAPI/Recordings";

/// Asks again and again until there is an answer.
///
/// # Panics
/// After `limit`, with `what` in the message.
pub fn wait_for<T>(what: &str, limit: Duration, mut ask: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(
            began.elapsed() < limit,
            "waited {limit:?} in vain for {what}"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// SHA-256 as the API writes it: 64 lower-case hex digits.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    use sha2::Digest;
    use std::fmt::Write;
    sha2::Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        })
}

/// Every file below `folder`.
#[must_use]
pub fn files_below(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else {
        return found;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Whether `needle` stands anywhere in `haystack`.
#[must_use]
pub fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    !needle.is_empty()
        && haystack
            .windows(needle.len())
            .any(|window| window == needle)
}

/// Checks the duration of a recording of test sound: two sockets are never written to in the same
/// instant, so it may be off by as much as promise 9 allows, 20 ms.
///
/// # Panics
/// When it is off by more.
pub fn lasts(detail: &serde_json::Value, milliseconds: u64) {
    let text = detail["duration"].as_str().unwrap_or_default();
    let seconds = text
        .strip_prefix("PT")
        .and_then(|rest| rest.strip_suffix('S'));
    let seconds: f64 = seconds
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(f64::NAN);
    let error = (seconds - Duration::from_millis(milliseconds).as_secs_f64()).abs();
    assert!(error <= 0.020, "{milliseconds} ms are wanted: {detail}");
}

/// The keys of the outermost object of a JSON text, in the order in which they stand there.
///
/// # Panics
/// When the text is no JSON.
#[must_use]
pub fn keys_in_order(text: &str) -> Vec<String> {
    let _: serde_json::Value = serde_json::from_str(text).unwrap();
    let (mut keys, mut depth, mut word) = (Vec::new(), 0, None::<String>);
    let (mut quoted, mut escaped, mut last) = (false, false, String::new());
    for letter in text.chars() {
        if quoted {
            match letter {
                '"' if !escaped => quoted = false,
                _ => last.push(letter),
            }
            escaped = letter == '\\' && !escaped;
            if !quoted {
                word = Some(std::mem::take(&mut last));
            }
            continue;
        }
        match letter {
            '"' => quoted = true,
            '{' | '[' => depth += 1,
            '}' | ']' => depth -= 1,
            ':' if depth == 1 => keys.extend(word.take()),
            _ => {}
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_the_outermost_object() {
        let text = r#"{"b": {"x": 1}, "a": [{"y": "z: \"q\""}], "c:d": null}"#;
        assert_eq!(keys_in_order(text), ["b", "a", "c:d"]);
    }

    #[test]
    fn a_needle_is_found_anywhere() {
        assert!(contains(b"abcde", b"de"));
        assert!(!contains(b"abcde", b"df"));
    }
}
