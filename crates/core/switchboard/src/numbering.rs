//! From what was dialled to what serves it: tenant, line and flow.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rappel_ivr::builtin;
use rappel_model::{FlowName, Language, LineName, PersonName, PhoneNumber, TenantId};
use rappel_sip::UserId;
use rappel_tenant::{Answer, Leads, Line, Version};
use rappel_trunk::Settings as Trunk;

/// What serves a dialled number.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// The tenant's files in force.
    pub(crate) version: Arc<Version>,
    /// The line, when it is one.
    pub(crate) line: Option<LineName>,
    /// The flow that answers.
    pub(crate) flow: FlowName,
    /// What the flow is told was dialled.
    pub(crate) called: String,
    /// Spoken first.
    pub(crate) language: Language,
    /// False on a line with `answer = "never"`.
    pub(crate) may_answer: bool,
}

/// All that numbers are looked up in: tenants, users, and the trunks whose rules make national
/// numbers international.
pub(crate) type Names<'a> = (
    &'a BTreeMap<TenantId, Arc<Version>>,
    &'a BTreeSet<UserId>,
    &'a [Trunk],
);

/// A call of a trunk: a line of any tenant it may reach, by the number its rules make of what it
/// wrote.
pub(crate) fn from_trunk(
    tenants: &BTreeMap<TenantId, Arc<Version>>,
    trunk: &Trunk,
    dialled: &str,
) -> Option<Found> {
    let number = trunk.to_e164(dialled)?;
    let mut reachable = tenants.values().filter(|v| trunk.may_reach(&v.tenant));
    reachable.find_map(|version| {
        let line = version.line_by_number(&number)?;
        Some(Found::line(version, line))
    })
}

/// A call of a registered user, always within its own tenant: messages, a line by number or
/// extension, then a person by extension, a user, a person by name.
pub(crate) fn from_user(
    (tenants, users, trunks): Names<'_>,
    user: &UserId,
    dialled: &str,
) -> Option<Found> {
    let version = tenants.get(&user.tenant)?;
    if dialled == MESSAGES {
        return Some(Found::built_in(version, builtin::messages(), dialled));
    }
    let national = || trunks.iter().filter_map(|trunk| trunk.to_e164(dialled));
    let number = PhoneNumber::parse(dialled);
    let line = number
        .into_iter()
        .chain(national())
        .find_map(|number| version.line_by_number(&number))
        .or_else(|| version.line_by_extension(dialled));
    if let Some(line) = line {
        return Some(Found::line(version, line));
    }
    let persons = &version.surroundings.people.persons;
    let known = version.person_by_extension(dialled).is_some()
        || persons.contains_key(&PersonName::from(dialled))
        || users.contains(&UserId {
            tenant: user.tenant.clone(),
            user: dialled.into(),
        });
    known.then(|| Found::built_in(version, builtin::extension(), dialled))
}

impl Found {
    /// A line of a tenant.
    pub(crate) fn line(version: &Arc<Version>, line: &Line) -> Self {
        Self {
            version: Arc::clone(version),
            line: Some(line.name.clone()),
            flow: line.flow.clone(),
            called: match &line.leads {
                Leads::Person(person) => person.to_string(),
                _ => line.number.as_str().to_owned(),
            },
            language: line.language.clone(),
            may_answer: line.answer != Answer::Never,
        }
    }

    fn built_in(version: &Arc<Version>, flow: FlowName, dialled: &str) -> Self {
        let languages = &version.surroundings.languages;
        Self {
            version: Arc::clone(version),
            line: None,
            flow,
            called: dialled.to_owned(),
            language: languages.first().cloned().unwrap_or_else(|| "fr".into()),
            may_answer: true,
        }
    }
}

/// The short number behind which a user hears their messages.
const MESSAGES: &str = "*98";
