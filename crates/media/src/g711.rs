//! G.711: eight bits a sample, by table (ITU-T G.711 tables 1a to 2b).

/// One of the two laws.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Law {
    /// A-law, `PCMA`.
    A,
    /// µ-law, `PCMU`.
    Mu,
}

impl Law {
    /// The name in SDP (RFC 3551 §4.5.14).
    #[must_use]
    pub fn encoding(self) -> &'static str {
        match self {
            Self::A => "PCMA",
            Self::Mu => "PCMU",
        }
    }

    /// The sample of every octet, as linear PCM of 16 bits.
    #[must_use]
    pub fn table(self) -> &'static [i16; 256] {
        match self {
            Self::A => &A_LAW,
            Self::Mu => &MU_LAW,
        }
    }
}

/// Decodes octets into as many samples as there is room for.
pub fn decode(table: &[i16; 256], octets: &[u8], samples: &mut [i16]) {
    for (sample, &octet) in samples.iter_mut().zip(octets) {
        // A table of 256 has a place for every octet; `get` keeps the proof with the compiler.
        *sample = table.get(usize::from(octet)).copied().unwrap_or(0);
    }
}

static A_LAW: [i16; 256] = table(Law::A);
static MU_LAW: [i16; 256] = table(Law::Mu);

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which would refuse it"
)]
const fn table(law: Law) -> [i16; 256] {
    let mut samples = [0; 256];
    let mut octet: u8 = 0;
    loop {
        samples[octet as usize] = match law {
            Law::A => a_law(octet),
            Law::Mu => mu_law(octet),
        };
        if octet == u8::MAX {
            return samples;
        }
        octet = octet.wrapping_add(1);
    }
}

/// Even bits come inverted; sign, three bits of segment, four of the step inside it.
const fn a_law(octet: u8) -> i16 {
    let code = octet ^ 0x55;
    let segment = ((code >> 4) & 7) as u32;
    let step = ((code & 0x0f) as i16).wrapping_mul(16).wrapping_add(8);
    let size = match segment {
        0 => step,
        _ => step.wrapping_add(256).wrapping_shl(segment.wrapping_sub(1)),
    };
    if code & 0x80 == 0 {
        size.wrapping_neg()
    } else {
        size
    }
}

/// All bits come inverted; the bias of 33 (132 in 16 bits) makes every segment begin at a power
/// of two.
const fn mu_law(octet: u8) -> i16 {
    let code = !octet;
    let segment = ((code >> 4) & 7) as u32;
    let biased = ((code & 0x0f) as i16)
        .wrapping_mul(8)
        .wrapping_add(132)
        .wrapping_shl(segment);
    let size = biased.wrapping_sub(132);
    if code & 0x80 == 0 {
        size
    } else {
        size.wrapping_neg()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Straight from the tables of the recommendation: decision values in order, the decoder's
    /// output lies half way between two of them.
    fn a_law_by_decision_values(octet: u8) -> i16 {
        // Table 1a, in units of 1/4096 of full scale: 32 steps of 2, then 16 each of 4, 8, …
        let mut edges = vec![0_i32];
        for (count, step) in [
            (32, 2),
            (16, 4),
            (16, 8),
            (16, 16),
            (16, 32),
            (16, 64),
            (16, 128),
        ] {
            for _ in 0..count {
                edges.push(edges[edges.len() - 1] + step);
            }
        }
        assert_eq!(edges.last(), Some(&4096));
        let number = usize::from((octet ^ 0x55) & 0x7f);
        let middle = (edges[number] + edges[number + 1]) / 2 * 8;
        let signed = if octet & 0x80 == 0 { -middle } else { middle };
        i16::try_from(signed).unwrap()
    }

    fn mu_law_by_decision_values(octet: u8) -> i16 {
        // Table 2a, in units of 1/8159: one step of 1, 15 of 2, then 16 each of 4, 8, …
        let mut edges = vec![0_i32, 1];
        for (count, step) in [
            (15, 2),
            (16, 4),
            (16, 8),
            (16, 16),
            (16, 32),
            (16, 64),
            (16, 128),
            (16, 256),
        ] {
            for _ in 0..count {
                edges.push(edges[edges.len() - 1] + step);
            }
        }
        assert_eq!(edges.last(), Some(&8159));
        let number = usize::from(!octet & 0x7f);
        let middle = if number == 0 {
            0
        } else {
            (edges[number] + edges[number + 1]) / 2 * 4
        };
        let signed = if octet & 0x80 == 0 { -middle } else { middle };
        i16::try_from(signed).unwrap()
    }

    #[test]
    fn all_256_octets_decode_as_the_recommendation_says() {
        for octet in 0..=u8::MAX {
            assert_eq!(
                Law::A.table()[usize::from(octet)],
                a_law_by_decision_values(octet)
            );
            assert_eq!(
                Law::Mu.table()[usize::from(octet)],
                mu_law_by_decision_values(octet)
            );
        }
        assert_eq!(Law::Mu.table()[0xff], 0);
        assert_eq!(Law::Mu.table()[0x00], -32_124);
        assert_eq!(Law::A.table()[0xaa], 32_256);
    }
}
