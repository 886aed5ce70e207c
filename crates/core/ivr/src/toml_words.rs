//! What the TOML library says about a file, in words for operators.

use crate::words;
use crate::words::Words;

/// What is wrong with a file that is not TOML, from the first line the library wrote about it.
pub fn toml_words(first: &str) -> Words {
    let has = |word: &str| first.contains(word);
    if has("recurs") {
        words!("this nests too deep", "ceci est imbriqué trop profond")
    } else if has("must be quoted") || has("missing opening quote") {
        words!(
            "a text stands between quotes",
            "un texte s'écrit entre guillemets"
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
