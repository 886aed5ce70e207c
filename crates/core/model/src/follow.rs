//! Lists that people choose to follow, and surveys answered by a missed call (FLOWS §14).

use std::collections::BTreeMap;
use std::time::Duration;

use crate::calendar::Openings;
use crate::campaign::{Days, Owed};
use crate::ids::{Language, ListName, SurveyName};
use crate::number::PhoneNumber;
use crate::rate::Rate;

/// A list of people who chose to follow (`[list.NAME]`). Only to them may commercial texts go.
#[derive(Clone, Debug, PartialEq)]
pub struct List {
    /// Its name.
    pub name: ListName,
    /// For people.
    pub title: String,
    /// Ring this to follow; `None` when people join by a step alone.
    pub join: Option<PhoneNumber>,
    /// Ring this to stop.
    pub leave: Option<PhoneNumber>,
    /// Whether a text asks to ring once more within a day.
    pub confirm: bool,
    /// How long somebody stays on it without activity.
    pub keep: Duration,
    /// How many texts one follower gets at most.
    pub max: Rate,
    /// When texts may go out, in the tenant's time zone; empty for the tenant's outbound hours.
    pub hours: Openings,
    /// What somebody who joins is told.
    pub body: BTreeMap<Language, String>,
}

/// A question with one line per answer (`[survey.NAME]`).
#[derive(Clone, Debug, PartialEq)]
pub struct Survey {
    /// Its name.
    pub name: SurveyName,
    /// For people.
    pub title: String,
    /// When it runs.
    pub period: Days,
    /// Which of a caller's votes counts.
    pub one_vote: OneVote,
    /// How long its lines ring before they refuse.
    pub ring: Duration,
    /// The question.
    pub question: BTreeMap<Language, String>,
    /// How people are asked.
    pub invite: Option<Invite>,
    /// The answers, in the order written; two at least in a checked file.
    pub answers: Vec<SurveyAnswer>,
}

/// Which of a caller's votes counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OneVote {
    /// The last one.
    #[default]
    Last,
    /// The first one.
    First,
}

/// How people are asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Invite {
    /// By what.
    pub by: By,
    /// Who is asked.
    pub list: ListName,
    /// How many in a minute; 1 to 600.
    pub per_minute: u32,
    /// When, in the tenant's time zone; empty for the list's hours.
    pub hours: Openings,
}

/// How somebody is told something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A text message.
    Sms,
    /// An e-mail.
    Email,
    /// A note on their desk.
    Desk,
    /// A call.
    Call,
}

impl By {
    /// The word operators write.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Email => "email",
            Self::Desk => "desk",
            Self::Call => "call",
        }
    }
}

/// One answer of a survey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurveyAnswer {
    /// Ring this to give it; E.164.
    pub number: PhoneNumber,
    /// What it says.
    pub label: BTreeMap<Language, String>,
    /// A call that is owed to whoever gives it.
    pub then: Option<Owed>,
}
