//! `expect`: what must have followed when a test is over.

use std::time::Duration;

use rappel_ivr::diagnostic::Place;
use rappel_ivr::{Words, words};
use rappel_tenant::Version;

use super::fields::{Problems, Value, WRONG, plain};
use super::read::entries;
use crate::scene::seconds;
use crate::world::World;

/// One thing that must be true at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expect {
    /// A tag has this value; `None` when it must not be there.
    Tag(String, String),
    /// A counter rose so often.
    Count(String, u32),
    /// A variable has this value.
    Variable(String, String),
    /// So many promises were made.
    Callbacks(u32),
    /// So many promises are open.
    CallbacksOpen(u32),
    /// Promises were closed for this reason, at least one.
    CallbacksClosed(String),
    /// So many messages were kept.
    Messages(u32),
    /// So many messages are in this mailbox.
    MessagesIn(String, u32),
    /// So many texts were sent.
    Texts(u32),
    /// So many tasks are open.
    Tasks(u32),
    /// Whether the call was answered.
    Answered(bool),
    /// The call came by this step.
    At(String),
    /// The call ended in this step.
    EndsAt(String),
    /// Nothing was to be heard for at most so long.
    MaxSilence(Duration),
    /// A step failed with `STEP:CAUSE`, or the step's name alone.
    Trouble(String),
}

/// Reads the table `expect`.
pub(super) fn read(
    problems: &mut Problems<'_>,
    value: &Value<'_>,
    version: &Version,
) -> Vec<(Expect, Place)> {
    let mut all = Vec::new();
    let Some(table) = problems.table("expect", value) else {
        return all;
    };
    for (key, span, value) in entries(table) {
        let place = problems.source.place(span.start..value.span().end);
        let mut add = |expect: Option<Expect>| all.extend(expect.map(|e| (e, place.clone())));
        match key {
            "tag" | "count" | "vars" => {
                for expect in named(problems, key, value) {
                    add(Some(expect));
                }
            }
            "callbacks" => add(problems.number(key, value).map(Expect::Callbacks)),
            "callbacks_open" => add(problems.number(key, value).map(Expect::CallbacksOpen)),
            "callbacks_closed" => add(closed(problems, value)),
            "messages" => {
                for expect in messages(problems, value, version) {
                    add(Some(expect));
                }
            }
            "texts" => add(problems.number(key, value).map(Expect::Texts)),
            "tasks" => add(problems.number(key, value).map(Expect::Tasks)),
            "answered" => add(problems.yes(key, value).map(Expect::Answered)),
            "at" | "ends_at" => {
                let Some(step) = problems.text(key, value) else {
                    continue;
                };
                let steps = version.flows.steps();
                if !steps.iter().any(|name| name.as_str() == step) {
                    let message = words!(
                        "no step is named \"{step}\"",
                        "aucune étape ne s'appelle « {step} »"
                    );
                    problems.unknown(
                        value.span(),
                        message,
                        step,
                        steps.iter().map(|n| n.as_str()),
                    );
                }
                let step = step.to_owned();
                add(Some(match key {
                    "at" => Expect::At(step),
                    _ => Expect::EndsAt(step),
                }));
            }
            "max_silence" => add(problems.duration(key, value).map(Expect::MaxSilence)),
            "trouble" => add(problems
                .text(key, value)
                .map(|t| Expect::Trouble(t.to_owned()))),
            other => problems.unknown(
                span,
                words!(
                    "\"expect\" does not know \"{other}\"",
                    "« expect » ne connaît pas « {other} »"
                ),
                other,
                KEYS,
            ),
        }
    }
    all
}

/// `tag = { motif = "midi" }`, `count = { … }`, `vars = { … }`.
fn named(problems: &mut Problems<'_>, key: &str, value: &Value<'_>) -> Vec<Expect> {
    let mut all = Vec::new();
    let Some(table) = problems.table(key, value) else {
        return all;
    };
    for (name, _, value) in entries(table) {
        let name = name.to_owned();
        if key == "count" {
            all.extend(
                problems
                    .number(&name, value)
                    .map(|n| Expect::Count(name.clone(), n)),
            );
            continue;
        }
        match plain(value.get_ref()) {
            Some(text) if key == "tag" => all.push(Expect::Tag(name, text)),
            Some(text) => all.push(Expect::Variable(name, text)),
            None => {
                let message = words!(
                    "\"{name}\" is a text, a number, true or false",
                    "« {name} » est un texte, un nombre, true ou false"
                );
                problems.add(WRONG, value.span(), message);
            }
        }
    }
    all
}

/// `callbacks_closed = { reason = "reached_by_call" }`.
fn closed(problems: &mut Problems<'_>, value: &Value<'_>) -> Option<Expect> {
    let table = problems.table("callbacks_closed", value)?;
    let reason = table.get("reason");
    let Some(reason) = reason else {
        let message = words!("write {{ reason = \"…\" }}", "écrivez {{ reason = \"…\" }}");
        problems.add(WRONG, value.span(), message);
        return None;
    };
    let reason = problems.text("reason", reason)?;
    Some(Expect::CallbacksClosed(reason.to_owned()))
}

/// `messages = 1`, or `messages = { lefevre = 1 }`.
fn messages(problems: &mut Problems<'_>, value: &Value<'_>, version: &Version) -> Vec<Expect> {
    if let toml::de::DeValue::Table(table) = value.get_ref() {
        let mut all = Vec::new();
        for (mailbox, span, value) in entries(table) {
            let known = &version.surroundings.mailboxes;
            if !known.contains_key(mailbox) {
                let message = words!(
                    "no mailbox is named \"{mailbox}\"",
                    "aucune messagerie ne s'appelle « {mailbox} »"
                );
                problems.unknown(
                    span,
                    message,
                    mailbox,
                    known.keys().map(|name| name.as_str()),
                );
            }
            let number = problems.number(mailbox, value);
            all.extend(number.map(|n| Expect::MessagesIn(mailbox.to_owned(), n)));
        }
        return all;
    }
    let number = problems.number("messages", value);
    number.map(Expect::Messages).into_iter().collect()
}

