//! How often something may happen: `3/day`, `10/hour`, as operators write it (FLOWS §7.6, §14).

use std::fmt;
use std::time::Duration;

/// At most `count` times in each period. Periods of a day and more are those of the tenant's
/// calendar days, weeks (from Monday) and months; shorter ones slide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate {
    /// How many times; 1 to [`MAX_COUNT`].
    pub count: u32,
    /// In what time.
    pub per: Period,
}

/// The time a [`Rate`] counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Period {
    /// Sixty seconds.
    Minute,
    /// Sixty minutes.
    Hour,
    /// A day of the tenant's time zone.
    Day,
    /// Monday to Sunday.
    Week,
    /// A month of the calendar.
    Month,
}

impl Period {
    /// All of them, shortest first.
    pub const ALL: [Self; 5] = [Self::Minute, Self::Hour, Self::Day, Self::Week, Self::Month];

    /// The word operators write.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// Its length; of a month the longest, 31 days.
    pub const fn longest(self) -> Duration {
        Duration::from_secs(match self {
            Self::Minute => 60,
            Self::Hour => 3600,
            Self::Day => 86_400,
            Self::Week => 7 * 86_400,
            Self::Month => 31 * 86_400,
        })
    }
}

impl Rate {
    /// Reads `3/day`; `None` for anything else, zero and counts above [`MAX_COUNT`].
    pub fn parse(text: &str) -> Option<Self> {
        let (count, word) = text.split_once('/')?;
        let is_plain = (1..=7).contains(&count.len()) && count.bytes().all(|b| b.is_ascii_digit());
        let count: u32 = count.parse().ok().filter(|_| is_plain)?;
        let per = Period::ALL.into_iter().find(|per| per.word() == word)?;
        (1..=MAX_COUNT)
            .contains(&count)
            .then_some(Self { count, per })
    }
}

/// As [`Rate::parse`] reads it back.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.count, self.per.word())
    }
}

/// Largest count: beyond it nobody means a limit.
pub const MAX_COUNT: u32 = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_count_and_a_word() {
        for text in ["3/day", "30/minute", "10/hour", "4/month", "1000000/week"] {
            assert_eq!(Rate::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "3",
            "/day",
            "0/day",
            "3/days",
            "-3/day",
            "+3/day",
            "3 / day",
            "1000001/day",
            "٣/day",
        ] {
            assert_eq!(Rate::parse(text), None, "{text}");
        }
        assert!(
            Period::ALL
                .windows(2)
                .all(|p| p[0].longest() < p[1].longest())
        );
    }
}
