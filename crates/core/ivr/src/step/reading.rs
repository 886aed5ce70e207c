//! From the TOML of one step to its typed keys, by the table of its verb.

use std::ops::Range;
use std::time::Duration;

use rappel_model::PromptKey;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::compound;
use super::settings::{Setting, Template, TemplatePart, default_of};
use super::tables;
use super::{COMMON_KEYS, Key, Kind, Verb};
use crate::draft::{Draft, Written};
use crate::expression::Expression;
use crate::prompt::{Piece, split};
use crate::syntax::{Reader, Text};
use crate::variables::{parse_duration, show_duration};
use crate::words;
use crate::words::Words;

/// Reads the keys of a step whose verb is known into `draft`. Problems are kept by `reader`.
pub(crate) fn read_step(
    reader: &mut Reader<'_>,
    verb: &'static Verb,
    table: &DeTable<'_>,
    draft: &mut Draft,
) {
    // Keys that were written, only wrongly.
    let mut meant: Vec<String> = Vec::new();
    for (name, value) in table.iter() {
        let written: &str = name.get_ref();
        if COMMON_KEYS.iter().any(|(key, _)| *key == written) && !is_own(verb, written) {
            continue;
        }
        let Some(key) = verb.keys.iter().find(|key| key.name == written) else {
            meant.extend(unknown_key(reader, verb, written, name.span()));
            continue;
        };
        if let Some(setting) = setting(reader, key, value, draft) {
            draft
                .reading
                .settings
                .insert(key.name, (setting, value.span()));
        }
    }
    for key in verb.keys {
        if table.get(key.name).is_some() {
            continue;
        }
        if key.required && !meant.iter().any(|name| name == key.name) {
            let (verb, name) = (verb.name, key.name);
            let message = words!(
                "\"{verb}\" needs the key \"{name}\"",
                "il manque à « {verb} » le réglage « {name} »"
            );
            let help = Words::from(key.help);
            let label = words!([help] "add  {name} = … : {help}", "ajoutez  {name} = … : {help}");
            reader.error_label("R103", draft.header.clone(), message, label);
        }
        if let Some(setting) = default_of(key) {
            draft
                .reading
                .settings
                .insert(key.name, (setting, draft.header.clone()));
        }
    }
}

/// Whether a verb gives a common key a meaning of its own.
fn is_own(verb: &Verb, name: &str) -> bool {
    verb.keys.iter().any(|key| key.name == name)
}

/// Tells a key that does not exist; returns the one that was meant.
fn unknown_key(
    reader: &mut Reader<'_>,
    verb: &Verb,
    written: &str,
    span: Range<usize>,
) -> Option<String> {
    if let Some((_, later)) = LATER_KEYS.iter().find(|(name, _)| *name == verb.name)
        && later.contains(&written)
    {
        let name = verb.name;
        let message = words!(
            "the key \"{written}\" of \"{name}\" is not available yet",
            "le réglage « {written} » de « {name} » n'existe pas encore"
        );
        reader.error("R114", span, message);
        return None;
    }
    let name = verb.name;
    let message = words!(
        "\"{name}\" has no key \"{written}\"",
        "« {name} » n'a pas de réglage « {written} »"
    );
    let known = verb.keys.iter().map(|key| key.name);
    let common = COMMON_KEYS.iter().map(|(name, _)| *name);
    reader.unknown("R101", span, message, written, known.chain(common))
}

