//! Why bytes are no message, and what is needed to say so to the sender.

use super::method::Method;

/// Why bytes are no message, and what is needed to say so to the sender.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{reason}")]
pub struct ParseError {
    /// The status to answer with: 400, 505 or 513.
    pub status: u16,
    /// The reason phrase to answer with.
    pub reason: &'static str,
    /// What could be read.
    pub readable: Box<Readable>,
}

/// What could be read of a message that could not be understood; values as sent.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Readable {
    /// The method, when this was a request.
    pub method: Option<Method>,
    /// Whether this was a response, which is never answered.
    pub response: bool,
    /// Every Via line.
    pub via: Vec<Vec<u8>>,
    /// The first From.
    pub from: Option<Vec<u8>>,
    /// The first To.
    pub to: Option<Vec<u8>>,
    /// The first Call-ID.
    pub call_id: Option<Vec<u8>>,
    /// The first CSeq.
    pub cseq: Option<Vec<u8>>,
}

impl Readable {
    /// Whether an answer can be sent at all: all five headers are there, and it is no ACK.
    pub fn is_answerable(&self) -> bool {
        let headers = [&self.from, &self.to, &self.call_id, &self.cseq];
        !self.response
            && self.method != Some(Method::Ack)
            && !self.via.is_empty()
            && headers
                .iter()
                .all(|value| value.as_ref().is_some_and(|value| !value.is_empty()))
    }
}
