//! `lookup`: find the caller, or any value, in a directory.

use std::sync::Arc;
use std::time::Duration;

use rappel_model::{DirectoryName, PromptKey, Redacted};

use super::foreign::from_text;
use super::waiting::{Waited, Waiting};
use super::{
    Answers, Fault, Key, Kind, Otherwise, Outcome, Presence, Reading, Step, Template, Turn, Verb,
    Voice, Work,
};
use crate::ask::Ask;
use crate::engine::Desk;
use crate::event::Event;
use crate::variables::Type;
use crate::words;
use crate::words::Help;

/// `lookup`.
pub(super) const VERB: Verb = Verb {
    name: "lookup",
    keys: &[
        Key::required("directory", Kind::Directory, "the directory").fr("l'annuaire"),
        Key::new(
            "by",
            Kind::Text,
            None,
            "the column to look in; else the directory's key",
        )
        .fr("la colonne où chercher ; sinon la clé de l'annuaire"),
        Key::new(
            "value",
            Kind::Text,
            Some("{caller.number}"),
            "what is looked for",
        )
        .fr("ce qui est cherché"),
        Key::new(
            "read",
            Kind::Readings,
            None,
            "read.VARIABLE = \"column\": receives what stands there",
        )
        .fr("read.VARIABLE = \"colonne\" : reçoit ce qui s'y trouve"),
    ],
    outcomes: &[
        Outcome::new("found", Otherwise::As("next"), "a row was found")
            .fr("une ligne a été trouvée"),
        Outcome::new(
            "missing",
            Otherwise::As("next"),
            "no row was found, or there is nothing to look for",
        )
        .fr("aucune ligne n'a été trouvée, ou il n'y a rien à chercher"),
    ],
    next: Presence::Optional,
    press: Presence::None,
    answers: Answers::No,
    after_hangup: true,
    waits: false,
    voice: Voice::Quiet,
    internal: false,
    help: Help {
        en: "Finds the caller, or any value, in a directory and reads columns into variables.",
        fr: "Cherche l'appelant, ou une valeur, dans un annuaire et lit des colonnes dans des variables.",
    },
    example: r#"do = "lookup"
directory = "clients"
by = "telephone"
value = "{caller.number}"
on.found = "connu"
on.missing = "inconnu""#,
    served: true,
    read,
};

#[derive(Debug)]
struct Find {
    directory: DirectoryName,
    by: Option<String>,
    value: Template,
    /// Variable, its type, and the column.
    reads: Vec<(String, Type, String)>,
}

fn read(keys: &Reading) -> Result<Arc<dyn Step>, Fault> {
    let both = keys.on.contains("found") && keys.on.contains("missing");
    if !keys.next && !both {
        let message = words!("this step leads nowhere", "cette étape ne mène nulle part");
        return Err(Fault::new("R302", None, message).label(words!(
            "add on.found and on.missing, or next",
            "ajoutez on.found et on.missing, ou next"
        )));
    }
    Ok(Arc::new(Find {
        directory: DirectoryName::from(keys.name("directory").unwrap_or_default()),
        by: keys.template("by").map(|by| by.text.value),
        value: keys
            .template("value")
            .unwrap_or_else(|| Template::plain("")),
        reads: typed_reads(keys)?,
    }))
}

/// The variables that are read into, with their types; unknown ones are told where names are checked.
pub(super) fn typed_reads(keys: &Reading) -> Result<Vec<(String, Type, String)>, Fault> {
    let mut reads = Vec::new();
    for each in keys.readings("read") {
        let variable = &each.variable;
        match keys.variables.get(variable) {
            Some(Type::List) => {
                let message = words!(
                    "\"{variable}\" is a list, which is never read",
                    "« {variable} » est une liste, qui ne se lit jamais"
                );
                return Err(Fault::new("R201", Some("read"), message));
            }
            Some(kind) => reads.push((variable.clone(), *kind, each.word.value.clone())),
            None => {}
        }
    }
    Ok(reads)
}

impl Step for Find {
    fn resets(&self) -> Vec<&str> {
        self.reads.iter().map(|(name, ..)| name.as_str()).collect()
    }

    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        Box::new(Finding {
            step: self,
            waiting: Waiting::default(),
        })
    }
}

#[derive(Debug)]
struct Finding {
    step: Arc<Find>,
    waiting: Waiting,
}

impl Finding {
    /// Reads a row; a cell with nothing in it leaves its variable as it began.
    fn found(&self, desk: &mut Desk<'_>, row: &[Option<String>]) -> Turn {
        let mut values = Vec::new();
        for ((variable, kind, _), cell) in self.step.reads.iter().zip(row) {
            let Some(text) = cell.as_ref().filter(|text| !text.trim().is_empty()) else {
                continue;
            };
            match from_text(desk, *kind, text) {
                Some(value) => values.push((variable, value)),
                None => return Turn::Fail("wrong_type"),
            }
        }
        for (variable, value) in values {
            desk.state.values.set(variable, value);
        }
        Turn::leave("on.found")
    }
}

impl Work for Finding {
    fn enter(&mut self, desk: &mut Desk<'_>) -> Turn {
        let step = Arc::clone(&self.step);
        for (variable, ..) in &step.reads {
            desk.reset(variable);
        }
        let Some(directory) = desk.around.directories.get(&step.directory) else {
            return Turn::Fail("no_directory");
        };
        let by = step.by.clone().unwrap_or_else(|| directory.key.clone());
        let value = desk.write(&step.value);
        if value.trim().is_empty() {
            return Turn::leave("on.missing");
        }
        let meanwhile = vec![PromptKey::from("one-moment")];
        let question = self.waiting.begin(desk, meanwhile, LONGEST_SEARCH);
        desk.ask(Ask::Lookup {
            question,
            directory: step.directory.clone(),
            by,
            value: Redacted::new(value),
            columns: step
                .reads
                .iter()
                .map(|(.., column)| column.clone())
                .collect(),
        });
        Turn::Stay
    }

    fn on_event(&mut self, desk: &mut Desk<'_>, event: &Event) -> Turn {
        match event {
            Event::LookedUp { question, result } if self.waiting.is_mine(*question) => {
                let turn = match result {
                    Ok(Some(row)) => self.found(desk, row),
                    Ok(None) => Turn::leave("on.missing"),
                    Err(_) => Turn::Fail("directory"),
                };
                self.waiting.answered(desk, turn)
            }
            _ => self.waiting.on_event(desk, event),
        }
    }

    fn on_timeout(&mut self, desk: &mut Desk<'_>) -> Turn {
        match self.waiting.on_timeout(desk) {
            Waited::Still => Turn::Stay,
            Waited::Late => Turn::Fail("timed_out"),
            Waited::Done(turn) => turn,
        }
    }
}

/// A directory that has not answered by then is broken.
const LONGEST_SEARCH: Duration = Duration::from_secs(4);
