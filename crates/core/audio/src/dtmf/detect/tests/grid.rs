//! The limits of Q.24 as a grid: every key at every level, twist and deviation that must be accepted,
//! in noise, wherever it falls on the blocks; and the same beyond the limits, which must be refused.

use super::*;

/// A stretch of two pure tones with hard edges, silence around it, noise over all.
struct Signal {
    low: (f64, f64),
    high: (f64, f64),
    milliseconds: usize,
    /// Samples of silence before it.
    lead: usize,
    /// Noise this far below the sum of both tones, in decibels.
    noise: Option<f64>,
}

impl Signal {
    fn samples(&self, seed: u32) -> Vec<i16> {
        let (low, high) = (amplitude(self.low.1), amplitude(self.high.1));
        let power = (low * low + high * high) / 2.0;
        // Numbers spread evenly within ±a have a power of a²/3.
        let noise = self
            .noise
            .map_or(0.0, |db| (3.0 * power / 10f64.powf(db / 10.0)).sqrt());
        let mut state = seed;
        let phase = f64::from(seed % 97);
        (0..self.lead + self.milliseconds * 8 + 480)
            .map(|i| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let mut value = noise * (f64::from(state >> 16) / 32_768.0 - 1.0);
                if i >= self.lead && i < self.lead + self.milliseconds * 8 {
                    let seconds = i as f64 / 8_000.0;
                    value += low * (2.0 * PI * self.low.0 * seconds + phase).sin();
                    value += high * (2.0 * PI * self.high.0 * seconds + phase * 1.7).sin();
                }
                value.clamp(-32_768.0, 32_767.0) as i16
            })
            .collect()
    }
}

/// Each key with its tones.
fn keys() -> impl Iterator<Item = (char, f64, f64)> {
    (0..16).map(|i| (KEYS[i / 4][i % 4], ROWS[i / 4], COLUMNS[i % 4]))
}

/// As many percent off, and as many hertz more in the same direction.
fn off(hertz: f64, percent: f64, more: f64) -> f64 {
    hertz * (1.0 + percent / 100.0) + more * percent.signum() * f64::from(percent != 0.0)
}

fn found(signal: &Signal, seed: u32) -> String {
    heard(&signal.samples(seed))
}

/// The level of the stronger tone and how much stronger the low one is.
const LEVELS: [f64; 4] = [-3.0, -10.0, -20.0, -27.0];
const TWISTS: [f64; 5] = [-4.0, -2.0, 0.0, 4.0, 8.0];

fn levels(strong: f64, twist: f64) -> (f64, f64) {
    if twist >= 0.0 {
        (strong, strong - twist)
    } else {
        (strong + twist, strong)
    }
}

/// The keys of the grid that are not found with noise so far below: 2 880 keys of 40 ms.
fn missed(noise: Option<f64>) -> Vec<String> {
    let offs = [-1.5, 0.0, 1.5];
    let mut missed = Vec::new();
    let mut seed = 1;
    for (key, row, column) in keys() {
        for (strong, twist) in LEVELS.iter().flat_map(|l| TWISTS.map(|t| (*l, t))) {
            for (a, b) in offs.iter().flat_map(|a| offs.map(|b| (*a, b))) {
                seed += 1;
                let (low, high) = levels(strong, twist);
                let signal = Signal {
                    low: (off(row, a, 2.0), low),
                    high: (off(column, b, 2.0), high),
                    milliseconds: 40,
                    lead: seed as usize * 37 % 80,
                    noise,
                };
                let found = found(&signal, seed);
                if found != key.to_string() {
                    missed.push(format!(
                        "{key} at {strong} dBm0, {twist} dB, {a} %, {b} %: {found}"
                    ));
                }
            }
        }
    }
    missed
}

#[test]
fn every_key_within_the_limits_is_found() {
    for noise in [None, Some(20.0)] {
        let missed = missed(noise);
        assert!(missed.is_empty(), "{missed:#?}");
    }
    // With everything at its limit at once, one in a thousand may drown in noise 15 dB below.
    let missed = missed(Some(15.0));
    assert!(missed.len() <= 3, "{missed:#?}");
}

#[test]
fn a_tone_3_5_percent_off_is_refused_whichever_it_is() {
    let mut seed = 1;
    for (key, row, column) in keys() {
        for (strong, twist) in LEVELS
            .iter()
            .flat_map(|l| [-3.0, 0.0, 6.0].map(|t| (*l, t)))
        {
            for (a, b) in [
                (3.5, 0.0),
                (-3.5, 0.0),
                (0.0, 3.5),
                (0.0, -3.5),
                (3.5, 3.5),
                (4.5, -5.0),
            ] {
                seed += 1;
                let (low, high) = levels(strong, twist);
                let signal = Signal {
                    low: (off(row, a, 0.0), low),
                    high: (off(column, b, 0.0), high),
                    milliseconds: 120,
                    lead: seed as usize * 29 % 80,
                    noise: (seed % 2 == 0).then_some(20.0),
                };
                let found = found(&signal, seed);
                assert!(found.is_empty(), "{key} {strong} {twist} {a} {b}: {found}");
            }
        }
    }
}

#[test]
fn forty_milliseconds_are_a_key_and_23_are_none_wherever_they_begin() {
    for (key, row, column) in keys() {
        for lead in 0..80 {
            for (milliseconds, expected) in [(40, key.to_string()), (23, String::new())] {
                for percent in [0.0, 1.5] {
                    let signal = Signal {
                        low: (off(row, percent, 0.0), -10.0),
                        high: (off(column, percent, 0.0), -10.0),
                        milliseconds,
                        lead,
                        noise: None,
                    };
                    let found = found(&signal, 7);
                    assert_eq!(
                        found, expected,
                        "{key} {milliseconds} ms at {lead}, {percent} %"
                    );
                }
            }
        }
    }
}

#[test]
fn a_break_of_10_ms_is_bridged_and_a_pause_of_40_ms_is_not() {
    for (key, row, column) in keys() {
        for lead in (0..80).step_by(7) {
            let signal = Signal {
                low: (row, -10.0),
                high: (column, -10.0),
                milliseconds: 120,
                lead,
                noise: Some(20.0),
            };
            let broken = |milliseconds: usize| {
                let mut samples = signal.samples(3);
                // After 60 ms, so that the key is certain before and after.
                samples[lead + 480..lead + 480 + milliseconds * 8].fill(0);
                samples
            };
            assert_eq!(heard(&broken(10)), key.to_string(), "{key} {lead}");
            let twice = [
                signal.samples(3)[..lead + 480].to_vec(),
                vec![0; 320],
                signal.samples(3)[lead..].to_vec(),
            ];
            assert_eq!(
                heard(&twice.concat()),
                format!("{key}{key}"),
                "{key} {lead}"
            );
        }
    }
}

#[test]
fn wide_sound_is_heard_alike() {
    for (key, row, column) in keys() {
        let signal = Signal {
            low: (off(row, 1.5, 0.0), -12.0),
            high: (off(column, -1.5, 0.0), -16.0),
            milliseconds: 45,
            lead: 33,
            noise: Some(20.0),
        };
        let mut wide = vec![0; 2 * signal.samples(9).len()];
        crate::halfband::Doubler::new().convert(&signal.samples(9), &mut wide);
        for cut in [320, 160, 961, 31] {
            let mut detector = Detector::at(Rate::Wide);
            // A packet with an odd number of samples loses its last one: cut in pairs.
            let found: String = wide
                .chunks(cut / 2 * 2)
                .filter_map(|c| detector.listen(c))
                .collect();
            assert_eq!(found, key.to_string(), "{cut}");
        }
    }
}
