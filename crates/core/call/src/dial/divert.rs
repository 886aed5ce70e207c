//! A phone that sends its calls elsewhere (3xx, RFC 3261 §8.1.3.4). What it names is followed only to
//! people of the same company, by the part before the `@`: a phone cannot send a call, and its cost,
//! wherever it likes. Anything else counts as a phone that cannot be reached.

use rappel_model::{LegId, Now, UserName};
use rappel_sip::uri::Uri;

use crate::call::{Call, Charge};
use crate::leg::Role;
use crate::rules::House;

impl Call {
    /// Rings whoever a phone names in its place; the legs made for it.
    pub(super) fn divert(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        from: LegId,
        contacts: &[Uri],
    ) -> Vec<LegId> {
        let Some(Role::Device(user)) = self.legs.get(&from).map(|leg| leg.role.clone()) else {
            return Vec::new();
        };
        for contact in contacts.iter().take(MAX_CONTACTS) {
            let users = named(house, contact);
            let legs = self.ring_instead(now, house, &user, users);
            if !legs.is_empty() {
                self.draft
                    .stage(now, format!("{user} sends calls elsewhere"));
                return legs;
            }
        }
        self.draft
            .stage(now, format!("{user} sends calls where none may go"));
        Vec::new()
    }

    /// Rings those of `users` who have not been rung in this turn: two phones that send calls to
    /// each other end it.
    fn ring_instead(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        from: &UserName,
        users: Vec<UserName>,
    ) -> Vec<LegId> {
        let Charge::Dialling(dial) = &mut self.charge else {
            return Vec::new();
        };
        dial.diverted.insert(from.clone());
        let fresh: Vec<UserName> = users
            .into_iter()
            .filter(|user| dial.diverted.insert(user.clone()))
            .collect();
        let mut legs = Vec::new();
        for user in &fresh {
            legs.extend(self.ring_user(now, house, user, None));
        }
        legs
    }
}

/// The phones that a Contact names: a person's by extension, or one by its user.
fn named(house: &House<'_>, contact: &Uri) -> Vec<UserName> {
    let Some(name) = contact.user() else {
        return Vec::new();
    };
    let persons = || house.around.people.persons.values();
    let by_extension = persons().find(|person| person.extension.as_deref() == Some(&*name));
    if let Some(person) = by_extension {
        return person.phones.clone();
    }
    let user = UserName::from(name.as_str());
    let known = persons().any(|person| person.phones.contains(&user));
    known.then_some(user).into_iter().collect()
}

/// How many Contacts of one redirection are looked at.
const MAX_CONTACTS: usize = 4;
