//! The outline of a recording: how loud each short stretch of each channel is.
//!
//! Stored form, version 1, little-endian: the octets `EWPK`, version (1), channels (2), two
//! zero octets, sampling rate in Hz (u32), samples a stretch (u32), samples a channel (u64),
//! then for each stretch one octet left and one right: the greatest magnitude, in 1/255 of
//! full scale, rounded up, so that only digital silence is 0.

/// A recording has about this many stretches, less when they would be shorter than
/// [`STRETCH_MS_MIN`].
pub const STRETCHES_MAX: u64 = 4_000;

/// The shortest stretch in milliseconds.
pub const STRETCH_MS_MIN: u64 = 20;

/// Samples looked at side by side: a processor takes the greater ones of so many at once.
const LANES: usize = 16;

/// The greatest magnitudes among samples that are left and right in turn.
#[must_use]
pub fn loudest(interleaved: &[i16]) -> [u16; 2] {
    let mut lanes = [0_u16; LANES];
    let (blocks, rest) = interleaved.as_chunks::<LANES>();
    for block in blocks {
        for (lane, sample) in lanes.iter_mut().zip(block) {
            *lane = sample.unsigned_abs().max(*lane);
        }
    }
    let (pairs, _none) = rest.as_chunks::<2>();
    let rest = pairs.iter().map(|pair| pair.map(i16::unsigned_abs));
    let (lanes, _none) = lanes.as_chunks::<2>();
    let all = rest.chain(lanes.iter().copied());
    all.fold([0; 2], |[left, right], [l, r]| [left.max(l), right.max(r)])
}

/// Collects the outline while the sound goes by.
#[derive(Clone, Debug)]
pub struct Peaks {
    sample_rate: u32,
    /// How long it will be, in samples a channel; `None`: nobody knows yet.
    samples: Option<u64>,
    /// Samples a channel until now.
    seen: u64,
    octets: Vec<u8>,
    stretch: u64,
    filled: u64,
    loudest: [u16; 2],
}

impl Peaks {
    /// For a recording of a known length, in samples a channel.
    #[must_use]
    pub fn new(sample_rate: u32, samples: u64) -> Self {
        let growing = Self::growing(sample_rate);
        let stretch = samples.div_ceil(STRETCHES_MAX).max(growing.stretch);
        Self {
            samples: Some(samples),
            stretch,
            ..growing
        }
    }

    /// For a recording whose length is known at its end only: its stretches begin short and
    /// are joined two by two whenever there are [`STRETCHES_MAX`].
    #[must_use]
    pub fn growing(sample_rate: u32) -> Self {
        let shortest = u64::from(sample_rate)
            .saturating_mul(STRETCH_MS_MIN)
            .div_ceil(1_000);
        Self {
            sample_rate,
            samples: None,
            seen: 0,
            octets: Vec::new(),
            stretch: shortest.max(1),
            filled: 0,
            loudest: [0; 2],
        }
    }

    /// Takes the next samples, left and right in turn.
    pub fn push(&mut self, mut interleaved: &[i16]) {
        while !interleaved.is_empty() {
            let room = self.stretch.saturating_sub(self.filled);
            let room = usize::try_from(room.saturating_mul(2)).unwrap_or(usize::MAX);
            let (now, later) = interleaved
                .split_at_checked(room)
                .unwrap_or((interleaved, &[]));
            let pairs = (now.len() / 2) as u64;
            let [left, right] = loudest(now);
            let [left_before, right_before] = self.loudest;
            self.loudest = [left.max(left_before), right.max(right_before)];
            self.filled = self.filled.saturating_add(pairs);
            self.seen = self.seen.saturating_add(pairs);
            if self.filled >= self.stretch {
                self.close();
            }
            interleaved = later;
        }
    }

    /// The stored form.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        if self.filled > 0 {
            self.close();
        }
        let mut bytes = b"EWPK\x01\x02\0\0".to_vec();
        bytes.extend(self.sample_rate.to_le_bytes());
        bytes.extend(
            u32::try_from(self.stretch)
                .unwrap_or(u32::MAX)
                .to_le_bytes(),
        );
        bytes.extend(self.samples.unwrap_or(self.seen).to_le_bytes());
        bytes.extend(self.octets);
        bytes
    }

    fn close(&mut self) {
        let octet = |loudest: u16| {
            let scaled = u32::from(loudest).saturating_mul(255).div_ceil(32_768);
            u8::try_from(scaled).unwrap_or(u8::MAX)
        };
        self.octets.extend(self.loudest.map(octet));
        self.loudest = [0; 2];
        self.filled = 0;
        let stretches = (self.octets.len() / 2) as u64;
        if self.samples.is_none() && stretches >= STRETCHES_MAX {
            let (twos, _none) = self.octets.as_chunks::<4>();
            let joined = twos
                .iter()
                .flat_map(|[left, right, next_left, next_right]| {
                    [*left.max(next_left), *right.max(next_right)]
                });
            self.octets = joined.collect();
            self.stretch = self.stretch.saturating_mul(2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stretch_has_its_loudest_sample() {
        let mut peaks = Peaks::new(8_000, 400);
        let mut sound = vec![0_i16; 800];
        sound[10] = -32_768;
        sound[321] = 1;
        for piece in sound.chunks(6) {
            peaks.push(piece);
        }
        let bytes = peaks.finish();
        assert_eq!(&bytes[..8], b"EWPK\x01\x02\0\0");
        assert_eq!(bytes[12..16], 160_u32.to_le_bytes());
        assert_eq!(bytes[24..], [255, 0, 0, 1, 0, 0]);
    }

    #[test]
    fn long_recordings_have_longer_stretches() {
        let peaks = Peaks::new(8_000, 8_000 * 36_000);
        assert_eq!(peaks.stretch, 72_000);
        assert_eq!(Peaks::new(8_000, 0).finish().len(), 24);
    }

    #[test]
    fn a_length_nobody_knows_makes_stretches_that_grow() {
        for stretches in [0, 1, 3_999, 4_000, 4_001, 8_000, 50_000] {
            let sound = (0..stretches * 160).map(|n: u32| [n as i16 >> 2, -(n as i16 >> 3)]);
            let sound: Vec<i16> = sound.flatten().collect();
            let mut growing = Peaks::growing(8_000);
            for piece in sound.chunks(998) {
                growing.push(piece);
            }
            let samples = u64::from(stretches) * 160;
            assert_eq!(growing.seen, samples);
            // What a collector of this stretch that knew the length would have found.
            let mut knowing = Peaks::new(8_000, samples);
            knowing.stretch = growing.stretch;
            knowing.push(&sound);
            assert!(growing.octets.len() < 8_000, "{stretches}");
            assert_eq!(growing.finish(), knowing.finish(), "{stretches}");
        }
    }
}
