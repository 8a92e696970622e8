//! G.711 as a sender needs it: eight bits from a sample (ITU-T G.711 tables 1a to 2b).
//!
//! The recorder's decoder is not used here: a client that shares it would share its faults.

/// One of the two laws.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Law {
    /// A-law, `PCMA`.
    A,
    /// µ-law, `PCMU`.
    Mu,
}

/// Lifts the smallest µ-law segment so that each begins at a power of two.
const MU_BIAS: u32 = 132;
/// The largest magnitude that µ-law can tell.
const MU_CLIP: u32 = 32_635;

impl Law {
    /// The octet of a linear sample of 16 bits.
    pub(super) fn encode(self, sample: i16) -> u8 {
        match self {
            Self::A => a_law(sample),
            Self::Mu => mu_law(sample),
        }
    }
}

fn mu_law(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = u32::from(sample.unsigned_abs()).min(MU_CLIP) + MU_BIAS;
    let segment = magnitude.ilog2() - 7;
    let step = magnitude >> (segment + 3) & 0xF;
    // All bits are sent inverted.
    !(sign | (segment << 4 | step) as u8)
}

fn a_law(sample: i16) -> u8 {
    // Zero belongs to the positive half, so that the halves are equally long.
    let (sign, magnitude) = if sample < 0 {
        (0, !sample)
    } else {
        (0x80, sample)
    };
    let magnitude = u32::from(magnitude.unsigned_abs()) >> 3;
    let code = match magnitude {
        0..32 => magnitude >> 1,
        _ => {
            let segment = magnitude.ilog2() - 4;
            segment << 4 | (magnitude >> segment & 0xF)
        }
    };
    // Every other bit is sent inverted.
    (sign | code as u8) ^ 0x55
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_becomes_one_of_the_two_nearest_steps() {
        for (law, decoder) in [
            (Law::A, media::g711::Law::A),
            (Law::Mu, media::g711::Law::Mu),
        ] {
            let table = decoder.table();
            let mut steps: Vec<i32> = table.iter().map(|sample| i32::from(*sample)).collect();
            steps.sort_unstable();
            for sample in i16::MIN..=i16::MAX {
                let decoded = i32::from(table[usize::from(law.encode(sample))]);
                let (low, high) = (decoded.min(sample.into()), decoded.max(sample.into()));
                let between = steps
                    .iter()
                    .filter(|step| low < **step && **step < high)
                    .count();
                assert_eq!(between, 0, "{law:?}: {sample} became {decoded}");
            }
        }
    }

    #[test]
    fn steps_survive() {
        for (law, decoder) in [
            (Law::A, media::g711::Law::A),
            (Law::Mu, media::g711::Law::Mu),
        ] {
            for sample in decoder.table() {
                let again = decoder.table()[usize::from(law.encode(*sample))];
                assert_eq!(again, *sample, "{law:?}");
            }
        }
    }
}
