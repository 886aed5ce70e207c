//! Opening hours, lunch, exceptions, public holidays and time zones (FLOWS §7.1, §18.11, §18.21).
//!
//! Hours are written in civil time and judged in civil time: what a clock on the wall of the shop
//! shows decides, on the days the clocks change too. Zones come from the bundled database, never
//! from files of the machine, so that the same calendar gives the same answer everywhere.

mod holidays;
mod span;

use std::time::Duration;

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};

pub use holidays::{Holiday, Region};
pub use span::{DAY_NAMES, Openings, Span, SpanError, parse_days};

use crate::time::Timestamp;
use span::Place;

/// When a business is open. Built once from a file, then only asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Calendar {
    zone: TimeZone,
    week: [Openings; 7],
    lunch_minutes: u16,
    regions: Vec<Region>,
    exceptions: Vec<Exception>,
}

/// What a calendar says of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Inside an opening.
    Open,
    /// Between two openings of one day, less than the `lunch` of the calendar apart.
    Lunch,
    /// Outside all openings of the day.
    Closed,
    /// A public holiday: closed.
    Holiday,
    /// A day closed by an exception.
    Exception,
}

impl State {
    /// The word flows use for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Lunch => "lunch",
            Self::Closed => "closed",
            Self::Holiday => "holiday",
            Self::Exception => "exception",
        }
    }
}

/// Days that do not follow the week: other hours, or none. Both ends are included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// First day.
    pub from: Date,
    /// Last day, never before the first.
    pub to: Date,
    /// The hours of each of these days; empty means closed.
    pub hours: Openings,
    /// Why, for people.
    pub reason: Option<String>,
}

impl Exception {
    fn covers(&self, date: Date) -> bool {
        self.from <= date && date <= self.to
    }
}

/// One day as a calendar understands it.
#[derive(Clone, Debug, PartialEq)]
pub struct Day<'a> {
    /// Its openings, earliest first; empty when closed.
    pub openings: &'a Openings,
    /// What made it so.
    pub because: Because<'a>,
}

/// What decides the openings of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Because<'a> {
    /// The day of the week.
    Week,
    /// A public holiday.
    Holiday(Holiday),
    /// An exception, with its reason when one was written.
    Exception(Option<&'a str>),
}

impl Calendar {
    /// A calendar of this zone that is never open yet; a gap under three hours is lunch.
    pub fn new(zone: TimeZone) -> Self {
        Self {
            zone,
            week: Default::default(),
            lunch_minutes: DEFAULT_LUNCH_MINUTES,
            regions: Vec::new(),
            exceptions: Vec::new(),
        }
    }

    /// Sets the openings of a day of the week, replacing what it had.
    pub fn set_day(&mut self, day: Weekday, openings: Openings) {
        self.week[day.to_monday_zero_offset() as usize] = openings;
    }

    /// A gap shorter than this between two openings of a day is lunch; whole minutes count.
    pub fn set_lunch(&mut self, shorter_than: Duration) {
        self.lunch_minutes = u16::try_from(shorter_than.as_secs() / 60).unwrap_or(u16::MAX);
    }

    /// Closes the public holidays of a region.
    pub fn add_region(&mut self, region: Region) {
        if !self.regions.contains(&region) {
            self.regions.push(region);
        }
    }

    /// Adds an exception. Where several cover a day, the shortest decides, so that one day inside a
    /// closed fortnight may be opened; of two as long, the one added first.
    pub fn add_exception(&mut self, exception: Exception) {
        self.exceptions.push(exception);
    }

    /// The zone its hours are written in.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The openings of each day of the week, Monday first.
    pub fn week(&self) -> &[Openings; 7] {
        &self.week
    }

    /// The days that do not follow the week, in the order added.
    pub fn exceptions(&self) -> &[Exception] {
        &self.exceptions
    }

