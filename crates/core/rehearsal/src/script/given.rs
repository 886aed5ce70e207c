//! `given`: the world a test begins in (FLOWS §18.15).

use std::collections::BTreeMap;

use rappel_ivr::words;
use rappel_tenant::Version;

use super::fields::{Problems, Value, WRONG, plain};
use super::read::{entries, one_or_many};
use crate::given::{Answer, Crowd, Given, OpenCallback, Phone, Row};

/// Reads the table `given`.
pub(super) fn read(problems: &mut Problems<'_>, value: &Value<'_>, version: &Version) -> Given {
    let mut given = Given::default();
    let Some(table) = problems.table("given", value) else {
        return given;
    };
    for (key, span, value) in entries(table) {
        match key {
            "http" => read_http(problems, value, &mut given),
            "queue" => read_queues(problems, value, version, &mut given),
            "callbacks" => given.callbacks = read_callbacks(problems, value),
            "rows" => read_rows(problems, value, &mut given),
            "phones" => read_phones(problems, value, version, &mut given),
            "message" => given.message = problems.yes(key, value).unwrap_or_default(),
            "thread" => given.thread = problems.yes(key, value).unwrap_or_default(),
            "just_called" => given.just_called = problems.yes(key, value).unwrap_or_default(),
            "known" => given.known = problems.yes(key, value).unwrap_or_default(),
            "reached_today" => given.reached_today = problems.yes(key, value).unwrap_or_default(),
            "attempts_today" => {
                given.attempts_today = problems.number(key, value).unwrap_or_default();
            }
            other => problems.unknown(
                span,
                words!(
                    "\"given\" does not know \"{other}\"",
                    "« given » ne connaît pas « {other} »"
                ),
                other,
                KEYS,
            ),
        }
    }
    given
}

fn read_http(problems: &mut Problems<'_>, value: &Value<'_>, given: &mut Given) {
    let Some(table) = problems.table("http", value) else {
        return;
    };
    for (step, _, value) in entries(table) {
        let Some(fields) = problems.table(step, value) else {
            continue;
        };
        let mut values = BTreeMap::new();
        flatten(problems, "", fields, &mut values);
        given.http.insert(step.to_owned(), Answer::Ok(values));
    }
}

/// Nested tables become paths with dots.
fn flatten(
    problems: &mut Problems<'_>,
    before: &str,
    table: &toml::de::DeTable<'_>,
    values: &mut BTreeMap<String, String>,
) {
    for (key, _, value) in entries(table) {
        let path = if before.is_empty() {
            key.to_owned()
        } else {
            format!("{before}.{key}")
        };
        match (value.get_ref(), plain(value.get_ref())) {
            (toml::de::DeValue::Table(inner), _) => flatten(problems, &path, inner, values),
            (_, Some(text)) => {
                values.insert(path, text);
            }
            _ => {
                let message = words!(
                    "\"{key}\" is a text, a number, true or false",
                    "« {key} » est un texte, un nombre, true ou false"
                );
                problems.add(WRONG, value.span(), message);
            }
        }
    }
}

