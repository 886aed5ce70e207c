//! Saying something and waiting for a key: what `menu`, `collect`, `voicemail` and `listen` share.

use std::time::Duration;

use rappel_model::{PlayId, Sound};

use crate::engine::Desk;
use crate::event::Event;

/// A sentence being said, then a wait for keys.
#[derive(Debug, Default)]
pub(super) struct Asking {
    playing: Option<PlayId>,
    wait: Duration,
}

/// What a sentence and its wait came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// Nothing yet.
    Nothing,
    /// A key, during the sentence or after it.
    Key(char),
    /// The sentence is over; the wait begins.
    Said,
}

impl Asking {
    /// Says `sounds`, which a key stops, then waits for `wait`.
    pub(super) fn start(&mut self, desk: &mut Desk<'_>, sounds: Vec<Sound>, wait: Duration) {
        self.stop(desk);
        self.wait = wait;
        self.playing = desk.play(sounds, true, false);
        match self.playing {
            Some(_) => desk.wake_in(LONGEST_SOUND, "sentence"),
            None => desk.wake_in(wait, "key"),
        }
    }

    /// Takes one piece of news.
    pub(super) fn on_event(&mut self, desk: &mut Desk<'_>, event: &Event) -> Heard {
        match event {
            Event::PlayEnded(play) if self.playing == Some(*play) => {
                self.playing = None;
                desk.wake_in(self.wait, "key");
                Heard::Said
            }
            Event::Key(key, _) => {
                self.stop(desk);
                Heard::Key(*key)
            }
            _ => Heard::Nothing,
        }
    }

    /// Whether the passed deadline means that no key came. A sentence whose end was never told is
    /// taken as said, and the wait begins.
    pub(super) fn is_silence(&mut self, desk: &mut Desk<'_>) -> bool {
        if self.playing.is_some() {
            self.stop(desk);
            desk.wake_in(self.wait, "key");
            return false;
        }
        true
    }

    /// Stops the sentence, if it is still being said.
    pub(super) fn stop(&mut self, desk: &mut Desk<'_>) {
        if let Some(play) = self.playing.take() {
            desk.stop(play);
        }
    }
}

/// Longest sound whose end is waited for: a recording of 30 minutes, and some more. Beyond it the
/// end was lost, and the caller must not hang in silence.
pub(super) const LONGEST_SOUND: Duration = Duration::from_secs(31 * 60);
