//! Our answers to requests of others (RFC 3261 §17.2, RFC 6026).

use std::time::Instant;

use super::wake::Timer;
use super::{ALLOW, Endpoint, add};
use crate::dialog::{Accepted, Dialog, DialogId};
use crate::message::{Headers, Method, Response};
use crate::session_timer::{Ask, Session};
use crate::timers::{T1, T1_64};
use crate::transaction::{Server, State, TransactionId};

/// What an answer means for its dialog.
struct Outcome {
    dialog: DialogId,
    method: Method,
    status: u16,
    inside: bool,
}

impl Endpoint {
    /// Answers a request that was handed out. The caller gives status, reason, its own headers
    /// (Contact among them) and the body; the endpoint adds what is copied from the request, the
    /// To tag, Allow, Supported and what session timers need.
    ///
    /// Returns the bytes as they go out first, which are also queued; empty when there is nothing
    /// to answer any more.
    pub fn respond(
        &mut self,
        now: Instant,
        transaction: TransactionId,
        mut response: Response,
    ) -> Vec<u8> {
        let server = self.servers.get(transaction);
        let Some(server) = server.filter(|server| server.state == State::Proceeding) else {
            return Vec::new();
        };
        let status = response.status;
        let session = self.complete_headers(server, &mut response);
        let (contact, sdp) = (contact_of(&response), sdp_of(&response));
        let method = server.key.method.clone();
        let outcome = server.dialog.map(|dialog| {
            let inside = server.inside;
            Outcome {
                dialog,
                method,
                status,
                inside,
            }
        });
        let bytes = server
            .reply
            .response(&server.tag, self.sign(response))
            .to_bytes();
        if let Some(server) = self.servers.get_mut(transaction) {
            server.last = Some(bytes.clone());
            let flow = server.reply.flow;
            self.transmit(flow, bytes.clone());
        }
        if status >= 200 {
            if let Some(outcome) = outcome {
                self.settle(now, transaction, &outcome, &bytes);
                self.learn(now, &outcome, contact, sdp, session);
            }
            self.finish(now, transaction, status);
        }
        bytes
    }

    /// Adds the headers that follow from method and status; says what session timer was agreed.
    fn complete_headers(&self, server: &Server, response: &mut Response) -> Option<Session> {
        let method = &server.key.method;
        let headers = &mut response.headers;
        if *method == Method::Options {
            self.describe(headers);
        }
        let success = (200..300).contains(&response.status);
        if !success || !matches!(method, Method::Invite | Method::Update) {
            return None;
        }
        add(headers, "Allow", ALLOW);
        add(headers, "Supported", "timer");
        let (min_s, max_s) = (
            self.options.session_expires_min_s,
            self.options.session_expires_max_s,
        );
        let session = server.ask.and_then(|ask| ask.agree(min_s, max_s))?;
        headers.set("Session-Expires", session.in_response());
        if !session.we_refresh && !headers.has_token("Require", "timer") {
            headers.push("Require", "timer");
        }
        Some(session)
    }

    /// Moves the transaction on after a final answer.
    fn finish(&mut self, now: Instant, id: TransactionId, status: u16) {
        let Some(server) = self.servers.get_mut(id) else {
            return;
        };
        let reliable = server.reply.flow.transport.is_reliable();
        let success = (200..300).contains(&status);
        let invite = server.is_invite();
        server.state = if invite && success {
            State::Accepted
        } else {
            State::Completed
        };
        if !success {
            self.servers.forget_merged(id);
        }
        if !invite && (reliable || self.is_ping(id)) {
            return self.close(id);
        }
        if invite && !success && !reliable {
            self.timers.set(Timer::ServerRetransmit(id), now, T1);
        }
        self.timers.set(Timer::ServerEnd(id), now, T1_64);
    }

    /// OPTIONS outside a dialog: answering it anew costs less than remembering the answer.
    fn is_ping(&self, id: TransactionId) -> bool {
        let server = self.servers.get(id);
        server.is_some_and(|server| server.key.method == Method::Options && !server.inside)
    }

    /// What a final answer does to the dialog's state.
    fn settle(&mut self, now: Instant, id: TransactionId, outcome: &Outcome, bytes: &[u8]) {
        let success = (200..300).contains(&outcome.status);
        let invite = outcome.method == Method::Invite;
        let Some(dialog) = self.dialogs.get_mut(outcome.dialog) else {
            return;
        };
        if dialog.update == Some(id) {
            dialog.update = None;
        }
        if dialog.invite == Some(id) {
            dialog.invite = None;
        }
        if invite && !success && !outcome.inside {
            return self.forget(now, outcome.dialog);
        }
        if !success || !matches!(outcome.method, Method::Invite | Method::Update) {
            return;
        }
        let Some(server) = self.servers.get(id) else {
            return;
        };
        refresh_target(dialog, server);
        if invite {
            let (cseq, flow) = (server.key.cseq, server.reply.flow);
            dialog.confirmed = true;
            dialog.accepted = Some(Accepted::new(cseq, bytes.to_vec(), flow, server.offerless));
            self.timers
                .set(Timer::AcceptedRetransmit(outcome.dialog), now, T1);
            self.timers
                .set(Timer::AcceptedEnd(outcome.dialog), now, T1_64);
        }
    }

    /// What a 2xx of ours says about us for later requests.
    fn learn(
        &mut self,
        now: Instant,
        outcome: &Outcome,
        contact: Option<Vec<u8>>,
        sdp: Option<Vec<u8>>,
        session: Option<Session>,
    ) {
        let refreshing = matches!(outcome.method, Method::Invite | Method::Update);
        let success = (200..300).contains(&outcome.status);
        let Some(dialog) = self
            .dialogs
            .get_mut(outcome.dialog)
            .filter(|_| refreshing && success)
        else {
            return;
        };
        dialog.contact = contact.or_else(|| dialog.contact.take());
        dialog.sdp = sdp.or_else(|| dialog.sdp.take());
        self.set_session(now, outcome.dialog, session);
    }

    /// Starts the session timer anew, or ends it.
    pub(super) fn set_session(&mut self, now: Instant, id: DialogId, session: Option<Session>) {
        let Some(dialog) = self.dialogs.get_mut(id) else {
            return;
        };
        dialog.session = session;
        self.timers.clear(Timer::Refresh(id));
        self.timers.clear(Timer::SessionEnd(id));
        let Some(session) = session else { return };
        if session.we_refresh {
            self.timers
                .set(Timer::Refresh(id), now, session.refresh_after());
        }
        self.timers
            .set(Timer::SessionEnd(id), now, session.over_after());
    }
}

fn refresh_target(dialog: &mut Dialog, server: &Server) {
    if let Some(target) = &server.target {
        dialog.target = Some(target.clone());
    }
    dialog.session_min_s = server
        .ask
        .as_ref()
        .and_then(Ask::min_s)
        .or(dialog.session_min_s);
}

fn contact_of(response: &Response) -> Option<Vec<u8>> {
    response.headers.first("Contact").map(<[u8]>::to_vec)
}

fn sdp_of(response: &Response) -> Option<Vec<u8>> {
    let is_sdp = |headers: &Headers| {
        let media_type = headers.content_type();
        media_type.is_some_and(|media_type| media_type.essence == "application/sdp")
    };
    let sdp = is_sdp(&response.headers) && !response.body.is_empty();
    sdp.then(|| response.body.clone())
}
