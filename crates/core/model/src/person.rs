//! People and teams of a tenant, as files declare them (FLOWS §7.2).

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::calendar::Span;
use crate::ids::{CalendarName, MailboxName, PersonName, PromptKey, TeamName, UserName};

/// Everybody a tenant's flows may reach.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct People {
    /// By name.
    pub persons: BTreeMap<PersonName, Person>,
    /// By name.
    pub teams: BTreeMap<TeamName, Team>,
}

/// One person: the phones that ring for them, and when they do not.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// As written for people: "Madame Durand".
    pub name: String,
    /// The prompt in which their name was recorded.
    pub spoken: Option<PromptKey>,
    /// Users whose registered devices ring, in this order of preference.
    pub phones: Vec<UserName>,
    /// Their own opening hours.
    pub hours: Option<CalendarName>,
    /// Proposed when they are absent.
    pub backup: Option<TeamName>,
    /// Their mailbox, when one is theirs.
    pub mailbox: Option<MailboxName>,
    /// Times of day without ringing.
    pub focus: Vec<Span>,
    /// Leaves with dates, both included.
    pub absences: Vec<Absence>,
}

/// A leave: `from` and `to` are both days away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absence {
    /// First day away.
    pub from: Date,
    /// Last day away; back the day after.
    pub to: Date,
    /// Said in records, not to callers.
    pub reason: String,
}

/// A group of people that can be rung as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// In the order written.
    pub members: Vec<PersonName>,
}

impl Person {
    /// The absence that covers `day`, if any.
    pub fn absence_on(&self, day: Date) -> Option<&Absence> {
        self.absences.iter().find(|a| a.from <= day && day <= a.to)
    }
}

impl Absence {
    /// The first day back.
    pub fn back(&self) -> Date {
        self.to.tomorrow().unwrap_or(Date::MAX)
    }
}
