//! What the telephone system calls a call, from the best source a message has.

use std::borrow::Cow;

use sip::Headers;

use crate::metadata::{CommunicationSession, without_parameters};

/// Longest value kept, in bytes.
const CALL_ID_BYTES_MAX: usize = 255;

/// Sources of one message, best first: the vendor's own id, Session-ID (RFC 7989), group and
/// session of the metadata, Cisco-Guid, Call-ID.
pub(super) fn pbx_call_id(
    headers: &Headers,
    vendor: Option<&str>,
    session: Option<&CommunicationSession>,
    group: Option<&str>,
) -> Option<String> {
    let header = |name: &str| headers.text(name).map(Cow::into_owned);
    let found = [
        vendor.map(str::to_owned),
        user_to_user(headers),
        sip_session(headers, session),
        group.map(str::to_owned),
        session.map(|session| session.id.clone()),
        header("Cisco-Guid"),
        header("Call-ID"),
    ];
    let found = found
        .into_iter()
        .flatten()
        .map(|text| text.trim().to_owned());
    found.into_iter().find(|text| !text.is_empty()).map(cut)
}

/// The local part of the Session-ID, from metadata or else from the header.
pub(super) fn sip_session(
    headers: &Headers,
    session: Option<&CommunicationSession>,
) -> Option<String> {
    let told = session
        .and_then(|session| session.sip_session.as_deref())
        .map(without_parameters);
    let header = || {
        headers
            .text("Session-ID")
            .map(|text| without_parameters(&text))
    };
    let nothing = |text: &String| !text.bytes().all(|byte| byte == b'0');
    told.filter(nothing).or_else(|| header().filter(nothing))
}

/// The User-to-User data when they hold a UCID: an element of type FA and 8 bytes.
fn user_to_user(headers: &Headers) -> Option<String> {
    let values = headers
        .all("User-to-User")
        .map(|text| without_parameters(&text));
    values.into_iter().find(|text| {
        let is_hex = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hex && text.to_ascii_uppercase().contains("FA08")
    })
}

/// At most 255 bytes, cut between two characters.
fn cut(text: String) -> String {
    let mut end = text.len().min(CALL_ID_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.get(..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&str, &str)]) -> Headers {
        let mut headers = Headers::new();
        for (name, value) in lines {
            headers.push(name, *value);
        }
        headers
    }

    #[test]
    fn the_best_source_wins() {
        let all = [
            ("Call-ID", "call@host"),
            ("Cisco-Guid", "1-2-3-4"),
            ("Session-ID", "ab30317f1a784dc48ff824d0d3715d86;remote=00"),
            ("User-to-User", "00FA08000100025A4C1122;encoding=hex"),
        ];
        let expected = [
            "call@host",
            "1-2-3-4",
            "ab30317f1a784dc48ff824d0d3715d86",
            "00FA08000100025A4C1122",
        ];
        for (count, expected) in (1..).zip(expected) {
            let found = pbx_call_id(&headers(&all[..count]), None, None, None);
            assert_eq!(found.as_deref(), Some(expected));
        }
        let headers = headers(&all);
        assert_eq!(
            pbx_call_id(&headers, Some("vendor"), None, None).unwrap(),
            "vendor"
        );
        let session = CommunicationSession {
            id: "s".into(),
            ..CommunicationSession::default()
        };
        let plain = self::headers(&all[..2]);
        assert_eq!(
            pbx_call_id(&plain, None, Some(&session), None).unwrap(),
            "s"
        );
        assert_eq!(
            pbx_call_id(&plain, None, Some(&session), Some("g")).unwrap(),
            "g"
        );
    }

    #[test]
    fn long_values_are_cut_between_characters() {
        let long = "é".repeat(200);
        let found = pbx_call_id(&headers(&[("Call-ID", &long)]), None, None, None).unwrap();
        assert_eq!(found.len(), 254);
    }
}
