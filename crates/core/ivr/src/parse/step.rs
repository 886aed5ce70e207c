//! One step of a flow: its verb, the keys that every step has, those of its verb, and what must be there.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::MAX_NAME;
use crate::draft::{Draft, FlowDraft};
use crate::step::{
    Kind, LATER_VERBS, Otherwise, Presence, Reading, VERBS, Verb, condition, one_key, read_step,
    read_template, verb,
};
use crate::surroundings::Surroundings;
use crate::syntax::{Entry, Reader};
use crate::variables::Type;
use crate::words;
use crate::words::Words;

/// Reads `[step.NAME]`. One that cannot be read is kept without its work: whoever leads to it is not to
/// blame.
pub(super) fn read_one_step(
    reader: &mut Reader<'_>,
    entry: Entry<'_>,
    flow: &mut FlowDraft,
    variables: &Arc<BTreeMap<String, Type>>,
    around: &Surroundings,
) {
    let (key, value) = entry;
    let name = key.get_ref().to_string();
    let Some(table) = reader.table(entry) else {
        // It is no step, but whoever leads to it is not to blame.
        flow.index.insert(name.clone(), flow.steps.len());
        flow.steps.push(unread(name, value.span(), variables));
        return;
    };
    if !is_step_name(&name) {
        reader.error(
            "R115",
            key.span(),
            words!(
                "a step's name is letters, digits, _ and -, 60 at most",
                "le nom d'une étape se compose de lettres, de chiffres, de _ et de -, 60 au plus"
            ),
        );
    }
    if reader.is_twice(&name) {
        flow.index.insert(name.clone(), flow.steps.len());
        flow.steps.push(unread(name, value.span(), variables));
        return;
    }
    let before = reader.errors();
    let mut draft = unread(name.clone(), value.span(), variables);
    draft.verb = read_verb(reader, table, &draft, flow.built_in);
    if let Some(verb) = draft.verb {
        read_common(reader, verb, table, &mut draft);
        read_step(reader, verb, table, &mut draft);
        if verb.name == "callback" {
            fill_callback(verb, around, &mut draft);
        }
        check_presence(reader, verb, &draft);
        if reader.errors() == before {
            build(reader, verb, &mut draft);
        }
    }
    flow.index.insert(name, flow.steps.len());
    flow.steps.push(draft);
}

/// Outcomes that the tenant gives every callback step unless it gives them itself (FLOWS §15).
fn fill_callback(verb: &Verb, around: &Surroundings, draft: &mut Draft) {
    for (word, step) in &around.callback_defaults {
        let way = format!("on.{word}");
        let known = verb.outcomes.iter().any(|outcome| outcome.name == word);
        if known && !draft.ways.contains_key(&way) {
            let written = (step.to_string(), draft.header.clone());
            draft.ways.insert(way.clone(), written);
            draft.reading.on.insert(word.clone());
            draft.by_default.insert(way);
        }
    }
}

/// A step of which nothing is known yet.
fn unread(name: String, header: Range<usize>, variables: &Arc<BTreeMap<String, Type>>) -> Draft {
    Draft {
        name,
        header,
        verb: None,
        reading: Reading {
            variables: Arc::clone(variables),
            ..Reading::default()
        },
        ways: BTreeMap::new(),
        by_default: BTreeSet::new(),
        tags: Vec::new(),
        has_tags: false,
        meant: Vec::new(),
        count: None,
        max_visits: DEFAULT_VISITS,
        condition: None,
        title: None,
        work: None,
    }
}

fn read_verb(
    reader: &mut Reader<'_>,
    table: &DeTable<'_>,
    draft: &Draft,
    built_in: bool,
) -> Option<&'static Verb> {
    let Some(value) = table.get("do") else {
        let name = &draft.name;
        let message = words!(
            "the step \"{name}\" does not say what to do",
            "l'étape « {name} » ne dit pas ce qu'elle fait"
        );
        reader.error_label(
            "R103",
            draft.header.clone(),
            message,
            words!(
                "add: do = \"play\", or another verb",
                "ajoutez : do = \"play\", ou un autre verbe"
            ),
        );
        return None;
    };
    let word = reader.text("do", value)?;
    if let Some(verb) = verb(&word.value).filter(|verb| built_in || !verb.internal) {
        return Some(verb);
    }
    if LATER_VERBS.contains(&word.value.as_str()) {
        reader.error("R113", word.span, {
            let word = &word.value;
            words!(
                "the verb \"{word}\" is not available yet",
                "le verbe « {word} » n'existe pas encore"
            )
        });
        return None;
    }
    let names = VERBS
        .iter()
        .filter(|verb| !verb.internal)
        .map(|verb| verb.name);
    reader.unknown(
        "R102",
        word.span,
        {
            let word = &word.value;
            words!(
                "no verb is named \"{word}\"",
                "aucun verbe ne s'appelle « {word} »"
            )
        },
        &word.value,
        names.chain(LATER_VERBS),
    );
    None
}

