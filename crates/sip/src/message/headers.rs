//! Headers: an ordered list of names as sent and values as bytes.
//!
//! Names match without case, and a compact form equals its long name (RFC 3261 §7.3.3 and the
//! registry of header fields). Values never hold line ends.

use std::borrow::Cow;

use super::address::NameAddr;
use super::media_type::MediaType;
use super::method::Method;
use super::text::{decode, is_token_byte, split_outside, trim};
use super::uri::Uri;
use super::via::Via;
use crate::limits::LIST_VALUES_MAX;

/// One header field.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Header {
    name: String,
    value: Vec<u8>,
}

impl Header {
    /// The name as sent.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value: folded lines joined, blanks at both ends removed.
    pub fn value(&self) -> &[u8] {
        &self.value
    }
}

/// The headers of a message, in order.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Headers(Vec<Header>);

impl Headers {
    /// No headers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a header at the end. Line ends in the value become blanks, and characters that
    /// cannot stand in a name are left out of it, so that nothing can be smuggled into a message.
    pub fn push(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        let name: String = name
            .chars()
            .filter(|&letter| u8::try_from(letter).is_ok_and(is_token_byte))
            .collect();
        let mut value = value.into();
        for byte in value
            .iter_mut()
            .filter(|byte| matches!(byte, b'\r' | b'\n'))
        {
            *byte = b' ';
        }
        let trimmed = trim(&value);
        let value = if trimmed.len() == value.len() {
            value
        } else {
            trimmed.to_vec()
        };
        if !name.is_empty() {
            self.0.push(Header { name, value });
        }
    }

    /// Replaces all headers of a name by one, where the first stood or at the end.
    pub fn set(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        let place = self.0.iter().position(|header| same(&header.name, name));
        self.remove(name);
        self.push(name, value);
        if let Some(place) = place
            && let Some(header) = self.0.pop()
        {
            self.0.insert(place.min(self.0.len()), header);
        }
    }

    /// Removes all headers of a name.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|header| !same(&header.name, name));
    }

    /// The value of the first header of a name.
    pub fn first(&self, name: &str) -> Option<&[u8]> {
        self.named(name).next()
    }

    /// The first header of a name as text: UTF-8, else Latin-1.
    pub fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.first(name).map(decode)
    }

    /// Every header of a name as text.
    pub fn all<'a, 'n>(
        &'a self,
        name: &'n str,
    ) -> impl Iterator<Item = Cow<'a, str>> + use<'a, 'n> {
        self.named(name).map(decode)
    }

    /// The values of a comma-separated header over all its lines, trimmed, empty ones left out.
    pub fn tokens(&self, name: &str) -> Vec<String> {
        let mut tokens = Vec::new();
        for line in self.all(name) {
            let room = LIST_VALUES_MAX.saturating_sub(tokens.len());
            let values = split_outside(&line, b',', room).into_iter().map(str::trim);
            tokens.extend(values.filter(|value| !value.is_empty()).map(str::to_owned));
        }
        tokens
    }

    /// Whether a comma-separated header holds a token, compared without case.
    pub fn has_token(&self, name: &str, token: &str) -> bool {
        self.tokens(name)
            .iter()
            .any(|known| known.eq_ignore_ascii_case(token))
    }

    /// Whether a header of that name is there.
    pub fn contains(&self, name: &str) -> bool {
        self.first(name).is_some()
    }

    /// All headers in order.
    pub fn iter(&self) -> impl Iterator<Item = &Header> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The From address, when it can be read.
    pub fn from(&self) -> Option<NameAddr> {
        NameAddr::parse(&self.text("From")?).ok()
    }

    /// The To address, when it can be read.
    pub fn to(&self) -> Option<NameAddr> {
        NameAddr::parse(&self.text("To")?).ok()
    }

    /// The first Contact, when it can be read; `*` is none.
    pub fn contact(&self) -> Option<NameAddr> {
        let contacts = self.tokens("Contact");
        contacts
            .first()
            .filter(|text| *text != "*")
            .and_then(|text| NameAddr::parse(text).ok())
    }

    /// The URI of the first Contact.
    pub fn contact_uri(&self) -> Option<Uri> {
        self.contact().map(|contact| contact.uri)
    }

    /// The Call-ID.
    pub fn call_id(&self) -> Option<Cow<'_, str>> {
        self.text("Call-ID")
    }

    /// Number and method of CSeq, when both can be read.
    pub fn cseq(&self) -> Option<(u32, Method)> {
        let text = self.text("CSeq")?;
        let (number, method) = text.split_once(char::is_whitespace)?;
        let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let number = digits.then(|| number.parse().ok())??;
        Some((number, Method::parse(method.trim())))
    }

    /// The topmost Via, when it can be read.
    pub fn via(&self) -> Option<Via> {
        self.tokens("Via")
            .first()
            .and_then(|text| Via::parse(text).ok())
    }

    /// The Content-Type, when there is one.
    pub fn content_type(&self) -> Option<MediaType> {
        self.text("Content-Type")
            .map(|text| MediaType::parse(&text))
    }

    /// The value of every header of a name, line by line.
    pub(crate) fn lines(&self, name: &str) -> Vec<Vec<u8>> {
        self.named(name).map(<[u8]>::to_vec).collect()
    }

    fn named<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = &'a [u8]> + use<'a, 'n> {
        self.0
            .iter()
            .filter(move |header| same(&header.name, name))
            .map(Header::value)
    }
}

