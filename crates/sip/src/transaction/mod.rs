//! Transactions: one request and its answers.
//!
//! Which message belongs to which transaction (RFC 3261 §17.1.3, §17.2.3) is decided here; what
//! follows from it is the endpoint's business.

mod client;
mod server;

pub(crate) use client::{Client, ClientId, Clients};
pub(crate) use server::{Server, Servers, State};

use crate::flow::Flow;
use crate::message::{Method, Request};
use crate::reply::Reply;

/// A request that was handed out and waits for an answer.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TransactionId(pub(crate) u64);

/// What the messages of one server transaction have in common.
///
/// Call-ID, From tag and CSeq are in it beside branch and sender, so that a peer which uses a
/// branch twice, or sends none (RFC 2543), is still told apart.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Key {
    branch: String,
    sent_by: (String, Option<u16>),
    pub(crate) call_id: String,
    pub(crate) from_tag: String,
    pub(crate) cseq: u32,
    /// INVITE for its ACK and CANCEL.
    pub(crate) method: Method,
}

impl Key {
    /// The key of the INVITE that a CANCEL means.
    pub(crate) fn of_cancelled(&self) -> Self {
        Self {
            method: Method::Invite,
            ..self.clone()
        }
    }

    /// What two arrivals of the same request have in common (RFC 3261 §8.2.2.2).
    pub(crate) fn merge(&self) -> (&str, &str, u32, &Method) {
        (&self.call_id, &self.from_tag, self.cseq, &self.method)
    }
}

/// A request as it arrived, and what is needed to find its place.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) key: Key,
    pub(crate) to_tag: Option<String>,
    pub(crate) reply: Reply,
    /// Where it came from.
    pub(crate) source: Flow,
}

impl Arrival {
    /// `None` when a header that parsing has seen to is missing all the same.
    pub(crate) fn of(request: &Request, source: Flow) -> Option<Self> {
        let headers = &request.headers;
        let via = headers.via()?;
        let ack = request.method == Method::Ack;
        let method = if ack {
            Method::Invite
        } else {
            request.method.clone()
        };
        let key = Key {
            branch: via.branch().unwrap_or_default().to_owned(),
            sent_by: (via.host.to_ascii_lowercase(), via.port),
            call_id: headers.call_id()?.into_owned(),
            from_tag: headers.from()?.tag().unwrap_or_default().to_owned(),
            cseq: headers.cseq()?.0,
            method,
        };
        let to_tag = headers.to()?.tag().map(str::to_owned);
        Some(Self {
            key,
            to_tag,
            reply: Reply::of(headers, source)?,
            source,
        })
    }
}
