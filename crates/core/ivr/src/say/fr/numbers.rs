//! French numbers: how they are put together, and the words of the pieces.

use rappel_model::Currency;

use super::{French, named};
use crate::say::format::Gender;
use crate::say::piece::Pieces;
use crate::say::vocabulary::{Family, Region};

/// What stands at the end of a number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Nothing that changes it: *quatre-vingts*, *deux cents*, *vingt et une*.
    Number(Gender),
    /// *Mille* or an ordinal ending, before which nothing agrees: *quatre-vingt*, *deux cent*.
    Joined,
    /// "euros", recorded with the number because of the liaison.
    Euros,
}

impl French {
    /// A number and what ends it. Before *mille* nothing agrees; *million* is a noun of its own.
    pub(super) fn number(&self, said: &mut Pieces, number: u32, end: End) {
        let (millions, thousands, rest) = split(number);
        self.higher(said, millions, thousands);
        if rest > 0 || number == 0 {
            self.hundreds(said, rest, end);
        }
    }

    /// A place in a row: only the last word is an ordinal.
    pub(super) fn place(&self, said: &mut Pieces, number: u32, gender: Gender) {
        let (millions, thousands, rest) = split(number);
        match (millions, thousands, rest) {
            (0, 0, 1) if gender == Gender::Feminine => said.clip("ordinal/1f"),
            (0, 0, _) => self.place_below_1000(said, rest),
            (_, _, 1..) => {
                self.higher(said, millions, thousands);
                if rest == 1 {
                    said.clip("ordinal/one");
                } else {
                    self.place_below_1000(said, rest);
                }
            }
            (_, 1.., 0) => {
                self.higher(said, millions, 0);
                if thousands > 1 {
                    self.hundreds(said, thousands, End::Joined);
                }
                said.clip("ordinal/thousand");
            }
            (_, 0, 0) => {
                if millions > 1 {
                    self.hundreds(said, millions, End::Joined);
                }
                said.clip("ordinal/million");
            }
        }
    }

    /// An amount of a currency: "un million d'euros", "deux cent mille euros".
    pub(super) fn units(&self, said: &mut Pieces, number: u32, currency: Currency) {
        let noun = named::noun(currency);
        let (millions, thousands, rest) = split(number);
        // "Mille un euros": what is recorded for one alone is singular.
        let recorded = rest % 100 != 1 || number == 1;
        if currency == Currency::Euro && rest > 0 && recorded {
            return self.number(said, number, End::Euros);
        }
        self.number(said, number, End::Number(noun.gender));
        said.clip(match number {
            0 | 1 => noun.one,
            _ if millions > 0 && thousands == 0 && rest == 0 => noun.of_many,
            _ => noun.many,
        });
    }

    fn higher(&self, said: &mut Pieces, millions: u32, thousands: u32) {
        if millions > 0 {
            self.hundreds(said, millions, End::Number(Gender::Masculine));
            said.clip(if millions == 1 {
                "number/million"
            } else {
                "number/millions"
            });
        }
        if thousands > 1 {
            self.hundreds(said, thousands, End::Joined);
        }
        if thousands > 0 {
            said.clip("number/thousand");
        }
    }

    /// 0–999.
    fn hundreds(&self, said: &mut Pieces, number: u32, end: End) {
        let (hundreds, rest) = (number / 100 * 100, number % 100);
        match (hundreds, rest) {
            (0, _) => {}
            (_, 0) if end == End::Euros => return said.numbered("euros", hundreds),
            (100, _) => said.numbered("number", 100),
            (_, 0) if end != End::Joined => said.numbered("number", hundreds),
            _ => said.numbered("joined", hundreds),
        }
        if rest > 0 || number == 0 {
            self.below_100(said, rest, end);
        }
    }

    fn below_100(&self, said: &mut Pieces, number: u32, end: End) {
        let huitante = self.huitante && (80..90).contains(&number);
        match end {
            End::Euros if huitante => said.numbered("huitante-euros", number),
            End::Euros => said.numbered("euros", number),
            End::Joined if number == 80 && !huitante => said.numbered("joined", number),
            End::Joined | End::Number(_) => {
                let family = if huitante { "huitante" } else { "number" };
                let f = end == End::Number(Gender::Feminine) && has_feminine(self.region, number);
                said.clip(format!("{family}/{number}{}", if f { "f" } else { "" }));
            }
        }
    }

    fn place_below_1000(&self, said: &mut Pieces, number: u32) {
        let (hundreds, rest) = (number / 100 * 100, number % 100);
        match (hundreds, rest) {
            (0, _) => {}
            (_, 0) => return said.numbered("ordinal", hundreds),
            (100, _) => said.numbered("number", 100),
            _ => said.numbered("joined", hundreds),
        }
        match rest {
            1 if hundreds > 0 => said.clip("ordinal/one"),
            80..90 if self.huitante => said.numbered("huitante-ordinal", rest),
            _ => said.numbered("ordinal", rest),
        }
    }
}

fn split(number: u32) -> (u32, u32, u32) {
    (number / 1_000_000, number / 1_000 % 1_000, number % 1_000)
}

/// Whether the feminine of a number below 100 differs: of those that end in *un*.
fn has_feminine(region: Region, number: u32) -> bool {
    let eleven = number == 11 || (!nonante(region) && matches!(number, 71 | 91));
    number % 10 == 1 && !eleven
}

