//! What the signalling loop and the sweep say to each other.

use crate::ports::Pair;
use crate::source::Accept;
use journal::{Position, Why};
use model::network::Network;
use model::{RecordingId, SessionId};
use std::net::SocketAddr;
use std::sync::Arc;

/// What the signalling loop wants of the sweep.
pub(crate) enum Order {
    /// Read a new stream.
    Add(Box<NewStream>),
    /// An offer changed where a stream comes from or what it may carry.
    Offer {
        session: SessionId,
        stream: u16,
        offered: Option<SocketAddr>,
        payload_types: Vec<u8>,
    },
    /// Keep nothing of a stream that arrives from this instant on.
    Pause {
        session: SessionId,
        stream: u16,
        from_ns: u64,
    },
    /// Keep what arrives from this instant on.
    Resume {
        session: SessionId,
        stream: u16,
        to_ns: u64,
    },
    /// The stream was taken out of the call: read what is there, then close its sockets.
    Remove { session: SessionId, stream: u16 },
    /// Another conversation begins in the call: read what is there, so that each recording gets
    /// what arrived in its time, and write the end of one and the beginning of the next.
    Switch(Box<Switch>),
    /// The call is over: read what is there, close everything, write why.
    Finish { session: SessionId, why: Why },
}

/// The end of one recording and the beginning of the next.
pub(crate) struct Switch {
    pub(crate) session: SessionId,
    pub(crate) at_ns: u64,
    pub(crate) ended: RecordingId,
    pub(crate) began: RecordingId,
    pub(crate) communication_session: String,
}

/// A stream to be read.
pub(crate) struct NewStream {
    pub(crate) session: SessionId,
    /// Index of the m-line.
    pub(crate) stream: u16,
    pub(crate) pair: Pair,
    pub(crate) offered: Option<SocketAddr>,
    pub(crate) payload_types: Vec<u8>,
    pub(crate) accept: Accept,
    pub(crate) permitted: Arc<[Network]>,
    pub(crate) paused_from_ns: Option<u64>,
}

/// What the sweep tells the signalling loop.
pub(crate) enum Report {
    /// The call's last frames are written; durable once the position is committed.
    Finished {
        session: SessionId,
        written: Result<Position, journal::Error>,
    },
    /// A recording has ended while its call goes on.
    Switched {
        session: SessionId,
        written: Result<Position, journal::Error>,
    },
    /// Calls that brought a packet in this sweep.
    Heard(Vec<SessionId>),
    /// Whether the journal took this sweep's packets.
    Journal { failing: bool },
}
