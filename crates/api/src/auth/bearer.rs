//! The `Authorization: Bearer` header, and the secrets that stand in it and in cookies.
//!
//! A secret is 256 random bits. Nothing here prints or stores one.

use crate::refusal::Refusal;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// What every token begins with, so that a leaked one is found by searching for it.
pub const TOKEN_PREFIX: &str = "ewt_";

/// Characters of a token by which people tell tokens apart.
const SHOWN_CHARACTERS: usize = 10;

/// A secret.
pub(crate) type Secret = [u8; 32];

/// The secret in a header's value (RFC 6750 §2.1): the scheme in any letter case, blanks, the
/// token. What cannot be one of ours is none.
pub(crate) fn parse(value: &[u8]) -> Option<Secret> {
    let (scheme, rest) = value.split_at_checked(6)?;
    if !scheme.eq_ignore_ascii_case(b"bearer") || !rest.starts_with(b" ") {
        return None;
    }
    let token = str::from_utf8(rest.trim_ascii()).ok()?;
    decode(token.strip_prefix(TOKEN_PREFIX)?)
}

/// A new bearer token: the secret to store and the text to show once.
///
/// # Errors
/// [`crate::passwords::Error::Unavailable`] when the operating system gives no randomness.
pub fn new_token() -> Result<NewBearer, crate::passwords::Error> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|_| crate::passwords::Error::Unavailable)?;
    let text = format!("{TOKEN_PREFIX}{}", encode(&secret));
    Ok(NewBearer {
        secret,
        prefix: text.chars().take(SHOWN_CHARACTERS).collect(),
        text,
    })
}

/// A bearer token that nobody has seen yet. Deliberately not printable.
pub struct NewBearer {
    /// What the catalogue gets.
    pub secret: [u8; 32],
    /// Its first characters, by which people tell tokens apart.
    pub prefix: String,
    /// The whole token, to be shown once.
    pub text: String,
}

/// A new secret.
pub(crate) fn secret() -> Result<Secret, Refusal> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|_| Refusal::fault(&"the system has no randomness"))?;
    Ok(secret)
}

/// A secret as text.
pub(crate) fn encode(secret: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(secret)
}

/// The secret of a text.
pub(crate) fn decode(text: &str) -> Option<Secret> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_tokens_are_read_and_nothing_else() {
        let token = new_token().unwrap();
        assert!(token.text.starts_with(&token.prefix) && token.prefix.starts_with(TOKEN_PREFIX));
        for scheme in ["Bearer ", "bearer   ", "BEARER "] {
            let value = format!("{scheme}{} ", token.text);
            assert_eq!(parse(value.as_bytes()), Some(token.secret));
        }
        for other in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer x",
            "Basic YTpi",
            "Bearer ewt_",
            "Bearerx",
        ] {
            assert_eq!(parse(other.as_bytes()), None, "{other}");
        }
        assert_eq!(parse(format!("Bearer {}A", token.text).as_bytes()), None);
        assert_eq!(parse(b"Bearer \xff"), None);
        assert_ne!(token.secret, new_token().unwrap().secret);
    }
}
