//! Requests inside a call: new offers, metadata, the end.

use super::Node;
use super::invite::{append_all, random, unix_ms};
use super::verdict::now;
use crate::calls::{Call, Change, Keeping, Stage};
use crate::clocks::monotonic_ns;
use crate::sweep::{Deed, Done, Order};
use journal::{Entry, Mark, Why};
use model::RecordingId;
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

    /// A new `session_id` is a new recording of the same conversation; the first one that is
    /// told names the recording that runs.
    fn follow_communication_session(&self, call: &mut Call, plan: &Plan) {
        let told = plan.communication_session.as_deref();
        let Some(told) = told.filter(|_| call.number == 0) else {
            return;
        };
        let known = call.communication_session.replace(told.to_owned());
        if known.is_none_or(|known| known == told) {
            return;
        }
        if !matches!(call.keeping, Keeping::Kept | Keeping::Held) {
            return;
        }
        let ended = call.recording;
        if call.keeping == Keeping::Kept {
            self.shared.board.process(self.live_call(call));
        }
        call.recording = RecordingId::mint(unix_ms(), random());
        call.began = now();
        let deeds = vec![
            Deed::Ended {
                recording: ended,
                why: Why::NewCommunicationSession,
            },
            Deed::Began {
                recording: call.recording,
                communication_session: told.to_owned(),
            },
        ];
        let (log, session) = (self.log.clone(), call.session);
        let closed = std::sync::Arc::clone(&self.closed);
        let done: Done = Box::new(move |written| match written {
            Ok(position) => log.on_commit(position, Box::new(move |_| closed())),
            Err(error) => {
                tracing::error!(session.id = %session, %error, "no new recording began");
            }
        });
        self.turn(session, None, deeds, done);
    }
}
