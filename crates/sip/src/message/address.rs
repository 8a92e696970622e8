//! Addresses with a name: `"Display" <uri>;parameters`, as in From, To and Contact.
//!
//! Taken as well: no blank before `<`, blanks inside it, no brackets at all, a quote that never
//! closes, a bracket that never opened, commas in an unquoted name.

use std::fmt;

use super::params::Params;
use super::text::{closing_quote, unquote};
use super::uri::{Uri, UriError};

/// A name, a URI, and the header's parameters.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct NameAddr {
    /// The display name, quotes and escapes removed; `None` when there is none.
    pub display: Option<String>,
    /// The address.
    pub uri: Uri,
    /// Parameters behind the address, such as `tag`.
    pub params: Params,
}

/// Why a text is no address.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AddressError {
    /// `<` without `>`.
    #[error("address bracket never closes")]
    OpenBracket,
    /// The address itself cannot be read.
    #[error(transparent)]
    Uri(#[from] UriError),
}

impl NameAddr {
    /// Reads one address.
    ///
    /// # Errors
    /// When `<` has no `>`, or no URI can be read.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        let Some((display, rest)) = split_display(text) else {
            // Without brackets every parameter is the header's (RFC 3261 §20.10). A bracket that
            // never opened ends the address too: written between brackets it would end it there.
            let (uri, params) = text.split_once([';', '>']).unwrap_or((text, ""));
            return Ok(Self {
                display: None,
                uri: Uri::parse(uri)?,
                params: Params::parse(params),
            });
        };
        let (uri, params) = rest.split_once('>').ok_or(AddressError::OpenBracket)?;
        Ok(Self {
            display,
            uri: Uri::parse(uri)?,
            params: Params::parse(params),
        })
    }

    /// The `tag` parameter.
    pub fn tag(&self) -> Option<&str> {
        self.params.get("tag").flatten()
    }
}

impl fmt::Display for NameAddr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(display) = &self.display {
            let escaped = display.replace('\\', "\\\\").replace('"', "\\\"");
            write!(formatter, "\"{escaped}\" ")?;
        }
        write!(formatter, "<{}>", self.uri)?;
        for (name, value) in self.params.iter() {
            match value {
                Some(value) if super::text::is_token(value) => {
                    write!(formatter, ";{name}={value}")?;
                }
                Some(value) => {
                    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
                    write!(formatter, ";{name}=\"{escaped}\"")?;
                }
                None => write!(formatter, ";{name}")?,
            }
        }
        Ok(())
    }
}

/// The display name and what follows `<`; `None` when there is no `<`.
fn split_display(text: &str) -> Option<(Option<String>, &str)> {
    if text.starts_with('"')
        && let Some(end) = closing_quote(text.as_bytes(), 0)
    {
        let (quoted, rest) = text.split_at_checked(end.checked_add(1)?)?;
        let (_, rest) = rest.split_once('<')?;
        return Some((some_text(&unquote(quoted)), rest));
    }
    let (display, rest) = text.split_once('<')?;
    Some((some_text(display.trim().trim_start_matches('"')), rest))
}

fn some_text(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, display: Option<&str>, uri: &str, tag: Option<&str>) {
        let address = NameAddr::parse(text).unwrap();
        assert_eq!(address.display.as_deref(), display, "{text}");
        assert_eq!(address.uri.as_str(), uri, "{text}");
        assert_eq!(address.tag(), tag, "{text}");
    }

    #[test]
    fn every_shape_seen() {
        check(
            "\"A, B\" <sip:a@b>;tag=1",
            Some("A, B"),
            "sip:a@b",
            Some("1"),
        );
        check("\"A\"<sip:a@b>", Some("A"), "sip:a@b", None);
        check(
            "A. Bell <sip:a@b;lr>;tag=1",
            Some("A. Bell"),
            "sip:a@b;lr",
            Some("1"),
        );
        check("Bell, A <sip:a@b>", Some("Bell, A"), "sip:a@b", None);
        check("< sip:a@b >", None, "sip:a@b", None);
        check("\"\" <sip:a@b>", None, "sip:a@b", None);
        check("sip:a@b;tag=1", None, "sip:a@b", Some("1"));
        check("\"Mr. J <sip:a@b>", Some("Mr. J"), "sip:a@b", None);
        check(
            r#""J \\\"" <sip:a@b> ; tag = 9"#,
            Some("J \\\""),
            "sip:a@b",
            Some("9"),
        );
        check("sip:a@b>;tag=1", None, "sip:a@b", Some("1"));
        check("<sip:7605550111>", None, "sip:7605550111", None);
        assert_eq!(
            NameAddr::parse("<sip:a@b").unwrap_err(),
            AddressError::OpenBracket
        );
        assert!(NameAddr::parse("").is_err());
    }

    #[test]
    fn what_is_written_reads_the_same() {
        let text = r#""J \"Q\" R" <sip:a@b;x=y>;tag=1;q="a b";isfocus"#;
        let address = NameAddr::parse(text).unwrap();
        assert_eq!(address.to_string(), text);
        for odd in ["sip:a@b>;tag=1", r#"<sip:a@b>x" <c>;d="e";f="g"#] {
            let address = NameAddr::parse(odd).unwrap();
            assert_eq!(NameAddr::parse(&address.to_string()), Ok(address));
        }
    }
}
