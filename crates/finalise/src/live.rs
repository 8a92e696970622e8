//! A call that goes on: its newest sound, decoded as its recording will have it.
//!
//! Frames come in order and once; what is behind the last seconds is forgotten, so that memory
//! and work do not grow with the call. Where packets lie is decided as they come: to the
//! millisecond that may differ from the recording, which knows the whole call. Left and right
//! are decided as there, but for who talked: every accepted stream counts as one that did.

mod voice;

use crate::parties::{self, Parties};
use crate::sound::{Heard, is_elsewhere};
use crate::story::{Arrived, Story};
use crate::unlock::Unlock;
use crate::{Error, Profile};
use journal::{Entry, Frame, Journal, Sides};
use model::RecordingId;
use siprec::Facts;
use std::collections::BTreeMap;
use std::fmt;
use voice::{Place, Voice};

/// Samples a second of what is handed out: of telephones, and of everything better.
const RATES: (u32, u32) = (8_000, 16_000);
/// Streams of a call that are listened to.
const VOICES_MAX: usize = 64;

/// What the messages and keys of a call say that goes on; its packets are not read.
#[derive(Debug)]
pub struct Known {
    story: Story,
    facts: Facts,
    parties: Parties,
}

impl Known {
    /// Reads the messages, keys and marks of a recording.
    ///
    /// # Errors
    /// [`Error::Journal`] and [`Error::NotBegun`].
    pub fn read(journal: &Journal, recording: RecordingId) -> Result<Self, Error> {
        let story = Story::read_messages(journal, recording)?;
        let facts = story.facts();
        let accepted = facts.streams.iter().filter(|stream| stream.accepted);
        let accepted = accepted.map(|stream| stream.index).collect();
        let parties = parties::of(recording, &story, &facts, accepted, 0);
        Ok(Self {
            story,
            facts,
            parties,
        })
    }

    /// Who takes part: what to ask the catalogue about before [`crate::sides`].
    #[must_use]
    pub fn parties(&self) -> &Parties {
        &self.parties
    }
}

/// How loud a channel is, and since when nothing comes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Loudness {
    /// Loudness in dBFS, −90 to 0.
    pub level: i8,
    /// When the last packet came, in nanoseconds of CLOCK_MONOTONIC; `None`: none was seen.
    pub last_packet_ns: Option<u64>,
}

/// The newest sound of a recording that goes on.
pub struct Live {
    recording: RecordingId,
    facts: Facts,
    left: Vec<u16>,
    unlock: Unlock<'static>,
    mute_keys: bool,
    first: bool,
    /// Monotonic time of sample 0.
    origin_ns: u64,
    ended_ns: Option<u64>,
    voices: BTreeMap<u16, (Heard, Voice)>,
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").finish_non_exhaustive()
    }
}

impl Live {
    /// Nothing has been heard yet.
    #[must_use]
    pub fn new(known: Known, sides: &Sides, profile: &Profile) -> Self {
        let origin_ns = known.story.began_ns;
        let unlock = Unlock::owned(&known.story.keys, &known.facts);
        Self {
            recording: known.parties.recording,
            unlock,
            left: sides.left.clone(),
            mute_keys: profile.mute_keys,
            first: known.story.is_first,
            origin_ns,
            ended_ns: None,
            voices: BTreeMap::new(),
            facts: known.facts,
        }
    }

    /// Goes on with what newer messages say; what was heard stays.
    pub fn renew(&mut self, known: Known, sides: &Sides) {
        self.unlock = Unlock::owned(&known.story.keys, &known.facts);
        self.left.clone_from(&sides.left);
        self.facts = known.facts;
        for (stream, (heard, _)) in &mut self.voices {
            *heard = Heard::new(*stream, &self.facts);
        }
    }

    /// Monotonic time of the beginning, in nanoseconds.
    #[must_use]
    pub fn origin_ns(&self) -> u64 {
        self.origin_ns
    }

    /// Samples a second of what is handed out now.
    #[must_use]
    pub fn sample_rate(&self) -> u32 {
        let rates = self.voices.values().map(|(_, voice)| voice.sample_rate());
        match rates.max() {
            Some(rate) if rate > RATES.0 => RATES.1,
            _ => RATES.0,
        }
    }

