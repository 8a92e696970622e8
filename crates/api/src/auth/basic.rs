//! The `Authorization: Basic` header, read. Knows nothing of users, and never fails loudly:
//! what is not a whole pair of credentials is none.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Most bytes of an `Authorization` header that are looked at.
pub(crate) const AUTHORIZATION_BYTES_MAX: usize = 8 * 1024;

/// Clients disagree about padding; bits left over are as harmless.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// A user name and a password as sent. Deliberately not printable.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct Credentials {
    pub(crate) username: String,
    pub(crate) password: String,
}

/// Reads the header's value (RFC 7617 §2): the scheme in any letter case, blanks, base64 of
/// UTF-8, split at the first colon, since a password may hold more of them.
pub(crate) fn parse(value: &[u8]) -> Option<Credentials> {
    if value.len() > AUTHORIZATION_BYTES_MAX {
        return None;
    }
    let (scheme, rest) = value.split_at_checked(5)?;
    if !scheme.eq_ignore_ascii_case(b"basic") || !rest.starts_with(b" ") {
        return None;
    }
    let decoded = BASE64.decode(rest.trim_ascii()).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (username, password) = text.split_once(':')?;
    Some(Credentials {
        username: username.to_owned(),
        password: password.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pair(value: &str) -> Option<(String, String)> {
        parse(value.as_bytes()).map(|c| (c.username, c.password))
    }

    fn some(username: &str, password: &str) -> Option<(String, String)> {
        Some((username.to_owned(), password.to_owned()))
    }

    #[test]
    fn the_published_example_in_every_spelling() {
        for value in [
            "Basic bXl1c2VyOm15cGFzc3dvcmQ=",
            "bAsIc bXl1c2VyOm15cGFzc3dvcmQ=",
            "Basic   bXl1c2VyOm15cGFzc3dvcmQ= ",
            "Basic bXl1c2VyOm15cGFzc3dvcmQ",
        ] {
            assert_eq!(pair(value), some("myuser", "mypassword"), "{value}");
        }
    }

    #[test]
    fn passwords_may_hold_colons_and_utf8_and_be_empty() {
        assert_eq!(pair("Basic YTpiOmM="), some("a", "b:c"));
        assert_eq!(pair("Basic am9zw6k6cMOkw58="), some("josé", "päß"));
        assert_eq!(pair("Basic YTo="), some("a", ""));
        assert_eq!(pair("Basic Og=="), some("", ""));
    }

    #[test]
    fn anything_else_is_nothing() {
        for value in [
            "",
            "Basic",
            "Basic ",
            "BasicbXl1c2VyOm15cGFzc3dvcmQ=",
            "Basic bXl1c2Vy",
            "Basic b Xl1",
            "Basic !!!!",
            "Basic /////w==",
            "Bearer bXl1c2VyOm15cGFzc3dvcmQ=",
            "Digest username=\"a\"",
        ] {
            assert_eq!(pair(value), None, "{value}");
        }
        let long = format!("Basic {}", "YTph".repeat(4096));
        assert_eq!(pair(&long), None);
    }

    proptest! {
        #[test]
        fn bytes_never_panic(value in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&value);
            let mut basic = b"Basic ".to_vec();
            basic.extend(value);
            let _ = parse(&basic);
        }

        #[test]
        fn what_is_encoded_comes_back(username in "[^:]{0,20}", password in ".{0,40}") {
            let value = format!("Basic {}", BASE64.encode(format!("{username}:{password}")));
            prop_assert_eq!(pair(&value), some(&username, &password));
        }
    }
}
