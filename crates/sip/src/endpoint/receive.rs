//! What arrives: which transaction or dialog a message belongs to, and what is refused.
//!
//! Refusals outside dialogs keep no state (RFC 3261 §8.2.7), so that a flood of nonsense costs
//! nothing but its answers.

use std::time::{Duration, Instant};

use super::wake::Timer;
use super::{ALLOW, Endpoint, Output, REQUIRE_TAKEN, response_with};
use crate::dialog::{Dialog, DialogId};
use crate::flow::{Flow, Transport};
use crate::frame::FrameError;
use crate::limits::{
    DATAGRAM_MESSAGE_BYTES_MAX, HEADER_SECTION_BYTES_MAX, STREAM_MESSAGE_BYTES_MAX,
};
use crate::message::multipart::{Part, parts};
use crate::message::{Message, Method, Readable, Request, Response, parse, readable};
use crate::reply::Reply;
use crate::session_timer::Ask;
use crate::timers::T1_64;
use crate::transaction::{Arrival, Server, State, TransactionId};

/// How long an INVITE may stay unanswered by the caller before it is answered 500.
const INVITE_UNANSWERED_MAX: Duration = Duration::from_secs(180);

const TOO_LARGE: &str = "Message Too Large";

/// Seconds after which to try again when we are full.
const RETRY_AFTER_S: &str = "3";

impl Endpoint {
    /// Takes one datagram, or one message of a stream.
    pub fn receive(&mut self, now: Instant, flow: Flow, bytes: &[u8]) {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return; // a keep-alive
        }
        let longest = match flow.transport {
            Transport::Udp => DATAGRAM_MESSAGE_BYTES_MAX,
            Transport::Tcp | Transport::Tls => STREAM_MESSAGE_BYTES_MAX,
        };
        if bytes.len() > longest {
            let head = bytes.get(..HEADER_SECTION_BYTES_MAX).unwrap_or(bytes);
            return self.refuse_unreadable(flow, 513, TOO_LARGE, &readable(head));
        }
        match parse(bytes).map(|parsed| parsed.message) {
            Ok(Message::Request(request)) => self.receive_request(now, flow, request, bytes),
            Ok(Message::Response(response)) => self.receive_response(now, response, bytes),
            Err(error) => self.refuse_unreadable(flow, error.status, error.reason, &error.readable),
        }
    }

    /// Takes a message from somebody who may not call: a request outside a dialog is answered
    /// 403 and leaves nothing behind. True when it was.
    pub fn receive_foreign(&mut self, now: Instant, flow: Flow, bytes: &[u8]) -> bool {
        if let Ok(Message::Request(request)) = parse(bytes).map(|parsed| parsed.message)
            && let Some(arrival) = Arrival::of(&request, flow)
            && arrival.to_tag.is_none()
        {
            if request.method != Method::Ack {
                let refusal = Response::new(403, "Not allowed from this address");
                self.refuse_stateless(&arrival, refusal);
            }
            return true;
        }
        self.receive(now, flow, bytes);
        false
    }

    /// Answers a stream that cannot be read on: 513 or 400, when it can be answered. The caller
    /// closes the connection after sending.
    pub fn refuse(&mut self, flow: Flow, error: &FrameError) {
        let (head, status, reason) = match error {
            FrameError::TooLarge { head } => (head, 513, TOO_LARGE),
            FrameError::BadLength { head } => (head, 400, "Bad Content-Length"),
        };
        self.refuse_unreadable(flow, status, reason, &readable(head));
    }

    fn refuse_unreadable(&mut self, flow: Flow, status: u16, reason: &str, readable: &Readable) {
        let reply = Some(readable).filter(|readable| readable.is_answerable());
        let Some(reply) = reply.and_then(|readable| Reply::of_unreadable(readable, flow)) else {
            return;
        };
        if readable.method == Some(Method::Invite) {
            self.count_refused(status);
        }
        let tag = self.token();
        let response = reply.response(&tag, self.sign(Response::new(status, reason)));
        self.transmit(reply.flow, response.to_bytes());
    }

    fn receive_request(&mut self, now: Instant, flow: Flow, request: Request, raw: &[u8]) {
        let Some(arrival) = Arrival::of(&request, flow) else {
            return;
        };
        if request.method == Method::Ack {
            self.receive_ack(now, &arrival, request, raw);
        } else if let Some(id) = self.servers.find(&arrival.key) {
            self.repeat(id);
        } else if request.method == Method::Cancel {
            self.receive_cancel(now, &arrival);
        } else if arrival.to_tag.is_some() {
            self.receive_inside(now, &arrival, request, raw);
        } else {
            self.receive_outside(now, arrival, request, raw);
        }
    }

    /// The request came again: so does its last answer.
    fn repeat(&mut self, id: TransactionId) {
        if let Some(server) = self.servers.get(id)
            && let Some(bytes) = server.last.clone()
        {
            self.transmit(server.reply.flow, bytes);
        }
    }

    /// CANCEL (RFC 3261 §9.2): finds its INVITE by branch, or by what a merged request shares.
    fn receive_cancel(&mut self, now: Instant, arrival: &Arrival) {
        let key = arrival.key.of_cancelled();
        let found = self
            .servers
            .find(&key)
            .or_else(|| self.servers.find_merged(&key));
        let Some(id) = found else {
            return self.refuse_stateless(arrival, does_not_exist());
        };
        let Some(server) = self.servers.get(id) else {
            return;
        };
        let (state, dialog, tag) = (server.state, server.dialog, server.tag.clone());
        let ok = arrival
            .reply
            .response(&tag, self.sign(Response::new(200, "OK")))
            .to_bytes();
        self.transmit(arrival.reply.flow, ok);
        if state == State::Proceeding
            && let Some(dialog) = dialog
        {
            self.respond(now, id, Response::new(487, "Request Terminated"));
            self.outputs.push_back(Output::Cancelled {
                transaction: id,
                dialog,
            });
        }
    }

    fn receive_outside(&mut self, now: Instant, arrival: Arrival, request: Request, raw: &[u8]) {
        match self.refusal_outside(&arrival, &request) {
            Some(refusal) => self.refuse_stateless(&arrival, refusal),
            None if request.method == Method::Invite => self.begin(now, arrival, request, raw),
            None => {
                let (flow, tag) = (arrival.source, self.token());
                let server = Server::new(arrival.key, arrival.reply, tag);
                let transaction = self.open(now, server);
                self.outputs.push_back(Output::Options {
                    transaction,
                    flow,
                    request,
                });
            }
        }
    }

    /// Why a request outside a dialog is not handed out, in the order of RFC 3261 §8.2.
    fn refusal_outside(&self, arrival: &Arrival, request: &Request) -> Option<Response> {
        let method = &request.method;
        if matches!(method, Method::Bye | Method::Update | Method::Info) {
            return Some(does_not_exist());
        }
        if !matches!(method, Method::Invite | Method::Options) {
            return Some(not_allowed());
        }
        if !matches!(request.uri.scheme(), "sip" | "sips" | "tel") {
            return Some(Response::new(416, "Unsupported URI Scheme"));
        }
        if self.servers.find_merged(&arrival.key).is_some() {
            return Some(Response::new(482, "Loop Detected"));
        }
        if let Some(refusal) = unsupported_extension(request) {
            return Some(refusal);
        }
        if self.servers.len() >= self.options.transactions_max {
            return Some(full());
        }
        if *method == Method::Invite {
            if self.dialogs.len() >= self.options.dialogs_max {
                return Some(full());
            }
            return self.too_brief(request);
        }
        None
    }

    /// 422 when the session interval is below ours (RFC 4028 §9).
    pub(super) fn too_brief(&self, request: &Request) -> Option<Response> {
        let min_s = self.options.session_expires_min_s;
        let too_small = Ask::of(&request.headers).is_too_small(min_s);
        too_small.then(|| {
            response_with(
                422,
                "Session Interval Too Small",
                "Min-SE",
                min_s.to_string(),
            )
        })
    }

    /// A new INVITE: 100 Trying, a dialog to be, and out it goes.
    fn begin(&mut self, now: Instant, arrival: Arrival, request: Request, raw: &[u8]) {
        let tag = self.token();
        let dialog_id = DialogId(self.new_id());
        let mut dialog = Dialog::new(&request, &arrival, &tag);
        let flow = arrival.source;
        let mut server = Server::new(arrival.key, arrival.reply, tag);
        server.dialog = Some(dialog_id);
        server.ask = Some(Ask::of(&request.headers));
        server.offerless = !has_offer(&request);
        let transaction = self.open(now, server);
        dialog.invite = Some(transaction);
        self.dialogs.insert(dialog_id, dialog);
        self.respond(now, transaction, Response::new(100, "Trying"));
        let (raw, dialog) = (raw.to_vec(), dialog_id);
        self.outputs.push_back(Output::Invite {
            transaction,
            dialog,
            flow,
            request,
            raw,
        });
    }

    /// Starts a server transaction.
    pub(super) fn open(&mut self, now: Instant, server: Server) -> TransactionId {
        let id = TransactionId(self.new_id());
        let invite = server.is_invite();
        self.servers.insert(id, server);
        let longest = if invite { INVITE_UNANSWERED_MAX } else { T1_64 };
        self.timers.set(Timer::ServerEnd(id), now, longest);
        id
    }

    pub(super) fn refuse_stateless(&mut self, arrival: &Arrival, refusal: Response) {
        if arrival.key.method == Method::Invite && arrival.to_tag.is_none() {
            self.count_refused(refusal.status);
        }
        let tag = self.stateless_tag(&arrival.key);
        let response = arrival.reply.response(&tag, self.sign(refusal));
        self.transmit(arrival.reply.flow, response.to_bytes());
    }

    fn count_refused(&mut self, status: u16) {
        let count = self.refused.entry(status).or_default();
        *count = count.saturating_add(1);
    }
}

