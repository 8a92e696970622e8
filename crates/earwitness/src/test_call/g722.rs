//! G.722 at 64 kbit/s as a sender needs it: an octet from two samples of 16 kHz (ITU-T G.722).
//!
//! The recorder's decoder is not used here: a client that shares it would share its faults. The
//! names in brackets are those of the recommendation's blocks.

/// Samples of one octet.
const SAMPLES: usize = 2;

/// Decision levels of the lower band (table 14, Q6), from the smallest.
const LEVELS: [i32; 29] = [
    35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1_023,
    1_121, 1_219, 1_339, 1_458, 1_612, 1_765, 1_980, 2_195, 2_557, 2_919,
];
/// Decision level of the higher band (Q2).
const HIGH_LEVEL: i32 = 564;
/// What the four bits that both ends adapt by stand for (QQ4).
const LOW_STEPS: [i32; 16] = [
    0, -20_456, -12_896, -8_968, -6_288, -4_240, -2_584, -1_200, 20_456, 12_896, 8_968, 6_288,
    4_240, 2_584, 1_200, 0,
];
/// The same of the two bits of the higher band (QQ2).
const HIGH_STEPS: [i32; 4] = [-7_408, -1_616, 7_408, 1_616];
/// By how much a code changes the logarithmic scale factor (WL, WH).
const LOW_WEIGHTS: [i32; 16] = [
    -60, 3_042, 1_198, 538, 334, 172, 58, -30, 3_042, 1_198, 538, 334, 172, 58, -30, -60,
];
const HIGH_WEIGHTS: [i32; 4] = [798, -214, 798, -214];
/// Antilogarithm (ILB).
const POWERS: [i32; 32] = [
    2_048, 2_093, 2_139, 2_186, 2_233, 2_282, 2_332, 2_383, 2_435, 2_489, 2_543, 2_599, 2_656,
    2_714, 2_774, 2_834, 2_896, 2_960, 3_025, 3_091, 3_158, 3_228, 3_298, 3_371, 3_444, 3_520,
    3_597, 3_676, 3_756, 3_838, 3_922, 4_008,
];
/// Every other coefficient of the quadrature mirror filter; the others are its mirror.
const MIRROR: [i32; 12] = [3, -11, 12, 32, -210, 951, 3_876, -805, 362, -156, 53, -11];

/// Octets of samples, from a silence on.
pub(super) fn encode(samples: &[i16]) -> Vec<u8> {
    let mut encoder = Encoder {
        heard: [0; 24],
        low: Band::new(32),
        high: Band::new(8),
    };
    let pairs = samples.chunks_exact(SAMPLES);
    pairs.map(|pair| encoder.octet(pair)).collect()
}

struct Encoder {
    /// The last samples, the newest last.
    heard: [i32; 24],
    low: Band,
    high: Band,
}

impl Encoder {
    fn octet(&mut self, pair: &[i16]) -> u8 {
        let (low, high) = self.split(pair);
        let low_code = low_code(clip(low - self.low.estimate), self.low.scale);
        self.low
            .code(low_code >> 2, &LOW_STEPS, &LOW_WEIGHTS, (18_432, 8));
        let high_code = high_code(clip(high - self.high.estimate), self.high.scale);
        self.high
            .code(high_code, &HIGH_STEPS, &HIGH_WEIGHTS, (22_528, 10));
        (high_code << 6 | low_code) as u8
    }

    /// Both bands, each at half the rate (transmit QMF).
    fn split(&mut self, pair: &[i16]) -> (i32, i32) {
        self.heard.rotate_left(SAMPLES);
        let newest = self.heard.iter_mut().rev().take(SAMPLES);
        for (place, sample) in newest.zip(pair.iter().rev()) {
            *place = i32::from(*sample);
        }
        let (mut odd, mut even) = (0, 0);
        for (index, weight) in MIRROR.iter().enumerate() {
            odd += self.heard[2 * index] * weight;
            even += self.heard[23 - 2 * index] * weight;
        }
        (clip((even + odd) >> 14), clip((even - odd) >> 14))
    }
}

/// How far a difference is from nothing, in ones' complement.
fn magnitude(difference: i32) -> i32 {
    if difference < 0 {
        !difference
    } else {
        difference
    }
}

/// Six bits for a difference (QUANTL).
fn low_code(difference: i32, scale: i32) -> usize {
    let magnitude = magnitude(difference);
    let above = |level: &&i32| magnitude >= (**level * scale) >> 12;
    let level = LEVELS.iter().take_while(above).count();
    match (difference < 0, level) {
        (true, 0..2) => 63 - level,
        (true, _) => 33 - level,
        (false, _) => 61 - level,
    }
}

/// Two bits for a difference (QUANTH).
fn high_code(difference: i32, scale: i32) -> usize {
    let magnitude = magnitude(difference);
    let far = magnitude >= (HIGH_LEVEL * scale) >> 12;
    match (difference < 0, far) {
        (true, true) => 0,
        (true, false) => 1,
        (false, true) => 2,
        (false, false) => 3,
    }
}

/// What a decoder will know of one band.
struct Band {
    estimate: i32,
    /// The part of the estimate that the zeros make.
    of_zeros: i32,
    poles: [i32; 2],
    zeros: [i32; 6],
    /// The last differences, signals and partial signals, the newest first.
    differences: [i32; 6],
    signals: [i32; 2],
    partials: [i32; 2],
    logarithm: i32,
    scale: i32,
}

impl Band {
    fn new(scale: i32) -> Self {
        Self {
            estimate: 0,
            of_zeros: 0,
            poles: [0; 2],
            zeros: [0; 6],
            differences: [0; 6],
            signals: [0; 2],
            partials: [0; 2],
            logarithm: 0,
            scale,
        }
    }

