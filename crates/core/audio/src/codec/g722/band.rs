//! The ADPCM of one sub-band of G.722 (ITU-T G.722 §3 to §5 and the sub-blocks of §6.2): what a code
//! says of the difference between a sample and its prediction, and how scale and prediction follow.
//! The names in comments are the blocks of the recommendation; every operation saturates as its
//! 16-bit arithmetic does, so that all coders and decoders stay in step.

/// The state of one band, the same in a coder and in the decoder that hears it.
#[derive(Clone, Debug)]
struct Band {
    /// The prediction of the next sample (S), and its part from the zeros (SZ).
    predicted: i32,
    zeros: i32,
    /// The quantiser's scale (DET) and its logarithm (NB).
    scale: i32,
    log_scale: i32,
    /// Two poles (A) over reconstructed samples, newest first, doubled (R).
    poles: [i32; 2],
    rebuilt: [i32; 2],
    /// Partly reconstructed samples, newest first (P).
    partial: [i32; 2],
    /// Six zeros (B) over quantised differences, newest first, doubled (D).
    weights: [i32; 6],
    differences: [i32; 6],
}

impl Band {
    const fn new(scale: i32) -> Self {
        Self {
            predicted: 0,
            zeros: 0,
            scale,
            log_scale: 0,
            poles: [0; 2],
            rebuilt: [0; 2],
            partial: [0; 2],
            weights: [0; 6],
            differences: [0; 6],
        }
    }

    /// LOGSCL and SCALEL, or LOGSCH and SCALEH: the scale follows the step's size.
    fn rescale(&mut self, step: i32, most: i32, shift: i32) {
        self.log_scale = (product(self.log_scale, 32_512) + step).clamp(0, most);
        let fraction = INVERSE_LOG[((self.log_scale >> 6) & 31) as usize];
        // Eleven bits of integer part; the low band's scale starts four times higher.
        let down = shift - (self.log_scale >> 11);
        self.scale = if down < 0 {
            fraction << -down
        } else {
            fraction >> down
        } << 2;
    }

    /// RECONS to PREDIC: both filters learn from the quantised difference, then predict.
    fn adapt(&mut self, difference: i32) {
        let rebuilt = saturated(self.predicted + difference);
        let partial = saturated(self.zeros + difference);
        self.adapt_poles(partial);
        self.adapt_zeros(difference);
        self.partial = [partial, self.partial[0]];
        self.rebuilt = [saturated(rebuilt * 2), self.rebuilt[0]];
        self.differences.copy_within(0..5, 1);
        self.differences[0] = saturated(difference * 2);
        // FILTEP, FILTEZ.
        let poles = saturated(
            product(self.poles[0], self.rebuilt[0]) + product(self.poles[1], self.rebuilt[1]),
        );
        let parts = std::array::from_fn(|i| product(self.weights[i], self.differences[i]));
        self.zeros = saturated_sum(parts);
        self.predicted = saturated(poles + self.zeros);
    }

    /// UPPOL2, UPPOL1: the poles stay inside the triangle in which the filter is stable.
    fn adapt_poles(&mut self, partial: i32) {
        let same = |earlier: i32| (partial < 0) == (earlier < 0);
        let turned = saturated(self.poles[0] * 4);
        let turned = if same(self.partial[0]) {
            saturated(-turned)
        } else {
            turned
        };
        let nudge = if same(self.partial[1]) { 128 } else { -128 };
        let second = (turned >> 7) + nudge + product(self.poles[1], 32_512);
        let second = second.clamp(-12_288, 12_288);
        let nudge = if same(self.partial[0]) { 192 } else { -192 };
        let most = 15_360 - second;
        let first = (nudge + product(self.poles[0], 32_640)).clamp(-most, most);
        self.poles = [first, second];
    }

    /// UPZERO: each weight leaks, and moves towards the sign its difference shares with the newest.
    fn adapt_zeros(&mut self, difference: i32) {
        let nudge = if difference == 0 { 0 } else { 128 };
        for (weight, &earlier) in self.weights.iter_mut().zip(&self.differences) {
            let nudge = if (earlier < 0) == (difference < 0) {
                nudge
            } else {
                -nudge
            };
            *weight = saturated(product(*weight, 32_640) + nudge);
        }
    }
}

/// 0 to 4 kHz: six bits a sample.
#[derive(Clone, Debug)]
pub(super) struct LowBand(Band);

impl LowBand {
    pub(super) const fn new() -> Self {
        Self(Band::new(32))
    }

    /// SUBTRA to PREDIC: the code of a 15-bit sample.
    pub(super) fn encode(&mut self, sample: i32) -> u8 {
        let error = saturated(sample - self.0.predicted);
        // QUANTL: the magnitude, with the negatives mirrored to −1 − x.
        let magnitude = error ^ (error >> 31);
        let level = level(magnitude as u16, self.0.scale as u16);
        let code = match (error < 0, level) {
            (false, _) => 61 - level,
            (true, 0 | 1) => 63 - level,
            (true, _) => 33 - level,
        };
        self.follow(code);
        code
    }

    /// INVQBL to PREDIC: the 15-bit sample of a code.
    pub(super) fn decode(&mut self, code: u8) -> i32 {
        let code = code & 63;
        let difference = product(self.0.scale, LOW_LEVELS[usize::from(code)]);
        let sample = limited(self.0.predicted + difference);
        self.follow(code);
        sample
    }

