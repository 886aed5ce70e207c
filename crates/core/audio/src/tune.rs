//! Music of our own for whoever waits where the company has recorded none: broken chords of plucked
//! strings, made on the spot, soft, and never still.

use std::f64::consts::PI;
use std::time::Duration;

use crate::frame::{RATE, samples_in};
use crate::tone::amplitude;

/// One round of the tune, 19.2 s of samples at 8 kHz. Played again and again it has no seam: what still
/// sounds at its end goes on at its beginning.
pub fn tune() -> Vec<i16> {
    let note = samples_in(NOTE) as usize;
    let round = BARS.len() * ORDER.len() * note;
    let mut sum = vec![0.0; round];
    let chords = BARS
        .iter()
        .flat_map(|chord| ORDER.iter().map(|place| chord[*place]));
    for (turn, key) in chords.enumerate() {
        let hertz = 440.0 * 2f64.powf((f64::from(key) - 69.0) / 12.0);
        for (i, sample) in pluck(hertz).enumerate() {
            sum[(turn * note + i) % round] += sample;
        }
    }
    sum.iter().map(|sample| sample.round() as i16).collect()
}

/// A string that is plucked and left to sound: the partials above the first die away sooner.
fn pluck(hertz: f64) -> impl Iterator<Item = f64> {
    let peak = amplitude(LEVEL);
    let attack = samples_in(ATTACK) as f64;
    (0..samples_in(SOUNDS)).map(move |i| {
        let at = i as f64 / f64::from(RATE);
        let partial = |n: f64, share: f64| {
            share * (-at * n * DAMPING).exp() * (2.0 * PI * hertz * n * at).sin()
        };
        let rise = (i as f64 / attack).min(1.0);
        let fall = 1.0 - at / SOUNDS.as_secs_f64();
        peak * rise * fall * (partial(1.0, 1.0) + partial(2.0, 0.35) + partial(3.0, 0.12))
    })
}

/// The chords, a bar each, as keys of a piano (69 is A at 440 Hz): C, A minor, F, G, C, E minor, F, G.
const BARS: [[u8; 4]; 8] = [
    [60, 64, 67, 72],
    [57, 64, 69, 72],
    [53, 60, 65, 69],
    [55, 62, 67, 71],
    [60, 64, 67, 72],
    [52, 59, 64, 71],
    [53, 60, 65, 72],
    [55, 59, 65, 71],
];

/// The order in which the notes of a chord are plucked.
const ORDER: [usize; 8] = [0, 1, 2, 3, 2, 1, 3, 2];

/// From one note to the next.
const NOTE: Duration = Duration::from_millis(300);

/// How long a note is heard.
const SOUNDS: Duration = Duration::from_millis(1_800);

/// How fast a note rises.
const ATTACK: Duration = Duration::from_millis(6);

/// How fast the first partial dies away, per second.
const DAMPING: f64 = 2.2;

/// The peak of one note, in dBm0: several sound together, and stay softer than speech.
const LEVEL: f64 = -21.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dtmf::Detector;
    use crate::frame::{FRAME_SAMPLES, Frame};
    use crate::silence::QUIET_POWER;

    #[test]
    fn it_is_soft_and_never_still() {
        let tune = tune();
        assert_eq!(tune.len(), 19_200 * 8);
        let peak = tune.iter().map(|s| s.unsigned_abs()).max();
        assert!(f64::from(peak.unwrap()) < amplitude(-9.0), "{peak:?}");
        for frame in tune.chunks_exact(FRAME_SAMPLES) {
            let frame = Frame(frame.try_into().unwrap());
            assert!(frame.power() > QUIET_POWER, "{}", frame.power());
        }
    }

    #[test]
    fn it_has_no_seam() {
        let tune = tune();
        let step = |a: i16, b: i16| i32::from(a).abs_diff(i32::from(b));
        let most = tune.windows(2).map(|w| step(w[0], w[1])).max().unwrap();
        assert!(step(tune[tune.len() - 1], tune[0]) <= most);
    }

    #[test]
    fn nobody_takes_it_for_keys() {
        let mut detector = Detector::new();
        let mut twice = tune();
        twice.extend(tune());
        let heard: String = twice
            .chunks(FRAME_SAMPLES)
            .filter_map(|frame| detector.listen(frame))
            .collect();
        assert_eq!(heard, "");
    }
}