impl Expect {
    /// What is otherwise than expected; `None` when it is as expected.
    pub(super) fn judge(&self, world: &World) -> Option<Words> {
        if let Some((what, wanted, found)) = self.counted(world) {
            let Words { en, fr } = what;
            return (wanted as usize != found).then(|| {
                words!(
                    "{wanted} {en} expected, {found} found",
                    "{fr} : {wanted} attendus, {found} trouvés"
                )
            });
        }
        let books = world.books();
        match self {
            Self::Tag(name, wanted) => {
                differs(name, wanted, books.tags().get(name).map(String::as_str))
            }
            Self::Variable(name, wanted) => differs(name, wanted, world.variable(name).as_deref()),
            Self::CallbacksClosed(reason) => {
                let mut promises = books.promises().iter();
                let found = promises.any(|p| p.closed.as_deref() == Some(reason));
                (!found).then(|| {
                    words!(
                        "no callback was closed by \"{reason}\"",
                        "aucun rappel n'a été clos par « {reason} »"
                    )
                })
            }
            Self::Answered(wanted) => {
                let found = world.answered().is_some();
                (*wanted != found).then(|| match found {
                    true => words!("the call was answered", "l'appel a été décroché"),
                    false => words!(
                        "the call was never answered",
                        "l'appel n'a jamais été décroché"
                    ),
                })
            }
            Self::At(step) => {
                let mut visits = books.visits().iter();
                (!visits.any(|(_, visited)| visited.as_str() == step)).then(|| {
                    words!(
                        "the call never came by \"{step}\"",
                        "l'appel n'est jamais passé par « {step} »"
                    )
                })
            }
            Self::EndsAt(step) => {
                let last = books.visits().last().map(|(_, step)| step.as_str());
                let last = last.unwrap_or("–");
                (last != step).then(|| {
                    words!(
                        "the call ended in \"{last}\", not in \"{step}\"",
                        "l'appel a fini dans « {last} », pas dans « {step} »"
                    )
                })
            }
            Self::MaxSilence(wanted) => {
                let found = world.longest_silence();
                (found > *wanted).then(|| {
                    let (found, wanted) = (seconds(found), seconds(*wanted));
                    words!(
                        "{found} of silence, at most {wanted} expected",
                        "{found} de silence, au plus {wanted} attendues"
                    )
                })
            }
            Self::Trouble(wanted) => {
                let mut troubles = books.troubles().iter();
                let found = troubles.any(|t| t == wanted || t.split(':').next() == Some(wanted));
                (!found).then(|| words!("\"{wanted}\" did not fail", "« {wanted} » n'a pas échoué"))
            }
            // Told of above.
            Self::Count(..)
            | Self::Callbacks(_)
            | Self::CallbacksOpen(_)
            | Self::Messages(_)
            | Self::MessagesIn(..)
            | Self::Texts(_)
            | Self::Tasks(_) => None,
        }
    }

    /// What is counted, how many of it are expected, and how many there are; `None` for what is judged
    /// otherwise.
    fn counted(&self, world: &World) -> Option<(Words, u32, usize)> {
        let books = world.books();
        Some(match self {
            Self::Count(name, wanted) => {
                let found = books.counts().get(name).copied().unwrap_or_default();
                let found = usize::try_from(found).unwrap_or(usize::MAX);
                let what = words!("times \"{name}\"", "compteur « {name} »");
                (what, *wanted, found)
            }
            Self::Callbacks(wanted) => {
                let made = books.promises().iter().filter(|p| p.made_here);
                (words!("callbacks", "rappels promis"), *wanted, made.count())
            }
            Self::CallbacksOpen(wanted) => {
                let open = books.promises().iter().filter(|p| p.closed.is_none());
                let what = words!("open callbacks", "rappels ouverts");
                (what, *wanted, open.count())
            }
            Self::Messages(wanted) => {
                let what = words!("messages", "messages");
                (what, *wanted, books.messages_kept())
            }
            Self::MessagesIn(mailbox, wanted) => {
                let all = books.messages().iter();
                let kept = all.filter(|m| m.mailbox.as_str() == mailbox);
                let what = words!("messages in \"{mailbox}\"", "messages dans « {mailbox} »");
                (what, *wanted, kept.count())
            }
            Self::Texts(wanted) => (words!("texts", "textos"), *wanted, books.texts()),
            Self::Tasks(wanted) => {
                let what = words!("open tasks", "tâches ouvertes");
                (what, *wanted, books.tasks())
            }
            _ => return None,
        })
    }
}

fn differs(name: &str, wanted: &str, found: Option<&str>) -> Option<Words> {
    (found != Some(wanted)).then(|| match found {
        Some(found) => words!(
            "\"{name}\" is \"{found}\", \"{wanted}\" was expected",
            "« {name} » vaut « {found} », on attendait « {wanted} »"
        ),
        None => words!(
            "\"{name}\" has no value, \"{wanted}\" was expected",
            "« {name} » n'a pas de valeur, on attendait « {wanted} »"
        ),
    })
}

const KEYS: [&str; 14] = [
    "tag",
    "count",
    "vars",
    "callbacks",
    "callbacks_open",
    "callbacks_closed",
    "messages",
    "texts",
    "tasks",
    "answered",
    "at",
    "ends_at",
    "max_silence",
    "trouble",
];
