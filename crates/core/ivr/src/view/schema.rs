//! The language as JSON Schema (draft 7) for editors: completion, help while typing, and faults
//! underlined. Made from the table of verbs; `rappel schema`.

use serde_json::{Map, Value, json};

use super::kind::{self, KEY};
use crate::step::{COMMON_KEYS, Kind, Otherwise, Presence, VERBS, Verb};
use crate::variables::Type;
use crate::words::{Help, Lang};

/// The schema of the files in `flows/`, its help in `lang`.
pub fn flow_schema(lang: Lang) -> Value {
    let verbs: Vec<&Verb> = VERBS
        .iter()
        .copied()
        .filter(|verb| !verb.internal)
        .collect();
    let mut definitions: Map<String, Value> = verbs
        .iter()
        .map(|verb| (verb.name.to_owned(), step(verb, lang)))
        .collect();
    definitions.insert("step".to_owned(), any_step(&verbs, lang));
    let types: Vec<&str> = Type::ALL.iter().map(|kind| kind.word()).collect();
    let variables = json!({
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "properties": {
                "type": { "enum": types },
                "default": { "type": ["string", "integer", "boolean", "array"] },
            },
            "required": ["type"],
            "additionalProperties": false,
        },
    });
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "https://example.invalid/rappel/flow.schema.json",
        "title": FLOW_FILE.in_lang(lang),
        "type": "object",
        "properties": {
            "rappel": { "const": 1, "description": VERSION.in_lang(lang) },
            "flow": flow(lang),
            "vars": described(variables.clone(), VARS, lang),
            "args": described(variables.clone(), ARGS, lang),
            "results": described(variables, RESULTS, lang),
            "step": {
                "type": "object",
                "description": STEPS.in_lang(lang),
                "propertyNames": { "pattern": "^[\\p{L}\\p{N}_-]{1,60}$" },
                "additionalProperties": { "$ref": "#/definitions/step" },
            },
        },
        "required": ["rappel", "flow"],
        "additionalProperties": false,
        "definitions": definitions,
    })
}

/// `[flow]`.
fn flow(lang: Lang) -> Value {
    let mut properties = Map::new();
    for (name, help) in FLOW_KEYS {
        let kind = match name {
            "languages" => json!({
                "type": "array", "minItems": 1,
                "items": { "type": "string" },
            }),
            _ => json!({ "type": "string" }),
        };
        properties.insert(name.to_owned(), described(kind, help, lang));
    }
    json!({
        "type": "object",
        "properties": properties,
        "required": ["start"],
        "additionalProperties": false,
    })
}

/// Any step: what it may say depends on its verb.
fn any_step(verbs: &[&Verb], lang: Lang) -> Value {
    let names: Vec<&str> = verbs.iter().map(|verb| verb.name).collect();
    let helps: Vec<&str> = verbs.iter().map(|verb| verb.help.in_lang(lang)).collect();
    let by_verb: Vec<Value> = names
        .iter()
        .map(|name| {
            json!({
                "if": { "properties": { "do": { "const": name } }, "required": ["do"] },
                "then": definition(name),
            })
        })
        .collect();
    // Editors that do not follow `if` find the keys here; the empty schema keeps this from judging.
    let mut hints = vec![json!({})];
    hints.extend(names.iter().map(|name| definition(name)));
    json!({
        "type": "object",
        "required": ["do"],
        "properties": {
            "do": {
                "enum": names,
                "description": COMMON_KEYS[0].1.in_lang(lang),
                "x-taplo": { "docs": { "enumValues": helps } },
            },
        },
        "allOf": by_verb,
        "anyOf": hints,
    })
}

fn definition(name: &str) -> Value {
    json!({ "$ref": format!("#/definitions/{name}") })
}

