//! One call as its client sees it: time and messages in, messages out.
//!
//! The client transactions of RFC 3261 §17.1 for INVITE, CANCEL and BYE, and answers to what
//! the recorder asks in the dialog. Sound and sockets are not here.

use super::messages::Dialog;
use sip::{Message, Method, Request, Response};
use std::time::{Duration, Instant};

/// Estimate of a round trip (RFC 3261 §17.1.1.1).
const T1: Duration = Duration::from_millis(500);
/// Longest wait between two sendings of a BYE.
const T2: Duration = Duration::from_secs(4);
/// How long a request waits for its final answer.
const PATIENCE: Duration = Duration::from_secs(32);

/// How far a call has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Phase {
    /// The INVITE waits for its final answer.
    Inviting,
    /// Answered; sound flows.
    Talking,
    /// The BYE or the CANCEL waits for its answer.
    Leaving,
    /// Over.
    Ended,
}

/// A message that is sent again until something comes back.
struct Resending {
    bytes: Vec<u8>,
    due: Instant,
    interval: Duration,
}

/// One call.
pub(super) struct Call {
    dialog: Dialog,
    invite: Request,
    offer: String,
    ack: Option<Vec<u8>>,
    resending: Option<Resending>,
    give_up: Option<Instant>,
    reliable: bool,
    ringing: bool,
    /// How far it has come.
    pub(super) phase: Phase,
    /// Status of the final answer.
    pub(super) status: u16,
    /// What went wrong, for people.
    pub(super) problem: Option<String>,
    /// The SDP answer, until the placing has taken it.
    pub(super) sdp_answer: Option<Vec<u8>>,
    /// Whether the end was acknowledged.
    pub(super) end_acknowledged: bool,
    /// Messages to be sent, in order.
    pub(super) out: Vec<Vec<u8>>,
}

impl Call {
    /// Sends the INVITE.
    pub(super) fn begin(
        dialog: Dialog,
        invite: Request,
        offer: String,
        reliable: bool,
        now: Instant,
    ) -> Self {
        let bytes = invite.to_bytes();
        let mut call = Self {
            dialog,
            invite,
            offer,
            ack: None,
            resending: None,
            give_up: Some(now + PATIENCE),
            reliable,
            ringing: false,
            phase: Phase::Inviting,
            status: 408,
            problem: None,
            sdp_answer: None,
            end_acknowledged: false,
            out: Vec::new(),
        };
        call.send_until_answered(bytes, now);
        call
    }

    /// The call's id.
    pub(super) fn id(&self) -> &str {
        &self.dialog.names.call_id
    }

    /// When [`Self::wake`] has something to do.
    pub(super) fn next_wake(&self) -> Option<Instant> {
        let resend = self.resending.as_ref().map(|resending| resending.due);
        resend.into_iter().chain(self.give_up).min()
    }

    /// Sends again, or gives up.
    pub(super) fn wake(&mut self, now: Instant) {
        if self.give_up.is_some_and(|end| end <= now) {
            return self.give_up_waiting();
        }
        let cap = if self.phase == Phase::Inviting {
            PATIENCE
        } else {
            T2
        };
        if let Some(resending) = self
            .resending
            .as_mut()
            .filter(|resending| resending.due <= now)
        {
            self.out.push(resending.bytes.clone());
            resending.interval = (resending.interval * 2).min(cap);
            resending.due = now + resending.interval;
        }
    }

    /// Takes a message of this call.
    pub(super) fn receive(&mut self, message: Message) {
        match message {
            Message::Request(request) => self.asked(&request),
            Message::Response(response) => match response.headers.cseq() {
                Some((_, Method::Invite)) => self.invite_answered(&response),
                Some((_, Method::Bye)) => self.bye_answered(&response),
                _ => {}
            },
        }
    }