    /// Adapts to a code as its decoder will (INVQAL, LOGSCL, SCALEL, and their like of the
    /// higher band).
    fn code(&mut self, code: usize, steps: &[i32], weights: &[i32], (most, shift): (i32, i32)) {
        let difference = (self.scale * steps[code]) >> 15;
        let faded = (self.logarithm * 127) >> 7;
        self.logarithm = (faded + weights[code]).clamp(0, most);
        let power = POWERS[(self.logarithm >> 6 & 31) as usize];
        let exponent = self.logarithm >> 11;
        let power = match shift - exponent {
            down @ 0.. => power >> down,
            up => power << -up,
        };
        self.scale = power << 2;
        self.predict(difference);
    }

    /// The next estimate (block 4: PARREC to PREDIC).
    fn predict(&mut self, difference: i32) {
        let signal = clip(self.estimate + difference);
        let partial = clip(self.of_zeros + difference);
        let alike = self.partials.map(|before| (before < 0) == (partial < 0));
        // UPPOL2, UPPOL1
        let lean = clip(self.poles[0] << 2);
        let lean = if alike[0] { clip(-lean) } else { lean };
        let toward = if alike[1] { 128 } else { -128 };
        let second = (lean >> 7) + toward + ((self.poles[1] * 32_512) >> 15);
        let second = second.clamp(-12_288, 12_288);
        let toward = if alike[0] { 192 } else { -192 };
        let bound = 15_360 - second;
        let first = (toward + ((self.poles[0] * 32_640) >> 15)).clamp(-bound, bound);
        // UPZERO
        for (zero, before) in self.zeros.iter_mut().zip(&self.differences) {
            let toward = match (difference, (*before < 0) == (difference < 0)) {
                (0, _) => 0,
                (_, true) => 128,
                (_, false) => -128,
            };
            *zero = clip(((*zero * 32_640) >> 15) + toward);
        }
        // DELAYA
        self.differences.rotate_right(1);
        self.differences[0] = difference;
        self.signals = [signal, self.signals[0]];
        self.partials = [partial, self.partials[0]];
        self.poles = [first, second];
        // FILTEZ, FILTEP, PREDIC
        let weighed = |(weight, value): (&i32, &i32)| (weight * clip(2 * value)) >> 15;
        let zeros: i32 = self.zeros.iter().zip(&self.differences).map(weighed).sum();
        let poles: i32 = self.poles.iter().zip(&self.signals).map(weighed).sum();
        self.of_zeros = clip(zeros);
        self.estimate = clip(clip(poles) + self.of_zeros);
    }
}

fn clip(value: i32) -> i32 {
    value.clamp(-32_768, 32_767)
}

#[cfg(test)]
mod tests {
    use super::*;
    use media::codec::Decoder;
    use media::{Coding, Sort};
    use std::f64::consts::TAU;

    /// Both filters together delay by so much.
    const DELAY_SAMPLES: usize = 22;

    #[test]
    fn what_is_encoded_is_heard() {
        let tone = |index: usize, hz: f64| (index as f64 * hz / 16_000.0 * TAU).sin();
        let sound: Vec<i16> = (0..16_000)
            .map(|index| {
                let both = 7_000.0 * tone(index, 440.0) + 900.0 * tone(index, 5_000.0);
                both as i16
            })
            .collect();
        let octets = encode(&sound);
        assert_eq!(octets.len(), 8_000);
        let mut decoder = Decoder::new(Sort {
            coding: Coding::G722,
            clock_rate: 8_000,
        });
        let mut heard = Vec::new();
        decoder.decode(&octets, &mut heard);
        assert_eq!(heard.len(), sound.len());
        let pairs = sound.iter().zip(&heard[DELAY_SAMPLES..]).skip(1_000);
        let (mut signal, mut noise) = (0.0, 0.0);
        for (sent, heard) in pairs {
            signal += f64::from(*sent).powi(2);
            noise += (f64::from(*sent) - f64::from(*heard)).powi(2);
        }
        let decibels = 10.0 * (signal / noise).log10();
        assert!(decibels > 25.0, "{decibels:.1} dB");
    }

    #[test]
    fn loud_noise_and_silence_are_no_overflow() {
        let mut state = 1_u32;
        let noise = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if state >> 31 == 0 { i16::MAX } else { i16::MIN }
        });
        let sound: Vec<i16> = noise.take(32_000).chain([0; 1_000]).collect();
        assert_eq!(encode(&sound).len(), 16_500);
    }

    /// The octets that ffmpeg makes of the same signal, see `media`'s vectors.
    #[test]
    fn octets_are_those_of_an_independent_encoder() {
        let known = include_bytes!("../../../media/tests/codecs/data/voice.g722");
        let mut noise = 12_345_u64;
        let signal = |n: u32| {
            let t = f64::from(n) / 16_000.0;
            noise = (noise * 1_103_515_245 + 12_345) & 0x7fff_ffff;
            let pitch = TAU * (150.0 + 40.0 * t);
            let harmonics = [1.0, 2.0, 3.0, 5.0, 8.0, 13.0];
            let voice: f64 = harmonics.iter().map(|k| (pitch * k * t).sin() / k).sum();
            let loud = 0.5 + 0.5 * (TAU * 3.0 * t).sin();
            let value = loud * (0.4 * voice + 0.1 * (noise as f64 / f64::from(0x3fff_ffff) - 1.0));
            (value.clamp(-1.0, 1.0) * 24_000.0) as i16
        };
        let sound: Vec<i16> = (0..4_000).map(signal).collect();
        assert_eq!(encode(&sound), known[..2_000]);
    }
}
