//! French: gender follows the noun, *et* joins one and eleven, midday and midnight have names.

use jiff::civil::Time;

use super::Rules;

/// Numbers and times in French.
pub(super) const RULES: Rules = Rules {
    words,
    has_feminine,
    time,
    pieces: &[
        ("digit/star", "étoile"),
        ("digit/hash", "dièse"),
        ("digit/plus", "plus"),
        ("time/hour", "heure"),
        ("time/hours", "heures"),
        ("time/midday", "midi"),
        ("time/midnight", "minuit"),
    ],
};

/// The same in Belgium and Switzerland, where seventy and ninety have words of their own.
pub(super) const NONANTE: Rules = Rules {
    words: words_nonante,
    has_feminine: |value| value % 10 == 1 && value != 11,
    ..RULES
};

fn words(value: u32, feminine: bool) -> String {
    let one = if feminine { "une" } else { "un" };
    let (ten, unit) = (value / 10, value % 10);
    match value {
        1 => one.to_owned(),
        0..=16 => SMALL[value as usize].to_owned(),
        17..=19 => format!("dix-{}", SMALL[unit as usize]),
        71 => "soixante et onze".to_owned(),
        70..=79 => format!("soixante-{}", words(value - 60, feminine)),
        80 => "quatre-vingts".to_owned(),
        81..=99 => format!("quatre-vingt-{}", words(value - 80, feminine)),
        _ => tens(TENS[ten as usize], unit, one),
    }
}

fn words_nonante(value: u32, feminine: bool) -> String {
    let one = if feminine { "une" } else { "un" };
    match value {
        70..=79 => tens("septante", value % 10, one),
        90..=99 => tens("nonante", value % 10, one),
        _ => words(value, feminine),
    }
}

/// A ten and its unit, with the *et* before one.
fn tens(ten: &str, unit: u32, one: &str) -> String {
    match unit {
        0 => ten.to_owned(),
        1 => format!("{ten} et {one}"),
        _ => format!("{ten}-{}", SMALL[unit as usize]),
    }
}

fn has_feminine(value: u32) -> bool {
    matches!(value, 1 | 21 | 31 | 41 | 51 | 61 | 81)
}

/// Hours and minutes are feminine: *vingt et une heures vingt et une*.
fn time(time: Time) -> Vec<String> {
    let (hour, minute) = (time.hour().unsigned_abs(), time.minute().unsigned_abs());
    let feminine = |value: u8| {
        let f = if has_feminine(u32::from(value)) {
            "f"
        } else {
            ""
        };
        format!("number/{value}{f}")
    };
    let mut pieces = match hour {
        0 => vec!["time/midnight".to_owned()],
        12 => vec!["time/midday".to_owned()],
        1 => vec![feminine(1), "time/hour".to_owned()],
        _ => vec![feminine(hour), "time/hours".to_owned()],
    };
    if minute > 0 {
        pieces.push(feminine(minute));
    }
    pieces
}

const SMALL: [&str; 17] = [
    "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze",
    "douze", "treize", "quatorze", "quinze", "seize",
];
const TENS: [&str; 7] = [
    "",
    "",
    "vingt",
    "trente",
    "quarante",
    "cinquante",
    "soixante",
];