    /// Only the four upper bits steer the filters, so that the two lower ones can be lost.
    fn follow(&mut self, code: u8) {
        let code = usize::from(code >> 2);
        let difference = product(self.0.scale, LOW_COARSE_LEVELS[code]);
        self.0.rescale(LOW_STEPS[code], 18_432, 8);
        self.0.adapt(difference);
    }
}

/// 4 to 8 kHz: two bits a sample.
#[derive(Clone, Debug)]
pub(super) struct HighBand(Band);

impl HighBand {
    pub(super) const fn new() -> Self {
        Self(Band::new(8))
    }

    /// The code of a 15-bit sample.
    pub(super) fn encode(&mut self, sample: i32) -> u8 {
        let error = saturated(sample - self.0.predicted);
        let magnitude = error ^ (error >> 31);
        let far = magnitude >= (564 * self.0.scale) >> 12;
        let code = match (error < 0, far) {
            (true, true) => 0,
            (true, false) => 1,
            (false, true) => 2,
            (false, false) => 3,
        };
        self.decode(code);
        code
    }

    /// The 15-bit sample of a code.
    pub(super) fn decode(&mut self, code: u8) -> i32 {
        let code = usize::from(code & 3);
        let difference = product(self.0.scale, HIGH_LEVELS[code]);
        let sample = limited(self.0.predicted + difference);
        self.0.rescale(HIGH_STEPS[code], 22_528, 10);
        self.0.adapt(difference);
        sample
    }
}

/// How many decision levels a magnitude reaches. All are compared at once: a search would branch five
/// times on what nobody can foretell.
fn level(magnitude: u16, scale: u16) -> u8 {
    let reached = DECISIONS.map(|decision| {
        let decision = ((u32::from(decision) * u32::from(scale)) >> 16) as u16;
        u8::from(decision <= magnitude)
    });
    reached.iter().sum::<u8>().min(29)
}

/// The product of two fractions of 15 bits.
fn product(a: i32, b: i32) -> i32 {
    (a * b) >> 15
}

/// 16-bit arithmetic: what exceeds it stays at its end.
fn saturated(value: i32) -> i32 {
    value.clamp(i32::from(i16::MIN), i32::from(i16::MAX))
}

/// The sum of six parts, the oldest first, each addition saturated. That changes nothing unless the
/// parts are large, which they hardly ever are.
fn saturated_sum(parts: [i32; 6]) -> i32 {
    let magnitude: i32 = parts.iter().map(|part| part.abs()).sum();
    if magnitude <= i32::from(i16::MAX) {
        return parts.iter().sum();
    }
    parts
        .iter()
        .rev()
        .fold(0, |sum, part| saturated(sum + part))
}

/// LIMIT: samples of a band have 15 bits.
pub(super) fn limited(value: i32) -> i32 {
    value.clamp(-16_384, 16_383)
}

/// Q6: the decision levels of the low band, 29 of them, sixteen times as large; the rest fills up and
/// is reached by nothing that does not reach all.
const DECISIONS: [u16; 32] = {
    let levels: [u16; 29] = [
        35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940,
        1_023, 1_121, 1_219, 1_339, 1_458, 1_612, 1_765, 1_980, 2_195, 2_557, 2_919,
    ];
    let mut decisions = [u16::MAX; 32];
    let mut i = 0;
    while i < levels.len() {
        decisions[i] = levels[i] * 16;
        i += 1;
    }
    decisions
};

/// QM6 by code: the output levels of the low band at 64 kbit/s. The first four codes
/// are never sent.
const LOW_LEVELS: [i32; 64] = [
    -136, -136, -136, -136, -24_808, -21_904, -19_008, -16_704, -14_984, -13_512, -12_280, -11_192,
    -10_232, -9_360, -8_576, -7_856, -7_192, -6_576, -6_000, -5_456, -4_944, -4_464, -4_008,
    -3_576, -3_168, -2_776, -2_400, -2_032, -1_688, -1_360, -1_040, -728, 24_808, 21_904, 19_008,
    16_704, 14_984, 13_512, 12_280, 11_192, 10_232, 9_360, 8_576, 7_856, 7_192, 6_576, 6_000,
    5_456, 4_944, 4_464, 4_008, 3_576, 3_168, 2_776, 2_400, 2_032, 1_688, 1_360, 1_040, 728, 432,
    136, -432, -136,
];

/// QM4 by the four upper bits.
const LOW_COARSE_LEVELS: [i32; 16] = [
    0, -20_456, -12_896, -8_968, -6_288, -4_240, -2_584, -1_200, 20_456, 12_896, 8_968, 6_288,
    4_240, 2_584, 1_200, 0,
];

/// WL by the four upper bits: how the logarithm of the scale moves.
const LOW_STEPS: [i32; 16] = [
    -60, 3_042, 1_198, 538, 334, 172, 58, -30, 3_042, 1_198, 538, 334, 172, 58, -30, -60,
];

/// QM2 by code: the output levels of the high band.
const HIGH_LEVELS: [i32; 4] = [-7_408, -1_616, 7_408, 1_616];

/// WH by code.
const HIGH_STEPS: [i32; 4] = [798, -214, 798, -214];

/// ILB: 2¹¹ times two to the power of i/32.
const INVERSE_LOG: [i32; 32] = [
    2_048, 2_093, 2_139, 2_186, 2_233, 2_282, 2_332, 2_383, 2_435, 2_489, 2_543, 2_599, 2_656,
    2_714, 2_774, 2_834, 2_896, 2_960, 3_025, 3_091, 3_158, 3_228, 3_298, 3_371, 3_444, 3_520,
    3_597, 3_676, 3_756, 3_838, 3_922, 4_008,
];
