//! What ITU-T Q.24 asks of a receiver: what is a key, and what only sounds like one.

use std::f64::consts::PI;
use std::time::Duration;

use super::*;
use crate::dtmf::KeyTone;
use crate::tone::{amplitude, tone};

mod grid;
mod talk;

const ALL: &str = "0123456789*#ABCD";

fn heard(samples: &[i16]) -> String {
    let mut detector = Detector::new();
    samples
        .chunks(FRAME_SAMPLES)
        .filter_map(|chunk| detector.listen(chunk))
        .collect()
}

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// `keys`, each `on` long with `off` of silence after it, shifted by `lead` samples.
fn dialled(keys: &str, on: Duration, off: usize, lead: usize) -> Vec<i16> {
    let mut samples = vec![0; lead];
    for key in keys.chars() {
        samples.extend(KeyTone::new(key, on).unwrap());
        samples.extend(vec![0; off * 8]);
    }
    samples.resize(samples.len() + 800, 0);
    samples
}

#[test]
fn every_key_is_found_wherever_it_falls_on_the_blocks() {
    for lead in (0..320).step_by(13) {
        assert_eq!(heard(&dialled(ALL, ms(80), 80, lead)), ALL, "lead {lead}");
    }
}

#[test]
fn forty_milliseconds_of_key_and_of_pause_are_enough() {
    for lead in (0..204).step_by(3) {
        assert_eq!(heard(&dialled("159D", ms(45), 40, lead)), "159D", "{lead}");
        assert_eq!(heard(&dialled("77", ms(45), 40, lead)), "77", "{lead}");
    }
}

#[test]
fn twenty_milliseconds_are_not() {
    for lead in (0..204).step_by(3) {
        assert_eq!(heard(&dialled("159", ms(20), 80, lead)), "", "lead {lead}");
    }
}

#[test]
fn a_key_held_long_is_told_once_even_with_a_short_break() {
    let samples: Vec<i16> = KeyTone::new('5', ms(600)).unwrap().collect();
    assert_eq!(heard(&samples), "5");
    for start in 2_000..2_080 {
        let mut broken = samples.clone();
        broken[start..start + 160].fill(0);
        assert_eq!(heard(&broken), "5", "{start}");
    }
}

#[test]
fn the_twist_of_a_line_is_tolerated_and_more_is_not() {
    let pair = |low: f64, high: f64| heard(&tone(&[(770.0, low), (1_336.0, high)], ms(100)));
    assert_eq!(pair(-8.0, -15.0), "5");
    assert_eq!(pair(-15.0, -12.0), "5");
    assert_eq!(pair(-8.0, -18.0), "");
    assert_eq!(pair(-16.0, -10.0), "");
}

#[test]
fn weak_keys_count_and_whispers_do_not() {
    let pair = |level: f64| heard(&tone(&[(941.0, level), (1_209.0, level)], ms(100)));
    assert_eq!(pair(-30.0), "*");
    assert_eq!(pair(-45.0), "");
}

#[test]
fn a_deviation_of_1_5_percent_is_accepted() {
    for factor in [0.985, 1.015] {
        for (row, low) in ROWS.iter().enumerate() {
            for (column, high) in COLUMNS.iter().enumerate() {
                let sound = tone(&[(low * factor, -10.0), (high * factor, -10.0)], ms(80));
                assert_eq!(heard(&sound), KEYS[row][column].to_string(), "{low} {high}");
            }
        }
    }
}

#[test]
fn single_tones_dial_tone_and_noise_are_not_keys() {
    for hertz in (300..3_400).step_by(50) {
        assert_eq!(heard(&tone(&[(f64::from(hertz), -10.0)], ms(300))), "");
    }
    assert_eq!(heard(&tone(&[(350.0, -13.0), (440.0, -13.0)], ms(500))), "");
    let mut state = 7u32;
    let noise: Vec<i16> = (0..80_000)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as i16 / 4
        })
        .collect();
    assert_eq!(heard(&noise), "");
}

/// A buzzing voice gliding through the speech band, with formants: the talk-off a menu hears.
#[test]
fn a_voice_is_not_a_key() {
    let mut samples = Vec::new();
    let mut phase = 0.0f64;
    for i in 0..100_000 {
        let seconds = f64::from(i) / 8_000.0;
        let pitch = 120.0 + 60.0 * (seconds * 1.7).sin() + 30.0 * (seconds * 5.1).sin();
        phase += pitch / 8_000.0;
        let formants = [
            500.0 + 250.0 * (seconds * 2.3).sin(),
            1_450.0 + 400.0 * (seconds * 1.1).sin(),
        ];
        let value: f64 = (1..24)
            .map(|n| {
                let hertz = pitch * f64::from(n);
                let loud: f64 = formants
                    .iter()
                    .map(|f| (-((hertz - f) / 120.0).powi(2)).exp())
                    .sum();
                loud * (2.0 * PI * phase * f64::from(n)).sin()
            })
            .sum();
        samples.push((value * amplitude(-16.0)).clamp(-32_000.0, 32_000.0) as i16);
    }
    assert_eq!(heard(&samples), "");
}

#[test]
fn keys_are_found_in_noise_15_db_below() {
    let mut samples = dialled(ALL, ms(80), 80, 0);
    let mut state = 3u32;
    for sample in &mut samples {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *sample += ((i64::from(state >> 16) - 32_768) * 2_500 / 32_768) as i16;
    }
    assert_eq!(heard(&samples), ALL);
}
