//! What the TOML library says about a file, in words for operators.

use crate::words;
use crate::words::Words;

/// What is wrong with a file that is not TOML: from the first line the library wrote about it, and
/// from the line of `text` that holds the byte `at`, where French keyboards and habits show.
pub fn toml_words(first: &str, text: &str, at: usize) -> Words {
    slip(text, at).unwrap_or_else(|| of_library(first))
}

/// What people write who know other files, or type in a word processor.
fn slip(text: &str, at: usize) -> Option<Words> {
    let before = text.get(..at)?.rsplit('\n').next()?;
    let after = text.get(at..)?.split('\n').next()?;
    let line = text.get(at - before.len()..at + after.len())?.trim();
    if line.starts_with('#') {
        return None;
    }
    if let Some(title) = line.strip_prefix('[') {
        let title = title.trim_start_matches('[').split([']', '#']).next()?;
        return accented(title);
    }
    let sign = line.find(['=', ':'])?;
    let (key, rest) = line.split_at(sign);
    let (sign, value) = rest.split_at(1);
    let value = value.trim_start();
    if value.starts_with(['«', '»', '“', '”', '„', '‘', '’']) {
        let inner = |c: char| "«»“”„‘’".contains(c) || c.is_whitespace();
        let value = value.split('#').next().unwrap_or_default();
        let value: String = value.trim_matches(inner).chars().take(SHOWN).collect();
        return Some(words!(
            "a text stands between straight quotes: write \"{value}\"",
            "un texte s'écrit entre guillemets droits : écrivez \"{value}\""
        ));
    }
    let plain = |c: char| c.is_alphanumeric() || " ._-\"".contains(c);
    if sign == ":" && !key.is_empty() && key.chars().all(plain) {
        let key = key.trim();
        return Some(words!(
            "a value stands behind \"=\", not \":\": write {key} = …",
            "une valeur s'écrit après « = », pas « : » : écrivez {key} = …"
        ));
    }
    accented(key)
}

/// A name with accents that stands without quotes, written as it should be.
fn accented(name: &str) -> Option<Words> {
    if name.is_ascii() || name.contains(['"', '\'']) {
        return None;
    }
    let parts = name
        .trim()
        .split('.')
        .take(SHOWN)
        .map(|part| match part.trim() {
            part if part.is_ascii() => part.to_owned(),
            part => format!("\"{part}\""),
        });
    let quoted = parts.collect::<Vec<_>>().join(".");
    Some(words!(
        "a name with accents stands between straight quotes: write {quoted}",
        "un nom accentué s'écrit entre guillemets droits : écrivez {quoted}"
    ))
}

/// Most characters of a text, and parts of a name, that are shown.
const SHOWN: usize = 40;

fn of_library(first: &str) -> Words {
    let has = |word: &str| first.contains(word);
    if has("recurs") {
        words!("this nests too deep", "ceci est imbriqué trop profond")
    } else if has("must be quoted") || has("missing opening quote") {
        words!(
            "a text stands between straight quotes: \"…\"",
            "un texte s'écrit entre guillemets droits : \"…\""
        )
    } else if has("string") && has("invalid") {
        words!(
            "this text has no closing quote, or holds what a text may not",
            "il manque le guillemet qui ferme ce texte, ou il contient ce qu'un texte n'admet pas"
        )
    } else if has("missing value") || has("key with no value") {
        words!(
            "a value is missing after \"=\"",
            "il manque une valeur après « = »"
        )
    } else if has("extra `=`") || has("unexpected `=`") || has("extra assignment") {
        words!("this \"=\" is one too many", "ce « = » est de trop")
    } else if has("missing assignment") {
        words!("a \"=\" is missing", "il manque un « = »")
    } else if has("missing comma") {
        words!("a comma is missing", "il manque une virgule")
    } else if has("extra comma") {
        words!("this comma is one too many", "cette virgule est de trop")
    } else if has("unclosed array table") || has("unclosed table") {
        words!(
            "the \"]\" of this title is missing",
            "il manque le « ] » de ce titre"
        )
    } else if has("unclosed array") {
        words!(
            "this list has no closing \"]\"",
            "il manque le « ] » qui ferme cette liste"
        )
    } else if has("inline table") {
        words!(
            "this has no closing \"}}\"",
            "il manque le « }} » qui ferme ceci"
        )
    } else if has("escape") {
        words!(
            "\"\\\" begins a special sign; write \"\\\\\" for the sign itself",
            "« \\ » annonce un signe spécial ; écrivez « \\\\ » pour le signe lui-même"
        )
    } else if has("number") || has("float") || has("date-time") || has("mantissa") || has("sign") {
        words!(
            "this is no number or date; a text stands between quotes",
            "ceci n'est ni un nombre ni une date ; un texte s'écrit entre guillemets"
        )
    } else if has("cannot extend") || has("cannot redefine") || has("cannot mix") {
        words!(
            "this was declared before in another way",
            "ceci est déjà déclaré d'une autre façon"
        )
    } else if has("unexpected") {
        words!("this does not belong here", "ceci n'a rien à faire ici")
    } else {
        words!(
            "this is not TOML: {first}",
            "ceci n'est pas du TOML : {first}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of a line at its byte `at`.
    fn said(line: &str, at: usize) -> String {
        toml_words("x", &format!("a = 1\n{line}\nb = 2\n"), 6 + at).fr
    }

    #[test]
    fn slips_of_french_keyboards_are_told_with_the_remedy() {
        let straight = "un texte s'écrit entre guillemets droits : écrivez \"play\"";
        assert_eq!(said("do = « play »", 5), straight);
        assert_eq!(said("do = “play” # le verbe", 5), straight);
        assert_eq!(
            said("[step.été]", 6),
            "un nom accentué s'écrit entre guillemets droits : écrivez step.\"été\""
        );
        assert_eq!(
            said("clé = 1", 2),
            "un nom accentué s'écrit entre guillemets droits : écrivez \"clé\""
        );
        assert_eq!(
            said("do: \"play\"", 2),
            "une valeur s'écrit après « = », pas « : » : écrivez do = …"
        );
    }

    #[test]
    fn other_lines_are_told_as_the_library_sees_them() {
        for line in [
            "",
            "# clé : «",
            "[step.\"été\"",
            "do = \"a:b",
            "url = http://x",
        ] {
            assert_eq!(said(line, 0), "ceci n'est pas du TOML : x", "{line}");
        }
        assert_eq!(toml_words("x", "é", 1).fr, "ceci n'est pas du TOML : x");
        assert_eq!(toml_words("x", "", 7).fr, "ceci n'est pas du TOML : x");
    }
}
