//! Several voices in one frame.

use crate::frame::Frame;

/// Adds `voice` to `sum`; what exceeds full scale is clipped there.
pub fn mix_into(sum: &mut Frame, voice: &Frame) {
    for (sum, voice) in sum.0.iter_mut().zip(&voice.0) {
        *sum = sum.saturating_add(*voice);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::FRAME_SAMPLES;

    #[test]
    fn voices_add_and_clip() {
        let mut sum = Frame([20_000; FRAME_SAMPLES]);
        mix_into(&mut sum, &Frame([-5_000; FRAME_SAMPLES]));
        assert_eq!(sum, Frame([15_000; FRAME_SAMPLES]));
        mix_into(&mut sum, &Frame([30_000; FRAME_SAMPLES]));
        assert_eq!(sum, Frame([i16::MAX; FRAME_SAMPLES]));
    }
}