    /// Ends the call: BYE when it was answered, CANCEL when not.
    pub(super) fn leave(&mut self, now: Instant) {
        match self.phase {
            Phase::Talking => {
                self.phase = Phase::Leaving;
                self.give_up = Some(now + PATIENCE);
                let bye = self.dialog.bye().to_bytes();
                self.send_until_answered(bye, now);
            }
            Phase::Inviting => self.give_up_waiting(),
            Phase::Leaving | Phase::Ended => {}
        }
    }

    /// The transport says that nobody is there (RFC 3261 §8.1.3.1: as if 503).
    pub(super) fn unreachable(&mut self, why: &str) {
        match self.phase {
            Phase::Inviting => self.status = 503,
            Phase::Leaving => {}
            Phase::Talking | Phase::Ended => return,
        }
        self.end(Some(why.to_owned()));
    }

    fn invite_answered(&mut self, response: &Response) {
        match response.status {
            ..200 => {
                self.ringing = true;
                self.resending = None;
            }
            200..300 => match (&self.ack, self.phase) {
                (Some(ack), _) => self.out.push(ack.clone()),
                (None, Phase::Inviting) => self.established(response),
                (None, _) => {}
            },
            300.. => {
                self.out
                    .push(Dialog::ack_refusal(&self.invite, response).to_bytes());
                if self.phase == Phase::Inviting {
                    self.status = response.status;
                    self.end(Some(format!(
                        "refused: {} {}",
                        response.status, response.reason
                    )));
                }
            }
        }
    }

    fn established(&mut self, response: &Response) {
        self.dialog.establish(response);
        let ack = self.dialog.ack().to_bytes();
        self.out.push(ack.clone());
        self.ack = Some(ack);
        self.resending = None;
        self.give_up = None;
        self.status = response.status;
        self.phase = Phase::Talking;
        self.sdp_answer = Some(response.body.clone());
    }

    fn bye_answered(&mut self, response: &Response) {
        if self.phase == Phase::Leaving && response.status >= 200 {
            let refused = response.status >= 300;
            self.end_acknowledged = !refused;
            self.end(refused.then(|| format!("BYE refused: {}", response.status)));
        }
    }

    fn asked(&mut self, request: &Request) {
        let answer = match request.method {
            Method::Ack => return,
            Method::Bye => self.dialog.answer(request, 200, "OK"),
            Method::Invite => {
                let mut answer = self.dialog.answer(request, 200, "OK");
                answer.headers.push("Content-Type", "application/sdp");
                answer.body = self.offer.clone().into_bytes();
                answer
            }
            Method::Update | Method::Options | Method::Info => {
                self.dialog.answer(request, 200, "OK")
            }
            Method::Cancel
            | Method::Message
            | Method::Notify
            | Method::Prack
            | Method::Publish
            | Method::Refer
            | Method::Register
            | Method::Subscribe
            | Method::Other(_) => self.dialog.answer(request, 405, "Method Not Allowed"),
        };
        self.out.push(answer.to_bytes());
        if request.method == Method::Bye && self.phase != Phase::Ended {
            self.end_acknowledged = true;
            let early = self.phase == Phase::Talking;
            self.end(early.then(|| "ended by the recorder".to_owned()));
        }
    }

    fn send_until_answered(&mut self, bytes: Vec<u8>, now: Instant) {
        self.out.push(bytes.clone());
        self.resending = (!self.reliable).then(|| Resending {
            bytes,
            due: now + T1,
            interval: T1,
        });
    }

    fn give_up_waiting(&mut self) {
        if self.phase == Phase::Inviting && self.ringing {
            self.out.push(Dialog::cancel(&self.invite).to_bytes());
        }
        let what = if self.phase == Phase::Inviting {
            "INVITE"
        } else {
            "BYE"
        };
        self.end(Some(format!("{what} was not answered")));
    }

    fn end(&mut self, problem: Option<String>) {
        self.phase = Phase::Ended;
        self.problem = problem;
        self.resending = None;
        self.give_up = None;
    }
}