/// The keys of every step.
fn read_common(reader: &mut Reader<'_>, verb: &Verb, table: &DeTable<'_>, draft: &mut Draft) {
    for entry in table.iter() {
        let (key, value) = entry;
        let name: &str = key.get_ref();
        match name {
            "title" => draft.title = reader.text(name, value).map(|text| text.value),
            "note" => drop(reader.text(name, value)),
            "next" => {
                if let Some(text) = reader.text(name, value) {
                    draft.ways.insert(name.to_owned(), (text.value, text.span));
                }
            }
            "if" => draft.condition = condition(reader, name, value),
            "count" => draft.count = reader.text(name, value).map(|text| text.value),
            "max_visits" => match reader.number(name, value) {
                Some(number @ 1..=MAX_VISITS) => {
                    draft.max_visits = u32::try_from(number).unwrap_or(DEFAULT_VISITS)
                }
                Some(_) => reader.error(
                    "R203",
                    value.span(),
                    words!(
                        "\"max_visits\" is between 1 and {MAX_VISITS}",
                        "« max_visits » est compris entre 1 et {MAX_VISITS}"
                    ),
                ),
                None => {}
            },
            "on" => read_outcomes(reader, verb, (entry, table), draft),
            "press" => read_presses(reader, verb, entry, draft),
            "tags" => {
                draft.has_tags = true;
                read_tags(reader, entry, draft);
            }
            _ => {}
        }
    }
}

fn read_outcomes(
    reader: &mut Reader<'_>,
    verb: &Verb,
    (entry, step): (Entry<'_>, &DeTable<'_>),
    draft: &mut Draft,
) {
    let DeValue::Table(table) = entry.1.get_ref() else {
        reader.error(
            "R201",
            entry.1.span(),
            words!("write on.WORD = \"STEP\"", "écrivez on.MOT = \"ÉTAPE\""),
        );
        return;
    };
    let own = own_outcomes(verb, step);
    for (key, value) in table.iter() {
        let word: &str = key.get_ref();
        let known = verb
            .outcomes
            .iter()
            .map(|outcome| outcome.name)
            .chain(own.iter().copied())
            .chain(COMMON_OUTCOMES);
        if !known.clone().any(|name| name == word) {
            let meant = reader.unknown(
                "R112",
                key.span(),
                {
                    let name = verb.name;
                    words!(
                        "\"{name}\" has no outcome \"on.{word}\"",
                        "« {name} » n'a pas de sortie « on.{word} »"
                    )
                },
                word,
                known,
            );
            draft.meant.extend(meant);
            continue;
        }
        if let Some(step) = reader.text(word, value) {
            draft.reading.on.insert(word.to_owned());
            draft
                .ways
                .insert(format!("on.{word}"), (step.value, step.span));
        }
    }
}

/// Outcomes that a step names itself: its shares.
fn own_outcomes<'d>(verb: &Verb, step: &'d DeTable<'d>) -> Vec<&'d str> {
    let key = verb.keys.iter().find(|key| key.kind == Kind::Shares);
    let table = key.and_then(|key| step.get(key.name)?.get_ref().as_table());
    let names = table.into_iter().flat_map(|table| table.iter());
    names.map(|(name, _)| -> &str { name.get_ref() }).collect()
}

fn read_presses(reader: &mut Reader<'_>, verb: &Verb, entry: Entry<'_>, draft: &mut Draft) {
    if verb.press == Presence::None {
        reader.error("R101", entry.0.span(), {
            let name = verb.name;
            words!(
                "\"{name}\" takes no press.K: nobody is asked for a key",
                "« {name} » n'a pas de press.T : on n'y attend aucune touche"
            )
        });
        return;
    }
    let DeValue::Table(table) = entry.1.get_ref() else {
        reader.error(
            "R201",
            entry.1.span(),
            words!("write press.1 = \"STEP\"", "écrivez press.1 = \"ÉTAPE\""),
        );
        return;
    };
    for (key, value) in table.iter() {
        let Some(pressed) = one_key(key.get_ref()) else {
            let written: &str = key.get_ref();
            let message = words!(
                "\"{written}\" is no key of a telephone",
                "« {written} » n'est pas une touche de téléphone"
            );
            reader.error_label(
                "R115",
                key.span(),
                message,
                words!("0-9, \"*\" or \"#\"", "0-9, \"*\" ou \"#\""),
            );
            continue;
        };
        if let Some(step) = reader.text("press", value) {
            draft.reading.press.insert(pressed);
            draft
                .ways
                .insert(format!("press.{pressed}"), (step.value, step.span));
        }
    }
}

