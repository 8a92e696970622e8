//! Patterns over numbers: `*` is any run of characters, `?` any one.

use crate::party;
use std::fmt;

/// Longest pattern, in characters.
const CHARS_MAX: usize = 255;

/// The text is no pattern.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a number pattern has 1 to 255 characters and no control characters")]
pub struct BadPattern;

/// A pattern, cleaned like the numbers it is compared with.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pattern(String);

impl Pattern {
    /// Reads a pattern. Visual separators and blanks go, a leading `00` is read as `+`, and a
    /// host behind `@` loses its letter case.
    ///
    /// # Errors
    /// [`BadPattern`] when nothing is left, or far too much.
    pub fn parse(text: &str) -> Result<Self, BadPattern> {
        if text.chars().any(char::is_control) {
            return Err(BadPattern);
        }
        let cleaned = match text.trim().split_once('@') {
            Some((user, host)) => format!("{user}@{}", host.to_ascii_lowercase()),
            None => party::clean(text),
        };
        let cleaned = match cleaned.strip_prefix("00") {
            Some(rest) => format!("+{rest}"),
            None => cleaned,
        };
        if cleaned.is_empty() || cleaned.chars().count() > CHARS_MAX {
            return Err(BadPattern);
        }
        Ok(Self(cleaned))
    }

    /// The pattern as compared.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a number or address is like this. It is compared by its key.
    #[must_use]
    pub fn matches(&self, number: &str) -> bool {
        let pattern: Vec<char> = self.0.chars().collect();
        let text: Vec<char> = party::key(number).chars().collect();
        glob(&pattern, &text)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Goes back only to the last star: at most length times length steps.
fn glob(pattern: &[char], text: &[char]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star = None;
    while let Some(&letter) = text.get(t) {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&wanted) if wanted == '?' || wanted == letter => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((at, from)) = star else {
                    return false;
                };
                star = Some((at, from + 1));
                p = at + 1;
                t = from + 1;
            }
        }
    }
    pattern.iter().skip(p).all(|&rest| rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stars_and_question_marks() {
        for (pattern, number, expected) in [
            ("2??", "225", true),
            ("2??", "22", false),
            ("2??", "2250", false),
            ("+39*", "0039 0584", true),
            ("0039*", "+390584", true),
            ("*", "", true),
            ("*232", "+390584943232", true),
            ("(555) 12*", "555-1234", true),
            ("555", "5555", false),
            ("*@Example.ORG", "sip:bob@example.org", true),
            ("*@example.org", "225", false),
            ("**5*?", "225x", true),
        ] {
            let parsed = Pattern::parse(pattern).unwrap();
            assert_eq!(parsed.matches(number), expected, "{pattern} {number}");
        }
        for bad in ["", " ", "--", "2\n5", &"1".repeat(256)] {
            assert_eq!(Pattern::parse(bad), Err(BadPattern), "{bad:?}");
        }
    }

    /// The definition, in as few words as possible.
    fn slow(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|cut| slow(rest, &text[cut..])),
            Some((&wanted, rest)) => text
                .split_first()
                .is_some_and(|(&l, tail)| (wanted == '?' || wanted == l) && slow(rest, tail)),
        }
    }

    proptest! {
        #[test]
        fn matching_is_as_defined(pattern in "[ab?*]{0,8}", text in "[ab]{0,10}") {
            let pattern: Vec<char> = pattern.chars().collect();
            let text: Vec<char> = text.chars().collect();
            prop_assert_eq!(glob(&pattern, &text), slow(&pattern, &text));
        }
    }
}