    /// The day as this calendar understands it: exceptions before holidays before the week.
    pub fn day(&self, date: Date) -> Day<'_> {
        let exception = self
            .exceptions
            .iter()
            .filter(|exception| exception.covers(date))
            .min_by_key(|exception| exception.to.duration_since(exception.from));
        if let Some(exception) = exception {
            return Day {
                openings: &exception.hours,
                because: Because::Exception(exception.reason.as_deref()),
            };
        }
        if let Some(holiday) = self.regions.iter().find_map(|r| r.holiday_on(date)) {
            return Day {
                openings: &NEVER,
                because: Because::Holiday(holiday),
            };
        }
        Day {
            openings: &self.week[date.weekday().to_monday_zero_offset() as usize],
            because: Because::Week,
        }
    }

    /// The change of clocks that day, if there is one: what a clock on the wall shows when it comes,
    /// and what it shows then. At midnight it belongs to the day whose hours it skips or repeats.
    pub fn clock_change_on(&self, date: Date) -> Option<(DateTime, DateTime)> {
        // Zones lie less than a day and two hours from UTC.
        let far = jiff::SignedDuration::from_hours(26);
        let midnight = jiff::tz::Offset::UTC.to_timestamp(date.into()).ok()?;
        let first = midnight.checked_sub(far).ok()?;
        let last = midnight.checked_add(far * 2).ok()?;
        self.zone
            .following(first)
            .map(|change| change.timestamp())
            .take_while(|change| *change <= last)
            .filter_map(|change| {
                let just_before = change
                    .checked_sub(jiff::SignedDuration::from_micros(1))
                    .ok()?;
                let before = self.zone.to_offset(just_before).to_datetime(change);
                let after = self.zone.to_datetime(change);
                Some((before, after))
            })
            .find(|(before, after)| before != after && (*before).min(*after).date() == date)
    }

    /// Where `at` falls.
    pub fn state_at(&self, at: Timestamp) -> State {
        let local = self.zone.to_datetime(at.to_jiff());
        let day = self.day(local.date());
        match day.because {
            Because::Exception(_) if day.openings.is_empty() => State::Exception,
            Because::Holiday(_) => State::Holiday,
            _ => match day.openings.place(local.time(), self.lunch_minutes) {
                Place::Inside => State::Open,
                Place::Gap => State::Lunch,
                Place::Outside => State::Closed,
            },
        }
    }

    /// The first moment after `at` at which it turns from not open to open; during an opening, that
    /// is the next one. `None` when there is none in the next 400 days.
    pub fn next_open(&self, at: Timestamp) -> Option<Timestamp> {
        self.next_change(at, true)
    }

    /// The first moment after `at` at which it stops being open. `None` when it is not open at `at`,
    /// or stays open for the next 400 days.
    pub fn closes_at(&self, at: Timestamp) -> Option<Timestamp> {
        if self.state_at(at) != State::Open {
            return None;
        }
        self.next_change(at, false)
    }

    /// Whether it has any opening at all, in the week or by an exception.
    pub fn ever_opens(&self) -> bool {
        let exceptions = self.exceptions.iter().map(|exception| &exception.hours);
        self.week
            .iter()
            .chain(exceptions)
            .any(|day| !day.is_empty())
    }

    /// Whether an opening lies in the `days` after `at`, or `at` itself is inside one.
    pub fn opens_within(&self, at: Timestamp, days: u16) -> bool {
        let limit = at + Duration::from_secs(u64::from(days) * 86_400);
        self.state_at(at) == State::Open || self.next_open(at).is_some_and(|open| open <= limit)
    }

    /// The first change to open, or to not open, after `at`.
    fn next_change(&self, at: Timestamp, to_open: bool) -> Option<Timestamp> {
        let mut date = self.zone.to_datetime(at.to_jiff()).date();
        let mut moments = Vec::new();
        for _ in 0..HORIZON_DAYS {
            moments.clear();
            self.moments_of(date, &mut moments);
            moments.sort_unstable();
            for &moment in moments.iter().filter(|&&moment| moment > at) {
                let before = Timestamp::from_micros(moment.as_micros() - 1);
                let is_open = self.state_at(moment) == State::Open;
                if is_open == to_open && (self.state_at(before) == State::Open) != to_open {
                    return Some(moment);
                }
            }
            date = date.tomorrow().ok()?;
        }
        None
    }

    /// Every moment of a day with openings at which the state may change: both ends of its
    /// openings, and the change of clocks where one of them falls into it.
    fn moments_of(&self, date: Date, into: &mut Vec<Timestamp>) {
        for span in self.day(date).openings.spans() {
            self.instants_of(date.to_datetime(span.from), into);
            let end = if span.ends_at_midnight() {
                let Ok(tomorrow) = date.tomorrow() else {
                    continue;
                };
                tomorrow.to_datetime(span.to)
            } else {
                date.to_datetime(span.to)
            };
            self.instants_of(end, into);
        }
    }

    /// The instants at which a clock on the wall passes `local`: one, two when the hour is repeated
    /// (and the change itself), or the change that skips it.
    fn instants_of(&self, local: DateTime, into: &mut Vec<Timestamp>) {
        let mut add = |point: jiff::Timestamp| into.push(Timestamp::from_jiff(point));
        let change_after = |point| self.zone.following(point).next().map(|t| t.timestamp());
        match self.zone.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset } => {
                if let Ok(point) = offset.to_timestamp(local) {
                    add(point);
                }
            }
            AmbiguousOffset::Gap { after, .. } => {
                // Read with the later offset, a skipped time lies just before the change.
                let change = after.to_timestamp(local).ok().and_then(change_after);
                change.into_iter().for_each(add);
            }
            AmbiguousOffset::Fold { before, after } => {
                let points = [before.to_timestamp(local), after.to_timestamp(local)];
                let change = points[0].as_ref().ok().copied().and_then(change_after);
                change.into_iter().for_each(&mut add);
                points.into_iter().flatten().for_each(add);
            }
        }
    }
}

/// The zone of this name (`Europe/Paris`) in the bundled database; `None` when there is none.
pub fn zone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled()
        .get(name)
        .ok()
        .filter(|zone| !zone.is_unknown())
}

/// The names of all zones of the bundled database, to propose the nearest one.
pub fn zone_names() -> Vec<String> {
    TimeZoneDatabase::bundled()
        .available()
        .map(|name| name.as_str().to_owned())
        .collect()
}

static NEVER: Openings = Openings::NONE;

/// How far ahead an opening is looked for: a year, and the days by which a feast may move.
const HORIZON_DAYS: u16 = 400;

/// A gap shorter than this between two openings is lunch, unless the calendar says otherwise.
const DEFAULT_LUNCH_MINUTES: u16 = 3 * 60;

#[cfg(test)]
mod tests;
