//! Decodes metadata to UTF-8 before any XML is read.
//!
//! Order of belief: the charset parameter of the part (RFC 7865 section 5.1), a byte order
//! mark, the XML declaration, UTF-8; and where UTF-8 was claimed wrongly, Windows-1252, of
//! which Latin-1 is the readable part.

use super::Error;

/// Longest metadata read, in bytes after decoding to UTF-8.
pub(super) const METADATA_BYTES_MAX: usize = 256 * 1024;

/// Characters of Windows-1252 from 0x80 to 0x9F; the rest equals Latin-1.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The text of a metadata part, without byte order mark and leading blanks.
pub(super) fn decode(bytes: &[u8], charset: Option<&str>) -> Result<String, Error> {
    // UTF-16 shrinks by at most half when it becomes UTF-8.
    if bytes.len() > METADATA_BYTES_MAX.saturating_mul(2) {
        return Err(Error::TooLong);
    }
    let claimed = charset
        .and_then(encoding)
        .or_else(|| marked(bytes))
        .or_else(|| declared(bytes));
    let text = match claimed.unwrap_or(Encoding::Utf8) {
        Encoding::Utf8 => utf8(bytes),
        Encoding::Utf16Be => utf16(bytes, u16::from_be_bytes),
        Encoding::Utf16Le => utf16(bytes, u16::from_le_bytes),
        Encoding::Utf16 if bytes.starts_with(&[0xFF, 0xFE]) => utf16(bytes, u16::from_le_bytes),
        Encoding::Utf16 => match marked(bytes) {
            Some(Encoding::Utf16Le) => utf16(bytes, u16::from_le_bytes),
            _ => utf16(bytes, u16::from_be_bytes),
        },
        Encoding::Windows1252 => windows_1252(bytes),
    };
    let text = text.trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace());
    if text.len() > METADATA_BYTES_MAX {
        return Err(Error::TooLong);
    }
    Ok(text.to_owned())
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Encoding {
    Utf8,
    /// Byte order told by the mark, else big end first.
    Utf16,
    Utf16Be,
    Utf16Le,
    Windows1252,
}

fn encoding(name: &str) -> Option<Encoding> {
    let name = name.trim().trim_matches('"').to_ascii_lowercase();
    match name.as_str() {
        "utf-8" | "utf8" | "us-ascii" | "ascii" => Some(Encoding::Utf8),
        "utf-16" | "utf16" => Some(Encoding::Utf16),
        "utf-16be" => Some(Encoding::Utf16Be),
        "utf-16le" => Some(Encoding::Utf16Le),
        "iso-8859-1" | "iso8859-1" | "latin1" | "latin-1" | "windows-1252" | "cp1252" => {
            Some(Encoding::Windows1252)
        }
        _ => None,
    }
}

/// What a byte order mark says, or the zeros that UTF-16 puts round the first `<`.
fn marked(bytes: &[u8]) -> Option<Encoding> {
    match bytes {
        [0xEF, 0xBB, 0xBF, ..] => Some(Encoding::Utf8),
        [0xFF, 0xFE, ..] | [b'<', 0, ..] => Some(Encoding::Utf16Le),
        [0xFE, 0xFF, ..] | [0, b'<', ..] => Some(Encoding::Utf16Be),
        _ => None,
    }
}

fn declared(bytes: &[u8]) -> Option<Encoding> {
    let head = bytes.get(..bytes.len().min(128))?.trim_ascii_start();
    let head: String = head.iter().copied().map(char::from).collect();
    let declaration = head.strip_prefix("<?xml")?.split("?>").next()?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    match encoding(value.split(quote).nth(1)?) {
        // Read as single bytes so far: it cannot be UTF-16.
        Some(Encoding::Utf16 | Encoding::Utf16Be | Encoding::Utf16Le) => None,
        other => other,
    }
}

fn utf8(bytes: &[u8]) -> String {
    match (std::str::from_utf8(bytes), marked(bytes)) {
        (Ok(text), None | Some(Encoding::Utf8)) => text.to_owned(),
        (_, Some(Encoding::Utf16Le)) => utf16(bytes, u16::from_le_bytes),
        (_, Some(Encoding::Utf16Be)) => utf16(bytes, u16::from_be_bytes),
        _ => windows_1252(bytes),
    }
}

fn utf16(bytes: &[u8], unit: impl Fn([u8; 2]) -> u16) -> String {
    let (pairs, _odd) = bytes.as_chunks::<2>();
    char::decode_utf16(pairs.iter().map(|pair| unit(*pair)))
        .map(|decoded| decoded.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

fn windows_1252(bytes: &[u8]) -> String {
    let decoded = |&byte: &u8| match byte {
        0x80..=0x9F => {
            let high = usize::from(byte & 0x1F);
            WINDOWS_1252
                .get(high)
                .copied()
                .unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        _ => char::from(byte),
    };
    bytes.iter().map(decoded).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn siprec_26_charset_parameter_wins_over_the_declaration() {
        let xml = b"<?xml version='1.0' encoding='iso-8859-1'?><n>\xC3\xA9</n>";
        assert!(decode(xml, Some("UTF-8")).unwrap().ends_with("<n>é</n>"));
        assert!(decode(xml, None).unwrap().ends_with("<n>Ã©</n>"));
        let latin = b"<?xml version='1.0' encoding='UTF-8'?><n>\xE9\x80</n>";
        assert!(decode(latin, None).unwrap().ends_with("<n>é€</n>"));
        assert!(
            decode(latin, Some("windows-1252"))
                .unwrap()
                .ends_with("<n>é€</n>")
        );
    }

    #[test]
    fn utf16_is_read_with_and_without_a_mark() {
        let text = "<n>é</n>";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (bytes, charset) in [
            (little.clone(), None),
            (big.clone(), None),
            ([&[0xFF, 0xFE], &little[..]].concat(), Some("utf-16")),
            ([&[0xFE, 0xFF], &big[..]].concat(), Some("utf-8")),
            (little, Some("utf-16")),
            (big, Some("UTF-16BE")),
        ] {
            assert_eq!(
                decode(&bytes, charset).unwrap(),
                text,
                "{charset:?} {bytes:?}"
            );
        }
    }

    #[test]
    fn siprec_30_metadata_over_the_limit_is_refused() {
        assert_eq!(
            decode(&vec![b' '; METADATA_BYTES_MAX * 2 + 1], None),
            Err(Error::TooLong)
        );
        assert_eq!(
            decode(&vec![b'x'; METADATA_BYTES_MAX + 1], None),
            Err(Error::TooLong)
        );
        assert!(decode(b"\xEF\xBB\xBF\r\n<a/>", None).unwrap() == "<a/>");
    }
}
