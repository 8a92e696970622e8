//! What goes into an endpoint once, and what comes out of it.

use crate::dialog::DialogId;
use crate::flow::Flow;
use crate::limits::{DIALOGS_MAX, TRANSACTIONS_MAX};
use crate::message::{Request, Response};
use crate::transaction::TransactionId;

/// What the endpoint says about itself, and its bounds.
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
    /// Most unfinished requests of others at one time; beyond it they are answered 503.
    pub transactions_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        let accept = [
            "application/sdp",
            "application/rs-metadata+xml",
            "application/rs-metadata",
            "multipart/mixed",
        ];
        Self {
            user_agent: "Earwitness".to_owned(),
            accept: accept.map(str::to_owned).to_vec(),
            session_expires_min_s: 90,
            session_expires_max_s: 86_400,
            dialogs_max: DIALOGS_MAX,
            transactions_max: TRANSACTIONS_MAX,
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
    /// BYE of its own), said once and for the record; `Transmit` sends it.
    Sent {
        /// In which dialog.
        dialog: DialogId,
        /// The message.
        bytes: Vec<u8>,
    },
    /// A new INVITE outside a dialog; 100 Trying is on its way. To be answered with
    /// [`Endpoint::respond`](crate::Endpoint::respond).
    Invite {
        /// What to answer.
        transaction: TransactionId,
        /// The dialog there will be once it is answered 2xx; any other final answer ends it.
        dialog: DialogId,
        /// Where it came from.
        flow: Flow,
        /// The request.
        request: Request,
        /// The request as received.
        raw: Vec<u8>,
    },
    /// A request inside a dialog (INVITE, UPDATE, INFO, BYE). To be answered with
    /// [`Endpoint::respond`](crate::Endpoint::respond), but for BYE, which is answered already.
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
