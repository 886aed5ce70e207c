//! The text of a flow to a [`FlowDraft`]: everything that can be said about a file without knowing
//! the others (FLOWS §3). All problems are found at once.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use rappel_model::Language;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Diagnostic, Source};
use crate::draft::{Draft, FlowDraft, Role, Written};
use crate::flow::FlowFile;
use crate::step::{
    Kind, LATER_VERBS, Presence, Reading, VERBS, Verb, condition, one_key, read_step,
    read_template, verb,
};
use crate::surroundings::Surroundings;
use crate::syntax::{Entry, Reader, document};
use crate::variables::Type;
use crate::words;
use crate::words::Words;

mod declared;

use declared::read_variables;

/// Reads one file. The draft holds what could be read, whatever was wrong.
pub(crate) fn read(
    file: &FlowFile,
    around: &Surroundings,
    built_in: bool,
) -> (FlowDraft, Vec<Diagnostic>) {
    let too_large = file.text.len() > MAX_FILE;
    let text = if too_large { "" } else { file.text.as_str() };
    let source = Source::new(file.path.clone(), text);
    let mut draft = FlowDraft {
        name: file.name.clone(),
        source: source.clone(),
        title: None,
        start: None,
        header: 0..0,
        languages: around.languages.clone(),
        on_error: None,
        on_hangup: None,
        variables: BTreeMap::new(),
        steps: Vec::new(),
        index: BTreeMap::new(),
        built_in,
    };
    let mut reader = Reader::new(&source);
    if too_large {
        reader.error(
            "R702",
            0..0,
            words!(
                "a file has at most {MAX_FILE} bytes",
                "un fichier fait {MAX_FILE} octets au plus"
            ),
        );
        return (draft, reader.into_problems());
    }
    let root = document(&mut reader);
    // What a file that is not TOML declares is unknown: everything else would follow from that.
    if reader
        .problems()
        .iter()
        .any(|problem| problem.code == "R001")
    {
        return (draft, reader.into_problems());
    }
    let broken = reader.errors() > 0;
    read_root(&mut reader, root.get_ref(), &mut draft, around, broken);
    (draft, reader.into_problems())
}

fn read_root(
    reader: &mut Reader<'_>,
    root: &DeTable<'_>,
    draft: &mut FlowDraft,
    around: &Surroundings,
    broken: bool,
) {
    read_root_keys(reader, root);
    // What a broken file lacks may be what could not be read.
    // Nor is a file without [flow] told of both lines that a flow begins with.
    if !root.contains_key("rappel") && !broken && root.contains_key("flow") {
        reader.error_label(
            "R002",
            0..0,
            words!(
                "the first line says which language this is",
                "la première ligne dit de quel langage il s'agit"
            ),
            words!("write: rappel = 1", "écrivez : rappel = 1"),
        );
    }
    read_head(reader, root, draft, around, broken);
    for (name, role) in [
        ("vars", Role::Own),
        ("args", Role::Argument),
        ("results", Role::Result),
    ] {
        if let Some(entry) = root.get_key_value(name) {
            read_variables(reader, entry, role, draft);
        }
    }
    if let Some(entry) = root.get_key_value("step") {
        read_steps(reader, entry, draft, around);
    }
}

/// The keys and tables of the file itself, and the language it says it is written in.
fn read_root_keys(reader: &mut Reader<'_>, root: &DeTable<'_>) {
    for (key, value) in root.iter() {
        let name: &str = key.get_ref();
        match name {
            "rappel" => {
                if reader
                    .number("rappel", value)
                    .is_some_and(|version| version != 1)
                {
                    reader.error(
                        "R002",
                        value.span(),
                        words!("this engine reads rappel = 1", "ce moteur lit rappel = 1"),
                    );
                }
            }
            "flow" | "vars" | "args" | "results" | "step" => {}
            _ => drop(reader.unknown(
                "R101",
                key.span(),
                words!(
                    "a flow has no table or key \"{name}\"",
                    "un flux n'a ni tableau ni réglage « {name} »"
                ),
                name,
                ROOT_KEYS,
            )),
        }
    }
}

