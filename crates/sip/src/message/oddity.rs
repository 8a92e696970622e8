//! What was odd about a message that was understood all the same.

use std::fmt;

/// One oddity, for people to read; names of headers, never their contents.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Oddity {
    /// A header line without a colon, or with a name that cannot be one: left out.
    UnreadableLine,
    /// Lines end with LF alone.
    BareLineFeeds,
    /// No empty line ends the header section.
    NoEmptyLine,
    /// A header that may stand once stands several times with the same value.
    Repeated(&'static str),
    /// No Content-Length: the body reaches to the end.
    NoContentLength,
    /// Bytes after the body, left out.
    BytesAfterBody(usize),
    /// The Request-URI stands in angle brackets.
    BracketedRequestUri,
    /// More than one blank, or a blank at the end, in the start line.
    BlanksInStartLine,
    /// A header's text is not UTF-8.
    NotUtf8(String),
    /// A BYE whose CSeq names another method.
    CseqMethod,
}

impl fmt::Display for Oddity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnreadableLine => formatter.write_str("header line that cannot be read"),
            Self::BareLineFeeds => formatter.write_str("lines end with LF alone"),
            Self::NoEmptyLine => formatter.write_str("header section does not end"),
            Self::Repeated(name) => write!(formatter, "{name} stands several times"),
            Self::NoContentLength => formatter.write_str("no Content-Length"),
            Self::BytesAfterBody(count) => write!(formatter, "{count} bytes after the body"),
            Self::BracketedRequestUri => formatter.write_str("Request-URI in angle brackets"),
            Self::BlanksInStartLine => formatter.write_str("odd blanks in the start line"),
            Self::NotUtf8(name) => write!(formatter, "{name} is not UTF-8"),
            Self::CseqMethod => formatter.write_str("CSeq names another method"),
        }
    }
}
