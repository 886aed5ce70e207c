//! English numbers: how they are put together, and the words of the pieces.

use super::English;
use crate::say::format::Gender;
use crate::say::piece::Pieces;
use crate::say::vocabulary::{Family, Region};

impl English {
    /// A number; "and" before what is below a hundred, but not in America.
    pub(super) fn number(&self, said: &mut Pieces, number: u32) {
        self.higher(said, number);
        let rest = number % 1_000;
        self.and(said, number, rest);
        if rest > 0 || number == 0 {
            self.hundreds(said, rest);
        }
    }

    /// A place in a row: only the last word is an ordinal.
    pub(super) fn place(&self, said: &mut Pieces, number: u32) {
        let (millions, thousands) = (number / 1_000_000, number / 1_000 % 1_000);
        let rest = number % 1_000;
        if rest > 0 || number == 0 {
            self.higher(said, number);
            self.and(said, number, rest);
            let (hundreds, below) = (rest / 100 * 100, rest % 100);
            if hundreds > 0 && below > 0 {
                said.numbered("number", hundreds);
                self.and(said, rest, below);
            }
            said.numbered("ordinal", if below > 0 { below } else { hundreds });
        } else if thousands > 0 {
            self.higher(said, millions * 1_000_000);
            self.hundreds(said, thousands);
            said.clip("ordinal/thousand");
        } else {
            self.hundreds(said, millions);
            said.clip("ordinal/million");
        }
    }

    /// A year: by its two halves, but for the first years of a millennium.
    pub(super) fn year(&self, said: &mut Pieces, year: u32) {
        let (century, rest) = (year / 100, year % 100);
        if !(1_000..10_000).contains(&year) || (century % 10 == 0 && rest < 10) {
            return self.number(said, year);
        }
        self.number(said, century);
        match rest {
            0 => return said.clip("number/hundred"),
            1..10 => said.clip("time/oh"),
            _ => {}
        }
        self.number(said, rest);
    }

    fn higher(&self, said: &mut Pieces, number: u32) {
        let (millions, thousands) = (number / 1_000_000, number / 1_000 % 1_000);
        for (count, name) in [(millions, "number/million"), (thousands, "number/thousand")] {
            if count > 0 {
                self.hundreds(said, count);
                said.clip(name);
            }
        }
    }

    /// 0–999.
    fn hundreds(&self, said: &mut Pieces, number: u32) {
        let (hundreds, rest) = (number / 100 * 100, number % 100);
        if hundreds > 0 {
            said.numbered("number", hundreds);
            self.and(said, number, rest);
        }
        if rest > 0 || number == 0 {
            said.numbered("number", rest);
        }
    }

    /// The "and" before a `rest` below a hundred of a larger `number`.
    fn and(&self, said: &mut Pieces, number: u32, rest: u32) {
        if self.region != Region::America && number > rest && (1..100).contains(&rest) {
            said.clip("join/and");
        }
    }
}

fn words(number: u32) -> Option<String> {
    let (ten, unit) = (number as usize / 10, number as usize % 10);
    Some(match number {
        0..20 => SMALL[number as usize].to_owned(),
        20..100 if unit == 0 => TENS[ten].to_owned(),
        20..100 => format!("{}-{}", TENS[ten], SMALL[unit]),
        100..1_000 if number.is_multiple_of(100) => format!("{} hundred", SMALL[ten / 10]),
        _ => return None,
    })
}

fn ordinal(number: u32) -> Option<String> {
    let words = words(number)?;
    let at = words.rfind(['-', ' ']).map_or(0, |at| at + 1);
    let (before, last) = words.split_at(at);
    if let Some((_, irregular)) = IRREGULAR.iter().find(|(cardinal, _)| *cardinal == last) {
        return Some(format!("{before}{irregular}"));
    }
    Some(match words.strip_suffix('y') {
        Some(stem) => format!("{stem}ieth"),
        None => format!("{words}th"),
    })
}

/// Pieces by number.
pub(super) const FAMILIES: &[Family] = &[
    Family {
        name: "number",
        words: |_, number, gender| words(number).filter(|_| gender == Gender::Masculine),
    },
    Family {
        name: "ordinal",
        words: |_, number, gender| ordinal(number).filter(|_| gender == Gender::Masculine),
    },
];

const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = [
    "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];
const IRREGULAR: [(&str, &str); 7] = [
    ("one", "first"),
    ("two", "second"),
    ("three", "third"),
    ("five", "fifth"),
    ("eight", "eighth"),
    ("nine", "ninth"),
    ("twelve", "twelfth"),
];
