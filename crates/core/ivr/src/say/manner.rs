//! How values are said to one caller: the language with its region, and what the company asks.

use std::time::Duration;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use rappel_model::{Language, Money, PhoneNumber, Timestamp};

use super::format::{Format, Gender};
use super::grammar::{Grammar, grammar};
use super::length::{Length, Wait};
use super::phone;
use super::piece::{Piece, Pieces};
use super::spell;
use crate::variables::Value;

/// What a company asks of the way values are said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// In fr-CH: *huitante* for eighty.
    pub huitante: bool,
    /// The longest wait that is said as such; beyond it a wait is "more than".
    pub ceiling: Duration,
    /// Whether the engine has a synthesiser for words that nobody recorded.
    pub voice: bool,
}

/// Nothing: no *huitante*, a ceiling of [`CEILING`], no synthesiser.
impl Default for Spoken {
    fn default() -> Self {
        Self {
            huitante: false,
            ceiling: CEILING,
            voice: false,
        }
    }
}

/// The language values are said in, as a company wants them said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manner {
    /// The language; its region decides *septante*, "one hundred and one", whose numbers are at home.
    pub language: Language,
    /// The company's wishes.
    pub spoken: Spoken,
}

/// When something is said: what "today" is.
#[derive(Clone, Debug)]
pub struct Moment {
    /// Wall time.
    pub now: Timestamp,
    /// The zone in which days begin and clocks show the time.
    pub zone: TimeZone,
}

impl Manner {
    /// The pieces that say `value` so; `None` when its type cannot be said so, when it is beyond the
    /// words there are (999,999,999), or when nothing of it can be said.
    pub fn say(&self, format: Format, value: &Value, at: &Moment) -> Option<Vec<Piece>> {
        let mut said = Pieces::default();
        let grammar = self.grammar();
        match (format, value) {
            (Format::Number(gender), Value::Number(number)) => {
                self.number(&mut said, *number, gender)?;
            }
            (Format::Ordinal(gender), Value::Number(number)) => {
                let number = u32::try_from(*number).ok().filter(|n| *n <= MAX_NUMBER)?;
                grammar.ordinal(&mut said, number, gender);
            }
            (Format::Digits, Value::Number(_) | Value::Text(_)) => {
                said.extend(digits(&value.to_string()));
            }
            (Format::Digits, Value::Phone(number)) => said.extend(digits(number.as_str())),
            (Format::Phone, Value::Phone(number)) => self.phone(&mut said, number),
            (Format::Time, Value::Time(time)) => grammar.time(&mut said, *time),
            (Format::Time, Value::Moment(moment)) => grammar.time(&mut said, at.local(*moment).1),
            (Format::Date, Value::Date(date)) => self.date(&mut said, *date, at),
            (Format::Date, Value::Moment(moment)) => {
                self.date(&mut said, at.local(*moment).0, at);
            }
            (Format::Day, Value::Date(date)) => self.day(&mut said, *date, at),
            (Format::Day, Value::Moment(moment)) => self.day(&mut said, at.local(*moment).0, at),
            (Format::Moment, Value::Moment(moment)) => {
                self.moment(&mut said, at.local(*moment), at);
            }
            (Format::Window, Value::Window { from, to }) => {
                self.window(&mut said, *from, *to, at);
            }
            (Format::Duration, Value::Duration(length)) => {
                grammar.length(&mut said, Length::of(*length)?);
            }
            (Format::Between, Value::Range { low, high }) => {
                grammar.wait(&mut said, Wait::of(*low, *high, self.spoken.ceiling)?);
            }
            (Format::Money, Value::Money(money)) => self.money(&mut said, *money)?,
            (Format::Spell, Value::Text(text)) => self.spell(&mut said, text),
            (Format::Name | Format::Say, Value::Text(text)) => {
                let words: String = text.trim().chars().take(MAX_SPEECH).collect();
                return (!words.is_empty()).then(|| vec![Piece::Speech(words)]);
            }
            _ => return None,
        }
        said.finish()
    }

