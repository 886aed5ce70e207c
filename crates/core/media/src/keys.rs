//! Keys we press for a peer: as events where they were agreed (RFC 4733), else as tones.

use std::time::Duration;

use rappel_audio::dtmf::KeyTone;
use rappel_audio::{Codec, FRAME_SAMPLES};
use rappel_rtp::telephone_event::{Outgoing, Sender};

use crate::outgoing::TICK;

/// The keys of one session that wait to be sent, and the one being sent.
#[derive(Debug)]
pub(crate) struct KeysOut {
    /// Anything is being sent or waits to be: asked for with every packet and tick.
    busy: bool,
    waiting: [Option<Press>; MAX_WAITING],
    event: Sender,
    tick: u32,
    tone: Option<KeyTone>,
    /// Ticks of silence still to keep after a tone.
    pause: u8,
}

/// A key that waits. Every session has room for many of them, so they are kept small.
#[derive(Clone, Copy, Debug)]
struct Press {
    /// ASCII, as all keys are.
    digit: u8,
    /// [`LONGEST`] at most.
    milliseconds: u16,
}

impl KeysOut {
    pub(crate) fn new() -> Self {
        Self {
            busy: false,
            waiting: [None; MAX_WAITING],
            event: Sender::new(TICK as u16),
            tick: TICK,
            tone: None,
            pause: 0,
        }
    }

    /// The clock of the events from here on, in units of one tick; a key being sent is cut off.
    pub(crate) fn pace(&mut self, tick: u32) {
        if self.tick != tick {
            self.tick = tick;
            // 960 units are the most a tick has.
            self.event = Sender::new(tick as u16);
            self.busy = self.has_work();
        }
    }

    /// Queues a key; one more than [`MAX_WAITING`] is not sent, nor what is no key.
    pub(crate) fn press(&mut self, digit: char, held: Duration) {
        let Ok(digit) = u8::try_from(digit) else {
            return;
        };
        if let Some(slot) = self.waiting.iter_mut().find(|slot| slot.is_none()) {
            let milliseconds = held.clamp(SHORTEST, LONGEST).as_millis() as u16;
            *slot = Some(Press {
                digit,
                milliseconds,
            });
            self.busy = true;
        }
    }

    /// Whether a key is being sent or waits to be.
    pub(crate) fn is_busy(&self) -> bool {
        self.busy
    }

    /// The event packet of this tick, if a key is down.
    pub(crate) fn next_event(&mut self, clock: u32) -> Option<Outgoing> {
        if !self.busy {
            return None;
        }
        if self.event.is_idle()
            && let Some((digit, held)) = self.take()
        {
            // An idle sender has room, and what is no key it ignores.
            self.event.press(digit, held).ok()?;
        }
        let event = self.event.tick(clock);
        self.busy = self.has_work();
        event
    }

    /// Fills `frame` with the tone of this tick; false when no key is down.
    pub(crate) fn next_tone(&mut self, codec: Codec, frame: &mut [u8; FRAME_SAMPLES]) -> bool {
        if !self.busy {
            return false;
        }
        let is_down = self.tone_of_tick(codec, frame);
        self.busy = self.has_work();
        is_down
    }

    fn tone_of_tick(&mut self, codec: Codec, frame: &mut [u8; FRAME_SAMPLES]) -> bool {
        if self.pause > 0 {
            self.pause -= 1;
            return true;
        }
        if self.tone.is_none() {
            self.tone = self
                .take()
                .and_then(|(digit, held)| KeyTone::new(digit, held));
        }
        let Some(tone) = &mut self.tone else {
            return false;
        };
        let mut samples = [0; FRAME_SAMPLES];
        for (slot, sample) in samples.iter_mut().zip(tone.by_ref()) {
            *slot = sample;
        }
        codec.encode(&samples, frame);
        if tone.is_over() {
            self.tone = None;
            self.pause = PAUSE_TICKS;
        }
        true
    }

    fn has_work(&self) -> bool {
        !self.event.is_idle() || self.tone.is_some() || self.pause > 0 || self.waiting[0].is_some()
    }

    fn take(&mut self) -> Option<(char, Duration)> {
        let first = self.waiting[0].take()?;
        self.waiting.rotate_left(1);
        let held = Duration::from_millis(first.milliseconds.into());
        Some((char::from(first.digit), held))
    }
}

/// Keys that may wait to be sent to one peer.
const MAX_WAITING: usize = 32;

/// Shortest key that every receiver takes.
const SHORTEST: Duration = Duration::from_millis(40);

/// Longest key that fits one event (RFC 4733 §2.5.1.3).
const LONGEST: Duration = Duration::from_secs(8);

/// Silence between two tones: 60 ms.
const PAUSE_TICKS: u8 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sent_one_after_the_other_as_events() {
        let mut keys = KeysOut::new();
        keys.press('1', Duration::from_millis(40));
        keys.press('2', Duration::from_millis(40));
        let codes: Vec<u8> = (0..20)
            .filter_map(|i| keys.next_event(i * TICK))
            .map(|event| event.payload[0])
            .collect();
        assert_eq!(codes, [1, 1, 1, 1, 2, 2, 2, 2]);
        assert!(!keys.is_busy());
    }

    #[test]
    fn a_tone_is_heard_as_its_key_with_a_pause_after_it() {
        let mut keys = KeysOut::new();
        for digit in ['5', '5', 'x', '#'] {
            keys.press(digit, Duration::from_millis(100));
        }
        let mut detector = rappel_audio::dtmf::Detector::new();
        let heard: String = (0..40)
            .filter_map(|_| {
                let mut frame = [Codec::Pcma.silence(); FRAME_SAMPLES];
                keys.next_tone(Codec::Pcma, &mut frame);
                let mut samples = [0; FRAME_SAMPLES];
                Codec::Pcma.decode(&frame, &mut samples);
                detector.listen(&samples)
            })
            .collect();
        assert_eq!(heard, "55#");
        assert!(!keys.is_busy());
    }

    #[test]
    fn the_queue_is_bounded() {
        let mut keys = KeysOut::new();
        for _ in 0..MAX_WAITING + 5 {
            keys.press('1', Duration::from_millis(40));
        }
        let events = (0..10_000)
            .filter_map(|i| keys.next_event(i * TICK))
            .count();
        assert_eq!(events, MAX_WAITING * 4);
    }
}
