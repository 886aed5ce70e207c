//! What a session records: 20 ms per tick leave for the writer, and the recording ends by silence,
//! by its longest length, by a key or by an order. What was sent is laid out by the timestamps it
//! left with, beside what came, so that both channels agree in time.

use std::time::Duration;

use rappel_audio::codec::MAX_PACKET_SAMPLES;
use rappel_audio::dtmf::Detector;
use rappel_audio::halfband::Halver;
use rappel_audio::{
    FRAME_SAMPLES, Frame, MAX_FRAME_SAMPLES, Rate, SpeechDetector, length_of, samples_in,
};
use rappel_model::RecordingId;
use rappel_rtp::{Encoding, Header};

use crate::command::{RecordLimits, Subject, Tracks};
use crate::engine::{Full, RecordSink};
use crate::event::RecordEnd;
use crate::timeline::{SampleClock, Timeline};
use crate::voice::{Voice, is_g711};

/// One recording under way.
#[derive(Debug)]
pub(crate) struct Recorder {
    recording: RecordingId,
    subject: Subject,
    limits: RecordLimits,
    rate: Rate,
    peer: Option<Track>,
    sent: Option<Track>,
    hush: Option<Hush>,
    ear: Ear,
    /// How much of each channel was given to the writer, in samples of 8 kHz.
    written: u64,
    /// The same up to the end of the last speech.
    spoken_until: u64,
    /// How much held speech.
    speech: u64,
}

/// One voice. What is sent to the peer is decoded again: the only place where all of it passes, whatever
/// made it. So is what comes where it is kept at 16 kHz; at 8 kHz the session has decoded it.
#[derive(Debug)]
struct Track {
    timeline: Timeline,
    voice: Voice,
    clock: SampleClock,
}

/// Tells speech from silence in what is written.
#[derive(Debug)]
struct Ear {
    detector: SpeechDetector,
    halver: Halver,
}

/// Nothing may be heard in the recording.
#[derive(Debug)]
struct Hush {
    /// Still ordered; else it ends once nothing of a key is left.
    ordered: bool,
    /// Ticks of it after the order and after the last key.
    left: u8,
    keys: Detector,
    halver: Halver,
}

/// What a recording came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Recorded {
    pub(crate) recording: RecordingId,
    pub(crate) length: Duration,
    pub(crate) speech: Duration,
}

