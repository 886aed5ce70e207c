//! People, teams and their phones, as files declare them (FLOWS §7.2), and where somebody is now.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::calendar::{Calendar, Span, State};
use crate::directory::Device;
use crate::ids::{
    CalendarName, DeviceName, MailboxName, PersonName, PromptKey, TeamName, UserName,
};
use crate::number::PhoneNumber;
use crate::time::Timestamp;

/// Everybody a tenant's flows may reach.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct People {
    /// By name.
    pub persons: BTreeMap<PersonName, Person>,
    /// By name.
    pub teams: BTreeMap<TeamName, Team>,
    /// Phones of theirs that are reached through a trunk, by name.
    pub devices: BTreeMap<DeviceName, Device>,
}

/// One person: the phones that ring for them, and when they do not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Person {
    /// As written for people: "Madame Durand".
    pub name: String,
    /// The prompt in which their name was recorded.
    pub spoken: Option<PromptKey>,
    /// The short number the tenant's own phones dial for them; digits only.
    pub extension: Option<String>,
    /// Users whose registered devices ring, in this order of preference.
    pub phones: Vec<UserName>,
    /// Phones of theirs behind a trunk, in this order of preference.
    pub devices: Vec<DeviceName>,
    /// Their own opening hours.
    pub hours: Option<CalendarName>,
    /// Proposed when they are absent.
    pub backup: Option<TeamName>,
    /// Their mailbox, when one is theirs.
    pub mailbox: Option<MailboxName>,
    /// They take no voice messages: their mailbox offers other channels (`voice = "off"`).
    pub voice_off: bool,
    /// Where texts for them go.
    pub text: Option<PhoneNumber>,
    /// How a call from a queue is taken.
    pub pickup: Pickup,
    /// What they can do, for queues and for teams of `skill:NAME`.
    pub skills: Vec<String>,
    /// Most written dialogues at once, where that is lower than the queue's.
    pub per_person: Option<u16>,
    /// Times of day without ringing.
    pub focus: Vec<Span>,
    /// Leaves with dates, both included.
    pub absences: Vec<Absence>,
    /// Whether their phones may call outside, where it is not as for everybody.
    pub outside: Option<bool>,
}

/// How somebody takes a call of a queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pickup {
    /// The phone rings until it is picked up.
    #[default]
    Ring,
    /// The phone answers by itself.
    Auto,
    /// They stay connected while they are ready.
    Open,
}

/// A leave: `from` and `to` are both days away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absence {
    /// First day away.
    pub from: Date,
    /// Last day away.
    pub to: Date,
    /// Said in records, not to callers.
    pub reason: String,
}

/// A group of people that can be rung as one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Team {
    /// Everybody in it, each once: who was named, in the order written, then who has its skills.
    pub members: Vec<PersonName>,
    /// The skills that make one a member: `skill:NAME`.
    pub skills: Vec<String>,
    /// Whether the phones of members ring with the team who have all their calls forwarded.
    pub rings_forwarded: bool,
}

/// Whether somebody may be rung.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Availability<'a> {
    /// Yes.
    Available,
    /// On leave; the date is the first day on which they work again.
    Absent(&'a Absence, Date),
    /// Outside their own opening hours.
    Closed,
    /// Within a time without ringing.
    Focus,
}

impl Person {
    /// Somebody of this name without phones, hours or anything else.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    /// The absence that covers `day`, if any.
    pub fn absence_on(&self, day: Date) -> Option<&Absence> {
        self.absences.iter().find(|a| a.from <= day && day <= a.to)
    }

    /// Where they are at `at`: leave before hours before focus. `calendar` is that of their own
    /// hours; its zone decides which day and time it is, and `zone` where they have none.
    pub fn availability(
        &self,
        at: Timestamp,
        calendar: Option<&Calendar>,
        zone: &TimeZone,
    ) -> Availability<'_> {
        let zone = calendar.map_or(zone, Calendar::zone);
        let local = zone.to_datetime(at.to_jiff());
        if let Some(absence) = self.absence_on(local.date()) {
            return Availability::Absent(absence, self.back(absence, calendar));
        }
        if calendar.is_some_and(|calendar| calendar.state_at(at) != State::Open) {
            return Availability::Closed;
        }
        let time = local.time();
        if self.focus.iter().any(|span| span.contains(time)) {
            return Availability::Focus;
        }
        Availability::Available
    }

    /// The first day they work again after `absence`: the first that is no other absence of theirs
    /// and has an opening in `calendar`, when they have one. A Friday's leave of somebody who works
    /// from Monday to Friday ends on the Monday. Where no such day lies in the next 400, the day
    /// after the absence.
    pub fn back(&self, absence: &Absence, calendar: Option<&Calendar>) -> Date {
        let mut day = absence.back();
        for _ in 0..HORIZON_DAYS {
            if let Some(next) = self.absence_on(day) {
                day = next.back();
                continue;
            }
            if calendar.is_none_or(|calendar| !calendar.day(day).openings.is_empty()) {
                return day;
            }
            day = day.tomorrow().unwrap_or(Date::MAX);
        }
        absence.back()
    }
}

