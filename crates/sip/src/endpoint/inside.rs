//! Requests inside dialogs, and ACKs.

use std::time::Instant;

use super::receive::{does_not_exist, has_offer, not_allowed, unsupported_extension};
use super::wake::Timer;
use super::{Endpoint, Gone, Output, response_with};
use crate::dialog::DialogId;
use crate::message::{Method, Request, Response};
use crate::session_timer::Ask;
use crate::timers::T4;
use crate::transaction::{Arrival, Server, State, TransactionId};

impl Endpoint {
    /// ACK: to another final answer than 2xx it belongs to the INVITE's transaction, to a 2xx to
    /// the dialog. It is never answered.
    pub(super) fn receive_ack(
        &mut self,
        now: Instant,
        arrival: &Arrival,
        request: Request,
        raw: &[u8],
    ) {
        let found = self.servers.find(&arrival.key);
        let state = found
            .and_then(|id| self.servers.get(id))
            .map(|server| server.state);
        match (found, state) {
            (Some(id), Some(State::Completed)) => self.confirm(now, id),
            (Some(_), Some(State::Confirmed)) => {}
            _ => self.acknowledge(now, arrival, request, raw),
        }
    }

    /// The ACK to a refusal has come; it may come again (RFC 3261 §17.2.1).
    fn confirm(&mut self, now: Instant, id: TransactionId) {
        let Some(server) = self.servers.get_mut(id) else {
            return;
        };
        server.state = State::Confirmed;
        let reliable = server.reply.flow.transport.is_reliable();
        self.timers.clear(Timer::ServerRetransmit(id));
        if reliable {
            self.close(id);
        } else {
            self.timers.set(Timer::ServerEnd(id), now, T4);
        }
    }

    fn acknowledge(&mut self, now: Instant, arrival: &Arrival, request: Request, raw: &[u8]) {
        let Some(id) = self.find_dialog(arrival) else {
            return;
        };
        let Some(dialog) = self.dialogs.get_mut(id) else {
            return;
        };
        // An ACK to an INVITE before the last one comes too late to mean anything.
        let waiting = dialog.accepted.as_ref();
        if waiting.is_none_or(|accepted| arrival.key.cseq < accepted.cseq) {
            return;
        }
        dialog.accepted = None;
        dialog.flow = arrival.reply.flow;
        let held = dialog.held.take();
        self.timers.clear(Timer::AcceptedRetransmit(id));
        self.timers.clear(Timer::AcceptedEnd(id));
        self.outputs.push_back(Output::Acked {
            dialog: id,
            request,
            raw: raw.to_vec(),
        });
        if let Some(bye) = held {
            self.start(now, bye);
        }
    }

    fn find_dialog(&self, arrival: &Arrival) -> Option<DialogId> {
        let local = arrival.to_tag.as_deref()?;
        self.dialogs
            .find(&arrival.key.call_id, local, &arrival.key.from_tag)
    }

    pub(super) fn receive_inside(
        &mut self,
        now: Instant,
        arrival: &Arrival,
        request: Request,
        raw: &[u8],
    ) {
        let Some(id) = self.find_dialog(arrival) else {
            return self.refuse_stateless(arrival, does_not_exist());
        };
        // Only a BYE may still open a transaction then: it makes room.
        if self.servers.len() >= self.options.transactions_max && request.method != Method::Bye {
            let busy = self.busy();
            return self.refuse_stateless(arrival, busy);
        }
        let Some(dialog) = self.dialogs.get_mut(id) else {
            return;
        };
        let cseq = arrival.key.cseq;
        // Only going back is out of order; jumps forward are others' business (§12.2.2). A BYE
        // ends the call whatever its number says.
        let late = cseq < dialog.remote_seq && request.method != Method::Bye;
        if !late {
            dialog.remote_seq = dialog.remote_seq.max(cseq);
            dialog.flow = arrival.reply.flow;
        }
        let ending = dialog.ending && request.method != Method::Bye;
        if late {
            let refusal = Response::new(500, "CSeq Out Of Order");
            return self.answer_inside(now, arrival, id, refusal);
        }
        if ending {
            return self.answer_inside(now, arrival, id, does_not_exist());
        }
        match request.method {
            Method::Bye => self.receive_bye(now, arrival, id, request, raw),
            Method::Options => {
                let mut response = Response::new(200, "OK");
                self.describe(&mut response.headers);
                self.answer_inside(now, arrival, id, response);
            }
            Method::Invite | Method::Update | Method::Info => {
                match self.refusal_inside(id, &request) {
                    Some(refusal) => self.answer_inside(now, arrival, id, refusal),
                    None => self.hand_out(now, arrival, id, request, raw),
                }
            }
            Method::Ack
            | Method::Cancel
            | Method::Message
            | Method::Notify
            | Method::Prack
            | Method::Publish
            | Method::Refer
            | Method::Register
            | Method::Subscribe
            | Method::Other(_) => self.answer_inside(now, arrival, id, not_allowed()),
        }
    }

