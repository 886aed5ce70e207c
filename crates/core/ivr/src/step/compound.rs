//! Keys whose values are more than a word: texts by language, lists of skills, where a call may be
//! handed, why a text may be sent, what is announced to people who wait.

use std::ops::Range;
use std::time::Duration;

use rappel_model::queue::Announce;
use rappel_model::{
    DestinationName, Language, LineName, ListName, PersonName, PromptKey, TeamName,
};
use toml::Spanned;
use toml::de::DeValue;

use super::reading::{length_between, read_template};
use super::settings::{Template, TemplatePart};
use crate::need::{Basis, TransferTo};
use crate::syntax::Reader;
use crate::variables::{Type, Value};
use crate::words;

/// What a step says differently from its queue's announcement plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Announcing {
    pub(crate) first: Option<(PromptKey, Range<usize>)>,
    pub(crate) estimate: Option<(PromptKey, Range<usize>)>,
    pub(crate) unknown: Option<(PromptKey, Range<usize>)>,
    pub(crate) every: Option<Duration>,
    pub(crate) never_up: Option<bool>,
}

impl Announcing {
    /// The sentences named here.
    pub(crate) fn prompts(&self) -> impl Iterator<Item = &(PromptKey, Range<usize>)> {
        [&self.first, &self.estimate, &self.unknown]
            .into_iter()
            .flatten()
    }

    /// The queue's plan with what is said here put in its place.
    pub(crate) fn over(&self, plan: &Announce) -> Announce {
        let named = |own: &Option<(PromptKey, _)>, plan: &Option<PromptKey>| {
            own.as_ref()
                .map(|(key, _)| key.clone())
                .or_else(|| plan.clone())
        };
        Announce {
            first: named(&self.first, &plan.first),
            estimate: named(&self.estimate, &plan.estimate),
            unknown: named(&self.unknown, &plan.unknown),
            every: self.every.unwrap_or(plan.every),
            never_up: self.never_up.unwrap_or(plan.never_up),
        }
    }
}

/// `["word", "word"]`.
pub(super) fn names(
    reader: &mut Reader<'_>,
    name: &str,
    value: &Spanned<DeValue<'_>>,
) -> Option<Vec<String>> {
    let array = reader.array(name, value)?;
    if array.is_empty() || array.len() > MAX_NAMES {
        let message = words!(
            "\"{name}\" lists 1 to {MAX_NAMES} words",
            "« {name} » liste de 1 à {MAX_NAMES} mots"
        );
        reader.error("R203", value.span(), message);
        return None;
    }
    let words: Vec<_> = array
        .iter()
        .filter_map(|item| Some(reader.text(name, item)?.value))
        .collect();
    (words.len() == array.len()).then_some(words)
}

/// `body.fr = "…"`, one text per language, holes allowed.
pub(super) fn bodies(
    reader: &mut Reader<'_>,
    name: &str,
    value: &Spanned<DeValue<'_>>,
) -> Option<Vec<(Language, Template)>> {
    let DeValue::Table(table) = value.get_ref() else {
        let message = words!(
            "write {name}.LANGUAGE = \"…\", one for each language",
            "écrivez {name}.LANGUE = \"…\", un texte par langue"
        );
        reader.error("R201", value.span(), message);
        return None;
    };
    if table.is_empty() || table.len() > MAX_LANGUAGES {
        let message = words!(
            "\"{name}\" has 1 to {MAX_LANGUAGES} texts",
            "« {name} » a de 1 à {MAX_LANGUAGES} textes"
        );
        reader.error("R203", value.span(), message);
        return None;
    }
    let texts: Vec<_> = table
        .iter()
        .filter_map(|(key, value)| {
            let template = read_template(reader, name, value)?;
            Some((Language::from(key.get_ref().as_ref()), template))
        })
        .collect();
    (texts.len() == table.len()).then_some(texts)
}

