//! When a recording ends, and how long it then is.

use super::*;

/// A writer that keeps everything, or fails after so many frames.
#[derive(Debug, Default)]
struct Paper {
    samples: Vec<i16>,
    kept: Option<u64>,
    room: Option<usize>,
}

impl RecordSink for Paper {
    fn frame(
        &mut self,
        _: RecordingId,
        _: Rate,
        frame: &Frame,
        _: Option<&Frame>,
    ) -> Result<(), Full> {
        if self
            .room
            .is_some_and(|room| self.samples.len() >= room * FRAME_SAMPLES)
        {
            return Err(Full);
        }
        self.samples.extend(frame.samples());
        Ok(())
    }
    fn end(&mut self, _: RecordingId, samples: u64) {
        assert_eq!(self.kept.replace(samples), None, "told once");
    }
}

fn limits(max: u64, silence: u64) -> RecordLimits {
    RecordLimits {
        max: Duration::from_millis(max),
        silence: Duration::from_millis(silence),
        stop_on_key: false,
    }
}

/// Speaks for `loud` frames, then is silent until the recorder ends or 2,000 ticks passed.
fn run(limits: RecordLimits, loud: u32, paper: &mut Paper) -> (Option<RecordEnd>, u32, Recorded) {
    let mut recorder = Recorder::new(RecordingId(1), Subject::Message, limits, Rate::Narrow);
    for tick in 0..2_000u32 {
        let level = if tick < loud { 8_000 } else { 10 };
        let voice: [i16; 160] = std::array::from_fn(|i| if i % 20 < 10 { level } else { -level });
        recorder.put(1, tick * 160, &voice);
        if let Some(end) = recorder.tick(paper) {
            return (Some(end), tick + 1, recorder.finish(paper));
        }
    }
    (None, 2_000, recorder.finish(paper))
}

#[test]
fn silence_ends_and_is_cut_off() {
    let mut paper = Paper::default();
    let (end, ticks, recorded) = run(limits(60_000, 2_000), 250, &mut paper);
    assert_eq!(end, Some(RecordEnd::Silence));
    assert_eq!(ticks, 250 + 100 + 3);
    assert_eq!(recorded.length, Duration::from_millis(5_060));
    assert_eq!(recorded.speech, Duration::from_secs(5));
    assert_eq!(paper.kept, Some(253 * 160));
}

#[test]
fn the_longest_length_is_exact() {
    let mut paper = Paper::default();
    let (end, _, recorded) = run(limits(3_000, 0), 2_000, &mut paper);
    assert_eq!(end, Some(RecordEnd::Max));
    assert_eq!(recorded.length, Duration::from_secs(3));
    assert_eq!(paper.samples.len(), 24_000);
}

#[test]
fn nobody_speaking_is_a_recording_of_nothing() {
    let mut paper = Paper::default();
    let (end, ticks, recorded) = run(limits(60_000, 4_000), 0, &mut paper);
    assert_eq!((end, ticks), (Some(RecordEnd::Silence), 203));
    assert_eq!(
        (recorded.length, recorded.speech),
        (Duration::ZERO, Duration::ZERO)
    );
    assert_eq!(paper.kept, Some(0));
}

#[test]
fn without_a_silence_limit_only_the_length_ends_it() {
    let mut paper = Paper::default();
    let (end, ..) = run(limits(39_900, 0), 10, &mut paper);
    assert_eq!(end, Some(RecordEnd::Max));
}

#[test]
fn a_full_writer_ends_the_recording() {
    let mut paper = Paper {
        room: Some(50),
        ..Paper::default()
    };
    let (end, ticks, recorded) = run(limits(60_000, 2_000), 2_000, &mut paper);
    assert_eq!((end, ticks), (Some(RecordEnd::WriterFailed), 54));
    assert_eq!(recorded.length, Duration::from_secs(1));
}