    /// Why a request inside a dialog is not handed out.
    fn refusal_inside(&mut self, id: DialogId, request: &Request) -> Option<Response> {
        if let Some(refusal) = unsupported_extension(request) {
            return Some(refusal);
        }
        let dialog = self.dialogs.get(id)?;
        let offering = dialog.offering.is_some();
        let offered = dialog
            .accepted
            .as_ref()
            .is_some_and(|accepted| accepted.offer);
        let (invite, update) = (dialog.invite.is_some(), dialog.update.is_some());
        let offers = request.method == Method::Invite || has_offer(request);
        if request.method == Method::Info {
            None
        } else if offers && (offering || (offered && request.method == Method::Update)) {
            // An offer of ours is on its way: both sides wait and try again (RFC 3261 §14.2,
            // RFC 3311 §5.2).
            Some(pending())
        } else if update || (invite && offers) {
            // Theirs is not answered yet. An UPDATE without an offer disturbs no INVITE.
            Some(self.busy())
        } else {
            self.too_brief(request)
        }
    }

    /// 500 with a Retry-After of 0 to 10 seconds (RFC 3261 §14.2).
    fn busy(&mut self) -> Response {
        let mut byte = [0];
        (self.random)(&mut byte);
        let seconds = byte.first().map_or(0, |byte| byte % 11);
        response_with(500, "Request Pending", "Retry-After", seconds.to_string())
    }

    /// Answers a request inside a dialog without asking the caller.
    fn answer_inside(&mut self, now: Instant, arrival: &Arrival, id: DialogId, response: Response) {
        let bytes = self.answer(now, arrival, id, response);
        self.outputs.push_back(Output::Sent { dialog: id, bytes });
    }

    /// Opens a transaction and answers it finally at once.
    fn answer(
        &mut self,
        now: Instant,
        arrival: &Arrival,
        id: DialogId,
        response: Response,
    ) -> Vec<u8> {
        let transaction = self.open_inside(now, arrival, id, None);
        self.respond(now, transaction, response)
    }

    /// Opens a transaction inside a dialog; `request` when it is to be handed out.
    fn open_inside(
        &mut self,
        now: Instant,
        arrival: &Arrival,
        id: DialogId,
        request: Option<&Request>,
    ) -> TransactionId {
        let tag = arrival.to_tag.clone().unwrap_or_default();
        let mut server = Server::new(arrival.key.clone(), arrival.reply.clone(), tag);
        server.inside = true;
        server.dialog = Some(id);
        if let Some(request) = request {
            server.target = request.headers.contact_uri();
            server.ask = Some(Ask::of(&request.headers));
            server.offerless = !has_offer(request);
        }
        self.open(now, server)
    }

    fn hand_out(
        &mut self,
        now: Instant,
        arrival: &Arrival,
        id: DialogId,
        request: Request,
        raw: &[u8],
    ) {
        let transaction = self.open_inside(now, arrival, id, Some(&request));
        if request.method == Method::Invite {
            self.respond(now, transaction, Response::new(100, "Trying"));
        }
        if let Some(dialog) = self.dialogs.get_mut(id) {
            if request.method == Method::Invite {
                dialog.invite = Some(transaction);
            } else if request.method == Method::Update {
                dialog.update = Some(transaction);
            }
            if request.headers.contains("Allow") {
                dialog.peer_takes_update = request.headers.has_token("Allow", "UPDATE");
            }
        }
        self.outputs.push_back(Output::InDialog {
            transaction,
            dialog: id,
            request,
            raw: raw.to_vec(),
        });
    }

    fn receive_bye(
        &mut self,
        now: Instant,
        arrival: &Arrival,
        id: DialogId,
        request: Request,
        raw: &[u8],
    ) {
        let transaction = self.open_inside(now, arrival, id, None);
        let answer = self.outputs.len();
        let bytes = self.respond(now, transaction, Response::new(200, "OK"));
        let raw = raw.to_vec();
        self.outputs.push_back(Output::InDialog {
            transaction,
            dialog: id,
            request,
            raw,
        });
        self.outputs.push_back(Output::Sent { dialog: id, bytes });
        // For the record first: what has left must not be unknown after a crash.
        if let Some(answer) = self.outputs.remove(answer) {
            self.outputs.push_back(answer);
        }
        self.end(now, id, Gone::Bye);
    }

    /// Ends a dialog: what is unanswered in it is answered 487, and nothing more is due.
    pub(super) fn end(&mut self, now: Instant, id: DialogId, why: Gone) {
        self.forget(now, id);
        self.outputs.push_back(Output::Gone { dialog: id, why });
    }

    /// Drops a dialog without a word to the caller.
    pub(super) fn forget(&mut self, now: Instant, id: DialogId) {
        let Some(dialog) = self.dialogs.remove(id) else {
            return;
        };
        for timer in Timer::of_dialog(id) {
            self.timers.clear(timer);
        }
        if let Some(bye) = dialog.held {
            self.clients.remove(bye);
        }
        for unanswered in [dialog.invite, dialog.update].into_iter().flatten() {
            self.respond(now, unanswered, Response::new(487, "Request Terminated"));
        }
    }

    /// Forgets a server transaction.
    pub(super) fn close(&mut self, id: TransactionId) {
        self.timers.clear(Timer::ServerRetransmit(id));
        self.timers.clear(Timer::ServerEnd(id));
        self.servers.remove(id);
    }
}

fn pending() -> Response {
    Response::new(491, "Request Pending")
}