/// `[flow]`, which a flow needs, and its first step.
fn read_head(
    reader: &mut Reader<'_>,
    root: &DeTable<'_>,
    draft: &mut FlowDraft,
    around: &Surroundings,
    broken: bool,
) {
    match root.get_key_value("flow") {
        Some(entry) => {
            read_flow(reader, entry, draft, around);
            let start = entry
                .1
                .get_ref()
                .as_table()
                .is_none_or(|flow| flow.contains_key("start"));
            if !start && !broken {
                let message = words!(
                    "[flow] needs the key \"start\": the first step",
                    "il manque à [flow] le réglage « start » : la première étape"
                );
                reader.error("R103", draft.header.clone(), message);
            }
        }
        None if !broken => reader.error(
            "R103",
            0..0,
            words!(
                "a flow needs a table [flow] with \"start\"",
                "un flux a besoin d'un tableau [flow] avec « start »"
            ),
        ),
        None => {}
    }
}

fn read_steps(
    reader: &mut Reader<'_>,
    entry: Entry<'_>,
    draft: &mut FlowDraft,
    around: &Surroundings,
) {
    let Some(table) = reader.table(entry) else {
        return;
    };
    if table.len() > MAX_STEPS {
        let message = words!(
            "a flow has at most {MAX_STEPS} steps",
            "un flux a {MAX_STEPS} étapes au plus"
        );
        reader.error("R701", entry.0.span(), message);
        return;
    }
    let kinds = draft
        .variables
        .iter()
        .map(|(name, v)| (name.clone(), v.kind));
    let variables = Arc::new(kinds.collect());
    for entry in table.iter() {
        read_one_step(reader, entry, draft, &variables, around);
    }
}

fn read_flow(
    reader: &mut Reader<'_>,
    entry: Entry<'_>,
    draft: &mut FlowDraft,
    around: &Surroundings,
) {
    draft.header = entry.1.span();
    let Some(table) = reader.table(entry) else {
        return;
    };
    for (key, value) in table.iter() {
        let name: &str = key.get_ref();
        let step = |reader: &mut Reader<'_>| -> Option<Written> {
            reader.text(name, value).map(|text| (text.value, text.span))
        };
        match name {
            "title" => draft.title = reader.text(name, value).map(|text| text.value),
            "note" => drop(reader.text(name, value)),
            "start" => draft.start = step(reader),
            "on_error" => draft.on_error = step(reader),
            "on_hangup" => draft.on_hangup = step(reader),
            "languages" => read_languages(reader, value, draft, around),
            _ => drop(reader.unknown(
                "R101",
                key.span(),
                words!(
                    "[flow] has no key \"{name}\"",
                    "[flow] n'a pas de réglage « {name} »"
                ),
                name,
                FLOW_KEYS,
            )),
        }
    }
}

fn read_languages(
    reader: &mut Reader<'_>,
    value: &Spanned<DeValue<'_>>,
    draft: &mut FlowDraft,
    around: &Surroundings,
) {
    let Some(array) = reader.array("languages", value) else {
        return;
    };
    if array.is_empty() {
        reader.error(
            "R203",
            value.span(),
            words!(
                "\"languages\" names at least one language",
                "« languages » nomme au moins une langue"
            ),
        );
        return;
    }
    draft.languages.clear();
    for item in array.iter() {
        let Some(text) = reader.text("languages", item) else {
            continue;
        };
        let language = Language::from(text.value.as_str());
        if !around.languages.contains(&language) {
            let known = around.languages.iter().map(Language::as_str);
            let written = &text.value;
            let message = words!(
                "the company does not speak \"{written}\"",
                "l'entreprise ne parle pas « {written} »"
            );
            reader.unknown("R116", text.span, message, &text.value, known);
            continue;
        }
        draft.languages.push(language);
    }
}

fn read_one_step(
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
        if outcome.otherwise == crate::step::Otherwise::Required && !given && !meant {
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

/// Largest file, in bytes.
pub(crate) const MAX_FILE: usize = 1 << 20;
/// Most steps of a flow.
pub(crate) const MAX_STEPS: usize = 2000;
const DEFAULT_VISITS: u32 = 10;
const MAX_VISITS: i64 = 50;
const MAX_TAGS: usize = 20;
const MAX_NAME: usize = 60;
const ROOT_KEYS: [&str; 6] = ["rappel", "flow", "vars", "args", "results", "step"];
const FLOW_KEYS: [&str; 6] = [
    "title",
    "start",
    "languages",
    "on_error",
    "on_hangup",
    "note",
];
const COMMON_OUTCOMES: [&str; 2] = ["error", "too_often"];
