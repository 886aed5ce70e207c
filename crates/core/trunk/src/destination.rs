//! What a number outside is: whose country, which kind; and the words by which rules name a part of
//! the world.

use std::fmt;
use std::str::FromStr;

use rappel_model::numbering::{international, is_mobile, is_premium};
use rappel_model::{Country, PhoneNumber};

use crate::emergency::is_emergency;

/// A number that somebody at home in a country wants called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// E.164; as it was dialled for emergency and short numbers, which mean nothing elsewhere.
    pub number: PhoneNumber,
    /// Which kind it is.
    pub kind: Kind,
    /// Whose, of E.164 numbers that belong to a country.
    pub country: Option<Country>,
    /// Where the company is.
    pub home: Country,
}

/// The kinds of numbers that rules tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Help; see [`is_emergency`].
    Emergency,
    /// A short number of the country: `3631`, `118712`. What it costs cannot be told.
    Short,
    /// It costs more than a call; see [`is_premium`].
    Premium,
    /// Surely a mobile.
    Mobile,
    /// Any other.
    Plain,
}

/// A part of the world, as rules name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Area {
    /// `all`: every country.
    All,
    /// `home`: the company's own country.
    Home,
    /// `international`: every country but the company's own.
    International,
    /// `FR`.
    Country(Country),
    /// `+3247`; or the first digits of short numbers, `36`.
    Prefix(Prefix),
    /// `emergency`, `short`, `premium`, `mobile`.
    Kind(Kind),
}

/// The first digits of numbers: with a `+` of E.164 numbers, without of short ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix(String);

/// Not the name of a part of the world.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is no destination: a country (FR), a prefix (+33), all, home, international, mobile, \
     premium, short or emergency"
)]
pub struct BadArea(String);

impl Destination {
    /// What somebody at home in `home` means by `dialled`; `None` for what no trunk could take:
    /// service codes, and numbers that no plan knows.
    pub fn read(dialled: &PhoneNumber, home: Country) -> Option<Self> {
        let text = dialled.as_str();
        let made = |number, kind, country| Self {
            number,
            kind,
            country,
            home,
        };
        if is_emergency(text, home) {
            return Some(made(dialled.clone(), Kind::Emergency, Some(home)));
        }
        // A number with a plus was declared by somebody who knows it; national plans may be newer
        // than ours, so its length is not held against it.
        let number = match text.starts_with('+') {
            true => dialled.is_e164().then(|| dialled.clone()),
            false => international(text, home),
        };
        if let Some(number) = number {
            let kind = match () {
                () if is_premium(&number) => Kind::Premium,
                () if is_mobile(&number) => Kind::Mobile,
                () => Kind::Plain,
            };
            let country = Country::of(&number);
            return Some(made(number, kind, country));
        }
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        let short = SHORT.contains(&text.len()) && digits && !text.starts_with('0');
        short.then(|| made(dialled.clone(), Kind::Short, Some(home)))
    }

    /// Whether it is abroad, as the company sees it.
    pub fn is_international(&self) -> bool {
        self.country != Some(self.home)
    }
}

impl Area {
    /// Whether `destination` lies in it. Kinds that can cost anything, or that no plan knows, are
    /// only in areas that name them or their digits.
    pub fn covers(&self, destination: &Destination) -> bool {
        let kind = destination.kind;
        match self {
            Self::Kind(wanted) => *wanted == kind,
            Self::Prefix(prefix) => {
                let told = prefix.0.len() > LONGEST_CODE || destination.country.is_none();
                prefix.begins(&destination.number)
                    && kind != Kind::Emergency
                    && (told || kind != Kind::Premium)
            }
            _ if matches!(kind, Kind::Premium | Kind::Short | Kind::Emergency) => false,
            _ => self.has_country(destination),
        }
    }

    /// Whether it names the country of a number, whatever its kind.
    pub(crate) fn has_country(&self, destination: &Destination) -> bool {
        match self {
            Self::All => destination.country.is_some(),
            Self::Home => !destination.is_international(),
            Self::International => destination.country.is_some() && destination.is_international(),
            Self::Country(country) => destination.country == Some(*country),
            Self::Prefix(_) | Self::Kind(_) => false,
        }
    }
}

impl FromStr for Area {
    type Err = BadArea;

    fn from_str(text: &str) -> Result<Self, BadArea> {
        Ok(match text {
            "all" => Self::All,
            "home" => Self::Home,
            "international" => Self::International,
            "emergency" => Self::Kind(Kind::Emergency),
            "short" => Self::Kind(Kind::Short),
            "premium" => Self::Kind(Kind::Premium),
            "mobile" => Self::Kind(Kind::Mobile),
            _ => match text.parse() {
                Ok(prefix) => Self::Prefix(prefix),
                Err(_) => {
                    Self::Country(Country::parse(text).ok_or_else(|| BadArea(text.to_owned()))?)
                }
            },
        })
    }
}

