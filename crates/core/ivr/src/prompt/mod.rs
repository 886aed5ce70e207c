//! The sentences of a tenant, in every language it speaks (FLOWS §5).

mod phrase;
mod sentence;

use std::collections::BTreeMap;
use std::ops::Range;

use rappel_model::{Language, PromptKey};

pub(crate) use phrase::Speaker;
pub use sentence::Sentence;
pub(crate) use sentence::{Piece, split};

use crate::diagnostic::{Diagnostic, Place, Source};
use crate::say;
use crate::shared_prompts::shared_prompt;
use crate::syntax::Text;
use crate::words;

/// All sentences of a tenant and the shared ones, by key and language.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PromptTexts {
    prompts: BTreeMap<PromptKey, Prompt>,
}

/// One sentence, in the languages it was written in.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompt {
    /// Where it is declared.
    pub place: Place,
    /// Where its words stand, by language.
    pub places: BTreeMap<Language, Place>,
    /// Its words by language.
    pub sentences: BTreeMap<Language, Sentence>,
}

impl PromptTexts {
    /// No sentences.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `text` as the words of `key` in `language`, written at `span` (quotes included) of
    /// `source`. Problems are added to `problems`: R402 for more than 600 characters, R406 for no words, R404 and
    /// R206 for a broken hole, R110 for words given twice;
    /// words with a problem stand without their holes.
    pub fn declare(
        &mut self,
        key: PromptKey,
        language: Language,
        text: &str,
        source: &Source,
        span: Range<usize>,
        problems: &mut Vec<Diagnostic>,
    ) {
        let length = text.chars().count();
        let prompt = self.prompts.entry(key.clone()).or_insert_with(|| Prompt {
            place: source.place(span.clone()),
            places: BTreeMap::new(),
            sentences: BTreeMap::new(),
        });
        if prompt.sentences.contains_key(&language) {
            let message = words!(
                "the prompt \"{key}\" has its words in \"{language}\" twice",
                "la phrase « {key} » est écrite deux fois en « {language} »"
            );
            let (file, line) = (&prompt.place.file, prompt.place.line);
            let first = words!("first at {file}:{line}", "d'abord dans {file}:{line}");
            problems.push(source.error("R110", span, message).label(first));
            return;
        }
        let place = source.place(span.clone());
        prompt.places.insert(language.clone(), place);
        if length > MAX_LENGTH {
            let message = words!(
                "this sentence has {length} characters; {MAX_LENGTH} are allowed",
                "cette phrase fait {length} caractères ; {MAX_LENGTH} sont permis"
            );
            problems.push(source.error("R402", span.clone(), message));
        }
        match Sentence::parse(text) {
            Ok(sentence) => {
                if !sentence.says_something() {
                    let message = words!("this sentence says nothing", "cette phrase ne dit rien");
                    let remedy = words!(
                        "write what callers shall hear, or leave the sentence out",
                        "écrivez ce que les appelants entendront, ou supprimez la phrase"
                    );
                    problems.push(source.error("R406", span.clone(), message).remedy(remedy));
                }
                let seconds = sentence.tenths() / 10;
                if seconds > MAX_SECONDS && length <= MAX_LENGTH {
                    let message = words!(
                        "this sentence takes about {seconds} s to say",
                        "cette phrase dure environ {seconds} s"
                    );
                    let problem = source.warning("W8", span, message);
                    problems.push(problem.remedy(words!(
                        "shorten it to {MAX_SECONDS} s, or cut it in two",
                        "ramenez-la à {MAX_SECONDS} s, ou coupez-la en deux"
                    )));
                }
                prompt.sentences.insert(language, sentence);
            }
            Err(found) => {
                // It stands, so that whoever says it is not told that it is missing.
                prompt.sentences.insert(language, Sentence::unread(text));
                let at = Text::new(source, span, text);
                problems.extend(found.into_iter().map(|p| {
                    let mut problem = source.error(p.code, at.at(p.span), p.message);
                    problem.label = p.label;
                    problem
                }));
            }
        }
    }

    /// Adds the sentences of `shared` whose keys are not declared here.
    pub fn fall_back_on(&mut self, shared: &Self) {
        for (key, prompt) in &shared.prompts {
            self.prompts
                .entry(key.clone())
                .or_insert_with(|| prompt.clone());
        }
    }

    /// The sentence `key`.
    pub fn prompt(&self, key: &PromptKey) -> Option<&Prompt> {
        self.prompts.get(key)
    }

