//! What happened on the wire, as it happened.
//!
//! An entry is what arrived and when, never what it means: meaning is derived later by
//! `finalise`, and may be derived again by a better version of it. Encoding never fails;
//! decoding never panics, ignores what a later version appended to a payload, and tells an
//! unknown kind from a damaged payload. Times stand in the frame, not here.
//!
//! When you change a payload, change `docs/journal-format.md` with it: fields are only ever
//! added at the end, and a kind never changes its meaning.

use crate::bytes::{Reader, put_sized};
use crate::packets::Packets;
use crate::why::Why;
use model::people::UserId;
use model::{Direction, RecordingId};

/// One thing that happened in a session.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry<'a> {
    /// An INVITE was taken; always a session's first entry.
    Opened {
        /// Wall clock at the frame's time, in nanoseconds since 1970.
        wall_ns: i64,
        /// `udp`, `tcp` or `tls`.
        transport: &'a str,
        /// Our address and port.
        local: &'a str,
        /// The client's address and port.
        peer: &'a str,
        /// The name of this node.
        node: &'a str,
        /// The name of the `[[client]]` that matched, or nothing.
        client: &'a str,
        /// The client's `caller` setting, as text.
        caller: &'a str,
    },
    /// A recording began.
    Began {
        /// Its id; the first one equals the session's.
        recording: RecordingId,
        /// The communication session it records, as the metadata names it, or nothing.
        communication_session: &'a str,
    },
    /// A SIP message, with keys and credentials cut out.
    Signal {
        /// Whether it was ours.
        sent: bool,
        /// Which dialog of the session: 0, or 1 for the second of a pair.
        dialog: u8,
        /// The whole message.
        bytes: &'a [u8],
    },
    /// A key that a stream's sender may use from now on, or that we told it: SRTP and SRTCP
    /// (RFC 4568).
    Keys {
        /// The m-line's index.
        stream: u16,
        /// The suite's name, as `a=crypto` has it.
        suite: &'a str,
        /// Octets of the master key identifier in each packet.
        mki: u8,
        /// Master key and salt, as a [`Seal`](crate::Seal) sealed them.
        sealed: &'a [u8],
        /// Whether it protects what we send.
        ours: bool,
    },
    /// Media since the last sweep. The log splits a payload that is too large.
    Packets(Packets<'a>),
    /// Something was done to a stream or to the session.
    Mark {
        /// What was done.
        what: Mark,
        /// The m-line's index; `None` for all of them.
        stream: Option<u16>,
        /// Who did it, or nothing.
        who: &'a str,
        /// What they wrote, or nothing.
        text: &'a str,
    },
    /// What the rules said about recording this session; the last one holds.
    Verdict {
        /// `always`, `on-demand`, `keep-late` or `never`.
        mode: &'a str,
        /// Whether a rule needs a party that is not known yet: it is asked again.
        undecided: bool,
        /// The rule that matched, or nothing.
        rule: &'a str,
    },
    /// What was not kept of a stream, written when it ends.
    Counted {
        /// The m-line's index.
        stream: u16,
        /// Packets from somebody who may not send.
        stray: u64,
        /// Packets that were there and not taken: dropped by the kernel, too long, or too many.
        dropped: u64,
    },
    /// Which side is ours; the first one of a recording stands.
    Sides(Sides),
    /// A recording ended.
    Ended {
        /// Which one.
        recording: RecordingId,
        /// Why.
        why: Why,
    },
    /// The session ended, and with it every recording still open in it.
    Closed {
        /// Why.
        why: Why,
    },
    /// A recording is stored and registered, or was discarded: nothing remains to be done.
    Settled {
        /// Which one.
        recording: RecordingId,
    },
    /// Entries that are gone: made by the reader from the numbers that are missing.
    Lost {
        /// The first missing sequence number.
        from: u64,
        /// The last missing sequence number.
        to: u64,
    },
}

/// Something done to a stream or to the session.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Mark {
    /// Sound from here on is not written until [`Mark::Resume`].
    Pause,
    /// Sound is written again.
    Resume,
    /// Sound is missing although nobody asked for it: a restart, a full disk.
    Gap,
    /// The session is to be kept: somebody pressed Start, or the rules say so.
    Keep,
    /// Somebody marked this instant.
    Flag,
    /// The session was discarded: nothing of it is to be read any more.
    Discarded,
    /// Somebody pressed Stop.
    Stop,
    /// The session goes on a conversation that other sessions are part of: the text is what the
    /// telephone system calls it.
    Chained,
    /// A later version's mark.
    Unknown(u8),
}

impl Mark {
    fn code(self) -> u8 {
        match self {
            Self::Pause => 1,
            Self::Resume => 2,
            Self::Gap => 3,
            Self::Keep => 4,
            Self::Flag => 5,
            Self::Discarded => 6,
            Self::Stop => 7,
            Self::Chained => 8,
            Self::Unknown(code) => code,
        }
    }