/// A step of one verb.
fn step(verb: &Verb, lang: Lang) -> Value {
    let mut properties = Map::new();
    for (name, help) in COMMON_KEYS {
        let kind = match name {
            "press" if verb.press == Presence::None => continue,
            "press" => presses(verb),
            "on" => outcomes(verb, lang),
            "tags" => json!({ "type": "object", "additionalProperties": { "type": "string" } }),
            "max_visits" => json!({ "type": "integer", "minimum": 1, "maximum": 50 }),
            "do" => json!({ "const": verb.name }),
            _ => json!({ "type": "string" }),
        };
        let help = if name == "do" { verb.help } else { help };
        properties.insert(name.to_owned(), described(kind, help, lang));
    }
    for key in verb.keys {
        let mut schema = described(kind::schema(key.kind), key.help, lang);
        if let Kind::Duration(..) | Kind::Number(..) = key.kind {
            let range = kind::in_words(key.kind, lang);
            let help = key.help.in_lang(lang);
            schema["description"] = json!(format!("{help} ({range})"));
        }
        if let Some(default) = key.default {
            schema["default"] = match key.kind {
                Kind::Number(..) | Kind::YesNo => {
                    default.parse().unwrap_or_else(|_| json!(default))
                }
                _ => json!(default),
            };
        }
        properties.insert(key.name.to_owned(), schema);
    }
    let mut required = vec!["do"];
    required.extend(
        verb.keys
            .iter()
            .filter(|key| key.required)
            .map(|key| key.name),
    );
    if verb.next == Presence::Required {
        required.push("next");
    }
    if verb.press == Presence::Required {
        required.push("press");
    }
    if !required_outcomes(verb).is_empty() {
        required.push("on");
    }
    match verb.name {
        "tag" => required.push("tags"),
        "count" => required.push("count"),
        _ => {}
    }
    let mut schema = json!({
        "type": "object",
        "title": verb.name,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    });
    if verb.next == Presence::None {
        // A step that never goes on by itself goes on when it is skipped.
        schema["dependencies"] = json!({ "next": ["if"], "if": ["next"] });
    }
    schema
}

fn presses(verb: &Verb) -> Value {
    let least = u8::from(verb.press == Presence::Required);
    json!({
        "type": "object",
        "patternProperties": { KEY: { "type": "string" } },
        "additionalProperties": false,
        "minProperties": least,
    })
}

/// `on`: the outcomes of a verb. Those of a verb with shares are named by the operator.
fn outcomes(verb: &Verb, lang: Lang) -> Value {
    let own = verb
        .outcomes
        .iter()
        .map(|outcome| (outcome.name, outcome.help));
    let all = own.chain([("error", FAILED), ("too_often", TOO_OFTEN)]);
    let properties: Map<String, Value> = all
        .map(|(name, help)| {
            let step = described(json!({ "type": "string" }), help, lang);
            (name.to_owned(), step)
        })
        .collect();
    let named = verb.keys.iter().any(|key| key.kind == Kind::Shares);
    json!({
        "type": "object",
        "properties": properties,
        "required": required_outcomes(verb),
        "additionalProperties": if named { json!({ "type": "string" }) } else { json!(false) },
    })
}

/// The outcomes that a step itself must give: those of a callback may be declared for all of them.
fn required_outcomes(verb: &Verb) -> Vec<&'static str> {
    let required = verb.outcomes.iter();
    let required = required.filter(|outcome| outcome.otherwise == Otherwise::Required);
    if verb.name == "callback" {
        return Vec::new();
    }
    required.map(|outcome| outcome.name).collect()
}

fn described(mut schema: Value, help: Help, lang: Lang) -> Value {
    schema["description"] = json!(help.in_lang(lang));
    schema
}

const fn help(en: &'static str, fr: &'static str) -> Help {
    Help { en, fr }
}

const FLOW_FILE: Help = help("A flow of Rappel", "Un flux de Rappel");
const VERSION: Help = help("the version of the language", "la version du langage");
const STEPS: Help = help("the steps, by name", "les étapes, par leur nom");
const VARS: Help = help(
    "what the flow remembers during a call",
    "ce que le flux retient pendant un appel",
);
const ARGS: Help = help(
    "what a flow that is called by another one is given",
    "ce que reçoit un flux appelé par un autre",
);
const RESULTS: Help = help("what it gives back", "ce qu'il rend");
const FAILED: Help = help(
    "when the step itself fails",
    "quand l'étape elle-même échoue",
);
const TOO_OFTEN: Help = help(
    "when one call enters the step more than max_visits times",
    "quand un appel entre dans l'étape plus de max_visits fois",
);
/// Keys of `[flow]` (FLOWS §3).
const FLOW_KEYS: [(&str, Help); 6] = [
    (
        "title",
        help("a title for people", "un titre pour les personnes"),
    ),
    ("start", help("the first step", "la première étape")),
    (
        "languages",
        help(
            "the languages it speaks, the default first",
            "les langues parlées, celle par défaut d'abord",
        ),
    ),
    (
        "on_error",
        help(
            "where a call goes when a step fails and says nothing else",
            "où va l'appel quand une étape échoue sans rien dire d'autre",
        ),
    ),
    (
        "on_hangup",
        help(
            "a step that runs after the caller has gone",
            "une étape qui sert après le départ de l'appelant",
        ),
    ),
    (
        "note",
        help("free text for colleagues", "texte libre pour les collègues"),
    ),
];

#[cfg(test)]
mod tests;
