//! The second pass: decodes the packets of one stream, each where it belongs.
//!
//! What depends on what was before it is decoded in the order of its sequence numbers, so that
//! packets wait for earlier ones that may still come. What was lost is told to the decoder and
//! is silence, except for what a later packet carries again.

use crate::codec::{Decoder, Outcome};
use crate::coding::{Coding, Sort};
use crate::mix::Sound;
use crate::timeline::{Follow, Placement, Spot};
use rtp::{Packet, sequence};
use std::collections::BTreeMap;
use std::io;

/// How long a packet waits for an earlier one.
const WAIT_NS: i64 = 2_000_000_000;
/// Octets that wait, for each voice.
const WAIT_OCTETS_MAX: usize = 1 << 20;
/// Packets that wait, for each voice.
const WAIT_PACKETS_MAX: usize = 4_096;
/// Decoders of one stream; the one that was not used for the longest time makes room.
const VOICES_MAX: usize = 16;
/// How long a loss may be for its length to be told to a decoder.
const LOSS_SECONDS_MAX: i64 = 2;

/// What became of the packets of a stream in the second pass.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Played {
    /// Packets that their codec does not know: silence.
    pub broken: u64,
    /// Lost packets whose sound a later one carried.
    pub concealed: u64,
    /// Packets that came after what follows them had been decoded, and are left out.
    pub late: u64,
}

/// Plays one stream, given its packets in the order of the first pass.
#[derive(Debug)]
pub struct Player<'a> {
    placement: &'a Placement,
    follow: Follow<'a>,
    /// One for each track that needs order, the one used last at the end.
    voices: Vec<Voice>,
    plain: Vec<i16>,
    played: Played,
}

/// One source whose packets have to be decoded in order.
#[derive(Debug)]
struct Voice {
    track: u64,
    decoder: Decoder,
    /// What is expected next: sequence number, made to run on, and timestamp.
    next: Option<(i64, i64)>,
    /// The greatest sequence number that came.
    newest: i64,
    waiting: BTreeMap<i64, Waiting>,
    /// What waits.
    packets: usize,
    octets: usize,
}

#[derive(Debug)]
struct Waiting {
    arrival_ns: i64,
    spot: Spot,
    sort: Sort,
    payload: Vec<u8>,
}

impl<'a> Player<'a> {
    /// From the beginning of the stream.
    #[must_use]
    pub fn new(placement: &'a Placement) -> Self {
        Self {
            placement,
            follow: Follow::new(placement),
            voices: Vec::new(),
            plain: Vec::new(),
            played: Played::default(),
        }
    }

