//! English: twelve hours with a.m. and p.m., "oh" before single minutes, "and" within numbers in Britain
//! and not in America, the month first in America.

mod named;
mod numbers;

use jiff::civil::{Date, Time};
use rappel_model::Currency;

use super::format::Gender;
use super::grammar::Grammar;
use super::length::{Length, Wait};
use super::phone::{Country, Groups, NORTH_AMERICA, UNITED_KINGDOM, pairs};
use super::piece::Pieces;
use super::vocabulary::{Region, Vocabulary};

/// English in one region.
pub(super) struct English {
    region: Region,
}

/// A unit of time: one, several.
type Unit = [&'static str; 2];

impl English {
    pub(super) const fn new(region: Region) -> Self {
        Self { region }
    }

    /// "one hour", "two hours".
    fn counted(&self, said: &mut Pieces, number: u32, [one, many]: Unit) {
        self.number(said, number);
        said.clip(if number == 1 { one } else { many });
    }

    /// So many of a unit and so many sixtieths of it; a half is said before the unit.
    fn sixtieths(&self, said: &mut Pieces, whole: u32, unit: Unit, rest: u32, smaller: Unit) {
        if rest == 30 {
            self.number(said, whole);
            said.clip("time/half");
            return said.clip(unit[1]);
        }
        self.counted(said, whole, unit);
        if rest > 0 {
            said.clip("join/and");
            self.counted(said, rest, smaller);
        }
    }

    /// The time on a clock with twelve hours.
    fn clock(&self, said: &mut Pieces, time: Time) {
        let (hour, minute) = (time.hour().unsigned_abs(), time.minute().unsigned_abs());
        let shown = if hour % 12 == 0 { 12 } else { hour % 12 };
        said.numbered("number", u32::from(shown));
        if (1..10).contains(&minute) {
            said.clip("time/oh");
        }
        if minute > 0 {
            said.numbered("number", u32::from(minute));
        }
    }
}

/// Before or after noon.
fn half_day(time: Time) -> &'static str {
    if time.hour() < 12 {
        "time/am"
    } else {
        "time/pm"
    }
}

fn digits_in(said: &mut Pieces, groups: &[String]) {
    for (i, group) in groups.iter().enumerate() {
        if i > 0 {
            said.pause();
        }
        said.one_by_one(group);
    }
}

impl Grammar for English {
    fn cardinal(&self, said: &mut Pieces, number: u32, _: Gender) {
        self.number(said, number);
    }

    fn ordinal(&self, said: &mut Pieces, number: u32, _: Gender) {
        self.place(said, number);
    }

    fn time(&self, said: &mut Pieces, time: Time) {
        self.clock(said, time);
        said.clip(half_day(time));
    }

    /// The half of the day that both share is said once.
    fn times(&self, said: &mut Pieces, from: Time, to: Time) {
        said.clip("join/between");
        self.clock(said, from);
        if half_day(from) != half_day(to) || to < from {
            said.clip(half_day(from));
        }
        said.clip("join/and");
        self.time(said, to);
    }

    /// "Thursday the twelfth of March", in America "Thursday March twelfth".
    fn date(&self, said: &mut Pieces, date: Date, with_year: bool) {
        let weekday = date.weekday().to_monday_one_offset().unsigned_abs();
        let (day, month) = (date.day().unsigned_abs(), date.month().unsigned_abs());
        said.numbered("day", u32::from(weekday));
        if self.region == Region::America {
            said.numbered("month", u32::from(month));
            said.numbered("ordinal", u32::from(day));
        } else {
            said.clip("join/the");
            said.numbered("ordinal", u32::from(day));
            said.clip("join/of");
            said.numbered("month", u32::from(month));
        }
        if let Ok(year) = u32::try_from(date.year())
            && with_year
        {
            self.year(said, year);
        }
    }

    fn length(&self, said: &mut Pieces, length: Length) {
        match length {
            Length::Seconds(seconds) => self.counted(said, seconds, SECOND),
            Length::Minutes { minutes, seconds } => {
                self.sixtieths(said, minutes, MINUTE, seconds, SECOND);
            }
            Length::Hours { hours, minutes } => {
                self.sixtieths(said, hours, HOUR, minutes, MINUTE);
            }
            Length::Days(days) => self.counted(said, days, DAY),
        }
    }

    fn wait(&self, said: &mut Pieces, wait: Wait) {
        let (word, last) = match wait {
            Wait::LessThan(1) => return said.clip("wait/less-minute"),
            Wait::LessThan(minutes) => ("wait/less", minutes),
            Wait::MoreThan(minutes) => ("wait/more", minutes),
            Wait::About(minutes) | Wait::Between(_, minutes) => ("join/at", minutes),
        };
        said.clip(word);
        if let Wait::Between(low, high) = wait {
            match Wait::shared_unit(low, high) {
                Some(low) => self.number(said, low),
                None => self.length(said, Length::of_minutes(low)),
            }
            said.clip("join/to");
        }
        self.length(said, Length::of_minutes(last));
    }

    fn money(&self, said: &mut Pieces, whole: u32, cents: u32, currency: Currency) {
        if whole > 0 || cents == 0 {
            self.counted(said, whole, named::noun(currency));
            if cents > 0 {
                said.clip("join/and");
            }
        }
        if cents > 0 {
            self.counted(said, cents, named::cents(currency));
        }
    }

    fn phone(&self, said: &mut Pieces, groups: &Groups) {
        match groups {
            Groups::Home(groups) => digits_in(said, groups),
            Groups::Foreign(code, groups) => {
                said.clip("digit/plus");
                self.number(said, *code);
                if !groups.is_empty() {
                    said.pause();
                }
                digits_in(said, groups);
            }
            Groups::Plain(number) if !number.bytes().all(|b| b.is_ascii_digit()) => {
                said.extend(super::digits(number));
            }
            Groups::Plain(number) if number.len() <= 4 => said.one_by_one(number),
            Groups::Plain(number) => digits_in(said, &pairs(number)),
        }
    }

    fn home(&self) -> &'static Country {
        if self.region == Region::America {
            &NORTH_AMERICA
        } else {
            &UNITED_KINGDOM
        }
    }

    fn accents(&self) -> bool {
        false
    }

    fn vocabulary(&self) -> Vocabulary {
        Vocabulary {
            region: self.region,
            families: numbers::FAMILIES,
            named: [&[], named::NAMED],
        }
    }
}

const SECOND: Unit = ["time/second", "time/seconds"];
const MINUTE: Unit = ["time/minute", "time/minutes"];
const HOUR: Unit = ["time/hour", "time/hours"];
const DAY: Unit = ["time/day", "time/days"];
