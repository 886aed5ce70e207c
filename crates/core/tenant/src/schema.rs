//! The tables of a tenant as JSON Schema (draft 7) for editors; `rappel schema tenant`.

mod campaigns;
mod company;
mod table;

use rappel_ivr::Lang;
use rappel_ivr::words::Help;
use serde_json::{Map, Value, json};

use table::{Field, TABLES, Table, Takes};

/// The schema of `tenant.toml` and of all tables beside it, which may stand in any of these files;
/// its help in `lang`.
pub fn tenant_schema(lang: Lang) -> Value {
    let mut properties = Map::new();
    properties.insert(
        "rappel".to_owned(),
        json!({ "const": 1, "description": VERSION.in_lang(lang) }),
    );
    for table in TABLES {
        properties.insert(table.name.to_owned(), named(table, lang));
    }
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "https://example.invalid/rappel/tenant.schema.json",
        "title": TITLE.in_lang(lang),
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}

/// `[tenant]`, or `[person.NAME]` for all names.
fn named(table: &Table, lang: Lang) -> Value {
    let one = object(table.fields, lang);
    let mut schema = if table.many {
        json!({
            "type": "object",
            "propertyNames": { "pattern": "^[\\p{L}\\p{N}_.-]{1,64}$" },
            "additionalProperties": one,
        })
    } else {
        one
    };
    schema["description"] = json!(table.help.in_lang(lang));
    schema
}

fn object(fields: &[Field], lang: Lang) -> Value {
    let (mut properties, mut patterns) = (Map::new(), Map::new());
    for field in fields {
        let mut schema = takes(field.takes, lang);
        schema["description"] = json!(field.help.in_lang(lang));
        if field.key.starts_with('^') {
            patterns.insert(field.key.to_owned(), schema);
        } else {
            properties.insert(field.key.to_owned(), schema);
        }
    }
    let required = fields.iter().filter(|field| field.required);
    let required: Vec<&str> = required.map(|field| field.key).collect();
    json!({
        "type": "object",
        "properties": properties,
        "patternProperties": patterns,
        "required": required,
        "additionalProperties": false,
    })
}

fn takes(takes: Takes, lang: Lang) -> Value {
    let text = || json!({ "type": "string" });
    let pattern = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    match takes {
        Takes::Text => text(),
        Takes::Texts => json!({ "type": "array", "items": text() }),
        Takes::Duration => pattern("^(?=.)([0-9]+y)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$"),
        Takes::Whole => json!({ "type": "integer", "minimum": 0 }),
        Takes::YesNo => json!({ "type": "boolean" }),
        Takes::OneOf(words) => json!({ "enum": words }),
        Takes::Number => pattern("^\\+[0-9]{4,15}$"),
        Takes::Rate => pattern("^[0-9]+/(minute|hour|day|week|month)$"),
        Takes::Date => pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
        Takes::Openings => json!({
            "type": "array",
            "items": pattern("^[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}$"),
        }),
        Takes::TextOrOpenings => json!({ "type": ["string", "array"], "items": text() }),
        Takes::Table(fields) => object(fields, lang),
        Takes::Tables(fields) => json!({ "type": "array", "items": object(fields, lang) }),
    }
}

const fn help(en: &'static str, fr: &'static str) -> Help {
    Help { en, fr }
}

const TITLE: Help = help("A company of Rappel", "Une société de Rappel");
const VERSION: Help = help("the version of the language", "la version du langage");

#[cfg(test)]
mod tests;
