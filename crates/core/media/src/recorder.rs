//! What a session records: 20 ms per tick leave for the writer, and the recording ends by silence,
//! by its longest length, by a key or by an order.

use std::time::Duration;

use rappel_audio::{FRAME_SAMPLES, Frame, SpeechDetector, length_of, samples_in};
use rappel_model::RecordingId;

use crate::command::RecordLimits;
use crate::engine::{Full, RecordSink};
use crate::event::RecordEnd;
use crate::timeline::Timeline;

/// One recording under way.
#[derive(Debug)]
pub(crate) struct Recorder {
    recording: RecordingId,
    limits: RecordLimits,
    timeline: Timeline,
    detector: SpeechDetector,
    /// Samples given to the writer.
    written: u64,
    /// Samples given to the writer up to the end of the last speech.
    spoken_until: u64,
    /// Samples that held speech.
    speech: u64,
}

/// What a recording came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Recorded {
    pub(crate) recording: RecordingId,
    pub(crate) length: Duration,
    pub(crate) speech: Duration,
}

impl Recorder {
    pub(crate) fn new(recording: RecordingId, limits: RecordLimits) -> Self {
        Self {
            recording,
            limits,
            timeline: Timeline::new(),
            detector: SpeechDetector::new(),
            written: 0,
            spoken_until: 0,
            speech: 0,
        }
    }

    pub(crate) fn recording(&self) -> RecordingId {
        self.recording
    }

    pub(crate) fn stops_on_key(&self) -> bool {
        self.limits.stop_on_key
    }

    /// Takes decoded sound of the peer.
    pub(crate) fn put(&mut self, ssrc: u32, timestamp: u32, samples: &[i16]) {
        self.timeline.put(ssrc, timestamp, samples);
    }

    /// Hands 20 ms to the writer; says when and why the recording is over.
    pub(crate) fn tick(&mut self, sink: &mut impl RecordSink) -> Option<RecordEnd> {
        let frame = self.timeline.tick()?;
        if self.write(&frame, sink).is_err() {
            return Some(RecordEnd::WriterFailed);
        }
        if self.written >= self.max() {
            return Some(RecordEnd::Max);
        }
        let silent = length_of(self.written - self.spoken_until);
        let ends = !self.limits.silence.is_zero() && silent >= self.limits.silence;
        ends.then_some(RecordEnd::Silence)
    }

    /// Hands over what has come but not been written, and closes the recording: trailing silence
    /// is cut off.
    pub(crate) fn finish(mut self, sink: &mut impl RecordSink) -> Recorded {
        while self.timeline.waiting() > 0 && self.written < self.max() {
            let frame = self.timeline.take();
            if self.write(&frame, sink).is_err() {
                break;
            }
        }
        let kept = match self.spoken_until {
            0 => 0,
            until => (until + TAIL).min(self.written),
        };
        sink.end(self.recording, kept);
        Recorded {
            recording: self.recording,
            length: length_of(kept),
            speech: length_of(self.speech),
        }
    }

    fn write(&mut self, frame: &Frame, sink: &mut impl RecordSink) -> Result<(), Full> {
        sink.frame(self.recording, frame)?;
        self.written += FRAME_SAMPLES as u64;
        if self.detector.is_speech(frame) {
            self.speech += FRAME_SAMPLES as u64;
            self.spoken_until = self.written;
        }
        Ok(())
    }

    fn max(&self) -> u64 {
        samples_in(self.limits.max)
    }
}

/// Samples kept after the last speech, so that a soft ending is not cut: 60 ms.
const TAIL: u64 = 3 * FRAME_SAMPLES as u64;

#[cfg(test)]
mod tests;
