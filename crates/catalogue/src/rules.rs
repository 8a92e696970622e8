//! Rules of names and numbers, the same for every back end.

use crate::error::Error;
use model::party;

/// Most characters of a name, a department or a number.
pub(crate) const TEXT_CHARS_MAX: usize = 255;
/// Most characters of a group's name.
const GROUP_CHARS_MAX: usize = 64;
/// Most characters of a tag.
const TAG_CHARS_MAX: usize = 64;
/// Most characters of a reason or of a mark.
pub(crate) const REASON_CHARS_MAX: usize = 1000;
/// Most numbers of a user.
pub(crate) const NUMBERS_MAX: usize = 100;

/// A number or address of a user: as shown, and as compared.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Number {
    pub(crate) shown: String,
    pub(crate) key: String,
}

/// What two names have equal when they differ only in letter case. Through upper case first,
/// so that letters with several lower-case forms (`ß` and `ss`, `σ` and `ς`) are one.
pub(crate) fn without_case(name: &str) -> String {
    name.chars()
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .collect()
}

/// Checks a group's name; a comma would separate it from the next one in a list.
pub(crate) fn group_name(name: &str) -> Result<(), Error> {
    let length = name.chars().count();
    let clean = !name.chars().any(|c| c == ',' || c.is_control());
    if (1..=GROUP_CHARS_MAX).contains(&length) && clean && name.trim() == name {
        return Ok(());
    }
    Err(Error::BadGroupName)
}

/// Checks a text that people read.
pub(crate) fn text(field: &'static str, text: &str) -> Result<(), Error> {
    if text.chars().count() > TEXT_CHARS_MAX || text.chars().any(char::is_control) {
        return Err(Error::BadText {
            field,
            chars_max: TEXT_CHARS_MAX,
        });
    }
    Ok(())
}

/// A tag without the blanks round it.
pub(crate) fn tag(tag: &str) -> Result<&str, Error> {
    let tag = tag.trim();
    if tag.is_empty() {
        return Err(Error::Empty("a tag"));
    }
    if tag.chars().count() > TAG_CHARS_MAX || tag.chars().any(char::is_control) {
        return Err(Error::BadText {
            field: "a tag",
            chars_max: TAG_CHARS_MAX,
        });
    }
    Ok(tag)
}

/// A reason that has to be given, without the blanks round it.
pub(crate) fn reason(reason: &str) -> Result<&str, Error> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::NoReason);
    }
    prose("a reason", reason, REASON_CHARS_MAX)?;
    Ok(reason)
}

/// Checks a text of several lines.
pub(crate) fn prose(field: &'static str, text: &str, chars_max: usize) -> Result<(), Error> {
    let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if text.chars().count() > chars_max || text.chars().any(control) {
        return Err(Error::BadText { field, chars_max });
    }
    Ok(())
}

/// A user's numbers, cleaned; of two that are the same party the first one stays.
pub(crate) fn numbers(entries: &[String]) -> Result<Vec<Number>, Error> {
    let mut numbers: Vec<Number> = Vec::new();
    for entry in entries {
        text("a number", entry)?;
        let key = party::key(entry);
        // An anonymous party has an empty number, and `@` needs somebody on both sides of it.
        let named = match key.split_once('@') {
            Some((user, host)) => !user.is_empty() && !host.is_empty(),
            None => !key.is_empty(),
        };
        if !named {
            return Err(Error::BadNumber(entry.clone()));
        }
        if numbers.iter().any(|known| known.key == key) {
            continue;
        }
        let shown = if key.contains('@') {
            entry.trim().to_owned()
        } else {
            party::number(entry)
        };
        numbers.push(Number { shown, key });
    }
    if numbers.len() > NUMBERS_MAX {
        return Err(Error::TooManyNumbers(NUMBERS_MAX));
    }
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(entries: &[&str]) -> Vec<String> {
        let entries: Vec<String> = entries.iter().map(|&e| e.to_owned()).collect();
        numbers(&entries)
            .unwrap()
            .into_iter()
            .map(|n| n.key)
            .collect()
    }

    #[test]
    fn names_that_differ_in_case_are_one() {
        for (one, other) in [
            ("John", "jOHN"),
            ("STRASSE", "straße"),
            ("ΟΔΟΣ", "οδος"),
            ("É", "é"),
        ] {
            assert_eq!(without_case(one), without_case(other), "{one} {other}");
        }
        assert_ne!(without_case("a"), without_case("b"));
    }

    #[test]
    fn numbers_are_cleaned_and_given_once() {
        assert_eq!(
            keys(&["0039 0584-943", "+390584943", "225"]),
            ["+390584943", "225"]
        );
        assert_eq!(
            keys(&["Bob@Example.ORG", "sip:Bob@example.org"]),
            ["Bob@example.org"]
        );
        let shown = numbers(&[" +39 (0584) 943 ".to_owned()]).unwrap();
        assert_eq!(shown[0].shown, "+390584943");
        for bad in ["", " ", "--", "anonymous", "@", "bob@", "@host", "2\n5"] {
            assert!(numbers(&[bad.to_owned()]).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn group_names_have_rules() {
        for good in ["Sales", "Vertrieb Süd", &"x".repeat(64)] {
            assert!(group_name(good).is_ok(), "{good}");
        }
        for bad in ["", " a", "a,b", "a\t", &"x".repeat(65)] {
            assert!(group_name(bad).is_err(), "{bad:?}");
        }
    }
}
