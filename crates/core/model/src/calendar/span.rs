//! Stretches of a day and lists of days, as operators write them: `08:30-12:00`, `mon-fri`.

use std::fmt;

use jiff::civil::{Time, Weekday};

/// A stretch of a day, `from` included, `to` excluded. A `to` of 00:00 is the end of the day
/// (written `24:00`): a span never passes midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// First moment inside.
    pub from: Time,
    /// First moment outside again; midnight is the end of the day.
    pub to: Time,
}

impl Span {
    /// Reads `08:30-12:00`. Hours have one or two digits, minutes two; the end may be `24:00` and
    /// is later than the start.
    pub fn parse(text: &str) -> Result<Self, SpanError> {
        let (from, to) = text.split_once('-').ok_or(SpanError::NotASpan)?;
        let from = minutes(from)?;
        let to = minutes(to)?;
        if from >= to {
            return Err(SpanError::Backwards);
        }
        Ok(Self {
            from: time(from),
            to: time(to),
        })
    }

    /// Whether `time` lies inside.
    pub fn contains(&self, time: Time) -> bool {
        self.from <= time && (time < self.to || self.ends_at_midnight())
    }

    /// Whether this span lasts until the day is over.
    pub fn ends_at_midnight(&self) -> bool {
        self.to == Time::midnight()
    }

    /// Minutes from midnight to the start, 0 to 1439.
    fn first_minute(&self) -> u16 {
        minute_of(self.from)
    }

    /// Minutes from midnight to the end, 1 to 1440.
    fn last_minute(&self) -> u16 {
        match minute_of(self.to) {
            0 => MINUTES_PER_DAY,
            minute => minute,
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (self.first_minute(), self.last_minute());
        write!(
            f,
            "{:02}:{:02}-{:02}:{:02}",
            from / 60,
            from % 60,
            to / 60,
            to % 60
        )
    }
}

/// Why a text is not a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanError {
    /// It is not of the form `08:30-12:00`.
    NotASpan,
    /// An hour above 24, a minute above 59, or something after 24:00.
    NoSuchTime,
    /// It ends before, or when, it begins.
    Backwards,
}

impl fmt::Display for SpanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotASpan => "opening hours are written like 08:30-12:00",
            Self::NoSuchTime => "a day has no such time: hours go to 23, minutes to 59, or 24:00",
            Self::Backwards => "this ends before it begins: split it at midnight, 24:00 ends a day",
        })
    }
}

impl std::error::Error for SpanError {}

/// The openings of one day: in order, none touching another's inside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Openings(Vec<Span>);

impl Openings {
    /// No opening: a closed day.
    pub const NONE: Self = Self(Vec::new());

    /// Sorts the spans; two that overlap come back as the error, the earlier first.
    pub fn new(mut spans: Vec<Span>) -> Result<Self, (Span, Span)> {
        spans.sort();
        for pair in spans.windows(2) {
            if pair[1].first_minute() < pair[0].last_minute() {
                return Err((pair[0], pair[1]));
            }
        }
        Ok(Self(spans))
    }

    /// The spans, earliest first.
    pub fn spans(&self) -> &[Span] {
        &self.0
    }

    /// Whether every moment of these openings lies in one of `outer`.
    pub fn within(&self, outer: &Self) -> bool {
        self.0.iter().all(|span| {
            // Openings that touch are one stretch.
            let mut reached = span.first_minute();
            for each in &outer.0 {
                if each.first_minute() <= reached && reached < each.last_minute() {
                    reached = each.last_minute();
                }
            }
            reached >= span.last_minute()
        })
    }

    /// Whether the day has no opening at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Where `time` falls: inside an opening, in a gap shorter than `lunch` minutes between two of
    /// them, or outside.
    pub(super) fn place(&self, time: Time, lunch: u16) -> Place {
        if self.0.iter().any(|span| span.contains(time)) {
            return Place::Inside;
        }
        let in_gap = self.0.windows(2).any(|pair| {
            pair[0].to <= time
                && time < pair[1].from
                && pair[1].first_minute() - pair[0].last_minute() < lunch
        });
        if in_gap { Place::Gap } else { Place::Outside }
    }
}

/// Where a time of day falls among the openings of its day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Inside,
    Gap,
    Outside,
}

/// Reads the name of a day or of a range of days: `mon`, `mon-fri`, `sat-mon` (which wraps).
/// `None` when it is neither.
pub fn parse_days(text: &str) -> Option<Vec<Weekday>> {
    let (first, last) = match text.split_once('-') {
        Some((first, last)) => (weekday(first)?, weekday(last)?),
        None => (weekday(text)?, weekday(text)?),
    };
    let mut days = vec![first];
    while days[days.len() - 1] != last {
        days.push(days[days.len() - 1].next());
    }
    Some(days)
}

/// The names of days as operators write them, Monday first.
pub const DAY_NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

fn weekday(text: &str) -> Option<Weekday> {
    let index = DAY_NAMES.iter().position(|name| *name == text)?;
    Weekday::from_monday_zero_offset(index as i8).ok()
}

/// Minutes from midnight of `8:30`, `08:30` or `24:00`.
fn minutes(text: &str) -> Result<u16, SpanError> {
    let (hour, minute) = text.trim().split_once(':').ok_or(SpanError::NotASpan)?;
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !(1..=2).contains(&hour.len()) || minute.len() != 2 || !digits(hour) || !digits(minute) {
        return Err(SpanError::NotASpan);
    }
    let number = |text: &str| text.parse::<u16>().expect("at most two ASCII digits");
    let (hour, minute) = (number(hour), number(minute));
    let total = hour * 60 + minute;
    if minute > 59 || total > MINUTES_PER_DAY {
        return Err(SpanError::NoSuchTime);
    }
    Ok(total)
}

fn minute_of(time: Time) -> u16 {
    u16::from(time.hour().unsigned_abs()) * 60 + u16::from(time.minute().unsigned_abs())
}

fn time(minute: u16) -> Time {
    let minute = minute % MINUTES_PER_DAY;
    Time::new((minute / 60) as i8, (minute % 60) as i8, 0, 0)
        .expect("a minute of a day is a time of day")
}

const MINUTES_PER_DAY: u16 = 24 * 60;
