//! Is somebody speaking? An energy threshold over a noise floor that follows the line.

use crate::frame::Frame;

/// Judges one frame after the other.
///
/// A frame is speech when it is clearly louder than the quietest sound of the last seconds, and
/// never when it is below [`QUIET_POWER`]. The floor stops rising at [`LOUD_POWER`], so that a
/// constant tone or music stays sound however long it lasts.
#[derive(Clone, Debug)]
pub struct SpeechDetector {
    /// Mean power of the background, 2⁸ times.
    floor: u64,
}

impl SpeechDetector {
    /// A detector that has heard nothing yet and takes the line for quiet.
    pub const fn new() -> Self {
        Self {
            floor: (QUIET_POWER as u64) << SCALE,
        }
    }

    /// Whether this frame stands out from the background.
    pub fn is_speech(&mut self, frame: &Frame) -> bool {
        let power = u64::from(frame.power()) << SCALE;
        let threshold = (self.floor * ABOVE_FLOOR).max(u64::from(QUIET_POWER) << SCALE);
        self.follow(power);
        power > threshold.min(u64::from(LOUD_POWER) << SCALE)
    }

    /// The floor falls at once (within 80 ms) and rises slowly (6 dB in about 1.4 s).
    fn follow(&mut self, power: u64) {
        if power < self.floor {
            self.floor -= (self.floor - power) / 4;
        } else {
            self.floor += (self.floor / 100).max(1).min(power - self.floor);
        }
        self.floor = self.floor.clamp(1 << SCALE, u64::from(LOUD_POWER) << SCALE);
    }
}

impl Default for SpeechDetector {
    fn default() -> Self {
        Self::new()
    }
}

/// Below this mean power nothing is speech: −50 dBm0, the hum of a quiet line.
pub const QUIET_POWER: u32 = 2_600;

/// Above this mean power everything is sound: −34 dBm0.
pub const LOUD_POWER: u32 = 104_000;

/// Speech is this many times the floor: 9 dB.
const ABOVE_FLOOR: u64 = 8;

/// Fractional bits of the floor.
const SCALE: u32 = 8;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::frame::FRAME_SAMPLES;
    use crate::tone::tone;

    fn frames(samples: &[i16]) -> Vec<Frame> {
        samples
            .chunks_exact(FRAME_SAMPLES)
            .map(|chunk| Frame(chunk.try_into().unwrap()))
            .collect()
    }

    fn noise(level: i16, seconds: usize) -> Vec<Frame> {
        let mut state = 1u32;
        let samples: Vec<i16> = (0..seconds * 8_000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                ((i64::from(state >> 16) - 32_768) * i64::from(level) / 32_768) as i16
            })
            .collect();
        frames(&samples)
    }

    #[test]
    fn digital_and_line_silence_are_silence() {
        let mut detector = SpeechDetector::new();
        assert!(!(0..100).any(|_| detector.is_speech(&Frame::SILENCE)));
        assert!(!noise(60, 2).iter().any(|f| detector.is_speech(f)));
    }

    #[test]
    fn a_constant_tone_never_becomes_silence() {
        let mut detector = SpeechDetector::new();
        let tone = frames(&tone(&[(440.0, -20.0)], Duration::from_secs(60)));
        let heard = tone.iter().filter(|f| detector.is_speech(f)).count();
        assert_eq!(heard, tone.len());
    }

    #[test]
    fn steady_noise_becomes_the_floor_and_speech_above_it_is_heard() {
        let mut detector = SpeechDetector::new();
        let hum = noise(250, 8);
        for frame in &hum {
            detector.is_speech(frame);
        }
        assert!(!hum.iter().take(100).any(|f| detector.is_speech(f)));
        let voice = frames(&tone(&[(300.0, -25.0)], Duration::from_millis(100)));
        assert!(voice[1..].iter().all(|f| detector.is_speech(f)));
    }

    #[test]
    fn the_end_of_a_word_is_the_end_of_its_sound() {
        let mut detector = SpeechDetector::new();
        for frame in frames(&tone(&[(300.0, -15.0)], Duration::from_millis(200))) {
            assert!(detector.is_speech(&frame));
        }
        assert!(!detector.is_speech(&Frame::SILENCE));
    }
}
