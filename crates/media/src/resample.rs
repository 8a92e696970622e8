//! From one sampling rate to another, in integer arithmetic.
//!
//! A windowed sinc, evaluated for each sample of the output at its exact place in the input:
//! sample `n` of the output lies at `n × from / to` of the input, for ever, so that nothing
//! drifts and nothing is delayed. The coefficients are computed, not stored, by integers too:
//! the same input gives the same output on every machine. Constant input stays what it is.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "rates are bounded by RATE_MAX_HZ, and fixed-point numbers by what they stand for"
)]

/// The highest rate taken, in Hz.
pub const RATE_MAX_HZ: u32 = 192_000;

/// Half the length of the filter, in samples of the lower rate.
const HALF: u64 = 32;
/// Where the filter falls to half, as a part of the lower Nyquist frequency: at 3.8 kHz for
/// 8,000 samples a second, with more than 65 dB from 4.12 kHz on.
const CUT: (i128, i128) = (19, 20);
/// The square of Kaiser's β, which is 8, times 2^32.
const BETA_SQUARE: i128 = 64 << 32;
/// Bits behind the point while coefficients are computed.
const FINE: u32 = 32;
/// One, as a coefficient.
const UNIT: i64 = 1 << 15;
/// π, with [`FINE`] bits behind the point.
const PI: i128 = 13_493_037_705;

/// A filter between two rates.
#[derive(Clone, Debug)]
pub struct Resampler {
    /// Samples of the output, and of the input, in the shortest time that has whole numbers of
    /// both.
    up: u64,
    down: u64,
    /// Coefficients before and after the place, each.
    half: usize,
    /// `2 × half` coefficients for each of the `up` places between two samples of the input.
    /// The greatest is below [`UNIT`], so that samples and coefficients have one width and the
    /// processor multiplies many at once.
    coefficients: Vec<i16>,
}

impl Resampler {
    /// The filter from `from` to `to` samples a second; both at least 1 and at most
    /// [`RATE_MAX_HZ`], else they are taken as that.
    #[must_use]
    pub fn new(from: u32, to: u32) -> Self {
        let from = u64::from(from.clamp(1, RATE_MAX_HZ));
        let to = u64::from(to.clamp(1, RATE_MAX_HZ));
        let common = common(from, to).max(1);
        let (up, down) = (to / common, from / common);
        let half = if up == down {
            0
        } else {
            (HALF * down.max(up)).div_ceil(up)
        };
        let mut filter = Self {
            up,
            down,
            half: usize::try_from(half).unwrap_or(0),
            coefficients: Vec::new(),
        };
        if half > 0 {
            filter.coefficients = (0..up).flat_map(|phase| filter.phase(phase)).collect();
        }
        filter
    }

