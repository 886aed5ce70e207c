//! The text of a flow to a [`FlowDraft`]: everything that can be said about a file without knowing
//! the others (FLOWS §3). All problems are found at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use rappel_model::Language;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Diagnostic, Source};
use crate::draft::{FlowDraft, Role, Written};
use crate::flow::FlowFile;
use crate::surroundings::Surroundings;
use crate::syntax::{Entry, Reader, document};
use crate::words;

mod declared;
mod step;

use declared::read_variables;
use step::read_one_step;

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

/// Largest file, in bytes.
pub(crate) const MAX_FILE: usize = 1 << 20;
/// Most steps of a flow.
pub(crate) const MAX_STEPS: usize = 2000;
/// Most characters of the name of a step or a variable.
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
