//! How loud each channel of a recording is: whether anybody is heard on it, and whether it was
//! overdriven.

/// From this magnitude on a sample is at full scale: G.711 has nothing above 32,124.
const FULL_SCALE: u16 = 32_000;

/// A block with a sample of at least this magnitude is no silence: -40 dB of full scale.
const AUDIBLE: u16 = 328;

/// Blocks a second.
const BLOCKS_A_SECOND: u32 = 50;

/// With so much to hear on one channel, silence on the other is no pause any more.
const ONE_WAY_MS: u64 = 5_000;

/// What one channel was like.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ChannelReport {
    /// Samples at full scale.
    pub clipped: u64,
    /// Blocks of 20 ms with something to hear, in milliseconds.
    pub audible_ms: u64,
}

/// Looks at the samples while they go by.
#[derive(Clone, Debug)]
pub(crate) struct Levels {
    channels: [ChannelReport; 2],
    block: u32,
    filled: u32,
    loudest: [u16; 2],
}

impl Levels {
    pub(crate) fn new(sample_rate: u32) -> Self {
        Self {
            channels: [ChannelReport::default(); 2],
            block: (sample_rate / BLOCKS_A_SECOND).max(1),
            filled: 0,
            loudest: [0; 2],
        }
    }

    /// Takes the next samples, left and right in turn.
    pub(crate) fn push(&mut self, mut interleaved: &[i16]) {
        while !interleaved.is_empty() {
            let room = (self.block - self.filled) as usize * 2;
            let (now, later) = interleaved.split_at(room.min(interleaved.len()));
            let loudest = media::peaks::loudest(now);
            let overdriven = loudest.iter().any(|loudest| *loudest >= FULL_SCALE);
            let (pairs, _none) = now.as_chunks::<2>();
            let both = self.channels.iter_mut().zip(0..);
            // Few blocks have such samples: only there are they counted.
            for (channel, side) in both.filter(|_| overdriven) {
                let samples = pairs.iter().filter_map(|pair| pair.get::<usize>(side));
                let clipped = samples.filter(|sample| sample.unsigned_abs() >= FULL_SCALE);
                channel.clipped += clipped.count() as u64;
            }
            for (until_now, loudest) in self.loudest.iter_mut().zip(loudest) {
                *until_now = loudest.max(*until_now);
            }
            self.filled += pairs.len() as u32;
            if self.filled >= self.block {
                self.close();
            }
            interleaved = later;
        }
    }

    /// Left and right.
    pub(crate) fn finish(mut self) -> [ChannelReport; 2] {
        if self.filled > 0 {
            self.close();
        }
        self.channels
    }

    fn close(&mut self) {
        for (channel, loudest) in self.channels.iter_mut().zip(self.loudest) {
            let audible = loudest >= AUDIBLE;
            channel.audible_ms += u64::from(audible) * u64::from(1_000 / BLOCKS_A_SECOND);
        }
        self.filled = 0;
        self.loudest = [0; 2];
    }
}

/// Whether somebody is heard on one channel for long and nobody at all on the other.
pub(crate) fn one_way([left, right]: [ChannelReport; 2]) -> bool {
    let (less, more) = if left.audible_ms < right.audible_ms {
        (left, right)
    } else {
        (right, left)
    };
    less.audible_ms == 0 && more.audible_ms >= ONE_WAY_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_scale_and_what_can_be_heard_are_counted_by_channel() {
        let mut levels = Levels::new(8_000);
        let mut sound = vec![0_i16; 2 * 8_000];
        sound[0] = -32_768;
        sound[2] = 31_999;
        sound[2 * 160 + 1] = 32_124;
        sound[2 * 320 + 1] = -328;
        sound[2 * 480 + 1] = 327;
        for piece in sound.chunks(1_000) {
            levels.push(piece);
        }
        let [left, right] = levels.finish();
        assert_eq!((left.clipped, left.audible_ms), (1, 20));
        assert_eq!((right.clipped, right.audible_ms), (1, 40));
    }

    #[test]
    fn sound_goes_one_way_when_one_side_is_never_heard() {
        let heard = |left, right| {
            let channel = |audible_ms| ChannelReport {
                audible_ms,
                clipped: 0,
            };
            one_way([channel(left), channel(right)])
        };
        assert!(heard(0, 5_000) && heard(60_000, 0));
        assert!(!heard(0, 4_980) && !heard(20, 60_000) && !heard(0, 0));
    }
}
