//! Mailboxes of a tenant, as files declare them (FLOWS §7.4).

use std::time::Duration;

use crate::ids::{CalendarName, MailboxName, PersonName, PromptKey, TeamName};

/// One mailbox: whose it is and how it greets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// Its name.
    pub name: MailboxName,
    /// Who hears its messages.
    pub owner: MailboxOwner,
    /// Decides which greeting is played.
    pub calendar: Option<CalendarName>,
    /// False when the mailbox takes no voice and other channels are offered (`voice = "off"`).
    pub takes_voice: bool,
    /// Greetings by situation; the shared greeting where one is absent.
    pub greeting: Greetings,
    /// How long messages are kept; `None` keeps them until deleted.
    pub keep: Option<Duration>,
    /// Most messages kept that nobody deleted.
    pub max_messages: u32,
}

/// Whose mailbox it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailboxOwner {
    /// One person's.
    Person(PersonName),
    /// A team's: every member may hear it.
    Team(TeamName),
}

/// Which sentence greets, by the state of the calendar.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Greetings {
    /// During opening hours (nobody could answer).
    pub open: Option<PromptKey>,
    /// Between two openings of a day.
    pub lunch: Option<PromptKey>,
    /// Outside opening hours.
    pub closed: Option<PromptKey>,
}
