//! Keys: slash-separated names that can be a path below a folder or a key in a bucket.

use crate::error::Error;

/// Most bytes in a key. Bucket keys may have 1,024; this leaves room for a prefix.
const KEY_BYTES_MAX: usize = 512;
/// Most bytes between two slashes: less than the 255 of common file systems.
const NAME_BYTES_MAX: usize = 200;
/// Most names in a key.
const NAMES_MAX: usize = 16;

/// Checks a key. A name starts with a letter or digit, so that `.`, `..`, hidden files and the
/// archive's own staging folder are out of reach; a key cannot be absolute.
pub(crate) fn check(key: &str) -> Result<(), Error> {
    let bad = |why| {
        Err(Error::BadKey {
            key: key.chars().take(KEY_BYTES_MAX).collect(),
            why,
        })
    };
    if key.len() > KEY_BYTES_MAX {
        return bad("it is longer than 512 bytes");
    }
    if key.split('/').count() > NAMES_MAX {
        return bad("it has more than 16 parts");
    }
    for name in key.split('/') {
        if name.len() > NAME_BYTES_MAX {
            return bad("a part of it is longer than 200 bytes");
        }
        if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return bad("every part starts with a letter or digit");
        }
        if !name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
        {
            return bad("it has characters other than letters, digits and `-._/`");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::{Component, Path};

    #[test]
    fn keys_are_plain_relative_paths() {
        for good in [
            "a",
            "2026/11/24/0193-a.wav",
            "a/b.signalling.json",
            &"x".repeat(200),
        ] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "/",
            "/a",
            "a/",
            "a//b",
            ".",
            "..",
            "a/../b",
            "../a",
            ".staging/x",
            "a/.b",
            "a\\b",
            "a b",
            "a\0b",
            "ä",
            "C:a",
            "-a",
            "a\n",
        ] {
            assert!(matches!(check(bad), Err(Error::BadKey { .. })), "{bad:?}");
        }
        assert!(check(&"x".repeat(201)).is_err());
        assert!(check(&vec!["x"; 17].join("/")).is_err());
        assert!(check(&vec!["x".repeat(200); 3].join("/")).is_err());
    }

    proptest! {
        #[test]
        fn no_key_leaves_the_folder(key in "[a/.\\\\~:\\- ]{0,12}|\\PC{0,12}") {
            if check(&key).is_ok() {
                for part in Path::new(&key).components() {
                    prop_assert!(matches!(part, Component::Normal(_)), "{key}");
                }
            }
        }
    }
}
