//! Puts the streams of a recording on two channels, in order and in constant memory.
//!
//! Each stream has a window of sound behind the newest packet, so that late packets find their
//! place; what falls out of it is final. Nothing is added within a stream: a packet replaces
//! what was there. Streams of one channel are added and clipped.
//!
//! A stream has a lane for each sampling rate it comes in. A lane is brought to the rate of the
//! recording when it is final, from its neighbours on both sides, so that packets meet without
//! a seam.

use crate::resample::Resampler;
use std::io;

/// The channel, or channels, of a stream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Side {
    /// What the local party sends.
    Left,
    /// What everybody else sends.
    Right,
    /// A mix of all.
    Both,
}

/// How much of each stream can still change, in seconds and a little more: beyond the ten that
/// a packet may be late, the ten that a run may begin early and the few that order costs.
pub const WINDOW_SECONDS: u64 = 32;

/// Samples written at once: 64 KiB for both channels.
pub const BLOCK_SAMPLES: usize = 1 << 14;

/// Sampling rates of one stream; sound in further ones is left out.
const LANES_MAX: usize = 8;

/// Collects the sound of streams and hands it out mixed, block by block.
#[derive(Debug)]
pub struct Mixer {
    streams: Vec<Stream>,
    sample_rate: u32,
    /// Samples that can still change.
    window: u64,
    /// Samples that are final and handed out.
    written: u64,
    samples: u64,
    left: Vec<i32>,
    right: Vec<i32>,
    block: Vec<i16>,
}

/// Sound of a stream.
#[derive(Clone, Copy, Debug)]
pub struct Sound<'a> {
    /// Samples a second.
    pub sample_rate: u32,
    /// The place of its first sample after sample 0, at that rate.
    pub at: i64,
    /// The samples.
    pub samples: &'a [i16],
}

#[derive(Debug)]
struct Stream {
    side: Side,
    lanes: Vec<Lane>,
    /// Stretches of the recording that are to be silent, in order and apart: from, to.
    muted: Vec<(u64, u64)>,
}

#[derive(Debug)]
struct Lane {
    sample_rate: u32,
    filter: Resampler,
    /// Sound by place, a power of two long.
    ring: Vec<i16>,
    /// Everything before it has been handed out and is silent again.
    clean: u64,
}

impl Mixer {
    /// A mixer of `samples` samples a channel, `sample_rate` a second.
    #[must_use]
    pub fn new(sides: &[Side], sample_rate: u32, samples: u64) -> Self {
        let stream = |&side| Stream {
            side,
            lanes: Vec::new(),
            muted: Vec::new(),
        };
        let block = BLOCK_SAMPLES as u64;
        let window = u64::from(sample_rate).saturating_mul(WINDOW_SECONDS);
        Self {
            streams: sides.iter().map(stream).collect(),
            sample_rate,
            window: window.div_ceil(block).saturating_mul(block),
            written: 0,
            samples,
            left: vec![0; BLOCK_SAMPLES],
            right: vec![0; BLOCK_SAMPLES],
            block: vec![0; BLOCK_SAMPLES.saturating_mul(2)],
        }
    }

    /// Silences stretches of a stream, in samples of the recording: from, to. To be called
    /// before the first sound.
    pub fn mute(&mut self, stream: usize, mut stretches: Vec<(u64, u64)>) {
        stretches.sort_unstable();
        if let Some(stream) = self.streams.get_mut(stream) {
            stream.muted = stretches;
        }
    }

