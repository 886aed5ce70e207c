//! The verbs of the flow language, one per file, each describing itself: parser, checker, help and
//! schema come from the table [`VERBS`] and cannot disagree (FLOWS §6).

mod answer;
mod asked;
mod asking;
mod background;
mod callback;
mod collect;
mod compound;
mod consent;
mod count;
mod estimate;
mod facts;
mod flow;
mod foreign;
mod forward;
mod goto;
mod hangup;
mod hours;
mod http;
mod known;
mod language;
mod listen;
mod lookup;
mod menu;
mod number;
mod pause;
mod pending;
mod play;
mod queue;
mod reach;
mod reading;
mod record;
mod reject;
mod return_flow;
mod ring;
mod self_test;
mod served;
mod set;
mod settings;
mod split;
mod survey;
mod switch;
mod tables;
mod tag;
mod task;
mod text;
mod to_text;
mod transfer;
mod typed;
mod verb;
mod voicemail;
mod waiting;
mod work;

use crate::words::Help;

pub(crate) use facts::{Facts, Notice, Onward};
pub(crate) use foreign::{begins as address_begins, climbs, currency_of};
pub(crate) use known::{PLACE_KNOWN, PROMISE_KNOWN, WAIT_KNOWN};
pub(crate) use reading::{condition, one_key, read_step, read_template};
pub(crate) use served::not_served;
pub(crate) use settings::{
    Fault, Field, FieldValue, Mapping, Reading, Setting, Template, TemplatePart,
};
pub(crate) use split::bucket;
pub use verb::{Answers, Key, Kind, Otherwise, Outcome, Presence, Verb, Voice, Waits};
pub(crate) use work::{Arguments, Called, Step, Turn, Work};

/// The verb `name`.
pub fn verb(name: &str) -> Option<&'static Verb> {
    VERBS.iter().copied().find(|verb| verb.name == name)
}

/// Every verb of this release.
pub const VERBS: &[&Verb] = &[
    &answer::VERB,
    &ring::VERB,
    &reject::VERB,
    &hangup::VERB,
    &pause::VERB,
    &play::VERB,
    &menu::VERB,
    &collect::VERB,
    &language::VERB,
    &hours::VERB,
    &switch::VERB,
    &set::VERB,
    &lookup::VERB,
    &http::VERB,
    &split::VERB,
    &flow::VERB,
    &goto::VERB,
    &return_flow::VERB,
    &reach::VERB,
    &voicemail::VERB,
    &tag::VERB,
    &count::VERB,
    &transfer::VERB,
    &consent::VERB,
    &record::VERB,
    &survey::VERB,
    &queue::VERB,
    &estimate::VERB,
    &callback::VERB,
    &pending::VERB,
    &text::VERB,
    &to_text::VERB,
    &task::VERB,
    &listen::VERB,
    &forward::VERB,
    &self_test::VERB,
];

/// Verbs of the language that later releases bring.
pub const LATER_VERBS: [&str; 8] = [
    "recognize",
    "screen",
    "park",
    "conference",
    "page",
    "follow",
    "event",
    "stream",
];

/// Keys of every step, with what they mean (FLOWS §3).
pub const COMMON_KEYS: [(&str, Help); 10] = [
    (
        "do",
        help(
            "the verb; decides which other keys are allowed",
            "le verbe ; il décide des autres réglages permis",
        ),
    ),
    (
        "title",
        help(
            "a sentence for diagrams and reports",
            "une phrase pour les schémas et les rapports",
        ),
    ),
    (
        "next",
        help(
            "step to go to when the work is done",
            "l'étape suivante, une fois le travail fait",
        ),
    ),
    (
        "press",
        help(
            "press.K: step to go to when the caller presses K",
            "press.K : l'étape suivante quand l'appelant appuie sur K",
        ),
    ),
    (
        "on",
        help(
            "on.WORD: step to go to when WORD happened; on.error when the step itself fails",
            "on.MOT : l'étape suivante quand MOT arrive ; on.error quand l'étape elle-même échoue",
        ),
    ),
    (
        "tags",
        help(
            "tags.NAME: writes a tag on the call when the step is entered",
            "tags.NOM : écrit une étiquette sur l'appel à l'entrée de l'étape",
        ),
    ),
    (
        "count",
        help(
            "adds one to a named counter when the step is entered",
            "ajoute un à un compteur à l'entrée de l'étape",
        ),
    ),
    (
        "max_visits",
        help(
            "how often one call may enter this step: 1 to 50, 10 when absent",
            "combien de fois un appel peut entrer dans cette étape : 1 à 50, sinon 10",
        ),
    ),
    (
        "if",
        help(
            "the step is skipped, by next, unless this is true",
            "l'étape est sautée, vers next, sauf si ceci est vrai",
        ),
    ),
    (
        "note",
        help("free text for colleagues", "texte libre pour les collègues"),
    ),
];

const fn help(en: &'static str, fr: &'static str) -> Help {
    Help { en, fr }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table is the manual: it must be whole.
    #[test]
    fn every_verb_describes_itself() {
        for verb in VERBS {
            assert!(
                verb.help.en.ends_with('.') && verb.help.fr.ends_with('.'),
                "{}",
                verb.name
            );
            let helps = verb.keys.iter().map(|key| key.help);
            for help in helps.chain(verb.outcomes.iter().map(|o| o.help)) {
                assert!(
                    !help.en.is_empty() && !help.fr.is_empty(),
                    "{}: {}",
                    verb.name,
                    help.en
                );
            }
            assert!(!LATER_VERBS.contains(&verb.name));
            for outcome in verb.outcomes {
                if let Otherwise::As(way) = outcome.otherwise
                    && let Some(word) = way.strip_prefix("on.")
                {
                    assert!(
                        verb.outcomes.iter().any(|o| o.name == word),
                        "{}",
                        verb.name
                    );
                }
            }
        }
    }

    /// Examples are shown to operators: they must be right.
    #[test]
    fn every_example_is_a_step_of_its_verb() {
        for verb in VERBS {
            let example = verb.example;
            let text = format!("rappel = 1\n[flow]\nstart = \"x\"\n[step.x]\n{example}\n");
            let file = crate::testing::file("example", &text);
            let (draft, problems) = crate::parse::read(&file, &crate::testing::company(), true);
            assert_eq!(problems, [], "{}", verb.name);
            assert_eq!(draft.steps[0].verb.map(|v| v.name), Some(verb.name));
        }
    }

    #[test]
    fn every_default_is_a_value_of_its_key() {
        for key in VERBS.iter().flat_map(|verb| verb.keys) {
            if let Some(text) = key.default {
                assert!(settings::default_of(key).is_some(), "{} = {text}", key.name);
            }
        }
    }
}