    fn grammar(&self) -> &'static dyn Grammar {
        grammar(&self.language, self.spoken.huitante)
    }

    fn number(&self, said: &mut Pieces, number: i64, gender: Gender) -> Option<()> {
        let size = u32::try_from(number.unsigned_abs())
            .ok()
            .filter(|n| *n <= MAX_NUMBER)?;
        if number < 0 {
            said.clip("number/minus");
        }
        self.grammar().cardinal(said, size, gender);
        Some(())
    }

    fn money(&self, said: &mut Pieces, money: Money) -> Option<()> {
        let cents = money.cents.unsigned_abs();
        let whole = u32::try_from(cents / 100)
            .ok()
            .filter(|n| *n <= MAX_NUMBER)?;
        if money.cents < 0 {
            said.clip("number/minus");
        }
        let rest = (cents % 100) as u32;
        self.grammar().money(said, whole, rest, money.currency);
        Some(())
    }

    fn phone(&self, said: &mut Pieces, number: &PhoneNumber) {
        let grammar = self.grammar();
        grammar.phone(said, &phone::groups(number.as_str(), grammar.home()));
    }

    fn date(&self, said: &mut Pieces, date: Date, at: &Moment) {
        let this_year = at.today().year() == date.year();
        self.grammar().date(said, date, !this_year);
    }

    fn day(&self, said: &mut Pieces, date: Date, at: &Moment) {
        let today = at.today();
        if date == today {
            said.clip("day/today");
        } else if today.tomorrow().is_ok_and(|tomorrow| tomorrow == date) {
            said.clip("day/tomorrow");
        } else {
            self.date(said, date, at);
        }
    }

    fn moment(&self, said: &mut Pieces, (date, time): (Date, Time), at: &Moment) {
        self.day(said, date, at);
        said.clip("join/at");
        self.grammar().time(said, time);
    }

    /// Within one day the day is said once. Midnight at the end belongs to the day before it.
    fn window(&self, said: &mut Pieces, one: Timestamp, other: Timestamp, at: &Moment) {
        let (from, to) = (at.local(one.min(other)), at.local(one.max(other)));
        let minute = |(date, time): (Date, Time)| (date, time.hour(), time.minute());
        if minute(from) == minute(to) {
            return self.moment(said, from, at);
        }
        let next = from.0.tomorrow().is_ok_and(|day| day == to.0);
        let until_midnight = next && (to.1.hour(), to.1.minute()) == (0, 0);
        // When clocks go back, a window may end at an earlier time of day than it begins.
        let forward = from.1 < to.1 || until_midnight;
        if forward && (from.0 == to.0 || until_midnight) {
            self.day(said, from.0, at);
            return self.grammar().times(said, from.1, to.1);
        }
        said.clip("join/between");
        self.moment(said, from, at);
        said.clip("join/and");
        self.moment(said, to, at);
    }

    fn spell(&self, said: &mut Pieces, text: &str) {
        let accents = self.grammar().accents();
        for (i, c) in text
            .chars()
            .filter(|c| !c.is_whitespace())
            .take(MAX_LETTERS)
            .enumerate()
        {
            let letters = spell::letter(c, accents);
            if i > 0 && !letters.is_empty() && said.first().is_some() {
                said.pause();
            }
            for (n, key) in letters.into_iter().enumerate() {
                if n > 0 {
                    said.pause();
                }
                said.clip(key);
            }
        }
    }
}

impl Moment {
    fn today(&self) -> Date {
        self.local(self.now).0
    }

    fn local(&self, moment: Timestamp) -> (Date, Time) {
        let local = moment.to_jiff().to_zoned(self.zone.clone());
        (local.date(), local.time())
    }
}

/// Digits one by one; `*`, `#` and `+` have names, a minus is said before a number, everything else
/// is skipped. At most [`MAX_LETTERS`] are said.
pub fn digits(text: &str) -> Vec<Piece> {
    let mut said = Pieces::default();
    let chars = text.chars().enumerate();
    let keys = chars.filter_map(|(i, c)| match c {
        '0'..='9' => Some(format!("number/{c}")),
        '*' => Some("digit/star".to_owned()),
        '#' => Some("digit/hash".to_owned()),
        '+' => Some("digit/plus".to_owned()),
        '-' if i == 0 => Some("number/minus".to_owned()),
        _ => None,
    });
    for (i, key) in keys.take(MAX_LETTERS).enumerate() {
        if i > 0 {
            said.pause();
        }
        said.clip(key);
    }
    said.into_vec()
}

/// The largest number that is said.
pub const MAX_NUMBER: u32 = 999_999_999;

/// The longest wait that is said as such, unless a company says otherwise (FLOWS §5).
pub const CEILING: Duration = Duration::from_secs(45 * 60);

/// The most characters said one by one: half a minute of speech.
pub const MAX_LETTERS: usize = 64;

/// The most characters given to a synthesiser: as many as a sentence may have (FLOWS §18.6).
pub const MAX_SPEECH: usize = 600;