    /// Puts sound into a stream. Returns how many of its samples came too late for the window
    /// or lie outside the recording, and are left out.
    ///
    /// # Errors
    /// What `out` returns; it gets samples that are final, left and right in turn.
    pub fn put(
        &mut self,
        stream: usize,
        sound: Sound<'_>,
        out: &mut impl FnMut(&[i16]) -> io::Result<()>,
    ) -> io::Result<usize> {
        let Sound {
            sample_rate,
            at,
            samples,
        } = sound;
        let Some(first) = self.lane(stream, sample_rate).map(|lane| lane.clean) else {
            return Ok(samples.len());
        };
        let early = if at < 0 { at.unsigned_abs() } else { 0 };
        let at = u64::try_from(at).unwrap_or(0);
        let skipped = early.saturating_add(first.saturating_sub(at));
        let skipped = usize::try_from(skipped)
            .unwrap_or(usize::MAX)
            .min(samples.len());
        let mut rest = samples.get(skipped..).unwrap_or_default();
        let mut at = at.max(first);
        let length = scaled(self.samples, sample_rate, self.sample_rate);
        let room = usize::try_from(length.saturating_sub(at)).unwrap_or(usize::MAX);
        let beyond = rest.len().saturating_sub(room);
        rest = rest.get(..rest.len().min(room)).unwrap_or_default();
        while !rest.is_empty() {
            // A packet longer than the window goes in by parts.
            let (now, later) = rest.split_at(rest.len().min(BLOCK_SAMPLES));
            let end = at.saturating_add(now.len() as u64);
            self.make_room(scaled(end, self.sample_rate, sample_rate), out)?;
            if let Some(stream) = self.streams.get_mut(stream) {
                stream.put(sample_rate, at, now);
            }
            at = end;
            rest = later;
        }
        Ok(skipped.saturating_add(beyond))
    }

    /// Hands out what is left, up to the length of the recording.
    ///
    /// # Errors
    /// What `out` returns.
    pub fn finish(mut self, out: &mut impl FnMut(&[i16]) -> io::Result<()>) -> io::Result<()> {
        while self.written < self.samples {
            self.hand_out(out)?;
        }
        Ok(())
    }

    /// The lane of a stream for a rate, made when there is none yet.
    fn lane(&mut self, stream: usize, sample_rate: u32) -> Option<&Lane> {
        let stream = self.streams.get_mut(stream)?;
        let known = |lane: &Lane| lane.sample_rate == sample_rate;
        let number = match stream.lanes.iter().position(known) {
            Some(number) => number,
            None if stream.lanes.len() < LANES_MAX && sample_rate > 0 => {
                let mut lane = Lane::new(sample_rate, self.sample_rate, self.window);
                lane.clean = lane.final_before(self.written);
                stream.lanes.push(lane);
                stream.lanes.len().saturating_sub(1)
            }
            None => return None,
        };
        stream.lanes.get(number)
    }

    fn make_room(
        &mut self,
        end: u64,
        out: &mut impl FnMut(&[i16]) -> io::Result<()>,
    ) -> io::Result<()> {
        while end.saturating_sub(self.written) > self.window {
            self.hand_out(out)?;
        }
        Ok(())
    }

    /// Hands out the next block.
    fn hand_out(&mut self, out: &mut impl FnMut(&[i16]) -> io::Result<()>) -> io::Result<()> {
        let left = self.samples.saturating_sub(self.written);
        let length = usize::try_from(left)
            .unwrap_or(usize::MAX)
            .min(BLOCK_SAMPLES);
        self.left.fill(0);
        self.right.fill(0);
        let mut sound = vec![0; length];
        for stream in &mut self.streams {
            if stream.lanes.is_empty() {
                continue;
            }
            stream.take(self.written, &mut sound);
            if stream.side != Side::Right {
                add(&mut self.left, &sound);
            }
            if stream.side != Side::Left {
                add(&mut self.right, &sound);
            }
        }
        let (pairs, _none) = self.block.as_chunks_mut::<2>();
        for ((pair, &left), &right) in pairs.iter_mut().zip(&self.left).zip(&self.right) {
            *pair = [clipped(left), clipped(right)];
        }
        self.written = self.written.saturating_add(length as u64);
        out(self
            .block
            .get(..length.saturating_mul(2))
            .unwrap_or_default())
    }
}

