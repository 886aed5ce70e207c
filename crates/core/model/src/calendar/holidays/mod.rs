//! Public holidays, computed: a table of feasts per region, Easter and substitute days included.
//!
//! The tables hold the law as it stood in 2020 and every change since; earlier years are an
//! approximation. A region that inherits from others names them, so that what a nation shares is
//! written once.

mod americas;
mod europe;
mod feast;
mod isles;

use std::fmt;

use jiff::civil::Date;

use feast::Feast;

/// A country or a part of one whose public holidays are known.
#[derive(Clone, Copy)]
pub struct Region(&'static Table);

/// The name of a public holiday in the languages the engine speaks to operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holiday {
    /// In French: « Lundi de Pâques ».
    pub fr: &'static str,
    /// In English: "Easter Monday".
    pub en: &'static str,
}

impl Holiday {
    /// Its name in the language of this tag (`fr`, `fr-BE`, `en` …): French for French, English for
    /// every other.
    pub fn name_in(self, language: &str) -> &'static str {
        let primary = language.split('-').next().unwrap_or(language);
        if primary == "fr" { self.fr } else { self.en }
    }
}

/// What a region keeps.
struct Table {
    code: &'static str,
    feasts: &'static [Feast],
    /// Regions whose feasts are kept as well.
    with: &'static [&'static Self],
}

impl Region {
    /// The region of this code: `FR`, `FR-57`, `GB-ENG`, `CA-QC`; `None` when it is not known.
    pub fn parse(code: &str) -> Option<Self> {
        Self::all().find(|region| region.code() == code)
    }

    /// All regions known, by country.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLES.iter().map(|table| Self(table))
    }

    /// Its code, after ISO 3166-2.
    pub fn code(self) -> &'static str {
        self.0.code
    }

    /// The holiday on `date`, if it is one. A feast on a weekend that the law moves to a working day
    /// closes both days (FLOWS §18.21); one that a proclamation moved for one year closes the day
    /// proclaimed and no other. Years outside 1900 to 2200 have none.
    pub fn holiday_on(self, date: Date) -> Option<Holiday> {
        if !YEARS.contains(&date.year()) {
            return None;
        }
        self.0
            .feast_on(date)
            .or_else(|| self.0.substitute_on(date))
            .map(|feast| feast.name)
    }
}

impl PartialEq for Region {
    fn eq(&self, other: &Self) -> bool {
        self.code() == other.code()
    }
}

impl Eq for Region {}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Table {
    /// The feast that falls on `date`; what is inherited decides first.
    fn feast_on(&self, date: Date) -> Option<&'static Feast> {
        let inherited = self.with.iter().find_map(|table| table.feast_on(date));
        inherited.or_else(|| self.feasts.iter().find(|feast| feast.falls_on(date)))
    }

    /// Collects the feasts on weekends near `date` that may give another day.
    fn moved_around(&self, date: Date, into: &mut Vec<(Date, &'static Feast)>) {
        for table in self.with {
            table.moved_around(date, into);
        }
        for feast in self.feasts {
            into.extend(feast.moved_around(date).map(|day| (day, feast)));
        }
    }

    /// The feast of a weekend that makes `date` a day off in its place. Each takes the first
    /// weekday that is neither a feast nor taken, in the order of the calendar, as proclamations do.
    fn substitute_on(&self, date: Date) -> Option<&'static Feast> {
        if feast::is_weekend(date) {
            return None;
        }
        let mut moved = Vec::new();
        self.moved_around(date, &mut moved);
        moved.sort_by_key(|(day, _)| *day);
        let mut taken: Vec<Date> = Vec::new();
        for (day, feast) in moved {
            let free = |day| self.feast_on(day).is_none() && !taken.contains(&day);
            let Some(instead) = feast.substitute_for(day, free) else {
                continue;
            };
            if instead == date {
                return Some(feast);
            }
            taken.push(instead);
        }
        None
    }
}

/// Years for which holidays are computed.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2200;

/// Every region; one more is one more table.
static TABLES: &[&Table] = &[
    &europe::FR,
    &europe::FR_57,
    &europe::FR_67,
    &europe::FR_68,
    &europe::BE,
    &europe::CH,
    &europe::CH_GE,
    &europe::CH_VD,
    &europe::CH_ZH,
    &europe::LU,
    &europe::DE,
    &europe::DE_BW,
    &europe::DE_BY,
    &europe::DE_NW,
    &isles::GB_ENG,
    &isles::GB_WLS,
    &isles::GB_SCT,
    &isles::GB_NIR,
    &isles::IE,
    &americas::CA_ON,
    &americas::CA_QC,
    &americas::US,
];
