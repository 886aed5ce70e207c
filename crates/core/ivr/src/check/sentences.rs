//! Menus and the sentences that offer their keys; mailboxes that take no voice (W2, W3, R502).

use rappel_model::PromptKey;

use super::Around;
use crate::draft::{Draft, FlowDraft};
use crate::step::{Presence, Setting};
use crate::syntax::Reader;
use crate::words;

pub(super) fn check(reader: &mut Reader<'_>, draft: &FlowDraft, with: Around<'_>) {
    for step in &draft.steps {
        let Some(verb) = step.verb else {
            continue;
        };
        if verb.press == Presence::Required {
            choices(reader, draft, step, with);
        }
        if verb.outcomes.iter().any(|outcome| outcome.name == "off")
            && let Some((Setting::Name(name), span)) = step.reading.settings.get("mailbox")
            && let Some(mailbox) = with.around.mailboxes.get(name.as_str())
            && !mailbox.takes_voice
            && !step.reading.on.contains("off")
        {
            let message = words!(
                "the mailbox \"{name}\" takes no voice",
                "la messagerie « {name} » n'enregistre pas de voix"
            );
            reader.error_label(
                "R502",
                span.clone(),
                message,
                words!(
                    "add on.off: what is offered instead",
                    "ajoutez on.off : ce qui est proposé à la place"
                ),
            );
        }
    }
}

fn choices(reader: &mut Reader<'_>, draft: &FlowDraft, step: &Draft, with: Around<'_>) {
    if step.reading.press.len() > MAX_CHOICES {
        let count = step.reading.press.len();
        let message = words!(
            "{count} choices are too many to remember",
            "{count} choix sont trop pour qu'on les retienne"
        );
        let warning = draft.source.warning("W3", step.header.clone(), message);
        reader.keep(warning.label(words!(
            "offer {MAX_CHOICES} at most",
            "proposez-en {MAX_CHOICES} au plus"
        )));
    }
    let Some((Setting::Prompts(prompts), _)) = step.reading.settings.get("prompt") else {
        return;
    };
    for key in &step.reading.press {
        let unspoken = draft.languages.iter().find(|language| {
            let says = |prompt: &PromptKey| match with.prompts.prompt(prompt) {
                Some(prompt) => prompt
                    .sentence(language, &[])
                    .is_none_or(|(_, sentence)| speaks_of(sentence.text(), *key)),
                None => true,
            };
            !prompts.iter().any(|(prompt, _)| says(prompt))
        });
        let Some(language) = unspoken else { continue };
        let span = step
            .ways
            .get(&format!("press.{key}"))
            .map(|(_, span)| span.clone());
        let message = words!(
            "the key {key} is not spoken in the sentence ({language})",
            "la touche {key} n'est pas annoncée dans la phrase ({language})"
        );
        let span = span.unwrap_or_else(|| step.header.clone());
        reader.keep(draft.source.warning("W2", span, message));
    }
}

/// Whether a sentence names a key: as a digit, or as a word where a key is asked for: "un" of "laisser
/// un message" names none.
fn speaks_of(sentence: &str, key: char) -> bool {
    let words: &[&str] = match key {
        '*' => &["*", "étoile", "star", "asterisk"],
        '#' => &["#", "dièse", "hash", "pound"],
        '0' => &["0", "zéro", "zero"],
        '1' => &["1", "un", "une", "one"],
        '2' => &["2", "deux", "two"],
        '3' => &["3", "trois", "three"],
        '4' => &["4", "quatre", "four"],
        '5' => &["5", "cinq", "five"],
        '6' => &["6", "six"],
        '7' => &["7", "sept", "seven"],
        '8' => &["8", "huit", "eight"],
        _ => &["9", "neuf", "nine"],
    };
    let sentence = sentence.to_lowercase();
    let mut before = "";
    for word in sentence.split(|c: char| !(c.is_alphanumeric() || c == '*' || c == '#')) {
        let asked = !ARTICLES.contains(&word) || ASKING.contains(&before);
        if asked && words.contains(&word) {
            return true;
        }
        if !word.is_empty() {
            before = word;
        }
    }
    false
}

/// Names of the key 1 that are articles and pronouns, too.
const ARTICLES: [&str; 3] = ["un", "une", "one"];
/// Words before the name of a key.
const ASKING: [&str; 17] = [
    "tapez",
    "taper",
    "faites",
    "composez",
    "pressez",
    "appuyez",
    "choisissez",
    "sur",
    "le",
    "la",
    "touche",
    "numéro",
    "press",
    "dial",
    "key",
    "number",
    "choose",
];
/// What people remember of a menu.
const MAX_CHOICES: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_named_as_digits_or_words() {
        for (sentence, key, named) in [
            ("Pour les ventes, tapez 1.", '1', true),
            ("Pour les ventes, tapez un.", '1', true),
            ("Pour les ventes, la touche une.", '1', true),
            ("Pour laisser un message, tapez 2.", '1', false),
            ("Press one for sales.", '1', true),
            ("To reach one of us, press two.", '1', false),
            ("To reach one of us, press two.", '2', true),
            ("Terminez par dièse.", '#', true),
            ("Puis la touche *.", '*', true),
            ("Le 12 mars.", '1', false),
        ] {
            assert_eq!(speaks_of(sentence, key), named, "{sentence} {key}");
        }
    }
}
