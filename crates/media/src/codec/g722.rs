//! G.722 at 64 kbit/s: two bands of ADPCM, 16,000 samples a second (ITU-T G.722, 1988).
//!
//! Integer arithmetic as the recommendation prescribes it, block by block, with its names: the
//! same octets give the same samples anywhere. Signalled modes 2 and 3 (56 and 48 kbit/s with a
//! data channel) do not exist in RTP (RFC 3551 §4.5.2) and are not decoded.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "every register has 16 bits and every product 32, as the recommendation limits them"
)]

/// Samples of one octet.
pub(super) const SAMPLES: usize = 2;

/// Inverse quantiser of the lower band, 4 bits (table 18, QQ4 with signs).
const QM4: [i32; 16] = [
    0, -20_456, -12_896, -8_968, -6_288, -4_240, -2_584, -1_200, 20_456, 12_896, 8_968, 6_288,
    4_240, 2_584, 1_200, 0,
];

/// Inverse quantiser of the lower band, 6 bits (table 16, QQ6 with signs).
const QM6: [i32; 64] = [
    -136, -136, -136, -136, -24_808, -21_904, -19_008, -16_704, -14_984, -13_512, -12_280, -11_192,
    -10_232, -9_360, -8_576, -7_856, -7_192, -6_576, -6_000, -5_456, -4_944, -4_464, -4_008,
    -3_576, -3_168, -2_776, -2_400, -2_032, -1_688, -1_360, -1_040, -728, 24_808, 21_904, 19_008,
    16_704, 14_984, 13_512, 12_280, 11_192, 10_232, 9_360, 8_576, 7_856, 7_192, 6_576, 6_000,
    5_456, 4_944, 4_464, 4_008, 3_576, 3_168, 2_776, 2_400, 2_032, 1_688, 1_360, 1_040, 728, 432,
    136, -432, -136,
];

/// Inverse quantiser of the higher band, 2 bits (QQ2 with signs).
const QM2: [i32; 4] = [-7_408, -1_616, 7_408, 1_616];

/// Logarithmic scale factor multipliers of the lower band, by 4-bit code (WL of IL4).
const WL: [i32; 16] = [
    -60, 3_042, 1_198, 538, 334, 172, 58, -30, 3_042, 1_198, 538, 334, 172, 58, -30, -60,
];

/// The same of the higher band, by 2-bit code (WH of IH2).
const WH: [i32; 4] = [798, -214, 798, -214];

/// Antilogarithm (ILB).
const ILB: [i32; 32] = [
    2_048, 2_093, 2_139, 2_186, 2_233, 2_282, 2_332, 2_383, 2_435, 2_489, 2_543, 2_599, 2_656,
    2_714, 2_774, 2_834, 2_896, 2_960, 3_025, 3_091, 3_158, 3_228, 3_298, 3_371, 3_444, 3_520,
    3_597, 3_676, 3_756, 3_838, 3_922, 4_008,
];

/// Half of the quadrature mirror filter's coefficients; the other half is its mirror (table 11).
const QMF: [i32; 12] = [3, -11, 12, 32, -210, 951, 3_876, -805, 362, -156, 53, -11];

/// A decoder with its memory.
#[derive(Clone, Debug)]
pub(super) struct G722 {
    low: Band,
    high: Band,
    /// The last sums and differences of both bands, the newest last.
    sums: [i32; 12],
    differences: [i32; 12],
}

/// The adaptive predictor and quantiser of one band.
#[derive(Clone, Debug)]
struct Band {
    /// Signal estimate, and its part from the zeros.
    s: i32,
    sz: i32,
    /// Poles.
    a1: i32,
    a2: i32,
    /// Zeros, and the differences they weigh, the newest first.
    zeros: [(i32, i32); 6],
    /// Reconstructed signal and partially reconstructed signal of the last two samples.
    r1: i32,
    r2: i32,
    p1: i32,
    p2: i32,
    /// Logarithmic scale factor, and the scale factor.
    nb: i32,
    det: i32,
}

impl G722 {
    pub(super) fn new() -> Self {
        Self {
            low: Band::new(32),
            high: Band::new(8),
            sums: [0; 12],
            differences: [0; 12],
        }
    }