/// Whether two names mean the same header.
pub(super) fn same(one: &str, other: &str) -> bool {
    long(one).eq_ignore_ascii_case(long(other))
}

/// The long form of a compact name, or the name itself.
fn long(name: &str) -> &str {
    let &[letter] = name.as_bytes() else {
        return name;
    };
    match letter.to_ascii_lowercase() {
        b'a' => "Accept-Contact",
        b'b' => "Referred-By",
        b'c' => "Content-Type",
        b'd' => "Request-Disposition",
        b'e' => "Content-Encoding",
        b'f' => "From",
        b'i' => "Call-ID",
        b'j' => "Reject-Contact",
        b'k' => "Supported",
        b'l' => "Content-Length",
        b'm' => "Contact",
        b'n' => "Identity-Info",
        b'o' => "Event",
        b'r' => "Refer-To",
        b's' => "Subject",
        b't' => "To",
        b'u' => "Allow-Events",
        b'v' => "Via",
        b'x' => "Session-Expires",
        b'y' => "Identity",
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compact_and_long_names_are_the_same() {
        let mut headers = Headers::new();
        headers.push("v", "SIP/2.0/UDP a;branch=1, SIP/2.0/UDP b");
        headers.push("VIA", "SIP/2.0/UDP c");
        headers.push("x", "1800");
        assert_eq!(headers.tokens("Via").len(), 3);
        assert_eq!(headers.text("Session-Expires").unwrap(), "1800");
        assert_eq!(headers.via().unwrap().host, "a");
    }

    #[test]
    fn nothing_can_be_smuggled() {
        let mut headers = Headers::new();
        headers.push("X:\r\nY", "a\r\nEvil: yes");
        headers.push("\r\n", "nothing");
        let header = headers.iter().next().unwrap();
        assert_eq!(
            (header.name(), header.value()),
            ("XY", b"a  Evil: yes".as_slice())
        );
        assert_eq!(headers.len(), 1);
    }

    #[test]
    fn set_keeps_the_place() {
        let mut headers = Headers::new();
        for (name, value) in [("A", "1"), ("t", "2"), ("C", "3"), ("To", "4")] {
            headers.push(name, value);
        }
        headers.set("To", "5");
        let names: Vec<_> = headers.iter().map(Header::name).collect();
        assert_eq!(names, ["A", "To", "C"]);
        headers.set("D", "6");
        assert_eq!(headers.text("D").unwrap(), "6");
    }

    #[test]
    fn cseq_numbers_have_32_bits() {
        let mut headers = Headers::new();
        headers.push("CSeq", "0009   INVITE");
        assert_eq!(headers.cseq(), Some((9, Method::Invite)));
        for bad in [
            "36893488147419103232 REGISTER",
            "-1 BYE",
            "+1 BYE",
            "INVITE",
            "1",
        ] {
            headers.set("CSeq", bad);
            assert_eq!(headers.cseq(), None, "{bad}");
        }
    }
}
