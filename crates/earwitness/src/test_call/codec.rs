//! How the sound of a test call travels: name, payload type, clock, and what becomes of samples.

use super::g711::Law;
use super::g722;
use clap::ValueEnum;
use opus_rs::{Application, OpusEncoder};

/// Samples of one packet for each 8 kHz of the sampling rate.
pub(super) const PACKET_SAMPLES: usize = 160;
/// Bits of a second of Opus.
const OPUS_BITS: i32 = 32_000;
/// The longest packet of Opus at that rate, with room.
const OPUS_OCTETS_MAX: usize = 1_275;

/// One codec; what is said of each is what `--help` says.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Codec {
    /// G.711 µ-law
    Pcmu,
    /// G.711 A-law
    Pcma,
    /// G.722, 16 kHz
    G722,
    /// Opus, 16 kHz
    Opus,
}

impl Codec {
    /// The payload type: static ones where there are (RFC 3551 §6).
    pub(super) fn payload_type(self) -> u8 {
        match self {
            Self::Pcmu => 0,
            Self::Pcma => 8,
            Self::G722 => 9,
            Self::Opus => 111,
        }
    }

    /// What `a=rtpmap` says. The clock of G.722 is 8,000 for historical reasons (RFC 3551
    /// §4.5.2), that of Opus 48,000 with two channels whatever it carries (RFC 7587 §7).
    pub(super) fn map(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU/8000",
            Self::Pcma => "PCMA/8000",
            Self::G722 => "G722/8000",
            Self::Opus => "opus/48000/2",
        }
    }

    /// Units of the timestamp in one packet.
    pub(super) fn packet_units(self) -> u32 {
        match self {
            Self::Pcmu | Self::Pcma | Self::G722 => 160,
            Self::Opus => 960,
        }
    }

    /// The sampling rate of what is encoded, in 8 kHz.
    pub(super) fn width(self) -> usize {
        match self {
            Self::Pcmu | Self::Pcma => 1,
            Self::G722 | Self::Opus => 2,
        }
    }

    /// The payloads of whole packets of samples, from a silence on.
    pub(super) fn payloads(self, samples: &[i16]) -> Vec<Vec<u8>> {
        let packets = samples.chunks_exact(PACKET_SAMPLES * self.width());
        let law = |law: Law| {
            let packets = packets.clone();
            packets
                .map(|packet| packet.iter().map(|sample| law.encode(*sample)).collect())
                .collect()
        };
        match self {
            Self::Pcmu => law(Law::Mu),
            Self::Pcma => law(Law::A),
            Self::G722 => {
                let octets = g722::encode(samples);
                octets.chunks(PACKET_SAMPLES).map(<[u8]>::to_vec).collect()
            }
            Self::Opus => {
                let mut encoder = OpusEncoder::new(16_000, 1, Application::Voip)
                    .expect("one channel of 16 kHz is a thing it takes");
                encoder.bitrate_bps = OPUS_BITS;
                let mut octets = [0; OPUS_OCTETS_MAX];
                let payload = |packet: &[i16]| {
                    let length = encoder.encode_i16(packet, packet.len(), &mut octets);
                    // A packet that could not be made is one of silence (RFC 6716 §3.2.1).
                    let length = length.unwrap_or_default().min(octets.len());
                    octets[..length].to_vec()
                };
                packets.map(payload).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use media::Sort;
    use media::codec::{Decoder, Outcome};

    #[test]
    fn the_recorder_decodes_every_codec_to_the_same_loudness() {
        let tone = |index: u32, width: u32| {
            let seconds = f64::from(index) / f64::from(8_000 * width);
            ((seconds * 300.0 * std::f64::consts::TAU).sin() * 8_000.0) as i16
        };
        for codec in [Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::Opus] {
            let width = u32::try_from(codec.width()).unwrap();
            let samples: Vec<i16> = (0..16_000 * width).map(|i| tone(i, width)).collect();
            let payloads = codec.payloads(&samples);
            assert_eq!(payloads.len(), 100, "{codec:?}");
            let (name, clock) = codec.map().split_once('/').unwrap();
            let clock = clock.split('/').next().unwrap().parse().unwrap();
            let channels = if codec == Codec::Opus { 2 } else { 1 };
            let mut decoder = Decoder::new(Sort::new(name, clock, channels));
            let mut heard = Vec::new();
            for payload in &payloads {
                assert_eq!(decoder.decode(payload, &mut heard), Outcome::Decoded);
            }
            let square = |sample: &i16| f64::from(*sample).powi(2);
            let level = |samples: &[i16]| {
                let half = &samples[samples.len() / 2..];
                (half.iter().map(square).sum::<f64>() / half.len() as f64).sqrt()
            };
            let ratio = level(&heard) / level(&samples);
            assert!((0.8..1.25).contains(&ratio), "{codec:?}: {ratio}");
        }
    }
}
