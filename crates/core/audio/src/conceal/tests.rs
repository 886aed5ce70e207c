//! How near made-up sound comes to what was lost, at both rates, and where it ends.

use std::io::Cursor;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::halfband::Doubler;
use crate::resample::resample;
use crate::tone::tone;
use crate::wav;

fn sine(hertz: f64) -> Vec<Frame> {
    tone(&[(hertz, -10.0)], Duration::from_secs(1))
        .chunks_exact(FRAME_SAMPLES)
        .map(|chunk| Frame(chunk.try_into().unwrap()))
        .collect()
}

#[test]
fn a_lost_frame_of_a_voice_is_nearly_what_it_was() {
    for hertz in [100.0, 150.0, 200.0, 400.0] {
        let frames = sine(hertz);
        let mut concealer = Concealer::new();
        for frame in &frames[..20] {
            concealer.received(&mut frame.clone());
        }
        let made = concealer.missing();
        let difference: f64 = made.0[..80]
            .iter()
            .zip(&frames[20].0[..80])
            .map(|(&a, &b)| f64::from(a - b).powi(2))
            .sum::<f64>()
            / 80.0;
        let ratio = difference / f64::from(frames[20].power());
        assert!(ratio < 0.1, "{hertz} Hz: {ratio}");
    }
}

#[test]
fn a_long_hole_fades_to_silence_and_stays_there() {
    let frames = sine(200.0);
    let mut concealer = Concealer::new();
    for frame in &frames[..20] {
        concealer.received(&mut frame.clone());
    }
    let powers: Vec<u32> = (0..10).map(|_| concealer.missing().power()).collect();
    assert!(powers[0] > powers[1] && powers[1] > powers[2]);
    assert!(powers[FADED_OUT as usize..].iter().all(|&p| p == 0));
}

#[test]
fn the_return_has_no_step() {
    let frames = sine(300.0);
    let mut concealer = Concealer::new();
    for frame in &frames[..20] {
        concealer.received(&mut frame.clone());
    }
    let made = concealer.missing();
    let mut back = frames[21];
    concealer.received(&mut back);
    let step = (i32::from(back.0[0]) - i32::from(made.0[FRAME_SAMPLES - 1])).abs();
    assert!(step < 3_000, "{step}");
    assert_eq!(back.0[BLEND..], frames[21].0[BLEND..]);
}

#[test]
fn nothing_heard_makes_silence() {
    assert_eq!(Concealer::new().missing(), Frame::SILENCE);
}

/// A voice of `pitch` hertz: harmonics that fall by 6 dB an octave, at either rate.
fn voice(rate: Rate, pitch: f64, samples: usize) -> Vec<i16> {
    let step = 2.0 * std::f64::consts::PI * pitch / f64::from(rate.hertz());
    let harmonic = |i: usize, n: u32| (i as f64 * step * f64::from(n)).sin() / f64::from(n);
    (0..samples)
        .map(|i| (6_000.0 * (1..8).map(|n| harmonic(i, n)).sum::<f64>()) as i16)
        .collect()
}

#[test]
fn wide_holes_are_filled_as_well_as_narrow_ones() {
    for rate in [Rate::Narrow, Rate::Wide] {
        let frame = rate.frame_samples();
        for pitch in [80.0, 110.0, 137.0, 173.0, 220.0] {
            let sound = voice(rate, pitch, 12 * frame);
            let mut concealer = Concealer::at(rate);
            concealer.heard(&mut sound[..10 * frame].to_vec());
            let mut made = vec![0; frame];
            concealer.fill(&mut made);
            let lost = &sound[10 * frame..10 * frame + frame / 2];
            let energy: f64 = lost.iter().map(|&s| f64::from(s).powi(2)).sum();
            let error: f64 = lost
                .iter()
                .zip(&made)
                .map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2))
                .sum();
            let ratio = 10.0 * (energy / error).log10();
            assert!(ratio > 8.0, "{rate:?} {pitch} Hz: {ratio:.1} dB");
        }
    }
}

#[test]
fn repetitions_have_no_seam() {
    // The largest step of the made sound, beside the largest of the sound itself.
    let step = |samples: &[i16]| {
        let steps = samples.windows(2).map(|w| w[0].abs_diff(w[1]));
        steps.max().unwrap()
    };
    for pitch in [97.0, 131.0, 190.0] {
        let sound = voice(Rate::Narrow, pitch, 1_600);
        let mut concealer = Concealer::new();
        concealer.heard(&mut sound.clone());
        let mut made = [0; 320];
        concealer.fill(&mut made);
        assert!(
            step(&made) < step(&sound) * 3 / 2,
            "{pitch}: {}",
            step(&made)
        );
    }
}

