//! Requests inside a call: new offers, metadata, the end.

use super::Node;
use super::invite::{append_all, random, unix_ms};
use crate::calls::{Call, Change, Stage};
use crate::clocks::monotonic_ns;
use crate::sweep::{Order, Switch};
use journal::{Entry, Mark};
use model::RecordingId;
use sip::{DialogId, Method, Request, Response, TransactionId};
use siprec::Plan;
use std::time::Instant;

impl Node {
    /// A request inside a dialog. It is journalled before anything is derived from it.
    pub(super) fn requested(
        &mut self,
        transaction: TransactionId,
        dialog: DialogId,
        request: &Request,
        raw: &[u8],
    ) {
        self.signal(dialog, false, raw);
        if let Some(call) = self.calls.get_mut(&dialog) {
            call.heard = Instant::now();
        }
        if matches!(request.method, Method::Invite | Method::Update) {
            self.offered(transaction, dialog, request);
        } else if request.method != Method::Bye {
            // BYE is answered by the endpoint, and the dialog's end follows; INFO and the like
            // say nothing we act on.
            self.endpoint
                .respond(Instant::now(), transaction, Response::new(200, "OK"));
        }
    }

    /// The ACK of a 200; after our own offer it carries the answer.
    pub(super) fn acked(&mut self, dialog: DialogId, request: &Request, raw: &[u8]) {
        self.signal(dialog, false, raw);
        let Some(mut call) = self.calls.remove(&dialog) else {
            return;
        };
        call.heard = Instant::now();
        let plan = call.siprec.acked(request);
        if call.stage == Stage::Live {
            self.apply(&mut call, &plan);
        }
        self.calls.insert(dialog, call);
    }

    fn offered(&mut self, transaction: TransactionId, dialog: DialogId, request: &Request) {
        let Some(mut call) = self.calls.remove(&dialog) else {
            let gone = Response::new(481, "Call/Transaction Does Not Exist");
            self.endpoint.respond(Instant::now(), transaction, gone);
            return;
        };
        let flow = call.flow;
        let answer = if call.stage == Stage::Live {
            call.siprec.request(request).map(|plan| {
                self.apply(&mut call, &plan);
                let addresses = call.addresses();
                call.siprec.answer(&addresses)
            })
        } else {
            let reason = "Server Time-out".to_owned();
            Err(siprec::Reject {
                status: 504,
                reason,
                headers: Vec::new(),
            })
        };
        self.calls.insert(dialog, call);
        match answer {
            Ok(body) => self.accept(transaction, dialog, flow, body),
            Err(reject) => self.reject(transaction, &reject),
        }
    }

    /// Makes the open streams what a plan says.
    fn apply(&mut self, call: &mut Call, plan: &Plan) {
        let now_ns = monotonic_ns();
        call.lines = plan.lines.len();
        for change in call.changes(plan) {
            match change {
                Change::Keep(line) => {
                    let (orders, paused) = call.keep(line, now_ns);
                    orders.into_iter().for_each(|order| self.order(order));
                    if let Some(paused) = paused {
                        self.mark(call, line.index, paused);
                    }
                }
                Change::Open(line) => {
                    // No port left: the line is answered with port 0, the others go on.
                    if let Some(pair) = self.bind_line(call.flow, line) {
                        self.add_stream(call, line, pair);
                    }
                }
                Change::Close(stream) => {
                    call.streams.remove(&stream);
                    self.order(Order::Remove {
                        session: call.session,
                        stream,
                    });
                }
            }
        }
        self.follow_communication_session(call, plan);
    }

    fn mark(&self, call: &Call, stream: u16, paused: bool) {
        let what = if paused { Mark::Pause } else { Mark::Resume };
        let entry = Entry::Mark {
            what,
            stream: Some(stream),
            who: "recording client",
        };
        if let Err(error) = append_all(&self.log, call.session, [entry]) {
            tracing::error!(session.id = %call.session, %error, "a mark was not journalled");
        }
    }

    /// A new `session_id` is a new recording of the same conversation; the first one that is
    /// told names the recording that runs.
    fn follow_communication_session(&self, call: &mut Call, plan: &Plan) {
        let Some(told) = plan.communication_session.as_deref() else {
            return;
        };
        let known = call.communication_session.replace(told.to_owned());
        if known.is_none_or(|known| known == told) {
            return;
        }
        let next = RecordingId::mint(unix_ms(), random());
        self.order(Order::Switch(Box::new(Switch {
            session: call.session,
            at_ns: monotonic_ns(),
            ended: call.recording,
            began: next,
            communication_session: told.to_owned(),
        })));
        call.recording = next;
    }
}
