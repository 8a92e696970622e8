//! What the messages of a call claim, derived from the bytes the journal kept.
//!
//! A pure function of those bytes: run again by a later version it may say more. It never
//! fails and never asks who anybody is; what it could not read it lists as an oddity.

mod call_id;
mod derive;
mod dialog;
mod people;

use derive::Derivation;

use crate::Caller;

/// One SIP message of the call as the journal kept it (keys and credentials cut out).
#[derive(Clone, Copy, Debug)]
pub struct Signal<'a> {
    /// Whether we sent it.
    pub sent: bool,
    /// Which dialog of the session it belongs to (0 = the first).
    pub dialog: u8,
    /// When it arrived or left, in monotonic nanoseconds.
    pub time_ns: u64,
    /// The whole message.
    pub bytes: &'a [u8],
}

/// What the messages claim about a call.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Facts {
    /// `session_id` of the communication session in force at the end.
    pub communication_session: Option<String>,
    /// `group_id` of that session.
    pub group: Option<String>,
    /// Local part of the RFC 7989 Session-ID, from metadata or else from the header.
    pub sip_session: Option<String>,
    /// What the telephone system calls this call, as sent, at most 255 bytes; the first value
    /// stays over the life of the call.
    pub pbx_call_id: Option<String>,
    /// Everybody who took part, in order of appearance.
    pub participants: Vec<Participant>,
    /// One entry for each m-line, in order.
    pub streams: Vec<StreamFacts>,
    /// `start-time` of the communication session as sent; clocks of recording clients are often
    /// wrong.
    pub start_time: Option<String>,
    /// `stop-time` of the communication session as sent.
    pub stop_time: Option<String>,
    /// What was odd about the messages, in people's words, without telephone numbers.
    pub oddities: Vec<String>,
}

/// Somebody who took part in the call.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Participant {
    /// Identifier as sent; empty when the message had none.
    pub id: String,
    /// Addresses of record as sent, the one to show first.
    pub addresses: Vec<String>,
    /// Display name, where there was one.
    pub name: Option<String>,
    /// Whether this participant called; `None`: nobody said.
    pub caller: Option<bool>,
    /// Whether vendor data names this participant as the recorded party.
    pub recorded: bool,
    /// When this participant took part, by the messages that said so, in order; never by times
    /// that the recording client wrote.
    pub presence: Vec<Presence>,
}

/// A stretch of time in which a participant took part, in monotonic nanoseconds.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Presence {
    /// When the message came that named the participant.
    pub from_ns: u64,
    /// When the message came that no longer did; `None`: none came.
    pub until_ns: Option<u64>,
}

/// What is known of one m-line.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct StreamFacts {
    /// Index of the stream in its session: see [`stream_of`](crate::stream_of).
    pub index: u16,
    /// The label it last had (RFC 4574).
    pub label: Option<String>,
    /// Whether our last answer took it (its port was not 0).
    pub accepted: bool,
    /// Whether it belongs to other communication sessions alone: no sound of this one.
    pub elsewhere: bool,
    /// Who sent it over time: indexes into [`Facts::participants`].
    pub senders: Vec<usize>,
    /// Its formats over time; never empty for a line that was once accepted.
    pub formats: Vec<FormatEpoch>,
}

/// Formats of a stream from an instant on.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct FormatEpoch {
    /// From when on, in monotonic nanoseconds.
    pub from_ns: u64,
    /// The accepted formats, in order of the answer.
    pub formats: Vec<Format>,
    /// Whether it was to come as SRTP.
    pub protected: bool,
}

/// What a payload type stands for.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Format {
    /// RTP payload type, 0–127.
    pub payload_type: u8,
    /// Encoding name in upper case; empty when a dynamic type came without `a=rtpmap`.
    pub encoding: String,
    /// RTP clock in Hz; 0 when unknown.
    pub clock_rate: u32,
    /// Channels of sound.
    pub channels: u8,
    /// Parameters of `a=fmtp`, as sent; empty when there were none.
    pub fmtp: String,
}

/// Derives what the messages of one recording claim: those of its session from the first to
/// the end of the recording, in journal order, both directions. `caller` says who called where
/// metadata do not. Never fails: what cannot be read becomes an oddity.
pub fn facts<'a>(signals: impl IntoIterator<Item = Signal<'a>>, caller: &Caller) -> Facts {
    facts_of(signals, caller, "")
}

/// Like [`facts`], of one among several communication sessions that go on at the same time;
/// where the messages do not describe it, of the one in force.
pub fn facts_of<'a>(
    signals: impl IntoIterator<Item = Signal<'a>>,
    caller: &Caller,
    communication_session: &str,
) -> Facts {
    let mut derivation = Derivation::default();
    for signal in signals {
        derivation.take(&signal);
    }
    derivation.turn_to(communication_session);
    derivation.finish(caller)
}
