//! Lengths of time rounded as they are said: how long something is, how long a wait will be (FLOWS §18.17
//! and §18.18).

use std::time::Duration;

/// A length of time as it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// Under a minute.
    Seconds(u32),
    /// Under an hour; seconds only below ten minutes.
    Minutes { minutes: u32, seconds: u32 },
    /// From an hour on.
    Hours { hours: u32, minutes: u32 },
    /// Whole days, two or more.
    Days(u32),
}

impl Length {
    /// The length to the nearest second below ten minutes, to the nearest minute above; `None` for
    /// more hours than there are words for.
    pub(super) fn of(length: Duration) -> Option<Self> {
        let seconds = (length.as_millis() + 500) / 1_000;
        let seconds = u64::try_from(seconds).ok()?;
        if seconds < 60 {
            return Some(Self::Seconds(seconds as u32));
        }
        if seconds < 600 {
            return Some(Self::Minutes {
                minutes: (seconds / 60) as u32,
                seconds: (seconds % 60) as u32,
            });
        }
        let minutes = seconds.checked_add(30)? / 60;
        let minutes = u32::try_from(minutes).ok()?;
        (minutes / 60 <= super::MAX_NUMBER).then(|| Self::of_minutes(minutes))
    }

    /// So many whole minutes.
    pub(super) fn of_minutes(minutes: u32) -> Self {
        match minutes {
            0..60 => Self::Minutes {
                minutes,
                seconds: 0,
            },
            _ if minutes >= 2 * DAY && minutes.is_multiple_of(DAY) => Self::Days(minutes / DAY),
            _ => Self::Hours {
                hours: minutes / 60,
                minutes: minutes % 60,
            },
        }
    }
}

/// A wait as it may honestly be announced, in minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// Less than so many, at least one.
    LessThan(u32),
    /// More than so many.
    MoreThan(u32),
    /// One value: both ends are the same.
    About(u32),
    /// From one to the other.
    Between(u32, u32),
}

impl Wait {
    /// Rounds the low end down and the high end up; the ends come in either order. A high end above
    /// `ceiling` is not said, because nobody can promise it; `None` when there are no words.
    pub(super) fn of(one: Duration, other: Duration, ceiling: Duration) -> Option<Self> {
        let (low, high) = (one.min(other), one.max(other));
        let down = u32::try_from(low.as_secs() / 60).ok()?;
        let up = u32::try_from(high.as_millis().div_ceil(60_000)).ok()?;
        if up / 60 > super::MAX_NUMBER {
            return None;
        }
        let most = u32::try_from(ceiling.as_secs() / 60).unwrap_or(u32::MAX);
        Some(match (down, up) {
            (0, up) => Self::LessThan(up.max(1)),
            (down, _) if high > ceiling => Self::MoreThan(down.min(most.max(1))),
            (down, up) if down == up => Self::About(up),
            (down, up) => Self::Between(down, up),
        })
    }

    /// The low end of a wait as a bare number, when its unit is that of the high end and need not be
    /// said twice: "entre quatre et sept minutes".
    pub(super) fn shared_unit(low: u32, high: u32) -> Option<u32> {
        let hours = low.is_multiple_of(60) && high.is_multiple_of(60) && high < 2 * DAY;
        match () {
            () if high < 60 => Some(low),
            () if hours => Some(low / 60),
            () => None,
        }
    }
}

/// Minutes of a day.
const DAY: u32 = 24 * 60;

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(low: u64, high: u64) -> Wait {
        let seconds = Duration::from_secs;
        Wait::of(seconds(low), seconds(high), seconds(45 * 60)).unwrap()
    }

    #[test]
    fn a_wait_promises_nothing_false() {
        assert_eq!(wait(0, 0), Wait::LessThan(1));
        assert_eq!(wait(0, 61), Wait::LessThan(2));
        assert_eq!(wait(59, 3_000), Wait::LessThan(50));
        assert_eq!(wait(60, 60), Wait::About(1));
        assert_eq!(wait(60, 61), Wait::Between(1, 2));
        assert_eq!(wait(299, 419), Wait::Between(4, 7));
        assert_eq!(wait(419, 299), Wait::Between(4, 7));
        assert_eq!(wait(1_800, 2_700), Wait::Between(30, 45));
        assert_eq!(wait(1_800, 2_701), Wait::MoreThan(30));
        assert_eq!(wait(2_700, 2_701), Wait::MoreThan(45));
        assert_eq!(wait(9_000, 9_000), Wait::MoreThan(45));
        assert_eq!(Wait::of(Duration::MAX, Duration::MAX, Duration::ZERO), None);
    }

    #[test]
    fn seconds_are_said_below_ten_minutes_only() {
        let of = |ms| Length::of(Duration::from_millis(ms)).unwrap();
        let minutes = |minutes, seconds| Length::Minutes { minutes, seconds };
        assert_eq!(of(59_499), Length::Seconds(59));
        assert_eq!(of(59_500), minutes(1, 0));
        assert_eq!(of(599_000), minutes(9, 59));
        assert_eq!(of(629_000), minutes(10, 0));
        assert_eq!(of(630_000), minutes(11, 0));
        let hours = |hours, minutes| Length::Hours { hours, minutes };
        assert_eq!(of(3_590_000), hours(1, 0));
        assert_eq!(of(24 * 3_600_000), hours(24, 0));
        assert_eq!(of(48 * 3_600_000), Length::Days(2));
        assert_eq!(of(50 * 3_600_000), hours(50, 0));
        assert_eq!(Length::of(Duration::MAX), None);
    }
}