    /// Takes the next frame of the journal. Whether it is one that [`Known`] has to be read again
    /// for.
    pub fn take(&mut self, frame: &Frame) -> bool {
        match frame.entry() {
            Ok(Entry::Packets(packets)) => {
                let mut packets: Vec<Arrived<'_>> = packets
                    .iter()
                    .map(|packet| Arrived::of(packet, 0))
                    .collect();
                packets.sort_by_key(|packet| packet.arrival_ns);
                for packet in packets {
                    self.packet(packet);
                }
                false
            }
            // The end of an earlier recording of the session says nothing of this one.
            Ok(Entry::Ended { recording, .. }) if recording != self.recording => false,
            Ok(Entry::Ended { .. } | Entry::Closed { .. }) => {
                self.ended_ns = Some(frame.time_ns);
                false
            }
            Ok(Entry::Signal { .. } | Entry::Keys { .. }) => true,
            _ => false,
        }
    }

    fn packet(&mut self, packet: Arrived<'_>) {
        let until_ns = self.ended_ns.unwrap_or(u64::MAX);
        let from_ns = if self.first { 0 } else { self.origin_ns };
        let is_sound = !packet.report && !is_elsewhere(&self.facts, packet.stream);
        if !is_sound || !(from_ns..until_ns).contains(&packet.arrival_ns) {
            return;
        }
        let Some(packet) = self.unlock.open(packet) else {
            return;
        };
        let Arrived {
            stream,
            arrival_ns,
            bytes,
            ..
        } = packet;
        let Ok(packet) = rtp::Packet::parse(bytes) else {
            return;
        };
        if self.voices.len() >= VOICES_MAX && !self.voices.contains_key(&stream) {
            return;
        }
        let at = Place {
            arrival_ns,
            since_ns: arrival_ns.saturating_sub(self.origin_ns),
        };
        let fresh = || (Heard::new(stream, &self.facts), Voice::default());
        let (heard, voice) = self.voices.entry(stream).or_insert_with(fresh);
        let sort = heard.sort(&packet, arrival_ns);
        voice.push(at, &packet, sort, self.mute_keys);
    }

    /// The sound of a stretch at [`Live::sample_rate`], left and right in turn; silence where
    /// nothing came or where it is forgotten already. Milliseconds after the beginning.
    #[must_use]
    pub fn sound(&self, from_ms: u64, until_ms: u64) -> Vec<i16> {
        let rate = self.sample_rate();
        let place = |ms: u64| ms.saturating_mul(u64::from(rate / 1_000));
        let (from, until) = (place(from_ms), place(until_ms));
        let length = usize::try_from(until.saturating_sub(from)).unwrap_or(0);
        let mut sums = vec![[0_i32; 2]; length];
        let alone = self.voices.len() == 1;
        for (stream, (_, voice)) in &self.voices {
            let left = self.left.contains(stream);
            let both = alone && left && self.is_mixed(*stream);
            let sound = voice.sound(rate, from, length);
            for (sum, sample) in sums.iter_mut().zip(sound) {
                let [one, other] = sum;
                if left {
                    *one = one.saturating_add(sample.into());
                }
                if !left || both {
                    *other = other.saturating_add(sample.into());
                }
            }
        }
        let clipped = |sum: i32| sum.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16;
        sums.into_iter().flatten().map(clipped).collect()
    }

    /// Whether several people, or nobody knows who, send one stream.
    fn is_mixed(&self, stream: u16) -> bool {
        let mut streams = self.facts.streams.iter();
        let known = streams.find(|known| known.index == stream);
        known.is_none_or(|known| known.senders.len() != 1)
    }

    /// How loud both channels are in a stretch, left first.
    #[must_use]
    pub fn loudness(&self, from_ms: u64, until_ms: u64) -> [Loudness; 2] {
        let sound = self.sound(from_ms, until_ms);
        let mut squares = [0.0_f64; 2];
        for pair in sound.chunks_exact(2) {
            for (square, sample) in squares.iter_mut().zip(pair) {
                *square += f64::from(*sample) * f64::from(*sample);
            }
        }
        let count = (sound.len() / 2).max(1) as f64;
        let last = |left: bool| {
            let of_side = self
                .voices
                .iter()
                .filter(|(stream, _)| self.left.contains(stream) == left);
            of_side.map(|(_, (_, voice))| voice.last_packet_ns()).max()
        };
        let [one, other] = squares.map(|square| decibels((square / count).sqrt()));
        [(one, true), (other, false)].map(|(level, left)| Loudness {
            level,
            last_packet_ns: last(left),
        })
    }
}

/// The root mean square of samples in dBFS, no less than −90.
fn decibels(root_mean_square: f64) -> i8 {
    let full = f64::from(i16::MAX) + 1.0;
    let level = 20.0 * (root_mean_square / full).log10();
    level.clamp(-90.0, 0.0).round() as i8
}
