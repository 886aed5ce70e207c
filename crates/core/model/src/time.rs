//! Time as an argument. `Instant` drives timers, `Timestamp` is for people and records; `Now` pairs
//! them. Only the shell's loop, its pacing clock and tests make a `Now`.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

/// A point of monotonic time: microseconds since the engine (or the simulated world) started.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant(u64);

impl Instant {
    /// The moment the engine started.
    pub const ZERO: Self = Self(0);

    /// The point `micros` µs after the start.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Microseconds since the start.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// The time from `earlier` to here; zero when `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;
    fn add(self, length: Duration) -> Self {
        Self(
            self.0
                .saturating_add(u64::try_from(length.as_micros()).unwrap_or(u64::MAX)),
        )
    }
}

impl Sub<Self> for Instant {
    type Output = Duration;
    fn sub(self, earlier: Self) -> Duration {
        self.since(earlier)
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}s", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

/// A point of wall time: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The point `micros` µs after the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// The same point for `jiff`, which knows zones and calendars; beyond its years (−9999 to 9999)
    /// the last one it has.
    pub fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(if self.0 < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        })
    }

    /// From `jiff`'s point, cut to whole microseconds.
    pub fn from_jiff(point: jiff::Timestamp) -> Self {
        Self(point.as_microsecond())
    }

    /// The time from `earlier` to here; zero when `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, length: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(length.as_micros()).unwrap_or(i64::MAX)),
        )
    }
}

/// ISO 8601 in UTC, to the millisecond: what records and traces show.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.to_jiff())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One reading of both clocks: every entry point of the core takes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Now {
    /// Monotonic, for timers.
    pub instant: Instant,
    /// Wall time, for opening hours and records.
    pub wall: Timestamp,
}

impl Now {
    /// The reading `length` later, both clocks moved alike.
    pub fn after(self, length: Duration) -> Self {
        Self {
            instant: self.instant + length,
            wall: self.wall + length,
        }
    }
}

/// When to wake a machine, and why: a loop that spins names its cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// When.
    pub at: Instant,
    /// Why, in a few words: `timer B`, `no answer`.
    pub why: &'static str,
}

impl Deadline {
    /// A deadline at `at` because of `why`.
    pub fn new(at: Instant, why: &'static str) -> Self {
        Self { at, why }
    }

    /// The earlier of two that may be absent.
    pub fn earliest(a: Option<Self>, b: Option<Self>) -> Option<Self> {
        match (a, b) {
            (Some(a), Some(b)) => Some(if b.at < a.at { b } else { a }),
            (a, b) => a.or(b),
        }
    }
}

/// Reads a duration as operators write it: `5s`, `20m`, `1h30m`, `3d`, `2y` (of 365 days). Units fall
/// from years to seconds, each at most once; `None` for anything else, and beyond ten years.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut total: u64 = 0;
    let mut largest = u64::MAX;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let count: u64 = rest[..digits].parse().ok()?;
        let unit = match rest.as_bytes().get(digits)? {
            b'y' => 365 * 86_400,
            b'd' => 86_400,
            b'h' => 3600,
            b'm' => 60,
            b's' => 1,
            _ => return None,
        };
        if unit >= largest {
            return None;
        }
        largest = unit;
        total = total.checked_add(count.checked_mul(unit)?)?;
        rest = &rest[digits + 1..];
    }
    (!text.is_empty() && total <= LONGEST_SECONDS).then(|| Duration::from_secs(total))
}

/// Longest duration anybody writes: ten years.
const LONGEST_SECONDS: u64 = 3653 * 86_400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_words() {
        let seconds = |text| parse_duration(text).map(|length| length.as_secs());
        assert_eq!(seconds("0s"), Some(0));
        assert_eq!(seconds("20m"), Some(1200));
        assert_eq!(seconds("1h30m"), Some(5400));
        assert_eq!(seconds("1d2h3m4s"), Some(93_784));
        assert_eq!(seconds("3653d"), Some(LONGEST_SECONDS));
        assert_eq!(seconds("3y"), seconds("1095d"));
        for text in [
            "",
            "5",
            "s",
            "5 s",
            "-5s",
            "5S",
            "30m1h",
            "1h1h",
            "1.5h",
            "5ms",
            "5é",
            "3654d",
            "99999999999999999999s",
            "999999999999999d",
            "٥s",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn arithmetic_stops_at_the_ends() {
        let day = Duration::from_secs(86_400);
        assert_eq!(
            Instant::from_micros(5).since(Instant::from_micros(9)),
            Duration::ZERO
        );
        assert_eq!(
            Instant::from_micros(u64::MAX) + day,
            Instant::from_micros(u64::MAX)
        );
        assert_eq!(
            Timestamp::from_micros(i64::MAX) + Duration::MAX,
            Timestamp::from_micros(i64::MAX)
        );
        assert_eq!(
            Timestamp::from_micros(0).since(Timestamp::from_micros(9)),
            Duration::ZERO
        );
        assert_eq!(
            Timestamp::from_micros(i64::MIN).to_jiff(),
            jiff::Timestamp::MIN
        );
        assert_eq!(
            Timestamp::from_micros(i64::MAX).to_jiff(),
            jiff::Timestamp::MAX
        );
    }

    #[test]
    fn a_timestamp_is_shown_in_utc_to_the_millisecond() {
        let shown = Timestamp::from_micros(1_234_567).to_string();
        assert_eq!(shown, "1970-01-01T00:00:01.234Z");
    }

    #[test]
    fn both_clocks_of_now_move_alike() {
        let later = Now::default().after(Duration::from_secs(2));
        assert_eq!(later.instant.as_micros(), 2_000_000);
        assert_eq!(later.wall.as_micros(), 2_000_000);
    }

    #[test]
    fn the_earlier_deadline_wins_and_absence_loses() {
        let at = |micros| Some(Deadline::new(Instant::from_micros(micros), "test"));
        assert_eq!(Deadline::earliest(at(2), at(1)), at(1));
        assert_eq!(Deadline::earliest(None, at(1)), at(1));
        assert_eq!(Deadline::earliest(at(1), None), at(1));
        assert_eq!(Deadline::earliest(None, None), None);
    }
}