/// A text that is one hole and nothing else, or one value written out.
pub(super) fn value(
    reader: &mut Reader<'_>,
    name: &str,
    written: &Spanned<DeValue<'_>>,
    kind: Type,
) -> Option<Template> {
    let template = read_template(reader, name, written)?;
    let fits = match template.parts.as_slice() {
        [TemplatePart::Value(..)] => true,
        [TemplatePart::Words(words)] => Value::parse(kind, words).is_some(),
        _ => false,
    };
    if !fits {
        let kind = kind.named();
        let message = words!([kind] "\"{name}\" is {kind}", "« {name} » est {kind}");
        let label = words!(
            "write one value, or one hole: {{NAME}}",
            "écrivez une valeur, ou un seul trou : {{NOM}}"
        );
        reader.error_label("R201", written.span(), message, label);
        return None;
    }
    Some(template)
}

/// `person:NAME`, `team:NAME`, `line:NAME` or `destination:NAME`.
pub(super) fn handover(
    reader: &mut Reader<'_>,
    name: &str,
    value: &Spanned<DeValue<'_>>,
) -> Option<TransferTo> {
    let text = reader.text(name, value)?.value;
    let (what, who) = text.split_once(':').unwrap_or((&text, ""));
    match what {
        "person" => return Some(TransferTo::Person(PersonName::from(who))),
        "team" => return Some(TransferTo::Team(TeamName::from(who))),
        "line" => return Some(TransferTo::Line(LineName::from(who))),
        "destination" => return Some(TransferTo::Destination(DestinationName::from(who))),
        _ => {}
    }
    let message = words!(
        "\"{name}\" does not say to whom or what \"{text}\" leads",
        "« {name} » ne dit pas à qui ou à quoi mène « {text} »"
    );
    let label = words!(
        "write person:NAME, team:NAME, line:NAME or destination:NAME",
        "écrivez person:NOM, team:NOM, line:NOM ou destination:NOM"
    );
    reader.error_label("R209", value.span(), message, label);
    None
}

/// `service`, `asked` or `list:NAME`.
pub(super) fn basis(
    reader: &mut Reader<'_>,
    name: &str,
    value: &Spanned<DeValue<'_>>,
) -> Option<Basis> {
    let text = reader.text(name, value)?.value;
    match (text.as_str(), text.strip_prefix("list:")) {
        ("service", _) => Some(Basis::Service),
        ("asked", _) => Some(Basis::Asked),
        (_, Some(list)) => Some(Basis::List(ListName::from(list))),
        _ => {
            let message = words!(
                "\"{text}\" is no value of \"{name}\"",
                "« {text} » n'est pas une valeur de « {name} »"
            );
            let label = words!(
                "one of: service, asked, list:NAME",
                "au choix : service, asked, list:NOM"
            );
            reader.error_label("R209", value.span(), message, label);
            None
        }
    }
}

/// `announce.first = "PROMPT"` and its like.
pub(super) fn announcing(
    reader: &mut Reader<'_>,
    name: &str,
    value: &Spanned<DeValue<'_>>,
) -> Option<Announcing> {
    let DeValue::Table(table) = value.get_ref() else {
        let message = words!(
            "write {name}.first = \"PROMPT\", {name}.every = \"60s\"",
            "écrivez {name}.first = \"PHRASE\", {name}.every = \"60s\""
        );
        reader.error("R201", value.span(), message);
        return None;
    };
    let before = reader.errors();
    let mut plan = Announcing::default();
    for (key, value) in table.iter() {
        let word: &str = key.get_ref();
        let mut prompt = || {
            let text = reader.text(word, value)?;
            Some((PromptKey::from(text.value), value.span()))
        };
        match word {
            "first" => plan.first = prompt(),
            "estimate" => plan.estimate = prompt(),
            "unknown" => plan.unknown = prompt(),
            "every" => plan.every = length_between(reader, word, value, "15s", "10m"),
            "never_up" => plan.never_up = reader.yes_no(word, value),
            _ => {
                let message = words!(
                    "an announcement plan has no key \"{word}\"",
                    "un plan d'annonces n'a pas de clé « {word} »"
                );
                reader.unknown("R101", key.span(), message, word, ANNOUNCE_KEYS);
            }
        }
    }
    (reader.errors() == before).then_some(plan)
}

const ANNOUNCE_KEYS: [&str; 5] = ["first", "estimate", "unknown", "every", "never_up"];
/// Words of one list.
const MAX_NAMES: usize = 20;
/// Languages of one text.
const MAX_LANGUAGES: usize = 20;