fn read_tags(reader: &mut Reader<'_>, entry: Entry<'_>, draft: &mut Draft) {
    let DeValue::Table(table) = entry.1.get_ref() else {
        reader.error(
            "R201",
            entry.1.span(),
            words!("write tags.NAME = \"text\"", "écrivez tags.NOM = \"texte\""),
        );
        return;
    };
    if table.len() > MAX_TAGS {
        reader.error(
            "R203",
            entry.1.span(),
            words!(
                "a step writes at most {MAX_TAGS} tags",
                "une étape écrit {MAX_TAGS} étiquettes au plus"
            ),
        );
        return;
    }
    for (key, value) in table.iter() {
        if let Some(template) = read_template(reader, key.get_ref(), value) {
            draft.tags.push((key.get_ref().to_string(), template));
        }
    }
}

/// What the verb's table says about `next`, `press` and required outcomes.
fn check_presence(reader: &mut Reader<'_>, verb: &Verb, draft: &Draft) {
    check_next(reader, verb, draft);
    let header = draft.header.clone();
    if verb.press == Presence::Required && draft.reading.press.is_empty() {
        reader.error_label(
            "R111",
            header.clone(),
            {
                let name = verb.name;
                words!(
                    "\"{name}\" needs at least one press.K",
                    "il faut à « {name} » au moins un press.T"
                )
            },
            words!("add press.1 = \"STEP\"", "ajoutez press.1 = \"ÉTAPE\""),
        );
    }
    for outcome in verb.outcomes {
        let given = draft.reading.on.contains(outcome.name);
        let meant = draft.meant.iter().any(|word| word == outcome.name);
        if outcome.otherwise == Otherwise::Required && !given && !meant {
            let (name, word) = (verb.name, outcome.name);
            let message = words!(
                "\"{name}\" needs the outcome \"on.{word}\"",
                "il manque à « {name} » la sortie « on.{word} »"
            );
            let help = Words::from(outcome.help);
            let label = words!([help] "add  on.{word} = \"STEP\" : {help}", "ajoutez  on.{word} = \"ÉTAPE\" : {help}");
            reader.error_label("R111", header.clone(), message, label);
        }
    }
    let marks = match verb.name {
        "tag" => (!draft.has_tags).then_some("tags.NAME"),
        "count" => draft.count.is_none().then_some("count"),
        _ => None,
    };
    if let Some(key) = marks {
        reader.error("R103", header, {
            let name = verb.name;
            words!(
                "\"{name}\" needs the key \"{key}\"",
                "il manque à « {name} » le réglage « {key} »"
            )
        });
    }
}

/// Whether the step leads on, where it has to, and does not, where it cannot.
fn check_next(reader: &mut Reader<'_>, verb: &Verb, draft: &Draft) {
    let header = draft.header.clone();
    let next = draft.ways.get("next");
    let skips = draft.condition.is_some();
    match verb.next {
        Presence::Required if next.is_none() => {
            let name = &draft.name;
            let message = words!("\"{name}\" leads nowhere", "« {name} » ne mène nulle part");
            reader.error_label(
                "R302",
                header.clone(),
                message,
                words!("add next = \"STEP\"", "ajoutez next = \"ÉTAPE\""),
            );
        }
        Presence::None if next.is_none() && skips => {
            let name = &draft.name;
            let message = words!(
                "\"{name}\" may be skipped and then leads nowhere",
                "« {name} » peut être sautée et ne mène alors nulle part"
            );
            reader.error_label(
                "R302",
                header.clone(),
                message,
                words!("add next = \"STEP\"", "ajoutez next = \"ÉTAPE\""),
            );
        }
        Presence::None if !skips => {
            if let Some((_, span)) = next {
                let name = verb.name;
                let message = words!(
                    "\"{name}\" has no key \"next\"",
                    "« {name} » n'a pas de réglage « next »"
                );
                reader.error("R101", span.clone(), message);
            }
        }
        _ => {}
    }
}

fn build(reader: &mut Reader<'_>, verb: &Verb, draft: &mut Draft) {
    draft.reading.next = draft.ways.contains_key("next");
    match (verb.read)(&draft.reading) {
        Ok(work) => draft.work = Some(work),
        Err(fault) => {
            let at: Option<Range<usize>> = fault
                .key
                .and_then(|key| draft.reading.settings.get(key))
                .map(|(_, span)| span.clone());
            let at = at.unwrap_or_else(|| draft.header.clone());
            match fault.label {
                Some(label) => reader.error_label(fault.code, at, fault.message, label),
                None => reader.error(fault.code, at, fault.message),
            }
        }
    }
}

fn is_step_name(name: &str) -> bool {
    let fits = name
        .chars()
        .all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    fits && !name.is_empty() && name.len() <= MAX_NAME
}

/// Visits of a step by one call, unless it says otherwise.
const DEFAULT_VISITS: u32 = 10;
/// Most that it may say.
const MAX_VISITS: i64 = 50;
/// Most tags that a step writes.
const MAX_TAGS: usize = 20;
/// Outcomes that every verb has.
const COMMON_OUTCOMES: [&str; 2] = ["error", "too_often"];
