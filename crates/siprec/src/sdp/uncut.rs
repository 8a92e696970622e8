//! Media keys put back into a message they were cut out of, for whoever takes up its dialog.
//!
//! Works on bytes and keeps every length. What has no key, or one of another length, stays cut.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::crypto::{MediaKey, suite};

/// What stands before a key.
const INLINE: &str = "inline:";

/// The message with the keys of its m-lines where stars stand for them. `keys` are those of each
/// line (by its index) and suite in the order in which they came into use; of a line that shows
/// fewer, the last ones.
pub fn with_keys(message: &[u8], keys: &[(u16, MediaKey)]) -> Vec<u8> {
    let mut whole = Vec::with_capacity(message.len());
    let mut line: Option<u16> = None;
    for text in message.split_inclusive(|byte| *byte == b'\n') {
        if text.starts_with(b"v=") {
            line = None;
        } else if text.starts_with(b"m=") {
            line = Some(line.map_or(0, |line| line.saturating_add(1)));
        }
        let put_back = line.and_then(|line| put_back(text, line, keys));
        match put_back {
            Some(text) => whole.extend_from_slice(text.as_bytes()),
            None => whole.extend_from_slice(text),
        }
    }
    whole
}

/// An `a=crypto` line with its keys; `None`: it is none.
fn put_back(text: &[u8], line: u16, keys: &[(u16, MediaKey)]) -> Option<String> {
    let text = std::str::from_utf8(text).ok()?;
    let name = text
        .strip_prefix("a=crypto:")?
        .split_ascii_whitespace()
        .nth(1)?;
    let (suite, _) = suite(name)?;
    let mut parts = text.split(INLINE);
    let mut whole = parts.next()?.to_owned();
    let cut = parts.clone().filter(|part| part.starts_with('*')).count();
    let mut fitting: Vec<&MediaKey> = Vec::new();
    for (_, key) in keys
        .iter()
        .filter(|(of, key)| *of == line && key.suite == suite)
    {
        fitting.retain(|known| *known != key);
        fitting.push(key);
    }
    let first = fitting.len().saturating_sub(cut);
    let mut fitting = fitting.into_iter().skip(first);
    for part in parts {
        whole.push_str(INLINE);
        let rest = part.trim_start_matches('*');
        let stars = part.len().saturating_sub(rest.len());
        let key = if stars > 0 { fitting.next() } else { None };
        let key = key.and_then(|key| text_of(key, stars));
        match key {
            Some(key) => whole.push_str(&key),
            None => whole.extend(std::iter::repeat_n('*', stars)),
        }
        whole.push_str(rest);
    }
    Some(whole)
}

/// A key in as many letters; some equipment leaves the padding out.
fn text_of(key: &MediaKey, letters: usize) -> Option<String> {
    let mut text = STANDARD.encode(&key.master);
    while text.len() > letters && text.ends_with('=') {
        text.pop();
    }
    (text.len() == letters).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sdp::crypto::Crypto;

    fn key(suite: &str, octet: u8, octets: usize) -> MediaKey {
        MediaKey::kept(suite, vec![octet; octets], 0).unwrap()
    }

    fn keys_of(message: &[u8]) -> Vec<Vec<u8>> {
        let text = String::from_utf8(message.to_vec()).unwrap();
        let lines = text
            .lines()
            .filter_map(|line| line.strip_prefix("a=crypto:"));
        let keys = lines.flat_map(|line| Crypto::parse(line).unwrap().keys);
        keys.map(|key| key.master).collect()
    }

    #[test]
    fn keys_come_back_to_their_lines() {
        let (narrow, wide) = ("AES_CM_128_HMAC_SHA1_80", "AEAD_AES_256_GCM");
        let first = STANDARD.encode([1; 30]);
        let unpadded = STANDARD.encode([2; 44]);
        let unpadded = unpadded.trim_end_matches('=');
        let message = format!(
            "INVITE sip:m= SIP/2.0\r\nm=no line\r\n\r\nv=0\r\nm=audio 1 RTP/SAVP 0\r\n\
             a=crypto:1 {narrow} inline:{first}|2^20|1:4\r\nm=audio 2 RTP/SAVP 0\r\n\
             a=crypto:7 {wide} inline:{unpadded};inline:{unpadded}\r\n"
        );
        let cut = sip::redact::redacted(message.as_bytes());
        assert!(keys_of(&cut).is_empty());
        let keys = [
            (0, key(narrow, 9, 30)),
            (0, key(narrow, 1, 30)),
            (1, key(narrow, 8, 30)),
            (1, key(wide, 7, 44)),
            (1, key(wide, 3, 44)),
            (1, key(wide, 7, 44)),
            (1, key(wide, 2, 44)),
        ];
        let whole = with_keys(&cut, &keys);
        assert_eq!(whole.len(), message.len());
        // Of two keys the last two that came into use, in their order.
        assert_eq!(keys_of(&whole), [vec![1; 30], vec![7; 44], vec![2; 44]]);
        assert!(String::from_utf8(whole).unwrap().contains("|2^20|1:4"));
    }

    #[test]
    fn what_has_no_key_stays_cut() {
        let (narrow, wide) = ("AES_CM_128_HMAC_SHA1_80", "AEAD_AES_256_GCM");
        let message = b"v=0\r\nm=audio 1 RTP/SAVP 0\r\n\
            a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:****\r\na=label:inline:***\r\n";
        for keys in [
            vec![],
            vec![(0, key(wide, 1, 44))],
            vec![(0, key(narrow, 1, 30))],
        ] {
            assert_eq!(with_keys(message, &keys), message);
        }
        let other = [(1, key(narrow, 1, 30))];
        let long = STANDARD.encode([0; 30]);
        let text = format!("v=0\r\nm=audio 1 RTP/SAVP 0\r\na=crypto:1 {narrow} inline:{long}\r\n");
        let cut = sip::redact::redacted(text.as_bytes());
        assert_eq!(with_keys(&cut, &other), cut);
        assert_eq!(MediaKey::kept("F8_128_HMAC_SHA1_80", vec![0; 30], 0), None);
        assert_eq!(MediaKey::kept(narrow, vec![0; 29], 0), None);
    }
}