/// Reads one key as its kind says.
fn setting(
    reader: &mut Reader<'_>,
    key: &Key,
    value: &Spanned<DeValue<'_>>,
    draft: &mut Draft,
) -> Option<Setting> {
    let name = key.name;
    Some(match key.kind {
        Kind::Prompt => Setting::Prompts(prompts(reader, name, value, true)?),
        Kind::Prompts => Setting::Prompts(prompts(reader, name, value, false)?),
        Kind::Duration(least, most) => {
            Setting::Duration(length_between(reader, name, value, least, most)?)
        }
        Kind::Number(least, most) => {
            let number = reader.number(name, value)?;
            if !(least..=most).contains(&number) {
                let message = words!(
                    "\"{name}\" is between {least} and {most}",
                    "« {name} » est compris entre {least} et {most}"
                );
                reader.error("R203", value.span(), message);
                return None;
            }
            Setting::Number(number)
        }
        Kind::YesNo => Setting::YesNo(reader.yes_no(name, value)?),
        Kind::Word(words, later) => word(reader, name, value, words, later)?,
        Kind::Queue(_)
        | Kind::Calendar
        | Kind::Person
        | Kind::Team
        | Kind::Mailbox
        | Kind::Flow
        | Kind::Directory
        | Kind::Language
        | Kind::Variable => Setting::Name(reader.text(name, value)?.value),
        Kind::Text | Kind::Address => Setting::Template(read_template(reader, name, value)?),
        Kind::Key => {
            let text = reader.text(name, value)?;
            match one_key(&text.value) {
                Some(key) => Setting::Key(key),
                None => {
                    reader.error(
                        "R201",
                        value.span(),
                        words!(
                            "\"{name}\" is a key: 0-9, * or #",
                            "« {name} » est une touche : 0-9, * ou #"
                        ),
                    );
                    return None;
                }
            }
        }
        Kind::Condition => {
            let (expression, text) = condition(reader, name, value)?;
            Setting::Condition(expression, text)
        }
        Kind::Cases => Setting::Cases(cases(reader, name, value, draft)?),
        Kind::Assignments => assignments(reader, name, value)?,
        Kind::Fields => tables::fields(reader, name, value)?,
        Kind::Readings => tables::readings(reader, name, value)?,
        Kind::Shares => tables::shares(reader, name, value)?,
        Kind::Languages => tables::languages(reader, name, value)?,
        Kind::Secret => secret(reader, name, value)?,
        Kind::Meanwhile => match value.get_ref() {
            DeValue::String(text) if text == NOTHING => Setting::Prompts(Vec::new()),
            _ => Setting::Prompts(prompts(reader, name, value, true)?),
        },
        Kind::Step => {
            let step = reader.text(name, value)?;
            draft
                .ways
                .insert(name.to_owned(), (step.value, value.span()));
            Setting::Step
        }
        Kind::Names => Setting::Names(compound::names(reader, name, value)?),
        Kind::Bodies => Setting::Bodies(compound::bodies(reader, name, value)?),
        Kind::Value(kind) => Setting::Template(compound::value(reader, name, value, kind)?),
        Kind::Handover => Setting::Handover(compound::handover(reader, name, value)?),
        Kind::Basis => Setting::Basis(compound::basis(reader, name, value)?),
        Kind::Announce => Setting::Announce(compound::announcing(reader, name, value)?),
    })
}

/// Reads `secret:NAME`.
fn secret(reader: &mut Reader<'_>, name: &str, value: &Spanned<DeValue<'_>>) -> Option<Setting> {
    let text = reader.text(name, value)?;
    match text.value.strip_prefix("secret:") {
        Some(secret) if !secret.is_empty() => Some(Setting::Name(secret.to_owned())),
        _ => {
            let message = words!(
                "\"{name}\" names a secret, and never holds one",
                "« {name} » nomme un secret, et n'en contient jamais"
            );
            let label = words!("write \"secret:NAME\"", "écrivez « secret:NOM »");
            reader.error_label("R213", value.span(), message, label);
            None
        }
    }
}

fn prompts(
    reader: &mut Reader<'_>,
    name: &str,
    value: &Spanned<DeValue<'_>>,
    one: bool,
) -> Option<Vec<(PromptKey, Range<usize>)>> {
    if let DeValue::String(text) = value.get_ref() {
        return Some(vec![(PromptKey::from(text.as_ref()), value.span())]);
    }
    let DeValue::Array(array) = value.get_ref() else {
        let expected = if one {
            words!(
                "the name of a prompt, or a list of them",
                "le nom d'une phrase, ou une liste de noms"
            )
        } else {
            words!("a list of prompts", "une liste de phrases")
        };
        reader.error(
            "R201",
            value.span(),
            words!([expected] "\"{name}\" is {expected}", "« {name} » est {expected}"),
        );
        return None;
    };
    if array.is_empty() || array.len() > MAX_PROMPTS {
        reader.error(
            "R203",
            value.span(),
            words!(
                "\"{name}\" lists 1 to {MAX_PROMPTS} prompts",
                "« {name} » énumère 1 à {MAX_PROMPTS} phrases"
            ),
        );
        return None;
    }
    let items: Vec<_> = array
        .iter()
        .filter_map(|item| Some((PromptKey::from(reader.text(name, item)?.value), item.span())))
        .collect();
    (items.len() == array.len()).then_some(items)
}

