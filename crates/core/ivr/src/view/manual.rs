//! The manual of the steps, from the table of verbs: `rappel help`.

use super::group::Group;
use super::kind::in_words;
use super::page::folded;
use crate::layout::layout;
use crate::step::{
    Answers, COMMON_KEYS, Key, LATER_VERBS, Otherwise, Outcome, Presence, Verb, verb,
};
use crate::words::{Help, Lang};

/// All steps by their groups, one line each, and the keys of every step.
pub fn steps(lang: Lang) -> String {
    let mut text = format!("{}\n", STEPS.in_lang(lang));
    for group in Group::ALL {
        text.push_str(&format!("\n  {}\n", group.title().in_lang(lang)));
        let known = group.verbs().iter().filter_map(|name| verb(name));
        let rows = known
            .filter(|verb| !verb.internal)
            .map(|verb| vec![verb.name.to_owned(), verb.help.in_lang(lang).to_owned()]);
        table(&rows.collect::<Vec<_>>(), "    ", &mut text);
        let later = group
            .verbs()
            .iter()
            .filter(|name| LATER_VERBS.contains(name));
        let later: Vec<&str> = later.copied().collect();
        if !later.is_empty() {
            let later = later.join(", ");
            text.push_str(&format!("    {}: {later}\n", LATER.in_lang(lang)));
        }
    }
    text.push_str(&format!("\n{}\n", COMMON.in_lang(lang)));
    let rows = COMMON_KEYS
        .iter()
        .map(|(name, help)| vec![(*name).to_owned(), help.in_lang(lang).to_owned()]);
    table(&rows.collect::<Vec<_>>(), "  ", &mut text);
    text
}

/// The page of one step.
pub fn step(verb: &Verb, lang: Lang) -> String {
    let mut text = format!("{}: {}\n", verb.name, verb.help.in_lang(lang));
    for remark in remarks(verb) {
        text.push_str(&format!("{}\n", remark.in_lang(lang)));
    }
    if !verb.keys.is_empty() {
        text.push_str(&format!("\n{}\n", KEYS.in_lang(lang)));
        let rows: Vec<_> = verb.keys.iter().map(|key| key_row(key, lang)).collect();
        table(&rows, "  ", &mut text);
    }
    let ways = ways(verb, lang);
    text.push_str(&format!("\n{}\n", WAYS.in_lang(lang)));
    table(&ways, "  ", &mut text);
    text.push_str(&format!("\n{}\n", EXAMPLE.in_lang(lang)));
    let name = NAME.in_lang(lang);
    let example = format!("[step.{name}]\n{}\n", verb.example);
    let example = layout("example", &example).unwrap_or(example);
    for line in example.lines() {
        text.push_str(&format!("  {line}\n"));
    }
    text
}

/// What is to be known of a step besides its keys.
fn remarks(verb: &Verb) -> Vec<Help> {
    let mut remarks = Vec::new();
    if !verb.served {
        remarks.push(NOT_SERVED);
    }
    if let Some(instead) = verb.instead() {
        remarks.extend(verb.served.then_some(NOT_WHOLE));
        remarks.push(instead);
    }
    remarks.push(match verb.answers {
        Answers::No => BEFORE_ANSWER,
        Answers::First => ANSWERS,
        Answers::UnlessEarly => ANSWERS_UNLESS_EARLY,
        Answers::WhenSpeaking => ANSWERS_TO_SPEAK,
        Answers::WhenReached => ANSWERS_REACHED,
    });
    if verb.after_hangup {
        remarks.push(AFTER_HANGUP);
    }
    remarks
}

/// Name, what it takes, what holds without it, what it means.
fn key_row(key: &Key, lang: Lang) -> Vec<String> {
    let default = match (key.required, key.default) {
        (true, _) => REQUIRED.in_lang(lang).to_owned(),
        (false, Some(default)) => default.to_owned(),
        (false, None) => "–".to_owned(),
    };
    vec![
        key.name.to_owned(),
        in_words(key.kind, lang),
        default,
        key.help.in_lang(lang).to_owned(),
    ]
}

fn ways(verb: &Verb, lang: Lang) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut row = |way: &str, otherwise: &str, help: &str| {
        rows.push(vec![way.to_owned(), otherwise.to_owned(), help.to_owned()]);
    };
    let presence = |presence: Presence| match presence {
        Presence::Required => Some(REQUIRED.in_lang(lang)),
        Presence::Optional => Some("–"),
        Presence::None => None,
    };
    if let Some(otherwise) = presence(verb.next) {
        row("next", otherwise, NEXT.in_lang(lang));
    }
    if let Some(otherwise) = presence(verb.press) {
        row("press.K", otherwise, PRESS.in_lang(lang));
    }
    for outcome in verb.outcomes {
        let way = format!("on.{}", outcome.name);
        row(&way, &otherwise(outcome, lang), outcome.help.in_lang(lang));
    }
    row("on.error", "[flow] on_error", FAILED.in_lang(lang));
    row("on.too_often", "[flow] on_error", TOO_OFTEN.in_lang(lang));
    rows
}

