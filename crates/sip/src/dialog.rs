//! Dialogs (RFC 3261 §12): what two sides share between INVITE and BYE. Ours are always those of
//! the answering side.

use std::collections::HashMap;
use std::time::Duration;

use crate::flow::Flow;
use crate::limits::ROUTES_MAX;
use crate::message::{Headers, Method, NameAddr, Request, Uri};
use crate::session_timer::Session;
use crate::timers::T1;
use crate::transaction::{Arrival, ClientId, TransactionId};

/// A dialog, or one that is about to be.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct DialogId(pub(crate) u64);

/// A 2xx of ours that waits for its ACK.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub(crate) cseq: u32,
    pub(crate) bytes: Vec<u8>,
    pub(crate) flow: Flow,
    /// Until the next retransmission.
    pub(crate) interval: Duration,
    /// Whether it made an offer, which the ACK answers.
    pub(crate) offer: bool,
}

impl Accepted {
    pub(crate) fn new(cseq: u32, bytes: Vec<u8>, flow: Flow, offer: bool) -> Self {
        Self {
            cseq,
            bytes,
            flow,
            interval: T1,
            offer,
        }
    }
}

/// One dialog.
#[derive(Debug)]
pub(crate) struct Dialog {
    pub(crate) call_id: String,
    pub(crate) local_tag: String,
    pub(crate) remote_tag: String,
    /// From of our requests.
    local: Vec<u8>,
    /// To of our requests.
    remote: Vec<u8>,
    /// Where the peer wants our requests.
    pub(crate) target: Option<Uri>,
    routes: Vec<String>,
    pub(crate) local_seq: u32,
    pub(crate) remote_seq: u32,
    /// The way of the last request, by which ours go.
    pub(crate) flow: Flow,
    /// Our Contact, as the caller gave it with its last 2xx.
    pub(crate) contact: Option<Vec<u8>>,
    /// Our SDP, as last sent, for refreshing by re-INVITE.
    pub(crate) sdp: Option<Vec<u8>>,
    pub(crate) confirmed: bool,
    /// Whether our BYE is on its way.
    pub(crate) ending: bool,
    /// The peer's INVITE that is not finally answered.
    pub(crate) invite: Option<TransactionId>,
    /// The peer's UPDATE that is not finally answered.
    pub(crate) update: Option<TransactionId>,
    /// Our last 2xx to an INVITE, until its ACK comes.
    pub(crate) accepted: Option<Accepted>,
    /// Our BYE that waits for that ACK (RFC 3261 §15).
    pub(crate) held: Option<ClientId>,
    /// Our INVITE, or UPDATE with an offer, that is not answered.
    pub(crate) offering: Option<ClientId>,
    pub(crate) session: Option<Session>,
    /// The smallest session interval the peer takes, in seconds.
    pub(crate) session_min_s: Option<u32>,
    /// Whether the peer's Allow names UPDATE.
    pub(crate) peer_takes_update: bool,
}

impl Dialog {
    /// The dialog an INVITE asks for.
    pub(crate) fn new(request: &Request, arrival: &Arrival, tag: &str) -> Self {
        let mut routes = request.headers.tokens("Record-Route");
        routes.truncate(ROUTES_MAX);
        let headers = &request.headers;
        Self {
            call_id: arrival.key.call_id.clone(),
            local_tag: tag.to_owned(),
            remote_tag: arrival.key.from_tag.clone(),
            local: arrival.reply.tagged_to(tag),
            remote: headers.first("From").unwrap_or_default().to_vec(),
            // Without a Contact, which is an error of the peer, its From has to do.
            target: headers
                .contact_uri()
                .or_else(|| headers.from().map(|from| from.uri)),
            routes,
            local_seq: 0,
            remote_seq: arrival.key.cseq,
            flow: arrival.reply.flow,
            contact: None,
            sdp: None,
            confirmed: false,
            ending: false,
            invite: None,
            update: None,
            accepted: None,
            held: None,
            offering: None,
            session: None,
            session_min_s: None,
            peer_takes_update: headers.has_token("Allow", "UPDATE"),
        }
    }

    /// A request of ours: Request-URI and Route from the route set (RFC 3261 §12.2.1.1), then the
    /// given headers. `None` when the peer never said where it is.
    pub(crate) fn request(&self, method: Method, cseq: u32, branch: &str) -> Option<Request> {
        let target = self.target.clone()?;
        let first = self
            .routes
            .first()
            .and_then(|route| NameAddr::parse(route).ok());
        let loose = first
            .as_ref()
            .is_none_or(|route| route.uri.param("lr").is_some());
        let mut routes = self.routes.clone();
        let uri = match first {
            Some(route) if !loose => {
                routes.remove(0);
                routes.push(format!("<{target}>"));
                route.uri
            }
            _ => target,
        };
        let mut request = Request::new(method.clone(), uri);
        let headers = &mut request.headers;
        let (transport, sent_by) = (self.flow.transport, self.sent_by());
        headers.push(
            "Via",
            format!("SIP/2.0/{transport} {sent_by};branch={branch};rport"),
        );
        headers.push("Max-Forwards", "70");
        for route in routes {
            headers.push("Route", route);
        }
        headers.push("From", self.local.clone());
        headers.push("To", self.remote.clone());
        headers.push("Call-ID", self.call_id.clone());
        headers.push("CSeq", format!("{cseq} {method}"));
        Some(request)
    }

    /// Our address in Via: the flow's, or our Contact's when the listener has no address of its
    /// own. Answers find back by `rport` and the connection in either case.
    fn sent_by(&self) -> String {
        let contact = || {
            let mut headers = Headers::new();
            headers.push("Contact", self.contact.clone()?);
            headers.contact_uri()
        };
        match contact().filter(|_| self.flow.local.ip().is_unspecified()) {
            Some(uri) if !uri.host().is_empty() => {
                format!("{}:{}", uri.host(), self.flow.local.port())
            }
            _ => self.flow.local.to_string(),
        }
    }
}

/// All dialogs, found by id and by Call-ID and tags.
#[derive(Debug, Default)]
pub(crate) struct Dialogs {
    by_id: HashMap<DialogId, Dialog>,
    /// By our own tag, which alone is unique; the others are compared.
    by_tag: HashMap<String, DialogId>,
}

impl Dialogs {
    pub(crate) fn insert(&mut self, id: DialogId, dialog: Dialog) {
        self.by_tag.insert(dialog.local_tag.clone(), id);
        self.by_id.insert(id, dialog);
    }

    pub(crate) fn find(&self, call_id: &str, local: &str, remote: &str) -> Option<DialogId> {
        let id = *self.by_tag.get(local)?;
        let dialog = self.by_id.get(&id)?;
        (dialog.call_id == call_id && dialog.remote_tag == remote).then_some(id)
    }

    pub(crate) fn get(&self, id: DialogId) -> Option<&Dialog> {
        self.by_id.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: DialogId) -> Option<&mut Dialog> {
        self.by_id.get_mut(&id)
    }

    pub(crate) fn remove(&mut self, id: DialogId) -> Option<Dialog> {
        let dialog = self.by_id.remove(&id)?;
        self.by_tag.remove(&dialog.local_tag);
        Some(dialog)
    }

    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }
}
