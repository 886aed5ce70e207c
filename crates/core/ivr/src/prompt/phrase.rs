//! A prompt with its holes filled: what is played.

use rappel_model::{Language, PromptKey, Sound, TenantId};

use super::PromptTexts;
use super::sentence::{Hole, Part};
use crate::expression::Lookup;
use crate::say::{Format, Manner, Moment, PAUSE, Piece};
use crate::surroundings::Surroundings;
use crate::variables::Value;

/// Sounds that say a sentence, and whether a hole had to be left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Phrase {
    pub(crate) sounds: Vec<Sound>,
    pub(crate) hole_left_out: bool,
}

/// Says sentences in one language.
pub(crate) struct Speaker<'a> {
    pub(crate) texts: &'a PromptTexts,
    pub(crate) around: &'a Surroundings,
    pub(crate) language: &'a Language,
    pub(crate) values: &'a dyn Lookup,
}

impl Speaker<'_> {
    /// The sentence `key`. A shared sentence without words in the catalogue is still named: its
    /// recording is part of the engine.
    pub(crate) fn say(&self, key: &PromptKey) -> Phrase {
        let sentence = self
            .texts
            .prompt(key)
            .and_then(|prompt| prompt.sentence(self.language, &self.around.languages));
        let Some((language, sentence)) = sentence else {
            return Phrase {
                sounds: vec![self.clip(self.language, key.to_string())],
                hole_left_out: false,
            };
        };
        let mut phrase = Phrase::default();
        let holes = sentence.has_holes();
        for part in sentence.parts() {
            match part {
                Part::Words {
                    fragment: Some(number),
                    ..
                } => {
                    let clip = if holes {
                        format!("{key}.{number}")
                    } else {
                        key.to_string()
                    };
                    phrase.sounds.push(self.clip(language, clip));
                }
                Part::Words { .. } => {}
                Part::Hole(hole) => match self.fill(hole, language) {
                    Some(sounds) => phrase.sounds.extend(sounds),
                    None => phrase.hole_left_out = true,
                },
            }
        }
        phrase
    }

    /// The sounds that say a hole's value; `None` when there are none.
    fn fill(&self, hole: &Hole, sentence: &Language) -> Option<Vec<Sound>> {
        let value = hole.expression.evaluate(self.values).ok()??;
        self.value(hole.format, &value, self.regional(sentence))
    }

    /// The sounds that say a value in `language`; `None` when there are none.
    pub(crate) fn value(
        &self,
        format: Format,
        value: &Value,
        language: &Language,
    ) -> Option<Vec<Sound>> {
        if let (Format::Name, Value::Text(name)) = (format, value)
            && let Some(recorded) = self.recorded_name(name)
        {
            return Some(vec![self.clip(language, recorded)]);
        }
        let manner = Manner {
            language: language.clone(),
            spoken: self.around.spoken,
        };
        let at = Moment {
            now: self.values.now(),
            zone: self.around.timezone.clone(),
        };
        let pieces = manner.say(format, value, &at)?;
        Some(
            pieces
                .into_iter()
                .map(|p| self.sound(language, p))
                .collect(),
        )
    }

    /// Values are said as the caller's region says them, though the sentence around them is written
    /// once for all regions.
    fn regional<'a>(&'a self, sentence: &'a Language) -> &'a Language {
        let primary = |language: &'a Language| language.as_str().split('-').next();
        if sentence.as_str().contains('-') || primary(sentence) != primary(self.language) {
            sentence
        } else {
            self.language
        }
    }

    fn recorded_name(&self, name: &str) -> Option<String> {
        let mut persons = self.around.people.persons.values();
        let person = persons.find(|person| person.name == name)?;
        person.spoken.as_ref().map(PromptKey::to_string)
    }

    fn sound(&self, language: &Language, piece: Piece) -> Sound {
        match piece {
            Piece::Clip(key) => self.clip(language, key),
            Piece::Pause => Sound::Pause(PAUSE),
            Piece::Speech(text) => Sound::Speech {
                language: language.clone(),
                text,
            },
        }
    }

    fn clip(&self, language: &Language, key: String) -> Sound {
        Sound::Clip {
            tenant: TenantId::clone(&self.around.tenant),
            language: language.clone(),
            key,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::civil::Date;
    use rappel_model::Timestamp;

    use super::*;
    use crate::diagnostic::Source;

    /// Every name is a wait of four to seven minutes, but `nom`, which is a text, and `rien`, which is
    /// unset.
    struct Waiting;

    impl Lookup for Waiting {
        fn value(&self, name: &str) -> Option<Value> {
            let minutes = |count: u64| Duration::from_secs(count * 60);
            match name {
                "nom" => Some(Value::Text("Madame Petit".to_owned())),
                "rien" => None,
                "soixante" => Some(Value::Number(71)),
                _ => Some(Value::Range {
                    low: minutes(4),
                    high: minutes(7),
                }),
            }
        }
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(0)
        }
        fn today(&self) -> Date {
            Date::constant(1970, 1, 1)
        }
    }

    /// What is played of a sentence written in French, to a caller who speaks `caller`.
    fn played(sentence: &str, caller: &str) -> (Vec<String>, bool) {
        let source = Source::new("prompts.toml", format!("fr = \"{sentence}\""));
        let (key, span) = (PromptKey::from("p"), 5..sentence.len() + 7);
        let mut texts = PromptTexts::new();
        let fr = Language::from("fr");
        texts.declare(key.clone(), fr, sentence, &source, span, &mut Vec::new());
        let around = Surroundings::bare("a".into());
        let speaker = Speaker {
            texts: &texts,
            around: &around,
            language: &Language::from(caller),
            values: &Waiting,
        };
        let phrase = speaker.say(&key);
        let name = |sound: &Sound| match sound {
            Sound::Clip { language, key, .. } => format!("{language}/{key}"),
            Sound::Speech { language, text } => format!("{language}:{text}"),
            other => format!("{other:?}"),
        };
        let names = phrase.sounds.iter().map(name).collect();
        (names, phrase.hole_left_out)
    }

    #[test]
    fn holes_are_said_as_the_callers_region_says_them() {
        let (belgian, left_out) = played("Il reste {soixante|number} places.", "fr-BE");
        assert_eq!(belgian, ["fr/p.1", "fr-BE/number/71", "fr/p.2"]);
        assert!(!left_out);
        // A caller who hears the sentence in another language hears its values in that language.
        let (english, _) = played("Attente : {wait|between}.", "en-GB");
        let pieces = ["join/between", "number/4", "join/and", "minutes/7"];
        let expected = pieces.map(|piece| format!("fr/{piece}"));
        assert_eq!(english[1..], expected);
    }

    #[test]
    fn words_without_a_recording_are_left_to_a_voice_and_unset_values_out() {
        let (sounds, left_out) = played("{nom|say} {nom|name}", "fr");
        assert_eq!(sounds, ["fr:Madame Petit", "fr:Madame Petit"]);
        assert!(!left_out);
        let (sounds, left_out) = played("Fin {rien|number}", "fr");
        assert_eq!((sounds, left_out), (vec!["fr/p.1".to_owned()], true));
    }
}
