//! Every expression of a flow has the type it needs (R2xx, R4xx).

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use rappel_model::PromptKey;

use super::Around;
use super::assigned::Assigned;
use crate::diagnostic::Diagnostic;
use crate::draft::{Draft, FlowDraft, Role};
use crate::expression::{Expression, Problem, Scope};
use crate::prompt::Prompt;
use crate::say::Format;
use crate::step::{Field, Kind, PLACE_KNOWN, Setting, Template, TemplatePart, WAIT_KNOWN};
use crate::syntax::{Reader, Text};
use crate::variables::Type;
use crate::words;
use crate::words::Words;

pub(super) fn check(
    reader: &mut Reader<'_>,
    draft: &FlowDraft,
    assigned: &Assigned,
    secrets: &BTreeSet<&str>,
    read: &[Diagnostic],
    with: Around<'_>,
) {
    let variables: BTreeMap<String, Type> = draft
        .variables
        .iter()
        .map(|(n, v)| (n.clone(), v.kind))
        .collect();
    for (index, step) in draft.steps.iter().enumerate() {
        // Nothing to say about a step without expressions or sentences: spare the work.
        let assigned = assigned.at(index);
        let checker = Checker {
            draft,
            step,
            variables: &variables,
            secrets,
            with,
        };
        checker.step(reader, &assigned);
    }
    let unread = lines_in_doubt(read);
    let read = names_read(draft, with);
    for (name, variable) in &draft.variables {
        let read = variable.role == Role::Result || read.contains(name.as_str());
        let declared = draft.source.line_of(variable.span.start);
        let in_doubt = |(line, word): &(usize, &str)| *word == name && *line != declared;
        let read = read || unread.iter().any(in_doubt);
        if !read && reader.has_room() {
            let message = words!(
                "the variable \"{name}\" is never read",
                "la variable « {name} » n'est jamais lue"
            );
            reader.keep(draft.source.warning("W7", variable.span.clone(), message));
        }
    }
}

/// The words of lines that could not be understood: a variable named there may be read.
fn lines_in_doubt(read: &[Diagnostic]) -> Vec<(usize, &str)> {
    let errors = read.iter().filter(|problem| problem.is_error());
    let no_name = |c: char| !(c.is_alphanumeric() || c == '_');
    let words = errors.flat_map(|problem| {
        let words = problem.place.shown.split(no_name);
        words.map(|word| (problem.place.line, word))
    });
    words.collect()
}

/// Every name that an expression or a sentence of the flow reads.
fn names_read<'a>(draft: &'a FlowDraft, with: Around<'a>) -> BTreeSet<&'a str> {
    let mut expressions: Vec<&Expression> = Vec::new();
    let of_template = |template: &'a Template| {
        template.parts.iter().filter_map(|part| match part {
            TemplatePart::Value(expression, _) => Some(expression),
            TemplatePart::Words(_) => None,
        })
    };
    for step in &draft.steps {
        expressions.extend(step.condition.iter().map(|(expression, _)| expression));
        expressions.extend(
            step.tags
                .iter()
                .flat_map(|(_, template)| of_template(template)),
        );
        for (prompt, ..) in announced(step, with) {
            expressions.extend(holes_of(with.prompts.prompt(prompt)));
        }
        for (setting, _) in step.reading.settings.values() {
            match setting {
                Setting::Condition(expression, _) => expressions.push(expression),
                Setting::Cases(cases) => expressions.extend(cases.iter().map(|(e, _)| e)),
                Setting::Template(template) => expressions.extend(of_template(template)),
                Setting::Fields(fields) => {
                    let templates = fields.iter().filter_map(Field::template);
                    expressions.extend(templates.flat_map(of_template));
                }
                Setting::Bodies(bodies) => {
                    expressions.extend(bodies.iter().flat_map(|(_, body)| of_template(body)));
                }
                Setting::Assignments(list) => expressions.extend(list.iter().map(|(.., e, _)| e)),
                Setting::Prompts(prompts) => {
                    for (key, _) in prompts {
                        expressions.extend(holes_of(with.prompts.prompt(key)));
                    }
                }
                _ => {}
            }
        }
    }
    let names = expressions.into_iter().flat_map(Expression::names);
    names.map(|(name, _)| name).collect()
}

