//! What a key takes, in words for people and as JSON Schema for editors: the one place to extend for
//! a new [`Kind`].

use serde_json::{Value, json};

use crate::step::{Kind, Waits};
use crate::words;
use crate::words::{Lang, Words};

/// What a key takes, in a few words.
pub(super) fn in_words(kind: Kind, lang: Lang) -> String {
    described(kind).in_lang(lang).to_owned()
}

fn described(kind: Kind) -> Words {
    match kind {
        Kind::Prompt => words!("a prompt, or a list of them", "une phrase, ou une liste"),
        Kind::Prompts => words!("a list of prompts", "une liste de phrases"),
        Kind::Duration(least, most) => words!("{least} to {most}", "{least} à {most}"),
        Kind::Number(least, most) => words!("{least} to {most}", "{least} à {most}"),
        Kind::YesNo => words!("true or false", "true ou false"),
        Kind::Word(now, _) => {
            let all = now.join(", ");
            words!("{all}", "{all}")
        }
        Kind::Calendar => words!("a calendar", "des horaires"),
        Kind::Person => words!("a person", "une personne"),
        Kind::Team => words!("a team", "une équipe"),
        Kind::Mailbox => words!("a mailbox", "une messagerie"),
        Kind::Flow => words!("a flow", "un flux"),
        Kind::Variable => words!("a variable of [vars]", "une variable de [vars]"),
        Kind::Text => words!("a text, with holes {{ }}", "un texte, avec des trous {{ }}"),
        Kind::Key => words!("a key: 0-9, * or #", "une touche : 0-9, * ou #"),
        Kind::Condition => words!("a condition", "une condition"),
        Kind::Cases => words!(
            "[{{ if = \"…\", then = \"STEP\" }}, …]",
            "[{{ if = \"…\", then = \"ÉTAPE\" }}, …]"
        ),
        Kind::Assignments => words!("NAME = \"expression\"", "NOM = \"expression\""),
        Kind::Step => words!("a step", "une étape"),
        Kind::Directory => words!("a directory", "un annuaire"),
        Kind::Language => words!("a language: fr, en", "une langue : fr, en"),
        Kind::Languages => words!("KEY = \"language\"", "TOUCHE = \"langue\""),
        Kind::Address => words!("an address, https://…", "une adresse, https://…"),
        Kind::Secret => words!("secret:NAME", "secret:NOM"),
        Kind::Fields => words!("NAME = value, several", "NOM = valeur, plusieurs"),
        Kind::Readings => words!("VARIABLE = \"name\"", "VARIABLE = \"nom\""),
        Kind::Shares => words!("NAME = percent, 100 in all", "NOM = pour cent, 100 en tout"),
        Kind::Meanwhile => words!("a prompt, or \"none\"", "une phrase, ou \"none\""),
        Kind::Queue(Waits::Texts) => words!("a queue of dialogues", "une file de dialogues"),
        Kind::Queue(Waits::Calls | Waits::Any) => words!("a queue", "une file d'attente"),
        Kind::Names => words!("a list of words", "une liste de mots"),
        Kind::Bodies => words!("LANGUAGE = \"text\"", "LANGUE = \"texte\""),
        Kind::Value(kind) => {
            let kind = kind.named();
            words!([kind] "{kind}, or {{NAME}}", "{kind}, ou {{NOM}}")
        }
        Kind::Handover => words!("person:, team:, line: …", "person:, team:, line: …"),
        Kind::Basis => words!("service, asked, list:NAME", "service, asked, list:NOM"),
        Kind::Announce => words!("first, every … = value", "first, every … = valeur"),
    }
}

/// What a key takes as JSON Schema (draft 7).
pub(super) fn schema(kind: Kind) -> Value {
    let text = || json!({ "type": "string" });
    let pattern = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    match kind {
        Kind::Prompt | Kind::Prompts | Kind::Meanwhile => json!({
            "type": ["string", "array"],
            "items": text(), "minItems": 1, "maxItems": 10,
        }),
        Kind::Duration(..) => pattern(DURATION),
        Kind::Number(least, most) => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        Kind::YesNo => json!({ "type": "boolean" }),
        Kind::Word(now, _) => json!({ "type": "string", "enum": now }),
        Kind::Text => json!({ "type": "string", "maxLength": 600 }),
        Kind::Key => pattern(KEY),
        Kind::Cases => json!({
            "type": "array", "minItems": 1, "maxItems": 50,
            "items": {
                "type": "object",
                "properties": { "if": text(), "then": text() },
                "required": ["if", "then"],
                "additionalProperties": false,
            },
        }),
        Kind::Language => pattern(LANGUAGE),
        Kind::Languages => json!({
            "type": "object",
            "patternProperties": { KEY: pattern(LANGUAGE) },
            "additionalProperties": false,
        }),
        Kind::Address => pattern("^https?://"),
        Kind::Secret => pattern("^secret:."),
        Kind::Assignments | Kind::Readings => {
            json!({ "type": "object", "additionalProperties": text() })
        }
        Kind::Fields => json!({
            "type": "object",
            "additionalProperties": { "type": ["string", "number", "boolean"] },
        }),
        Kind::Shares => json!({
            "type": "object", "minProperties": 2,
            "additionalProperties": { "type": "integer", "minimum": 0, "maximum": 100 },
        }),
        Kind::Names => json!({
            "type": "array", "items": text(), "minItems": 1, "maxItems": 20,
        }),
        Kind::Bodies => json!({
            "type": "object", "minProperties": 1,
            "additionalProperties": { "type": "string", "maxLength": 600 },
        }),
        Kind::Handover => pattern("^(person|team|line|destination):."),
        Kind::Basis => pattern("^(service|asked|list:.+)$"),
        Kind::Announce => json!({
            "type": "object",
            "properties": {
                "first": text(), "estimate": text(), "unknown": text(),
                "every": pattern(DURATION), "never_up": { "type": "boolean" },
            },
            "additionalProperties": false,
        }),
        Kind::Value(_)
        | Kind::Queue(_)
        | Kind::Calendar
        | Kind::Person
        | Kind::Team
        | Kind::Mailbox
        | Kind::Flow
        | Kind::Variable
        | Kind::Condition
        | Kind::Step
        | Kind::Directory => text(),
    }
}

/// `5s`, `20m`, `1h30m`: units fall and none repeats.
pub(super) const DURATION: &str = "^(?=.)([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$";
/// A key of the telephone.
pub(super) const KEY: &str = "^[0-9*#]$";
/// `fr`, `fr-CH`.
const LANGUAGE: &str = "^[a-z]{2}(-[A-Z]{2})?$";
