//! The newest sound of one stream: decoded when it comes, kept for some seconds.

use media::codec::Decoder;
use media::resample::Resampler;
use media::{Coding, Sort};
use rtp::Packet;

/// So much sound is kept, in seconds: an answer has ten, and may come late.
const KEPT_SECONDS: u64 = 16;
/// Timestamps that lead further than this from where packets arrive begin anew, in seconds.
const ASTRAY_SECONDS: i64 = 1;
/// Keys whose tones may still come.
const KEYS_MAX: usize = 8;

/// When a packet came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) arrival_ns: u64,
    /// After the beginning of the recording.
    pub(super) since_ns: u64,
}

/// One stream.
#[derive(Debug, Default)]
pub(super) struct Voice {
    source: Option<Source>,
    ring: Ring,
    last_packet_ns: u64,
    /// Stretches that are to be silent, in samples: from, to.
    muted: Vec<(i64, i64)>,
}

/// Whoever sends now.
struct Source {
    ssrc: u32,
    decoder: Decoder,
    /// Timestamp and sample of one packet: the others lie by it.
    anchor: (u32, i64),
    /// Sequence number after the last packet decoded, and timestamp after its sound.
    next: (u16, u32),
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Source({:08x})", self.ssrc)
    }
}

impl Voice {
    pub(super) fn sample_rate(&self) -> u32 {
        self.ring.sample_rate
    }

    pub(super) fn last_packet_ns(&self) -> u64 {
        self.last_packet_ns
    }

    /// Takes the next packet.
    pub(super) fn push(&mut self, at: Place, packet: &Packet<'_>, sort: Sort, mute_keys: bool) {
        self.last_packet_ns = self.last_packet_ns.max(at.arrival_ns);
        if let (Coding::Event, true) = (sort.coding, mute_keys) {
            self.mute(packet);
        }
        let Some(rate) = sort.sample_rate() else {
            return;
        };
        if self.ring.sample_rate != rate {
            self.ring = Ring::new(rate);
            self.source = None;
            self.muted.clear();
        }
        let arrived = samples(at.since_ns, rate);
        let same = |source: &Source| source.ssrc == packet.ssrc && source.decoder.sort() == sort;
        if !self.source.as_ref().is_some_and(same) {
            self.source = Some(Source {
                ssrc: packet.ssrc,
                decoder: Decoder::new(sort),
                anchor: (packet.timestamp, arrived),
                next: (packet.sequence, packet.timestamp),
            });
        }
        let Some(source) = &mut self.source else {
            return;
        };
        let astray = i64::from(rate).saturating_mul(ASTRAY_SECONDS);
        let clock = i64::from(sort.clock_rate.max(1));
        if (source.place(packet.timestamp, rate, clock) - arrived).abs() > astray {
            source.anchor = (packet.timestamp, arrived);
        }
        let place = source.place(packet.timestamp, rate, clock);
        let missing = i32::from(packet.sequence.wrapping_sub(source.next.0) as i16);
        if missing < 0 && sort.remembers() {
            return;
        }
        let mut sound = Vec::new();
        let units = i64::from(packet.timestamp.wrapping_sub(source.next.1) as i32);
        if missing > 0 && (1..=clock).contains(&units) {
            source.decoder.lose(units, packet.payload, &mut sound);
            self.ring
                .put(place - sound.len() as i64, &sound, &self.muted);
            sound.clear();
        }
        source.decoder.decode(packet.payload, &mut sound);
        let units = sound.len() as i64 * clock / i64::from(rate);
        if missing >= 0 {
            let after = packet.timestamp.wrapping_add(units as u32);
            source.next = (packet.sequence.wrapping_add(1), after);
        }
        self.ring.put(place, &sound, &self.muted);
    }

    /// A key is pressed: its tone is in the sound as well.
    fn mute(&mut self, packet: &Packet<'_>) {
        let (Some(source), [_, _, high, low, ..]) = (&self.source, packet.payload) else {
            return;
        };
        let (rate, clock) = (self.ring.sample_rate, source.decoder.sort().clock_rate);
        let clock = i64::from(clock.max(1));
        let from = source.place(packet.timestamp, rate, clock);
        let units = i64::from(u16::from_be_bytes([*high, *low]));
        let to = from.saturating_add(units.saturating_mul(rate.into()) / clock);
        match self.muted.iter_mut().find(|(known, _)| *known == from) {
            Some((_, until)) => *until = (*until).max(to),
            None => {
                if self.muted.len() >= KEYS_MAX {
                    self.muted.remove(0);
                }
                self.muted.push((from, to));
            }
        }
        self.ring.silence(from, to);
    }

