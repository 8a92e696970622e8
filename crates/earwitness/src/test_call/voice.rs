//! Sound like two people talking: the same for every call, computed once.
//!
//! Syllables of five vowels from a pulse with formants, one voice for each party, who take
//! turns; whoever listens murmurs, so that each stream can be heard at any time.

use super::codec::{Codec, PACKET_SAMPLES};
use std::f64::consts::{PI, TAU};

/// The narrowest sampling rate; others are whole multiples.
const RATE_HZ: f64 = 8_000.0;
/// The sound repeats after so many packets: 12 seconds.
const LOOP_PACKETS: usize = 600;
/// Telephones pass nothing above, wideband ones nothing above twice that.
const HIGHEST_HZ: f64 = 3_400.0;
/// How long one party talks before the other does.
const TURN_SECONDS: f64 = 1.5;
/// Peak of whoever talks, of a full scale of 1.
const PEAK: f64 = 0.4;
/// How much softer whoever listens is.
const MURMUR: f64 = 0.2;
/// First three formants in Hz of a, e, i, o and u.
const VOWELS: [[f64; 3]; 5] = [
    [730.0, 1_090.0, 2_440.0],
    [530.0, 1_840.0, 2_480.0],
    [270.0, 2_290.0, 3_010.0],
    [570.0, 840.0, 2_410.0],
    [300.0, 870.0, 2_240.0],
];
/// Widths of the formants in Hz.
const WIDTHS_HZ: [f64; 3] = [90.0, 130.0, 180.0];

/// The encoded sound of both parties, packet by packet.
pub(super) struct Voices([Vec<Vec<u8>>; 2]);

impl Voices {
    /// Computes both voices.
    pub(super) fn new(codec: Codec) -> Self {
        let voice =
            |side: usize, pitch_hz: f64| codec.payloads(&samples(side, pitch_hz, codec.width()));
        Self([voice(0, 118.0), voice(1, 208.0)])
    }

    /// The sound of packet number `index` of a party: 0 local, 1 remote.
    pub(super) fn packet(&self, side: usize, index: u64) -> &[u8] {
        let place = usize::try_from(index % LOOP_PACKETS as u64).unwrap_or(0);
        let packet = self.0.get(side).and_then(|voice| voice.get(place));
        packet.map_or(&[], Vec::as_slice)
    }
}

/// `width`: the sampling rate, in [`RATE_HZ`].
fn samples(side: usize, pitch_hz: f64, width: usize) -> Vec<i16> {
    let count = LOOP_PACKETS * PACKET_SAMPLES * width;
    let rate_hz = RATE_HZ * width as f64;
    let mut chance = Chance(0x9E37_79B9 + side as u32);
    let mut sound: Vec<f64> = Vec::with_capacity(count);
    while sound.len() < count {
        let start = sound.len();
        let vowel = VOWELS[chance.below(5)];
        let voiced = (900 + chance.below(900)) * width;
        let hiss = chance.below(2) as f64 * 0.1;
        let pitch_hz = pitch_hz * (0.92 + chance.below(20) as f64 / 100.0);
        let weights = weights(pitch_hz, &vowel, HIGHEST_HZ * width as f64);
        for index in 0..voiced {
            let part = index as f64 / voiced as f64;
            // The pitch falls a little within a syllable, as in plain statements.
            let phase = TAU * pitch_hz * (part - 0.03 * part * part) * voiced as f64 / rate_hz;
            let tone: f64 = (1..)
                .zip(&weights)
                .map(|(k, w)| w * (f64::from(k) * phase).sin())
                .sum();
            let noise = hiss * (1.0 - 8.0 * part).max(0.0) * chance.signed();
            sound.push((PI * part).sin().sqrt() * tone + noise);
        }
        let turn = (start as f64 / rate_hz / TURN_SECONDS) as usize % 2;
        let gain = if turn == side { PEAK } else { PEAK * MURMUR };
        let peak = sound[start..]
            .iter()
            .fold(1e-9, |peak: f64, s| peak.max(s.abs()));
        sound[start..]
            .iter_mut()
            .for_each(|sample| *sample *= gain / peak);
        sound.resize(sound.len() + (160 + chance.below(480)) * width, 0.0);
    }
    sound.truncate(count);
    sound
        .into_iter()
        .map(|sample| (sample * f64::from(i16::MAX)) as i16)
        .collect()
}

/// How strong each harmonic of the pitch is: near a formant strong, falling towards the top.
fn weights(pitch_hz: f64, formants_hz: &[f64; 3], highest_hz: f64) -> Vec<f64> {
    let harmonics = (highest_hz / pitch_hz) as u32;
    let weight = |harmonic: u32| {
        let hz = f64::from(harmonic) * pitch_hz;
        let near = |(formant, width): (&f64, &f64)| 1.0 / (1.0 + ((hz - formant) / width).powi(2));
        let resonance: f64 = formants_hz.iter().zip(&WIDTHS_HZ).map(near).sum();
        (0.02 + resonance) / f64::from(harmonic).sqrt()
    };
    (1..=harmonics).map(weight).collect()
}

/// Numbers that look random and are the same in every run (xorshift, Marsaglia 2003).
struct Chance(u32);

impl Chance {
    fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }

    fn below(&mut self, limit: u32) -> usize {
        (self.next() % limit) as usize
    }

    fn signed(&mut self) -> f64 {
        f64::from(self.next()) / f64::from(u32::MAX) * 2.0 - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_parties_can_be_heard_in_every_second() {
        let voices = Voices::new(Codec::Pcmu);
        for side in [0, 1] {
            for second in 0..12 {
                let sound: Vec<u8> = (second * 50..second * 50 + 50)
                    .flat_map(|index| voices.packet(side, index).to_vec())
                    .collect();
                assert_eq!(sound.len(), 8_000);
                let table = media::g711::Law::Mu.table();
                let square = |&octet: &u8| i64::from(table[usize::from(octet)]).pow(2);
                let energy = sound.iter().map(square).sum::<i64>() / 8_000;
                assert!(energy > 100 * 100, "party {side} second {second}");
            }
        }
        assert_eq!(voices.packet(0, 600), voices.packet(0, 0));
        assert_ne!(voices.packet(0, 30), voices.packet(1, 30));
    }
}
