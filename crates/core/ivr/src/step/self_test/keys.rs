//! Which keys arrive, and how.

use std::collections::VecDeque;
use std::time::Duration;

use rappel_model::{KeyWay, PlayId, Sound};

use super::{Turn, Work};
use crate::engine::Desk;
use crate::event::Event;
use crate::say::Format;
use crate::step::asking::LONGEST_SOUND;
use crate::variables::Value;

/// An announcement that a key stops, then each key as it came, in order.
#[derive(Debug, Default)]
pub(super) struct Keys {
    playing: Option<PlayId>,
    /// The announcement is being said, and not a key.
    asking: bool,
    waiting: VecDeque<(char, KeyWay)>,
    silences: u32,
}

impl Keys {
    fn announce(&mut self, desk: &mut Desk<'_>) -> Turn {
        let sounds = desk.say_shared("test-keys");
        self.say(desk, sounds, true)
    }

    fn say(&mut self, desk: &mut Desk<'_>, sounds: Vec<Sound>, asking: bool) -> Turn {
        self.asking = asking;
        self.playing = desk.play(sounds, asking, false);
        match self.playing {
            Some(_) => desk.wake_in(LONGEST_SOUND, "sentence"),
            None => desk.wake_in(WAIT, "key"),
        }
        Turn::Stay
    }

    /// The next key that waits, or the wait for one.
    fn next(&mut self, desk: &mut Desk<'_>) -> Turn {
        self.playing = None;
        let Some((key, way)) = self.waiting.pop_front() else {
            desk.wake_in(WAIT, "key");
            return Turn::Stay;
        };
        // A to D are letters, everything else is a digit of telephones.
        let format = match key.is_ascii_alphabetic() {
            true => Format::Spell,
            false => Format::Digits,
        };
        let mut sounds = desk.say_value(format, &Value::Text(key.to_string()));
        sounds.extend(desk.say_shared(match way {
            KeyWay::Event => "test-key-event",
            KeyWay::Tone => "test-key-tone",
            KeyWay::Info => "test-key-info",
        }));
        self.say(desk, sounds, false)
    }

    fn pressed(&mut self, desk: &mut Desk<'_>, key: char, way: KeyWay) -> Turn {
        desk.heard(key, false);
        self.silences = 0;
        if self.waiting.len() < MAX_WAITING {
            self.waiting.push_back((key, way));
        }
        match self.playing {
            Some(play) if self.asking => {
                desk.stop(play);
                self.next(desk)
            }
            Some(_) => Turn::Stay,
            None => self.next(desk),
        }
    }
}

impl Work for Keys {
    fn enter(&mut self, desk: &mut Desk<'_>) -> Turn {
        if let Err(turn) = desk.answer() {
            return turn;
        }
        self.announce(desk)
    }

    fn on_event(&mut self, desk: &mut Desk<'_>, event: &Event) -> Turn {
        match event {
            Event::CallerGone => Turn::Abandon,
            Event::Key(key, way) => self.pressed(desk, *key, *way),
            Event::PlayEnded(play) if self.playing == Some(*play) => self.next(desk),
            _ => Turn::Stay,
        }
    }

    fn on_timeout(&mut self, desk: &mut Desk<'_>) -> Turn {
        if self.playing.is_some() {
            return self.next(desk);
        }
        self.silences += 1;
        match self.silences < TRIES {
            true => self.announce(desk),
            false => Turn::NEXT,
        }
    }
}

/// How long a key is waited for before the announcement is repeated.
const WAIT: Duration = Duration::from_secs(8);
/// Announcements without a key between them.
const TRIES: u32 = 3;
/// Keys that wait to be told; what a person types beyond them is left out.
const MAX_WAITING: usize = 32;
