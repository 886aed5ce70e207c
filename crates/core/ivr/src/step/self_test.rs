//! `self_test`: callers put their own call to the test, for the numbers 600 to 602.

mod echo;
mod keys;
mod sound;

use std::sync::Arc;

use rappel_model::{PlayId, Sound};

use super::asking::LONGEST_SOUND;
use super::{Answers, Key, Kind, Presence, Step, Turn, Verb, Voice, Work};
use crate::engine::Desk;
use crate::event::Event;
use crate::words::Help;

/// `self_test`, of the engine's own flows.
pub(super) const VERB: Verb = Verb {
    name: "self_test",
    keys: &[Key::required(
        "of",
        Kind::Word(&["echo", "sound", "keys"], &[]),
        "what is tested",
    )
    .fr("ce qui est mis à l'épreuve")],
    outcomes: &[],
    next: Presence::Required,
    press: Presence::None,
    answers: Answers::First,
    after_hangup: false,
    waits: true,
    voice: Voice::Speaks,
    internal: true,
    help: Help {
        en: "Lets callers hear themselves, what their sound is like, or the keys that arrive.",
        fr: "Fait entendre à l'appelant sa voix, l'état de sa ligne, ou les touches qui arrivent.",
    },
    example: r#"do = "self_test"
of = "echo"
next = "fin""#,
    served: true,
    read: |keys| {
        Ok(Arc::new(match keys.word("of") {
            "keys" => SelfTest::Keys,
            "sound" => SelfTest::Sound,
            _ => SelfTest::Echo,
        }))
    },
};

#[derive(Clone, Copy, Debug)]
enum SelfTest {
    Echo,
    Sound,
    Keys,
}

impl Step for SelfTest {
    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        match *self {
            Self::Echo => Box::new(echo::Echo::default()),
            Self::Sound => Box::new(sound::Sounding::default()),
            Self::Keys => Box::new(keys::Keys::default()),
        }
    }
}

/// A sentence that is said to its end.
#[derive(Debug, Default)]
struct Saying(Option<PlayId>);

impl Saying {
    /// Says it; false when there is nothing to say.
    fn start(&mut self, desk: &mut Desk<'_>, sounds: Vec<Sound>) -> bool {
        self.0 = desk.play(sounds, false, false);
        desk.wake_in(LONGEST_SOUND, "sentence");
        self.0.is_some()
    }

    /// Whether this is the news of its end.
    fn ends_with(&mut self, event: &Event) -> bool {
        matches!(event, Event::PlayEnded(play) if self.0 == Some(*play)) && self.0.take().is_some()
    }
}
