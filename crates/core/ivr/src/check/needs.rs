//! Names that steps about people and queues mention: queues, where calls are handed, lists, the
//! languages of texts, and the steps of `[defaults.callback]` (R1xx, R401).

use std::ops::Range;

use rappel_model::{Language, QueueName};

use super::Around;
use super::names::{named, sentence};
use crate::draft::{Draft, FlowDraft};
use crate::need::{Basis, TransferTo};
use crate::step::{Kind, Setting, Template, Waits};
use crate::syntax::Reader;
use crate::words;

/// One key of a step, with its value and place.
pub(super) fn check(
    reader: &mut Reader<'_>,
    draft: &FlowDraft,
    (kind, setting, span): (Kind, &Setting, Range<usize>),
    with: Around<'_>,
) {
    match (kind, setting) {
        (Kind::Queue(waits), Setting::Name(name)) => queue(reader, name, waits, span, with),
        (_, Setting::Handover(to)) => handover(reader, draft, to, span, with),
        (_, Setting::Basis(Basis::List(list))) => {
            let lists = &with.around.lists;
            if !lists.contains_key(list) {
                let message = words!(
                    "no list is named \"{list}\"",
                    "aucune liste ne s'appelle « {list} »"
                );
                let names = lists.keys().map(|name| name.as_str());
                reader.unknown("R121", span, message, list.as_str(), names);
            }
        }
        (_, Setting::Bodies(bodies)) => languages(reader, draft, bodies, span),
        (_, Setting::Announce(plan)) => {
            for (prompt, span) in plan.prompts() {
                sentence(reader, draft, prompt, span.clone(), with);
            }
        }
        _ => {}
    }
}

fn queue(reader: &mut Reader<'_>, name: &str, waits: Waits, span: Range<usize>, with: Around<'_>) {
    let queues = &with.around.queues;
    let fits = |name: &QueueName| match waits {
        Waits::Any => true,
        Waits::Calls => queues[name].voice().is_some(),
        Waits::Texts => queues[name].text().is_some(),
    };
    match queues.get_key_value(name) {
        Some((name, _)) if fits(name) => {}
        Some((name, _)) => {
            let message = match waits {
                Waits::Texts => words!(
                    "the queue \"{name}\" takes calls, no written dialogues",
                    "la file « {name} » prend des appels, pas des dialogues écrits"
                ),
                Waits::Calls | Waits::Any => words!(
                    "the queue \"{name}\" takes written dialogues, no calls",
                    "la file « {name} » prend des dialogues écrits, pas des appels"
                ),
            };
            reader.error("R120", span, message);
        }
        None => {
            let message = words!(
                "no queue is named \"{name}\"",
                "aucune file d'attente ne s'appelle « {name} »"
            );
            let names = queues.keys().filter(|name| fits(name));
            reader.unknown("R120", span, message, name, names.map(QueueName::as_str));
        }
    }
}

fn handover(
    reader: &mut Reader<'_>,
    draft: &FlowDraft,
    to: &TransferTo,
    span: Range<usize>,
    with: Around<'_>,
) {
    let around = with.around;
    let (name, message, names): (&str, _, Vec<&str>) = match to {
        TransferTo::Person(name) => {
            let written = (name.to_string(), span);
            return named(reader, draft, Kind::Person, written, None, with);
        }
        TransferTo::Team(name) => {
            let written = (name.to_string(), span);
            return named(reader, draft, Kind::Team, written, None, with);
        }
        TransferTo::Line(name) => (
            name.as_str(),
            words!(
                "no line is named \"{name}\"",
                "aucune ligne ne s'appelle « {name} »"
            ),
            around.lines.iter().map(|name| name.as_str()).collect(),
        ),
        TransferTo::Destination(name) => (
            name.as_str(),
            words!(
                "no destination is named \"{name}\"",
                "aucune destination ne s'appelle « {name} »"
            ),
            around.destinations.keys().map(|n| n.as_str()).collect(),
        ),
    };
    if !names.contains(&name) {
        reader.unknown("R122", span, message, name, names);
    }
}

/// A text is written in every language of the flow, and in no other.
fn languages(
    reader: &mut Reader<'_>,
    draft: &FlowDraft,
    bodies: &[(Language, Template)],
    span: Range<usize>,
) {
    let primary = |tag: &Language| {
        let tag = tag.as_str().split('-').next().unwrap_or_default();
        Language::from(tag)
    };
    for language in &draft.languages {
        let has =
            |(written, _): &(Language, _)| written == language || *written == primary(language);
        if !bodies.iter().any(has) {
            let message = words!(
                "this text is not written in \"{language}\", which the flow speaks",
                "ce texte n'est pas écrit en « {language} », que le flux parle"
            );
            reader.error("R401", span.clone(), message);
        }
    }
    for (written, template) in bodies {
        let speaks = |language: &Language| written == language || *written == primary(language);
        if !draft.languages.iter().any(speaks) {
            let message = words!(
                "the flow does not speak \"{written}\"",
                "le flux ne parle pas « {written} »"
            );
            let known = draft.languages.iter().map(Language::as_str);
            let at = template.text.span.clone();
            reader.unknown("R116", at, message, written.as_str(), known);
        }
    }
}

/// Ways that `[defaults.callback]` of the tenant gave to a step (FLOWS §18.12): the steps they name
/// must exist in every flow with a callback.
pub(super) fn defaults(reader: &mut Reader<'_>, draft: &FlowDraft, step: &Draft) {
    for way in &step.by_default {
        let Some((target, _)) = step.ways.get(way) else {
            continue;
        };
        if !draft.index.contains_key(target) && reader.has_room() {
            let message = words!(
                "no step is named \"{target}\"",
                "aucune étape ne s'appelle « {target} »"
            );
            let label = words!(
                "[defaults.callback] sends {way} there",
                "[defaults.callback] y envoie {way}"
            );
            let problem = draft.source.error("R104", step.header.clone(), message);
            reader.keep(problem.label(label).remedy(words!(
                "add [step.{target}], or {way} to this step",
                "ajoutez [step.{target}], ou {way} à cette étape"
            )));
        }
    }
}
