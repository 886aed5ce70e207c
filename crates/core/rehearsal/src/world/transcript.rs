//! Sounds as a line to read. What is not recorded is written again: the comma where a value pauses, the
//! full stop behind a value that ends a sentence.

use rappel_ivr::Words;
use rappel_ivr::say::PAUSE;
use rappel_model::Sound;

/// The words of one play order, as they come.
#[derive(Debug, Default)]
pub(super) struct Transcript {
    en: String,
    fr: String,
    /// The words added last belong to a value said in a hole.
    value: bool,
    /// A fragment of a sentence with holes was said.
    fragment: bool,
    /// A value paused.
    pause: bool,
}

impl Transcript {
    /// Adds a sound that reads as `words`.
    pub(super) fn add(&mut self, sound: &Sound, words: &Words) {
        let value = match sound {
            Sound::Pause(length) => {
                self.pause |= *length == PAUSE;
                return;
            }
            Sound::Clip { key, .. } => {
                self.fragment |= is_fragment(key);
                key.contains('/')
            }
            Sound::Speech { .. } => true,
            Sound::Recording(_) | Sound::Tone(_) => false,
        };
        let before = Before {
            pause: self.pause,
            // A sentence that begins behind a value says that the one before has ended.
            value: self.value && !value,
        };
        before.join(&mut self.en, &words.en);
        before.join(&mut self.fr, &words.fr);
        (self.value, self.pause) = (value, false);
    }

    /// The line; `None` when there is nothing to read.
    pub(super) fn end(mut self) -> Option<Words> {
        if self.value && self.fragment {
            for line in [&mut self.en, &mut self.fr] {
                if !line.ends_with(ENDS) {
                    line.push('.');
                }
            }
        }
        let (en, fr) = (self.en, self.fr);
        (!en.is_empty()).then_some(Words { en, fr })
    }
}

/// What stands before the next words.
#[derive(Clone, Copy, Debug)]
struct Before {
    pause: bool,
    value: bool,
}

impl Before {
    fn join(self, line: &mut String, words: &str) {
        if words.is_empty() {
            return;
        }
        if !line.is_empty() && !words.starts_with(CLOSES) {
            if self.value && words.starts_with(char::is_uppercase) && !line.ends_with(ENDS) {
                line.push('.');
            } else if self.pause && !line.ends_with(ENDS) && !line.ends_with(CLOSES) {
                line.push(',');
            }
            line.push(' ');
        }
        line.push_str(words);
    }
}

/// `attente.1`.
fn is_fragment(key: &str) -> bool {
    let number = key.rsplit_once('.').map(|(_, number)| number);
    number.is_some_and(|number| number.bytes().all(|b| b.is_ascii_digit()))
}

/// What follows a word without a space.
const CLOSES: [char; 2] = ['.', ','];
/// What a sentence ends with.
const ENDS: [char; 5] = ['.', '!', '?', '…', ':'];

#[cfg(test)]
mod tests {
    use rappel_model::{Language, TenantId, Tone};

    use super::*;

    /// The line of these clips, `KEY=WORDS`; `,` is the pause of a value.
    fn line(sounds: &[&str]) -> Option<String> {
        let mut transcript = Transcript::default();
        for sound in sounds {
            let Some((key, words)) = sound.split_once('=') else {
                transcript.add(&Sound::Pause(PAUSE), &Words::same(""));
                continue;
            };
            let clip = Sound::Clip {
                tenant: TenantId::from("t"),
                language: Language::from("fr"),
                key: key.to_owned(),
            };
            transcript.add(&clip, &Words::same(words));
        }
        transcript.end().map(|words| words.fr)
    }

    #[test]
    fn what_no_recording_says_is_written_again() {
        for (sounds, expected) in [
            (
                &[
                    "p.1=Le",
                    "number/1=zéro un",
                    ",",
                    "number/99=quatre-vingt-dix-neuf",
                ][..],
                "Le zéro un, quatre-vingt-dix-neuf.",
            ),
            (
                &[
                    "p.1=Dès",
                    "number/8=huit",
                    "time/hours=heures",
                    "p.2=. Tapez 1.",
                ],
                "Dès huit heures. Tapez 1.",
            ),
            (
                &["p.1=Dès", "number/8=huit", "choix=Tapez 1."],
                "Dès huit. Tapez 1.",
            ),
            (
                &["p.1=Dès", "number/8=huit", "p.2=euros."],
                "Dès huit euros.",
            ),
            (&["a=Bonjour.", "b=Tapez 1"], "Bonjour. Tapez 1"),
            (&["number/8=huit", ","], "huit"),
        ] {
            assert_eq!(line(sounds).as_deref(), Some(expected));
        }
        assert_eq!(line(&[","]), None);
    }

    #[test]
    fn tones_are_named_in_the_language_of_the_reader() {
        let mut transcript = Transcript::default();
        let ringing = rappel_ivr::words!("(ringing)", "(sonnerie)");
        transcript.add(&Sound::Tone(Tone::Ringing), &ringing);
        assert_eq!(transcript.end(), Some(ringing));
    }
}