impl Stream {
    /// Puts sound into a lane and takes out what other lanes have there.
    fn put(&mut self, sample_rate: u32, at: u64, samples: &[i16]) {
        let end = at.saturating_add(samples.len() as u64);
        for lane in &mut self.lanes {
            if lane.sample_rate == sample_rate {
                lane.write(at, samples.len(), |ring, part| {
                    ring.copy_from_slice(samples.get(part).unwrap_or_default());
                });
            } else {
                let from = scaled(at, lane.sample_rate, sample_rate).max(lane.clean);
                let to = scaled(end, lane.sample_rate, sample_rate);
                let length = usize::try_from(to.saturating_sub(from)).unwrap_or(0);
                lane.write(from, length, |ring, _part| ring.fill(0));
            }
        }
    }

    /// Computes the next samples of the recording and forgets what they were made of.
    fn take(&mut self, from: u64, sound: &mut [i16]) {
        sound.fill(0);
        for lane in &mut self.lanes {
            lane.take(from, sound);
        }
        let end = from.saturating_add(sound.len() as u64);
        let inside = |place: u64| usize::try_from(place.saturating_sub(from)).unwrap_or(0);
        for &(mute_from, mute_to) in &self.muted {
            let (mute_from, mute_to) = (mute_from.clamp(from, end), mute_to.clamp(from, end));
            let muted = sound.get_mut(inside(mute_from)..inside(mute_to));
            muted.unwrap_or_default().fill(0);
        }
        self.muted.retain(|&(_, to)| to > end);
    }
}

impl Lane {
    fn new(sample_rate: u32, to: u32, window: u64) -> Self {
        let filter = Resampler::new(sample_rate, to);
        let around = if filter.is_identity() {
            0
        } else {
            filter.half().saturating_mul(4)
        };
        let length = scaled(window, sample_rate, to).saturating_add(around as u64);
        let length = usize::try_from(length).unwrap_or(0).next_power_of_two();
        Self {
            sample_rate,
            filter,
            ring: vec![0; length],
            clean: 0,
        }
    }

    /// Before which sample everything is final when the recording is written up to `written`.
    fn final_before(&self, written: u64) -> u64 {
        u64::try_from(self.filter.first(written)).unwrap_or(0)
    }

    /// Hands out the parts of the ring for `length` samples from `at` on, with the numbers of
    /// the samples that belong there.
    fn write(
        &mut self,
        at: u64,
        length: usize,
        mut each: impl FnMut(&mut [i16], std::ops::Range<usize>),
    ) {
        let mut done = 0_usize;
        while done < length {
            let place = self.place(at.saturating_add(done as u64));
            let until_end = self.ring.len().saturating_sub(place);
            let now = length.saturating_sub(done).min(until_end);
            let end = done.saturating_add(now);
            if now == 0 {
                return;
            }
            let ring = self.ring.get_mut(place..place.saturating_add(now));
            each(ring.unwrap_or_default(), done..end);
            done = end;
        }
    }

    fn place(&self, sample: u64) -> usize {
        (sample as usize) & self.ring.len().saturating_sub(1)
    }

    /// Adds its part to samples of the recording, and silences what is not needed any more.
    fn take(&mut self, from: u64, sound: &mut [i16]) {
        let Some(last) = from.saturating_add(sound.len() as u64).checked_sub(1) else {
            return;
        };
        if self.filter.is_identity() {
            self.write(from, sound.len(), |ring, part| {
                let sound = sound.get_mut(part).unwrap_or_default();
                for (sum, sample) in sound.iter_mut().zip(ring.iter_mut()) {
                    *sum = sum.saturating_add(std::mem::take(sample));
                }
            });
            self.clean = last.saturating_add(1);
            return;
        }
        let first = self.filter.first(from);
        let needed = self.filter.end(last).saturating_sub(first);
        let mut input = vec![0; usize::try_from(needed).unwrap_or(0)];
        // Before sample 0 there is silence.
        let before = usize::try_from(first.saturating_neg()).unwrap_or(0);
        let heard = input.get_mut(before..).unwrap_or_default();
        let length = heard.len();
        let start = u64::try_from(first).unwrap_or(0);
        self.write(start, length, |ring, part| {
            if let Some(heard) = heard.get_mut(part) {
                heard.copy_from_slice(ring);
            }
        });
        let count = sound.len();
        self.filter.run(from, count, &input, |number, sample| {
            if let Some(sum) = sound.get_mut(number) {
                *sum = sum.saturating_add(sample);
            }
        });
        let clean = self.final_before(last.saturating_add(1));
        let stale = usize::try_from(clean.saturating_sub(self.clean)).unwrap_or(0);
        self.write(self.clean, stale, |ring, _part| ring.fill(0));
        self.clean = clean;
    }
}