/// What the holes of a sentence read, in all its languages.
fn holes_of(prompt: Option<&Prompt>) -> impl Iterator<Item = &Expression> {
    let sentences = prompt.into_iter().flat_map(|p| p.sentences.values());
    sentences.flat_map(|s| s.holes().map(|hole| &hole.expression))
}

/// The sentences a step that waits in a queue announces by its own plan and by the queue's, where
/// they are named, and the names that have a value by then.
fn announced<'a>(
    step: &'a Draft,
    with: Around<'a>,
) -> Vec<(&'a PromptKey, &'a Range<usize>, &'static [&'static str])> {
    if step.verb.is_none_or(|verb| verb.name != "queue") {
        return Vec::new();
    }
    let gives = [&[], WAIT_KNOWN, PLACE_KNOWN];
    let mut all = Vec::new();
    if let Some((Setting::Announce(own), _)) = step.reading.settings.get("announce") {
        let prompts = [&own.first, &own.estimate, &own.unknown];
        for (prompt, gives) in prompts.into_iter().zip(gives) {
            all.extend(prompt.iter().map(|(key, span)| (key, span, gives)));
        }
    }
    if let Some((Setting::Name(name), span)) = step.reading.settings.get("queue")
        && let Some(queue) = with.around.queues.get(name.as_str())
        && let Some(voice) = queue.voice()
    {
        let plan = &voice.announce;
        let prompts = [&plan.first, &plan.estimate, &plan.unknown];
        for (prompt, gives) in prompts.into_iter().zip(gives) {
            all.extend(prompt.iter().map(|key| (key, span, gives)));
        }
    }
    all
}

struct Checker<'a> {
    draft: &'a FlowDraft,
    step: &'a Draft,
    variables: &'a BTreeMap<String, Type>,
    secrets: &'a BTreeSet<&'a str>,
    with: Around<'a>,
}

