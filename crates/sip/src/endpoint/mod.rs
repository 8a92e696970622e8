//! One end of SIP signalling: transactions, dialogs and their timers.
//!
//! Owns server transactions, the dialogs they make, and our own requests inside these. Opens no
//! socket and reads no clock: every call gets the time, and everything to do comes out of
//! [`Endpoint::poll`], which must be drained after each call that changes something.

use std::collections::VecDeque;
use std::time::Instant;

use crate::flow::Flow;
use crate::frame::FrameError;
use crate::message::{Headers, Method, Request, Response};

/// A request that was handed out and waits for an answer.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TransactionId(u64);

/// A dialog, or one that is about to be.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct DialogId(u64);

/// What the endpoint says about itself, and its session-timer bounds (RFC 4028).
#[derive(Clone, Debug)]
pub struct Options {
    /// Text of Server and User-Agent.
    pub user_agent: String,
    /// Media types of the Accept header.
    pub accept: Vec<String>,
    /// The shortest session interval we take, in seconds; RFC 4028 demands at least 90.
    pub session_expires_min_s: u32,
    /// The longest session interval we agree to, in seconds.
    pub session_expires_max_s: u32,
    /// Most dialogs at one time; beyond it an INVITE is answered 503.
    pub dialogs_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            user_agent: "Earwitness".to_owned(),
            accept: ["application/sdp", "multipart/mixed"]
                .map(str::to_owned)
                .to_vec(),
            session_expires_min_s: 90,
            session_expires_max_s: 86_400,
            dialogs_max: crate::limits::DIALOGS_MAX,
        }
    }
}

/// Why a dialog no longer exists.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Gone {
    /// The peer sent BYE; it is answered.
    Bye,
    /// The session timer ran out; BYE is sent.
    SessionExpired,
    /// No ACK to our 2xx within 64·T1; BYE is sent.
    NoAck,
    /// The peer answered 481 to a request of ours: it knows nothing of the dialog.
    Answered481,
    /// Our own BYE was answered, or nobody answered it.
    Terminated,
}

/// What the caller has to do or to know.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send these bytes.
    Transmit {
        /// Which way.
        flow: Flow,
        /// One whole message.
        bytes: Vec<u8>,
    },
    /// A message inside a dialog that the endpoint made by itself (an answer to BYE, a refresh, a
    /// BYE of its own), said once and for the record; it is transmitted by `Transmit`.
    Sent {
        /// In which dialog.
        dialog: DialogId,
        /// The message.
        bytes: Vec<u8>,
    },
    /// A new INVITE outside a dialog; 100 Trying is on its way. Must be answered with
    /// [`Endpoint::respond`].
    Invite {
        /// What to answer.
        transaction: TransactionId,
        /// The dialog there will be once it is answered 2xx.
        dialog: DialogId,
        /// Where it came from.
        flow: Flow,
        /// The request.
        request: Request,
        /// The request as received.
        raw: Vec<u8>,
    },
    /// A request inside a dialog (INVITE, UPDATE, INFO, BYE). Must be answered with
    /// [`Endpoint::respond`], but for BYE, which is answered already.
    InDialog {
        /// What to answer.
        transaction: TransactionId,
        /// In which dialog.
        dialog: DialogId,
        /// The request.
        request: Request,
        /// The request as received.
        raw: Vec<u8>,
    },
    /// The first ACK to a 2xx of ours; it may carry an SDP answer.
    Acked {
        /// In which dialog.
        dialog: DialogId,
        /// The ACK.
        request: Request,
        /// The ACK as received.
        raw: Vec<u8>,
    },
    /// An INVITE was cancelled; CANCEL and INVITE are answered already. The dialog of a first
    /// INVITE no longer exists, that of a re-INVITE goes on.
    Cancelled {
        /// The INVITE that needs no answer any more.
        transaction: TransactionId,
        /// Its dialog.
        dialog: DialogId,
    },
    /// OPTIONS outside a dialog: the caller decides between 200 and 503.
    Options {
        /// What to answer.
        transaction: TransactionId,
        /// Where it came from.
        flow: Flow,
        /// The request.
        request: Request,
    },
    /// The final answer to a request of ours inside a dialog, or a 408 made here when none came.
    Response {
        /// In which dialog.
        dialog: DialogId,
        /// The answer.
        response: Response,
        /// The answer as received; empty when it was made here.
        raw: Vec<u8>,
    },
    /// The dialog no longer exists.
    Gone {
        /// Which.
        dialog: DialogId,
        /// Why.
        why: Gone,
    },
}

/// The signalling end point of a recorder.
pub struct Endpoint {
    options: Options,
    outputs: VecDeque<Output>,
}

impl Endpoint {
    /// An endpoint without dialogs. `random` fills tags and branches; it must not be guessable.
    pub fn new(options: Options, random: impl FnMut(&mut [u8]) + Send + 'static) -> Self {
        let _ = random;
        Self {
            options,
            outputs: VecDeque::new(),
        }
    }

    /// Takes one datagram, or one message of a stream.
    pub fn receive(&mut self, now: Instant, flow: Flow, bytes: &[u8]) {
        let _ = (now, flow, bytes, &self.options);
    }

    /// Answers a stream that cannot be read on: 513 or 400, when it can be answered. The caller
    /// closes the connection after sending.
    pub fn refuse(&mut self, flow: Flow, error: &FrameError) {
        let _ = (flow, error);
    }

    /// Does what is due at this time.
    pub fn wake(&mut self, now: Instant) {
        let _ = now;
    }

    /// The next thing to do or to know.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Endpoint::wake`] has to be called.
    pub fn next_wake(&self) -> Option<Instant> {
        None
    }

    /// Answers a request that was handed out. The caller gives status, reason, its own headers
    /// and the body; the endpoint adds the rest. Returns the bytes as they go out first, which
    /// are also queued; empty when there is nothing to answer any more.
    pub fn respond(
        &mut self,
        now: Instant,
        transaction: TransactionId,
        response: Response,
    ) -> Vec<u8> {
        let _ = (now, transaction, response);
        Vec::new()
    }

    /// Sends a request inside a dialog: BYE, UPDATE, INFO, or INVITE with an offer. Returns the
    /// bytes as they go out first; `None` when there is no such dialog.
    pub fn request(
        &mut self,
        now: Instant,
        dialog: DialogId,
        method: Method,
        headers: Headers,
        body: Vec<u8>,
    ) -> Option<Vec<u8>> {
        let _ = (now, dialog, method, headers, body);
        None
    }
}
