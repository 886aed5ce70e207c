//! Missed-call campaigns (FLOWS §14): lines that ring, are refused and are counted. No line of a
//! campaign, a list or a survey is ever answered, so no caller ever pays.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::Date;

use crate::ids::{CampaignName, Language, PersonName, QueueName};
use crate::number::PhoneNumber;
use crate::rate::Rate;

/// One missed-call campaign.
#[derive(Clone, Debug, PartialEq)]
pub struct Campaign {
    /// Its name.
    pub name: CampaignName,
    /// For people and reports.
    pub title: String,
    /// When it runs.
    pub period: Days,
    /// How long its lines ring before they refuse.
    pub ring: Duration,
    /// How they refuse.
    pub refuse_as: RefuseAs,
    /// How often one caller counts.
    pub once_per: OncePer,
    /// The subscription whose quotas hold.
    pub plan: Option<String>,
    /// What is kept of callers.
    pub privacy: Privacy,
    /// Its lines, in the order written; never empty in a checked file.
    pub lines: Vec<CampaignLine>,
    /// What makes somebody look.
    pub alarm: Alarm,
    /// The one text a caller gets: what they asked for, and how to follow or stop.
    pub reply: BTreeMap<Language, String>,
    /// The counts that are sent.
    pub report: Option<Report>,
    /// A call that is owed to everybody who rang.
    pub then: Option<Owed>,
}

/// First and last day, both included; open where one is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Days {
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub to: Option<Date>,
}

impl Days {
    /// Whether `day` is among them.
    pub fn contains(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

/// How a line refuses a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RefuseAs {
    /// The line is busy.
    #[default]
    Busy,
    /// The call is declined.
    Declined,
    /// Nobody is there.
    Unavailable,
    /// The number does not exist.
    NotInService,
}

impl RefuseAs {
    /// All of them with their words, the default first: those of the step `reject`.
    pub const WORDS: [(&'static str, Self); 4] = [
        ("busy", Self::Busy),
        ("declined", Self::Declined),
        ("unavailable", Self::Unavailable),
        ("not_in_service", Self::NotInService),
    ];
}

/// How often one caller counts on the whole campaign.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OncePer {
    /// Once a day of the tenant's time zone.
    #[default]
    Day,
    /// Once in all.
    Campaign,
    /// Once in any such time.
    Time(Duration),
}

/// What is kept of callers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Privacy {
    /// Whether their numbers are stored.
    pub numbers: Numbers,
    /// After this, nobody can link fingerprints of older days.
    pub forget_key: Duration,
    /// Smaller groups are shown as "less than".
    pub min_group: u32,
}

impl Default for Privacy {
    fn default() -> Self {
        Self {
            numbers: Numbers::Never,
            forget_key: Duration::from_secs(30 * 86_400),
            min_group: 10,
        }
    }
}

/// Whether callers' numbers are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Numbers {
    /// Only a keyed fingerprint is.
    #[default]
    Never,
    /// For those who chose to follow.
    FollowOnly,
}

/// One number of a campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CampaignLine {
    /// E.164.
    pub number: PhoneNumber,
    /// Where it is shown, for reports.
    pub label: String,
    /// Who holds the sign: counts are compared with what they handed out.
    pub person: Option<PersonName>,
}

/// What makes somebody look; what is absent is not watched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Alarm {
    /// The same caller again and again.
    pub same_caller: Option<Rate>,
    /// Many calls on one line.
    pub burst: Option<Rate>,
    /// Percent of difference with what was handed out; 1 to 1000.
    pub versus_handed_out: Option<u32>,
}

/// Counts that are sent to somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// E-mail addresses.
    pub to: Vec<String>,
    /// How often.
    pub every: Every,
    /// What is in it, in this order; words of [`REPORT_CONTENT`].
    pub content: Vec<&'static str>,
}

/// How often a report is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Every {
    /// In the night after each day.
    #[default]
    Day,
    /// On Mondays.
    Week,
    /// On the first of the month.
    Month,
}

/// A call owed to somebody who rang: agent first, never music.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owed {
    /// Who calls.
    pub queue: QueueName,
    /// Within what time; `None` is as soon as the queue honestly can (`auto`).
    pub within: Option<Duration>,
}

/// What a report may contain.
pub const REPORT_CONTENT: [&str; 6] = [
    "count",
    "unique",
    "by_line",
    "by_hour",
    "by_day",
    "by_person",
];
