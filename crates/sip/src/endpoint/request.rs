//! Our own requests inside dialogs, and their answers (RFC 3261 §12.2.1, §17.1).

use std::time::{Duration, Instant};

use super::receive::has_offer;
use super::wake::Timer;
use super::{ALLOW, Endpoint, Gone, Output, add};
use crate::dialog::DialogId;
use crate::message::{Headers, Method, Response};
use crate::session_timer::Ask;
use crate::timers::{T1, T1_64, T2};
use crate::transaction::{Client, ClientId};

/// How long an INVITE of ours may stay at a provisional answer.
const INVITE_PROCEEDING_MAX: Duration = Duration::from_secs(180);

/// A request of ours that is finally answered.
struct Concluded {
    id: ClientId,
    dialog: DialogId,
    method: Method,
    refresh: bool,
}

impl Endpoint {
    /// Sends a request inside a dialog: BYE, UPDATE, INFO, or INVITE with an offer.
    ///
    /// Returns the bytes as they go out; `None` when there is no such dialog, or it cannot take
    /// the request now (BYE is on its way, another offer is unanswered). A BYE sent before the ACK
    /// to our 2xx has come is transmitted after it (RFC 3261 §15).
    pub fn request(
        &mut self,
        now: Instant,
        dialog: DialogId,
        method: Method,
        headers: Headers,
        body: Vec<u8>,
    ) -> Option<Vec<u8>> {
        let state = self.dialogs.get(dialog)?;
        let invite = method == Method::Invite;
        let unanswered = state.offering.is_some() || state.invite.is_some();
        let busy = invite && (unanswered || state.update.is_some() || state.accepted.is_some());
        let taken = matches!(
            method,
            Method::Bye | Method::Info | Method::Invite | Method::Update
        );
        if !state.confirmed || state.ending || busy || !taken {
            return None;
        }
        let hold = method == Method::Bye && state.accepted.is_some();
        let (id, bytes) = self.prepare(dialog, method, headers, body, false)?;
        if hold {
            let dialog = self.dialogs.get_mut(dialog)?;
            dialog.held = Some(id);
        } else {
            self.start(now, id);
        }
        Some(bytes)
    }

    /// Makes a request and its client transaction, without sending it.
    pub(super) fn prepare(
        &mut self,
        dialog_id: DialogId,
        method: Method,
        headers: Headers,
        body: Vec<u8>,
        refresh: bool,
    ) -> Option<(ClientId, Vec<u8>)> {
        let branch = self.branch();
        let id = ClientId(self.new_id());
        let agent = self.options.user_agent.clone();
        let dialog = self.dialogs.get_mut(dialog_id)?;
        let cseq = dialog.local_seq.checked_add(1)?;
        let mut request = dialog.request(method.clone(), cseq, &branch)?;
        for header in headers.iter() {
            request.headers.push(header.name(), header.value());
        }
        let refreshes = matches!(method, Method::Invite | Method::Update);
        if refreshes {
            if let Some(contact) = &dialog.contact {
                add(&mut request.headers, "Contact", contact.clone());
            }
            add(&mut request.headers, "Allow", ALLOW);
            add(&mut request.headers, "Supported", "timer");
            if let Some(session) = dialog.session {
                add(
                    &mut request.headers,
                    "Session-Expires",
                    session.in_request(),
                );
            }
            if let Some(min_s) = dialog.session_min_s {
                add(&mut request.headers, "Min-SE", min_s.to_string());
            }
        }
        add(&mut request.headers, "User-Agent", agent);
        request.body = body;
        dialog.local_seq = cseq;
        dialog.ending |= method == Method::Bye;
        if method == Method::Invite || (refreshes && has_offer(&request)) {
            dialog.offering = Some(id);
        }
        let ack = match method == Method::Invite {
            true => dialog
                .request(Method::Ack, cseq, &branch)
                .map(|ack| ack.to_bytes()),
            false => None,
        };
        let (flow, bytes) = (dialog.flow, request.to_bytes());
        let client = Client {
            dialog: dialog_id,
            method,
            cseq,
            branch,
            flow,
            bytes: bytes.clone(),
            interval: T1,
            ack,
            finished: false,
            refresh,
        };
        self.clients.insert(id, client);
        Some((id, bytes))
    }

    /// Sends a prepared request for the first time.
    pub(super) fn start(&mut self, now: Instant, id: ClientId) {
        let Some(client) = self.clients.get(id) else {
            return;
        };
        let (flow, bytes) = (client.flow, client.bytes.clone());
        if client.method == Method::Bye {
            for timer in [
                Timer::Refresh(client.dialog),
                Timer::SessionEnd(client.dialog),
            ] {
                self.timers.clear(timer);
            }
        }
        if !flow.transport.is_reliable() {
            self.timers.set(Timer::ClientRetransmit(id), now, T1);
        }
        self.timers.set(Timer::ClientEnd(id), now, T1_64);
        self.transmit(flow, bytes);
    }

