//! What a payload type stands for, as far as sound is concerned.

use crate::codec::{self, Packing};
use crate::g711::Law;
use rtp::Packet;

/// How a payload becomes sound, or does not.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Coding {
    /// Decoded by a table.
    G711(Law),
    /// Two bands, 16,000 samples a second; its clock counts every second one (RFC 3551 §4.5.2).
    G722,
    /// ADPCM of 32 kbit/s.
    G726(Packing),
    /// Frames of 10 ms, with annexes A and B.
    G729,
    /// 16 bits a sample, as many samples a second as the clock says.
    Linear {
        /// One or two.
        channels: u8,
    },
    /// 48,000 samples a second.
    Opus,
    /// Key presses (RFC 4733): silence for as long as the event says.
    Event,
    /// Comfort noise (RFC 3389): digital silence, so that rendering stays deterministic. It has
    /// no length of its own: silence lasts until the next packet.
    Comfort,
    /// Nothing this build can decode: silence.
    Unknown,
}

/// Rates at which linear samples are taken, in Hz (RFC 3551 §4.5.11).
const LINEAR_RATES: [u32; 8] = [
    8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000,
];

/// A coding with its clock.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Sort {
    /// How it becomes sound.
    pub coding: Coding,
    /// Units of its timestamps in a second; 0 is read as 8,000.
    pub clock_rate: u32,
}

impl Sort {
    /// The sort of an encoding name (any letter case), its clock in Hz and its channels.
    #[must_use]
    pub fn new(encoding: &str, clock_rate: u32, channels: u8) -> Self {
        let is = |name: &str| encoding.eq_ignore_ascii_case(name);
        let coding = match (clock_rate, channels) {
            _ if is("telephone-event") => Coding::Event,
            _ if is("CN") => Coding::Comfort,
            (8_000, 0 | 1) if is("PCMA") => Coding::G711(Law::A),
            (8_000, 0 | 1) if is("PCMU") => Coding::G711(Law::Mu),
            (8_000, 0 | 1) if is("G722") => Coding::G722,
            (8_000, 0 | 1) if is("G726-32") || is("G721") => Coding::G726(Packing::Low),
            (8_000, 0 | 1) if is("AAL2-G726-32") => Coding::G726(Packing::High),
            (8_000, 0 | 1) if is("G729") || is("G729A") || is("G729B") || is("G729AB") => {
                Coding::G729
            }
            (48_000, 0..=2) if is("opus") => Coding::Opus,
            (rate, 0..=2) if is("L16") && LINEAR_RATES.contains(&rate) => Coding::Linear {
                channels: channels.max(1),
            },
            _ => Coding::Unknown,
        };
        Self {
            coding,
            clock_rate: if clock_rate == 0 { 8_000 } else { clock_rate },
        }
    }

    /// Whether its stretches are silence only because this build has no decoder.
    #[must_use]
    pub fn is_undecodable(self) -> bool {
        self.coding == Coding::Unknown
    }

    /// Samples a second of what it decodes to; `None` for what is no sound.
    #[must_use]
    pub fn sample_rate(self) -> Option<u32> {
        match self.coding {
            Coding::G711(_) | Coding::G726(_) | Coding::G729 => Some(8_000),
            Coding::G722 => Some(16_000),
            Coding::Linear { .. } => Some(self.clock_rate),
            Coding::Opus => Some(48_000),
            Coding::Event | Coding::Comfort | Coding::Unknown => None,
        }
    }

    /// Whether the samples of a payload depend on those before it, so that order matters.
    #[must_use]
    pub fn remembers(self) -> bool {
        match self.coding {
            Coding::G722 | Coding::G726(_) | Coding::G729 | Coding::Opus => true,
            Coding::G711(_)
            | Coding::Linear { .. }
            | Coding::Event
            | Coding::Comfort
            | Coding::Unknown => false,
        }
    }

    /// How many samples a payload decodes to.
    #[must_use]
    pub fn samples(self, payload: &[u8]) -> usize {
        match self.coding {
            Coding::G711(_) => payload.len(),
            Coding::G722 | Coding::G726(_) => payload.len().saturating_mul(2),
            Coding::G729 => codec::g729_samples(payload),
            Coding::Linear { channels } => {
                let width = usize::from(channels.max(1)).saturating_mul(2);
                payload.len().checked_div(width).unwrap_or(0)
            }
            Coding::Opus => codec::opus_samples(payload),
            Coding::Event | Coding::Comfort | Coding::Unknown => 0,
        }
    }

    /// How much of the time line a packet takes, in units of its timestamps. The length of what
    /// cannot be decoded is not known: 20 ms, the usual, which matters at the very end only.
    #[must_use]
    pub(crate) fn units(self, packet: &Packet<'_>) -> i64 {
        match (self.coding, packet.payload) {
            (Coding::G722, payload) => payload.len() as i64,
            (Coding::Event, [_, _, high, low, ..]) => i64::from(u16::from_be_bytes([*high, *low])),
            (Coding::Event | Coding::Comfort, _) => 0,
            (Coding::Unknown, _) => i64::from(self.clock_rate / 50),
            (_, payload) => self.samples(payload) as i64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_no_case_and_stereo_is_not_guessed() {
        assert_eq!(Sort::new("pcmu", 8_000, 1).coding, Coding::G711(Law::Mu));
        assert_eq!(Sort::new("PCMA", 8_000, 0).coding, Coding::G711(Law::A));
        assert_eq!(Sort::new("PCMA", 8_000, 2).coding, Coding::Unknown);
        assert_eq!(Sort::new("TELEPHONE-EVENT", 8_000, 1).coding, Coding::Event);
        assert_eq!(
            Sort::new("", 0, 1),
            Sort {
                coding: Coding::Unknown,
                clock_rate: 8_000
            }
        );
    }
}
