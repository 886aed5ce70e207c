//! French: gender follows the noun, *et* joins one and eleven, *cent* and *vingt* take their *s* at the
//! end of a number only, midday and midnight have names.
//!
//! Liaisons are why some nouns are recorded with their number: "deux heures", "vingt euros", "six
//! minutes" sound otherwise than the words put side by side.

mod named;
mod numbers;

use jiff::civil::{Date, Time};
use rappel_model::Currency;

use super::format::Gender;
use super::grammar::Grammar;
use super::length::{Length, Wait};
use super::phone::{BELGIUM, Country, FRANCE, Groups, NORTH_AMERICA, SWITZERLAND, pairs};
use super::piece::Pieces;
use super::vocabulary::{Region, Vocabulary};
use numbers::End;

/// French in one region.
pub(super) struct French {
    region: Region,
    huitante: bool,
}

impl French {
    pub(super) const fn new(region: Region) -> Self {
        Self {
            region,
            huitante: false,
        }
    }

    /// With *huitante* for eighty.
    pub(super) const fn with_huitante(self) -> Self {
        Self {
            huitante: true,
            ..self
        }
    }

    /// A number and a noun that has no recordings with its numbers.
    fn counted(&self, said: &mut Pieces, number: u32, gender: Gender, one: &str, many: &str) {
        self.number(said, number, End::Number(gender));
        said.clip(if number < 2 { one } else { many });
    }

    fn hours(&self, said: &mut Pieces, hours: u32) {
        match hours {
            1..24 => said.numbered("hours", hours),
            _ => self.counted(said, hours, Gender::Feminine, "time/hour", "time/hours"),
        }
    }

    /// What follows whole minutes or hours: nothing, "et demie", or so many of the next unit.
    fn rest(&self, said: &mut Pieces, rest: u32, family: &str) {
        match rest {
            0 => {}
            30 => said.clip("time/half"),
            _ => {
                said.clip("join/and");
                said.numbered(family, rest);
            }
        }
    }

    /// "à moins de" and a length, with the elision before *une*.
    fn limit(&self, said: &mut Pieces, word: &str, minutes: u32) {
        let mut length = Pieces::default();
        self.length(&mut length, Length::of_minutes(minutes));
        match length.first() {
            Some("minutes/1") => length.replace_first(&format!("{word}-minute")),
            Some("hours/1") => length.replace_first(&format!("{word}-hour")),
            _ => said.clip(word),
        }
        said.extend(length.into_vec());
    }

    /// Digits as people say a group of a telephone number: zeros one by one, then the number.
    fn group(&self, said: &mut Pieces, digits: &str) {
        let rest = digits.trim_start_matches('0');
        for _ in rest.len()..digits.len() {
            said.numbered("number", 0);
        }
        match rest.parse() {
            Ok(number) if rest.len() <= 3 => {
                self.number(said, number, End::Number(Gender::Masculine));
            }
            _ => said.one_by_one(rest),
        }
    }

    /// Québec says digits, as all of North America does.
    fn groups(&self, said: &mut Pieces, groups: &[String]) {
        for (i, group) in groups.iter().enumerate() {
            if i > 0 {
                said.pause();
            }
            if self.region == Region::Canada {
                said.one_by_one(group);
            } else {
                self.group(said, group);
            }
        }
    }
}

impl Grammar for French {
    fn cardinal(&self, said: &mut Pieces, number: u32, gender: Gender) {
        self.number(said, number, End::Number(gender));
    }

    fn ordinal(&self, said: &mut Pieces, number: u32, gender: Gender) {
        match number {
            // There is no zeroth in French: the number itself is said.
            0 => self.cardinal(said, 0, gender),
            _ => self.place(said, number, gender),
        }
    }

    /// Hours and minutes are feminine: *vingt et une heures vingt et une*.
    fn time(&self, said: &mut Pieces, time: Time) {
        match time.hour().unsigned_abs() {
            0 => said.clip("time/midnight"),
            12 => said.clip("time/midday"),
            hour => self.hours(said, u32::from(hour)),
        }
        let minute = u32::from(time.minute().unsigned_abs());
        if minute > 0 {
            self.number(said, minute, End::Number(Gender::Feminine));
        }
    }

