//! What a session records: 20 ms per tick leave for the writer, and the recording ends by silence,
//! by its longest length, by a key or by an order. What was sent is laid out by the timestamps it
//! left with, beside what came, so that both channels agree in time.

use std::time::Duration;

use rappel_audio::codec::MAX_PACKET_SAMPLES;
use rappel_audio::dtmf::Detector;
use rappel_audio::{FRAME_SAMPLES, Frame, SpeechDetector, length_of, samples_in};
use rappel_model::RecordingId;
use rappel_rtp::{Encoding, Header};

use crate::command::{RecordLimits, Subject, Tracks};
use crate::engine::{Full, RecordSink};
use crate::event::RecordEnd;
use crate::timeline::{NarrowClock, Timeline};
use crate::voice::{Voice, is_g711};

/// One recording under way.
#[derive(Debug)]
pub(crate) struct Recorder {
    recording: RecordingId,
    subject: Subject,
    limits: RecordLimits,
    peer: Option<Timeline>,
    sent: Option<Sent>,
    hush: Option<Hush>,
    detector: SpeechDetector,
    /// Samples of each channel given to the writer.
    written: u64,
    /// The same up to the end of the last speech.
    spoken_until: u64,
    /// Samples that held speech.
    speech: u64,
}

/// What is sent to the peer, decoded again: the only place where all of it passes, whatever made it.
#[derive(Debug)]
struct Sent {
    timeline: Timeline,
    voice: Voice,
    clock: NarrowClock,
}

/// Nothing may be heard in the recording.
#[derive(Debug)]
struct Hush {
    /// Still ordered; else it ends once nothing of a key is left.
    ordered: bool,
    /// Ticks of it after the order and after the last key.
    left: u8,
    keys: Detector,
}

/// What a recording came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Recorded {
    pub(crate) recording: RecordingId,
    pub(crate) length: Duration,
    pub(crate) speech: Duration,
}

impl Recorder {
    pub(crate) fn new(recording: RecordingId, subject: Subject, limits: RecordLimits) -> Self {
        let hears = subject != Subject::Call(Tracks::Sent);
        let says = matches!(subject, Subject::Call(Tracks::Sent | Tracks::Both));
        Self {
            recording,
            subject,
            limits,
            peer: hears.then(Timeline::new),
            sent: says.then(|| Sent {
                timeline: Timeline::new(),
                voice: Voice::default(),
                clock: NarrowClock::default(),
            }),
            hush: None,
            detector: SpeechDetector::new(),
            written: 0,
            spoken_until: 0,
            speech: 0,
        }
    }

    pub(crate) fn recording(&self) -> RecordingId {
        self.recording
    }

    pub(crate) fn is_message(&self) -> bool {
        self.subject == Subject::Message
    }

    pub(crate) fn stops_on_key(&self) -> bool {
        self.limits.stop_on_key
    }

    /// Silence instead of what passes, from now on or no longer.
    pub(crate) fn hush(&mut self, hushed: bool) {
        match &mut self.hush {
            Some(hush) => hush.ordered = hushed,
            None if hushed => {
                self.hush = Some(Hush {
                    ordered: true,
                    left: ECHO,
                    keys: Detector::new(),
                });
            }
            None => {}
        }
    }

    /// Takes decoded sound of the peer.
    pub(crate) fn put(&mut self, ssrc: u32, timestamp: u32, samples: &[i16]) {
        let Some(timeline) = &mut self.peer else {
            return;
        };
        match &mut self.hush {
            None => timeline.put(ssrc, timestamp, samples),
            Some(hush) => {
                hush.keys.listen(samples);
                timeline.put(ssrc, timestamp, silence(samples.len()));
            }
        }
    }

    /// Takes sound as it was sent to the peer.
    pub(crate) fn put_sent(&mut self, encoding: Encoding, header: &Header, payload: &[u8]) {
        if self.sent.is_none() {
            return;
        }
        // Clearing room for the longest packet would cost as much as decoding the usual one.
        if is_g711(encoding) && payload.len() <= FRAME_SAMPLES {
            self.put_sent_in(encoding, header, payload, &mut [0; FRAME_SAMPLES]);
        } else {
            self.put_sent_in(encoding, header, payload, &mut [0; MAX_PACKET_SAMPLES]);
        }
    }