impl Prefix {
    /// Whether a number begins with it.
    pub fn begins(&self, number: &PhoneNumber) -> bool {
        number.as_str().starts_with(&self.0)
    }

    /// How long it is: of two that fit, the longer one counts.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Never: a prefix has a digit at least.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromStr for Prefix {
    type Err = BadArea;

    /// `+33`, `+334`: 1 to 15 digits; without plus 1 to 6.
    fn from_str(text: &str) -> Result<Self, BadArea> {
        let (digits, most) = match text.strip_prefix('+') {
            Some(digits) => (digits, 15),
            None => (text, *SHORT.end()),
        };
        let good = (1..=most).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        good.then(|| Self(text.to_owned()))
            .ok_or_else(|| BadArea(text.to_owned()))
    }
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Home => f.write_str("home"),
            Self::International => f.write_str("international"),
            Self::Country(country) => write!(f, "{country}"),
            Self::Prefix(prefix) => f.write_str(&prefix.0),
            Self::Kind(kind) => f.write_str(kind.word()),
        }
    }
}

impl Kind {
    /// The word of rules and records.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Emergency => "emergency",
            Self::Short => "short",
            Self::Premium => "premium",
            Self::Mobile => "mobile",
            Self::Plain => "plain",
        }
    }
}

/// How many digits a short number has.
const SHORT: std::ops::RangeInclusive<usize> = 2..=6;

/// A prefix no longer than this, its `+` included, names a country or a region, not a paid service.
const LONGEST_CODE: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Destination> {
        Destination::read(&PhoneNumber::parse(text)?, Country::FRANCE)
    }

    #[test]
    fn a_number_is_of_one_kind_and_at_most_one_country() {
        for (dialled, number, kind, country) in [
            ("0472001122", "+33472001122", Kind::Plain, Some("FR")),
            ("0612345678", "+33612345678", Kind::Mobile, Some("FR")),
            ("0892123456", "+33892123456", Kind::Premium, Some("FR")),
            ("+32470123456", "+32470123456", Kind::Mobile, Some("BE")),
            ("0032470123456", "+32470123456", Kind::Mobile, Some("BE")),
            ("+8811234567", "+8811234567", Kind::Premium, None),
            ("112", "112", Kind::Emergency, Some("FR")),
            ("15", "15", Kind::Emergency, Some("FR")),
            ("3631", "3631", Kind::Short, Some("FR")),
            ("118712", "118712", Kind::Short, Some("FR")),
        ] {
            let read = read(dialled).unwrap_or_else(|| panic!("{dialled} is a number"));
            let whose = read.country.map(|c| c.to_string());
            let told = (read.number.as_str(), read.kind, whose.as_deref());
            assert_eq!(told, (number, kind, country), "{dialled}");
        }
        for nothing in ["*98", "#31#", "1", "00", "04720011", "+12"] {
            assert_eq!(read(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn areas_cover_what_they_name_and_dear_numbers_only_by_name() {
        let covers = |area: &str, number: &str| {
            area.parse::<Area>()
                .expect("an area")
                .covers(&read(number).expect("a number"))
        };
        for (area, number, inside) in [
            ("home", "0472001122", true),
            ("home", "+32470123456", false),
            ("home", "0892123456", false),
            ("home", "3631", false),
            ("all", "+32470123456", true),
            ("all", "+8811234567", false),
            ("international", "+32470123456", true),
            ("international", "0472001122", false),
            ("BE", "+32470123456", true),
            ("+324", "+32470123456", true),
            ("+33", "0472001122", true),
            ("+33", "0892123456", false),
            ("+33892", "0892123456", true),
            ("premium", "0892123456", true),
            ("mobile", "0612345678", true),
            ("mobile", "0472001122", false),
            ("short", "3631", true),
            ("36", "3631", true),
            ("emergency", "112", true),
            ("all", "112", false),
        ] {
            assert_eq!(covers(area, number), inside, "{area} {number}");
        }
    }

    #[test]
    fn what_is_no_area_is_refused_and_what_is_reads_back() {
        for text in [
            "",
            "fr",
            "France",
            "+",
            "+33x",
            "ZZ",
            "+1234567890123456",
            "0472001",
        ] {
            assert!(text.parse::<Area>().is_err(), "{text}");
        }
        for text in [
            "all",
            "home",
            "international",
            "FR",
            "+33",
            "mobile",
            "short",
        ] {
            let area: Area = text.parse().expect("an area");
            assert_eq!(area.to_string(), text);
        }
    }
}
