//! `estimate`: ask the wait of a queue without queuing.

use std::sync::Arc;

use rappel_model::QueueName;

use super::asked::Asked;
use super::known::{PLACE_KNOWN, WAIT_KNOWN, announceable, set_place};
use super::{
    Answers, Key, Kind, Otherwise, Outcome, Presence, Step, Turn, Verb, Voice, Waits, Work,
};
use crate::ask::Ask;
use crate::engine::Desk;
use crate::event::Event;
use crate::need::{Estimate, Estimated};
use crate::words::Help;

/// `estimate`.
pub(super) const VERB: Verb = Verb {
    name: "estimate",
    keys: &[
        Key::required("queue", Kind::Queue(Waits::Calls), "which queue").fr("quelle file"),
        Key::new("skills", Kind::Names, None, "skills the caller would need")
            .fr("les compétences qu'il faudrait à l'appelant"),
        Key::new(
            "priority",
            Kind::Number(0, 9),
            Some("5"),
            "the priority they would have: 0 low to 9 high",
        )
        .fr("la priorité qu'il aurait : de 0 (basse) à 9 (haute)"),
    ],
    outcomes: &[
        Outcome::new(
            "wait",
            Otherwise::Required,
            "there is a wait: wait and queue.* are set",
        )
        .fr("il y a de l'attente : wait et queue.* sont connus"),
        Outcome::new("ready", Otherwise::As("on.wait"), "an agent is free now")
            .fr("quelqu'un est libre maintenant"),
        Outcome::new(
            "unknown",
            Otherwise::As("on.wait"),
            "too little is known to say it honestly",
        )
        .fr("on en sait trop peu pour le dire honnêtement"),
        Outcome::new("closed", Otherwise::Error, "the queue is closed").fr("la file est fermée"),
        Outcome::new(
            "full",
            Otherwise::Error,
            "the queue holds as many as it may",
        )
        .fr("la file est pleine"),
    ],
    next: Presence::None,
    press: Presence::None,
    answers: Answers::No,
    after_hangup: true,
    waits: false,
    voice: Voice::Quiet,
    internal: false,
    help: Help {
        en: "Asks how long the wait in a queue would be, without joining it.",
        fr: "Demande combien durerait l'attente dans une file, sans s'y mettre.",
    },
    example: r#"do = "estimate"
queue = "ventes"
on.ready = "attendre"
on.wait = "proposer"
on.closed = "ferme""#,
    served: true,
    read: |keys| {
        Ok(Arc::new(Question {
            queue: QueueName::from(keys.name("queue").unwrap_or_default()),
            priority: priority(keys.number("priority")),
            skills: keys.names("skills"),
        }))
    },
};

/// A priority as the table of verbs bounds it.
pub(super) fn priority(given: Option<u32>) -> u8 {
    given
        .and_then(|number| u8::try_from(number).ok())
        .unwrap_or(5)
}

#[derive(Debug)]
struct Question {
    queue: QueueName,
    priority: u8,
    skills: Vec<String>,
}

impl Step for Question {
    fn gives(&self, way: &str) -> Vec<&str> {
        match way {
            "on.wait" => WAIT_KNOWN.to_vec(),
            "on.ready" | "on.unknown" => PLACE_KNOWN.to_vec(),
            _ => Vec::new(),
        }
    }

    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        Box::new(Asking {
            step: self,
            waiting: None,
        })
    }
}

#[derive(Debug)]
struct Asking {
    step: Arc<Question>,
    waiting: Option<Asked>,
}

impl Work for Asking {
    fn enter(&mut self, desk: &mut Desk<'_>) -> Turn {
        if !desk.around.queues.contains_key(&self.step.queue) {
            return Turn::Fail("no_queue");
        }
        let step = Arc::clone(&self.step);
        self.waiting = Some(Asked::put(desk, |question| {
            Ask::Estimate(Estimate {
                question,
                queue: step.queue.clone(),
                priority: step.priority,
                skills: step.skills.clone(),
            })
        }));
        Turn::Stay
    }

    fn on_event(&mut self, desk: &mut Desk<'_>, event: &Event) -> Turn {
        match (&self.waiting, event) {
            (Some(waiting), Event::Estimated { question, estimate }) if waiting.is(*question) => {
                match estimate {
                    Estimated::Closed => Turn::leave("on.closed"),
                    Estimated::Full => Turn::leave("on.full"),
                    Estimated::Place(place) => {
                        set_place(desk, place);
                        if place.free {
                            Turn::leave("on.ready")
                        } else if announceable(place).is_some() {
                            Turn::leave("on.wait")
                        } else {
                            Turn::leave("on.unknown")
                        }
                    }
                }
            }
            // It may be asked after the caller has gone, too: the answer still comes.
            _ => Turn::Stay,
        }
    }

    fn on_timeout(&mut self, desk: &mut Desk<'_>) -> Turn {
        match &mut self.waiting {
            Some(waiting) => waiting.on_timeout(desk),
            None => Turn::Stay,
        }
    }
}
