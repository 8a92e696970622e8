//! Taking up a dialog again from its messages, when the process that held it is gone.
//!
//! The messages are all there is: tags, numbers, routes and the session timer are what was said
//! last. What was under way in the old process (a request half answered) is not taken up; the
//! peer repeats it, and it is new to us. Never a dialog that was over or never began.

use std::time::Instant;

use super::Endpoint;
use super::receive::has_offer;
use super::wake::Timer;
use crate::dialog::{Accepted, Dialog, DialogId};
use crate::flow::Flow;
use crate::message::{Headers, Message, Method, Request, Response, parse};
use crate::session_timer::{Ask, Session};
use crate::timers::{T1, T1_64};
use crate::transaction::{Arrival, Server, State, TransactionId};

/// What stands where a media key was cut out of a message (`crate::redact`).
const CUT: &[u8] = b"inline:*";

/// Requests of the peer that wait for their answer, at most.
const ASKED_MAX: usize = 16;

impl Endpoint {
    /// Takes up a dialog again from its messages in the order in which they were sent (`true`:
    /// by us) and received, keys and credentials cut out. Its requests go by `flow` until the
    /// peer sends one by another. A 2xx whose ACK is missing is sent again as long as it would
    /// have been.
    ///
    /// `None`: by its messages the dialog never began or is over, or it is known already.
    pub fn restore<'a>(
        &mut self,
        now: Instant,
        flow: Flow,
        messages: impl IntoIterator<Item = (bool, &'a [u8])>,
    ) -> Option<DialogId> {
        let mut past = Past::default();
        for (sent, bytes) in messages {
            let Ok(parsed) = parse(bytes) else { continue };
            match (parsed.message, sent) {
                (Message::Request(request), false) => past.received(request, flow),
                (Message::Response(response), true) => past.answered(&response, bytes),
                (Message::Request(request), true) => past.sent(&request),
                (Message::Response(response), false) => past.heard(&response, self.min_s()),
            }
        }
        let mut dialog = past.dialog.filter(|_| !past.over)?;
        let (call_id, local, remote) = (&dialog.call_id, &dialog.local_tag, &dialog.remote_tag);
        if self.dialogs.find(call_id, local, remote).is_some() {
            return None;
        }
        let session = dialog.session;
        // What was cut out of the answer cannot be sent again.
        let cut = |bytes: &[u8]| bytes.windows(CUT.len()).any(|window| window == CUT);
        dialog.accepted = dialog
            .accepted
            .filter(|accepted| !cut(&accepted.bytes) && !flow.transport.is_reliable());
        dialog.sdp = dialog.sdp.filter(|sdp| !cut(sdp));
        let waits = dialog.accepted.as_ref().map(|accepted| &accepted.bytes);
        let again = waits.cloned().zip(past.accepted);
        let id = DialogId(self.new_id());
        self.dialogs.insert(id, dialog);
        if let Some((bytes, arrival)) = again {
            self.answer_again(now, id, &arrival, bytes);
        }
        self.set_session(now, id, session);
        Some(id)
    }

    /// Asks the peer whether the dialog is still there, and says that we are: an UPDATE with the
    /// given body where the peer takes it, else a re-INVITE with the SDP we sent last. Returns
    /// what was sent; `None` when nothing can be asked now.
    pub fn ask_again(
        &mut self,
        now: Instant,
        id: DialogId,
        headers: Headers,
        body: Vec<u8>,
    ) -> Option<Vec<u8>> {
        let dialog = self.dialogs.get(id)?;
        if dialog.accepted.is_some() {
            return None;
        }
        if dialog.peer_takes_update {
            return self.request(now, id, Method::Update, headers, body);
        }
        let sdp = dialog.sdp.clone()?;
        let mut headers = Headers::new();
        headers.push("Content-Type", "application/sdp");
        self.request(now, id, Method::Invite, headers, sdp)
    }

    fn min_s(&self) -> u32 {
        self.options.session_expires_min_s
    }

    /// Sends a 2xx again until its ACK comes, and whenever its request does.
    fn answer_again(&mut self, now: Instant, id: DialogId, arrival: &Arrival, bytes: Vec<u8>) {
        let tag = self.dialogs.get(id).map(|dialog| dialog.local_tag.clone());
        let (key, reply) = (arrival.key.clone(), arrival.reply.clone());
        let mut server = Server::new(key, reply, tag.unwrap_or_default());
        server.inside = arrival.to_tag.is_some();
        server.state = State::Accepted;
        server.last = Some(bytes);
        server.dialog = Some(id);
        let transaction = TransactionId(self.new_id());
        self.servers.insert(transaction, server);
        self.timers.set(Timer::ServerEnd(transaction), now, T1_64);
        self.timers.set(Timer::AcceptedRetransmit(id), now, T1);
        self.timers.set(Timer::AcceptedEnd(id), now, T1_64);
    }
}

