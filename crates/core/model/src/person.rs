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
    /// The short number the tenant's own phones dial for them; digits only.
    pub extension: Option<String>,
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

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn both_ends_of_an_absence_are_days_away() {
        let absence = Absence {
            from: date(2026, 11, 2),
            to: date(2026, 11, 12),
            reason: "congés".into(),
        };
        assert_eq!(absence.back(), date(2026, 11, 13));
        let person = Person {
            name: "Monsieur Lefèvre".into(),
            spoken: None,
            extension: None,
            phones: Vec::new(),
            hours: None,
            backup: None,
            mailbox: None,
            focus: Vec::new(),
            absences: vec![absence.clone()],
        };
        assert_eq!(person.absence_on(date(2026, 11, 1)), None);
        assert_eq!(person.absence_on(date(2026, 11, 2)), Some(&absence));
        assert_eq!(person.absence_on(date(2026, 11, 12)), Some(&absence));
        assert_eq!(person.absence_on(date(2026, 11, 13)), None);
    }
}