    /// Whether both rates are the same and there is nothing to do.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        self.half == 0
    }

    /// How many samples of the input are asked for before and after a place.
    #[must_use]
    pub fn half(&self) -> usize {
        self.half
    }

    /// The first sample of the input that sample `n` of the output needs, when it needs any;
    /// negative is before the first one.
    #[must_use]
    pub fn first(&self, n: u64) -> i64 {
        let (whole, _) = self.place(n);
        let before = self.half.saturating_sub(1);
        whole.saturating_sub(i64::try_from(before).unwrap_or(i64::MAX))
    }

    /// The sample of the input after the last one that sample `n` of the output needs.
    #[must_use]
    pub fn end(&self, n: u64) -> i64 {
        let (whole, _) = self.place(n);
        whole
            .saturating_add(i64::try_from(self.half.max(1)).unwrap_or(i64::MAX))
            .saturating_add(i64::from(self.half > 0))
    }

    /// Computes samples `n`, `n + 1`, … of the output from input that begins with sample
    /// [`first`](Self::first)`(n)`, and hands each to `each` with its number from 0.
    pub fn run(&self, n: u64, count: usize, input: &[i16], mut each: impl FnMut(usize, i16)) {
        let first = self.first(n);
        let (mut whole, mut part) = self.place(n);
        let width = self.half * 2;
        for number in 0..count {
            if self.half == 0 {
                each(number, input.get(number).copied().unwrap_or(0));
                continue;
            }
            let from = whole - first - (self.half as i64 - 1);
            let from = usize::try_from(from).unwrap_or(usize::MAX);
            let heard = input.get(from..).unwrap_or_default();
            let phase = part as usize * width;
            let weights = self.coefficients.get(phase..phase + width);
            let sum = weighed(heard, weights.unwrap_or_default());
            let rounded = (sum + UNIT / 2) >> UNIT.trailing_zeros();
            each(number, rounded.clamp(-32_768, 32_767) as i16);
            part += self.down;
            whole += (part / self.up) as i64;
            part %= self.up;
        }
    }

    /// The place of sample `n` of the output in the input: whole samples, and `up`-ths.
    fn place(&self, n: u64) -> (i64, u64) {
        let place = u128::from(n) * u128::from(self.down);
        let up = u128::from(self.up);
        let whole = i64::try_from(place / up).unwrap_or(i64::MAX);
        (whole, (place % up) as u64)
    }

    /// The coefficients for places `phase` `up`-ths after a sample of the input. Their sum is
    /// one exactly.
    fn phase(&self, phase: u64) -> Vec<i16> {
        let half = self.half as i128;
        let up = i128::from(self.up);
        let fine: Vec<i128> = (1 - half..=half)
            .map(|tap| self.sinc(tap * up - i128::from(phase)))
            .collect();
        let sum = fine.iter().sum::<i128>().max(1);
        let mut rest = UNIT;
        let mut coefficients: Vec<i16> = fine
            .iter()
            .map(|&value| {
                let scaled = (value * i128::from(UNIT) * 2 + sum).div_euclid(sum * 2) as i64;
                rest -= scaled;
                scaled as i16
            })
            .collect();
        if let Some(greatest) = coefficients.iter_mut().max_by_key(|value| **value) {
            *greatest += rest as i16;
        }
        coefficients
    }

    /// The windowed sinc at `distance` `up`-ths of a sample of the input, times 2^[`FINE`].
    fn sinc(&self, distance: i128) -> i128 {
        let distance = distance.abs();
        let reach = self.half as i128 * i128::from(self.up);
        if distance >= reach {
            return 0;
        }
        let lower = i128::from(self.up.min(self.down));
        // The argument of the sine in half turns: cut × lower / down × distance / up.
        let halves = CUT.0 * lower * distance;
        let whole = CUT.1 * i128::from(self.down) * i128::from(self.up);
        let sine = if distance == 0 {
            // The limit of sin(πcx)/(πx) is c.
            ((CUT.0 * lower) << FINE) / (CUT.1 * i128::from(self.down))
        } else {
            let over = PI * distance / i128::from(self.up);
            (sine(halves, whole) << FINE) / over
        };
        let square = BETA_SQUARE * (reach * reach - distance * distance) / (reach * reach);
        (sine * bessel(square)) / bessel(BETA_SQUARE)
    }
}

/// The sum of samples times weights. The two halves of a filter are added by themselves, in 32
/// bits: the magnitudes of the coefficients on one side of a place are less than two in sum.
fn weighed(samples: &[i16], weights: &[i16]) -> i64 {
    let samples = samples.get(..weights.len()).unwrap_or(samples);
    let half = weights.len() / 2;
    let (before, after) = samples.split_at(half.min(samples.len()));
    let (weights_before, weights_after) = weights.split_at(half);
    i64::from(dot(before, weights_before)) + i64::from(dot(after, weights_after))
}

fn dot(samples: &[i16], weights: &[i16]) -> i32 {
    let products = samples.iter().zip(weights);
    products.fold(0_i32, |sum, (&sample, &weight)| {
        sum.wrapping_add(i32::from(sample) * i32::from(weight))
    })
}

