//! Who rings when.

use std::collections::{BTreeMap, VecDeque};

use rappel_ivr::need::Shown;
use rappel_ivr::{Order, Reach, Surroundings, Whom};
use rappel_model::office::{Forwards, Owner, When};
use rappel_model::person::{Availability, Person};
use rappel_model::{Instant, Now, PersonName, PhoneNumber, UserName};

use crate::outside::{Errand, Route};
use crate::rules::House;

/// Who rings at one time.
#[derive(Debug)]
pub(super) enum Wave {
    /// All devices of these users.
    Users(Vec<UserName>),
    /// A number outside, along one route.
    Outside(Box<Route>, PhoneNumber, Shown, Errand),
}

/// Who rings when. Of a team, nobody who is away, outside their hours, not to be disturbed or has all
/// calls forwarded, unless the team says so; for a person the flow has looked before it asked.
pub(super) fn waves(house: &House<'_>, now: Now, reach: &Reach) -> VecDeque<Vec<UserName>> {
    let forwards = house.forwards;
    sort_waves((house.around, forwards), now, reach, house.talked)
}

fn sort_waves(
    (around, forwards): (&Surroundings, &Forwards),
    now: Now,
    reach: &Reach,
    talked: &BTreeMap<UserName, Instant>,
) -> VecDeque<Vec<UserName>> {
    let people = &around.people;
    let is_available = |name: &&PersonName| {
        let person = people.persons.get(*name);
        person
            .is_some_and(|person| around.availability(person, now.wall) == Availability::Available)
    };
    let phones = |name: &PersonName| {
        let person: Option<&Person> = people.persons.get(name);
        person
            .map(|person| person.phones.clone())
            .unwrap_or_default()
    };
    match &reach.who {
        Whom::User(user) => VecDeque::from([vec![user.clone()]]),
        Whom::Person(person) => VecDeque::from([phones(person)]),
        Whom::Outside(_) => VecDeque::new(),
        Whom::Team(team) => {
            let team = people.teams.get(team);
            let rings_all = team.is_some_and(|team| team.rings_forwarded);
            let is_here = |name: &&PersonName| {
                let owner = Owner::Person((*name).clone());
                rings_all || forwards.find(&owner, When::Always).is_none()
            };
            let members = team.map(|team| team.members.as_slice());
            let members = members.unwrap_or_default().iter();
            let members = members.filter(is_available).filter(is_here);
            let mut each: Vec<Vec<UserName>> = members.map(phones).collect();
            match reach.order {
                Order::Together => {
                    let mut all: Vec<UserName> = Vec::new();
                    for user in each.into_iter().flatten() {
                        if !all.contains(&user) {
                            all.push(user);
                        }
                    }
                    return VecDeque::from([all]);
                }
                Order::InTurn => {}
                // A stable sort: who never talked comes first, in the order written.
                Order::LongestIdle => each.sort_by_key(|phones| {
                    phones
                        .iter()
                        .filter_map(|user| talked.get(user))
                        .max()
                        .copied()
                }),
            }
            each.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rappel_model::TenantId;
    use rappel_model::calendar::{Calendar, Span, zone};
    use rappel_model::office::{Forward, Leading};
    use rappel_model::person::{Absence, People, Team};

    use super::*;

    fn person(phone: &str) -> Person {
        Person {
            phones: vec![phone.into()],
            ..Person::named(phone)
        }
    }

    fn people() -> People {
        let names = ["ana", "ben", "cleo"];
        People {
            persons: names.iter().map(|n| ((*n).into(), person(n))).collect(),
            teams: BTreeMap::from([(
                "desk".into(),
                Team {
                    members: vec!["cleo".into(), "ana".into(), "ben".into(), "gone".into()],
                    ..Team::default()
                },
            )]),
            ..People::default()
        }
    }

    fn around() -> Surroundings {
        Surroundings {
            people: people(),
            ..Surroundings::bare(TenantId::from("shop"))
        }
    }

    fn rung(order: Order, talked: &[(&str, u64)]) -> Vec<String> {
        rung_in((&around(), &[]), order, talked)
    }

    /// Forwards of all calls of these people.
    fn forwards(people: &[&str]) -> Forwards {
        let mut forwards = Forwards::default();
        for name in people {
            let (to, after) = (Leading::Extension("19".to_owned()), None);
            let owner = Owner::Person((*name).into());
            assert!(forwards.set(owner, When::Always, Some(Forward { to, after })));
        }
        forwards
    }

    fn rung_in(
        (around, forwarded): (&Surroundings, &[&str]),
        order: Order,
        talked: &[(&str, u64)],
    ) -> Vec<String> {
        let reach = Reach {
            who: Whom::Team("desk".into()),
            ring: Duration::from_secs(20),
            order,
            screen: false,
            context: None,
        };
        let talked = talked
            .iter()
            .map(|(user, at)| ((*user).into(), Instant::from_micros(*at)))
            .collect();
        let forwards = &forwards(forwarded);
        let shown = |wave: Vec<UserName>| {
            let names: Vec<String> = wave.iter().map(ToString::to_string).collect();
            names.join("+")
        };
        sort_waves((around, forwards), Now::default(), &reach, &talked)
            .into_iter()
            .map(shown)
            .collect()
    }

    #[test]
    fn a_team_rings_in_its_order() {
        assert_eq!(rung(Order::Together, &[]), ["cleo+ana+ben"]);
        // Who is gone from the files takes no time.
        assert_eq!(rung(Order::InTurn, &[]), ["cleo", "ana", "ben"]);
    }

    #[test]
    fn who_is_away_closed_or_not_to_be_disturbed_does_not_ring_with_the_team() {
        let mut around = around();
        let never = Calendar::new(zone("UTC").unwrap());
        around.calendars.insert("never".into(), never);
        let mut of = |name: &str, change: &dyn Fn(&mut Person)| {
            change(around.people.persons.get_mut(name).unwrap());
            rung_in((&around, &[]), Order::InTurn, &[])
        };
        // It is 1 January 1970, midnight.
        let away = Absence {
            from: "1970-01-01".parse().unwrap(),
            to: "1970-01-01".parse().unwrap(),
            reason: String::new(),
        };
        let absent = of("cleo", &|cleo| cleo.absences = vec![away.clone()]);
        assert_eq!(absent, ["ana", "ben"]);
        let closed = of("ana", &|ana| ana.hours = Some("never".into()));
        assert_eq!(closed, ["ben"]);
        let focus = Span::parse("00:00-01:00").unwrap();
        let nobody = of("ben", &|ben| ben.focus = vec![focus]);
        assert!(nobody.is_empty());
    }

    #[test]
    fn who_has_all_calls_forwarded_rings_only_with_a_team_that_wants_it() {
        let mut around = around();
        let rung = |around: &Surroundings| rung_in((around, &["ana"]), Order::InTurn, &[]);
        assert_eq!(rung(&around), ["cleo", "ben"]);
        around.people.teams.get_mut("desk").unwrap().rings_forwarded = true;
        assert_eq!(rung(&around), ["cleo", "ana", "ben"]);
    }

    #[test]
    fn the_longest_idle_comes_first_and_who_never_talked_before_all() {
        let talked = [("cleo", 500), ("ana", 300)];
        assert_eq!(rung(Order::LongestIdle, &talked), ["ben", "ana", "cleo"]);
    }
}
