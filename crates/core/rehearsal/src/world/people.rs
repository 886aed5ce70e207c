//! Colleagues of a call on paper: who is rung, who answers.

use std::time::Duration;

use rappel_ivr::need::{Transfer, TransferTo, Transferred};
use rappel_ivr::{Event, Reach, Reached, Whom};
use rappel_model::{PersonName, QuestionId, TeamName};

use super::World;
use crate::given::Phone;
use crate::scene::Scene;

/// Somebody is being rung.
#[derive(Debug)]
pub(super) struct Rung {
    /// Who, for people.
    whom: String,
    /// The persons whose phones ring.
    persons: Vec<PersonName>,
    ring: Duration,
    /// What the flow is told.
    why: Why,
}

#[derive(Clone, Copy, Debug)]
enum Why {
    Reach,
    Transfer(QuestionId),
}

impl World {
    /// Somebody is rung for the caller.
    pub(super) fn reach(&mut self, reach: &Reach) {
        let (whom, persons) = match &reach.who {
            Whom::Person(person) => self.person(person),
            Whom::Team(team) => self.team(team),
            Whom::Outside(number) => (number.to_string(), Vec::new()),
            Whom::User(user) => {
                let persons = self.around.people.persons.iter();
                let owner = persons.filter(|(_, p)| p.phones.contains(user));
                (
                    user.to_string(),
                    owner.map(|(name, _)| name.clone()).collect(),
                )
            }
        };
        self.ring(Rung {
            whom,
            persons,
            ring: reach.ring,
            why: Why::Reach,
        });
    }

    /// The call is handed elsewhere.
    pub(super) fn transfer(&mut self, wish: &Transfer) {
        let (whom, persons) = match &wish.to {
            TransferTo::Person(person) => self.person(person),
            TransferTo::Team(team) => self.team(team),
            TransferTo::Line(line) => (line.to_string(), Vec::new()),
            TransferTo::Destination(destination) => (destination.to_string(), Vec::new()),
        };
        self.ring(Rung {
            whom,
            persons,
            ring: wish.ring,
            why: Why::Transfer(wish.question),
        });
    }

    /// Phones that are busy or off say so by themselves; the others ring.
    fn ring(&mut self, rung: Rung) {
        self.scene(Scene::Rings {
            whom: rung.whom.clone(),
            ring: rung.ring,
        });
        let phone = match rung.persons.as_slice() {
            [person] => self.given.phones.get(person.as_str()).copied(),
            _ => None,
        };
        let reached = match phone {
            Some(Phone::Busy) => Reached::Busy,
            Some(Phone::Declines) => Reached::Declined,
            Some(Phone::Off) => Reached::Unreachable,
            None => {
                self.ringing = Some(rung);
                return;
            }
        };
        self.scene(Scene::NotReached(reached));
        let after = SAYS_NO_AFTER.min(rung.ring);
        self.later(after, told(rung.why, reached));
    }

    /// Who is being rung, for people; `None` when nobody is.
    pub fn rung(&self) -> Option<&str> {
        self.ringing.as_ref().map(|rung| rung.whom.as_str())
    }

    /// Whether this person's phones ring: alone or with their team.
    pub fn rings(&self, person: &str) -> bool {
        let rung = self.ringing.as_ref();
        rung.is_some_and(|rung| rung.persons.iter().any(|name| name.as_str() == person))
    }

    /// Whether somebody could answer the caller now.
    pub fn can_answer(&self) -> bool {
        !self.given.nobody && (self.ringing.is_some() || self.queued.is_some())
    }

    /// Whoever is rung, or the agent of the queue, answers and talks for `talk` unless the caller
    /// hangs up. False when nobody is there to answer.
    pub fn answer(&mut self, talk: Duration) -> bool {
        if !self.can_answer() {
            return false;
        }
        let Some(rung) = self.ringing.take() else {
            return self.agent_answers(talk);
        };
        self.pass(ANSWERS_AFTER.min(rung.ring));
        if self.answered.is_none() {
            self.answered = Some(self.now.instant);
            self.scene(Scene::Answered);
        }
        self.talk(talk);
        self.later(talk, told(rung.why, Reached::Answered));
        true
    }

    /// The talk begins: what was owed to the caller is settled.
    pub(super) fn talk(&mut self, talk: Duration) {
        self.scene(Scene::Talk(talk));
        self.talking = true;
        self.books.reached(self.caller.as_ref());
    }

    /// Nobody answers, for this reason. False when nobody is rung.
    pub fn fail(&mut self, reached: Reached) -> bool {
        let Some(rung) = self.ringing.take() else {
            return false;
        };
        let after = match reached {
            Reached::NoAnswer => rung.ring,
            _ => SAYS_NO_AFTER.min(rung.ring),
        };
        self.pass(after);
        self.scene(Scene::NotReached(reached));
        self.news(told(rung.why, reached));
        true
    }

    fn person(&self, person: &PersonName) -> (String, Vec<PersonName>) {
        let persons = &self.around.people.persons;
        let name = persons.get(person).map(|person| person.name.clone());
        (
            name.unwrap_or_else(|| person.to_string()),
            vec![person.clone()],
        )
    }

    fn team(&self, team: &TeamName) -> (String, Vec<PersonName>) {
        let members = self.around.people.teams.get(team);
        let members = members.map(|team| team.members.clone()).unwrap_or_default();
        let names: Vec<_> = members.iter().map(|person| self.person(person).0).collect();
        (format!("{team} ({})", names.join(", ")), members)
    }
}

fn told(why: Why, reached: Reached) -> Event {
    match why {
        Why::Reach => Event::Reached(reached),
        Why::Transfer(question) => {
            let outcome = match reached {
                Reached::Answered => Transferred::Done,
                Reached::NoAnswer => Transferred::NoAnswer,
                Reached::Busy | Reached::Declined => Transferred::Busy,
                Reached::Unreachable => Transferred::Failed,
            };
            Event::Transferred { question, outcome }
        }
    }
}

/// How long a phone rings before it is answered.
const ANSWERS_AFTER: Duration = Duration::from_secs(6);
/// How long a phone rings before it says busy or is declined.
const SAYS_NO_AFTER: Duration = Duration::from_secs(1);
