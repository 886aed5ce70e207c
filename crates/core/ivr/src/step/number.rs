//! Asking a caller for a telephone number: what `callback` and `to_text` share.

use std::fmt;
use std::time::Duration;

use rappel_model::PhoneNumber;
use rappel_model::numbering::international;

use super::asking::{Asking, Heard};
use crate::engine::Desk;
use crate::event::Event;

/// A number being asked for and typed. Its `Debug` shows no key.
pub(super) struct NumberAsking {
    /// The shared sentence that asks.
    sentence: &'static str,
    asking: Asking,
    keys: String,
    tries: u32,
}

impl fmt::Debug for NumberAsking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NumberAsking")
            .field("typed", &self.keys.len())
            .field("tries", &self.tries)
            .finish_non_exhaustive()
    }
}

/// What asking for a number came to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Number {
    /// Nothing yet.
    Waits,
    /// A number that may be called from abroad.
    Given(PhoneNumber),
    /// The caller pressed `*`, or nothing that is a number, too often.
    GivenUp,
}

impl NumberAsking {
    /// Says `sentence`, after a word about what was wrong with the last number.
    pub(super) fn start(
        desk: &mut Desk<'_>,
        sentence: &'static str,
        complaint: Option<&'static str>,
    ) -> Self {
        let mut asking = Self {
            sentence,
            asking: Asking::default(),
            keys: String::new(),
            tries: 0,
        };
        asking.say(desk, complaint);
        asking
    }

    fn say(&mut self, desk: &mut Desk<'_>, complaint: Option<&'static str>) {
        self.tries += 1;
        self.keys.clear();
        let mut sounds = complaint.map_or_else(Vec::new, |key| desk.say_shared(key));
        sounds.extend(desk.say_shared(self.sentence));
        self.asking.start(desk, sounds, FIRST_KEY);
    }

    /// Takes one piece of news.
    pub(super) fn on_event(&mut self, desk: &mut Desk<'_>, event: &Event) -> Number {
        let Heard::Key(key) = self.asking.on_event(desk, event) else {
            return Number::Waits;
        };
        desk.heard(key, false);
        match key {
            '*' => return Number::GivenUp,
            '#' => return self.typed(desk),
            _ => {}
        }
        self.keys.push(key);
        if self.keys.len() >= MOST_DIGITS {
            return self.typed(desk);
        }
        desk.wake_in(NEXT_KEY, "next key");
        Number::Waits
    }

    /// The deadline passed: what was typed is a number, or nothing came.
    pub(super) fn on_timeout(&mut self, desk: &mut Desk<'_>) -> Number {
        if !self.keys.is_empty() {
            return self.typed(desk);
        }
        if !self.asking.is_silence(desk) {
            return Number::Waits;
        }
        self.again(desk, "no-input")
    }

    fn typed(&mut self, desk: &mut Desk<'_>) -> Number {
        match international(&self.keys, desk.home()) {
            Some(number) => Number::Given(number),
            None => self.again(desk, "number-wrong"),
        }
    }

    fn again(&mut self, desk: &mut Desk<'_>, complaint: &'static str) -> Number {
        if self.tries >= TRIES {
            return Number::GivenUp;
        }
        self.say(desk, Some(complaint));
        Number::Waits
    }
}

/// Times the number is asked for.
const TRIES: u32 = 3;
/// Silence allowed before the first key, and between keys.
const FIRST_KEY: Duration = Duration::from_secs(6);
const NEXT_KEY: Duration = Duration::from_secs(3);
/// Most digits typed: 15 of a number, with what is dialled before it abroad.
const MOST_DIGITS: usize = 18;
