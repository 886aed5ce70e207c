//! Public holidays, computed: a table of rules per region, Easter included.

use std::fmt;

use jiff::civil::{Date, Weekday};

/// A country or a part of one whose public holidays are known.
#[derive(Clone, Copy)]
pub struct Region(&'static Table);

/// What a region keeps.
struct Table {
    code: &'static str,
    /// Where a fixed feast on a Saturday or Sunday gives the next free weekday off.
    substitutes: bool,
    days: &'static [(Rule, &'static str)],
    /// A region whose days are kept as well.
    with: Option<&'static Self>,
}

/// When a holiday falls.
#[derive(Clone, Copy)]
enum Rule {
    /// The same date each year: month, day.
    Fixed(i8, i8),
    /// So many days after Easter Sunday.
    Easter(i32),
    /// The last such weekday on or before a date: month, day, weekday.
    LastBy(i8, i8, Weekday),
    /// One day of one year: year, month, day.
    Once(i16, i8, i8),
}

impl Region {
    /// The region of this code: `FR`, `FR-57`, `GB-ENG`, `CA-QC`; `None` when it is not known.
    pub fn parse(code: &str) -> Option<Self> {
        Self::all().find(|region| region.code() == code)
    }

    /// All regions known.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLES.iter().map(|table| Self(table))
    }

    /// Its code, after ISO 3166-2.
    pub fn code(self) -> &'static str {
        self.0.code
    }

    /// The name of the holiday on `date`, if it is one. A feast that is moved to another day closes
    /// both (FLOWS §18.21). Years outside 1900 to 2200 have none.
    pub fn holiday_on(self, date: Date) -> Option<&'static str> {
        if !YEARS.contains(&date.year()) {
            return None;
        }
        self.0.feast_on(date).or_else(|| {
            if self.0.substitutes {
                self.0.substitute_on(date)
            } else {
                None
            }
        })
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
    fn feast_on(&self, date: Date) -> Option<&'static str> {
        self.days
            .iter()
            .find(|(rule, _)| rule.in_year(date.year()) == Some(date))
            .map(|(_, name)| *name)
            .or_else(|| self.with.and_then(|table| table.feast_on(date)))
    }

    /// Gives every fixed feast of a weekend the next weekday nobody else has, in the order of the
    /// table, and says whose substitute `date` is.
    fn substitute_on(&self, date: Date) -> Option<&'static str> {
        let mut taken: Vec<Date> = Vec::new();
        for (rule, name) in self.days {
            let Rule::Fixed(..) = rule else { continue };
            let Some(mut day) = rule.in_year(date.year()) else {
                continue;
            };
            if !is_weekend(day) {
                continue;
            }
            while is_weekend(day) || self.feast_on(day).is_some() || taken.contains(&day) {
                day = day.tomorrow().ok()?;
            }
            if day == date {
                return Some(name);
            }
            taken.push(day);
        }
        None
    }
}

impl Rule {
    fn in_year(self, year: i16) -> Option<Date> {
        match self {
            Self::Fixed(month, day) => Date::new(year, month, day).ok(),
            Self::Easter(offset) => easter(year)
                .checked_add(jiff::Span::new().days(offset))
                .ok(),
            Self::LastBy(month, day, weekday) => {
                let limit = Date::new(year, month, day).ok()?;
                let back = weekday.until(limit.weekday());
                limit.checked_sub(jiff::Span::new().days(back)).ok()
            }
            Self::Once(only, month, day) => {
                let date = Date::new(only, month, day).ok()?;
                (only == year).then_some(date)
            }
        }
    }
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

fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// Years for which holidays are computed.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2200;

/// Every region; one more is one more table.
static TABLES: &[&Table] = &[&FR, &FR_57, &GB_ENG, &CA_QC];

/// Code du travail, article L3133-1.
static FR: Table = Table {
    code: "FR",
    substitutes: false,
    with: None,
    days: &[
        (Rule::Fixed(1, 1), "Jour de l'an"),
        (Rule::Easter(1), "Lundi de Pâques"),
        (Rule::Fixed(5, 1), "Fête du Travail"),
        (Rule::Fixed(5, 8), "Victoire 1945"),
        (Rule::Easter(39), "Ascension"),
        (Rule::Easter(50), "Lundi de Pentecôte"),
        (Rule::Fixed(7, 14), "Fête nationale"),
        (Rule::Fixed(8, 15), "Assomption"),
        (Rule::Fixed(11, 1), "Toussaint"),
        (Rule::Fixed(11, 11), "Armistice 1918"),
        (Rule::Fixed(12, 25), "Noël"),
    ],
};

/// Alsace and Moselle keep two days more (Code du travail, article L3134-13).
static FR_57: Table = Table {
    code: "FR-57",
    substitutes: false,
    with: Some(&FR),
    days: &[
        (Rule::Easter(-2), "Vendredi saint"),
        (Rule::Fixed(12, 26), "Saint-Étienne"),
    ],
};

/// Banking and Financial Dealings Act 1971, and proclamations since 2020.
static GB_ENG: Table = Table {
    code: "GB-ENG",
    substitutes: true,
    with: None,
    days: &[
        (Rule::Fixed(1, 1), "New Year's Day"),
        (Rule::Easter(-2), "Good Friday"),
        (Rule::Easter(1), "Easter Monday"),
        (
            Rule::LastBy(5, 7, Weekday::Monday),
            "Early May bank holiday",
        ),
        (Rule::LastBy(5, 31, Weekday::Monday), "Spring bank holiday"),
        (Rule::LastBy(8, 31, Weekday::Monday), "Summer bank holiday"),
        (Rule::Fixed(12, 25), "Christmas Day"),
        (Rule::Fixed(12, 26), "Boxing Day"),
        (Rule::Once(2020, 5, 8), "Early May bank holiday (VE day)"),
        (Rule::Once(2022, 6, 2), "Spring bank holiday"),
        (Rule::Once(2022, 6, 3), "Platinum Jubilee"),
        (
            Rule::Once(2022, 9, 19),
            "State funeral of Queen Elizabeth II",
        ),
        (Rule::Once(2023, 5, 8), "Coronation of King Charles III"),
    ],
};

/// Loi sur les normes du travail, article 60, and Loi sur la fête nationale; of Good Friday and
/// Easter Monday, the Friday.
static CA_QC: Table = Table {
    code: "CA-QC",
    substitutes: false,
    with: None,
    days: &[
        (Rule::Fixed(1, 1), "Jour de l'an"),
        (Rule::Easter(-2), "Vendredi saint"),
        (
            Rule::LastBy(5, 24, Weekday::Monday),
            "Journée nationale des patriotes",
        ),
        (Rule::Fixed(6, 24), "Fête nationale"),
        (Rule::Fixed(7, 1), "Fête du Canada"),
        (Rule::LastBy(9, 7, Weekday::Monday), "Fête du travail"),
        (Rule::LastBy(10, 14, Weekday::Monday), "Action de grâces"),
        (Rule::Fixed(12, 25), "Noël"),
    ],
};