impl Checker<'_> {
    fn step(&self, reader: &mut Reader<'_>, assigned: &BTreeSet<String>) {
        let scope = self.scope(assigned);
        if let Some((condition, text)) = &self.step.condition {
            self.expect(reader, condition, text, Type::YesNo, scope);
        }
        // Whoever gets beyond the condition knows what it proves.
        let mut assigned = assigned.clone();
        if let Some((condition, _)) = &self.step.condition {
            assigned.extend(condition.proves(true).into_iter().map(str::to_owned));
        }
        let scope = self.scope(&assigned);
        for (_, template) in &self.step.tags {
            self.template(reader, template, scope);
        }
        self.announced(reader, &assigned);
        // What is checked or read back has been typed by then.
        let mut typed = assigned.clone();
        typed.insert("keys".to_owned());
        if let Some(work) = &self.step.work {
            typed.extend(work.gives("next").into_iter().map(str::to_owned));
        }
        for (key, (setting, _)) in &self.step.reading.settings {
            let inside = matches!(*key, "check" | "confirm" | "receipt");
            if inside && self.step.work.is_none() {
                continue;
            }
            let scope = if inside { self.scope(&typed) } else { scope };
            match setting {
                Setting::Condition(condition, text) => {
                    self.expect(reader, condition, text, Type::YesNo, scope);
                }
                Setting::Cases(cases) => {
                    for (case, text) in cases {
                        self.expect(reader, case, text, Type::YesNo, scope);
                    }
                }
                Setting::Template(template) => {
                    self.template(reader, template, scope);
                    self.one_value(reader, key, template, scope);
                }
                Setting::Fields(fields) => {
                    for template in fields.iter().filter_map(Field::template) {
                        // A value that is handed on whole is not written: a secret stays one.
                        match template.parts.as_slice() {
                            [TemplatePart::Value(expression, start)] if *key == "args" => {
                                if let Err(problem) = expression.check(scope) {
                                    self.keep(reader, problem, &template.text, *start);
                                }
                            }
                            _ => self.template(reader, template, scope),
                        }
                    }
                }
                Setting::Bodies(bodies) => {
                    for (_, body) in bodies {
                        self.template(reader, body, scope);
                    }
                }
                Setting::Assignments(list) => {
                    let mut so_far = assigned.clone();
                    for (name, _, value, text) in list {
                        if let Some(kind) = self.variables.get(name) {
                            self.expect(reader, value, text, *kind, self.scope(&so_far));
                        }
                        so_far.insert(name.clone());
                    }
                }
                Setting::Prompts(prompts) => {
                    for (prompt, span) in prompts {
                        self.prompt(reader, prompt, span, scope);
                    }
                }
                _ => {}
            }
        }
    }

    fn kind_of(&self, key: &str) -> Option<Kind> {
        let keys = self.step.verb?.keys;
        keys.iter().find(|k| k.name == key).map(|k| k.kind)
    }

    /// A key that takes one value: its hole has that type, or one that is written as it.
    fn one_value(&self, reader: &mut Reader<'_>, key: &str, template: &Template, scope: Scope<'_>) {
        let (Some(Kind::Value(kind)), [TemplatePart::Value(expression, _)]) =
            (self.kind_of(key), template.parts.as_slice())
        else {
            return;
        };
        // What is wrong with the expression itself has been told.
        let Ok(found) = expression.check(scope) else {
            return;
        };
        if found.kind != kind && !found.kind.compares_with(kind) {
            let (found, kind) = (found.kind.named(), kind.named());
            let message = words!([found, kind] "this is {found}, and {kind} is needed", "ceci est {found}, et il faut {kind}");
            reader.error("R201", template.text.span.clone(), message);
        }
    }

    /// What is announced while this step waits in a queue: by then the place is known, and for the
    /// estimate the wait.
    fn announced(&self, reader: &mut Reader<'_>, assigned: &BTreeSet<String>) {
        for (prompt, span, gives) in announced(self.step, self.with) {
            let mut known = assigned.clone();
            known.extend(gives.iter().map(|name| (*name).to_owned()));
            self.prompt(reader, prompt, span, self.scope(&known));
        }
    }

    fn scope<'s>(&'s self, assigned: &'s BTreeSet<String>) -> Scope<'s> {
        Scope {
            variables: self.variables,
            assigned,
            around: self.with.around,
        }
    }

    fn expect(
        &self,
        reader: &mut Reader<'_>,
        expression: &Expression,
        text: &Text,
        kind: Type,
        scope: Scope<'_>,
    ) {
        match expression.check_needed(scope) {
            Ok(found) if found == kind => {}
            Ok(Type::Text) if kind == Type::Money && expression.is_money_constant() => {}
            Ok(found) if kind != Type::YesNo && found.compares_with(kind) => {}
            Ok(found) => {
                let (found, kind) = (found.named(), kind.named());
                let message = words!([found, kind] "this is {found}, and {kind} is needed", "ceci est {found}, et il faut {kind}");
                reader.error("R201", text.span.clone(), message);
            }
            Err(problem) => self.keep(reader, problem, text, 0),
        }
    }

    /// A hole in a text may stay empty; a secret may not be written.
    fn template(&self, reader: &mut Reader<'_>, template: &Template, scope: Scope<'_>) {
        for part in &template.parts {
            let TemplatePart::Value(expression, start) = part else {
                continue;
            };
            if let Err(problem) = expression.check(scope) {
                self.keep(reader, problem, &template.text, *start);
                continue;
            }
            let names = expression.names();
            if let Some((name, span)) = names.iter().find(|(name, _)| self.secrets.contains(name)) {
                let at = template.text.at(span.start + start..span.end + start);
                reader.error(
                    "R210",
                    at,
                    words!(
                        "\"{name}\" holds a secret, which is never written",
                        "« {name} » contient un secret, qui ne s'écrit jamais"
                    ),
                );
            }
        }
    }

    fn keep(&self, reader: &mut Reader<'_>, problem: Problem, text: &Text, start: usize) {
        let at = text.at(problem.span.start + start..problem.span.end + start);
        let mut shown = self.draft.source.error(problem.code, at, problem.message);
        shown.label = problem.label;
        reader.keep(shown);
    }

    /// The holes of a sentence, as this step fills them.
    fn prompt(
        &self,
        reader: &mut Reader<'_>,
        key: &PromptKey,
        span: &Range<usize>,
        scope: Scope<'_>,
    ) {
        let Some(prompt) = self.with.prompts.prompt(key) else {
            return;
        };
        let mut told: Vec<(&str, Words, bool, Vec<String>)> = Vec::new();
        for (language, sentence) in &prompt.sentences {
            for hole in sentence.holes() {
                let written = &sentence.text()[hole.span.clone()];
                let names = hole.expression.names();
                if let Some((name, _)) = names.iter().find(|(name, _)| self.secrets.contains(name))
                {
                    let message = words!(
                        "\"{name}\" holds a secret, which the sentence \"{key}\" would say",
                        "« {name} » contient un secret, que la phrase « {key} » dirait"
                    );
                    let (file, line) = (&prompt.place.file, prompt.place.line);
                    let place = words!(
                        "in {written} ({language}, {file}:{line})",
                        "dans {written} ({language}, {file}:{line})"
                    );
                    reader.error_label("R210", span.clone(), message, place);
                    return;
                }
                let found = hole.expression.check_needed(scope);
                let unset = found.as_ref().is_err_and(|problem| problem.code == "R205");
                let wrong = match found {
                    Err(problem) => Some(problem.message),
                    Ok(kind) if !hole.format.applies_to(kind) => {
                        let kind = kind.named();
                        let word = hole.format.word();
                        Some(words!(
                            [kind] "{kind} cannot be said as \"{word}\"",
                            "{kind} ne se dit pas comme « {word} »"
                        ))
                    }
                    Ok(_) => self.cannot_be_said(hole.format, &hole.expression),
                };
                let Some(wrong) = wrong else { continue };
                let place = prompt.places.get(language).unwrap_or(&prompt.place);
                let place = format!("{language}, {}:{}", place.file, place.line);
                // The same hole in two languages is one mistake in two places.
                let known = told
                    .iter_mut()
                    .find(|(w, why, ..)| (*w, why) == (written, &wrong));
                match known {
                    Some((.., places)) if places.contains(&place) => {}
                    Some((.., places)) => places.push(place),
                    None => told.push((written, wrong, unset, vec![place])),
                }
            }
        }
        for (written, Words { en, fr }, unset, places) in told {
            let message = words!(
                "the sentence \"{key}\" cannot fill its hole {written}",
                "la phrase « {key} » ne peut pas remplir son trou {written}"
            );
            let places = places.join("; ");
            let label = words!("{en} ({places})", "{fr} ({places})");
            let problem = self.draft.source.error("R403", span.clone(), message);
            let remedy = if unset {
                words!(
                    "give the value before this step, or say a sentence without {written}",
                    "donnez la valeur avant cette étape, ou dites une phrase sans {written}"
                )
            } else {
                words!(
                    "write another hole than {written}",
                    "écrivez un autre trou que {written}"
                )
            };
            reader.keep(problem.label(label).remedy(remedy));
        }
    }

    /// Only names that were recorded can be said without synthesis, and free words not at all.
    fn cannot_be_said(&self, format: Format, expression: &Expression) -> Option<Words> {
        let voice = self.with.around.spoken.voice;
        if voice || !matches!(format, Format::Name | Format::Say) {
            return None;
        }
        if format == Format::Say {
            return Some(words!(
                "any words are said by a voice, and none is set up",
                "un texte quelconque se dit par une voix de synthèse, et aucune n'est installée"
            ));
        }
        if expression
            .names()
            .iter()
            .any(|(name, _)| *name != "person.name")
            || expression.names().is_empty()
        {
            return Some(words!(
                "only person.name can be said as a name without a voice",
                "seul person.name se dit comme un nom sans voix de synthèse"
            ));
        }
        let reached =
            self.draft
                .steps
                .iter()
                .filter_map(|step| match step.reading.settings.get("person") {
                    Some((Setting::Name(name), _)) => Some(name.as_str()),
                    _ => None,
                });
        let persons = &self.with.around.people.persons;
        let mute = |name: &&str| persons.get(*name).is_some_and(|p| p.spoken.is_none());
        let silent: Option<&str> = reached.into_iter().find(mute);
        silent.map(|name| {
            words!(
                "\"{name}\" has no recorded name: add spoken to [person.{name}]",
                "« {name} » n'a pas de nom enregistré : ajoutez spoken à [person.{name}]"
            )
        })
    }
}