pub(super) fn does_not_exist() -> Response {
    Response::new(481, "Call/Transaction Does Not Exist")
}

pub(super) fn not_allowed() -> Response {
    response_with(405, "Method Not Allowed", "Allow", ALLOW)
}

fn full() -> Response {
    response_with(503, "Service Unavailable", "Retry-After", RETRY_AFTER_S)
}

/// 420 with exactly the option tags of Require that we do not know (RFC 3261 §8.2.2.3).
pub(super) fn unsupported_extension(request: &Request) -> Option<Response> {
    let required = request.headers.tokens("Require");
    let known = |tag: &String| {
        REQUIRE_TAKEN
            .iter()
            .any(|known| known.eq_ignore_ascii_case(tag))
    };
    let unknown: Vec<_> = required.into_iter().filter(|tag| !known(tag)).collect();
    let bad = || response_with(420, "Bad Extension", "Unsupported", unknown.join(", "));
    (!unknown.is_empty()).then(bad)
}

/// Whether a request carries SDP, alone or among other parts.
pub(super) fn has_offer(request: &Request) -> bool {
    let content_type = request.headers.text("Content-Type").unwrap_or_default();
    let parts = parts(&content_type, &request.body);
    let is_sdp = |part: &Part<'_>| {
        let media_type = part.headers.content_type();
        media_type.is_some_and(|media_type| media_type.essence == "application/sdp")
    };
    !request.body.is_empty() && parts.is_ok_and(|parts| parts.iter().any(is_sdp))
}
