//! What the tables of a tenant say that drawings and explanations need: sentences, names of people,
//! defaults of verbs. Read as they are written, so that drafts can be explained, too.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::flow::Defaults;
use crate::shared_prompts::shared_prompt;
use crate::words::Lang;

/// What was found in the tables of a tenant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tables {
    /// `[defaults.callback]` and the like.
    pub defaults: Defaults,
    /// Prompts: their sentences by language.
    prompts: BTreeMap<String, BTreeMap<String, String>>,
    /// People: their names as written for people.
    persons: BTreeMap<String, String>,
}

impl Tables {
    /// Adds what a table of the tenant says; what another one said before stays. A text that is not
    /// TOML says nothing.
    pub fn add(&mut self, text: &str) {
        let told = ["prompt", "person", "defaults"];
        if text.len() > crate::parse::MAX_FILE || !told.iter().any(|name| text.contains(name)) {
            return;
        }
        let Ok(root) = text.parse::<Table>() else {
            return;
        };
        let tables = |name: &str| {
            root.get(name)
                .and_then(Value::as_table)
                .into_iter()
                .flatten()
        };
        for (verb, table) in tables("defaults") {
            let ways = self.defaults.entry(verb.clone()).or_default();
            let on = table.get("on").and_then(Value::as_table);
            for (outcome, step) in on.into_iter().flatten() {
                if let Some(step) = step.as_str() {
                    ways.entry(format!("on.{outcome}"))
                        .or_insert_with(|| step.to_owned());
                }
            }
        }
        for (name, prompt) in tables("prompt") {
            let sentences = prompt.as_table().into_iter().flatten();
            let sentences = sentences
                .filter_map(|(language, text)| Some((language.clone(), text.as_str()?.to_owned())));
            let sentences: BTreeMap<String, String> = sentences.collect();
            self.prompts.entry(name.clone()).or_insert(sentences);
        }
        for (name, person) in tables("person") {
            let shown = person.get("name").and_then(Value::as_str).unwrap_or(name);
            let shown = shown.to_owned();
            self.persons.entry(name.clone()).or_insert(shown);
        }
    }

    /// The sentence of a prompt: in the language asked for, else in any; the engine's own included.
    pub(super) fn sentence(&self, prompt: &str, lang: Lang) -> Option<&str> {
        let tag = match lang {
            Lang::En => "en",
            Lang::Fr => "fr",
        };
        if let Some(sentences) = self.prompts.get(prompt) {
            let near = sentences
                .iter()
                .find(|(language, _)| language.starts_with(tag));
            return near
                .or_else(|| sentences.iter().next())
                .map(|(_, text)| text.as_str());
        }
        shared_prompt(prompt).map(|shared| match lang {
            Lang::En => shared.en,
            Lang::Fr => shared.fr,
        })
    }

    /// The name of a person as written for people, else as declared.
    pub(super) fn person<'t>(&'t self, name: &'t str) -> &'t str {
        self.persons.get(name).map_or(name, String::as_str)
    }
}
