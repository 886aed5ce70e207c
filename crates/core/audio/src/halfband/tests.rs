//! The filter against its own design and against sines; both directions against any cutting of the
//! sound into packets.

use std::f64::consts::PI;

use proptest::prelude::*;

use super::*;

fn sine(rate: u32, hertz: f64) -> Vec<i16> {
    (0..rate)
        .map(|i| (10_000.0 * (2.0 * PI * hertz * f64::from(i) / f64::from(rate)).sin()) as i16)
        .collect()
}

/// The level of the middle of a second of sound, in decibels against the sine that went in.
fn level(samples: &[i16]) -> f64 {
    let middle = &samples[samples.len() / 4..samples.len() * 3 / 4];
    let power: f64 = middle.iter().map(|&s| f64::from(s).powi(2)).sum();
    10.0 * (power / middle.len() as f64 / 5e7).max(1e-12).log10()
}

fn doubled(narrow: &[i16]) -> Vec<i16> {
    let mut wide = vec![0; narrow.len() * 2];
    assert_eq!(Doubler::new().convert(narrow, &mut wide), wide.len());
    wide
}

fn halved(wide: &[i16]) -> Vec<i16> {
    let mut narrow = vec![0; wide.len() / 2];
    assert_eq!(Halver::new().convert(wide, &mut narrow), narrow.len());
    narrow
}

/// The modified Bessel function of order zero.
fn bessel_i0(x: f64) -> f64 {
    let mut term = 1.0;
    (1..40).fold(1.0, |sum, k| {
        term *= (x / 2.0 / f64::from(k)).powi(2);
        sum + term
    })
}

#[test]
fn the_coefficients_are_those_of_the_design() {
    let ideal = |k: f64| {
        let sinc = (PI * k / 2.0).sin() / (PI * k / 2.0);
        let window = bessel_i0(5.65 * (1.0 - (k / 24.0).powi(2)).sqrt()) / bessel_i0(5.65);
        0.5 * sinc * window
    };
    let sum: f64 = (0..HALF).map(|i| ideal(2.0 * i as f64 + 1.0)).sum();
    for i in 0..HALF {
        let wanted = ideal(2.0 * i as f64 + 1.0) / sum * 8_192.0;
        let kept = f64::from(TAPS[HALF + i]);
        assert!((wanted - kept).abs() < 2.5, "{i}: {wanted:.2} {kept}");
        assert_eq!(TAPS[HALF + i], TAPS[HALF - 1 - i]);
    }
    // Direct current passes unchanged both ways.
    let half: i32 = TAPS[HALF..].iter().map(|&t| i32::from(t)).sum();
    assert_eq!(half, 1 << 13);
}

#[test]
fn upwards_the_voice_passes_and_leaves_no_image() {
    for hertz in [100.0, 1_000.0, 2_000.0, 3_000.0, 3_400.0] {
        let wide = doubled(&sine(8_000, hertz));
        assert!(level(&wide).abs() < 0.05, "{hertz}: {}", level(&wide));
        // The same sine, as late as the filter makes it.
        let expected = sine(16_000, hertz);
        let late = |i: usize| f64::from(wide[i + 23]) - f64::from(expected[i]);
        let error: Vec<i16> = (0..15_900).map(|i| late(i) as i16).collect();
        assert!(level(&error) < -54.0, "{hertz}: {}", level(&error));
    }
}

#[test]
fn downwards_the_voice_passes_and_nothing_folds_into_it() {
    for (hertz, least, most) in [
        (100.0, -0.05, 0.05),
        (1_000.0, -0.05, 0.05),
        (3_400.0, -0.05, 0.05),
        (4_600.0, -99.0, -57.0),
        (5_500.0, -99.0, -57.0),
        (7_900.0, -99.0, -57.0),
    ] {
        let level = level(&halved(&sine(16_000, hertz)));
        assert!((least..=most).contains(&level), "{hertz}: {level:.2} dB");
    }
}

#[test]
fn a_click_comes_out_after_the_named_delay() {
    let mut click = vec![0i16; 400];
    click[101] = 20_000;
    let peak = |samples: &[i16]| (0..samples.len()).max_by_key(|&i| samples[i]).unwrap();
    assert_eq!(peak(&doubled(&click)), 2 * 101 + 23);
    click[101] = 0;
    click[100] = 20_000;
    // One sample of the 23 is that the pair was complete only with its second.
    assert_eq!(peak(&halved(&click)), (100 + 22) / 2);
    assert_eq!(DELAY.as_micros(), 1_437);
}

#[test]
fn there_and_back_is_the_same_sound_later() {
    let narrow = sine(8_000, 700.0);
    let back = halved(&doubled(&narrow));
    // 23 samples up, 22 down, at 16 kHz: 22.5 at 8 kHz.
    let error: Vec<i16> = (0..7_900)
        .map(|i| {
            let between = (f64::from(back[i + 22]) + f64::from(back[i + 23])) / 2.0;
            (between - f64::from(narrow[i])) as i16
        })
        .collect();
    assert!(level(&error) < -25.0, "{}", level(&error));
}

#[test]
fn the_shorter_side_bounds_the_work_and_full_scale_stays_in_range() {
    let mut wide = [7; 5];
    assert_eq!(Doubler::new().convert(&[i16::MAX; 9], &mut wide), 4);
    assert_eq!(wide[4], 7);
    assert_eq!(Halver::new().convert(&[0; 7], &mut [0; 9]), 3);
    assert_eq!(Halver::new().convert(&[0; 8], &mut [0; 2]), 2);
    // The signs of the coefficients: the loudest the filter can get, either way.
    let worst: Vec<i16> = (0..96)
        .map(|i| if TAPS[i % 24] < 0 { i16::MIN } else { i16::MAX })
        .collect();
    let inverted: Vec<i16> = worst
        .iter()
        .map(|&s| if s < 0 { i16::MAX } else { i16::MIN })
        .collect();
    for sound in [worst, inverted] {
        doubled(&sound);
        let both: Vec<i16> = sound.iter().flat_map(|&s| [s, s]).collect();
        halved(&both);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn packets_of_any_length_make_one_sound(
        sound in prop::collection::vec(any::<i16>(), 2..1_500),
        cuts in prop::collection::vec(1usize..400, 1..12),
    ) {
        let (mut doubler, mut halver) = (Doubler::new(), Halver::new());
        let (mut wide, mut narrow) = (Vec::new(), Vec::new());
        let mut rest = &sound[..];
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (packet, later) = rest.split_at((*cut).min(rest.len()));
            rest = later;
            let mut out = vec![0; packet.len() * 2];
            doubler.convert(packet, &mut out);
            wide.extend_from_slice(&out);
            let mut half = vec![0; packet.len()];
            halver.convert(&out, &mut half);
            narrow.extend_from_slice(&half);
        }
        prop_assert_eq!(&wide, &doubled(&sound));
        prop_assert_eq!(&narrow, &halved(&wide));
    }
}