/// A duration from `least` to `most`, both as written.
pub(super) fn length_between(
    reader: &mut Reader<'_>,
    name: &str,
    value: &Spanned<DeValue<'_>>,
    least: &str,
    most: &str,
) -> Option<Duration> {
    let text = reader.text(name, value)?;
    let Some(length) = parse_duration(&text.value) else {
        let written = &text.value;
        let message = words!(
            "\"{written}\" is no duration",
            "« {written} » n'est pas une durée"
        );
        reader.error_label(
            "R202",
            value.span(),
            message,
            words!(
                "write 5s, 20m, 2h, 3d or 1h30m",
                "écrivez 5s, 20m, 2h, 3d ou 1h30m"
            ),
        );
        return None;
    };
    let bound = |text| parse_duration(text).expect("the table of the verb writes durations");
    let (least, most) = (bound(least), bound(most));
    if length < least || length > most {
        let (least, most) = (show_duration(least), show_duration(most));
        let message = words!(
            "\"{name}\" is between {least} and {most}",
            "« {name} » est compris entre {least} et {most}"
        );
        reader.error("R203", value.span(), message);
        return None;
    }
    Some(length)
}

fn word(
    reader: &mut Reader<'_>,
    name: &str,
    value: &Spanned<DeValue<'_>>,
    words: &'static [&'static str],
    later: &[&str],
) -> Option<Setting> {
    let text = reader.text(name, value)?.value;
    if let Some(word) = words.iter().find(|word| **word == text) {
        return Some(Setting::Word(word));
    }
    if later.contains(&text.as_str()) {
        reader.error(
            "R114",
            value.span(),
            words!(
                "{name} = \"{text}\" is not available yet",
                "{name} = \"{text}\" n'existe pas encore"
            ),
        );
        return None;
    }
    let message = words!(
        "\"{text}\" is no value of \"{name}\"",
        "« {text} » n'est pas une valeur de « {name} »"
    );
    let near = reader.nearest(&text, words.iter().copied());
    let label = near.map_or_else(
        || {
            let known = words.join(", ");
            words!("one of: {known}", "au choix : {known}")
        },
        |near| near.words(),
    );
    reader.error_label("R209", value.span(), message, label);
    None
}

/// Reads an expression and keeps what is wrong with its writing.
pub(crate) fn condition(
    reader: &mut Reader<'_>,
    name: &str,
    value: &Spanned<DeValue<'_>>,
) -> Option<(Expression, Text)> {
    let text = reader.text(name, value)?;
    match Expression::parse(&text.value) {
        Ok(expression) => Some((expression, text)),
        Err(problem) => {
            let mut shown =
                reader
                    .source
                    .error(problem.code, text.at(problem.span), problem.message);
            shown.label = problem.label;
            reader.keep(shown);
            None
        }
    }
}

/// Reads a text with holes.
pub(crate) fn read_template(
    reader: &mut Reader<'_>,
    name: &str,
    value: &Spanned<DeValue<'_>>,
) -> Option<Template> {
    let text = reader.text(name, value)?;
    if text.value.chars().count() > MAX_TEXT {
        reader.error(
            "R203",
            value.span(),
            words!(
                "\"{name}\" has at most {MAX_TEXT} characters",
                "« {name} » fait {MAX_TEXT} caractères au plus"
            ),
        );
        return None;
    }
    let mut problems = Vec::new();
    let mut parts = Vec::new();
    for (span, piece) in split(&text.value, &mut problems) {
        match piece {
            Piece::Words(words) => parts.push(TemplatePart::Words(words)),
            Piece::Hole => {
                let inside = span.start + 1..span.end - 1;
                match Expression::parse(&text.value[inside.clone()]) {
                    Ok(expression) => parts.push(TemplatePart::Value(expression, inside.start)),
                    Err(mut problem) => {
                        problem.span =
                            problem.span.start + inside.start..problem.span.end + inside.start;
                        problems.push(problem);
                    }
                }
            }
        }
    }
    if problems.is_empty() {
        return Some(Template { parts, text });
    }
    for problem in problems {
        let mut shown = reader
            .source
            .error(problem.code, text.at(problem.span), problem.message);
        shown.label = problem.label;
        reader.keep(shown);
    }
    None
}