    /// `length` samples from `from` on, at `rate`.
    pub(super) fn sound(&self, rate: u32, from: u64, length: usize) -> Vec<i16> {
        let mut sound = vec![0; length];
        let last = from.saturating_add((length as u64).saturating_sub(1));
        if self.ring.sample_rate == 0 || length == 0 {
            return sound;
        }
        if self.ring.sample_rate == rate {
            let from = i64::try_from(from).unwrap_or(i64::MAX);
            return self.ring.take(from, length);
        }
        let filter = Resampler::new(self.ring.sample_rate, rate);
        let first = filter.first(from);
        let needed = filter.end(last).saturating_sub(first);
        let input = self.ring.take(first, usize::try_from(needed).unwrap_or(0));
        filter.run(from, length, &input, |number, sample| {
            if let Some(place) = sound.get_mut(number) {
                *place = sample;
            }
        });
        sound
    }
}

impl Source {
    /// The sample at a timestamp.
    fn place(&self, timestamp: u32, rate: u32, clock: i64) -> i64 {
        let (known, sample) = self.anchor;
        let units = i64::from(timestamp.wrapping_sub(known) as i32);
        sample.saturating_add(units.saturating_mul(rate.into()).div_euclid(clock))
    }
}

/// The last seconds of sound, by place.
#[derive(Debug, Default)]
struct Ring {
    sample_rate: u32,
    sound: Vec<i16>,
    /// After the last sample.
    end: i64,
}

impl Ring {
    fn new(sample_rate: u32) -> Self {
        let length = u64::from(sample_rate).saturating_mul(KEPT_SECONDS);
        Self {
            sample_rate,
            sound: vec![0; usize::try_from(length).unwrap_or(0)],
            end: 0,
        }
    }

    fn begin(&self) -> i64 {
        self.end.saturating_sub(self.sound.len() as i64).max(0)
    }

    fn at(&mut self, place: i64) -> Option<&mut i16> {
        let length = self.sound.len() as i64;
        let number = usize::try_from(place.checked_rem_euclid(length)?).ok()?;
        self.sound.get_mut(number)
    }

    fn put(&mut self, at: i64, sound: &[i16], muted: &[(i64, i64)]) {
        let until = at.saturating_add(sound.len() as i64);
        // What lies between is silence, not what was there a round before.
        let stale = self.end.max(until.saturating_sub(self.sound.len() as i64));
        for place in stale..until {
            if let Some(sample) = self.at(place) {
                *sample = 0;
            }
        }
        self.end = self.end.max(until);
        let begin = self.begin();
        for (place, &heard) in (at..until).zip(sound) {
            let silent = muted.iter().any(|(from, to)| (*from..*to).contains(&place));
            if place >= begin
                && !silent
                && let Some(sample) = self.at(place)
            {
                *sample = heard;
            }
        }
    }

    fn silence(&mut self, from: i64, to: i64) {
        for place in from.max(self.begin())..to.min(self.end) {
            if let Some(sample) = self.at(place) {
                *sample = 0;
            }
        }
    }

    fn take(&self, from: i64, length: usize) -> Vec<i16> {
        let known = self.begin()..self.end;
        let size = self.sound.len() as i64;
        let sample = |place: i64| {
            let number = place.checked_rem_euclid(size)?;
            let number = usize::try_from(number).ok()?;
            self.sound
                .get(number)
                .copied()
                .filter(|_| known.contains(&place))
        };
        let places = from..from.saturating_add(length as i64);
        places.map(|place| sample(place).unwrap_or(0)).collect()
    }
}

fn samples(since_ns: u64, rate: u32) -> i64 {
    let samples = u128::from(since_ns).saturating_mul(rate.into()) / 1_000_000_000;
    i64::try_from(samples).unwrap_or(i64::MAX)
}