fn read_queues(
    problems: &mut Problems<'_>,
    value: &Value<'_>,
    version: &Version,
    given: &mut Given,
) {
    let Some(table) = problems.table("queue", value) else {
        return;
    };
    for (name, span, value) in entries(table) {
        let queues = &version.surroundings.queues;
        if !queues.contains_key(name) {
            let message = words!(
                "no queue is named \"{name}\"",
                "aucune file d'attente ne s'appelle « {name} »"
            );
            problems.unknown(
                span,
                message,
                name,
                queues.keys().map(|queue| queue.as_str()),
            );
        }
        let Some(fields) = problems.table(name, value) else {
            continue;
        };
        let mut crowd = Crowd::default();
        for (key, span, value) in entries(fields) {
            match key {
                "agents" => crowd.agents = problems.number(key, value).unwrap_or_default(),
                "waiting" => crowd.waiting = problems.number(key, value).unwrap_or_default(),
                "full" => crowd.full = problems.yes(key, value).unwrap_or_default(),
                "wait" => {
                    let ends: Vec<_> = one_or_many(value)
                        .into_iter()
                        .filter_map(|item| problems.duration(key, item))
                        .collect();
                    match ends.as_slice() {
                        [low, high] if low <= high => crowd.wait = Some((*low, *high)),
                        _ => {
                            let message = words!(
                                "\"wait\" is two durations, the shorter one first: [\"4m\", \"7m\"]",
                                "« wait » est deux durées, la plus courte d'abord : [\"4m\", \"7m\"]"
                            );
                            problems.add(WRONG, value.span(), message);
                        }
                    }
                }
                other => {
                    let message = words!(
                        "a queue is not given \"{other}\"",
                        "on ne donne pas « {other} » à une file"
                    );
                    problems.unknown(span, message, other, ["agents", "waiting", "wait", "full"]);
                }
            }
        }
        // Somebody waits where a wait is told, and a free agent would end it.
        if crowd.wait.is_some() && fields.get("agents").is_none() {
            crowd.waiting = crowd.waiting.max(1);
        }
        given.queues.insert(name.to_owned(), crowd);
    }
}

fn read_callbacks(problems: &mut Problems<'_>, value: &Value<'_>) -> Vec<OpenCallback> {
    let mut all = Vec::new();
    for item in problems.list("callbacks", value) {
        let Some(table) = problems.table("callbacks", item) else {
            continue;
        };
        let mut open = OpenCallback::default();
        for (key, span, value) in entries(table) {
            let text = problems.text(key, value).map(str::to_owned);
            match key {
                "queue" => open.queue = text,
                "person" => open.person = text,
                "number" => open.number = text,
                other => {
                    let message = words!(
                        "a callback has no \"{other}\"",
                        "un rappel n'a pas de « {other} »"
                    );
                    problems.unknown(span, message, other, ["queue", "person", "number"]);
                }
            }
        }
        all.push(open);
    }
    all
}

fn read_rows(problems: &mut Problems<'_>, value: &Value<'_>, given: &mut Given) {
    let Some(table) = problems.table("rows", value) else {
        return;
    };
    for (directory, _, value) in entries(table) {
        for item in one_or_many(value) {
            let Some(fields) = problems.table(directory, item) else {
                continue;
            };
            let columns = entries(fields);
            let columns =
                columns.filter_map(|(key, _, v)| Some((key.to_owned(), plain(v.get_ref())?)));
            given.rows.push(Row {
                directory: directory.to_owned(),
                columns: columns.collect(),
            });
        }
    }
}

fn read_phones(
    problems: &mut Problems<'_>,
    value: &Value<'_>,
    version: &Version,
    given: &mut Given,
) {
    let Some(table) = problems.table("phones", value) else {
        return;
    };
    for (person, span, value) in entries(table) {
        let persons = &version.surroundings.people.persons;
        if !persons.contains_key(person) {
            let message = words!(
                "no person is named \"{person}\"",
                "personne ne s'appelle « {person} »"
            );
            problems.unknown(
                span,
                message,
                person,
                persons.keys().map(|name| name.as_str()),
            );
        }
        let phone = match problems.text(person, value) {
            Some("busy") => Phone::Busy,
            Some("declines") => Phone::Declines,
            Some("off") => Phone::Off,
            Some(other) => {
                let message = words!(
                    "a phone is not \"{other}\"",
                    "un poste n'est pas « {other} »"
                );
                problems.unknown(value.span(), message, other, ["busy", "declines", "off"]);
                continue;
            }
            None => continue,
        };
        given.phones.insert(person.to_owned(), phone);
    }
}

const KEYS: [&str; 11] = [
    "http",
    "queue",
    "callbacks",
    "rows",
    "phones",
    "message",
    "thread",
    "just_called",
    "known",
    "reached_today",
    "attempts_today",
];
