//! Every name a flow mentions exists (R1xx).

use std::collections::BTreeMap;
use std::ops::Range;

use rappel_model::{
    CalendarName, DirectoryName, FlowName, Language, MailboxName, PersonName, PromptKey, TeamName,
};

use super::{Around, needs};
use crate::diagnostic::{Diagnostic, Severity};
use crate::draft::{FlowDraft, Written};
use crate::engine::{BACKUP, CALLEE, DEFAULT_MAILBOX, OUTSIDE};
use crate::shared_prompts::shared_prompt;
use crate::step::{Kind, Setting};
use crate::syntax::Reader;
use crate::words;
use crate::words::Words;

pub(super) fn check(
    reader: &mut Reader<'_>,
    draft: &FlowDraft,
    flows: &BTreeMap<&FlowName, &FlowDraft>,
    with: Around<'_>,
) {
    let roots = [&draft.start, &draft.on_error, &draft.on_hangup];
    for (name, span) in roots.into_iter().flatten() {
        step(reader, draft, name, span.clone());
    }
    for each in &draft.steps {
        for (way, (name, span)) in &each.ways {
            // What the tenant's defaults say is told with their own words.
            if !each.by_default.contains(way) {
                step(reader, draft, name, span.clone());
            }
        }
        let Some(verb) = each.verb else {
            continue;
        };
        needs::defaults(reader, draft, each);
        for key in verb.keys {
            if let Some(written) = each.reading.settings.get(key.name) {
                setting(reader, draft, (key.kind, written), flows, with);
            }
        }
    }
    lines(reader, draft, with);
}

/// The names that one setting of a step mentions.
fn setting(
    reader: &mut Reader<'_>,
    draft: &FlowDraft,
    (kind, (setting, span)): (Kind, &(Setting, Range<usize>)),
    flows: &BTreeMap<&FlowName, &FlowDraft>,
    with: Around<'_>,
) {
    needs::check(reader, draft, (kind, setting, span.clone()), with);
    match setting {
        Setting::Name(name) => {
            let written = (name.clone(), span.clone());
            named(reader, draft, kind, written, Some(flows), with);
        }
        Setting::Prompts(prompts) => {
            for (prompt, span) in prompts {
                sentence(reader, draft, prompt, span.clone(), with);
            }
        }
        Setting::Assignments(list) => {
            for (name, span, ..) in list {
                variable(reader, draft, name, span.clone());
            }
        }
        Setting::Readings(list) => {
            for each in list {
                variable(reader, draft, &each.variable, each.span.clone());
            }
        }
        Setting::Languages(list) => {
            for (_, name, span) in list {
                language(reader, draft, name.as_str(), span.clone());
            }
        }
        _ => {}
    }
}

/// The languages in which lines have this flow speak.
fn lines(reader: &mut Reader<'_>, draft: &FlowDraft, with: Around<'_>) {
    for line in with.uses.iter().filter(|u| u.flow == draft.name) {
        if let Some(language) = &line.language
            && !draft.languages.contains(language)
        {
            let at = line.language_at.clone();
            let at = at.unwrap_or_else(|| draft.source.place(draft.header.clone()));
            let line = &line.line;
            let message = words!(
                "the line \"{line}\" speaks \"{language}\", which this flow does not",
                "la ligne « {line} » parle « {language} », que ce flux ne parle pas"
            );
            let flow = &draft.name;
            let problem = Diagnostic::new("R116", Severity::Error, at, message);
            reader.keep(problem.remedy(words!(
                "add \"{language}\" to  languages  of [flow] in flows/{flow}.toml",
                "ajoutez « {language} » à  languages  de [flow] dans flows/{flow}.toml"
            )));
        }
    }
}

fn step(reader: &mut Reader<'_>, draft: &FlowDraft, name: &str, span: Range<usize>) {
    if draft.index.contains_key(name) {
        return;
    }
    let near = reader
        .nearest(name, draft.index.keys().map(String::as_str))
        .map(|mut near| {
            let declared = draft.step(&near.name).map(|step| step.header.start);
            near.line = declared.map(|at| draft.source.line_of(at));
            near
        });
    let problem = draft.source.error(
        "R104",
        span,
        words!(
            "no step is named \"{name}\"",
            "aucune étape ne s'appelle « {name} »"
        ),
    );
    reader.keep(problem.suggest(near));
}

pub(super) fn named(
    reader: &mut Reader<'_>,
    draft: &FlowDraft,
    kind: Kind,
    written: Written,
    flows: Option<&BTreeMap<&FlowName, &FlowDraft>>,
    with: Around<'_>,
) {
    let (name, span) = written;
    if draft.built_in && [BACKUP, CALLEE, DEFAULT_MAILBOX, OUTSIDE].contains(&name.as_str()) {
        return;
    }
    match kind {
        Kind::Language => return language(reader, draft, &name, span),
        Kind::Variable => return variable(reader, draft, &name, span),
        _ => {}
    }
    let Some((code, what, names)) = declared(kind, flows, with) else {
        return;
    };
    if names.contains(&name.as_str()) {
        reachable(reader, kind, (name, span), with);
    } else {
        let message = words!([what] "{what} named \"{name}\"", "{what} s'appelle « {name} »");
        reader.unknown(code, span, message, &name, names);
    }
}

