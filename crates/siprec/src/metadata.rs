//! Recording metadata (RFC 7865): who takes part in which communication session and who sends
//! which stream.
//!
//! Reads what is readable, of the RFC and of the drafts before it, and says what was odd.
//! Elements are known by their local names alone, because namespaces differ from one vendor to
//! the next. Never reads a DTD and never resolves an entity.

mod dialects;
mod merge;
mod parse;
mod text;

use dialects::Vendor;
pub(crate) use dialects::{CUBE_PARTICIPANT, without_parameters};
pub(crate) use parse::parse;

use crate::sdp::{Media, Srtp};

/// Why metadata cannot be read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum Error {
    #[error("Metadata longer than 256 KiB were not read.")]
    TooLong,
    #[error("The metadata are not well-formed XML (line {0}, column {1}).")]
    NotXml(u32, u32),
    #[error("Metadata with a document type definition are not read.")]
    Dtd,
    #[error("The metadata have too many elements or attributes.")]
    TooManyElements,
}

/// The metadata of a recording session at one time.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Metadata {
    /// Whether this only changes what came before (`datamode` partial).
    pub(crate) partial: bool,
    pub(crate) groups: Vec<String>,
    pub(crate) sessions: Vec<CommunicationSession>,
    /// Communication sessions that no longer belong to the recording session.
    pub(crate) left: Vec<String>,
    pub(crate) people: Vec<Person>,
    pub(crate) memberships: Vec<Membership>,
    pub(crate) streams: Vec<Stream>,
    pub(crate) associations: Vec<Association>,
    pub(crate) vendor: Vendor,
    pub(crate) oddities: Vec<String>,
}

/// A `session` element.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct CommunicationSession {
    pub(crate) id: String,
    pub(crate) group: Option<String>,
    /// The whole RFC 7989 Session-ID, with the remote part if there is one.
    pub(crate) sip_session: Option<String>,
    pub(crate) start: Option<String>,
    pub(crate) stop: Option<String>,
}

/// A `participant` element.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) addresses: Vec<String>,
    pub(crate) name: Option<String>,
    pub(crate) caller: Option<bool>,
}

/// A participant in a communication session, now or before.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Membership {
    pub(crate) person: String,
    pub(crate) session: String,
    /// Whether it is over: `disassociate-time`.
    pub(crate) left: bool,
}

/// A `stream` element.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Stream {
    pub(crate) id: String,
    /// The communication session it belongs to, where that is said.
    pub(crate) session: Option<String>,
    pub(crate) label: Option<String>,
    /// The m-line its label meant in the message that carried it.
    pub(crate) line: Option<usize>,
}

/// Which streams a participant sends.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Association {
    pub(crate) person: String,
    pub(crate) sends: Vec<String>,
}

/// What an m-line is to metadata that refer to it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct LabelledLine<'a> {
    pub(crate) label: Option<&'a str>,
    /// Whether it carries sound we could record.
    pub(crate) sound: bool,
}

impl<'a> From<&'a Media> for LabelledLine<'a> {
    fn from(media: &'a Media) -> Self {
        Self {
            label: media.label(),
            sound: media.is_usable(Srtp::Optional),
        }
    }
}

/// Whether two identifiers name the same thing: drafts wrote `urn:uuid:` before them.
pub(crate) fn same(left: &str, right: &str) -> bool {
    bare(left) == bare(right)
}

pub(crate) fn bare(id: &str) -> &str {
    const PREFIX: &str = "urn:uuid:";
    match id.get(..PREFIX.len()) {
        Some(head) if head.eq_ignore_ascii_case(PREFIX) => {
            id.get(PREFIX.len()..).unwrap_or_default()
        }
        _ => id,
    }
}
