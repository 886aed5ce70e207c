//! How long sounds last: measured recordings where there are some, else a guess by their words.

use std::rc::Rc;
use std::time::Duration;

use rappel_ivr::{PromptTexts, Words, words};
use rappel_model::{Sound, Tone};

/// Whoever knows how long a sound lasts.
pub trait Lengths {
    /// The length of `sound`; `None` when it is not known.
    fn of(&self, sound: &Sound) -> Option<Duration>;
}

impl<L: Lengths + ?Sized> Lengths for Rc<L> {
    fn of(&self, sound: &Sound) -> Option<Duration> {
        self.as_ref().of(sound)
    }
}

/// Nothing is known: every length is guessed by the words.
#[derive(Clone, Copy, Debug, Default)]
pub struct ByWords;

impl Lengths for ByWords {
    fn of(&self, _: &Sound) -> Option<Duration> {
        None
    }
}

/// The words of a sound, as a reader sees them; tones and recordings in brackets.
pub(crate) fn words(prompts: &PromptTexts, sound: &Sound) -> Words {
    match sound {
        Sound::Clip { language, key, .. } => match (prompts.words(language, key), key.as_str()) {
            (Some(said), _) => Words::same(said),
            (None, Sound::MUSIC) => words!("[music]", "[musique]"),
            (None, key) => words!("[{key}]", "[{key}]"),
        },
        Sound::Speech { text, .. } => Words::same(text.clone()),
        Sound::Recording(_) => words!("(♪)", "(♪)"),
        Sound::Tone(Tone::Beep) => words!("(beep)", "(bip)"),
        Sound::Tone(Tone::Ringing) => words!("(ringing)", "(sonnerie)"),
        Sound::Tone(Tone::Hold) => words!("(on hold)", "(en attente)"),
        Sound::Pause(_) => words!("", ""),
    }
}

/// How long `words` take to be said, about fifteen characters a second.
pub(crate) fn guess(words: &str) -> Duration {
    PER_CHARACTER * u32::try_from(words.chars().count()).unwrap_or(u32::MAX)
}

/// How long a sound lasts that is no recording of words.
pub(crate) fn of_kind(sound: &Sound) -> Option<Duration> {
    match sound {
        Sound::Tone(Tone::Beep) => Some(BEEP),
        Sound::Tone(Tone::Ringing) => Some(RINGING),
        Sound::Tone(Tone::Hold) => Some(HOLD),
        Sound::Pause(length) => Some(*length),
        _ => None,
    }
}

const PER_CHARACTER: Duration = Duration::from_millis(65);
const BEEP: Duration = Duration::from_millis(200);
/// One period of what is heard on hold.
const HOLD: Duration = Duration::from_secs(2);
/// One cadence of the French ringing tone: 1.5 s on, 3.5 s off.
const RINGING: Duration = Duration::from_secs(5);
