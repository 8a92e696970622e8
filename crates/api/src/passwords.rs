//! Passwords: rules for those people choose, random ones, and their Argon2id hashes.
//!
//! Used by sign-in and by the command line. Never logs, shows or stores a password.
//! The parameters are Argon2's recommended ones (19 MiB, two passes, one lane); a stored hash
//! carries its own, so that changing them later does not lock anybody out.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use std::sync::LazyLock;

/// Fewest characters of a password chosen by people.
pub const PASSWORD_CHARACTERS_MIN: usize = 8;

/// Most bytes of a password.
pub const PASSWORD_BYTES_MAX: usize = 1024;

/// Characters of a random password: 56 symbols each, about 116 bits together.
pub const RANDOM_CHARACTERS: usize = 20;

/// Without `0 O o 1 I l`, which people confuse when they copy a password by hand.
const ALPHABET: &[u8; 56] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// Why a password is refused, or could not be made.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Error {
    /// Fewer than [`PASSWORD_CHARACTERS_MIN`] characters.
    #[error("a password has at least {PASSWORD_CHARACTERS_MIN} characters")]
    TooShort,
    /// More than [`PASSWORD_BYTES_MAX`] bytes.
    #[error("a password has at most {PASSWORD_BYTES_MAX} bytes")]
    TooLong,
    /// RFC 7617 §2 allows no control characters.
    #[error("a password has no control characters")]
    Control,
    /// The operating system gave no randomness, or there is no memory for hashing.
    #[error("the password could not be hashed: no randomness or no memory")]
    Unavailable,
}

/// Checks the rules for a password chosen by people.
///
/// # Errors
/// [`Error`] names the broken rule.
pub fn check(password: &str) -> Result<(), Error> {
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(Error::TooLong);
    }
    if password.chars().any(char::is_control) {
        return Err(Error::Control);
    }
    if password.chars().count() < PASSWORD_CHARACTERS_MIN {
        return Err(Error::TooShort);
    }
    Ok(())
}

/// Checks the rules, then hashes: a PHC string (`$argon2id$…`) with a fresh random salt.
///
/// Takes tens of milliseconds and 19 MiB: not to be called on an async thread.
///
/// # Errors
/// [`Error`] names the broken rule.
pub fn hash(password: &str) -> Result<String, Error> {
    check(password)?;
    let hashed = Argon2::default().hash_password(password.as_bytes());
    hashed
        .map(|hash| hash.to_string())
        .map_err(|_| Error::Unavailable)
}

/// A random password of [`RANDOM_CHARACTERS`] characters that people can copy by hand.
///
/// # Errors
/// [`Error::Unavailable`] when the operating system gives no randomness.
pub fn random() -> Result<String, Error> {
    let mut password = String::with_capacity(RANDOM_CHARACTERS);
    let mut bytes = [0; RANDOM_CHARACTERS];
    while password.len() < RANDOM_CHARACTERS {
        getrandom::fill(&mut bytes).map_err(|_| Error::Unavailable)?;
        // 224 is the largest multiple of 56 in a byte: taking more would favour some symbols.
        let fair = bytes.iter().filter(|&&byte| byte < 224);
        let symbols = fair.map(|&byte| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]));
        password.extend(symbols.take(RANDOM_CHARACTERS - password.len()));
    }
    Ok(password)
}

/// Whether `password` is the one that was hashed. The comparison takes constant time.
///
/// With `None`, which stands for an unknown user or one without a password, the same work is
/// done against a hash that nothing matches, so that the answer takes as long.
///
/// Takes tens of milliseconds and 19 MiB: not to be called on an async thread.
#[must_use]
pub fn verify(password: &str, hash: Option<&str>) -> bool {
    let known = hash.is_some_and(|hash| !hash.is_empty());
    let hash = hash.filter(|_| known).unwrap_or(&NOBODY);
    let matches = Argon2::default()
        .verify_password(password.as_bytes(), hash)
        .is_ok();
    matches && known
}

/// The hash of an empty password with the parameters of [`hash`]: only its cost matters, and
/// [`verify`] never lets it match. Without memory for Argon2 it is no hash, and nobody gets in.
static NOBODY: LazyLock<String> = LazyLock::new(|| {
    let hashed = Argon2::default().hash_password_with_salt(b"", b"nobody has this salt");
    hashed.map(|hash| hash.to_string()).unwrap_or_default()
});

/// Makes the hash that stands for nobody, so that the first unknown user takes no longer
/// than the later ones.
pub(crate) fn warm() {
    LazyLock::force(&NOBODY);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_matches_its_own_password_only() {
        let stored = hash("correct horse").unwrap();
        assert!(
            stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{stored}"
        );
        assert!(verify("correct horse", Some(&stored)));
        assert!(!verify("correct horsf", Some(&stored)));
        assert!(!verify("correct horse", Some("not a hash")));
    }

    #[test]
    fn nobody_is_hashed_alike_and_never_matches() {
        assert!(NOBODY.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(!verify("", None));
        assert!(!verify("", Some("")));
    }

    #[test]
    fn people_follow_rules() {
        assert_eq!(check("seven77"), Err(Error::TooShort));
        assert_eq!(check("eight888"), Ok(()));
        assert_eq!(check("pässwörd"), Ok(()));
        assert_eq!(check("bell\u{7}bell\u{7}"), Err(Error::Control));
        assert_eq!(check(&"x".repeat(1024)), Ok(()));
        assert_eq!(check(&"x".repeat(1025)), Err(Error::TooLong));
        assert_eq!(hash("short"), Err(Error::TooShort));
    }

    #[test]
    fn random_passwords_follow_them_too() {
        let (one, other) = (random().unwrap(), random().unwrap());
        assert_ne!(one, other);
        for password in [one, other] {
            assert_eq!(check(&password), Ok(()));
            assert_eq!(password.len(), RANDOM_CHARACTERS);
            assert!(
                password.bytes().all(|byte| ALPHABET.contains(&byte)),
                "{password}"
            );
        }
    }
}
