//! A message as it may be kept: without media keys and credentials.
//!
//! Works on bytes, never fails, and keeps every length, so that a redacted message still parses:
//! each secret byte becomes `*`. When in doubt it takes away too much, never too little.

/// Headers whose value after the scheme is a credential.
const CREDENTIALS: [&[u8]; 2] = [b"authorization", b"proxy-authorization"];

/// SDP lines that are a key as a whole (RFC 4567 and the old `k=` of RFC 2327).
const KEY_LINES: [&[u8]; 2] = [b"a=key-mgmt:", b"k="];

/// The message with the key text after `inline:` (RFC 4568), MIKEY and `k=` values, and the
/// credentials of Authorization and Proxy-Authorization replaced by `*`, byte for byte.
pub fn redacted(bytes: &[u8]) -> Vec<u8> {
    let mut redacted = Vec::with_capacity(bytes.len());
    let mut credential = false;
    let (mut begun, mut in_body) = (false, false);
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        let folded = matches!(line.first(), Some(b' ' | b'\t'));
        in_body |= begun && matches!(line, b"\n" | b"\r\n");
        begun |= line.iter().any(|byte| !matches!(byte, b'\r' | b'\n'));
        if credential && folded {
            hide(line, 0, &mut redacted);
            continue;
        }
        let value = credential_start(line);
        credential = value.is_some();
        match value.or_else(|| key_line_start(line)) {
            Some(start) => hide(line, start, &mut redacted),
            None if in_body || is_description(line) => hide_inline(line, &mut redacted),
            // What looks like a key here is part of an address, which has to stay readable.
            None => redacted.extend_from_slice(line),
        }
    }
    redacted
}

/// Copies `line`, every visible byte from `start` on as `*`.
fn hide(line: &[u8], start: usize, redacted: &mut Vec<u8>) {
    for (position, &byte) in line.iter().enumerate() {
        let secret = position >= start && !byte.is_ascii_whitespace();
        redacted.push(if secret { b'*' } else { byte });
    }
}

/// Where the credential begins in an Authorization line: after the scheme's name.
fn credential_start(line: &[u8]) -> Option<usize> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    let name = line.get(..colon)?.trim_ascii();
    if !CREDENTIALS
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
    {
        return None;
    }
    let value = colon.saturating_add(1);
    let rest = line.get(value..)?;
    let scheme = rest
        .iter()
        .position(|byte| !byte.is_ascii_whitespace())
        .unwrap_or(rest.len());
    let length = rest.get(scheme..)?.iter().position(u8::is_ascii_whitespace);
    let end = length.map_or(rest.len(), |length| scheme.saturating_add(length));
    // A word with no more behind it is no scheme but the credential itself.
    let alone = rest.get(end..)?.trim_ascii().is_empty();
    let scheme_only = rest.get(scheme..end)?.iter().all(u8::is_ascii_alphabetic);
    Some(value.saturating_add(if alone || !scheme_only { 0 } else { end }))
}

/// Whether a line is one of SDP, which a header never is: `a=`.
fn is_description(line: &[u8]) -> bool {
    matches!(line, [kind, b'=', ..] if kind.is_ascii_alphabetic())
}

fn key_line_start(line: &[u8]) -> Option<usize> {
    let starts = |known: &&&[u8]| {
        line.get(..known.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(known))
    };
    KEY_LINES.iter().find(starts).map(|known| known.len())
}

/// Copies a line, the text after each `inline:` up to `|`, `;` or a blank as `*`. Blanks between
/// the colon and the key are skipped, as a lenient reader would.
fn hide_inline(line: &[u8], redacted: &mut Vec<u8>) {
    const INLINE: &[u8] = b"inline:";
    let (mut awaited, mut secret) = (false, false);
    for (position, &byte) in line.iter().enumerate() {
        let blank = byte.is_ascii_whitespace();
        secret = (secret || awaited) && !blank && byte != b'|' && byte != b';';
        awaited &= blank;
        redacted.push(if secret { b'*' } else { byte });
        let start = position
            .checked_add(1)
            .and_then(|end| end.checked_sub(INLINE.len()));
        let word = start.and_then(|start| line.get(start..=position));
        awaited |= word.is_some_and(|word| word.eq_ignore_ascii_case(INLINE));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(
            String::from_utf8(redacted(text.as_bytes())).unwrap(),
            expected
        );
    }

    #[test]
    fn keys_go_and_lengths_stay() {
        check(
            "a=crypto:1 AES_CM inline:QUJD/+==|2^20|1:4;inline:WFla|2^3\r\nm=x\r\n",
            "a=crypto:1 AES_CM inline:********|2^20|1:4;inline:****|2^3\r\nm=x\r\n",
        );
        check("a=crypto:1 X INLINE:abc", "a=crypto:1 X INLINE:***");
        check(
            "a=crypto:1 X inline: abc|2^20",
            "a=crypto:1 X inline: ***|2^20",
        );
        check(
            "a=crypto:1 X inline:abc UNENCRYPTED_SRTP\n",
            "a=crypto:1 X inline:*** UNENCRYPTED_SRTP\n",
        );
        check(
            "a=key-mgmt:mikey AQAF\nk=base64:QUJD\n",
            "a=key-mgmt:***** ****\nk=***********\n",
        );
    }

    #[test]
    fn credentials_go_folded_ones_too() {
        check(
            "Authorization : Digest user=\"a\",\r\n response=\"b\"\r\nTo: x\r\n",
            "Authorization : Digest *********\r\n ************\r\nTo: x\r\n",
        );
        check(
            "proxy-authorization:Basic QUJD\n",
            "proxy-authorization:Basic ****\n",
        );
        check("Authorization: QUJD\r\n", "Authorization: ****\r\n");
        check(
            "Authorization: Digest a\rb=c\r\nd: e",
            "Authorization: Digest *\r***\r\nd: e",
        );
        check(
            "Authorization:\r\n Basic QUJD\r\nA: b",
            "Authorization:\r\n ***** ****\r\nA: b",
        );
    }

    #[test]
    fn addresses_that_look_like_keys_stay_readable() {
        let head = "\r\nINVITE sip:inline:a@b SIP/2.0\r\nFrom: <sip:ainline:b@c>;tag=1\r\n";
        check(head, head);
        check(
            &format!("{head}\r\n<inline:b@c>"),
            &format!("{head}\r\n<inline:****"),
        );
    }

    #[test]
    fn all_else_stays() {
        let text = "INVITE sip:a@b SIP/2.0\r\nProxy-Authenticate: Digest realm=\"x\"\r\n\r\n\
            \0\u{ff}inline\r\n";
        check(text, text);
    }
}