/// The narrow concealer and the wide one hear the same: what they make is the same, but for the
/// converter's rounding and delay.
#[test]
fn both_rates_find_the_same_period() {
    let narrow = voice(Rate::Narrow, 125.0, 1_600);
    let mut wide = vec![0; 3_200];
    Doubler::new().convert(&narrow, &mut wide);
    let (mut a, mut b) = (Concealer::new(), Concealer::at(Rate::Wide));
    a.heard(&mut narrow.clone());
    b.heard(&mut wide);
    a.fill(&mut [0; 160]);
    b.fill(&mut [0; 320]);
    assert_eq!((a.period, b.period), (64, 128));
}

/// How near the made 20 ms come to the lost ones in recorded speech, one frame in ten lost: the mean
/// ratio in decibels of sound to error over lost frames that hold sound, each held within ±10 dB.
/// Silence in their place is 0 dB, repeating the frame before −2 dB.
fn ratio_in_speech(rate: Rate, fill: impl Fn(&mut Concealer, &[i16], &mut [i16])) -> f64 {
    let file: &[u8] = include_bytes!("../../../../../prompts/fr/apology.wav");
    let (wide, _) = wav::read_at_own_rate(Cursor::new(file)).unwrap();
    let sound = resample(&wide, 16_000, rate.hertz()).unwrap();
    let frame = rate.frame_samples();
    let mut ratios = Vec::new();
    for offset in 0..10 {
        let mut concealer = Concealer::at(rate);
        let mut before = vec![0; frame];
        for (n, chunk) in sound.chunks_exact(frame).enumerate() {
            if n % 10 != offset {
                concealer.heard(&mut chunk.to_vec());
                before.copy_from_slice(chunk);
                continue;
            }
            let mut made = vec![0; frame];
            fill(&mut concealer, &before, &mut made);
            let energy: f64 = chunk.iter().map(|&s| f64::from(s).powi(2)).sum();
            let pairs = chunk.iter().zip(&made);
            let error: f64 = pairs
                .map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2))
                .sum();
            if energy > 1e5 * frame as f64 {
                ratios.push((10.0 * (energy / error.max(1.0)).log10()).clamp(-10.0, 10.0));
            }
        }
    }
    assert!(ratios.len() > 50, "{}", ratios.len());
    ratios.iter().sum::<f64>() / ratios.len() as f64
}

#[test]
fn a_hole_in_speech_is_filled_better_than_by_silence_or_by_repeating() {
    for rate in [Rate::Narrow, Rate::Wide] {
        let made = ratio_in_speech(rate, |concealer, _, out| concealer.fill(out));
        let repeated = ratio_in_speech(rate, |_, before, out| out.copy_from_slice(before));
        println!("{rate:?}: {made:.2} dB, {repeated:.2} dB by repeating");
        assert!(made > 1.0, "{rate:?}: {made:.2} dB");
        assert!(
            made > repeated + 2.0,
            "{rate:?}: {made:.2} {repeated:.2} dB"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Any sound, holes of any place and length, packets of any length: nothing panics, what came
    /// passes on unchanged after the blend, and made-up sound is no louder than what was heard.
    #[test]
    fn any_stream_is_borne(
        wide in any::<bool>(),
        stream in prop::collection::vec((any::<bool>(), 1usize..700, any::<i16>()), 1..30),
    ) {
        let rate = if wide { Rate::Wide } else { Rate::Narrow };
        let mut concealer = Concealer::at(rate);
        let mut loudest = 0;
        for (came, length, seed) in stream {
            let mut samples: Vec<i16> = (0..length)
                .map(|i| seed.wrapping_mul(i as i16 | 1))
                .collect();
            if came {
                let before = samples.clone();
                loudest = before.iter().map(|s| s.unsigned_abs()).max().unwrap().max(loudest);
                concealer.heard(&mut samples);
                let blend = (BLEND * 2).min(length);
                prop_assert_eq!(&samples[blend..], &before[blend..]);
            } else {
                concealer.fill(&mut samples);
                let made = samples.iter().map(|s| s.unsigned_abs()).max().unwrap();
                prop_assert!(made <= loudest);
            }
        }
    }
}
