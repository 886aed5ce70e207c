//! Many voices for many listeners: a conference adds every voice once, and gives each listener the sum
//! without their own.

use crate::frame::{MAX_FRAME_SAMPLES, Rate};
use crate::gain::Gain;

/// The sum of the voices that sound in the same 20 ms. Sums have 32 bits, so taking a voice out again
/// leaves exactly the others; only what a listener hears is brought back to 16, and softly: up to three
/// quarters of full scale nothing changes, beyond it sound is bent towards full scale and never clips.
#[derive(Clone, Debug)]
pub struct Mix {
    sum: [i32; MAX_FRAME_SAMPLES],
    /// Samples of a frame.
    length: usize,
    voices: u32,
}

impl Mix {
    /// A mix of frames at `rate`, silent yet.
    pub const fn new(rate: Rate) -> Self {
        Self {
            sum: [0; MAX_FRAME_SAMPLES],
            length: rate.frame_samples(),
            voices: 0,
        }
    }

    /// The next 20 ms begin: silence again.
    pub fn clear(&mut self) {
        self.sum[..self.length].fill(0);
        self.voices = 0;
    }

    /// Adds a voice, made louder or softer. What it says beyond a frame is left out. False, and not
    /// added, when there are [`MAX_VOICES`] already.
    pub fn add(&mut self, voice: &[i16], gain: Gain) -> bool {
        if self.voices == MAX_VOICES {
            return false;
        }
        self.voices += 1;
        let pairs = self.sum[..self.length].iter_mut().zip(voice);
        if gain == Gain::UNITY {
            pairs.for_each(|(sum, &sample)| *sum += i32::from(sample));
        } else {
            pairs.for_each(|(sum, &sample)| *sum += i32::from(gain.of(sample)));
        }
        true
    }

    /// How many voices were added.
    pub const fn voices(&self) -> u32 {
        self.voices
    }

    /// All voices, for somebody who adds none; returns the samples written.
    pub fn all(&self, out: &mut [i16]) -> usize {
        self.without(&[], Gain::UNITY, out)
    }

    /// All voices but `own`, which was added with this `gain`; returns the samples written, a frame or as
    /// many as fit.
    pub fn without(&self, own: &[i16], gain: Gain, out: &mut [i16]) -> usize {
        let count = self.length.min(out.len());
        let mut others = [0; MAX_FRAME_SAMPLES];
        let others = &mut others[..count];
        others.copy_from_slice(&self.sum[..count]);
        let pairs = others.iter_mut().zip(own);
        if gain == Gain::UNITY {
            pairs.for_each(|(sum, &sample)| *sum -= i32::from(sample));
        } else {
            pairs.for_each(|(sum, &sample)| *sum -= i32::from(gain.of(sample)));
        }
        // Nearly always nothing is loud: then no sample is looked at twice.
        let peak = others.iter().fold(0, |peak, s| s.unsigned_abs().max(peak));
        let pairs = out.iter_mut().zip(&*others);
        if peak <= KNEE as u32 {
            pairs.for_each(|(out, sample)| *out = *sample as i16);
        } else {
            pairs.for_each(|(out, sample)| *out = limited(*sample));
        }
        count
    }
}

/// Bends what is beyond the [`KNEE`]: there as steep as before, then ever flatter towards full scale.
fn limited(sample: i32) -> i16 {
    let magnitude = i64::from(sample.unsigned_abs());
    let (knee, room) = (i64::from(KNEE), i64::from(i16::MAX) - i64::from(KNEE));
    let beyond = magnitude - knee;
    let bent = if beyond <= 0 {
        magnitude
    } else {
        knee + room * beyond / (room + beyond)
    };
    // Less than full scale whatever came in.
    if sample < 0 {
        -bent as i16
    } else {
        bent as i16
    }
}

/// The most voices of one mix: their sum fits 32 bits whatever they say.
pub const MAX_VOICES: u32 = 65_535;

/// Up to here sound passes unchanged: 2.5 dB below full scale.
pub const KNEE: i32 = 24_576;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mix(rate: Rate, voices: &[(Vec<i16>, Gain)]) -> Mix {
        let mut mix = Mix::new(rate);
        for (voice, gain) in voices {
            assert!(mix.add(voice, *gain));
        }
        mix
    }

    fn heard(mix: &Mix, own: Option<&(Vec<i16>, Gain)>) -> Vec<i16> {
        let mut out = [0; MAX_FRAME_SAMPLES];
        let count = match own {
            Some((voice, gain)) => mix.without(voice, *gain, &mut out),
            None => mix.all(&mut out),
        };
        out[..count].to_vec()
    }

    #[test]
    fn each_hears_the_others() {
        let voice = |value: i16| (vec![value; 160], Gain::UNITY);
        let voices = [voice(1_000), voice(-300), voice(20)];
        let mix = mix(Rate::Narrow, &voices);
        assert_eq!(mix.voices(), 3);
        assert_eq!(heard(&mix, Some(&voices[0])), [-280; 160]);
        assert_eq!(heard(&mix, Some(&voices[1])), [1_020; 160]);
        assert_eq!(heard(&mix, None), [720; 160]);
        let mut next = mix;
        next.clear();
        assert_eq!((heard(&next, None), next.voices()), (vec![0; 160], 0));
    }

    #[test]
    fn loud_sums_are_bent_and_never_clip_or_wrap() {
        assert_eq!((limited(KNEE), limited(-KNEE)), (24_576, -24_576));
        assert_eq!(limited(KNEE + 1), 24_576);
        // Twice full scale still differs from three times.
        assert!(limited(65_534) < limited(98_301) && limited(98_301) < i16::MAX);
        assert_eq!(limited(i32::MIN), -limited(i32::MAX));
        let mut last = 0;
        for sample in (0..2_000_000).step_by(7) {
            let now = limited(sample);
            assert!(now >= last && i32::from(now) <= sample);
            assert_eq!(limited(-sample), -now);
            last = now;
        }
    }

    #[test]
    fn the_bound_holds() {
        let mut mix = Mix::new(Rate::Narrow);
        let loudest = [i16::MIN; 160];
        let added = (0..=MAX_VOICES)
            .filter(|_| mix.add(&loudest, Gain::UNITY))
            .count();
        assert_eq!(added as u32, MAX_VOICES);
        assert!(heard(&mix, None).iter().all(|&s| s < -32_700));
        let own = (loudest.to_vec(), Gain::UNITY);
        assert!(heard(&mix, Some(&own)).iter().all(|&s| s < -32_700));
        assert_eq!(mix.all(&mut [0; 7]), 7);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Without one voice is exactly what a mix of the others would be, whatever is said how loud.
        #[test]
        fn taking_a_voice_out_leaves_the_others(
            wide in any::<bool>(),
            voices in prop::collection::vec(
                (prop::collection::vec(any::<i16>(), 0..400), -20.0..20.0f64), 1..6),
            one in any::<prop::sample::Index>(),
        ) {
            let rate = if wide { Rate::Wide } else { Rate::Narrow };
            let mut voices: Vec<(Vec<i16>, Gain)> = voices
                .into_iter()
                .map(|(voice, decibels)| (voice, Gain::from_decibels(decibels)))
                .collect();
            let all = mix(rate, &voices);
            let own = voices.swap_remove(one.index(voices.len()));
            let others = mix(rate, &voices);
            prop_assert_eq!(heard(&all, Some(&own)), heard(&others, None));
        }
    }
}