/// What the tenant declares of a kind: the fault of a name that is not among them, how its message
/// begins, and the names; `None` for what is not declared by name.
fn declared<'a>(
    kind: Kind,
    flows: Option<&BTreeMap<&'a FlowName, &'a FlowDraft>>,
    with: Around<'a>,
) -> Option<(&'static str, Words, Vec<&'a str>)> {
    let around = with.around;
    Some(match kind {
        Kind::Calendar => (
            "R106",
            words!("no calendar is", "aucun calendrier d'horaires ne"),
            around.calendars.keys().map(CalendarName::as_str).collect(),
        ),
        Kind::Person => (
            "R107",
            words!("no person is", "personne ne"),
            around
                .people
                .persons
                .keys()
                .map(PersonName::as_str)
                .collect(),
        ),
        Kind::Team => (
            "R107",
            words!("no team is", "aucune équipe ne"),
            around.people.teams.keys().map(TeamName::as_str).collect(),
        ),
        Kind::Mailbox => (
            "R108",
            words!("no mailbox is", "aucune messagerie ne"),
            around.mailboxes.keys().map(MailboxName::as_str).collect(),
        ),
        Kind::Flow => {
            let all = flows.into_iter().flat_map(BTreeMap::values);
            let own = all.filter(|flow| !flow.built_in);
            (
                "R109",
                words!("no flow is", "aucun flux ne"),
                own.map(|flow| flow.name.as_str()).collect(),
            )
        }
        Kind::Directory => (
            "R117",
            words!("no directory is", "aucun annuaire ne"),
            around
                .directories
                .keys()
                .map(DirectoryName::as_str)
                .collect(),
        ),
        Kind::Secret => (
            "R118",
            words!("no secret is", "aucun secret ne"),
            around.secrets.iter().map(String::as_str).collect(),
        ),
        _ => return None,
    })
}

/// Whoever is named can be rung at all.
fn reachable(reader: &mut Reader<'_>, kind: Kind, (name, span): Written, with: Around<'_>) {
    let people = &with.around.people;
    if kind == Kind::Team && people.teams[name.as_str()].members.is_empty() {
        reader.error(
            "R501",
            span,
            words!(
                "the team \"{name}\" has no members",
                "l'équipe « {name} » n'a pas de membre"
            ),
        );
    } else if kind == Kind::Person && people.persons[name.as_str()].phones.is_empty() {
        reader.error(
            "R501",
            span,
            words!(
                "\"{name}\" has no phone to ring",
                "« {name} » n'a pas de téléphone à faire sonner"
            ),
        );
    }
}

/// A language that is chosen must be one the flow speaks.
fn language(reader: &mut Reader<'_>, draft: &FlowDraft, name: &str, span: Range<usize>) {
    if draft.languages.iter().any(|known| known.as_str() == name) {
        return;
    }
    let names = draft.languages.iter().map(Language::as_str);
    let message = words!(
        "this flow does not speak \"{name}\"",
        "ce flux ne parle pas « {name} »"
    );
    reader.unknown("R116", span, message, name, names);
}

fn variable(reader: &mut Reader<'_>, draft: &FlowDraft, name: &str, span: Range<usize>) {
    if !draft.variables.contains_key(name) {
        let names = draft.variables.keys().map(String::as_str);
        reader.unknown(
            "R204",
            span,
            words!(
                "no variable is named \"{name}\"",
                "aucune variable ne s'appelle « {name} »"
            ),
            name,
            names,
        );
    }
}

/// The prompt exists, in every language of the flow. Shared sentences are part of the engine.
pub(super) fn sentence(
    reader: &mut Reader<'_>,
    draft: &FlowDraft,
    key: &PromptKey,
    span: Range<usize>,
    with: Around<'_>,
) {
    let Some(prompt) = with.prompts.prompt(key) else {
        if shared_prompt(key.as_str()).is_none() {
            let names = with.prompts.iter().map(|(key, _)| key.as_str());
            reader.unknown(
                "R105",
                span,
                words!(
                    "no prompt is named \"{key}\"",
                    "aucune phrase ne s'appelle « {key} »"
                ),
                key.as_str(),
                names,
            );
        }
        return;
    };
    for language in &draft.languages {
        let primary = language.as_str().split('-').next().unwrap_or_default();
        let has = prompt.sentences.contains_key(language) || prompt.sentences.contains_key(primary);
        if !has && reader.has_room() {
            let message = words!(
                "the prompt \"{key}\" has no sentence in \"{language}\"",
                "la phrase « {key} » n'est pas écrite en « {language} »"
            );
            let (file, line) = (&prompt.place.file, prompt.place.line);
            let place = words!("declared at {file}:{line}", "déclarée dans {file}:{line}");
            let problem = draft
                .source
                .error("R401", span.clone(), message)
                .label(place);
            reader.keep(problem.remedy(words!(
                "add  {language} = \"…\"  to [prompt.{key}]",
                "ajoutez  {language} = \"…\"  à [prompt.{key}]"
            )));
        }
    }
}