impl Recorder {
    pub(crate) fn new(
        recording: RecordingId,
        subject: Subject,
        limits: RecordLimits,
        rate: Rate,
    ) -> Self {
        let hears = !matches!(subject, Subject::Call(Tracks::Sent, _));
        let says = matches!(subject, Subject::Call(Tracks::Sent | Tracks::Both, _));
        Self {
            recording,
            subject,
            limits,
            rate,
            peer: hears.then(|| Track::at(rate)),
            sent: says.then(|| Track::at(rate)),
            hush: None,
            ear: Ear {
                detector: SpeechDetector::new(),
                halver: Halver::new(),
            },
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
                    halver: Halver::new(),
                });
            }
            None => {}
        }
    }

    /// Whether it takes the peer's packets, to decode them itself, instead of decoded sound.
    pub(crate) fn takes_packets(&self) -> bool {
        self.rate == Rate::Wide
    }

    /// Takes sound of the peer, decoded to 8 kHz.
    pub(crate) fn put(&mut self, ssrc: u32, timestamp: u32, samples: &[i16]) {
        let Some(track) = self.peer.as_mut().filter(|_| self.rate == Rate::Narrow) else {
            return;
        };
        match &mut self.hush {
            None => track.timeline.put(ssrc, timestamp, samples),
            Some(hush) => {
                hush.keys.listen(samples);
                let nothing = silence(samples.len());
                track.timeline.put(ssrc, timestamp, nothing);
            }
        }
    }

    /// Takes sound of the peer as it came.
    pub(crate) fn put_packet(&mut self, encoding: Encoding, header: &Header, payload: &[u8]) {
        let Some(track) = self.peer.as_mut().filter(|_| self.rate == Rate::Wide) else {
            return;
        };
        let room = &mut [0; MAX_PACKET_SAMPLES];
        let count = track.voice.hear(encoding, payload, room);
        let samples = match &mut self.hush {
            None => &room[..count],
            Some(hush) => {
                hush.listen_to_wide(&room[..count]);
                silence(count)
            }
        };
        track.put(encoding, header, samples);
    }

    /// Takes sound as it was sent to the peer.
    pub(crate) fn put_sent(&mut self, encoding: Encoding, header: &Header, payload: &[u8]) {
        if self.sent.is_none() {
            return;
        }
        // Clearing room for the longest packet would cost as much as decoding the usual one.
        let short = is_g711(encoding) && payload.len() <= FRAME_SAMPLES;
        if short && self.rate == Rate::Narrow {
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
        let Some(track) = &mut self.sent else { return };
        let count = track.voice.hear(encoding, payload, room);
        let samples = match self.hush {
            None => &room[..count],
            Some(_) => silence(count),
        };
        track.put(encoding, header, samples);
    }

    /// Hands 20 ms to the writer; says when and why the recording is over.
    pub(crate) fn tick(&mut self, sink: &mut impl RecordSink) -> Option<RecordEnd> {
        self.tick_hush();
        // Both began at once, and so are ready at once.
        let mut sound = [[0; MAX_FRAME_SAMPLES]; 2];
        let [first, second] = sound
            .each_mut()
            .map(|room| &mut room[..self.rate.frame_samples()]);
        let right = match (&mut self.peer, &mut self.sent) {
            (Some(peer), Some(sent)) => {
                let ready = peer.timeline.tick(first);
                (sent.timeline.tick(second) && ready).then_some(Some(&*second))?
            }
            (Some(only), None) | (None, Some(only)) => only.timeline.tick(first).then_some(None)?,
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
            let mut sound = [[0; MAX_FRAME_SAMPLES]; 2];
            let [first, second] = sound
                .each_mut()
                .map(|room| &mut room[..self.rate.frame_samples()]);
            let right = match (&mut self.peer, &mut self.sent) {
                (Some(peer), Some(sent)) => {
                    peer.timeline.take(first);
                    sent.timeline.take(second);
                    Some(&*second)
                }
                (Some(only), None) | (None, Some(only)) => {
                    only.timeline.take(first);
                    None
                }
                (None, None) => break,
            };
            if self.write(first, right, sink).is_err() {
                break;
            }
        }
        let kept = match (self.subject, self.spoken_until) {
            (Subject::Call(..), _) => self.written,
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
        let tracks = self.peer.iter().chain(&self.sent);
        tracks
            .map(|track| track.timeline.waiting())
            .max()
            .unwrap_or(0)
    }

    /// Gives 20 ms of each channel to the writer, in as many frames as that is at the rate.
    fn write(
        &mut self,
        left: &[i16],
        right: Option<&[i16]>,
        sink: &mut impl RecordSink,
    ) -> Result<(), Full> {
        let (frames, _) = left.as_chunks();
        for (n, frame) in frames.iter().enumerate() {
            let right = right.and_then(|right| right.as_chunks().0.get(n));
            let right = right.map(|samples| Frame(*samples));
            sink.frame(self.recording, self.rate, &Frame(*frame), right.as_ref())?;
        }
        self.written += FRAME_SAMPLES as u64;
        if self.ear.is_speech(left) {
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

impl Track {
    fn at(rate: Rate) -> Self {
        Self {
            timeline: Timeline::at(rate),
            voice: Voice::at(rate),
            clock: SampleClock::default(),
        }
    }

    fn put(&mut self, encoding: Encoding, header: &Header, samples: &[i16]) {
        let rate = self.voice.rate();
        let timestamp = self.clock.at(rate, encoding, header.timestamp);
        self.timeline.put(header.ssrc, timestamp, samples);
    }
}

impl Ear {
    /// Whether 20 ms at either rate hold speech.
    fn is_speech(&mut self, samples: &[i16]) -> bool {
        let mut frame = Frame::SILENCE;
        match samples.len() {
            FRAME_SAMPLES => frame.0.copy_from_slice(samples),
            _ => {
                self.halver.convert(samples, &mut frame.0);
            }
        }
        self.detector.is_speech(&frame)
    }
}

impl Hush {
    /// Keys are looked for at 8 kHz.
    fn listen_to_wide(&mut self, samples: &[i16]) {
        let mut narrow = [0; MAX_PACKET_SAMPLES / 2];
        let count = self.halver.convert(samples, &mut narrow);
        self.keys.listen(&narrow[..count]);
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
