//! Typed values: what variables hold and expressions yield (FLOWS §4).

use std::fmt;
use std::time::Duration;

use jiff::civil::{Date, Time};
use rappel_model::{Language, Money, PhoneNumber, Timestamp};

use crate::words;
use crate::words::Words;

/// The type of a value; a variable has one for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// Words.
    Text,
    /// A whole number.
    Number,
    /// True or false.
    YesNo,
    /// A length of time.
    Duration,
    /// A time of day.
    Time,
    /// A day.
    Date,
    /// A day and a time.
    Moment,
    /// From one moment to another.
    Window,
    /// From one length of time to another.
    Range,
    /// An amount of money.
    Money,
    /// A telephone number.
    Phone,
    /// A language tag.
    Language,
    /// Several values.
    List,
}

impl Type {
    /// The type operators write `word` for; `None` for words that are no type.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.word() == word)
    }

    /// The word operators write.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::YesNo => "yesno",
            Self::Duration => "duration",
            Self::Time => "time",
            Self::Date => "date",
            Self::Moment => "moment",
            Self::Window => "window",
            Self::Range => "range",
            Self::Money => "money",
            Self::Phone => "phone",
            Self::Language => "language",
            Self::List => "list",
        }
    }

    /// With its article, for sentences: "a duration", "une durée".
    pub fn named(self) -> Words {
        match self {
            Self::Text => words!("a text", "un texte"),
            Self::Number => words!("a number", "un nombre"),
            Self::YesNo => words!("a yes or no", "un oui ou non"),
            Self::Duration => words!("a duration", "une durée"),
            Self::Time => words!("a time of day", "une heure"),
            Self::Date => words!("a date", "une date"),
            Self::Moment => words!("a moment", "un moment"),
            Self::Window => words!("a window", "un créneau"),
            Self::Range => words!("a range", "une fourchette"),
            Self::Money => words!("an amount of money", "une somme d'argent"),
            Self::Phone => words!("a telephone number", "un numéro de téléphone"),
            Self::Language => words!("a language", "une langue"),
            Self::List => words!("a list", "une liste"),
        }
    }

    /// Whether values of the two may be compared for equality: a number of a telephone and a
    /// language are written as texts.
    pub fn compares_with(self, other: Self) -> bool {
        let written = |kind| matches!(kind, Self::Text | Self::Phone | Self::Language);
        self == other || (written(self) && written(other))
    }

    /// Whether values of this type may be given where `other` is needed ([`Value::convert`]): a text
    /// becomes a number or a language when it writes one.
    pub fn becomes(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Self::Text, Self::Phone | Self::Language) | (Self::Phone | Self::Language, Self::Text)
        )
    }

    /// Every type of the language.
    pub const ALL: [Self; 13] = [
        Self::Text,
        Self::Number,
        Self::YesNo,
        Self::Duration,
        Self::Time,
        Self::Date,
        Self::Moment,
        Self::Window,
        Self::Range,
        Self::Money,
        Self::Phone,
        Self::Language,
        Self::List,
    ];
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// One value. `Display` writes it as tags and texts show it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Words.
    Text(String),
    /// A whole number.
    Number(i64),
    /// True or false.
    YesNo(bool),
    /// A length of time.
    Duration(Duration),
    /// A time of day.
    Time(Time),
    /// A day.
    Date(Date),
    /// A day and a time.
    Moment(Timestamp),
    /// From one moment to another, never before it.
    Window {
        /// Its beginning.
        from: Timestamp,
        /// Its end.
        to: Timestamp,
    },
    /// From one length of time to another, never shorter.
    Range {
        /// The shorter one.
        low: Duration,
        /// The longer one.
        high: Duration,
    },
    /// An amount of money.
    Money(Money),
    /// A telephone number.
    Phone(PhoneNumber),
    /// A language tag.
    Language(Language),
    /// Several values.
    List(Vec<Self>),
}

impl Value {
    /// Its type.
    pub fn kind(&self) -> Type {
        match self {
            Self::Text(_) => Type::Text,
            Self::Number(_) => Type::Number,
            Self::YesNo(_) => Type::YesNo,
            Self::Duration(_) => Type::Duration,
            Self::Time(_) => Type::Time,
            Self::Date(_) => Type::Date,
            Self::Moment(_) => Type::Moment,
            Self::Window { .. } => Type::Window,
            Self::Range { .. } => Type::Range,
            Self::Money(_) => Type::Money,
            Self::Phone(_) => Type::Phone,
            Self::Language(_) => Type::Language,
            Self::List(_) => Type::List,
        }
    }

