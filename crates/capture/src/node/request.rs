//! Requests inside a call: new offers, metadata, the end.

use super::Node;
use super::invite::append_all;
use crate::calls::{Call, Change, Keeping, Stage};
use crate::clocks::monotonic_ns;
use crate::sweep::Order;
use journal::{Entry, Mark};
use sip::{DialogId, Method, Request, Response, TransactionId};
use siprec::{Plan, stream_of};
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
        self.touch(dialog);
        if matches!(request.method, Method::Invite | Method::Update) {
            self.offered(transaction, dialog, request, raw);
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
        self.touch(dialog);
        let Some(mut call) = self.calls.remove(&dialog) else {
            return;
        };
        self.follow_first(&mut call);
        let plan = call.siprec.acked(request);
        if call.stage == Stage::Live {
            self.apply(&mut call, &plan);
            if !request.body.is_empty() {
                self.learn_from(&mut call, raw);
            }
            self.show(&call);
        }
        self.calls.insert(dialog, call);
        self.show_pair(dialog);
        self.ask_for_snapshot(dialog);
    }

    /// Asks for complete metadata where only partial ones came: once, in a transaction of its
    /// own (RFC 7866 section 9.2).
    fn ask_for_snapshot(&mut self, dialog: DialogId) {
        let call = self.calls.get_mut(&dialog);
        let live = call.filter(|call| call.stage == Stage::Live);
        if !live.is_some_and(|call| call.siprec.asks_for_snapshot()) {
            return;
        }
        let (headers, body) = siprec::snapshot_request("partial metadata without complete ones");
        let now = Instant::now();
        let update = self
            .endpoint
            .request(now, dialog, Method::Update, headers, body);
        if let Some(update) = update {
            self.signal(dialog, true, &update);
        }
    }

    fn offered(
        &mut self,
        transaction: TransactionId,
        dialog: DialogId,
        request: &Request,
        raw: &[u8],
    ) {
        let Some(mut call) = self.calls.remove(&dialog) else {
            let gone = Response::new(481, "Call/Transaction Does Not Exist");
            self.endpoint.respond(Instant::now(), transaction, gone);
            return;
        };
        let flow = call.flow;
        self.follow_first(&mut call);
        let answer = if call.stage == Stage::Live {
            call.siprec.request(request).map(|plan| {
                // Before ports are opened: they may turn out not to be needed.
                if !request.body.is_empty() || call.bridge.is_some() {
                    self.learn_from(&mut call, raw);
                }
                self.heard_of(&mut call, request);
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
        self.show(&call);
        self.calls.insert(dialog, call);
        self.show_pair(dialog);
        match answer {
            Ok(body) => {
                self.accept(transaction, dialog, flow, body);
                // After an INVITE its ACK comes first.
                if request.method == Method::Update {
                    self.ask_for_snapshot(dialog);
                }
            }
            Err(reject) => self.reject(transaction, &reject),
        }
    }

    /// Makes the open streams what a plan says.
    fn apply(&mut self, call: &mut Call, plan: &Plan) {
        let now_ns = monotonic_ns();
        call.lines = plan.lines.len();
        self.journal_keys(call, plan);
        for change in call.changes(plan) {
            match change {
                Change::Keep(line) => {
                    let (orders, paused) = call.keep(line, now_ns);
                    if call.keeping == Keeping::Never {
                        continue;
                    }
                    orders.into_iter().for_each(|order| self.order(order));
                    if let Some(paused) = paused {
                        self.mark(call, stream_of(call.number, line.index), paused);
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
                    if call.idle.remove(&stream).is_some() || call.keeping == Keeping::Never {
                        continue;
                    }
                    self.order(Order::Remove {
                        session: call.session,
                        stream: stream_of(call.number, stream),
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
            who: "client",
            text: "",
        };
        if let Err(error) = append_all(&self.log, call.session, [entry]) {
            tracing::error!(session.id = %call.session, %error, "a mark was not journalled");
        }
    }
}