    fn put_sent_in(
        &mut self,
        encoding: Encoding,
        header: &Header,
        payload: &[u8],
        room: &mut [i16],
    ) {
        let Some(sent) = &mut self.sent else { return };
        let count = sent.voice.hear(encoding, payload, room);
        let samples = match self.hush {
            None => &room[..count],
            Some(_) => silence(count),
        };
        let timestamp = sent.clock.at(encoding, header.timestamp);
        sent.timeline.put(header.ssrc, timestamp, samples);
    }

    /// Hands 20 ms to the writer; says when and why the recording is over.
    pub(crate) fn tick(&mut self, sink: &mut impl RecordSink) -> Option<RecordEnd> {
        self.tick_hush();
        // Both began at once, and so are ready at once.
        let mut sound = [Frame::SILENCE; 2];
        let [first, second] = &mut sound;
        let right = match (&mut self.peer, &mut self.sent) {
            (Some(peer), Some(sent)) => {
                let ready = peer.tick(first);
                (sent.timeline.tick(second) && ready).then_some(Some(&*second))?
            }
            (Some(only), None) => only.tick(first).then_some(None)?,
            (None, Some(only)) => only.timeline.tick(first).then_some(None)?,
            (None, None) => return None,
        };
        if self.write(first, right, sink).is_err() {
            return Some(RecordEnd::WriterFailed);
        }
        if self.written >= self.max() {
            return Some(RecordEnd::Max);
        }
        let silent = length_of(self.written - self.spoken_until);
        let ends = !self.limits.silence.is_zero() && silent >= self.limits.silence;
        ends.then_some(RecordEnd::Silence)
    }

    /// Hands over what has come but not been written, and closes the recording: the silence at the end
    /// of a message is cut off.
    pub(crate) fn finish(mut self, sink: &mut impl RecordSink) -> Recorded {
        while self.waiting() > 0 && self.written < self.max() {
            let mut sound = [Frame::SILENCE; 2];
            let [first, second] = &mut sound;
            let right = match (&mut self.peer, &mut self.sent) {
                (Some(peer), Some(sent)) => {
                    peer.take(first);
                    sent.timeline.take(second);
                    Some(&*second)
                }
                (Some(only), None) | (None, Some(Sent { timeline: only, .. })) => {
                    only.take(first);
                    None
                }
                (None, None) => break,
            };
            if self.write(first, right, sink).is_err() {
                break;
            }
        }
        let kept = match (self.subject, self.spoken_until) {
            (Subject::Call(_), _) => self.written,
            (Subject::Message, 0) => 0,
            (Subject::Message, until) => (until + TAIL).min(self.written),
        };
        sink.end(self.recording, kept);
        Recorded {
            recording: self.recording,
            length: length_of(kept),
            speech: length_of(self.speech),
        }
    }

    /// Samples that have come and were not written.
    fn waiting(&self) -> u64 {
        let peer = self.peer.as_ref().map_or(0, Timeline::waiting);
        let sent = self.sent.as_ref().map_or(0, |sent| sent.timeline.waiting());
        peer.max(sent)
    }

    fn write(
        &mut self,
        left: &Frame,
        right: Option<&Frame>,
        sink: &mut impl RecordSink,
    ) -> Result<(), Full> {
        sink.frame(self.recording, left, right)?;
        self.written += FRAME_SAMPLES as u64;
        if self.detector.is_speech(left) {
            self.speech += FRAME_SAMPLES as u64;
            self.spoken_until = self.written;
        }
        Ok(())
    }

    /// A key sounds on after it was recognised, and packets of it may be on their way.
    fn tick_hush(&mut self) {
        let Some(hush) = &mut self.hush else { return };
        if hush.ordered || hush.keys.is_held() {
            hush.left = ECHO;
        } else if hush.left > 0 {
            hush.left -= 1;
        } else {
            self.hush = None;
        }
    }

    fn max(&self) -> u64 {
        samples_in(self.limits.max)
    }
}

/// Samples kept after the last speech, so that a soft ending is not cut: 60 ms.
const TAIL: u64 = 3 * FRAME_SAMPLES as u64;

/// Ticks of silence after a hush and after the last key in it: 300 ms, longer than any jitter.
const ECHO: u8 = 15;

const fn silence(samples: usize) -> &'static [i16] {
    NOTHING.split_at(samples).0
}

static NOTHING: [i16; MAX_PACKET_SAMPLES] = [0; MAX_PACKET_SAMPLES];

#[cfg(test)]
mod tests;
