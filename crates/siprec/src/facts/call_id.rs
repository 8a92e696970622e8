//! What the telephone system calls a call, from the best source a message has.

use std::borrow::Cow;

use sip::Headers;

use crate::metadata::{CommunicationSession, without_parameters};

/// Longest value kept, in bytes.
const CALL_ID_BYTES_MAX: usize = 255;

/// What a message says of its call besides its headers.
#[derive(Clone, Debug, Default)]
pub(super) struct Told<'a> {
    /// The vendor's own id.
    pub(super) vendor: Option<&'a str>,
    pub(super) group: Option<&'a str>,
    pub(super) session: Option<&'a CommunicationSession>,
    /// What the dialogs of a Built-in Bridge have in common.
    pub(super) bridge: Option<String>,
}

/// Sources of one message, best first: the vendor's own id, Session-ID (RFC 7989), group and
/// session of the metadata, the key of a Built-in Bridge, Cisco-Guid, Call-ID.
pub(super) fn pbx_call_id(headers: &Headers, told: Told<'_>) -> Option<String> {
    let Told {
        vendor,
        group,
        session,
        bridge,
    } = told;
    let header = |name: &str| headers.text(name).map(Cow::into_owned);
    let found = [
        vendor.map(str::to_owned),
        user_to_user(headers),
        sip_session(headers, session),
        group.map(str::to_owned),
        session.map(|session| session.id.clone()),
        bridge,
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
            let found = pbx_call_id(&headers(&all[..count]), Told::default());
            assert_eq!(found.as_deref(), Some(expected));
        }
        let check = |headers: &Headers, told: Told<'_>, expected: &str| {
            assert_eq!(pbx_call_id(headers, told).unwrap(), expected);
        };
        let session = CommunicationSession {
            id: "s".into(),
            ..CommunicationSession::default()
        };
        let mut told = Told {
            bridge: Some("27@A".into()),
            ..Told::default()
        };
        let plain = headers(&all[..2]);
        check(&plain, told.clone(), "27@A");
        told.session = Some(&session);
        check(&plain, told.clone(), "s");
        told.group = Some("g");
        check(&plain, told.clone(), "g");
        told.vendor = Some("vendor");
        check(&headers(&all), told, "vendor");
    }

    #[test]
    fn long_values_are_cut_between_characters() {
        let long = "é".repeat(200);
        let found = pbx_call_id(&headers(&[("Call-ID", &long)]), Told::default()).unwrap();
        assert_eq!(found.len(), 254);
    }
}
