//! Mailboxes of a tenant, as files declare them (FLOWS §7.4).

use std::time::Duration;

use crate::follow::By;
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
    /// Who is told of a new message, besides the lamp on the owner's phones.
    pub deliver: Vec<Deliver>,
    /// The goal for hearing a message, in opening time.
    pub hear_by: Option<Duration>,
    /// What happens to a message that nobody has heard; the shortest time first.
    pub escalate: Vec<Escalation>,
    /// Whether the caller gets a text when somebody has listened.
    pub receipt: bool,
    /// How long messages are kept; `None` keeps them until deleted.
    pub keep: Option<Duration>,
    /// Most messages kept that nobody deleted.
    pub max_messages: u32,
}

/// Whose mailbox it is, or who is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailboxOwner {
    /// One person's.
    Person(PersonName),
    /// A team's: every member may hear it.
    Team(TeamName),
}

/// How the owners of a mailbox learn of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deliver {
    /// It is on their desk.
    Desk,
    /// By e-mail.
    Email,
}

/// What happens to a message that nobody has heard for some time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Escalation {
    /// In opening time of the mailbox's calendar.
    pub after: Duration,
    /// Who is told.
    pub to: MailboxOwner,
    /// How.
    pub by: By,
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
