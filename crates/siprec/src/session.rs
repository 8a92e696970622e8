//! One recording session: the m-lines of a dialog and the answers given to it.

use std::net::SocketAddr;

/// What a request asks of the recorder, and the state of every m-line after it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Plan {
    /// Every m-line, in order.
    pub lines: Vec<Line>,
    /// `session_id` of the communication session in force; `None` without usable metadata.
    pub communication_session: Option<String>,
    /// What was odd, in people's words, without telephone numbers.
    pub oddities: Vec<String>,
}

/// One m-line.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Line {
    /// Its index, from 0.
    pub index: u16,
    /// Whether it is recorded: it needs ports, or keeps those it has.
    pub record: bool,
    /// Its label (RFC 4574), valid for the message that carried it.
    pub label: Option<String>,
    /// Where its SDP says that media come from; `None`: it does not say.
    pub remote: Option<SocketAddr>,
    /// Payload types accepted.
    pub payload_types: Vec<u8>,
    /// Whether the recording client paused it (`inactive`, or an address of zeros).
    pub paused: bool,
}

/// A final answer that refuses a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reject {
    /// SIP status code.
    pub status: u16,
    /// Reason phrase.
    pub reason: String,
    /// Further headers: name and value.
    pub headers: Vec<(String, String)>,
}
