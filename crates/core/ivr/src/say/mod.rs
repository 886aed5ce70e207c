//! Spoken values as keys of recorded pieces: numbers 0–99, digits one by one, times of day. One file
//! per language holds the words; the pieces are recorded in the shared catalogue.

mod en;
mod fr;

use jiff::civil::Time;
use rappel_model::Language;

/// Whose rules speak `language`: the primary subtag, English for what has no rules of its own.
fn rules(language: &Language) -> &'static Rules {
    match language.as_str() {
        "fr-BE" | "fr-CH" => &fr::NONANTE,
        other if other.split('-').next() == Some("fr") => &fr::RULES,
        _ => &en::RULES,
    }
}

/// What one language must know.
struct Rules {
    /// The words of a number 0–99, feminine when asked (French *une*).
    words: fn(u32, bool) -> String,
    /// Whether the feminine of this number differs.
    has_feminine: fn(u32) -> bool,
    /// A time of day as pieces.
    time: fn(Time) -> Vec<String>,
    /// Pieces that are neither numbers nor digits: key and words.
    pieces: &'static [(&'static str, &'static str)],
}

/// The number as one piece, when it is one that is recorded: 0–99.
pub fn number(language: &Language, value: i64, feminine: bool) -> Option<String> {
    let value = u32::try_from(value).ok().filter(|v| *v <= MAX_NUMBER)?;
    let f = feminine && (rules(language).has_feminine)(value);
    Some(format!("number/{value}{}", if f { "f" } else { "" }))
}

/// Digits one by one; `*`, `#` and `+` have names, everything else is skipped.
pub fn digits(text: &str) -> Vec<String> {
    let piece = |c: char| match c {
        '0'..='9' => Some(format!("number/{c}")),
        '*' => Some("digit/star".to_owned()),
        '#' => Some("digit/hash".to_owned()),
        '+' => Some("digit/plus".to_owned()),
        _ => None,
    };
    text.chars().filter_map(piece).collect()
}

/// A time of day: "quatorze heures trente", "two thirty p.m.".
pub fn time(language: &Language, time: Time) -> Vec<String> {
    (rules(language).time)(time)
}

/// Every piece that must be recorded in `language`: its key and its words.
pub fn pieces(language: &Language) -> Vec<(String, String)> {
    let rules = rules(language);
    let mut all = Vec::with_capacity(128);
    for value in 0..=MAX_NUMBER {
        all.push((format!("number/{value}"), (rules.words)(value, false)));
        if (rules.has_feminine)(value) {
            all.push((format!("number/{value}f"), (rules.words)(value, true)));
        }
    }
    all.extend(rules.pieces.iter().map(|(k, w)| ((*k).into(), (*w).into())));
    all
}

/// The words of one piece, for a reader instead of a listener; `None` for what is no piece.
pub fn words(language: &Language, key: &str) -> Option<String> {
    let rules = rules(language);
    if let Some(number) = key.strip_prefix("number/") {
        let feminine = number.ends_with('f');
        let value: u32 = number.trim_end_matches('f').parse().ok()?;
        return (value <= MAX_NUMBER).then(|| (rules.words)(value, feminine));
    }
    let found = rules.pieces.iter().find(|(k, _)| *k == key);
    found.map(|(_, words)| (*words).to_owned())
}

/// The largest number that is recorded.
pub const MAX_NUMBER: u32 = 99;

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken(language: &str, keys: &[String]) -> String {
        let language = Language::from(language);
        let words: Vec<String> = keys.iter().map(|k| words(&language, k).unwrap()).collect();
        words.join(" ")
    }

    #[test]
    fn french_numbers_join_as_french_does() {
        for (value, male, female) in [
            (0, "zéro", "zéro"),
            (1, "un", "une"),
            (16, "seize", "seize"),
            (21, "vingt et un", "vingt et une"),
            (60, "soixante", "soixante"),
            (61, "soixante et un", "soixante et une"),
            (71, "soixante et onze", "soixante et onze"),
            (79, "soixante-dix-neuf", "soixante-dix-neuf"),
            (80, "quatre-vingts", "quatre-vingts"),
            (81, "quatre-vingt-un", "quatre-vingt-une"),
            (91, "quatre-vingt-onze", "quatre-vingt-onze"),
            (99, "quatre-vingt-dix-neuf", "quatre-vingt-dix-neuf"),
        ] {
            let fr = Language::from("fr");
            assert_eq!(spoken("fr", &[number(&fr, value, false).unwrap()]), male);
            assert_eq!(spoken("fr", &[number(&fr, value, true).unwrap()]), female);
        }
        assert_eq!(number(&Language::from("fr"), 100, false), None);
        assert_eq!(number(&Language::from("fr"), -1, false), None);
    }

    #[test]
    fn swiss_and_belgian_say_septante_and_nonante() {
        let (belgian, swiss) = ("fr-BE", "fr-CH");
        assert_eq!(spoken(belgian, &["number/91f".into()]), "nonante et une");
        assert_eq!(spoken(swiss, &["number/71".into()]), "septante et un");
        assert_eq!(spoken(swiss, &["number/80".into()]), "quatre-vingts");
    }

    #[test]
    fn times_are_said_as_people_say_them() {
        for (hour, minute, fr, en) in [
            (14, 30, "quatorze heures trente", "two thirty p.m."),
            (12, 0, "midi", "twelve p.m."),
            (12, 30, "midi trente", "twelve thirty p.m."),
            (0, 5, "minuit cinq", "twelve oh five a.m."),
            (1, 1, "une heure une", "one oh one a.m."),
            (
                21,
                21,
                "vingt et une heures vingt et une",
                "nine twenty-one p.m.",
            ),
        ] {
            let at = Time::constant(hour, minute, 0, 0);
            assert_eq!(spoken("fr", &time(&Language::from("fr"), at)), fr);
            assert_eq!(spoken("en", &time(&Language::from("en"), at)), en);
        }
    }

    #[test]
    fn digits_are_said_one_by_one() {
        assert_eq!(spoken("en", &digits("+42*")), "plus four two star");
    }

    #[test]
    fn every_piece_has_words() {
        for language in ["fr", "en"] {
            let language = Language::from(language);
            for (key, expected) in pieces(&language) {
                assert_eq!(words(&language, &key), Some(expected));
            }
        }
        assert_eq!(words(&Language::from("fr"), "number/1000000000000"), None);
    }
}
