//! Louder and softer, without wrapping round.

/// A factor on samples, fixed point with 12 fractional bits: at most ±18 dB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gain(i32);

impl Gain {
    /// Leaves samples as they are.
    pub const UNITY: Self = Self(1 << FRACTION);

    /// A gain in decibels, kept within ±[`MAX_DECIBELS`]; what is not a number is unity.
    pub fn from_decibels(decibels: f64) -> Self {
        if decibels.is_nan() {
            return Self::UNITY;
        }
        let decibels = decibels.clamp(-MAX_DECIBELS, MAX_DECIBELS);
        let factor = 10f64.powf(decibels / 20.0) * f64::from(1 << FRACTION);
        Self(factor.round() as i32)
    }

    /// Applies the gain in place; what exceeds full scale is clipped there.
    pub fn apply(self, samples: &mut [i16]) {
        if self == Self::UNITY {
            return;
        }
        for sample in samples {
            *sample = self.of(*sample);
        }
    }

    /// One sample with the gain applied, clipped at full scale.
    pub fn of(self, sample: i16) -> i16 {
        let scaled = (i32::from(sample) * self.0) >> FRACTION;
        scaled.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
    }
}

/// The strongest gain, up or down, in decibels.
pub const MAX_DECIBELS: f64 = 18.0;

/// Fractional bits of the factor.
const FRACTION: u32 = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_decibels_double_and_full_scale_clips() {
        let mut samples = [1000, -1000, 30_000, -30_000];
        Gain::from_decibels(6.0206).apply(&mut samples);
        assert_eq!(samples, [2000, -2000, i16::MAX, i16::MIN]);
    }

    #[test]
    fn the_bound_holds() {
        assert_eq!(Gain::from_decibels(1e9), Gain::from_decibels(MAX_DECIBELS));
        assert_eq!(Gain::from_decibels(f64::NAN), Gain::UNITY);
        let mut loudest = [i16::MIN];
        Gain::from_decibels(f64::INFINITY).apply(&mut loudest);
        assert_eq!(loudest, [i16::MIN]);
    }
}