    /// Takes the next packet and hands out what is ready, at the rate of its codec.
    ///
    /// # Errors
    /// What `put` returns.
    pub fn push(
        &mut self,
        arrival_ns: i64,
        packet: &Packet<'_>,
        sort: Sort,
        mut put: impl FnMut(Sound<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        let Some(spot) = self.follow.place(arrival_ns, packet, sort) else {
            return Ok(());
        };
        let known = self
            .voices
            .iter()
            .position(|voice| voice.track == spot.track);
        if known.is_none() && !sort.remembers() {
            return self.plain(spot, packet.payload, sort, &mut put);
        }
        if let Some(range) = known.and_then(|place| self.voices.get_mut(place..)) {
            range.rotate_left(1);
        } else {
            if self.voices.len() >= VOICES_MAX {
                let mut oldest = self.voices.remove(0);
                oldest.play(self.placement, i64::MAX, &mut self.played, &mut put)?;
            }
            let voice = Voice::new(spot.track, packet.sequence, sort);
            self.voices.push(voice);
        }
        let Some(voice) = self.voices.last_mut() else {
            return Ok(());
        };
        let waiting = Waiting {
            arrival_ns,
            spot,
            sort,
            payload: packet.payload.to_vec(),
        };
        let number = sequence::extend16(voice.newest, packet.sequence);
        if let Some((next, time)) = voice.next
            && number < next
        {
            if spot.time < time {
                self.played.late = self.played.late.saturating_add(1);
                return Ok(());
            }
            // The counter began again.
            voice.play(self.placement, i64::MAX, &mut self.played, &mut put)?;
            voice.next = Some((number, time));
            voice.newest = number;
        }
        voice.newest = voice.newest.max(number);
        voice.octets = voice.octets.saturating_add(waiting.payload.len());
        voice.packets = voice.packets.saturating_add(1);
        voice.waiting.insert(number, waiting);
        voice.play(self.placement, arrival_ns, &mut self.played, &mut put)
    }

    /// Hands out what still waits.
    ///
    /// # Errors
    /// What `put` returns.
    pub fn finish(
        mut self,
        mut put: impl FnMut(Sound<'_>) -> io::Result<()>,
    ) -> io::Result<Played> {
        for voice in &mut self.voices {
            voice.play(self.placement, i64::MAX, &mut self.played, &mut put)?;
        }
        Ok(self.played)
    }

    /// Decodes what depends on nothing before it.
    fn plain(
        &mut self,
        spot: Spot,
        payload: &[u8],
        sort: Sort,
        put: &mut impl FnMut(Sound<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        let Some(rate) = sort.sample_rate() else {
            return Ok(());
        };
        self.plain.clear();
        Decoder::new(sort).decode(payload, &mut self.plain);
        self.placement.put(spot, rate, &self.plain, put)
    }
}

impl Voice {
    fn new(track: u64, sequence: u16, sort: Sort) -> Self {
        Self {
            track,
            decoder: Decoder::new(sort),
            next: None,
            newest: sequence.into(),
            waiting: BTreeMap::new(),
            packets: 0,
            octets: 0,
        }
    }

    /// Decodes everything that need not wait any longer.
    fn play(
        &mut self,
        placement: &Placement,
        now_ns: i64,
        played: &mut Played,
        put: &mut impl FnMut(Sound<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut samples = Vec::new();
        while let Some(first) = self.waiting.first_entry() {
            let follows = self.next.is_some_and(|(next, _)| *first.key() <= next);
            let waited_ns = now_ns.saturating_sub(first.get().arrival_ns);
            let full = self.octets > WAIT_OCTETS_MAX || self.packets > WAIT_PACKETS_MAX;
            if !follows && waited_ns < WAIT_NS && !full {
                return Ok(());
            }
            let (number, packet) = first.remove_entry();
            self.packets = self.packets.saturating_sub(1);
            self.octets = self.octets.saturating_sub(packet.payload.len());
            samples.clear();
            self.decode(number, &packet, &mut samples, placement, played, put)?;
        }
        Ok(())
    }

    fn decode(
        &mut self,
        number: i64,
        packet: &Waiting,
        samples: &mut Vec<i16>,
        placement: &Placement,
        played: &mut Played,
        put: &mut impl FnMut(Sound<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        let Waiting { spot, sort, .. } = packet;
        let expected = self.next;
        let end = spot.time.saturating_add(spot.units);
        // Events lie where a key was first pressed, and say nothing of where sound goes on.
        let known = expected.filter(|_| sort.coding == Coding::Event);
        let end = known.map_or(end, |(_, time)| time);
        self.next = Some((number.saturating_add(1), end));
        let Some(rate) = sort.sample_rate() else {
            return Ok(());
        };
        if self.decoder.sort() != *sort {
            self.decoder = Decoder::new(*sort);
        } else if let Some((next, time)) = expected.filter(|(next, _)| number > *next) {
            let missing = spot.time.saturating_sub(time);
            let most = i64::from(sort.clock_rate).saturating_mul(LOSS_SECONDS_MAX);
            if (1..=most).contains(&missing) {
                self.decoder.lose(missing, &packet.payload, samples);
            }
            if !samples.is_empty() {
                let lost = number.saturating_sub(next).unsigned_abs();
                played.concealed = played.concealed.saturating_add(lost.min(1));
                let before = spot.before(samples.len(), rate, *sort);
                placement.put(before, rate, samples, put)?;
                samples.clear();
            }
        }
        if self.decoder.decode(&packet.payload, samples) == Outcome::Broken {
            played.broken = played.broken.saturating_add(1);
        }
        placement.put(*spot, rate, samples, put)
    }
}