    fn from_code(code: u8) -> Self {
        match code {
            1 => Self::Pause,
            2 => Self::Resume,
            3 => Self::Gap,
            4 => Self::Keep,
            5 => Self::Flag,
            6 => Self::Discarded,
            7 => Self::Stop,
            8 => Self::Chained,
            other => Self::Unknown(other),
        }
    }
}

/// Which side of a recording is ours, as the catalogue said when it was asked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sides {
    /// The recording this is about.
    pub recording: RecordingId,
    /// Streams of the local party, by m-line index.
    pub left: Vec<u16>,
    /// The local party's number.
    pub local: String,
    /// The remote party's number.
    pub remote: String,
    /// The user the local number belongs to.
    pub owner: Option<UserId>,
    /// Whether the sides are a guess.
    pub assumed: bool,
    /// Who called whom.
    pub direction: Direction,
    /// Users among all who took part, each by one of the keys it was found by.
    pub users: Vec<(String, UserId)>,
}

const NO_STREAM: u16 = u16::MAX;
const FLAG_OWNER: u8 = 1;
const FLAG_ASSUMED: u8 = 2;

pub(crate) const KIND_OPENED: u8 = 1;
pub(crate) const KIND_BEGAN: u8 = 2;
pub(crate) const KIND_SIGNAL: u8 = 3;
pub(crate) const KIND_PACKETS: u8 = 4;
pub(crate) const KIND_MARK: u8 = 5;
pub(crate) const KIND_COUNTED: u8 = 6;
pub(crate) const KIND_SIDES: u8 = 7;
pub(crate) const KIND_ENDED: u8 = 8;
pub(crate) const KIND_CLOSED: u8 = 9;
pub(crate) const KIND_SETTLED: u8 = 10;
pub(crate) const KIND_LOST: u8 = 11;
pub(crate) const KIND_VERDICT: u8 = 12;
pub(crate) const KIND_KEYS: u8 = 13;

/// Whether this build can decode a kind.
pub(crate) fn known(kind: u8) -> bool {
    (KIND_OPENED..=KIND_KEYS).contains(&kind)
}

impl<'a> Entry<'a> {
    /// The code of the kind on disk.
    pub(crate) fn kind(&self) -> u8 {
        match self {
            Self::Opened { .. } => KIND_OPENED,
            Self::Began { .. } => KIND_BEGAN,
            Self::Signal { .. } => KIND_SIGNAL,
            Self::Keys { .. } => KIND_KEYS,
            Self::Packets(_) => KIND_PACKETS,
            Self::Mark { .. } => KIND_MARK,
            Self::Verdict { .. } => KIND_VERDICT,
            Self::Counted { .. } => KIND_COUNTED,
            Self::Sides(_) => KIND_SIDES,
            Self::Ended { .. } => KIND_ENDED,
            Self::Closed { .. } => KIND_CLOSED,
            Self::Settled { .. } => KIND_SETTLED,
            Self::Lost { .. } => KIND_LOST,
        }
    }

    /// Appends the payload.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Opened {
                wall_ns,
                transport,
                local,
                peer,
                node,
                client,
                caller,
            } => {
                out.extend_from_slice(&wall_ns.to_le_bytes());
                put_texts(out, &[transport, local, peer, node, client, caller]);
            }
            Self::Began {
                recording,
                communication_session,
            } => {
                out.extend_from_slice(&recording.to_bytes());
                put_sized(out, communication_session.as_bytes());
            }
            Self::Signal {
                sent,
                dialog,
                bytes,
            } => put_signal(out, *sent, *dialog, bytes),
            Self::Keys {
                stream,
                suite,
                mki,
                sealed,
                ours,
            } => put_keys(out, *stream, suite, *mki, sealed, *ours),
            Self::Packets(packets) => out.extend_from_slice(packets.encoded()),
            Self::Mark {
                what,
                stream,
                who,
                text,
            } => {
                out.push(what.code());
                out.extend_from_slice(&stream.unwrap_or(NO_STREAM).to_le_bytes());
                put_texts(out, &[who, text]);
            }
            Self::Verdict {
                mode,
                undecided,
                rule,
            } => {
                put_sized(out, mode.as_bytes());
                out.push(u8::from(*undecided));
                put_sized(out, rule.as_bytes());
            }
            Self::Counted {
                stream,
                stray,
                dropped,
            } => {
                out.extend_from_slice(&stream.to_le_bytes());
                put_numbers(out, [*stray, *dropped]);
            }
            Self::Sides(sides) => sides.encode(out),
            Self::Ended { recording, why } => {
                out.extend_from_slice(&recording.to_bytes());
                out.push(why.code());
            }
            Self::Closed { why } => out.push(why.code()),
            Self::Settled { recording } => out.extend_from_slice(&recording.to_bytes()),
            Self::Lost { from, to } => put_numbers(out, [*from, *to]),
        }
    }

    /// Reads a payload; `None` when the kind is unknown or the payload is not of its kind.
    pub(crate) fn decode(kind: u8, payload: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(payload);
        let r = &mut reader;
        Some(match kind {
            KIND_OPENED => Self::Opened {
                wall_ns: r.i64()?,
                transport: r.text()?,
                local: r.text()?,
                peer: r.text()?,
                node: r.text()?,
                client: r.text()?,
                caller: r.text()?,
            },
            KIND_BEGAN => Self::Began {
                recording: recording(r)?,
                communication_session: r.text()?,
            },
            KIND_SIGNAL => Self::Signal {
                sent: r.u8()? != 0,
                dialog: r.u8()?,
                bytes: r.sized()?,
            },
            KIND_KEYS => Self::Keys {
                stream: r.u16()?,
                suite: r.text()?,
                mki: r.u8()?,
                sealed: r.sized()?,
                // Journals written before our own keys were kept end here.
                ours: !r.is_empty() && r.u8()? != 0,
            },
            KIND_PACKETS => Self::Packets(Packets::decode(payload)?),
            KIND_MARK => Self::Mark {
                what: Mark::from_code(r.u8()?),
                stream: Some(r.u16()?).filter(|stream| *stream != NO_STREAM),
                who: r.text()?,
                // Journals written before marks had a text end here.
                text: if r.is_empty() { "" } else { r.text()? },
            },
            KIND_VERDICT => Self::Verdict {
                mode: r.text()?,
                undecided: r.u8()? != 0,
                rule: r.text()?,
            },
            KIND_COUNTED => Self::Counted {
                stream: r.u16()?,
                stray: r.u64()?,
                dropped: r.u64()?,
            },
            KIND_SIDES => Self::Sides(Sides::decode(r)?),
            KIND_ENDED => Self::Ended {
                recording: recording(r)?,
                why: Why::from_code(r.u8()?),
            },
            KIND_CLOSED => Self::Closed {
                why: Why::from_code(r.u8()?),
            },
            KIND_SETTLED => Self::Settled {
                recording: recording(r)?,
            },
            KIND_LOST => Self::Lost {
                from: r.u64()?,
                to: r.u64()?,
            },
            _ => return None,
        })
    }
}

