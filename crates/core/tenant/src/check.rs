//! Checks that need more than one table: numbers and extensions claimed once, words for greetings.

use std::collections::BTreeMap;

use rappel_ivr::{PromptTexts, Surroundings};
use rappel_model::{Language, PersonName, PromptKey};

use crate::codes;
use crate::document::Problems;
use crate::lines::Read;
use crate::names::{Kind, Names, first_at};
use crate::settings::FlowReference;

/// A number belongs to one line; an extension to one line or one person.
pub(crate) fn claims(
    names: &Names<'_>,
    lines: &[Read<'_>],
    around: &Surroundings,
    problems: &mut Problems,
) {
    let mut numbers = BTreeMap::new();
    let mut extensions = BTreeMap::new();
    let lines = lines.iter().map(|read| &read.line);
    let claims = lines.flat_map(|line| {
        let declared = names.find(Kind::Line, line.name.as_str());
        let number = Some((line.number.as_str(), true, declared));
        let extension = line.extension.as_deref().map(|e| (e, false, declared));
        [number, extension]
    });
    let persons = around.people.persons.iter();
    let persons = persons.map(|(name, person)| {
        let declared = names.find(Kind::Person, name.as_str());
        person.extension.as_deref().map(|e| (e, false, declared))
    });
    for (text, is_number, declared) in claims.chain(persons).flatten() {
        let Some(declared) = declared else { continue };
        let taken = if is_number {
            &mut numbers
        } else {
            &mut extensions
        };
        match taken.get(text) {
            None => {
                taken.insert(text, declared);
            }
            Some(first) => {
                let what = if is_number { "number" } else { "extension" };
                let message = format!(
                    "the {what} {text} belongs to the {} \"{}\" already",
                    first.kind.word(),
                    first.name
                );
                let problem = declared.error(codes::CLAIMED_TWICE, message);
                problems.push(problem.note(first_at(&first.place())));
            }
        }
    }
}

/// Whether a flow of this name exists; if not, that is a problem.
pub(crate) fn flow_exists(
    reference: &FlowReference<'_>,
    flows: &[&str],
    problems: &mut Problems,
) -> bool {
    let name = reference.flow.value;
    if flows.contains(&name) {
        return true;
    }
    let message = format!("no flow is named \"{name}\"");
    let problem = reference
        .source
        .error(codes::UNKNOWN_FLOW, reference.flow.span.clone(), message);
    let near = problems.nearest(name, flows.iter().copied());
    problems.push(
        problem
            .suggest(near)
            .remedy(format!("write flows/{name}.toml")),
    );
    false
}

/// Sentences named outside flows (greetings, spoken names) have words in every language spoken.
pub(crate) fn words(
    names: &Names<'_>,
    around: &Surroundings,
    prompts: &PromptTexts,
    problems: &mut Problems,
) {
    let mut check = |kind, name: &str, key: &PromptKey| {
        let Some(declared) = names.find(kind, name) else {
            return;
        };
        for language in &around.languages {
            if !has_words(prompts, key, language) {
                let message = format!("the prompt \"{key}\" has no words in \"{language}\"");
                problems.push(declared.error(codes::NO_SENTENCE, message));
            }
        }
    };
    for (name, mailbox) in &around.mailboxes {
        let greeting = &mailbox.greeting;
        for key in [&greeting.open, &greeting.lunch, &greeting.closed]
            .into_iter()
            .flatten()
        {
            check(Kind::Mailbox, name.as_str(), key);
        }
    }
    for (name, person) in &around.people.persons {
        let name: &PersonName = name;
        if let Some(key) = &person.spoken {
            check(Kind::Person, name.as_str(), key);
        }
    }
}

/// A regional language falls back on its plain one: `fr-CH` on `fr`.
pub(crate) fn has_words(prompts: &PromptTexts, key: &PromptKey, language: &Language) -> bool {
    let Some(prompt) = prompts.prompt(key) else {
        return true;
    };
    let plain = language.as_str().split('-').next().unwrap_or_default();
    prompt.sentences.contains_key(language) || prompt.sentences.contains_key(plain)
}
