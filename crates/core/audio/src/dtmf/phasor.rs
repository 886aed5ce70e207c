//! What a filter hears of one tone: its amplitude and its phase.

use std::f64::consts::PI;

use crate::frame::RATE;

/// A complex number: half the amplitude of a tone, at its phase.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Phasor {
    re: f32,
    im: f32,
}

impl Phasor {
    /// Of length one, at an angle in radians.
    pub(super) fn turned(angle: f32) -> Self {
        let (im, re) = angle.sin_cos();
        Self { re, im }
    }

    pub(super) fn real(self) -> f32 {
        self.re
    }

    pub(super) fn power(self) -> f32 {
        self.re * self.re + self.im * self.im
    }

    pub(super) fn angle(self) -> f32 {
        self.im.atan2(self.re)
    }

    pub(super) fn conjugate(self) -> Self {
        Self {
            im: -self.im,
            ..self
        }
    }

    pub(super) fn scaled(self, factor: f32) -> Self {
        Self {
            re: self.re * factor,
            im: self.im * factor,
        }
    }

    pub(super) fn times(self, other: Self) -> Self {
        Self {
            re: self.re * other.re - self.im * other.im,
            im: self.re * other.im + self.im * other.re,
        }
    }

    pub(super) fn less(self, other: Self) -> Self {
        Self {
            re: self.re - other.re,
            im: self.im - other.im,
        }
    }
}

/// Goertzel's filter for eight tones: a coefficient of a Fourier transform each, sample by sample. All
/// eight take a sample together, since each alone would wait for itself.
#[derive(Clone, Debug)]
pub(super) struct Bank {
    cosine: [f32; 8],
    sine: [f32; 8],
    s1: [f32; 8],
    s2: [f32; 8],
}

impl Bank {
    pub(super) fn new(hertz: [f64; 8]) -> Self {
        let turn = hertz.map(|hertz| 2.0 * PI * hertz / f64::from(RATE));
        Self {
            cosine: turn.map(|turn| turn.cos() as f32),
            sine: turn.map(|turn| turn.sin() as f32),
            s1: [0.0; 8],
            s2: [0.0; 8],
        }
    }

    pub(super) fn take(&mut self, samples: &[i16]) {
        let (mut s1, mut s2) = (self.s1, self.s2);
        let twice = self.cosine.map(|cosine| 2.0 * cosine);
        for &sample in samples {
            let sample = f32::from(sample);
            let mut s0 = [0.0; 8];
            for i in 0..8 {
                s0[i] = sample + twice[i] * s1[i] - s2[i];
            }
            (s1, s2) = (s0, s1);
        }
        (self.s1, self.s2) = (s1, s2);
    }

    /// What was heard of each since the last time: for a sine of amplitude A over n samples A · n / 2, at
    /// its phase in the last sample.
    pub(super) fn finish(&mut self) -> [Phasor; 8] {
        let heard = std::array::from_fn(|i| Phasor {
            re: self.s1[i] - self.cosine[i] * self.s2[i],
            im: self.sine[i] * self.s2[i],
        });
        (self.s1, self.s2) = ([0.0; 8], [0.0; 8]);
        heard
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sine_is_heard_with_its_amplitude_and_phase() {
        for phase in [-2.0f32, 0.0, 1.0] {
            let mut filter = Bank::new([1_000.0; 8]);
            let samples: Vec<i16> = (0..80)
                .map(|i| {
                    let before_end = (79 - i) as f32;
                    let angle = phase - std::f32::consts::TAU * before_end / 8.0;
                    (10_000.0 * angle.cos()).round() as i16
                })
                .collect();
            filter.take(&samples[..30]);
            filter.take(&samples[30..]);
            let [heard, .., last] = filter.finish();
            assert_eq!(heard, last);
            assert!((heard.power().sqrt() - 400_000.0).abs() < 200.0);
            assert!((heard.angle() - phase).abs() < 1e-3, "{phase}");
            assert_eq!(filter.finish()[3].power(), 0.0);
        }
    }
}