    /// The value of type `kind` that `text` writes; `None` when it writes none. Lists, moments and
    /// windows have no written form: they depend on a time zone or on what is in them.
    pub fn parse(kind: Type, text: &str) -> Option<Self> {
        Some(match kind {
            Type::Text => Self::Text(text.to_owned()),
            Type::Number => Self::Number(text.parse().ok()?),
            Type::YesNo => Self::YesNo(text.parse().ok()?),
            Type::Duration => Self::Duration(parse_duration(text)?),
            Type::Time => Self::Time(parse_time(text)?),
            Type::Date => Self::Date(parse_date(text)?),
            Type::Range => {
                let (low, high) = text.split_once('/')?;
                let (low, high) = (parse_duration(low)?, parse_duration(high)?);
                (low <= high).then_some(Self::Range { low, high })?
            }
            Type::Money => Self::Money(Money::parse(text)?),
            Type::Phone => Self::Phone(PhoneNumber::parse(text)?),
            Type::Language => Self::Language(Language::from(text)),
            Type::Moment | Type::Window | Type::List => return None,
        })
    }

    /// The same value as `kind`, where one type is written as the other.
    pub fn convert(self, kind: Type) -> Option<Self> {
        match (self, kind) {
            (value, kind) if value.kind() == kind => Some(value),
            (Self::Text(text), Type::Phone | Type::Language | Type::Money) => {
                Self::parse(kind, &text)
            }
            (value @ (Self::Phone(_) | Self::Language(_)), Type::Text) => {
                Some(Self::Text(value.to_string()))
            }
            _ => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => write!(f, "{number}"),
            Self::YesNo(yes) => write!(f, "{yes}"),
            Self::Duration(length) => f.write_str(&show_duration(*length)),
            Self::Time(time) => write!(f, "{:02}:{:02}", time.hour(), time.minute()),
            Self::Date(date) => write!(f, "{date}"),
            Self::Moment(moment) => write!(f, "{moment}"),
            Self::Window { from, to } => write!(f, "{from}/{to}"),
            Self::Range { low, high } => {
                write!(f, "{}/{}", show_duration(*low), show_duration(*high))
            }
            Self::Money(money) => write!(f, "{money}"),
            Self::Phone(number) => write!(f, "{number}"),
            Self::Language(language) => write!(f, "{language}"),
            Self::List(items) => {
                for (i, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if i > 0 { ", " } else { "" })?;
                }
                Ok(())
            }
        }
    }
}

/// A duration in words: `5s`, `20m`, `2h`, `3d`, compound `1h30m`; units fall and none repeats.
/// `None` for anything else, and above 36,500 days.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let (mut seconds, mut number, mut last) = (0u64, None::<u64>, u64::MAX);
    for c in text.chars() {
        if let Some(digit) = c.to_digit(10) {
            let so_far = number.unwrap_or(0);
            number = Some(so_far.checked_mul(10)?.checked_add(u64::from(digit))?);
            continue;
        }
        let unit = UNITS.iter().find(|(letter, _)| *letter == c)?.1;
        if unit >= last {
            return None;
        }
        last = unit;
        seconds = seconds.checked_add(number.take()?.checked_mul(unit)?)?;
    }
    let whole = number.is_none() && !text.is_empty() && seconds <= MAX_DURATION;
    whole.then(|| Duration::from_secs(seconds))
}

/// The words that [`parse_duration`] reads back.
pub fn show_duration(length: Duration) -> String {
    let mut rest = length.as_secs();
    let mut words = String::new();
    for (letter, unit) in UNITS {
        if rest >= unit {
            words.push_str(&format!("{}{letter}", rest / unit));
            rest %= unit;
        }
    }
    if words.is_empty() {
        words.push_str("0s");
    }
    words
}

/// `HH:MM`.
pub fn parse_time(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let two = |part: &str| {
        let plain = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| part.parse::<i8>().ok()).flatten()
    };
    Time::new(two(hour)?, two(minute)?, 0, 0).ok()
}

/// `YYYY-MM-DD`.
pub fn parse_date(text: &str) -> Option<Date> {
    let plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    plain.then(|| text.parse().ok()).flatten()
}

const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];
/// A hundred years: beyond it, sums of moments would leave the calendar.
const MAX_DURATION: u64 = 36_500 * 86_400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_words_and_come_back_as_words() {
        for text in ["5s", "20m", "2h", "3d", "1h30m", "0s", "1d2h3m4s"] {
            assert_eq!(show_duration(parse_duration(text).unwrap()), text);
        }
        for text in [
            "",
            "5",
            "m",
            "5 s",
            "30m1h",
            "1m1m",
            "-1s",
            "1.5h",
            "99999999999999999999s",
            "36501d",
        ] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }

    #[test]
    fn times_and_dates_are_strict() {
        assert!(parse_time("08:30").is_some());
        assert!(parse_time("8:30").is_none());
        assert!(parse_time("25:00").is_none());
        assert!(parse_date("2026-02-29").is_none());
        assert!(parse_date("2026-12-24").is_some());
    }
}
