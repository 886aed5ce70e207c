//! One feast: when it falls, in which years, and what happens when that is a weekend.

use jiff::civil::{Date, Weekday};

use super::Holiday;

/// A line of a region's table.
pub(super) struct Feast {
    pub name: Holiday,
    falls: Falls,
    /// First and last year, both included.
    years: (i16, i16),
    /// A year within them in which it was moved by proclamation, by another line.
    not_in: Option<i16>,
    weekend: Weekend,
}

/// When a feast falls.
#[derive(Clone, Copy)]
enum Falls {
    /// The same date each year: month, day.
    Fixed(i8, i8),
    /// So many days after Easter Sunday.
    Easter(i32),
    /// The last such weekday on or before a date: month, day, weekday.
    LastBy(i8, i8, Weekday),
    /// A date that is a Friday, else the first Monday after it: month, day.
    FridayOrMonday(i8, i8),
}

/// What a feast on a Saturday or Sunday gives besides that day.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Weekend {
    /// Nothing.
    Stays,
    /// The next weekday that nothing else has.
    NextFree,
    /// The Monday after a Sunday.
    SundayToMonday,
    /// The Friday before a Saturday, the Monday after a Sunday.
    Nearest,
}

impl Feast {
    const fn new(falls: Falls, fr: &'static str, en: &'static str) -> Self {
        Self {
            name: Holiday { fr, en },
            falls,
            years: (i16::MIN, i16::MAX),
            not_in: None,
            weekend: Weekend::Stays,
        }
    }

    /// A feast with a date of its own.
    pub(super) const fn fixed(month: i8, day: i8, fr: &'static str, en: &'static str) -> Self {
        Self::new(Falls::Fixed(month, day), fr, en)
    }

    /// A feast `days` after Easter Sunday; before, when negative.
    pub(super) const fn easter(days: i32, fr: &'static str, en: &'static str) -> Self {
        Self::new(Falls::Easter(days), fr, en)
    }

    /// The last `weekday` on or before a date.
    pub(super) const fn last_by(
        (month, day): (i8, i8),
        weekday: Weekday,
        fr: &'static str,
        en: &'static str,
    ) -> Self {
        Self::new(Falls::LastBy(month, day, weekday), fr, en)
    }

    /// The last Monday on or before a date.
    pub(super) const fn monday(month: i8, day: i8, fr: &'static str, en: &'static str) -> Self {
        Self::last_by((month, day), Weekday::Monday, fr, en)
    }

    /// A date where that is a Friday, else the first Monday after it.
    pub(super) const fn friday_or_monday(
        month: i8,
        day: i8,
        fr: &'static str,
        en: &'static str,
    ) -> Self {
        Self::new(Falls::FridayOrMonday(month, day), fr, en)
    }

    /// Kept from this year on.
    pub(super) const fn since(self, year: i16) -> Self {
        Self {
            years: (year, self.years.1),
            ..self
        }
    }

    /// Kept in this year alone.
    pub(super) const fn only_in(self, year: i16) -> Self {
        Self {
            years: (year, year),
            ..self
        }
    }

    /// Not kept in this year, in which it was moved.
    pub(super) const fn not_in(self, year: i16) -> Self {
        Self {
            not_in: Some(year),
            ..self
        }
    }

    /// On a weekend it gives the next weekday that nothing else has.
    pub(super) const fn next_free(self) -> Self {
        Self {
            weekend: Weekend::NextFree,
            ..self
        }
    }

    /// On a Sunday it gives the Monday.
    pub(super) const fn sunday_to_monday(self) -> Self {
        Self {
            weekend: Weekend::SundayToMonday,
            ..self
        }
    }

    /// On a Saturday it gives the Friday, on a Sunday the Monday.
    pub(super) const fn nearest(self) -> Self {
        Self {
            weekend: Weekend::Nearest,
            ..self
        }
    }