/// Where the call goes when an outcome is not given.
fn otherwise(outcome: &Outcome, lang: Lang) -> String {
    match outcome.otherwise {
        Otherwise::Required => REQUIRED.in_lang(lang).to_owned(),
        Otherwise::As(way) => format!("= {way}"),
        Otherwise::Error => "= on.error".to_owned(),
        Otherwise::End => END.in_lang(lang).to_owned(),
        Otherwise::Never => "–".to_owned(),
    }
}

/// Rows in columns; the last one runs on below itself.
fn table(rows: &[Vec<String>], indent: &str, text: &mut String) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns.saturating_sub(1))
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            let lengths = cells.map(|cell| cell.chars().count());
            lengths
                .filter(|length| *length <= WIDE_CELL)
                .max()
                .unwrap_or(0)
        })
        .collect();
    let before = widths.iter().map(|width| width + 2).sum::<usize>() + indent.len();
    let room = PAGE.saturating_sub(before).max(LEAST_ROOM);
    for row in rows {
        let mut line = indent.to_owned();
        for (cell, width) in row.iter().zip(&widths) {
            let gap = (width + 2).saturating_sub(cell.chars().count()).max(2);
            line.push_str(cell);
            line.push_str(&" ".repeat(gap));
        }
        let begun = line.chars().count();
        let last = row.last().map_or("", String::as_str);
        // A cell too wide for its column moves the words of its row only.
        let room = if begun > before {
            room.saturating_sub(begun - before)
        } else {
            room
        };
        let mut lines = folded(last, room.max(LEAST_ROOM)).into_iter();
        text.push_str(&line);
        text.push_str(&lines.next().unwrap_or_default());
        text.push('\n');
        for more in lines {
            text.push_str(&format!("{}{more}\n", " ".repeat(begun)));
        }
    }
}

const fn help(en: &'static str, fr: &'static str) -> Help {
    Help { en, fr }
}

const STEPS: Help = help(
    "Steps, by what they do",
    "Les étapes, selon ce qu'elles font",
);
const LATER: Help = help("later", "plus tard");
const COMMON: Help = help("Keys of every step", "Réglages de toutes les étapes");
const KEYS: Help = help("Keys", "Réglages");
const WAYS: Help = help("Ways out", "Sorties");
const EXAMPLE: Help = help("Example", "Exemple");
const NAME: Help = help("name", "nom");
const REQUIRED: Help = help("required", "obligatoire");
const END: Help = help("ends the call", "fin de l'appel");
const NEXT: Help = help("when the work is done", "quand le travail est fait");
const PRESS: Help = help("when the caller presses K", "quand l'appelant appuie sur K");
const FAILED: Help = help(
    "when the step itself fails",
    "quand l'étape elle-même échoue",
);
const TOO_OFTEN: Help = help(
    "when one call enters it more than max_visits times",
    "quand un appel y entre plus de max_visits fois",
);
const NOT_SERVED: Help = help(
    "Checked and simulated; this release does not carry it out yet.",
    "Vérifiée et simulée ; cette version ne l'exécute pas encore.",
);
const NOT_WHOLE: Help = help(
    "This release does not do all of it yet.",
    "Cette version n'en fait pas encore tout.",
);
const BEFORE_ANSWER: Help = help("A: does not answer the call.", "A : ne décroche pas.");
const ANSWERS: Help = help("Answers the call first.", "Décroche d'abord.");
const ANSWERS_UNLESS_EARLY: Help = help(
    "Answers the call first, unless early = true.",
    "Décroche d'abord, sauf avec early = true.",
);
const ANSWERS_TO_SPEAK: Help = help(
    "Answers the call first when it has something to say.",
    "Décroche d'abord quand elle a quelque chose à dire.",
);
const ANSWERS_REACHED: Help = help(
    "The call is answered when somebody picks up.",
    "L'appel est décroché quand quelqu'un répond.",
);
const AFTER_HANGUP: Help = help(
    "H: may run after the caller has hung up.",
    "H : peut servir après le raccrochage.",
);
/// Width of a page, in characters.
const PAGE: usize = 100;
/// Least width of the last column.
const LEAST_ROOM: usize = 30;
/// Wider cells do not widen their column.
const WIDE_CELL: usize = 34;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::VERBS;

    #[test]
    fn the_page_of_a_step_tells_its_table() {
        let page = step(verb("menu").unwrap(), Lang::Fr);
        assert!(
            page.starts_with("menu: Dit une phrase et attend une touche.\n"),
            "{page}"
        );
        for part in [
            "obligatoire",
            "1s à 30s",
            "5s",
            "= on.give_up",
            "[step.nom]\n  do         = \"menu\"",
        ] {
            assert!(page.contains(part), "{part} is missing in\n{page}");
        }
    }

    #[test]
    fn every_step_has_a_page_of_its_own_and_a_line_in_the_list() {
        for lang in [Lang::En, Lang::Fr] {
            let all = steps(lang);
            for verb in VERBS.iter().filter(|verb| !verb.internal) {
                assert!(
                    all.contains(&format!("    {} ", verb.name)),
                    "{}",
                    verb.name
                );
                let page = step(verb, lang);
                let wide = page.lines().find(|line| line.chars().count() > PAGE + 40);
                assert_eq!(wide, None, "{}", verb.name);
                for key in verb.keys {
                    assert!(page.contains(key.name), "{}: {}", verb.name, key.name);
                }
            }
        }
    }
}