impl Sides {
    fn encode(&self, out: &mut Vec<u8>) {
        let owner = if self.owner.is_some() { FLAG_OWNER } else { 0 };
        let assumed = if self.assumed { FLAG_ASSUMED } else { 0 };
        out.extend_from_slice(&self.recording.to_bytes());
        out.extend_from_slice(&[owner | assumed, self.direction.number()]);
        out.extend_from_slice(&self.owner.map_or(0, |user| user.0).to_le_bytes());
        put_sized(out, self.local.as_bytes());
        put_sized(out, self.remote.as_bytes());
        let streams: Vec<u8> = self.left.iter().flat_map(|s| s.to_le_bytes()).collect();
        put_sized(out, &streams);
        let mut users = Vec::new();
        for (key, user) in &self.users {
            put_sized(&mut users, key.as_bytes());
            users.extend_from_slice(&user.0.to_le_bytes());
        }
        put_sized(out, &users);
    }

    fn decode(r: &mut Reader<'_>) -> Option<Self> {
        let recording = recording(r)?;
        let flags = r.u8()?;
        let direction = Direction::from_number(i64::from(r.u8()?))?;
        let owner = r.i64()?;
        let local = r.text()?.to_owned();
        let remote = r.text()?.to_owned();
        let streams = r.sized()?;
        let left = streams
            .chunks_exact(2)
            .filter_map(|pair| pair.try_into().ok());
        // Journals written before all users were named end here.
        let mut named = Reader::new(if r.is_empty() { &[] } else { r.sized()? });
        let mut users = Vec::new();
        while !named.is_empty() {
            users.push((named.text()?.to_owned(), UserId(named.i64()?)));
        }
        Some(Self {
            recording,
            left: left.map(u16::from_le_bytes).collect(),
            local,
            remote,
            owner: (flags & FLAG_OWNER != 0).then_some(UserId(owner)),
            assumed: flags & FLAG_ASSUMED != 0,
            direction,
            users,
        })
    }
}

fn put_signal(out: &mut Vec<u8>, sent: bool, dialog: u8, bytes: &[u8]) {
    out.extend_from_slice(&[u8::from(sent), dialog]);
    put_sized(out, bytes);
}

fn put_texts(out: &mut Vec<u8>, texts: &[&str]) {
    for text in texts {
        put_sized(out, text.as_bytes());
    }
}

fn put_numbers(out: &mut Vec<u8>, numbers: [u64; 2]) {
    out.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
}

fn put_keys(out: &mut Vec<u8>, stream: u16, suite: &str, mki: u8, sealed: &[u8], ours: bool) {
    out.extend_from_slice(&stream.to_le_bytes());
    put_sized(out, suite.as_bytes());
    out.push(mki);
    put_sized(out, sealed);
    out.push(u8::from(ours));
}

fn recording(r: &mut Reader<'_>) -> Option<RecordingId> {
    r.array().map(RecordingId::from_bytes)
}

#[cfg(test)]
mod tests;