    /// Whether it falls on `date`.
    pub(super) fn falls_on(&self, date: Date) -> bool {
        match self.falls {
            // Most feasts are fixed, and most days are none: no date is computed for them.
            Falls::Fixed(month, day) if (date.month(), date.day()) != (month, day) => false,
            _ => self.in_year(date.year()) == Some(date),
        }
    }

    /// The weekend days near `date` on which it falls and for which it may give another day.
    pub(super) fn moved_around(&self, date: Date) -> impl Iterator<Item = Date> + use<> {
        let mut days = [None; 3];
        if self.weekend != Weekend::Stays {
            // A substitute lies a few days off: of borders it may cross that of a year alone.
            let year = date.year();
            let years = [year.checked_sub(1), Some(year), year.checked_add(1)];
            days = years.map(|year| {
                let day = year.and_then(|year| self.in_year(year))?;
                let apart = (date - day).get_days().abs();
                (apart <= FARTHEST_SUBSTITUTE && is_weekend(day)).then_some(day)
            });
        }
        days.into_iter().flatten()
    }

    /// The day off in place of `day`, a Saturday or Sunday.
    pub(super) fn substitute_for(&self, day: Date, free: impl Fn(Date) -> bool) -> Option<Date> {
        let is_sunday = day.weekday() == Weekday::Sunday;
        match self.weekend {
            Weekend::Stays => None,
            Weekend::SundayToMonday if !is_sunday => None,
            Weekend::SundayToMonday => day.tomorrow().ok(),
            Weekend::Nearest if is_sunday => day.tomorrow().ok(),
            Weekend::Nearest => day.yesterday().ok(),
            Weekend::NextFree => {
                let mut next = day.tomorrow().ok()?;
                while is_weekend(next) || !free(next) {
                    next = next.tomorrow().ok()?;
                }
                Some(next)
            }
        }
    }

    /// Its date in a year in which it is kept.
    fn in_year(&self, year: i16) -> Option<Date> {
        if year < self.years.0 || self.years.1 < year || self.not_in == Some(year) {
            return None;
        }
        match self.falls {
            Falls::Fixed(month, day) => Date::new(year, month, day).ok(),
            Falls::Easter(offset) => easter(year)
                .checked_add(jiff::Span::new().days(offset))
                .ok(),
            Falls::LastBy(month, day, weekday) => {
                let limit = Date::new(year, month, day).ok()?;
                let back = weekday.until(limit.weekday());
                limit.checked_sub(jiff::Span::new().days(back)).ok()
            }
            Falls::FridayOrMonday(month, day) => {
                let date = Date::new(year, month, day).ok()?;
                if date.weekday() == Weekday::Friday {
                    return Some(date);
                }
                let ahead = date.weekday().until(Weekday::Monday);
                date.checked_add(jiff::Span::new().days(ahead)).ok()
            }
        }
    }
}

/// Saturday or Sunday.
pub(super) fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// Easter Sunday of the Gregorian calendar (the method of Meeus, Jones and Butcher).
fn easter(year: i16) -> Date {
    let year = i32::from(year);
    let golden = year % 19;
    let (century, rest) = (year / 100, year % 100);
    let (c4, c4_rest) = (century / 4, century % 4);
    let lunar = (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + century - c4 - lunar + 15) % 30;
    let weekday = (32 + 2 * c4_rest + 2 * (rest / 4) - epact - rest % 4) % 7;
    let correction = (golden + 11 * epact + 22 * weekday) / 451;
    let total = epact + weekday - 7 * correction + 114;
    Date::new(year as i16, (total / 31) as i8, (total % 31 + 1) as i8)
        .expect("Easter lies between 22 March and 25 April")
}

/// Most days between a feast and its substitute: Christmas on a Saturday pushes Boxing Day's to the
/// Tuesday, and a feast of two days later still belongs to the same search.
const FARTHEST_SUBSTITUTE: i32 = 6;
