//! A prompt with its holes filled: what is played.

use jiff::tz::TimeZone;
use rappel_model::{Language, PromptKey, Sound, TenantId};

use super::PromptTexts;
use super::sentence::{Format, Hole, Part};
use crate::expression::Lookup;
use crate::say;
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
                    Some(keys) if !keys.is_empty() => {
                        phrase
                            .sounds
                            .extend(keys.into_iter().map(|k| self.clip(language, k)));
                    }
                    _ => phrase.hole_left_out = true,
                },
            }
        }
        phrase
    }

    /// The recorded pieces that say a hole's value; `None` when they cannot.
    fn fill(&self, hole: &Hole, language: &Language) -> Option<Vec<String>> {
        let value = hole.expression.evaluate(self.values).ok()??;
        match (hole.format, value) {
            (Format::Number { feminine }, Value::Number(number)) => {
                Some(vec![say::number(language, number, feminine)?])
            }
            (Format::Digits, value) => Some(say::digits(&value.to_string())),
            (Format::Time, Value::Time(time)) => Some(say::time(language, time)),
            (Format::Time, Value::Moment(moment)) => {
                let zone: TimeZone = self.around.timezone.clone();
                Some(say::time(language, moment.to_jiff().to_zoned(zone).time()))
            }
            (Format::Name, Value::Text(name)) => {
                let mut persons = self.around.people.persons.values();
                let person = persons.find(|person| person.name == name)?;
                Some(vec![person.spoken.as_ref()?.to_string()])
            }
            _ => None,
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
