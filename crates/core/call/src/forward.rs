//! Calls that are forwarded by those they are for: before anything rings, while they are busy, or when
//! nobody answers. What a forward leads to is read when somebody calls, as if its owner had dialled it
//! then: people come and go. It applies to calls for one person or user, never to those for a team.

use rappel_ivr::need::Shown;
use rappel_ivr::{Order, Reach, Reached, Surroundings, Whom};
use rappel_model::office::{Leading, Owner, When};
use rappel_model::{Now, PhoneNumber, UserName};

use crate::arrival::Device;
use crate::call::{Call, Charge};
use crate::hand::Purpose;
use crate::outside::{Errand, Wanted};
use crate::rules::House;

/// The forwards that a call follows while somebody is rung for it.
#[derive(Debug, Default)]
pub(crate) struct Following {
    /// The one device that was called, until somebody is rung for the call the first time.
    called: Option<Device>,
    /// The one device that rings of its user in this search.
    only: Option<Device>,
    /// Whose forwards were followed already, first that of whoever was called.
    past: Vec<Owner>,
    /// Who is rung now and how: while it is somebody whose forwards may still take over.
    now: Option<Reach>,
}

impl Following {
    /// Nothing yet, of a call for this device of somebody's, if it is for one.
    pub(crate) fn of(called: Option<Device>) -> Self {
        Self {
            called,
            ..Self::default()
        }
    }

    /// Nothing yet, of the next search: whoever is looked for later is looked for everywhere.
    fn next(&mut self) -> Self {
        Self {
            only: self.called.take(),
            ..Self::default()
        }
    }

    /// The one device of this user that rings, as its `gr` names it; `None` for all of them.
    pub(crate) fn device_of(&self, user: &UserName) -> Option<String> {
        let only = self.only.as_ref().filter(|only| only.user == *user)?;
        Some(only.gr.clone())
    }
}

impl Call {
    /// Begins to ring whom the flow wants, or whoever they have their calls forwarded to. The flow is
    /// told how it ended. With `tone`, the caller hears ringing meanwhile.
    pub(crate) fn ring_for(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        purpose: Purpose,
        reach: &Reach,
        tone: bool,
    ) {
        self.following = self.following.next();
        self.obstacle = None;
        self.ring_on(now, house, purpose, reach.clone(), tone);
    }

    /// Rings whoever is behind all forwards of `reach`.
    fn ring_on(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        purpose: Purpose,
        mut reach: Reach,
        tone: bool,
    ) {
        while let Some(next) = self.led_on(now, house, &reach.who, When::Always) {
            reach.who = next;
        }
        if let Whom::Outside(number) = &reach.who {
            let why = match self.following.past.is_empty() {
                true => Errand::Dialled,
                false => Errand::Forward,
            };
            self.following.now = None;
            self.ring_outside(
                now,
                house,
                purpose,
                (number, Shown::Caller, why),
                reach.ring,
            );
            return;
        }
        let owner = owner(house.around, &reach.who);
        let patience = owner.and_then(|owner| house.forwards.find(&owner, When::NoAnswer)?.after);
        self.following.now = Some(reach.clone());
        reach.ring = patience.unwrap_or(reach.ring);
        self.ring_people(now, house, purpose, &reach, tone);
    }

    /// Follows the forward of whoever could not be reached. False when there is none.
    pub(crate) fn forward_on(&mut self, now: Now, house: &mut House<'_>, reached: Reached) -> bool {
        let when = match reached {
            Reached::Answered => return false,
            Reached::Busy | Reached::Declined => When::Busy,
            Reached::NoAnswer | Reached::Unreachable => When::NoAnswer,
        };
        let Some(reach) = self.following.now.take() else {
            return false;
        };
        let Some(who) = self.led_on(now, house, &reach.who, when) else {
            return false;
        };
        self.charge = Charge::Flow;
        let reach = Reach {
            who,
            order: Order::Together,
            ..reach
        };
        self.ring_on(now, house, self.purpose, reach, true);
        true
    }