    /// Decodes an octet into two samples.
    pub(super) fn decode(&mut self, octet: u8) -> [i16; SAMPLES] {
        let low_code = usize::from(octet & 0x3f);
        let high_code = usize::from(octet >> 6);
        // Lower band: sound from six bits, adaptation from four (blocks 2L to 6L).
        let heard = (self.low.det * at(&QM6, low_code)) >> 15;
        let low = (self.low.s + heard).clamp(-16_384, 16_383);
        let difference = (self.low.det * at(&QM4, low_code >> 2)) >> 15;
        self.low.scale(at(&WL, low_code >> 2), 18_432, 8);
        self.low.adapt(difference);
        // Higher band: two bits for both (blocks 2H to 5H).
        let difference = (self.high.det * at(&QM2, high_code)) >> 15;
        let high = (self.high.s + difference).clamp(-16_384, 16_383);
        self.high.scale(at(&WH, high_code), 22_528, 10);
        self.high.adapt(difference);
        self.join(low, high)
    }

    /// Receive quadrature mirror filters (block RECA to ACCUMD).
    fn join(&mut self, low: i32, high: i32) -> [i16; SAMPLES] {
        self.sums.rotate_left(1);
        self.differences.rotate_left(1);
        if let Some(sum) = self.sums.last_mut() {
            *sum = low + high;
        }
        if let Some(difference) = self.differences.last_mut() {
            *difference = low - high;
        }
        let weigh = |signal: i32, weight: &i32| signal * weight;
        let first = self.differences.iter().zip(QMF.iter().rev());
        let second = self.sums.iter().zip(&QMF);
        let first: i32 = first.map(|(signal, weight)| weigh(*signal, weight)).sum();
        let second: i32 = second.map(|(signal, weight)| weigh(*signal, weight)).sum();
        [
            saturated(first >> 11) as i16,
            saturated(second >> 11) as i16,
        ]
    }
}

impl Band {
    fn new(det: i32) -> Self {
        Self {
            s: 0,
            sz: 0,
            a1: 0,
            a2: 0,
            zeros: [(0, 0); 6],
            r1: 0,
            r2: 0,
            p1: 0,
            p2: 0,
            nb: 0,
            det,
        }
    }

    /// Adapts the scale factor (blocks LOGSCL and SCALEL, LOGSCH and SCALEH).
    fn scale(&mut self, multiplier: i32, most: i32, shift: i32) {
        self.nb = (((self.nb * 127) >> 7) + multiplier).clamp(0, most);
        let step = at(&ILB, ((self.nb >> 6) & 31) as usize);
        let down = shift - (self.nb >> 11);
        let step = if down < 0 {
            step << -down
        } else {
            step >> down
        };
        self.det = step << 2;
    }

    /// Adapts the predictor (block 4).
    fn adapt(&mut self, difference: i32) {
        let r = saturated(self.s + difference);
        let p = saturated(self.sz + difference);
        let same = |one: i32, other: i32| (one < 0) == (other < 0);
        // UPPOL2
        let turned = saturated(self.a1 << 2);
        let turned = if same(p, self.p1) { -turned } else { turned };
        let step = if same(p, self.p2) { 128 } else { -128 };
        let a2 = (turned.min(32_767) >> 7) + step + ((self.a2 * 32_512) >> 15);
        let a2 = a2.clamp(-12_288, 12_288);
        // UPPOL1
        let step = if same(p, self.p1) { 192 } else { -192 };
        let bound = 15_360 - a2;
        let a1 = (step + ((self.a1 * 32_640) >> 15)).clamp(-bound, bound);
        // UPZERO and FILTEZ
        let step = if difference == 0 { 0 } else { 128 };
        let mut newer = difference;
        let mut sz = 0;
        for (weight, seen) in &mut self.zeros {
            let toward = if same(*seen, difference) { step } else { -step };
            *weight = saturated(toward + ((*weight * 32_640) >> 15));
            std::mem::swap(seen, &mut newer);
            sz += (*weight * saturated(*seen * 2)) >> 15;
        }
        // DELAYA, FILTEP, PREDIC
        (self.r2, self.r1) = (self.r1, r);
        (self.p2, self.p1) = (self.p1, p);
        (self.a1, self.a2) = (a1, a2);
        let sp = ((a1 * saturated(2 * self.r1)) >> 15) + ((a2 * saturated(2 * self.r2)) >> 15);
        self.sz = saturated(sz);
        self.s = saturated(saturated(sp) + self.sz);
    }
}

fn at(table: &[i32], place: usize) -> i32 {
    table.get(place).copied().unwrap_or(0)
}

fn saturated(value: i32) -> i32 {
    value.clamp(-32_768, 32_767)
}
