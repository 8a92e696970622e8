//! Puts the streams of a recording on two channels, in order and in constant memory.
//!
//! Each stream has a window of sound behind the newest packet, so that late packets find their
//! place; what falls out of it is final. Nothing is added within a stream: a packet replaces
//! what was there. Streams of one channel are added and clipped.

use crate::g711;
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

/// Samples of each stream that can still change: half a minute and more at 8,000 a second,
/// beyond the ten seconds that a packet may be late and the ten that a run may begin early.
pub const WINDOW_SAMPLES: usize = 1 << 18;

const WINDOW_MASK: usize = WINDOW_SAMPLES - 1;

/// Samples written at once: 64 KiB for both channels.
pub const BLOCK_SAMPLES: usize = 1 << 14;

/// Collects the sound of streams and hands it out mixed, block by block.
#[derive(Debug)]
pub struct Mixer {
    streams: Vec<Stream>,
    /// Samples that are final and handed out.
    written: u64,
    samples: u64,
    left: Vec<i32>,
    right: Vec<i32>,
    block: Vec<i16>,
}

#[derive(Debug)]
struct Stream {
    side: Side,
    /// A ring; empty as long as the stream has no sound.
    window: Vec<i16>,
}

impl Mixer {
    /// A mixer of `samples` samples a channel.
    #[must_use]
    pub fn new(sides: &[Side], samples: u64) -> Self {
        let stream = |&side| Stream {
            side,
            window: Vec::new(),
        };
        Self {
            streams: sides.iter().map(stream).collect(),
            written: 0,
            samples,
            left: vec![0; BLOCK_SAMPLES],
            right: vec![0; BLOCK_SAMPLES],
            block: vec![0; BLOCK_SAMPLES.saturating_mul(2)],
        }
    }