    /// Whom the forward of `who` leads to, if there is one that may be followed: at most
    /// [`MAX_HOPS`], those before the call came here among them, and never back to somebody it came from.
    fn led_on(&mut self, now: Now, house: &House<'_>, who: &Whom, when: When) -> Option<Whom> {
        let owner = owner(house.around, who)?;
        let forward = house.forwards.find(&owner, when)?;
        let next = target(house.around, &forward.to);
        let back = self::owner(house.around, &next);
        let loops = back.is_some_and(|next| next == owner || self.following.past.contains(&next));
        if loops || self.diversions() >= MAX_HOPS {
            self.draft
                .stage(now, "forward not followed: it leads in a circle");
            return None;
        }
        self.draft
            .stage(now, format!("forwarded ({})", when.word()));
        self.following.past.push(owner);
        Some(next)
    }

    /// How often the call has been forwarded: before it came here, and since.
    fn diversions(&self) -> u32 {
        let here = u32::try_from(self.following.past.len()).unwrap_or(u32::MAX);
        self.about.came.diversions.saturating_add(here)
    }

    /// A number outside that is wanted for this call.
    pub(crate) fn wanted<'a>(
        &'a self,
        number: &'a PhoneNumber,
        shown: Shown,
        why: Errand,
    ) -> Option<Wanted<'a>> {
        let about = &self.about;
        let (diversions, forwarded_by) = match why {
            Errand::Dialled => (self.diversions(), None),
            Errand::Transfer => (self.diversions().saturating_add(1), None),
            Errand::Forward => (self.diversions(), self.following.past.first()),
        };
        Some(Wanted {
            tenant: about.tenant.as_ref()?,
            number,
            caller: &about.caller,
            shown,
            line: about.line.as_deref(),
            forwarded_by,
            came_by: about.came.trunk,
            diversions,
            why,
        })
    }
}

/// Whose forwards apply to a call for `who`.
pub(crate) fn owner(around: &Surroundings, who: &Whom) -> Option<Owner> {
    match who {
        Whom::Person(person) => Some(Owner::Person(person.clone())),
        Whom::User(user) => Some(owner_of(around, user)),
        Whom::Team(_) | Whom::Outside(_) => None,
    }
}

/// Whose forwards a user's are: those of the person they belong to.
pub fn owner_of(around: &Surroundings, user: &UserName) -> Owner {
    let mut persons = around.people.persons.iter();
    match persons.find(|(_, person)| person.phones.contains(user)) {
        Some((name, _)) => Owner::Person(name.clone()),
        None => Owner::User(user.clone()),
    }
}

/// Whose calls an extension that was dialled rings for.
pub fn owner_at(around: &Surroundings, digits: &str) -> Owner {
    match target(around, &Leading::Extension(digits.to_owned())) {
        Whom::Person(person) => Owner::Person(person),
        Whom::User(user) => owner_of(around, &user),
        Whom::Team(_) | Whom::Outside(_) => Owner::User(digits.into()),
    }
}

/// Whom a forward leads to now: a person by extension or name, a user, a number outside.
fn target(around: &Surroundings, leading: &Leading) -> Whom {
    let digits = match leading {
        Leading::Outside(number) => return Whom::Outside(number.clone()),
        Leading::Extension(digits) => digits,
    };
    let persons = &around.people.persons;
    let mut by_extension = persons.iter();
    let extension = by_extension.find(|(_, p)| p.extension.as_ref() == Some(digits));
    let named = || persons.get_key_value(digits.as_str());
    match extension.or_else(named) {
        Some((name, _)) => Whom::Person(name.clone()),
        None => Whom::User(digits.as_str().into()),
    }
}

/// Most forwards that one call follows.
const MAX_HOPS: u32 = 5;
