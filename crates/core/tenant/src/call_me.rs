//! `[call_me.NAME]`: a button on a web page that asks for a call (FLOWS §7.6).

use std::collections::BTreeMap;
use std::time::Duration;

use rappel_ivr::words;
use rappel_model::callback::CallMe;
use rappel_model::queue::Queue;
use rappel_model::rate::Period;
use rappel_model::{CallMeName, Language, QueueName, Rate};

use crate::codes;
use crate::fields::Fields;
use crate::names::{Declared, Kind, Names};
use crate::problems::Problems;
use crate::settings::read_language;

/// Reads every button.
pub(crate) fn read(
    names: &Names<'_>,
    queues: &BTreeMap<QueueName, Queue>,
    languages: &[Language],
    problems: &mut Problems,
) -> Vec<CallMe> {
    let mut buttons = Vec::new();
    for declared in names.of(Kind::CallMe) {
        let message = words!(
            "buttons of web pages are read and checked; they do not call yet",
            "les boutons de pages web sont lus et vérifiés ; ils n'appellent pas encore"
        );
        problems.not_served("call_me", declared.header(), message);
        buttons.extend(read_one(declared, names, queues, languages, problems));
    }
    buttons
}

fn read_one(
    declared: &Declared<'_>,
    names: &Names<'_>,
    queues: &BTreeMap<QueueName, Queue>,
    languages: &[Language],
    problems: &mut Problems,
) -> Option<CallMe> {
    let mut fields = declared.fields();
    fields.require("queue", problems);
    let queue = names.refer(&mut fields, "queue", Kind::Queue, problems);
    if let Some(name) = queue
        && queues
            .get(name)
            .is_some_and(|queue| queue.voice().is_none())
    {
        let message = words!(
            "the queue \"{name}\" is for written dialogues",
            "la file « {name} » est celle des dialogues écrits"
        );
        let place = fields.span_of("queue");
        problems.push(fields.error(codes::BAD_VALUE, place, message));
    }
    let origins = read_origins(&mut fields, problems);
    let within = fields.duration_within("ring_within", 1..=60, problems);
    let per_number = fields.rate("per_number", problems);
    let per_address = fields.rate("per_address", problems);
    let spoken = read_languages(&mut fields, languages, problems);
    fields.finish(problems);
    Some(CallMe {
        name: CallMeName::from(declared.name),
        queue: QueueName::from(queue?),
        origins,
        ring_within: within.unwrap_or(Duration::from_secs(5)),
        per_number: per_number.unwrap_or(PER_NUMBER),
        per_address: per_address.unwrap_or(PER_ADDRESS),
        languages: spoken,
    })
}

/// The web sites a button may stand on; without one, any page of the world could make phones ring.
fn read_origins(fields: &mut Fields<'_>, problems: &mut Problems) -> Vec<String> {
    fields.require("origins", problems);
    let mut origins = Vec::new();
    for text in fields.texts("origins", problems).unwrap_or_default() {
        let written = text.value;
        if is_origin(written) {
            origins.push(written.to_ascii_lowercase());
            continue;
        }
        let message = words!(
            "\"{written}\" is not a web site",
            "« {written} » n'est pas un site web"
        );
        let problem = fields.error(codes::BAD_VALUE, text.span, message);
        problems.push(problem.label(words!(
            "write https://www.exemple.fr, without a path",
            "écrivez https://www.exemple.fr, sans chemin"
        )));
    }
    if origins.is_empty() && fields.has("origins") {
        let place = fields.span_of("origins");
        let message = words!(
            "this button may stand on no web site",
            "ce bouton n'a le droit d'être sur aucun site"
        );
        problems.push(fields.error(codes::BAD_VALUE, place, message));
    }
    origins
}

/// Whether `text` is an origin of the web (RFC 6454 §6.2) reached safely: `https`, a host, a port.
fn is_origin(text: &str) -> bool {
    let is_host = |c: char| c.is_ascii_alphanumeric() || ".-:".contains(c);
    let host = text.strip_prefix("https://");
    host.is_some_and(|host| !host.is_empty() && host.len() <= 253 && host.chars().all(is_host))
}

fn read_languages(
    fields: &mut Fields<'_>,
    languages: &[Language],
    problems: &mut Problems,
) -> Vec<Language> {
    let Some(texts) = fields.texts("languages", problems) else {
        return languages.to_vec();
    };
    let mut spoken = Vec::new();
    for text in texts {
        let Some(language) = read_language(fields, &text, problems) else {
            continue;
        };
        if languages.contains(&language) {
            spoken.push(language);
            continue;
        }
        let message = words!(
            "the tenant does not speak \"{language}\"",
            "l'entreprise ne parle pas « {language} »"
        );
        problems.push(fields.error(codes::BAD_VALUE, text.span, message));
    }
    spoken
}

/// How often one number may be asked for where the file does not say.
const PER_NUMBER: Rate = Rate {
    count: 3,
    per: Period::Day,
};

/// How often one address may ask where the file does not say.
const PER_ADDRESS: Rate = Rate {
    count: 10,
    per: Period::Hour,
};
