//! G.726 at 32 kbit/s, which was G.721: ADPCM of four bits a sample (ITU-T G.726, 1990).
//!
//! Integer arithmetic as section 4 of the recommendation prescribes it, with the names of its
//! blocks, and the linear output of its annex A. The same octets give the same samples anywhere.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "every register has at most 19 bits, as the recommendation limits them"
)]

/// Samples of one octet.
pub(super) const SAMPLES: usize = 2;

/// Which half of an octet comes first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Packing {
    /// The least significant bits: `G726-32` (RFC 3551 §4.5.4).
    Low,
    /// The most significant bits, as in ATM: `AAL2-G726-32` (RFC 3551 §4.5.4, I.366.2).
    High,
}

/// By magnitude of the code: quantised logarithm (table 9), scale factor multiplier (FUNCTW)
/// and rate of change (FUNCTF).
const CODES: [(i32, i32, i32); 8] = [
    (-2_048, -12, 0),
    (4, 18, 0),
    (135, 41, 0),
    (213, 64, 1),
    (273, 112, 1),
    (323, 198, 1),
    (373, 355, 3),
    (425, 1_122, 7),
];

/// A decoder with its memory.
#[derive(Clone, Debug)]
pub(super) struct G726 {
    packing: Packing,
    /// Poles.
    a1: i32,
    a2: i32,
    /// Zeros, and the differences they weigh, the newest first.
    zeros: [(i32, Float); 6],
    /// The last two reconstructed samples.
    sr1: Float,
    sr2: Float,
    /// Signs of the last two partially reconstructed samples.
    pk1: bool,
    pk2: bool,
    /// Averages of the rate of change, short and long, and the control of the speed.
    dms: i32,
    dml: i32,
    ap: i32,
    /// Scale factors, fast and slow.
    yu: i32,
    yl: i32,
    /// Whether a tone was found.
    td: bool,
}

/// A number of eleven bits: sign, four of exponent, six of mantissa.
#[derive(Clone, Copy, Debug)]
struct Float {
    negative: bool,
    exponent: i32,
    mantissa: i32,
}

impl G726 {
    pub(super) fn new(packing: Packing) -> Self {
        let zero = Float::of(0);
        Self {
            packing,
            a1: 0,
            a2: 0,
            zeros: [(0, zero); 6],
            sr1: zero,
            sr2: zero,
            pk1: false,
            pk2: false,
            dms: 0,
            dml: 0,
            ap: 0,
            yu: 544,
            yl: 34_816,
            td: false,
        }
    }

    /// Decodes an octet into two samples.
    pub(super) fn decode(&mut self, octet: u8) -> [i16; SAMPLES] {
        let (low, high) = (octet & 15, octet >> 4);
        let codes = match self.packing {
            Packing::Low => [low, high],
            Packing::High => [high, low],
        };
        codes.map(|code| self.sample(code))
    }

    fn sample(&mut self, code: u8) -> i16 {
        let negative = code & 8 != 0;
        let magnitude = usize::from(if negative { !code & 7 } else { code & 7 });
        let (logarithm, multiplier, change) = CODES.get(magnitude).copied().unwrap_or_default();
        // Signal estimates (FMULT, ACCUM).
        let zeros = self.zeros.iter();
        let sezi = wrapped(zeros.map(|(weight, seen)| seen.times(*weight)).sum());
        let sei = wrapped(sezi + self.sr1.times(self.a1) + self.sr2.times(self.a2));
        let (sez, se) = (sezi >> 1, sei >> 1);
        // Scale factor (LIMA, MIX).
        let speed = if self.ap >= 256 { 64 } else { self.ap >> 2 };
        let slow = self.yl >> 6;
        let apart = self.yu - slow;
        let y = slow + ((apart.abs() * speed) >> 6) * apart.signum();
        // Quantised difference (ADDA, ANTILOG).
        let logarithm = logarithm + (y >> 2);
        let size = if logarithm < 0 {
            0
        } else {
            ((128 + (logarithm & 127)) << 7) >> (14 - ((logarithm >> 7) & 15))
        };
        let dq = if negative { -size } else { size };
        let sr = wrapped(se + dq);
        let transition = self.transition(size);
        let tone = self.adapt_predictor(dq, size, negative, sez, transition);
        self.adapt_scale(y, multiplier, change, tone, transition);
        (self.sr2, self.sr1) = (self.sr1, Float::of(sr));
        // LIMO (annex A): 14 bits, here in the place of 16.
        (sr.clamp(-8_192, 8_191) << 2) as i16
    }

