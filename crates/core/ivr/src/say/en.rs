//! English: twelve hours, "oh" before single minutes.

use jiff::civil::Time;

use super::Rules;

/// Numbers and times in English.
pub(super) const RULES: Rules = Rules {
    words,
    has_feminine: |_| false,
    time,
    pieces: &[
        ("digit/star", "star"),
        ("digit/hash", "hash"),
        ("digit/plus", "plus"),
        ("time/oh", "oh"),
        ("time/am", "a.m."),
        ("time/pm", "p.m."),
    ],
};

fn words(value: u32, _feminine: bool) -> String {
    let (ten, unit) = (value / 10, value % 10);
    match value {
        0..=19 => SMALL[value as usize].to_owned(),
        _ if unit == 0 => TENS[ten as usize].to_owned(),
        _ => format!("{}-{}", TENS[ten as usize], SMALL[unit as usize]),
    }
}

fn time(time: Time) -> Vec<String> {
    let (hour, minute) = (time.hour().unsigned_abs(), time.minute().unsigned_abs());
    let shown = if hour % 12 == 0 { 12 } else { hour % 12 };
    let mut pieces = vec![format!("number/{shown}")];
    if (1..10).contains(&minute) {
        pieces.push("time/oh".to_owned());
    }
    if minute > 0 {
        pieces.push(format!("number/{minute}"));
    }
    pieces.push(if hour < 12 { "time/am" } else { "time/pm" }.to_owned());
    pieces
}

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