/// Reads `case`: conditions, and where they lead as the ways `case.1`, `case.2` …
fn cases(
    reader: &mut Reader<'_>,
    name: &str,
    value: &Spanned<DeValue<'_>>,
    draft: &mut Draft,
) -> Option<Vec<(Expression, Text)>> {
    let array = reader.array(name, value)?;
    if array.is_empty() || array.len() > MAX_CASES {
        reader.error(
            "R203",
            value.span(),
            words!(
                "\"{name}\" lists 1 to {MAX_CASES} conditions",
                "« {name} » énumère 1 à {MAX_CASES} conditions"
            ),
        );
        return None;
    }
    let mut cases = Vec::with_capacity(array.len());
    // What is half right is judged as far as it goes; the step is refused for the other half.
    let (mut unread, mut lost) = (Vec::new(), Vec::new());
    for item in array.iter() {
        let (read, then) = case(reader, item);
        match (read, then) {
            (Some(read), Some(then)) => {
                cases.push(read);
                draft.ways.insert(format!("case.{}", cases.len()), then);
            }
            // Where a case leads is known, even if not when.
            (None, Some(then)) => unread.push(then),
            (Some(read), None) => lost.push(read),
            (None, None) => {}
        }
    }
    let read = cases.len();
    cases.extend(lost);
    for (number, then) in unread.into_iter().enumerate() {
        draft
            .ways
            .insert(format!("case.{}", MAX_CASES + read + number), then);
    }
    Some(cases)
}

/// One case: its condition and the step it leads to, each as far as it can be read.
fn case(
    reader: &mut Reader<'_>,
    item: &Spanned<DeValue<'_>>,
) -> (Option<(Expression, Text)>, Option<Written>) {
    let DeValue::Table(table) = item.get_ref() else {
        reader.error(
            "R201",
            item.span(),
            words!(
                "a case is {{ if = \"…\", then = \"STEP\" }}",
                "un cas s'écrit {{ if = \"…\", then = \"ÉTAPE\" }}"
            ),
        );
        return (None, None);
    };
    reader.only_keys(table, &["if", "then"], |written| {
        words!(
            "a case has no key \"{written}\"",
            "un cas n'a pas de réglage « {written} »"
        )
    });
    let (Some(test), Some(then)) = (table.get("if"), table.get("then")) else {
        reader.error(
            "R103",
            item.span(),
            words!(
                "a case needs \"if\" and \"then\"",
                "il faut à un cas « if » et « then »"
            ),
        );
        return (None, None);
    };
    let read = condition(reader, "if", test);
    let then = reader
        .text("then", then)
        .map(|text| (text.value, then.span()));
    (read, then)
}

fn assignments(
    reader: &mut Reader<'_>,
    name: &str,
    value: &Spanned<DeValue<'_>>,
) -> Option<Setting> {
    let DeValue::Table(table) = value.get_ref() else {
        reader.error(
            "R201",
            value.span(),
            words!(
                "write {name}.NAME = \"expression\"",
                "écrivez {name}.NOM = \"expression\""
            ),
        );
        return None;
    };
    let mut list = Vec::new();
    for (key, value) in table.iter() {
        if let Some((expression, text)) = condition(reader, key.get_ref(), value) {
            list.push((key.get_ref().to_string(), key.span(), expression, text));
        }
    }
    // The step is refused for those that are missing here; the others are judged.
    Some(Setting::Assignments(list))
}

/// `0`–`9`, `*` or `#`, alone.
pub(crate) fn one_key(text: &str) -> Option<char> {
    let mut chars = text.chars();
    let key = chars.next()?;
    let plain = key.is_ascii_digit() || key == '*' || key == '#';
    (plain && chars.next().is_none()).then_some(key)
}

/// Keys of the language that later releases bring.
const LATER_KEYS: [(&str, &[&str]); 1] = [("collect", &["format"])];
/// Prompts said one after the other, or alternatives by attempt.
const MAX_PROMPTS: usize = 10;
/// Written where nothing is to be heard.
const NOTHING: &str = "none";
/// Conditions of one `switch`.
const MAX_CASES: usize = 50;
/// Longest text with holes, in characters.
const MAX_TEXT: usize = 600;
