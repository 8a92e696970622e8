//! Opening protected media: the keys a journal holds, and what did not open with any of them.
//!
//! Keys come with the messages and packets with the sweep, so that neither order nor time says
//! exactly which packet has which key: the key that opened the last packet is tried first, then
//! those around it. Where SRTP was agreed on, what does not open is never sound.

use crate::story::Arrived;
use journal::Journal;
use rtp::srtp::{Error, Suite, Unprotect};
use siprec::{Facts, StreamFacts};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Most keys kept of one stream; a client that changes them more often loses later ones.
const KEYS_MAX: usize = 256;
/// Keys tried before and behind the one in use.
const AROUND: usize = 4;

/// The keys of one session.
#[derive(Debug, Default)]
pub(crate) struct Keyring {
    streams: BTreeMap<u16, Vec<Key>>,
    /// Streams with a key that this node cannot open.
    shut: BTreeSet<u16>,
}

/// One master key. Never printed.
struct Key {
    suite: Suite,
    master: Vec<u8>,
    mki: u8,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.suite.name())
    }
}

/// Packets of one stream that did not open.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Refused {
    pub(crate) unauthentic: u64,
    pub(crate) replayed: u64,
    /// RTCP, for whichever reason.
    pub(crate) reports: u64,
}

impl Keyring {
    /// Takes an entry's key.
    pub(crate) fn add(
        &mut self,
        journal: &Journal,
        stream: u16,
        suite: &str,
        mki: u8,
        sealed: &[u8],
    ) {
        let opened = Suite::from_name(suite).zip(journal.secret(stream, sealed));
        let Some((suite, master)) = opened else {
            self.shut.insert(stream);
            return;
        };
        let keys = self.streams.entry(stream).or_default();
        let known = |key: &Key| (key.suite, &key.master, key.mki) == (suite, &master, mki);
        if keys.len() < KEYS_MAX && !keys.iter().any(known) {
            keys.push(Key { suite, master, mki });
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.streams.is_empty() && self.shut.is_empty()
    }

    /// Whether nothing can open a stream, although it was protected: its journal is worth
    /// keeping.
    pub(crate) fn is_shut(&self, stream: u16) -> bool {
        !self.streams.contains_key(&stream)
    }
}

/// One walk through the packets of a recording.
pub(crate) struct Unlock<'a> {
    facts: Cow<'a, [StreamFacts]>,
    streams: BTreeMap<u16, Opener>,
    opened: Vec<u8>,
    refused: BTreeMap<u16, Refused>,
}

struct Opener {
    keys: Vec<Unprotect>,
    /// Index of the key that opened the last packet.
    in_use: usize,
}

impl<'a> Unlock<'a> {
    pub(crate) fn new(keyring: &Keyring, facts: &'a Facts) -> Self {
        Self::with(keyring, Cow::Borrowed(&facts.streams))
    }

    /// One that outlives what is known now.
    pub(crate) fn owned(keyring: &Keyring, facts: &Facts) -> Unlock<'static> {
        Unlock::with(keyring, Cow::Owned(facts.streams.clone()))
    }

    fn with(keyring: &Keyring, facts: Cow<'a, [StreamFacts]>) -> Self {
        let unprotect = |key: &Key| Unprotect::new(key.suite, &key.master, key.mki.into()).ok();
        let opener = |(stream, keys): (&u16, &Vec<Key>)| {
            let keys = keys.iter().filter_map(unprotect).collect();
            (*stream, Opener { keys, in_use: 0 })
        };
        Self {
            facts,
            streams: keyring.streams.iter().map(opener).collect(),
            opened: Vec::new(),
            refused: BTreeMap::new(),
        }
    }

    /// The packet in the clear; `None` when it was to be protected and does not open.
    pub(crate) fn open<'p>(&'p mut self, packet: Arrived<'p>) -> Option<Arrived<'p>> {
        let outcome = match self.streams.get_mut(&packet.stream) {
            Some(opener) if packet.report => opener.report(packet.bytes, &mut self.opened),
            Some(opener) => opener.open(packet.bytes, &mut self.opened),
            None => Err(Error::NotAuthentic),
        };
        match outcome {
            Ok(()) => Some(Arrived {
                bytes: &self.opened,
                ..packet
            }),
            Err(_) if !self.is_protected(&packet) => Some(packet),
            Err(error) => {
                let refused = self.refused.entry(packet.stream).or_default();
                if packet.report {
                    refused.reports += 1;
                } else if error == Error::Replayed {
                    refused.replayed += 1;
                } else {
                    refused.unauthentic += 1;
                }
                None
            }
        }
    }

    /// What did not open, by stream.
    pub(crate) fn refused(self) -> BTreeMap<u16, Refused> {
        self.refused
    }

    /// Whether SRTP was agreed on when a packet came. Where the messages are lost, keys say so.
    fn is_protected(&self, packet: &Arrived<'_>) -> bool {
        let of = |stream: &&StreamFacts| stream.index == packet.stream;
        let epochs = self.facts.iter().find(of);
        let epochs = epochs.map_or(&[][..], |stream| &stream.formats);
        let now = epochs.partition_point(|epoch| epoch.from_ns <= packet.arrival_ns);
        match epochs.get(now.saturating_sub(1)) {
            Some(epoch) => epoch.protected,
            None => self.streams.contains_key(&packet.stream),
        }
    }
}

impl Opener {
    fn open(&mut self, packet: &[u8], opened: &mut Vec<u8>) -> Result<(), Error> {
        // Whoever knows the key in use knows how often the sequence number has wrapped.
        let running = source(packet).and_then(|ssrc| self.keys.get(self.in_use)?.newest(ssrc));
        let mut outcome = Err(Error::NotAuthentic);
        for number in around(self.in_use, self.keys.len()) {
            let Some(key) = self.keys.get_mut(number) else {
                continue;
            };
            outcome = key.rtp(packet, running, opened);
            if outcome != Err(Error::NotAuthentic) {
                self.in_use = number;
                break;
            }
        }
        outcome
    }

    /// RTCP does not move the key in use: it may be late, and counts by itself.
    fn report(&mut self, packet: &[u8], opened: &mut Vec<u8>) -> Result<(), Error> {
        let mut outcome = Err(Error::NotAuthentic);
        for number in around(self.in_use, self.keys.len()) {
            let Some(key) = self.keys.get_mut(number) else {
                continue;
            };
            outcome = key.rtcp(packet, opened);
            if outcome != Err(Error::NotAuthentic) {
                break;
            }
        }
        outcome
    }
}

/// A number and its neighbours, the nearest first, later ones before earlier ones.
fn around(middle: usize, count: usize) -> impl Iterator<Item = usize> {
    let neighbours = (1..=AROUND).flat_map(move |distance| {
        let later = middle.checked_add(distance);
        let earlier = middle.checked_sub(distance);
        [later, earlier].into_iter().flatten()
    });
    std::iter::once(middle)
        .chain(neighbours)
        .filter(move |number| *number < count)
}

/// The SSRC, wherever it is an RTP packet at all.
fn source(packet: &[u8]) -> Option<u32> {
    let octets = packet.get(8..12)?.try_into().ok()?;
    Some(u32::from_be_bytes(octets))
}