    fn times(&self, said: &mut Pieces, from: Time, to: Time) {
        said.clip("join/between");
        self.time(said, from);
        said.clip("join/and");
        self.time(said, to);
    }

    /// The first of the month is *premier*, the others are plain numbers.
    fn date(&self, said: &mut Pieces, date: Date, with_year: bool) {
        let weekday = date.weekday().to_monday_one_offset().unsigned_abs();
        said.numbered("day", u32::from(weekday));
        match u32::from(date.day().unsigned_abs()) {
            1 => said.numbered("ordinal", 1),
            day => self.number(said, day, End::Number(Gender::Masculine)),
        }
        said.numbered("month", u32::from(date.month().unsigned_abs()));
        if let Ok(year) = u32::try_from(date.year())
            && with_year
        {
            self.number(said, year, End::Number(Gender::Masculine));
        }
    }

    fn length(&self, said: &mut Pieces, length: Length) {
        match length {
            Length::Seconds(seconds) => said.numbered("seconds", seconds),
            Length::Minutes { minutes, seconds } => {
                said.numbered("minutes", minutes);
                self.rest(said, seconds, "seconds");
            }
            Length::Hours { hours, minutes } => {
                self.hours(said, hours);
                self.rest(said, minutes, "minutes");
            }
            Length::Days(days) => {
                self.counted(said, days, Gender::Masculine, "time/day", "time/days");
            }
        }
    }

    fn wait(&self, said: &mut Pieces, wait: Wait) {
        match wait {
            Wait::LessThan(minutes) => self.limit(said, "wait/less", minutes),
            Wait::MoreThan(minutes) => self.limit(said, "wait/more", minutes),
            Wait::About(minutes) => {
                said.clip("join/at");
                self.length(said, Length::of_minutes(minutes));
            }
            Wait::Between(low, high) => {
                said.clip("join/between");
                match Wait::shared_unit(low, high) {
                    Some(low) => self.number(said, low, End::Number(Gender::Feminine)),
                    None => self.length(said, Length::of_minutes(low)),
                }
                said.clip("join/and");
                self.length(said, Length::of_minutes(high));
            }
        }
    }

    fn money(&self, said: &mut Pieces, whole: u32, cents: u32, currency: Currency) {
        if whole > 0 || cents == 0 {
            self.units(said, whole, currency);
            if cents > 0 {
                said.clip("join/and");
            }
        }
        if cents > 0 {
            let [one, many] = named::cents(currency);
            self.counted(said, cents, Gender::Masculine, one, many);
        }
    }

    fn phone(&self, said: &mut Pieces, groups: &Groups) {
        match groups {
            Groups::Home(groups) => self.groups(said, groups),
            Groups::Foreign(code, groups) => {
                said.clip("digit/plus");
                self.number(said, *code, End::Number(Gender::Masculine));
                for group in groups {
                    said.pause();
                    self.group(said, group);
                }
            }
            Groups::Plain(number) if !number.bytes().all(|b| b.is_ascii_digit()) => {
                said.extend(super::digits(number));
            }
            Groups::Plain(number) if number.len() <= 3 => self.group(said, number),
            Groups::Plain(number) => self.groups(said, &pairs(number)),
        }
    }

    fn home(&self) -> &'static Country {
        match self.region {
            Region::Belgium => &BELGIUM,
            Region::Switzerland => &SWITZERLAND,
            Region::Canada => &NORTH_AMERICA,
            _ => &FRANCE,
        }
    }

    fn accents(&self) -> bool {
        true
    }

    fn vocabulary(&self) -> Vocabulary {
        Vocabulary {
            region: self.region,
            families: numbers::FAMILIES,
            named: [named::regional(self.region), named::NAMED],
        }
    }
}
