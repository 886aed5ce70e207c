//! The chapters of all steps and of all messages, made of what `rappel help` says: they cannot disagree
//! with the command.

use super::reader::Reader;

/// The files of these chapters.
pub(super) const STEPS: &str = "13-reference-steps.md";
pub(super) const MESSAGES: &str = "14-reference-messages.md";

/// What stands before the messages, by language: the title first.
const MESSAGE_OPENINGS: [(&str, &str); 2] = [
    (
        "en",
        "# 14. Reference: every message\n\nEach message of `rappel check` has a code; `rappel help R104` explains one. Errors (R) refuse the files: what was running\ngoes on. Warnings (W) do not. R0 are files, R1 names, R2 values and their types, R3 paths, R4 sentences, R5 people and\nqueues, R6 rules about calling out, R7 limits, R8 tests.\n",
    ),
    (
        "fr",
        "# 14. Référence : tous les messages\n\nChaque message de `rappel check` a un code ; `rappel help R104` en explique un. Les erreurs (R) font refuser les fichiers : ce\nqui servait continue. Les avertissements (W), non. R0 : les fichiers ; R1 : les noms ; R2 : les valeurs et leurs types ; R3 :\nles chemins ; R4 : les phrases ; R5 : les gens et les files ; R6 : les règles d'appel ; R7 : les limites ; R8 : les tests.\n",
    ),
];

/// The chapter of all messages, as the command of today makes it.
pub(super) fn messages(language: &str, reader: &Reader) -> String {
    let mut text = opening(&MESSAGE_OPENINGS, language).to_owned();
    for line in reader.run("rappel help codes") {
        match line.split_once(": ") {
            Some((code, meaning)) if !line.starts_with(' ') => {
                text.push_str(&format!("\n**{code}** {meaning}\n"));
            }
            Some((_, remedy)) => text.push_str(&format!("→ {remedy}\n")),
            None => {}
        }
    }
    text
}

fn opening(openings: &[(&str, &'static str)], language: &str) -> &'static str {
    let found = openings.iter().find(|(of, _)| *of == language);
    found.expect("a language of the manual").1
}

/// What stands before the steps, by language: the title first.
const STEP_OPENINGS: [(&str, &str); 2] = [
    (
        "en",
        "# 13. Reference: every step\n\nThese are the pages of `rappel help STEP`, one per verb: what it takes, what holds when that is left out, and the ways\nout. A way that is *required* must be written; `= on.closed` means that it goes where that one goes.\n",
    ),
    (
        "fr",
        "# 13. Référence : toutes les étapes\n\nVoici les pages de `rappel help ÉTAPE`, une par verbe : ce qu'il prend, ce qui vaut quand on ne l'écrit pas, et les\nsorties. Une sortie *obligatoire* doit être écrite ; `= on.closed` signifie qu'elle va où va celle-là.\n",
    ),
];

/// The chapter of all steps, as the command of today makes it.
pub(super) fn steps(language: &str, reader: &Reader) -> String {
    let mut text = opening(&STEP_OPENINGS, language).to_owned();
    let overview = reader.run("rappel help");
    for (group, steps) in groups(&overview) {
        text.push_str(&format!("\n## {}\n", capital(&group)));
        for step in steps {
            let page = reader.run(&format!("rappel help {step}"));
            // A word that is a command, too, has both pages; the step's is the last.
            let start = page.iter().rposition(|line| line.starts_with("───"));
            let page = &page[start.map_or(0, |line| line + 2)..];
            let page: String = page.iter().map(|line| format!("{line}\n")).collect();
            text.push_str(&format!("\n### {step}\n\n```text\n{page}```\n"));
        }
    }
    text
}

/// The groups of the overview with their steps: a title stands two spaces in, a step four, and what
/// comes later has a colon behind it.
fn groups(overview: &[String]) -> Vec<(String, Vec<String>)> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    let is_title = |line: &str| {
        ["Steps, by", "Les étapes, selon"]
            .iter()
            .any(|title| line.starts_with(title))
    };
    let start = overview.iter().rposition(|line| is_title(line));
    for line in &overview[start.expect("help lists the steps")..] {
        let indent = line.len() - line.trim_start().len();
        match (indent, line.trim()) {
            (0, "") => {}
            (0, _) if !groups.is_empty() => break,
            (2, title) => groups.push((title.to_owned(), Vec::new())),
            (4, entry) => {
                let word = entry.split("  ").next().unwrap_or_default();
                let is_step = word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
                if let (true, Some((_, steps))) = (is_step, groups.last_mut()) {
                    steps.push(word.to_owned());
                }
            }
            _ => {}
        }
    }
    groups
}

fn capital(title: &str) -> String {
    let mut letters = title.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}
