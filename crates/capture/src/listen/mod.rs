//! SIP listeners and connections: they turn datagrams and byte streams into events, and know
//! nothing of calls.

mod places;
mod stream;
pub(crate) mod tcp;
pub(crate) mod tls;
pub(crate) mod udp;

pub(crate) use places::Places;
pub(crate) use stream::Line;

/// What a listener hands to the signalling loop.
pub(crate) enum Heard {
    /// A datagram, or one framed message of a stream.
    Message { flow: sip::Flow, bytes: Vec<u8> },
    /// A stream was opened; what is sent to it goes through this channel.
    Opened { connection: u64, line: Line },
    /// A stream brought what is no message; it is closed after the answer.
    Unframed {
        flow: sip::Flow,
        error: sip::FrameError,
    },
    /// A stream ended.
    Closed { connection: u64 },
}