impl Absence {
    /// The day after the last day away.
    fn back(&self) -> Date {
        self.to.tomorrow().unwrap_or(Date::MAX)
    }
}

/// How far ahead a day of work is looked for.
const HORIZON_DAYS: u16 = 400;

#[cfg(test)]
mod tests {
    use jiff::civil::{Weekday, date};

    use super::*;
    use crate::calendar::{Exception, Openings, Region, parse_days, zone};

    fn away(from: Date, to: Date) -> Absence {
        Absence {
            from,
            to,
            reason: "congés".into(),
        }
    }

    /// Monday to Friday, 09:00 to 12:00 and 14:00 to 18:00, in Paris.
    fn office() -> Calendar {
        let mut calendar = Calendar::new(zone("Europe/Paris").unwrap());
        let spans = ["09:00-12:00", "14:00-18:00"].map(|text| Span::parse(text).unwrap());
        for day in parse_days("mon-fri").unwrap() {
            calendar.set_day(day, Openings::new(spans.to_vec()).unwrap());
        }
        calendar.add_region(Region::parse("FR").unwrap());
        calendar
    }

    fn paris(text: &str) -> Timestamp {
        let local: jiff::civil::DateTime = text.parse().unwrap();
        let zoned = local.to_zoned(zone("Europe/Paris").unwrap()).unwrap();
        Timestamp::from_jiff(zoned.timestamp())
    }

    #[test]
    fn both_ends_of_an_absence_are_days_away() {
        let absence = away(date(2026, 11, 2), date(2026, 11, 12));
        let person = Person {
            absences: vec![absence.clone()],
            ..Person::named("Monsieur Lefèvre")
        };
        assert_eq!(person.back(&absence, None), date(2026, 11, 13));
        assert_eq!(person.absence_on(date(2026, 11, 1)), None);
        assert_eq!(person.absence_on(date(2026, 11, 2)), Some(&absence));
        assert_eq!(person.absence_on(date(2026, 11, 12)), Some(&absence));
        assert_eq!(person.absence_on(date(2026, 11, 13)), None);
    }

    #[test]
    fn who_is_back_is_back_on_a_day_of_work() {
        let back = |absences: &[Absence], calendar: Option<&Calendar>| {
            let person = Person {
                absences: absences.to_vec(),
                ..Person::default()
            };
            person.back(&person.absences[0], calendar)
        };
        let office = office();
        // The 13th of November 2026 is a Friday; the 14th a Saturday.
        let thursday = away(date(2026, 11, 2), date(2026, 11, 12));
        assert_eq!(
            back(std::slice::from_ref(&thursday), Some(&office)),
            date(2026, 11, 13)
        );
        let friday = away(date(2026, 11, 2), date(2026, 11, 13));
        assert_eq!(
            back(std::slice::from_ref(&friday), Some(&office)),
            date(2026, 11, 16)
        );
        assert_eq!(
            back(std::slice::from_ref(&friday), None),
            date(2026, 11, 14)
        );
        // A leave that goes on in another line, and a holiday after it.
        let next = away(date(2026, 11, 16), date(2026, 11, 17));
        assert_eq!(back(&[friday, next], Some(&office)), date(2026, 11, 18));
        let eve = away(date(2026, 11, 9), date(2026, 11, 10));
        assert_eq!(back(&[eve], Some(&office)), date(2026, 11, 12));
        // A calendar that never opens, and the end of all dates.
        let never = Calendar::new(zone("Europe/Paris").unwrap());
        assert_eq!(back(&[thursday], Some(&never)), date(2026, 11, 13));
        let ever = away(date(2020, 1, 1), Date::MAX);
        assert_eq!(back(&[ever], Some(&office)), Date::MAX);
    }

    #[test]
    fn leave_comes_before_hours_before_focus() {
        let mut office = office();
        office.set_day(Weekday::Saturday, Openings::NONE);
        office.add_exception(Exception {
            from: date(2026, 11, 26),
            to: date(2026, 11, 26),
            hours: Openings::NONE,
            reason: None,
        });
        let person = Person {
            focus: vec![Span::parse("14:00-15:00").unwrap()],
            absences: vec![away(date(2026, 11, 2), date(2026, 11, 13))],
            ..Person::default()
        };
        let is = |text| person.availability(paris(text), Some(&office), &TimeZone::UTC);
        let back = date(2026, 11, 16);
        assert_eq!(
            is("2026-11-13T23:59:59"),
            Availability::Absent(&person.absences[0], back)
        );
        assert_eq!(is("2026-11-14T00:00"), Availability::Closed);
        assert_eq!(is("2026-11-16T09:00"), Availability::Available);
        assert_eq!(is("2026-11-16T12:00"), Availability::Closed);
        assert_eq!(is("2026-11-16T14:00"), Availability::Focus);
        assert_eq!(is("2026-11-16T15:00"), Availability::Available);
        assert_eq!(is("2026-11-26T10:00"), Availability::Closed);
        // Without hours, the tenant's zone: 23:30 in Paris is the day before in UTC, still away.
        let utc = person.availability(paris("2026-11-14T00:30"), None, &TimeZone::UTC);
        assert!(matches!(utc, Availability::Absent(..)));
    }
}
