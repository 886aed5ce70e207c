//! `reach`: ring one person or a team.

use std::sync::Arc;
use std::time::Duration;

use rappel_model::person::{Availability, Person};
use rappel_model::queue::Music;
use rappel_model::{PersonName, PhoneNumber, TeamName};

use super::background::Background;
use super::{
    Answers, Facts, Fault, Key, Kind, Otherwise, Outcome, Presence, Reading, Step, Template, Turn,
    Verb, Voice, Work,
};
use crate::ask::{Ask, Order, Reach, Whom};
use crate::engine::{BACKUP, CALLEE, Desk, OUTSIDE};
use crate::event::{Event, Reached};
use crate::variables::Value;
use crate::words;
use crate::words::Help;

/// `reach`.
pub(super) const VERB: Verb = Verb {
    name: "reach",
    keys: &[
        Key::new("person", Kind::Person, None, "one person from people.toml")
            .fr("une personne de people.toml"),
        Key::new("team", Kind::Team, None, "or a team").fr("ou une équipe"),
        Key::new("ring", Kind::Duration("15s", "2m"), Some("25s"), "how long")
            .fr("combien de temps"),
        Key::new(
            "order",
            Kind::Word(&["together", "in_turn", "longest_idle"], &[]),
            Some("together"),
            "for a team: who rings when",
        )
        .fr("pour une équipe : qui sonne et quand"),
        Key::new(
            "hear",
            Kind::Word(&["ringing", "music"], &[]),
            Some("ringing"),
            "what the caller hears meanwhile",
        )
        .fr("ce que l'appelant entend pendant ce temps"),
        Key::new(
            "screen",
            Kind::YesNo,
            Some("false"),
            "who answers hears who calls and presses 1 before they are joined",
        )
        .fr("qui décroche entend qui appelle et tape 1 avant d'être relié"),
        Key::new(
            "context",
            Kind::Text,
            None,
            "a line shown and whispered to them; else the call's tags",
        )
        .fr("une ligne qui leur est montrée et soufflée ; sinon les marques de l'appel"),
    ],
    outcomes: &[
        Outcome::new("answered", Otherwise::End, "after the conversation")
            .fr("après la conversation"),
        Outcome::new(
            "no_answer",
            Otherwise::As("next"),
            "nobody answered in time, or no phone is registered",
        )
        .fr("personne n'a répondu à temps, ou aucun téléphone n'est connecté"),
        Outcome::new("busy", Otherwise::As("on.no_answer"), "all phones are busy")
            .fr("tous les téléphones sont occupés"),
        Outcome::new(
            "declined",
            Otherwise::As("on.no_answer"),
            "the call was declined",
        )
        .fr("l'appel a été refusé"),
        Outcome::new(
            "absent",
            Otherwise::As("on.no_answer"),
            "on leave: person.back and person.reason are set",
        )
        .fr("en congé : person.back et person.reason sont connus"),
        Outcome::new(
            "closed",
            Otherwise::As("on.no_answer"),
            "outside their hours",
        )
        .fr("hors de leurs horaires"),
        Outcome::new("focus", Otherwise::As("on.no_answer"), "do not disturb")
            .fr("ne pas déranger"),
    ],
    next: Presence::Optional,
    press: Presence::None,
    answers: Answers::WhenReached,
    after_hangup: false,
    waits: false,
    voice: Voice::Closes(&["on.answered"]),
    internal: false,
    help: Help {
        en: "Rings one person or a team and joins them to the caller.",
        fr: "Fait sonner une personne ou une équipe et la met en relation avec l'appelant.",
    },
    example: r#"do = "reach"
person = "durand"
ring = "20s"
on.absent = "absente"
on.no_answer = "message""#,
    served: true,
    read,
};

#[derive(Debug)]
struct Calling {
    who: Target,
    ring: Duration,
    order: Order,
    /// Music instead of the ringing tone.
    music: bool,
    screen: bool,
    context: Option<Template>,
}

#[derive(Debug)]
enum Target {
    Person(PersonName),
    Team(TeamName),
    /// The extension that was dialled; only in the engine's own flow.
    Callee,
    /// The number outside that was dialled; only there, too.
    Outside,
    /// The team that stands in for them while they are absent; only there, too.
    Backup,
}