fn nonante(region: Region) -> bool {
    matches!(region, Region::Belgium | Region::Switzerland)
}

/// The words of 0–99; with `huitante`, of Swiss eighties.
fn words(region: Region, number: u32, gender: Gender, huitante: bool) -> String {
    let one = match gender {
        Gender::Masculine => "un",
        Gender::Feminine => "une",
    };
    match number {
        1 => one.to_owned(),
        0..=16 => SMALL[number as usize].to_owned(),
        17..=19 => format!("dix-{}", SMALL[number as usize - 10]),
        70..=79 if nonante(region) => tens("septante", number % 10, one),
        80..=89 if huitante => tens("huitante", number % 10, one),
        90..=99 if nonante(region) => tens("nonante", number % 10, one),
        71 => "soixante et onze".to_owned(),
        70..=79 => format!("soixante-{}", words(region, number - 60, gender, false)),
        80 => "quatre-vingts".to_owned(),
        81..=99 => format!("quatre-vingt-{}", words(region, number - 80, gender, false)),
        _ => tens(TENS[number as usize / 10], number % 10, one),
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

/// *Cent*, *deux cents* …, with or without the *s*; `None` for what is no whole hundred.
fn hundreds(number: u32, ending: &str) -> Option<String> {
    match (number / 100, number % 100) {
        (1, 0) => Some("cent".to_owned()),
        (2..=9, 0) => Some(format!("{} cent{ending}", SMALL[number as usize / 100])),
        _ => None,
    }
}

fn ordinal(region: Region, number: u32, huitante: bool) -> String {
    match number {
        1 => return "premier".to_owned(),
        80 if !huitante => return "quatre-vingtième".to_owned(),
        _ => {}
    }
    let words = words(region, number, Gender::Masculine, huitante);
    let stem = match words.strip_suffix('e') {
        Some(stem) => stem.to_owned(),
        None if words.ends_with("cinq") => format!("{words}u"),
        None if words.ends_with("neuf") => format!("{}v", words.trim_end_matches('f')),
        None => words,
    };
    format!("{stem}ième")
}

/// A number and its noun, singular below two.
fn counted(region: Region, number: u32, gender: Gender, noun: &str) -> String {
    let s = if number < 2 { "" } else { "s" };
    format!("{} {noun}{s}", words(region, number, gender, false))
}

/// Eighties that only Switzerland has.
fn is_huitante(region: Region, number: u32) -> bool {
    region == Region::Switzerland && (80..90).contains(&number)
}

/// Numbers below sixty with a feminine noun.
fn of_time(region: Region, number: u32, gender: Gender, noun: &str) -> Option<String> {
    (number < 60 && gender == Gender::Masculine)
        .then(|| counted(region, number, Gender::Feminine, noun))
}

/// Pieces by number.
pub(super) const FAMILIES: &[Family] = &[
    Family {
        name: "number",
        words: |region, number, gender| match (number, gender) {
            (0..100, Gender::Feminine) if !has_feminine(region, number) => None,
            (0..100, _) => Some(words(region, number, gender, false)),
            (_, Gender::Masculine) => hundreds(number, "s"),
            _ => None,
        },
    },
    Family {
        name: "joined",
        words: |_, number, gender| match (number, gender) {
            (80, Gender::Masculine) => Some("quatre-vingt".to_owned()),
            (200.., Gender::Masculine) => hundreds(number, ""),
            _ => None,
        },
    },
    Family {
        name: "huitante",
        words: |region, number, gender| {
            let differs = gender == Gender::Masculine || number == 81;
            (is_huitante(region, number) && differs).then(|| words(region, number, gender, true))
        },
    },
    Family {
        name: "ordinal",
        words: |region, number, gender| match (number, gender) {
            (1, Gender::Feminine) => Some("première".to_owned()),
            (_, Gender::Feminine) => None,
            (0..100, _) => Some(ordinal(region, number, false)),
            _ => hundreds(number, "").map(|words| format!("{words}ième")),
        },
    },
    Family {
        name: "huitante-ordinal",
        words: |region, number, gender| {
            (is_huitante(region, number) && gender == Gender::Masculine)
                .then(|| ordinal(region, number, true))
        },
    },
    Family {
        name: "euros",
        words: |region, number, gender| match (number, gender) {
            (_, Gender::Feminine) | (0, _) => None,
            (1..100, _) => Some(counted(region, number, gender, "euro")),
            _ => hundreds(number, "s").map(|words| format!("{words} euros")),
        },
    },
    Family {
        name: "huitante-euros",
        words: |region, number, gender| {
            (is_huitante(region, number) && gender == Gender::Masculine)
                .then(|| format!("{} euros", words(region, number, gender, true)))
        },
    },
    Family {
        name: "hours",
        words: |region, number, gender| {
            of_time(region, number, gender, "heure").filter(|_| (1..24).contains(&number))
        },
    },
    Family {
        name: "minutes",
        words: |region, number, gender| {
            of_time(region, number, gender, "minute").filter(|_| number > 0)
        },
    },
    Family {
        name: "seconds",
        words: |region, number, gender| of_time(region, number, gender, "seconde"),
    },
];

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
