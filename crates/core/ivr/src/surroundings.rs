//! What a flow finds around it: the tenant's calendars, people and mailboxes, and who is calling.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use rappel_model::calendar::Calendar;
use rappel_model::mailbox::Mailbox;
use rappel_model::person::People;
use rappel_model::{
    CalendarName, CallUid, FlowName, Language, LineName, MailboxName, PhoneNumber, TenantId,
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
    /// Opening hours by name.
    pub calendars: BTreeMap<CalendarName, Calendar>,
    /// People and teams.
    pub people: People,
    /// Mailboxes by name.
    pub mailboxes: BTreeMap<MailboxName, Mailbox>,
    /// The default mailbox: where the engine's rescue records.
    pub mailbox: Option<MailboxName>,
    /// The flow a call goes to when a step fails and neither it nor its flow says where.
    pub on_error: Option<FlowName>,
}

impl Surroundings {
    /// A tenant with nothing in it: one language, French, in UTC.
    pub fn bare(tenant: TenantId) -> Self {
        Self {
            title: tenant.to_string(),
            tenant,
            timezone: TimeZone::UTC,
            languages: vec![Language::from("fr")],
            calendars: BTreeMap::new(),
            people: People::default(),
            mailboxes: BTreeMap::new(),
            mailbox: None,
            on_error: None,
        }
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
}
