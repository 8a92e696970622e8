//! Bytes to text, and text to pieces.
//!
//! Never fails: what is not UTF-8 is Latin-1, and a quote that never closes is an ordinary
//! character.

use std::borrow::Cow;

/// UTF-8, or else Latin-1, in which every byte is a character.
pub(crate) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|&byte| char::from(byte)).collect()),
    }
}

/// Splits at a separator that lies outside quoted strings and angle brackets.
pub(crate) fn split_outside(text: &str, separator: u8, pieces_max: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut scan = Scan::new(text.as_bytes());
    let mut start = 0;
    while pieces.len() < pieces_max {
        let end = scan.find(separator);
        pieces.push(
            text.get(start..end.unwrap_or(text.len()))
                .unwrap_or_default(),
        );
        match end {
            Some(end) => start = end.saturating_add(1),
            None => break,
        }
    }
    pieces
}

/// The text of a quoted string, or the text itself when it is not quoted.
pub(crate) fn unquote(text: &str) -> Cow<'_, str> {
    let Some(inner) = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    else {
        return Cow::Borrowed(text);
    };
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    let mut plain = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => plain.extend(characters.next()),
            other => plain.push(other),
        }
    }
    Cow::Owned(plain)
}

/// Where the quoted string that opens at `start` closes.
pub(crate) fn closing_quote(bytes: &[u8], start: usize) -> Option<usize> {
    let mut position = start.checked_add(1)?;
    loop {
        match bytes.get(position)? {
            b'\\' => position = position.checked_add(2)?,
            b'"' => return Some(position),
            _ => position = position.checked_add(1)?,
        }
    }
}

/// Whether a byte may stand in a token (RFC 3261 §25.1).
pub(crate) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte)
}

/// Whether all of a text is one token.
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

/// Without the blanks at both ends.
pub(crate) fn trim(bytes: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let start = bytes
        .iter()
        .position(|byte| !blank(byte))
        .unwrap_or(bytes.len());
    let end = bytes
        .iter()
        .rposition(|byte| !blank(byte))
        .map_or(start, |at| at.saturating_add(1));
    bytes.get(start..end).unwrap_or_default()
}

/// One pass over a text. A quote or bracket found unclosed is known to be so from then on, which
/// keeps the pass linear whatever the text.
struct Scan<'a> {
    bytes: &'a [u8],
    position: usize,
    quotes_close: bool,
    brackets_close: bool,
}

impl<'a> Scan<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            position: 0,
            quotes_close: true,
            brackets_close: true,
        }
    }

    fn find(&mut self, wanted: u8) -> Option<usize> {
        loop {
            let here = self.position;
            let byte = *self.bytes.get(here)?;
            self.position = here.checked_add(1)?;
            if byte == wanted {
                return Some(here);
            }
            if byte == b'"' && self.quotes_close {
                match closing_quote(self.bytes, here) {
                    Some(end) => self.position = end.checked_add(1)?,
                    None => self.quotes_close = false,
                }
            } else if byte == b'<' && self.brackets_close {
                let rest = self.bytes.get(self.position..)?;
                match rest.iter().position(|&byte| byte == b'>') {
                    Some(length) => self.position = self.position.checked_add(length)?,
                    None => self.brackets_close = false,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_in_quotes_and_brackets_do_not_separate() {
        assert_eq!(
            split_outside(r#""a,\",b" <sip:c,d>,e"#, b',', 9),
            [r#""a,\",b" <sip:c,d>"#, "e"]
        );
        assert_eq!(
            split_outside(r#""never closed, b"#, b',', 9),
            [r#""never closed"#, " b"]
        );
        assert_eq!(split_outside("<sip:a,b", b',', 9), ["<sip:a", "b"]);
        assert_eq!(split_outside("a,b,c", b',', 2), ["a", "b"]);
    }

    #[test]
    fn latin_1_is_text_too() {
        assert_eq!(decode(b"J\xfcrgen"), "Jürgen");
        assert_eq!(decode("Jürgen".as_bytes()), "Jürgen");
    }

    #[test]
    fn quotes_come_off() {
        assert_eq!(unquote(r#""a \"b\" \\""#), r#"a "b" \"#);
        assert_eq!(unquote("plain"), "plain");
        assert_eq!(unquote("\""), "\"");
    }
}
