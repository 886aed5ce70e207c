//! Noise is as loud as was said, whatever its colour, and hostile colours stay bounded.

use proptest::prelude::*;

use super::*;

fn second(noise: Noise) -> Vec<i16> {
    let mut samples = vec![0; 16_000];
    ComfortNoise::new(noise, 5).fill(&mut samples);
    samples
}

#[test]
fn noise_is_as_loud_as_it_says() {
    for level in [20, 40, 60, 78] {
        let heard = Noise::like(&second(Noise::white(level)));
        assert!(heard.level().abs_diff(level) <= 1, "{level}: {heard:?}");
        assert_eq!(Noise::parse(&heard.payload()), Some(heard));
    }
}

#[test]
fn a_colour_changes_the_spectrum_and_not_the_level() {
    let steps = |samples: &[i16]| -> f64 {
        let step = |w: &[i16]| (f64::from(w[1]) - f64::from(w[0])).powi(2);
        samples.windows(2).map(step).sum::<f64>()
    };
    let white = second(Noise::white(40));
    // A first coefficient of −0.8 leaves low sound, of 0.8 high sound.
    let low = second(Noise::parse(&[40, 25]).unwrap());
    let high = second(Noise::parse(&[40, 229]).unwrap());
    assert!(steps(&low) < steps(&white) / 2.0 && steps(&high) > steps(&white) * 1.5);
    for coloured in [low, high] {
        assert!(Noise::like(&coloured).level().abs_diff(40) <= 1);
    }
}

#[test]
fn the_edges_of_what_can_be_said() {
    assert_eq!(Noise::parse(&[]), None);
    assert_eq!(Noise::parse(&[0x80 | 40]), Some(Noise::white(40)));
    assert_eq!(Noise::parse(&[40, 127, 127]), Some(Noise::white(40)));
    assert_eq!(Noise::white(200).level(), 127);
    assert_eq!(Noise::like(&[]).level(), 127);
    assert_eq!(Noise::like(&[0; 160]).level(), 127);
    assert_eq!(Noise::like(&[i16::MIN; 160]).level(), 0);
    assert!(second(Noise::white(127)).iter().all(|&s| s == 0));
    let mut longer = vec![40; 1 + MAX_ORDER];
    let shorter = Noise::parse(&longer);
    longer.extend([1; 500]);
    assert_eq!(Noise::parse(&longer), shorter);
}

#[test]
fn streams_do_not_sound_in_step_and_a_change_is_heard_at_once() {
    let mut noises = [1, 3].map(|seed| ComfortNoise::new(Noise::white(40), seed));
    let [a, b] = noises.each_mut().map(|noise| {
        let mut frame = [0; 160];
        noise.fill(&mut frame);
        frame
    });
    assert_ne!(a, b);
    noises[0].change(Noise::white(60));
    let mut quieter = [0; 160];
    noises[0].fill(&mut quieter);
    assert!(Noise::like(&quieter).level().abs_diff(60) <= 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_payload_makes_finite_noise(payload in prop::collection::vec(any::<u8>(), 1..40)) {
        let mut source = ComfortNoise::new(Noise::parse(&payload).unwrap(), 1);
        source.fill(&mut [0; 4_000]);
        prop_assert!(source.backward.iter().all(|b| b.is_finite()));
    }
}