    /// Puts G.711 octets at a sample of a stream. Returns how many octets came too late for
    /// the window or lie outside the recording, and are left out.
    ///
    /// # Errors
    /// What `out` returns; it gets samples that are final, left and right in turn.
    pub fn put(
        &mut self,
        stream: usize,
        at: i64,
        table: &[i16; 256],
        octets: &[u8],
        out: &mut impl FnMut(&[i16]) -> io::Result<()>,
    ) -> io::Result<usize> {
        let skipped = self.written.saturating_sub(u64::try_from(at).unwrap_or(0));
        let skipped = if at < 0 {
            skipped.saturating_add(at.unsigned_abs())
        } else {
            skipped
        };
        let skipped = usize::try_from(skipped)
            .unwrap_or(usize::MAX)
            .min(octets.len());
        let octets = octets.get(skipped..).unwrap_or_default();
        let at = u64::try_from(at.saturating_add_unsigned(skipped as u64)).unwrap_or(0);
        let room = usize::try_from(self.samples.saturating_sub(at)).unwrap_or(usize::MAX);
        let beyond = octets.len().saturating_sub(room);
        let mut octets = octets.get(..octets.len().min(room)).unwrap_or_default();
        let mut at = at;
        while !octets.is_empty() {
            // A packet longer than the window goes in by parts.
            let (now, later) = octets.split_at(octets.len().min(BLOCK_SAMPLES));
            let end = at.saturating_add(now.len() as u64);
            self.make_room(end, out)?;
            if let Some(stream) = self.streams.get_mut(stream) {
                stream.put(at, table, now);
            }
            at = end;
            octets = later;
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

    fn make_room(
        &mut self,
        end: u64,
        out: &mut impl FnMut(&[i16]) -> io::Result<()>,
    ) -> io::Result<()> {
        while end.saturating_sub(self.written) > WINDOW_SAMPLES as u64 {
            self.hand_out(out)?;
        }
        Ok(())
    }

    /// Hands out the next block. Blocks begin at multiples of their length, so that none
    /// crosses the end of a ring.
    fn hand_out(&mut self, out: &mut impl FnMut(&[i16]) -> io::Result<()>) -> io::Result<()> {
        let left = self.samples.saturating_sub(self.written);
        let length = usize::try_from(left)
            .unwrap_or(usize::MAX)
            .min(BLOCK_SAMPLES);
        let place = place(self.written);
        self.left.fill(0);
        self.right.fill(0);
        for stream in &mut self.streams {
            let end = place.saturating_add(BLOCK_SAMPLES);
            let Some(sound) = stream.window.get_mut(place..end) else {
                continue;
            };
            if stream.side != Side::Right {
                add(&mut self.left, sound);
            }
            if stream.side != Side::Left {
                add(&mut self.right, sound);
            }
            sound.fill(0);
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
    fn put(&mut self, at: u64, table: &[i16; 256], octets: &[u8]) {
        if self.window.is_empty() {
            self.window = vec![0; WINDOW_SAMPLES];
        }
        let place = place(at);
        let until_end = WINDOW_SAMPLES.saturating_sub(place);
        let (here, wrapped) = octets.split_at(octets.len().min(until_end));
        if let Some(samples) = self.window.get_mut(place..) {
            g711::decode(table, here, samples);
        }
        g711::decode(table, wrapped, &mut self.window);
    }
}

fn place(sample: u64) -> usize {
    (sample as usize) & WINDOW_MASK
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
    use crate::g711::Law;

    const LOUD: u8 = 0x00; // µ-law −32,124

    fn mixed(sides: &[Side], samples: u64, packets: &[(usize, i64, &[u8])]) -> (Vec<i16>, usize) {
        let mut sound = Vec::new();
        let mut out = |block: &[i16]| {
            sound.extend_from_slice(block);
            Ok(())
        };
        let mut mixer = Mixer::new(sides, samples);
        let mut left_out = 0;
        for &(stream, at, octets) in packets {
            left_out += mixer
                .put(stream, at, Law::Mu.table(), octets, &mut out)
                .unwrap();
        }
        mixer.finish(&mut out).unwrap();
        (sound, left_out)
    }

    #[test]
    fn streams_of_a_side_are_added_and_clipped() {
        let sides = [Side::Left, Side::Right, Side::Right];
        let packets: [(usize, i64, &[u8]); 3] =
            [(0, 0, &[LOUD]), (1, 0, &[LOUD, LOUD]), (2, 1, &[LOUD])];
        let (sound, left_out) = mixed(&sides, 3, &packets);
        assert_eq!(sound, [-32_124, -32_124, 0, -32_768, 0, 0]);
        assert_eq!(left_out, 0);
    }

    #[test]
    fn a_mixed_stream_is_on_both_channels() {
        assert_eq!(
            mixed(&[Side::Both], 1, &[(0, 0, &[LOUD])]).0,
            [-32_124, -32_124]
        );
    }

    #[test]
    fn late_sound_finds_its_place_in_the_window_and_not_behind_it() {
        let far = WINDOW_SAMPLES as i64 + 100;
        let samples = far as u64 + 2;
        let packets: [(usize, i64, &[u8]); 3] = [
            (0, far, &[LOUD, LOUD]),
            (0, 10, &[LOUD]),
            (0, BLOCK_SAMPLES as i64, &[LOUD]),
        ];
        let (sound, left_out) = mixed(&[Side::Left], samples, &packets);
        assert_eq!(left_out, 1);
        let heard: Vec<usize> = (0..sound.len()).filter(|&i| sound[i] != 0).collect();
        let far = far as usize;
        assert_eq!(heard, [BLOCK_SAMPLES * 2, far * 2, far * 2 + 2]);
    }

    #[test]
    fn what_lies_outside_the_recording_is_left_out() {
        let packets: [(usize, i64, &[u8]); 2] = [(0, -1, &[LOUD; 3]), (0, i64::MAX, &[LOUD])];
        let (sound, left_out) = mixed(&[Side::Left], 1, &packets);
        assert_eq!((sound, left_out), (vec![-32_124, 0], 3));
    }
}
