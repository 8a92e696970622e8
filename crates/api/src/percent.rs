//! Percent-encoding, undone. Knows nothing of what the bytes mean.

/// Percent-decoding (RFC 3986 §2.1); a `%` without two hex digits stands for itself.
pub(crate) fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let digit = |place: usize| {
            let digit = tail.get(place).filter(|_| first == b'%')?;
            char::from(*digit)
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        };
        match (digit(0), digit(1)) {
            (Some(high), Some(low)) => {
                bytes.push(high << 4 | low);
                rest = tail.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    bytes
}

/// A text as one segment of a path: all but unreserved characters (§2.3) escaped.
pub(crate) fn encoded(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_come_back() {
        for text in ["john_doe", "José Ñ/x?%", "", "a.b~c-d"] {
            let escaped = encoded(text);
            assert!(!escaped.contains(['/', '?', ' ']), "{escaped}");
            assert_eq!(decoded(&escaped), text.as_bytes());
        }
    }

    #[test]
    fn escapes_are_bytes_and_the_rest_stays() {
        for (text, bytes) in [
            ("", b"" as &[u8]),
            ("%7Ba%7d", b"{a}"),
            ("%c3%A4+", b"\xc3\xa4+"),
            ("%FF%00", b"\xff\x00"),
            ("%", b"%"),
            ("%4", b"%4"),
            ("%zz%41", b"%zzA"),
            ("%2541", b"%41"),
            ("%+1", b"%+1"),
        ] {
            assert_eq!(decoded(text), bytes, "{text}");
        }
    }
}
