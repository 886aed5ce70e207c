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

/// Goertzel's filter: one coefficient of a Fourier transform, sample by sample.
#[derive(Clone, Debug)]
pub(super) struct Goertzel {
    cosine: f32,
    sine: f32,
    s1: f32,
    s2: f32,
}

impl Goertzel {
    pub(super) fn new(hertz: f64) -> Self {
        let (sine, cosine) = (2.0 * PI * hertz / f64::from(RATE)).sin_cos();
        Self {
            cosine: cosine as f32,
            sine: sine as f32,
            s1: 0.0,
            s2: 0.0,
        }
    }

    pub(super) fn take(&mut self, samples: &[i16]) {
        let (mut s1, mut s2) = (self.s1, self.s2);
        let coefficient = 2.0 * self.cosine;
        for &sample in samples {
            let s0 = f32::from(sample) + coefficient * s1 - s2;
            (s1, s2) = (s0, s1);
        }
        (self.s1, self.s2) = (s1, s2);
    }

    /// What was heard since the last time: for a sine of amplitude A over n samples A · n / 2, at its
    /// phase in the last sample.
    pub(super) fn finish(&mut self) -> Phasor {
        let heard = Phasor {
            re: self.s1 - self.cosine * self.s2,
            im: self.sine * self.s2,
        };
        (self.s1, self.s2) = (0.0, 0.0);
        heard
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sine_is_heard_with_its_amplitude_and_phase() {
        for phase in [-2.0f32, 0.0, 1.0] {
            let mut filter = Goertzel::new(1_000.0);
            let samples: Vec<i16> = (0..80)
                .map(|i| {
                    let before_end = (79 - i) as f32;
                    let angle = phase - std::f32::consts::TAU * before_end / 8.0;
                    (10_000.0 * angle.cos()).round() as i16
                })
                .collect();
            filter.take(&samples[..30]);
            filter.take(&samples[30..]);
            let heard = filter.finish();
            assert!((heard.power().sqrt() - 400_000.0).abs() < 200.0);
            assert!((heard.angle() - phase).abs() < 1e-3, "{phase}");
            assert_eq!(filter.finish().power(), 0.0);
        }
    }
}