/// A place at one rate as a place at another, rounded up.
fn scaled(place: u64, to: u32, from: u32) -> u64 {
    if to == from {
        return place;
    }
    let scaled = u128::from(place).saturating_mul(to.into());
    let scaled = scaled.div_ceil(u128::from(from.max(1)));
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

fn add(sum: &mut [i32], sound: &[i16]) {
    for (sum, &sample) in sum.iter_mut().zip(sound) {
        *sum = sum.saturating_add(i32::from(sample));
    }
}

fn clipped(sum: i32) -> i16 {
    sum.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOUD: i16 = -32_124;
    const RATE: u32 = 8_000;

    type Packet<'a> = (usize, u32, i64, &'a [i16]);

    fn mixed(sides: &[Side], rate: u32, samples: u64, packets: &[Packet<'_>]) -> (Vec<i16>, usize) {
        muted(sides, rate, samples, packets, &[])
    }

    fn muted(
        sides: &[Side],
        rate: u32,
        samples: u64,
        packets: &[Packet<'_>],
        stretches: &[(u64, u64)],
    ) -> (Vec<i16>, usize) {
        let mut sound = Vec::new();
        let mut out = |block: &[i16]| {
            sound.extend_from_slice(block);
            Ok(())
        };
        let mut mixer = Mixer::new(sides, rate, samples);
        mixer.mute(0, stretches.to_vec());
        let mut left_out = 0;
        for &(stream, sample_rate, at, samples) in packets {
            let sound = Sound {
                sample_rate,
                at,
                samples,
            };
            left_out += mixer.put(stream, sound, &mut out).unwrap();
        }
        mixer.finish(&mut out).unwrap();
        (sound, left_out)
    }

    fn left(sound: &[i16]) -> Vec<i16> {
        sound.iter().step_by(2).copied().collect()
    }

    #[test]
    fn streams_of_a_side_are_added_and_clipped() {
        let sides = [Side::Left, Side::Right, Side::Right];
        let packets: [Packet<'_>; 3] = [
            (0, RATE, 0, &[LOUD]),
            (1, RATE, 0, &[LOUD, LOUD]),
            (2, RATE, 1, &[LOUD]),
        ];
        let (sound, left_out) = mixed(&sides, RATE, 3, &packets);
        assert_eq!(sound, [LOUD, LOUD, 0, -32_768, 0, 0]);
        assert_eq!(left_out, 0);
    }

    #[test]
    fn a_mixed_stream_is_on_both_channels() {
        let packets: [Packet<'_>; 1] = [(0, RATE, 0, &[LOUD])];
        assert_eq!(mixed(&[Side::Both], RATE, 1, &packets).0, [LOUD, LOUD]);
    }

    #[test]
    fn late_sound_finds_its_place_in_the_window_and_not_behind_it() {
        let window = Mixer::new(&[], RATE, 0).window as i64;
        let far = window + 100;
        let samples = far as u64 + 2;
        let packets: [Packet<'_>; 3] = [
            (0, RATE, far, &[LOUD, LOUD]),
            (0, RATE, 10, &[LOUD]),
            (0, RATE, BLOCK_SAMPLES as i64, &[LOUD]),
        ];
        let (sound, left_out) = mixed(&[Side::Left], RATE, samples, &packets);
        assert_eq!(left_out, 1);
        let heard: Vec<usize> = (0..sound.len()).filter(|&i| sound[i] != 0).collect();
        let far = far as usize;
        assert_eq!(heard, [BLOCK_SAMPLES * 2, far * 2, far * 2 + 2]);
    }

    #[test]
    fn what_lies_outside_the_recording_is_left_out() {
        let packets: [Packet<'_>; 2] = [(0, RATE, -1, &[LOUD; 3]), (0, RATE, i64::MAX, &[LOUD])];
        let (sound, left_out) = mixed(&[Side::Left], RATE, 1, &packets);
        assert_eq!((sound, left_out), (vec![LOUD, 0], 3));
    }

    #[test]
    fn a_muted_stretch_is_silent_and_its_neighbours_are_not() {
        let loud = vec![LOUD; 3 * BLOCK_SAMPLES];
        let packets: [Packet<'_>; 1] = [(0, RATE, 0, &loud)];
        let block = BLOCK_SAMPLES as u64;
        let stretches = [(block - 3, block + 2), (7, 9), (2 * block, 2 * block)];
        let (sound, _) = muted(&[Side::Left], RATE, loud.len() as u64, &packets, &stretches);
        let silent: Vec<usize> = (0..loud.len()).filter(|&n| sound[n * 2] == 0).collect();
        let middle = BLOCK_SAMPLES - 3..BLOCK_SAMPLES + 2;
        assert_eq!(silent, [7, 8].into_iter().chain(middle).collect::<Vec<_>>());
    }

    /// A second of a tone at a rate.
    fn tone(rate: u32, seconds: f64) -> Vec<i16> {
        let step = std::f64::consts::TAU * 440.0 / f64::from(rate);
        let samples = (f64::from(rate) * seconds) as usize;
        (0..samples)
            .map(|n| ((step * n as f64).sin() * 16_000.0).round() as i16)
            .collect()
    }

    #[test]
    fn packets_of_any_rate_meet_without_a_seam_and_keep_their_length() {
        for from in [8_000, 11_025, 48_000] {
            for to in [8_000, 16_000, 44_100] {
                let whole = tone(from, 2.5);
                let packets: Vec<Packet<'_>> = whole
                    .chunks(from as usize / 50)
                    .scan(0, |at, packet| {
                        let from_here = *at;
                        *at += packet.len() as i64;
                        Some((0, from, from_here, packet))
                    })
                    .collect();
                let expected = tone(to, 2.5);
                let samples = expected.len() as u64;
                let (sound, left_out) = mixed(&[Side::Left], to, samples, &packets);
                assert_eq!((sound.len(), left_out), (expected.len() * 2, 0));
                let sound = left(&sound);
                // But for the ends, where silence begins.
                for n in 100..sound.len() - 400 {
                    let off = (i32::from(sound[n]) - i32::from(expected[n])).abs();
                    assert!(off <= 12, "{from} to {to}, sample {n}: {off}");
                }
            }
        }
    }

    #[test]
    fn a_packet_replaces_what_another_rate_had_there() {
        let (low, high) = (tone(8_000, 1.0), tone(16_000, 0.5));
        let packets: [Packet<'_>; 2] = [(0, 8_000, 0, &low), (0, 16_000, 0, &high)];
        let (sound, _) = mixed(&[Side::Left], 16_000, 16_000, &packets);
        let expected = tone(16_000, 1.0);
        assert_eq!(left(&sound)[..7_900], expected[..7_900]);
        let later = left(&sound)[8_100..15_800].to_vec();
        for (one, other) in later.iter().zip(&expected[8_100..]) {
            assert!((i32::from(*one) - i32::from(*other)).abs() <= 12);
        }
    }
}
