//! One call being recorded: its dialog, its recording session, its streams.

use crate::node::Ask;
use crate::parties::{Known, Messages};
use crate::ports::Pair;
use crate::sweep::Order;
use jiff::Timestamp;
use model::live::LiveError;
use model::rules::Verdict;
use model::{RecordingId, SessionId};
use sip::{DialogId, Flow, TransactionId};
use siprec::bib::Leg;
use siprec::{Line, MediaKey, Plan, stream_of};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Instant;
use tokio::sync::oneshot;

/// Most streams of one call: m-lines beyond it are answered with port 0.
pub(crate) const STREAMS_PER_CALL_MAX: usize = 64;

/// Whoever asked for something, and waits for an answer.
pub(crate) type Reply = oneshot::Sender<Result<RecordingId, LiveError>>;

/// A call being received.
pub(crate) struct Call {
    pub(crate) session: SessionId,
    /// The recording sound goes to now, or would go to.
    pub(crate) recording: RecordingId,
    pub(crate) keeping: Keeping,
    pub(crate) verdict: Verdict,
    pub(crate) messages: Messages,
    pub(crate) known: Known,
    /// Name of the phone, where the recording client says it.
    pub(crate) device: String,
    pub(crate) invited: Timestamp,
    pub(crate) answered: Option<Timestamp>,
    /// When the recording began.
    pub(crate) began: Timestamp,
    /// Who paused all of it.
    pub(crate) paused_by: Option<String>,
    /// Ports of lines nothing is recorded of.
    pub(crate) idle: BTreeMap<u16, Pair>,
    /// What was asked while the call moves into the log.
    pub(crate) asked: Vec<(Ask, Reply)>,
    pub(crate) communication_session: Option<String>,
    /// The communication session has ended, and with it its recording; the next one is recorded
    /// again.
    pub(crate) rests: bool,
    /// Recordings of other communication sessions that go on at the same time.
    pub(crate) beside: BTreeMap<String, RecordingId>,
    pub(crate) siprec: siprec::Session,
    /// Which dialog of its session this is: 0, or 1 for the second of a Built-in Bridge pair,
    /// which has no verdict and no recording of its own.
    pub(crate) number: u8,
    /// What a phone's Built-in Bridge says of it.
    pub(crate) bridge: Option<Bridge>,
    /// How many m-lines the last offer had.
    pub(crate) lines: usize,
    /// The keys of its m-lines that the journal holds already: theirs, and (`true`) ours.
    pub(crate) keys: BTreeMap<(u16, bool), Vec<MediaKey>>,
    /// Index of the configured client, or none.
    pub(crate) client: Option<usize>,
    pub(crate) flow: Flow,
    /// Whether it was asked for by `sips:`, and so wants to be answered (RFC 3261 §12.1.1).
    pub(crate) sips: bool,
    /// The open streams by m-line.
    pub(crate) streams: BTreeMap<u16, OpenStream>,
    pub(crate) stage: Stage,
    /// When a packet or a message of this call last came.
    pub(crate) heard: Instant,
    /// It was taken up again after a crash, and nothing has come of it since: then it is over.
    pub(crate) life_until: Option<Instant>,
}

/// What is known of a call that a phone's Built-in Bridge makes.
pub(crate) struct Bridge {
    pub(crate) leg: Leg,
    /// When its INVITE came.
    pub(crate) since: Instant,
    /// The other dialog of the pair.
    pub(crate) other: Option<DialogId>,
    /// One of the two dialogs has ended: since when the other goes on alone.
    pub(crate) parted: Option<Instant>,
    /// The one that ended is the first.
    pub(crate) left: bool,
    /// When a packet last came.
    pub(crate) heard: Instant,
    /// What the telephone system calls the conversation this call goes on.
    pub(crate) chain: Option<String>,
}

/// How far a call is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Stage {
    /// Waiting for the commit that covers its INVITE.
    Opening(TransactionId),
    /// Answered.
    Live,
    /// Over; its last packets are being written.
    Ending,
}

/// What becomes of a call's sound.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Keeping {
    /// It goes to the log and will be a recording.
    Kept,
    /// It goes to the call's own file until somebody or the rules say that it is kept.
    Held,
    /// Nothing is written before somebody presses Start; the call is still in its own file.
    Moving,
    /// Nothing is written before somebody presses Start.
    Waiting,
    /// Nothing of the call is written, whatever anybody presses.
    Never,
}

/// A stream whose ports are open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenStream {
    /// Address told to the sender.
    pub(crate) address: SocketAddr,
    pub(crate) paused: bool,
}

/// What a new plan changes at one m-line.
pub(crate) enum Change<'a> {
    /// The stream goes on; its source or payload types may have changed.
    Keep(&'a Line),
    /// A new stream needs ports.
    Open(&'a Line),
    /// The stream was taken out.
    Close(u16),
}

impl Call {
    /// Compares a plan with the open streams. Streams beyond the bound are not opened.
    pub(crate) fn changes<'a>(&self, plan: &'a Plan) -> Vec<Change<'a>> {
        let mut open = self.streams.len();
        let mut changes: Vec<Change<'a>> = Vec::new();
        for line in &plan.lines {
            match (line.record, self.streams.contains_key(&line.index)) {
                (true, true) => changes.push(Change::Keep(line)),
                (true, false) if open < STREAMS_PER_CALL_MAX => {
                    open += 1;
                    changes.push(Change::Open(line));
                }
                (false, true) => changes.push(Change::Close(line.index)),
                (true | false, false) => {}
            }
        }
        changes
    }

    /// Orders for the sweep about a stream that goes on, and whether its pause changed.
    pub(crate) fn keep(&mut self, line: &Line, now_ns: u64) -> (Vec<Order>, Option<bool>) {
        let session = self.session;
        let number = stream_of(self.number, line.index);
        let mut orders = vec![Order::Offer {
            session,
            stream: number,
            terms: line.into(),
        }];
        let Some(stream) = self.streams.get_mut(&line.index) else {
            return (orders, None);
        };
        if stream.paused == line.paused {
            return (orders, None);
        }
        stream.paused = line.paused;
        orders.push(if line.paused {
            Order::Pause {
                session,
                stream: Some(number),
                from_ns: now_ns,
            }
        } else {
            Order::Resume {
                session,
                stream: Some(number),
                to_ns: now_ns,
            }
        });
        (orders, Some(line.paused))
    }

    /// Its open streams by their numbers in the session.
    pub(crate) fn numbered_streams(&self) -> impl Iterator<Item = (u16, &OpenStream)> {
        let streams = self.streams.iter();
        streams.map(|(line, stream)| (stream_of(self.number, *line), stream))
    }

    /// What the telephone system calls the conversation.
    pub(crate) fn conversation(&self) -> Option<String> {
        let bridge = self.bridge.as_ref();
        let chain = bridge.and_then(|bridge| bridge.chain.clone());
        chain.or_else(|| self.known.pbx_call_id())
    }

    /// Whether its dialog goes on.
    pub(crate) fn goes_on(&self) -> bool {
        let left = self.bridge.as_ref().is_some_and(|bridge| bridge.left);
        self.stage != Stage::Ending && !left
    }

    /// The address of each m-line, for the answer.
    pub(crate) fn addresses(&self) -> Vec<Option<SocketAddr>> {
        let address = |line| {
            u16::try_from(line)
                .ok()
                .and_then(|line| self.streams.get(&line))
        };
        (0..self.lines)
            .map(|line| address(line).map(|stream| stream.address))
            .collect()
    }
}
