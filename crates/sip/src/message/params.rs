//! Parameters: `;name=value;name`.
//!
//! Blanks, empty parameters and repeated ones are taken; the first of a name counts. A quote or
//! a bracket in a name is none: written again it could swallow what follows.

use super::text::{split_outside, unquote};
use crate::limits::PARAMS_MAX;

/// An ordered list of parameters; names match without case.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Params(Vec<(String, Option<String>)>);

impl Params {
    /// Reads `a=b;c`, with or without a leading semicolon; quotes around values come off.
    pub fn parse(text: &str) -> Self {
        let pieces = split_outside(text, b';', PARAMS_MAX);
        Self(pieces.into_iter().filter_map(parameter).collect())
    }

    /// The value of a parameter: `None` when absent, `Some(None)` when it has no value.
    pub fn get(&self, name: &str) -> Option<Option<&str>> {
        let (_, value) = self
            .0
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(value.as_deref())
    }

    /// Whether a parameter is there, with or without a value.
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Name and value of each, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_deref()))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn parameter(piece: &str) -> Option<(String, Option<String>)> {
    let (name, value) = match piece.split_once('=') {
        Some((name, value)) => (name, Some(unquote(value.trim()).into_owned())),
        None => (piece, None),
    };
    let name = name.trim();
    let sound = !name.is_empty() && !name.contains(['"', '<', '>']);
    sound.then(|| (name.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_blanks_and_quotes() {
        let params = Params::parse(r#";;tag  = 19;lr; +sip.src="TRUE";x="a;b""#);
        assert_eq!(params.get("TAG"), Some(Some("19")));
        assert_eq!(params.get("lr"), Some(None));
        assert_eq!(params.get("+sip.src"), Some(Some("TRUE")));
        assert_eq!(params.get("x"), Some(Some("a;b")));
        assert_eq!(params.get("y"), None);
    }

    #[test]
    fn quotes_and_brackets_in_names_are_no_parameters() {
        let params = Params::parse(r#";oe" <b>;tag=2;c<d=3;e>=4"#);
        let all: Vec<_> = params.iter().collect();
        assert_eq!(all, [("tag", Some("2"))]);
    }
}
