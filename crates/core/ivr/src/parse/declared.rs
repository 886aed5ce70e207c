//! What a flow declares: its own variables, the arguments it takes and the results it gives back.

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::MAX_NAME;
use crate::draft::{FlowDraft, Role, Variable};
use crate::expression::BUILT_IN;
use crate::syntax::{Entry, Reader};
use crate::variables::{Type, Value};
use crate::words;
use crate::words::Words;

/// Reads `[vars]`, `[args]` or `[results]`; a name stands in one of them only.
pub(super) fn read_variables(
    reader: &mut Reader<'_>,
    entry: Entry<'_>,
    role: Role,
    draft: &mut FlowDraft,
) {
    let Some(table) = reader.table(entry) else {
        return;
    };
    if draft.variables.len() + table.len() > MAX_VARIABLES {
        let message = words!(
            "a flow has at most {MAX_VARIABLES} variables",
            "un flux a {MAX_VARIABLES} variables au plus"
        );
        reader.error("R701", entry.0.span(), message);
        return;
    }
    for entry in table.iter() {
        read_variable(reader, entry, role, draft);
    }
}

fn read_variable(reader: &mut Reader<'_>, entry: Entry<'_>, role: Role, draft: &mut FlowDraft) {
    let (key, value) = entry;
    if !may_be_declared(reader, key, draft) {
        return;
    }
    let name: &str = key.get_ref();
    let Some(table) = reader.table(entry) else {
        return;
    };
    reader.only_keys(table, &["type", "default"], |written| {
        words!(
            "a variable has no key \"{written}\"",
            "une variable n'a pas de réglage « {written} »"
        )
    });
    let Some(kind) = read_type(reader, (name, value), table) else {
        return;
    };
    let default = table
        .get("default")
        .and_then(|default| read_default(reader, kind, default));
    let span = key.span();
    draft.variables.insert(
        name.to_owned(),
        Variable {
            role,
            kind,
            default,
            span,
        },
    );
}

/// Whether a variable may have this name.
fn may_be_declared(
    reader: &mut Reader<'_>,
    key: &Spanned<DeString<'_>>,
    draft: &FlowDraft,
) -> bool {
    let name: &str = key.get_ref();
    if !is_name(name) {
        reader.error(
            "R115",
            key.span(),
            words!(
                "a variable's name is letters, digits and _, without dots",
                "le nom d'une variable se compose de lettres, de chiffres et de _, sans point"
            ),
        );
        return false;
    }
    if BUILT_IN.iter().any(|value| value.name == name) {
        let message = words!(
            "\"{name}\" is a built-in value",
            "« {name} » est une valeur fournie par le moteur"
        );
        let label = words!("choose another name", "choisissez un autre nom");
        reader.error_label("R115", key.span(), message, label);
        return false;
    }
    if draft.variables.contains_key(name) {
        let message = words!(
            "\"{name}\" is declared twice",
            "« {name} » est déclaré deux fois"
        );
        let label = words!(
            "a name stands in one of [vars], [args] and [results]",
            "un nom est soit dans [vars], soit dans [args], soit dans [results]"
        );
        reader.error_label("R110", key.span(), message, label);
        return false;
    }
    true
}

/// The type that a variable declares.
fn read_type(
    reader: &mut Reader<'_>,
    (name, value): (&str, &Spanned<DeValue<'_>>),
    table: &DeTable<'_>,
) -> Option<Type> {
    let Some(written) = table.get("type") else {
        reader.error_label(
            "R103",
            value.span(),
            words!(
                "the variable \"{name}\" needs a type",
                "il manque un type à la variable « {name} »"
            ),
            words!(
                "{{ type = \"text\" }}, or another type",
                "{{ type = \"text\" }}, ou un autre type"
            ),
        );
        return None;
    };
    let word = reader.text("type", written)?;
    let kind = Type::from_word(&word.value);
    if kind.is_none() {
        let names = Type::ALL.iter().map(|kind| kind.word());
        let written = &word.value;
        let message = words!(
            "no type is named \"{written}\"",
            "aucun type ne s'appelle « {written} »"
        );
        reader.unknown("R209", word.span, message, written, names);
    }
    kind
}

fn read_default(
    reader: &mut Reader<'_>,
    kind: Type,
    value: &Spanned<DeValue<'_>>,
) -> Option<Value> {
    let read = match (kind, value.get_ref()) {
        (Type::Number, DeValue::Integer(_)) => reader.number("default", value).map(Value::Number),
        (Type::YesNo, DeValue::Boolean(yes)) => Some(Value::YesNo(*yes)),
        (Type::Number | Type::YesNo, _) => None,
        (_, DeValue::String(text)) => Value::parse(kind, text),
        _ => None,
    };
    if read.is_some() {
        return read;
    }
    let named = kind.named();
    let message = words!([named] "{named} is needed here", "il faut ici {named}");
    reader.error_label(
        "R201",
        value.span(),
        message,
        how_to_write(kind, value.get_ref()),
    );
    // A value stands in for the one that was meant: nobody who reads it shall be told that there is none.
    Some(Value::Text(String::new()))
}

/// What to write instead of a default that is no value of its type.
fn how_to_write(kind: Type, written: &DeValue<'_>) -> Words {
    let example = match kind {
        Type::Number => return words!("write a whole number", "écrivez un nombre entier"),
        Type::YesNo => return words!("write true or false", "écrivez true ou false"),
        Type::Moment | Type::Window | Type::List => {
            return words!(
                "it has no default: give it a value by a step",
                "ce type n'a pas de valeur par défaut : donnez-lui sa valeur dans une étape"
            );
        }
        Type::Date => "2026-12-24",
        Type::Time => "08:30",
        Type::Duration => "1h30m",
        Type::Money => "10 EUR",
        Type::Range => "5m/10m",
        Type::Phone => "+33199000010",
        Type::Language => "fr",
        Type::Text => {
            return words!("put it in quotes", "mettez-la entre guillemets");
        }
    };
    match written {
        DeValue::Datetime(day) if Value::parse(kind, &day.to_string()).is_some() => {
            words!(
                "put it in quotes: \"{day}\"",
                "mettez-la entre guillemets : \"{day}\""
            )
        }
        _ => words!(
            "in quotes, as in \"{example}\"",
            "entre guillemets, comme dans \"{example}\""
        ),
    }
}

/// Letters, digits and `_`, as expressions read names.
fn is_name(name: &str) -> bool {
    let fits = name.chars().all(|c| c.is_alphanumeric() || c == '_');
    fits && name.chars().next().is_some_and(char::is_alphabetic) && name.len() <= MAX_NAME
}

/// Most variables of a flow, arguments and results included.
const MAX_VARIABLES: usize = 200;