    /// Whether the signal has left a tone (TRANS).
    fn transition(&self, size: i32) -> bool {
        let whole = self.yl >> 15;
        let threshold = if whole > 8 {
            31 << 9
        } else {
            (32 + ((self.yl >> 10) & 31)) << whole
        };
        self.td && size > (threshold + (threshold >> 1)) >> 1
    }

    /// FUNCTW to LIMB, FUNCTF to TRIGA.
    fn adapt_scale(&mut self, y: i32, multiplier: i32, change: i32, tone: bool, transition: bool) {
        self.yu = (y + (((multiplier << 5) - y) >> 5)).clamp(544, 5_120);
        self.yl += self.yu + (-self.yl >> 6);
        self.dms += ((change << 9) - self.dms) >> 5;
        self.dml += ((change << 11) - self.dml) >> 7;
        let calm = ((self.dms << 2) - self.dml).abs() < self.dml >> 3;
        let target = if y >= 1_536 && calm && !tone { 0 } else { 512 };
        self.ap = if transition {
            256
        } else {
            self.ap + ((target - self.ap) >> 4)
        };
    }

    /// ADDC, XOR, UPB, UPA1, UPA2, LIMC, LIMD, FLOATA, TONE, TRIGB. Says whether there is a tone.
    fn adapt_predictor(
        &mut self,
        dq: i32,
        size: i32,
        negative: bool,
        sez: i32,
        transition: bool,
    ) -> bool {
        let partial = wrapped(dq + sez);
        let pk0 = partial < 0;
        let signs = |differ: bool, step: i32| if differ { -step } else { step };
        let (step1, step2) = if partial == 0 {
            (0, 0)
        } else {
            let turned = self.a1.clamp(-8_191, 8_191) << 2;
            let turned = signs(pk0 == self.pk1, turned);
            let step2 = (signs(pk0 != self.pk2, 16_384) + turned) >> 7;
            (signs(pk0 != self.pk1, 192), step2)
        };
        let a2 = (self.a2 + step2 - (self.a2 >> 7)).clamp(-12_288, 12_288);
        let bound = 15_360 - a2;
        let a1 = (self.a1 + step1 - (self.a1 >> 8)).clamp(-bound, bound);
        let step = if size == 0 { 0 } else { 128 };
        let mut newer = Float::of(dq);
        newer.negative = negative;
        for (weight, seen) in &mut self.zeros {
            *weight += signs(seen.negative != negative, step) - (*weight >> 8);
            std::mem::swap(seen, &mut newer);
        }
        (self.a1, self.a2) = (a1, a2);
        let tone = a2 < -11_776;
        self.td = tone;
        if transition {
            (self.a1, self.a2, self.td) = (0, 0, false);
            for (weight, _) in &mut self.zeros {
                *weight = 0;
            }
        }
        (self.pk2, self.pk1) = (self.pk1, pk0);
        tone
    }
}

impl Float {
    /// FLOATA, FLOATB.
    fn of(value: i32) -> Self {
        let size = value.abs() & 32_767;
        let exponent = bits(size);
        let mantissa = if size == 0 {
            32
        } else {
            (size << 6) >> exponent
        };
        Self {
            negative: value < 0,
            exponent,
            mantissa,
        }
    }

    /// FMULT: the product with a predictor coefficient.
    fn times(self, weight: i32) -> i32 {
        let negative = weight < 0;
        let scaled = weight >> 2;
        let size = if negative { -scaled & 8_191 } else { scaled };
        let exponent = bits(size);
        let mantissa = if size == 0 {
            32
        } else {
            (size << 6) >> exponent
        };
        let exponent = self.exponent + exponent;
        let mantissa = ((self.mantissa * mantissa + 48) >> 4) << 7;
        let size = if exponent <= 26 {
            mantissa >> (26 - exponent)
        } else {
            (mantissa << (exponent - 26)) & 32_767
        };
        if self.negative == negative {
            size
        } else {
            -size
        }
    }
}

/// How many bits a magnitude takes.
fn bits(size: i32) -> i32 {
    (32 - size.leading_zeros()) as i32
}

/// Sixteen bits in two's complement.
fn wrapped(value: i32) -> i32 {
    i32::from(value as i16)
}
