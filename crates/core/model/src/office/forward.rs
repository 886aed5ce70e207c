//! Calls forwarded by those they are for.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::ids::{PersonName, UserName};
use crate::number::PhoneNumber;

/// Whose calls are forwarded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// A person's: calls to any phone of theirs.
    Person(PersonName),
    /// Those of a user who belongs to no person.
    User(UserName),
}

/// When a call is forwarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum When {
    /// Before anything rings.
    Always,
    /// Nobody answered, or no phone could be reached.
    NoAnswer,
    /// All phones were busy.
    Busy,
}

/// What somebody who dialled a code of forwarding wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Which forward is meant.
    pub when: When,
    /// What becomes of it.
    pub change: Change,
}

/// What becomes of a forward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It leads to this number, as it was dialled.
    To {
        /// An extension or a number outside.
        number: String,
        /// How long it rings first, of [`When::NoAnswer`]; 5 to 60 seconds.
        after: Option<Duration>,
    },
    /// It leads to the first device outside that the files declare for the person.
    Own {
        /// How long it rings first.
        after: Option<Duration>,
    },
    /// There is none any more.
    Clear,
    /// Nothing: the caller wants to hear where it leads.
    Ask,
}

/// Where calls go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forward {
    /// What its owner dialled.
    pub to: Leading,
    /// How long it rings first, of [`When::NoAnswer`]; the flow's own time when nothing was said.
    pub after: Option<Duration>,
}

/// Where a forward leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leading {
    /// To somebody of the company, as dialled: who that is is decided when somebody calls.
    Extension(String),
    /// To a number outside: E.164, or a short one of the country.
    Outside(PhoneNumber),
}

/// The forwards of one tenant. At most [`Forwards::MAX`]: a tenant has no more people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forwards {
    all: BTreeMap<(Owner, When), Forward>,
}

impl Forwards {
    /// Most forwards of one tenant: three of each of 2,000 people.
    pub const MAX: usize = 6_000;

    /// Where calls to `owner` go.
    pub fn find(&self, owner: &Owner, when: When) -> Option<&Forward> {
        self.all.get(&(owner.clone(), when))
    }

    /// Sets a forward, or clears it. False when there is no room for one more.
    pub fn set(&mut self, owner: Owner, when: When, forward: Option<Forward>) -> bool {
        let key = (owner, when);
        match forward {
            None => {
                self.all.remove(&key);
            }
            Some(_) if self.all.len() >= Self::MAX && !self.all.contains_key(&key) => return false,
            Some(forward) => {
                self.all.insert(key, forward);
            }
        }
        true
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

impl When {
    /// The word the store keeps.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::NoAnswer => "no_answer",
            Self::Busy => "busy",
        }
    }

    /// Reads the word back.
    pub fn parse(word: &str) -> Option<Self> {
        let all = [Self::Always, Self::NoAnswer, Self::Busy];
        all.into_iter().find(|when| when.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forward_is_set_changed_and_cleared_within_its_bound() {
        let mut forwards = Forwards::default();
        let forward = |to: &str| {
            let (to, after) = (Leading::Extension(to.to_owned()), None);
            Some(Forward { to, after })
        };
        let ana = Owner::Person("ana".into());
        assert!(forwards.set(ana.clone(), When::Busy, forward("12")));
        assert!(forwards.set(ana.clone(), When::Busy, forward("13")));
        assert_eq!(forwards.find(&ana, When::Busy), forward("13").as_ref());
        assert_eq!(forwards.find(&ana, When::Always), None);
        for n in 1..Forwards::MAX {
            let user = Owner::User(format!("u{n}").into());
            assert!(forwards.set(user, When::Always, forward("12")));
        }
        let more = Owner::User("more".into());
        assert!(!forwards.set(more.clone(), When::Always, forward("12")));
        assert!(forwards.set(ana.clone(), When::Busy, forward("14")));
        assert!(forwards.set(ana, When::Busy, None));
        assert!(forwards.set(more, When::Always, forward("12")));
    }

    #[test]
    fn words_of_the_store_read_back() {
        for when in [When::Always, When::NoAnswer, When::Busy] {
            assert_eq!(When::parse(when.word()), Some(when));
        }
        assert_eq!(When::parse("sometimes"), None);
    }
}
