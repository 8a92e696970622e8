//! From payloads to samples: one decoder for each run of packets of one coding.
//!
//! A decoder gives exactly as many samples as its payload takes of the time line, whatever the
//! payload is: what it cannot read is silence of that length. It never invents sound: for lost
//! packets it gives only what a later packet carries again. Comfort noise is silence, so that
//! rendering stays the same.

mod g722;
mod g726;
mod g729;
mod linear;
mod opus;

pub use g726::Packing;
pub(crate) use g729::samples as g729_samples;
pub(crate) use opus::samples as opus_samples;

use crate::coding::{Coding, Sort};
use crate::g711::{self, Law};

/// What became of a payload.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// It was sound, or silence that the sender meant.
    Decoded,
    /// The codec has no such payload: silence.
    Broken,
}

/// Turns the payloads of one source into samples, in order.
pub struct Decoder {
    sort: Sort,
    inside: Inside,
}

enum Inside {
    G711(Law),
    G722(Box<g722::G722>),
    G726(Box<g726::G726>),
    G729(Box<g729::G729>),
    Linear(u8),
    Opus(Box<opus::Opus>),
    /// Of what is no sound.
    None,
}

impl Decoder {
    /// A decoder that has heard nothing yet.
    #[must_use]
    pub fn new(sort: Sort) -> Self {
        let inside = match sort.coding {
            Coding::G711(law) => Inside::G711(law),
            Coding::G722 => Inside::G722(Box::new(g722::G722::new())),
            Coding::G726(packing) => Inside::G726(Box::new(g726::G726::new(packing))),
            Coding::G729 => Inside::G729(Box::new(g729::G729::new())),
            Coding::Linear { channels } => Inside::Linear(channels),
            Coding::Opus => {
                opus::Opus::new().map_or(Inside::None, |opus| Inside::Opus(Box::new(opus)))
            }
            Coding::Event | Coding::Comfort | Coding::Unknown => Inside::None,
        };
        Self { sort, inside }
    }

    /// What it decodes.
    #[must_use]
    pub fn sort(&self) -> Sort {
        self.sort
    }

    /// Appends the samples of the next payload.
    pub fn decode(&mut self, payload: &[u8], samples: &mut Vec<i16>) -> Outcome {
        let from = samples.len();
        let outcome = match &mut self.inside {
            Inside::G711(law) => {
                samples.resize(from.saturating_add(payload.len()), 0);
                let room = samples.get_mut(from..).unwrap_or_default();
                g711::decode(law.table(), payload, room);
                Outcome::Decoded
            }
            Inside::G722(decoder) => {
                samples.extend(payload.iter().flat_map(|&octet| decoder.decode(octet)));
                Outcome::Decoded
            }
            Inside::G726(decoder) => {
                samples.extend(payload.iter().flat_map(|&octet| decoder.decode(octet)));
                Outcome::Decoded
            }
            Inside::G729(decoder) => decoder.decode(payload, samples),
            Inside::Linear(channels) => {
                linear::decode(*channels, payload, samples);
                Outcome::Decoded
            }
            Inside::Opus(decoder) => decoder.decode(payload, samples),
            Inside::None => Outcome::Broken,
        };
        samples.resize(from.saturating_add(self.sort.samples(payload)), 0);
        outcome
    }

    /// Tells of packets that never came, just before `next`; `units` is how much of the time
    /// line they took, in units of timestamps. Appends the last samples of that time as far as
    /// `next` carries them; most often none.
    pub fn lose(&mut self, units: i64, next: &[u8], samples: &mut Vec<i16>) {
        match &mut self.inside {
            Inside::G729(decoder) => decoder.lose(units),
            Inside::Opus(decoder) => decoder.lose(units, next, samples),
            Inside::G711(_)
            | Inside::G722(_)
            | Inside::G726(_)
            | Inside::Linear(_)
            | Inside::None => {}
        }
    }
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Decoder").field(&self.sort).finish()
    }
}