    /// Sends a request the caller did not ask for.
    pub(super) fn request_own(
        &mut self,
        now: Instant,
        dialog: DialogId,
        method: Method,
        headers: Headers,
        body: Vec<u8>,
    ) {
        if let Some((id, bytes)) = self.prepare(dialog, method, headers, body, true) {
            self.outputs.push_back(Output::Sent { dialog, bytes });
            self.start(now, id);
        }
    }

    pub(super) fn receive_response(&mut self, now: Instant, response: Response, raw: &[u8]) {
        let via = response.headers.via();
        let branch = via
            .as_ref()
            .and_then(|via| via.branch())
            .unwrap_or_default();
        let Some((cseq, method)) = response.headers.cseq() else {
            return;
        };
        let Some(id) = self.clients.find(branch, cseq, &method) else {
            return;
        };
        let Some(client) = self.clients.get_mut(id) else {
            return;
        };
        let (flow, finished) = (client.flow, client.finished);
        if finished {
            // The answer came again, so our ACK was lost.
            if let Some(ack) = client.ack.clone().filter(|_| response.status >= 200) {
                self.transmit(flow, ack);
            }
        } else if response.status >= 200 {
            self.conclude(now, id, response, raw.to_vec());
        } else if method == Method::Invite {
            self.timers.clear(Timer::ClientRetransmit(id));
            self.timers
                .set(Timer::ClientEnd(id), now, INVITE_PROCEEDING_MAX);
        } else {
            client.interval = T2;
        }
    }

    /// A final answer, from the peer or made here, ends the transaction.
    pub(super) fn conclude(
        &mut self,
        now: Instant,
        id: ClientId,
        response: Response,
        raw: Vec<u8>,
    ) {
        self.timers.clear(Timer::ClientRetransmit(id));
        let Some(client) = self.clients.get_mut(id) else {
            return;
        };
        client.finished = true;
        let (dialog, method, refresh) = (client.dialog, client.method.clone(), client.refresh);
        let concluded = Concluded {
            id,
            dialog,
            method,
            refresh,
        };
        self.note_target(dialog, &response);
        if concluded.method == Method::Invite && !raw.is_empty() {
            self.timers.set(Timer::ClientEnd(id), now, T1_64);
            self.send_ack(id, response.status);
        } else {
            self.timers.clear(Timer::ClientEnd(id));
            self.clients.remove(id);
        }
        self.apply(now, &concluded, response, raw);
    }

    /// A 2xx to our INVITE or UPDATE says where the peer is now.
    fn note_target(&mut self, dialog: DialogId, response: &Response) {
        let success = (200..300).contains(&response.status);
        if let Some(dialog) = self.dialogs.get_mut(dialog).filter(|_| success)
            && let Some(target) = response.headers.contact_uri()
        {
            dialog.target = Some(target);
        }
    }

    /// ACK to our INVITE: to a refusal as part of the transaction, to a 2xx as a request of its own
    /// (RFC 3261 §13.2.2.4).
    fn send_ack(&mut self, id: ClientId, status: u16) {
        let branch = self.branch();
        let Some(client) = self.clients.get_mut(id) else {
            return;
        };
        let (flow, dialog) = (client.flow, client.dialog);
        if status < 300
            && let Some(state) = self.dialogs.get(dialog)
            && let Some(ack) = state.request(Method::Ack, client.cseq, &branch)
        {
            client.ack = Some(ack.to_bytes());
        }
        if let Some(ack) = client.ack.clone() {
            self.transmit_own(dialog, flow, ack);
        }
    }

    /// What an answer means for the dialog, and the word to the caller.
    fn apply(&mut self, now: Instant, concluded: &Concluded, response: Response, raw: Vec<u8>) {
        let Concluded {
            id,
            dialog: dialog_id,
            method,
            refresh,
        } = concluded;
        let Some(dialog) = self.dialogs.get_mut(*dialog_id) else {
            return;
        };
        if dialog.offering == Some(*id) {
            dialog.offering = None;
        }
        let (status, headers) = (response.status, response.headers.clone());
        self.outputs.push_back(Output::Response {
            dialog: *dialog_id,
            response,
            raw,
        });
        let refreshes = matches!(method, Method::Invite | Method::Update);
        if *method == Method::Bye {
            self.end(now, *dialog_id, Gone::Terminated);
        } else if status == 481 {
            self.end(now, *dialog_id, Gone::Answered481);
        } else if refreshes && (200..300).contains(&status) {
            // A peer that does not know session timers says nothing of them; who wanted them
            // refreshed still does.
            let unchanged = dialog.session.filter(|session| session.we_refresh);
            let agreed = Ask::of(&headers).agreed(self.options.session_expires_min_s);
            self.set_session(now, *dialog_id, agreed.or(unchanged));
        } else if *refresh {
            self.refresh_failed(now, *dialog_id, status, &headers);
        }
    }

    /// Sends BYE and ends the dialog at once; nobody waits for the answer.
    pub(super) fn hang_up(&mut self, now: Instant, dialog: DialogId, why: Gone) {
        self.request_own(now, dialog, Method::Bye, Headers::new(), Vec::new());
        self.end(now, dialog, why);
    }
}

/// A 408 made here, for a request that nobody answered.
pub(super) fn timed_out() -> Response {
    Response::new(408, "Request Timeout")
}