fn read(keys: &Reading) -> Result<Arc<dyn Step>, Fault> {
    let who = match (keys.name("person"), keys.name("team")) {
        (Some(CALLEE), None) => Target::Callee,
        (Some(OUTSIDE), None) => Target::Outside,
        (Some(person), None) => Target::Person(PersonName::from(person)),
        (None, Some(BACKUP)) => Target::Backup,
        (None, Some(team)) => Target::Team(TeamName::from(team)),
        (person, _) => {
            let message = words!(
                "\"reach\" needs either \"person\" or \"team\"",
                "il faut à « reach » soit « person », soit « team »"
            );
            let fault = Fault::new("R103", person.map(|_| "team"), message);
            return Err(match person {
                Some(_) => fault.label(words!(
                    "one of them, not both",
                    "l'un des deux, pas les deux"
                )),
                None => fault,
            });
        }
    };
    if matches!(who, Target::Person(_)) && !keys.on.contains("absent") {
        let message = words!(
            "\"reach\" of a person needs \"on.absent\"",
            "il faut « on.absent » à « reach » quand on appelle une personne"
        );
        return Err(Fault::new("R111", Some("person"), message).label(words!(
            "where the call goes while they are on leave",
            "où va l'appel pendant leurs congés"
        )));
    }
    Ok(Arc::new(Calling {
        who,
        ring: keys.duration("ring"),
        order: match keys.word("order") {
            "in_turn" => Order::InTurn,
            "longest_idle" => Order::LongestIdle,
            _ => Order::Together,
        },
        music: keys.word("hear") == "music",
        screen: keys.yes("screen"),
        context: keys.template("context"),
    }))
}

impl Step for Calling {
    fn facts(&self) -> Facts<'_> {
        Facts {
            human: true,
            ..Facts::default()
        }
    }

    fn gives(&self, way: &str) -> Vec<&str> {
        match (&self.who, way) {
            (Target::Team(_) | Target::Outside, _) => Vec::new(),
            (_, "on.absent") => vec!["person.name", "person.back", "person.reason"],
            _ => vec!["person.name"],
        }
    }

    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        let heard = if self.music {
            Music::Default
        } else {
            Music::None
        };
        Box::new(Ringing {
            step: self,
            background: Background::of(&heard),
        })
    }
}

#[derive(Debug)]
struct Ringing {
    step: Arc<Calling>,
    background: Background,
}

impl Ringing {
    /// What keeps a person from being rung, as a way out; sets `person.*`.
    fn obstacle(desk: &mut Desk<'_>, person: &Person) -> Option<&'static str> {
        desk.state
            .values
            .set("person.name", Value::Text(person.name.clone()));
        desk.state.values.unset("person.back");
        desk.state.values.unset("person.reason");
        match desk.around.availability(person, desk.now.wall) {
            Availability::Available => None,
            Availability::Closed => Some("on.closed"),
            Availability::Focus => Some("on.focus"),
            Availability::Absent(absence, back) => {
                let reason = Value::Text(absence.reason.clone());
                desk.state.values.set("person.back", Value::Date(back));
                desk.state.values.set("person.reason", reason);
                Some("on.absent")
            }
        }
    }
}

impl Work for Ringing {
    fn enter(&mut self, desk: &mut Desk<'_>) -> Turn {
        let (who, person) = match &self.step.who {
            Target::Person(name) => (Whom::Person(name.clone()), Some(name.clone())),
            Target::Team(name) => (Whom::Team(name.clone()), None),
            Target::Callee => desk.callee(),
            Target::Outside => match PhoneNumber::parse(&desk.state.caller.called) {
                Some(number) => (Whom::Outside(number), None),
                None => return Turn::leave("on.no_answer"),
            },
            Target::Backup => match desk.backup() {
                Some(team) => (Whom::Team(team), None),
                None => return Turn::leave("on.no_answer"),
            },
        };
        if let Some(name) = person {
            let Some(person) = desk.around.people.persons.get(&name) else {
                return Turn::Fail("no_person");
            };
            if let Some(way) = Self::obstacle(desk, person) {
                return Turn::leave(way);
            }
        }
        if let Whom::Team(name) = &who
            && !desk.around.people.teams.contains_key(name)
        {
            return Turn::Fail("no_team");
        }
        if self.step.music
            && let Err(turn) = desk.answer()
        {
            return turn;
        }
        if desk.state.answered {
            self.background.start(desk);
        }
        // Before the answer the network's ringing begins with the first device that rings: somebody
        // without any would be refused after a promise.
        desk.ask(Ask::Reach(Reach {
            who,
            ring: self.step.ring,
            order: self.step.order,
            screen: self.step.screen,
            context: self.step.context.as_ref().map(|line| desk.write(line)),
        }));
        Turn::Stay
    }

    fn on_event(&mut self, desk: &mut Desk<'_>, event: &Event) -> Turn {
        match event {
            Event::Reached(reached) => {
                self.background.stop(desk);
                match reached {
                    Reached::Answered => {
                        // Whoever has talked has been heard: the engine's patience starts anew.
                        desk.state.patience = 0;
                        desk.state.answered = true;
                        Turn::leave("on.answered")
                    }
                    Reached::NoAnswer | Reached::Unreachable => Turn::leave("on.no_answer"),
                    Reached::Busy => Turn::leave("on.busy"),
                    Reached::Declined => Turn::leave("on.declined"),
                }
            }
            Event::CallerGone => Turn::Abandon,
            _ => {
                self.background.on_event(desk, event);
                Turn::Stay
            }
        }
    }
}
