//! What a payload type stands for, as far as sound is concerned.

use crate::g711::Law;
use rtp::Packet;

/// How a payload becomes sound, or does not.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Coding {
    /// Decoded by a table.
    G711(Law),
    /// Key presses (RFC 4733): silence for as long as the event says.
    Event,
    /// Comfort noise (RFC 3389): digital silence, so that rendering stays deterministic. It has
    /// no length of its own: silence lasts until the next packet.
    Comfort,
    /// Nothing this build can decode: silence.
    Unknown,
}

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
        let coding = match channels {
            0 | 1 if is("PCMA") && clock_rate == 8_000 => Coding::G711(Law::A),
            0 | 1 if is("PCMU") && clock_rate == 8_000 => Coding::G711(Law::Mu),
            _ if is("telephone-event") => Coding::Event,
            _ if is("CN") => Coding::Comfort,
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

    /// How much of the time line a packet takes, in units of its timestamps. The length of what
    /// cannot be decoded is not known: 20 ms, the usual, which matters at the very end only.
    #[must_use]
    pub(crate) fn units(self, packet: &Packet<'_>) -> i64 {
        match (self.coding, packet.payload) {
            (Coding::G711(_), payload) => payload.len() as i64,
            (Coding::Event, [_, _, high, low, ..]) => i64::from(u16::from_be_bytes([*high, *low])),
            (Coding::Event | Coding::Comfort, _) => 0,
            (Coding::Unknown, _) => i64::from(self.clock_rate / 50),
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