/// What the messages up to now make of a dialog.
#[derive(Default)]
struct Past {
    dialog: Option<Dialog>,
    /// Requests of the peer without a final answer.
    asked: Vec<(Arrival, Request)>,
    /// The INVITE whose 2xx waits for its ACK.
    accepted: Option<Arrival>,
    over: bool,
}

impl Past {
    fn received(&mut self, request: Request, flow: Flow) {
        let Some(arrival) = Arrival::of(&request, flow) else {
            return;
        };
        let cseq = arrival.key.cseq;
        if let Some(dialog) = &mut self.dialog {
            if request.method != Method::Ack {
                dialog.remote_seq = dialog.remote_seq.max(cseq);
            }
            if request.headers.contains("Allow") {
                dialog.peer_takes_update = request.headers.has_token("Allow", "UPDATE");
            }
            let waiting = dialog.accepted.as_ref();
            let acked = waiting.is_some_and(|accepted| accepted.cseq <= cseq);
            if request.method == Method::Ack && acked {
                dialog.accepted = None;
            }
        }
        self.over |= request.method == Method::Bye;
        let offers = matches!(request.method, Method::Invite | Method::Update);
        if offers && self.asked.len() < ASKED_MAX {
            self.asked.push((arrival, request));
        }
    }

    fn answered(&mut self, response: &Response, bytes: &[u8]) {
        let Some((cseq, method)) = response.headers.cseq() else {
            return;
        };
        if response.status < 200 {
            return;
        }
        let is_it = |(arrival, _): &(Arrival, Request)| {
            arrival.key.cseq == cseq && arrival.key.method == method
        };
        let Some(position) = self.asked.iter().position(is_it) else {
            return;
        };
        let (arrival, request) = self.asked.remove(position);
        if response.status >= 300 {
            // A refused first INVITE makes no dialog.
            self.over |= self.dialog.is_none();
            return;
        }
        if self.dialog.is_none() {
            let tag = response
                .headers
                .to()
                .and_then(|to| to.tag().map(str::to_owned));
            self.dialog = tag.map(|tag| Dialog::new(&request, &arrival, &tag));
        }
        let Some(dialog) = &mut self.dialog else {
            return;
        };
        dialog.confirmed = true;
        let headers = &response.headers;
        if let Some(contact) = headers.first("Contact") {
            dialog.contact = Some(contact.to_vec());
        }
        if headers
            .content_type()
            .is_some_and(|kind| kind.essence == "application/sdp")
        {
            dialog.sdp = Some(response.body.clone());
        }
        dialog.target = request
            .headers
            .contact_uri()
            .or_else(|| dialog.target.take());
        dialog.session_min_s = Ask::of(&request.headers).min_s().or(dialog.session_min_s);
        dialog.session = Session::of_answer(headers);
        if method == Method::Invite {
            let offers = !has_offer(&request);
            let flow = arrival.reply.flow;
            dialog.accepted = Some(Accepted::new(cseq, bytes.to_vec(), flow, offers));
            self.accepted = Some(arrival);
        }
    }

    fn sent(&mut self, request: &Request) {
        let Some(dialog) = &mut self.dialog else {
            return;
        };
        if let Some((cseq, _)) = request.headers.cseq() {
            dialog.local_seq = dialog.local_seq.max(cseq);
        }
        self.over |= request.method == Method::Bye;
    }

    fn heard(&mut self, response: &Response, min_s: u32) {
        let (Some(dialog), Some((_, method))) = (&mut self.dialog, response.headers.cseq()) else {
            return;
        };
        self.over |= response.status == 481;
        let refreshes = matches!(method, Method::Invite | Method::Update);
        if refreshes && (200..300).contains(&response.status) {
            dialog.target = response
                .headers
                .contact_uri()
                .or_else(|| dialog.target.take());
            let unchanged = dialog.session.filter(|session| session.we_refresh);
            dialog.session = Ask::of(&response.headers).agreed(min_s).or(unchanged);
        }
    }
}
