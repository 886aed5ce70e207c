//! From what was dialled to what serves it: tenant, line and flow.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rappel_ivr::builtin;
use rappel_model::numbering::international;
use rappel_model::office::{Code, Leading};
use rappel_model::{Country, FlowName, Language, LineName, PersonName, PhoneNumber, TenantId};
use rappel_sip::UserId;
use rappel_tenant::{Answer, Leads, Line, Version};
use rappel_trunk::{Settings as Trunk, is_emergency};

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

/// What a number that one of our phones dials means.
#[derive(Debug)]
pub(crate) enum Dialled {
    /// A flow serves it.
    Served(Found),
    /// A number outside, served by a flow that rings it.
    Outside(Found),
    /// A number outside that this user may not call.
    Barred,
    /// Whoever dials it wants a call that rings at this extension, or with their team.
    PickUp(Arc<Version>, Option<String>),
    /// Whoever dials it wants to listen to the conversation at this extension, and may.
    Supervise(Arc<Version>, String),
    /// Whoever dials it wants to talk with everybody they have on hold, all together.
    Conference,
    /// A place for parked calls, or any free one.
    Park(Arc<Version>, Option<u32>),
}

impl Dialled {
    /// Whether it is a wish for a place in a call that stands.
    pub(crate) const fn is_seat(&self) -> bool {
        match self {
            Self::PickUp(..) | Self::Supervise(..) | Self::Park(..) | Self::Conference => true,
            Self::Served(_) | Self::Outside(_) | Self::Barred => false,
        }
    }
}

/// A call of a registered user: a number that saves lives first, then what is its own tenant's, a
/// service code, a number that tests the call itself, then a number outside.
pub(crate) fn from_user(names: Names<'_>, user: &UserId, dialled: &str) -> Option<Dialled> {
    let version = names.0.get(&user.tenant)?;
    let office = &version.surroundings.office;
    let outside = office.outside_of(dialled);
    let outside = outside.and_then(PhoneNumber::parse);
    let plain = outside.as_ref().map(PhoneNumber::as_str);
    for digits in [Some(dialled), plain].into_iter().flatten() {
        if is_emergency(digits, office.country) {
            let found = Found::built_in(version, builtin::help(), digits);
            return Some(Dialled::Outside(found));
        }
    }
    let within = || from_within(names, user, dialled).map(Dialled::Served);
    let code = || from_code(version, user, dialled);
    let test = || {
        let flow = builtin::self_test(dialled)?;
        Some(Dialled::Served(Found::built_in(version, flow, dialled)))
    };
    within().or_else(code).or_else(test).or_else(|| {
        let number = outside.filter(|number| may_be_outside(number, office.country))?;
        Some(match may_call_outside(version, user) {
            true => Dialled::Outside(Found::outside(version, number.as_str())),
            false => Dialled::Barred,
        })
    })
}

/// A service code.
fn from_code(version: &Arc<Version>, user: &UserId, dialled: &str) -> Option<Dialled> {
    let built_in = |flow| Dialled::Served(Found::built_in(version, flow, dialled));
    let version = || Arc::clone(version);
    Some(match version().surroundings.office.codes.read(dialled)? {
        Code::Messages => built_in(builtin::messages()),
        Code::Forward(_) => built_in(builtin::forward()),
        Code::PickUp(extension) => Dialled::PickUp(version(), extension),
        Code::Supervise(extension) if may_supervise(&version(), user) => {
            Dialled::Supervise(version(), extension)
        }
        Code::Supervise(_) => Dialled::Barred,
        Code::Conference => Dialled::Conference,
        Code::Park => Dialled::Park(version(), None),
        Code::Slot(slot) => Dialled::Park(version(), Some(slot)),
    })
}

/// Whether a user may call outside: as their person may, else as the company says.
pub(crate) fn may_call_outside(version: &Version, user: &UserId) -> bool {
    let around = &version.surroundings;
    let mut persons = around.people.persons.values();
    let person = persons.find(|person| person.phones.contains(&user.user));
    let own = person.and_then(|person| person.outside);
    own.unwrap_or(around.office.outside)
}

/// Whether a user is a phone of somebody who may supervise.
fn may_supervise(version: &Version, user: &UserId) -> bool {
    let around = &version.surroundings;
    let mut supervisors = around.office.supervisors.iter();
    supervisors.any(|name| {
        let person = around.people.persons.get(name);
        person.is_some_and(|person| person.phones.contains(&user.user))
    })
}

/// Whether these digits can be a number outside at all: international, national, or a short one.
fn may_be_outside(number: &PhoneNumber, home: Country) -> bool {
    let digits = number.as_str();
    let short = SHORT.contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    short || international(digits, home).is_some()
}

/// Where a user would have their calls forwarded who dialled `digits` as target: to somebody of the
/// company, to a number outside that they may call. `None` for anything else.
pub(crate) fn leading(names: Names<'_>, user: &UserId, digits: &str) -> Option<Leading> {
    match from_user(names, user, digits)? {
        // What answers a line is a flow: a call within the house, not somebody to be rung.
        Dialled::Served(found) if found.flow == builtin::extension() && found.line.is_none() => {
            Some(Leading::Extension(digits.to_owned()))
        }
        Dialled::Outside(found) => PhoneNumber::parse(&found.called).map(Leading::Outside),
        _ => None,
    }
}

/// Somebody or something of the user's own tenant: a line by number or extension, then a person by
/// extension, a user, a person by name.
fn from_within((tenants, users, trunks): Names<'_>, user: &UserId, dialled: &str) -> Option<Found> {
    let version = tenants.get(&user.tenant)?;
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

    /// Whether it is a call for help: one that saves lives, placed by a phone of ours.
    pub(crate) fn is_for_help(&self) -> bool {
        self.flow == builtin::help()
    }

    /// A number outside: international where it can be.
    fn outside(version: &Arc<Version>, digits: &str) -> Self {
        let number = international(digits, version.surroundings.office.country);
        let called = number.map_or_else(|| digits.to_owned(), |number| number.to_string());
        Self::built_in(version, builtin::outside(), &called)
    }

    pub(crate) fn built_in(version: &Arc<Version>, flow: FlowName, dialled: &str) -> Self {
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

/// How many digits short numbers of a country have: `3631`, `118712`.
const SHORT: std::ops::RangeInclusive<usize> = 3..=6;
