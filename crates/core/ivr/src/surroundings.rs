//! What a flow finds around it: the tenant's calendars, people, queues, mailboxes and directories,
//! and who is calling.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::say::Spoken;
use jiff::tz::TimeZone;
use rappel_model::calendar::Calendar;
use rappel_model::directory::{Destination, Directory};
use rappel_model::follow::{List, Survey};
use rappel_model::mailbox::Mailbox;
use rappel_model::person::{Availability, People, Person};
use rappel_model::queue::Queue;
use rappel_model::{
    CalendarName, CallUid, DestinationName, DirectoryName, FlowName, Language, LineName, ListName,
    MailboxName, Office, PhoneNumber, QueueName, StepName, SurveyName, TenantId, Timestamp,
    UserName,
};

/// A tenant as its flows see it. Calls share the newest one, while each keeps the flows and prompts
/// it began with (FLOWS §11); a name that has gone since takes the step's error way.
#[derive(Clone, Debug, PartialEq)]
pub struct Surroundings {
    /// Whose.
    pub tenant: TenantId,
    /// The company's name, as written for people: `tenant.name`.
    pub title: String,
    /// Its time zone, for dates and focus hours.
    pub timezone: TimeZone,
    /// The languages it speaks, its default first; never empty.
    pub languages: Vec<Language>,
    /// How its values are said.
    pub spoken: Spoken,
    /// Opening hours by name.
    pub calendars: BTreeMap<CalendarName, Calendar>,
    /// People and teams.
    pub people: People,
    /// Mailboxes by name.
    pub mailboxes: BTreeMap<MailboxName, Mailbox>,
    /// Queues by name: of calls and of written dialogues.
    pub queues: BTreeMap<QueueName, Queue>,
    /// Tables for `lookup`, by name.
    pub directories: BTreeMap<DirectoryName, Directory>,
    /// Numbers outside for `transfer`, by name.
    pub destinations: BTreeMap<DestinationName, Destination>,
    /// The tenant's lines: where `transfer` may send a call, too.
    pub lines: BTreeSet<LineName>,
    /// Lists people may follow.
    pub lists: BTreeMap<ListName, List>,
    /// Surveys by missed call.
    pub surveys: BTreeMap<SurveyName, Survey>,
    /// What the addresses of `http` steps may begin with: `https://host/path/`.
    pub http_allow: Vec<String>,
    /// Outcomes of every `callback` step that does not give them itself, without `on.`
    /// (`[defaults.callback]`): the outcome, then the step.
    pub callback_defaults: BTreeMap<String, StepName>,
    /// What its phones may do and dial.
    pub office: Office,
    /// How long recordings of calls are kept whose step does not say; `None` keeps them until somebody
    /// removes them.
    pub keep_recordings: Option<Duration>,
    /// The default mailbox: where the engine's rescue records.
    pub mailbox: Option<MailboxName>,
    /// The flow a call goes to when a step fails and neither it nor its flow says where.
    pub on_error: Option<FlowName>,
    /// The names of the secrets that the administrator declared for this tenant.
    pub secrets: BTreeSet<String>,
    /// True on paper, where every verb is played. Elsewhere a step whose verb the engine does not
    /// serve yet fails at once, before it asks the caller for anything.
    pub on_paper: bool,
}

impl Surroundings {
    /// A tenant with nothing in it: one language, French, in UTC.
    pub fn bare(tenant: TenantId) -> Self {
        Self {
            title: tenant.to_string(),
            tenant,
            timezone: TimeZone::UTC,
            languages: vec![Language::from("fr")],
            spoken: Spoken::default(),
            calendars: BTreeMap::new(),
            people: People::default(),
            mailboxes: BTreeMap::new(),
            queues: BTreeMap::new(),
            directories: BTreeMap::new(),
            destinations: BTreeMap::new(),
            lines: BTreeSet::new(),
            lists: BTreeMap::new(),
            surveys: BTreeMap::new(),
            http_allow: Vec::new(),
            callback_defaults: BTreeMap::new(),
            office: Office::default(),
            keep_recordings: None,
            mailbox: None,
            on_error: None,
            secrets: BTreeSet::new(),
            on_paper: false,
        }
    }

    /// Where somebody is at `at`, by their own hours, leaves and times without ringing.
    pub fn availability<'p>(&self, person: &'p Person, at: Timestamp) -> Availability<'p> {
        let calendar = person.hours.as_ref();
        let calendar = calendar.and_then(|name| self.calendars.get(name));
        person.availability(at, calendar, &self.timezone)
    }
}

/// Who calls, and how the call came in.
#[derive(Clone, Debug, PartialEq)]
pub struct Caller {
    /// Whose line or user is being called.
    pub tenant: TenantId,
    /// The number shown, E.164 when it is one; `None` when hidden.
    pub number: Option<PhoneNumber>,
    /// The name shown; never trusted.
    pub name: Option<String>,
    /// The registered user who calls, when it is one of ours.
    pub user: Option<UserName>,
    /// What was dialled. For the flow [`crate::builtin::extension`]: the user, the person's
    /// extension or the person.
    pub called: String,
    /// The line it reached.
    pub line: Option<LineName>,
    /// Spoken first.
    pub language: Language,
    /// The call.
    pub call: CallUid,
    /// True when the call is already answered.
    pub answered: bool,
    /// What is known of them from before.
    pub known: Known,
}

/// What the house knows of a caller when a call begins; nothing, by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Found in a directory with `contacts = true`: `caller.known`.
    pub contact: bool,
    /// What their network vouches for: `caller.verified`.
    pub verified: Verified,
    /// The last language they chose: `caller.language`.
    pub language: Option<Language>,
    /// Their calls to this tenant since midnight, this one not counted: `caller.attempts_today`.
    pub attempts_today: u32,
    /// When they last called: `caller.last_attempt`.
    pub last_attempt: Option<Timestamp>,
    /// Whether they have talked to somebody since midnight: `caller.reached_today`.
    pub reached_today: bool,
}

/// How far a network vouches for the number it shows (RFC 8225, the three attestations of SHAKEN).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verified {
    /// The caller is known and may use the number: attestation A.
    Full,
    /// The caller is known, not their right to the number: attestation B.
    Partial,
    /// Only the gateway is known: attestation C.
    Gateway,
    /// The signature is wrong.
    Failed,
    /// Nothing was signed.
    #[default]
    None,
}

impl Verified {
    /// The word of `caller.verified`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Partial => "partial",
            Self::Gateway => "gateway",
            Self::Failed => "failed",
            Self::None => "none",
        }
    }
}