    /// All sentences.
    pub fn iter(&self) -> impl Iterator<Item = (&PromptKey, &Prompt)> {
        self.prompts.iter()
    }

    /// The words of one recording, for a reader instead of a listener: of a prompt, of a fragment
    /// `KEY.2`, of a spoken piece or of a shared sentence.
    pub fn words(&self, language: &Language, clip: &str) -> Option<String> {
        if let Some(prompt) = self.prompts.get(clip) {
            let sentence = prompt.sentence(language, &[])?.1;
            return Some(sentence.text().to_owned());
        }
        if let Some((key, _)) = clip.rsplit_once('.')
            && let Some(prompt) = self.prompts.get(key)
        {
            let fragments = prompt.sentence(language, &[])?.1.fragments(key);
            return fragments
                .into_iter()
                .find(|(k, _)| k == clip)
                .map(|(_, w)| w);
        }
        say::words(language, clip).or_else(|| {
            let shared = shared_prompt(clip)?;
            let french = language.as_str().split('-').next() == Some("fr");
            Some(if french { shared.fr } else { shared.en }.to_owned())
        })
    }
}

impl Prompt {
    /// Its words in `language`: exactly, or in the same language elsewhere (`fr` for `fr-CH`), or
    /// in the first of `others` that has them, or in any.
    pub(crate) fn sentence(
        &self,
        language: &Language,
        others: &[Language],
    ) -> Option<(&Language, &Sentence)> {
        let primary = language.as_str().split('-').next().unwrap_or_default();
        self.sentences
            .get_key_value(language)
            .or_else(|| self.sentences.get_key_value(primary))
            .or_else(|| others.iter().find_map(|l| self.sentences.get_key_value(l)))
            .or_else(|| self.sentences.first_key_value())
    }
}

/// What callers listen to at one go, in seconds (FLOWS §9, W8).
const MAX_SECONDS: u64 = 20;
/// Longest sentence, in characters (FLOWS §18.6).
const MAX_LENGTH: usize = 600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_for_every_kind_of_recording() {
        let source = Source::new("prompts.toml", "fr = \"Il reste {n|number} places.\"");
        let mut texts = PromptTexts::new();
        let mut problems = Vec::new();
        let (key, fr) = (PromptKey::from("reste"), Language::from("fr"));
        texts.declare(
            key.clone(),
            fr.clone(),
            "Il reste {n|number} places.",
            &source,
            5..34,
            &mut problems,
        );
        assert_eq!(problems, []);
        assert_eq!(texts.words(&fr, "reste.2").unwrap(), "places.");
        assert_eq!(texts.words(&fr, "number/21f").unwrap(), "vingt et une");
        assert_eq!(
            texts.words(&Language::from("en"), "goodbye").unwrap(),
            "Goodbye."
        );
        assert_eq!(texts.words(&fr, "rien"), None);
        texts.declare(key, fr, "x", &source, 5..34, &mut problems);
        assert_eq!(problems[0].code, "R110");
    }

    #[test]
    fn a_sentence_without_words_and_holes_says_nothing() {
        for (text, silent) in [
            ("", true),
            ("  ", true),
            ("...", true),
            ("!", true),
            ("{{}}", true),
            ("8.", false),
            ("{n|number}.", false),
        ] {
            let source = Source::new("p", format!("fr = \"{text}\""));
            let (mut problems, span) = (Vec::new(), 5..text.len() + 7);
            let (key, fr) = (PromptKey::from("p"), Language::from("fr"));
            PromptTexts::new().declare(key, fr, text, &source, span, &mut problems);
            let codes: Vec<_> = problems.iter().map(|p| p.code).collect();
            assert_eq!(codes, if silent { vec!["R406"] } else { vec![] }, "{text}");
        }
    }

    #[test]
    fn a_sentence_of_601_characters_is_refused() {
        let text = "a".repeat(601);
        let source = Source::new("p", format!("fr = \"{text}\""));
        let mut problems = Vec::new();
        let mut texts = PromptTexts::new();
        let mut declare = |key: &str, text: &str| {
            let (key, fr) = (PromptKey::from(key), Language::from("fr"));
            texts.declare(key, fr, text, &source, 5..608, &mut problems);
            problems.iter().filter(|p| p.is_error()).count()
        };
        assert_eq!(declare("p", &text[1..]), 0);
        assert_eq!(declare("q", &text), 1);
    }
}