/// sin(π `halves` / `whole`), times 2^[`FINE`].
fn sine(halves: i128, whole: i128) -> i128 {
    let turn = halves.rem_euclid(2 * whole);
    let (sign, turn) = if turn < whole {
        (1, turn)
    } else {
        (-1, turn - whole)
    };
    let turn = turn.min(whole - turn);
    let x = PI * turn / whole;
    let square = (x * x) >> FINE;
    let (mut term, mut sum) = (x, x);
    for n in 1..12_i128 {
        term = -((term * square) >> FINE) / (2 * n * (2 * n + 1));
        sum += term;
    }
    sign * sum
}

/// The modified Bessel function of order zero of the root of `square`; both times 2^[`FINE`].
fn bessel(square: i128) -> i128 {
    let quarter = square / 4;
    let (mut term, mut sum) = (1_i128 << FINE, 1_i128 << FINE);
    for k in 1..40_i128 {
        term = ((term * quarter) >> FINE) / (k * k);
        sum += term;
    }
    sum
}

fn common(one: u64, other: u64) -> u64 {
    if other == 0 {
        one
    } else {
        common(other, one % other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RATES: [u32; 8] = [
        8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000,
    ];

    fn tone(rate: u32, hz: f64, samples: usize) -> Vec<i16> {
        let step = std::f64::consts::TAU * hz / f64::from(rate);
        (0..samples)
            .map(|n| ((step * n as f64).sin() * 20_000.0).round() as i16)
            .collect()
    }

    /// The whole output of a whole input.
    fn resampled(from: u32, to: u32, input: &[i16]) -> Vec<i16> {
        let filter = Resampler::new(from, to);
        let before = usize::try_from(-filter.first(0)).unwrap();
        let mut padded = vec![0; before];
        padded.extend(input);
        let count = (input.len() as u64 * u64::from(to) / u64::from(from)) as usize;
        let mut output = vec![0; count];
        filter.run(0, count, &padded, |number, sample| output[number] = sample);
        output
    }

    /// The level in dB of `sound` less `expected`, against a full tone, without its ends.
    fn level(sound: &[i16], expected: &[i16]) -> f64 {
        let ends = sound.len() / 5;
        let inner = ends..sound.len().min(expected.len()) - ends;
        let power: f64 = inner
            .clone()
            .map(|n| (f64::from(sound[n]) - f64::from(expected[n])).powi(2))
            .sum();
        let full = 20_000_f64.powi(2) / 2.0 * inner.len() as f64;
        10.0 * (power.max(1.0) / full).log10()
    }

    #[test]
    fn a_tone_below_the_cut_is_the_same_tone() {
        for from in RATES {
            for to in RATES {
                let hz = f64::from(from.min(to)) * 0.3;
                let sound = resampled(from, to, &tone(from, hz, from as usize / 16));
                let expected = tone(to, hz, sound.len());
                let off = level(&sound, &expected);
                assert!(off < -65.0, "{from} to {to}: {off:.1} dB");
            }
        }
    }

    #[test]
    fn the_band_of_a_telephone_stays_flat() {
        let sound = resampled(8_000, 16_000, &tone(8_000, 3_400.0, 8_000));
        let off = level(&sound, &tone(16_000, 3_400.0, sound.len()));
        assert!(off < -40.0, "{off:.1} dB");
    }

    #[test]
    fn a_tone_beyond_the_lower_rate_does_not_come_back_as_another() {
        for from in RATES {
            for to in RATES.into_iter().filter(|&to| to < from) {
                for part in [0.515, 0.6, 0.75, 0.99] {
                    let hz = f64::from(to) * part;
                    if hz > f64::from(from) * 0.49 {
                        continue;
                    }
                    let sound = resampled(from, to, &tone(from, hz, from as usize / 16));
                    let off = level(&sound, &vec![0; sound.len()]);
                    assert!(off < -65.0, "{hz} Hz from {from} to {to}: {off:.1} dB");
                }
            }
        }
    }

    #[test]
    fn what_is_constant_stays_constant() {
        for from in RATES {
            for to in RATES {
                for value in [i16::MIN, -1, 1, 777, i16::MAX] {
                    let filter = Resampler::new(from, to);
                    let input = vec![value; 8_000];
                    let count = 1_000.min(input.len() * to as usize / from as usize / 2);
                    let exact = |_, sample| assert_eq!(sample, value, "{from} to {to}");
                    filter.run(5, count, &input, exact);
                }
            }
        }
    }

    #[test]
    fn the_same_everywhere() {
        let filter = Resampler::new(8_000, 16_000);
        let sum = filter.coefficients.iter().fold(0_u64, |sum, &value| {
            let value = i32::from(value) as u32;
            sum.wrapping_mul(31).wrapping_add(value.into())
        });
        assert_eq!(
            sum, 17_483_332_676_122_608_598,
            "coefficients of 8,000 to 16,000"
        );
    }

    #[test]
    fn no_half_of_a_filter_overflows_and_no_coefficient_is_cut() {
        let rates = [1, 7_350, 12_000, 16_001, 96_000, RATE_MAX_HZ];
        for from in RATES.into_iter().chain(rates) {
            for to in [8_000, 11_025, 16_000, 44_100, 48_000] {
                let filter = Resampler::new(from, to);
                for (number, phase) in filter.coefficients.chunks(filter.half.max(1)).enumerate() {
                    let magnitudes = phase.iter().map(|&value| i64::from(value).abs());
                    assert!(
                        magnitudes.sum::<i64>() < 2 * UNIT,
                        "{from} to {to}: {number}"
                    );
                }
                for phase in filter.coefficients.chunks(2 * filter.half.max(1)) {
                    let sum: i64 = phase.iter().map(|&value| i64::from(value)).sum();
                    assert_eq!(sum, UNIT, "{from} to {to}");
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn many_products_at_once_are_what_they_are_one_by_one(
            samples in proptest::collection::vec(
                prop_oneof![Just(i16::MIN), Just(i16::MAX), any::<i16>()], 500),
            from in proptest::sample::select(&RATES),
            to in proptest::sample::select(&RATES),
            start in 0_usize..400,
        ) {
            let filter = Resampler::new(from, to);
            for weights in filter.coefficients.chunks(2 * filter.half.max(1)) {
                let heard = &samples[start..];
                let products = heard.iter().zip(weights);
                let expected = products.map(|(&s, &w)| i64::from(s) * i64::from(w)).sum::<i64>();
                prop_assert_eq!(weighed(heard, weights), expected);
            }
        }

        #[test]
        fn no_place_drifts_and_no_cut_is_heard(
            (from, to) in (proptest::sample::select(&RATES), proptest::sample::select(&RATES)),
            n in 0_u64..1 << 45,
            cut in 1_usize..200,
            sound in proptest::collection::vec(any::<i16>(), 3_000),
        ) {
            let filter = Resampler::new(from, to);
            // Exactly where integers say it lies, ten years on as well.
            let place = u128::from(n) * u128::from(from) / u128::from(to);
            let before = filter.half().saturating_sub(1) as i128;
            prop_assert_eq!(i128::from(filter.first(n)), place as i128 - before);
            // In one piece and in two.
            let mut whole = vec![0; 200];
            filter.run(n, 200, &sound, |number, sample| whole[number] = sample);
            let mut parts = vec![0; 200];
            filter.run(n, cut, &sound, |number, sample| parts[number] = sample);
            let later = (filter.first(n + cut as u64) - filter.first(n)) as usize;
            let rest = &sound[later.min(sound.len())..];
            filter.run(n + cut as u64, 200 - cut, rest, |number, sample| {
                parts[cut + number] = sample;
            });
            prop_assert_eq!(whole, parts);
            prop_assert!((filter.end(n + 199) - filter.first(n)) as usize <= sound.len());
        }
    }
}
