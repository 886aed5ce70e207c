//! What a session records: at most a message and the call, side by side.

use std::collections::VecDeque;

use rappel_audio::Rate;
use rappel_model::RecordingId;
use rappel_model::record::RecordedRate;
use rappel_rtp::{Encoding, Header};

use super::Session;
use crate::agreed::codec;
use crate::command::Subject;
use crate::engine::RecordSink;
use crate::event::{Event, RecordEnd};
use crate::recorder::Recorder;
use crate::timeline::SampleClock;

/// The recordings under way.
#[derive(Debug, Default)]
pub(super) struct Recordings {
    message: Option<Box<Recorder>>,
    call: Option<Box<Recorder>>,
    /// The timestamps of what is decoded to 8 kHz.
    narrow: SampleClock,
}

impl Recordings {
    pub(super) fn is_empty(&self) -> bool {
        self.message.is_none() && self.call.is_none()
    }

    /// Whether the peer is leaving a message.
    pub(super) fn takes_message(&self) -> bool {
        self.message.is_some()
    }

    /// Whether a recording takes the peer's sound decoded to 8 kHz.
    pub(super) fn take_sound(&self) -> bool {
        let mut all = self.message.iter().chain(&self.call);
        all.any(|recorder| !recorder.takes_packets())
    }

    /// Takes a packet of the peer, for those that decode themselves.
    pub(super) fn put_packet(&mut self, encoding: Encoding, header: &Header, payload: &[u8]) {
        for recorder in self.iter_mut() {
            recorder.put_packet(encoding, header, payload);
        }
    }

    /// Takes sound of the peer, decoded to 8 kHz.
    pub(super) fn put(&mut self, encoding: Encoding, header: &Header, samples: &[i16]) {
        let timestamp = self.narrow.at(Rate::Narrow, encoding, header.timestamp);
        for recorder in self.iter_mut() {
            recorder.put(header.ssrc, timestamp, samples);
        }
    }

    /// The recording that a key ends.
    pub(super) fn stopped_by_key(&self) -> Option<RecordingId> {
        let stopped = self.message.as_ref().filter(|r| r.stops_on_key());
        stopped.map(|recorder| recorder.recording())
    }

    fn slot(&mut self, message: bool) -> &mut Option<Box<Recorder>> {
        match message {
            true => &mut self.message,
            false => &mut self.call,
        }
    }

    fn iter_mut(&mut self) -> impl Iterator<Item = &mut Box<Recorder>> {
        self.message.iter_mut().chain(&mut self.call)
    }

    fn take(&mut self, recording: RecordingId) -> Option<Box<Recorder>> {
        for slot in [&mut self.message, &mut self.call] {
            if slot.as_ref().is_some_and(|r| r.recording() == recording) {
                return slot.take();
            }
        }
        None
    }
}

impl Session {
    /// At which rate something is recorded that begins now. Messages are heard by telephone, most of them.
    pub(crate) fn rate_of(&self, subject: Subject) -> Rate {
        match subject {
            Subject::Message | Subject::Call(_, RecordedRate::Narrow) => Rate::Narrow,
            Subject::Call(_, RecordedRate::Wide) => Rate::Wide,
            Subject::Call(_, RecordedRate::Auto) => {
                let format = self.agreed.as_ref().map(|agreed| agreed.stream.format);
                let encoding = format.and_then(|format| format.ours());
                encoding.map_or(Rate::Narrow, |ours| codec(ours).natural_rate())
            }
        }
    }

    /// Begins a recording; the one of its kind before it is over.
    pub(crate) fn record<R: RecordSink>(
        &mut self,
        recorder: Recorder,
        recordings: &mut R,
        events: &mut VecDeque<Event>,
    ) {
        let slot = self.recordings.slot(recorder.is_message());
        let before = slot.replace(Box::new(recorder));
        self.close_recording(before, RecordEnd::Stopped, recordings, events);
    }

    /// Ends one recording, if it is being made.
    pub(crate) fn stop_recording<R: RecordSink>(
        &mut self,
        recording: RecordingId,
        recordings: &mut R,
        events: &mut VecDeque<Event>,
    ) {
        self.end_recording(recording, RecordEnd::Stopped, recordings, events);
    }

    /// Puts silence in the place of what one recording would hold, or no longer.
    pub(crate) fn hush_recording(&mut self, recording: RecordingId, hushed: bool) {
        let mut all = self.recordings.iter_mut();
        if let Some(recorder) = all.find(|r| r.recording() == recording) {
            recorder.hush(hushed);
        }
    }

    /// Sound leaves for the peer under this header.
    pub(crate) fn sounds(&mut self, header: &Header, payload: &[u8]) {
        if let (Some(recorder), Some(agreed)) = (&mut self.recordings.call, &self.agreed)
            && let Some(encoding) = agreed.stream.format.ours()
        {
            recorder.put_sent(encoding, header, payload);
        }
    }

    /// Every recording moves on by 20 ms.
    pub(super) fn tick_recordings<R: RecordSink>(
        &mut self,
        recordings: &mut R,
        events: &mut VecDeque<Event>,
    ) {
        for message in [true, false] {
            let slot = self.recordings.slot(message);
            if let Some(recorder) = slot
                && let Some(why) = recorder.tick(recordings)
            {
                let over = slot.take();
                self.close_recording(over, why, recordings, events);
            }
        }
    }

    pub(super) fn end_recording<R: RecordSink>(
        &mut self,
        recording: RecordingId,
        why: RecordEnd,
        recordings: &mut R,
        events: &mut VecDeque<Event>,
    ) {
        let over = self.recordings.take(recording);
        self.close_recording(over, why, recordings, events);
    }

    pub(super) fn end_recordings<R: RecordSink>(
        &mut self,
        recordings: &mut R,
        events: &mut VecDeque<Event>,
    ) {
        for message in [true, false] {
            let over = self.recordings.slot(message).take();
            self.close_recording(over, RecordEnd::Stopped, recordings, events);
        }
    }

    fn close_recording<R: RecordSink>(
        &mut self,
        recorder: Option<Box<Recorder>>,
        why: RecordEnd,
        recordings: &mut R,
        events: &mut VecDeque<Event>,
    ) {
        let Some(recorder) = recorder else { return };
        let recorded = recorder.finish(recordings);
        events.push_back(Event::RecordingEnded {
            leg: self.leg,
            recording: recorded.recording,
            why,
            length: recorded.length,
            speech: recorded.speech,
        });
    }
}
