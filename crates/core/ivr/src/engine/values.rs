//! What a running flow remembers: variables, typed keys, the last person and message.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::civil::Date;
use rappel_model::{CalendarName, Language, Now, Timestamp};

use crate::expression::{Expression, Lookup};
use crate::surroundings::{Caller, Surroundings};
use crate::variables::Value;

/// Values by name. Its `Debug` shows names only: some of them are secrets, most are about persons.
#[derive(Clone, Default)]
pub(crate) struct Values {
    set: BTreeMap<String, Value>,
    secret: BTreeSet<String>,
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.set.keys()).finish()
    }
}

impl Values {
    /// Gives `name` a value that may be shown.
    pub(crate) fn set(&mut self, name: &str, value: Value) {
        self.secret.remove(name);
        self.set.insert(name.to_owned(), value);
    }

    /// Gives `name` a value that may be compared but never shown, spoken or written.
    pub(crate) fn set_secret(&mut self, name: &str, value: Value) {
        self.set.insert(name.to_owned(), value);
        self.secret.insert(name.to_owned());
    }

    /// The value of `name`, unless it is a secret.
    pub(crate) fn shown(&self, name: &str) -> Option<&Value> {
        self.set.get(name).filter(|_| !self.secret.contains(name))
    }

    /// Takes the value of `name` away.
    pub(crate) fn unset(&mut self, name: &str) {
        self.secret.remove(name);
        self.set.remove(name);
    }

    /// Whether an expression reads a secret: its result is one too.
    pub(crate) fn is_secret(&self, expression: &Expression) -> bool {
        expression
            .names()
            .iter()
            .any(|(name, _)| self.secret.contains(*name))
    }

    /// The value of `name`, and whether it is a secret.
    pub(crate) fn get(&self, name: &str) -> Option<(Value, bool)> {
        let value = self.set.get(name)?.clone();
        Some((value, self.secret.contains(name)))
    }

    /// Takes the values of some names out.
    pub(crate) fn split_off<'n>(&mut self, names: impl Iterator<Item = &'n String>) -> Self {
        let mut taken = Self::default();
        for name in names {
            if let Some((name, value)) = self.set.remove_entry(name) {
                if let Some(name) = self.secret.take(&name) {
                    taken.secret.insert(name);
                }
                taken.set.insert(name, value);
            }
        }
        taken
    }

    /// Puts values back that were taken out.
    pub(crate) fn absorb(&mut self, mut taken: Self) {
        self.set.append(&mut taken.set);
        self.secret.append(&mut taken.secret);
    }
}

/// The values of one flow at one moment, as expressions read them.
pub(crate) struct View<'a> {
    pub(crate) values: &'a Values,
    pub(crate) around: &'a Surroundings,
    pub(crate) caller: &'a Caller,
    pub(crate) now: Now,
    pub(crate) started: Timestamp,
    pub(crate) answered: bool,
    pub(crate) chosen: Option<&'a Language>,
    /// True where values are shown, spoken or written: secrets read as `***`.
    pub(crate) masked: bool,
}

impl Lookup for View<'_> {
    fn value(&self, name: &str) -> Option<Value> {
        if let Some(value) = self.values.set.get(name) {
            if self.masked && self.values.secret.contains(name) {
                return Some(Value::Text("***".to_owned()));
            }
            return Some(value.clone());
        }
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        match name {
            "caller.number" => self.caller.number.clone().map(Value::Phone),
            "caller.name" => self.caller.name.clone().map(Value::Text),
            "caller.user" => text(self.caller.user.as_ref()?.as_str()),
            "caller.known" => Some(Value::YesNo(self.caller.known.contact)),
            "caller.verified" => text(self.caller.known.verified.word()),
            "caller.language" => self.chosen.cloned().map(Value::Language),
            "caller.attempts_today" => {
                Some(Value::Number(i64::from(self.caller.known.attempts_today)))
            }
            "caller.last_attempt" => self.caller.known.last_attempt.map(Value::Moment),
            "caller.reached_today" => Some(Value::YesNo(self.caller.known.reached_today)),
            "called.number" => text(&self.caller.called),
            "called.line" => text(self.caller.line.as_ref()?.as_str()),
            "call.id" => text(&self.caller.call.to_string()),
            "call.started" => Some(Value::Moment(self.started)),
            "call.answered" => Some(Value::YesNo(self.answered)),
            "tenant.name" => text(&self.around.title),
            "tenant.timezone" => text(self.around.timezone.iana_name().unwrap_or("UTC")),
            _ => self.calendar(name),
        }
    }

    fn now(&self) -> Timestamp {
        self.now.wall
    }

    fn today(&self) -> Date {
        today(self.around, self.now)
    }
}

impl View<'_> {
    fn calendar(&self, name: &str) -> Option<Value> {
        let (calendar, what) = name.rsplit_once('.')?;
        let calendar = self.around.calendars.get(&CalendarName::from(calendar))?;
        match what {
            "state" => {
                let state = calendar.state_at(self.now.wall);
                Some(Value::Text(state.word().to_owned()))
            }
            "next_open" => calendar.next_open(self.now.wall).map(Value::Moment),
            _ => None,
        }
    }
}

/// The day it is for the tenant.
pub(crate) fn today(around: &Surroundings, now: Now) -> Date {
    local(around, now).date()
}

/// The date and time it is for the tenant.
pub(crate) fn local(around: &Surroundings, now: Now) -> jiff::civil::DateTime {
    now.wall
        .to_jiff()
        .to_zoned(around.timezone.clone())
        .datetime()
}
