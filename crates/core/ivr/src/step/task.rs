//! `task`: leave people something to do.

use std::sync::Arc;
use std::time::Duration;

use rappel_model::{QueueName, Redacted, TeamName};

use super::asked::Asked;
use super::{
    Answers, Facts, Fault, Key, Kind, Presence, Reading, Step, Template, Turn, Verb, Voice, Waits,
    Work,
};
use crate::ask::Ask;
use crate::engine::Desk;
use crate::event::Event;
use crate::need::{Task, TaskOwner};
use crate::words;
use crate::words::Help;

/// `task`.
pub(super) const VERB: Verb = Verb {
    name: "task",
    keys: &[
        Key::new(
            "queue",
            Kind::Queue(Waits::Any),
            None,
            "whose task it is: a queue's",
        )
        .fr("à qui est la tâche : une file"),
        Key::new("team", Kind::Team, None, "or a team's").fr("ou une équipe"),
        Key::required("title", Kind::Text, "what to do, in a few words")
            .fr("ce qu'il y a à faire, en quelques mots"),
        Key::new(
            "due",
            Kind::Duration("5m", "30d"),
            Some("2h"),
            "until when, in opening time",
        )
        .fr("pour quand, en temps d'ouverture"),
    ],
    outcomes: &[],
    next: Presence::Optional,
    press: Presence::None,
    answers: Answers::First,
    after_hangup: true,
    waits: false,
    voice: Voice::Quiet,
    internal: false,
    help: Help {
        en: "Opens a task for people; a caller has one open task per team, a second one adds a line to it.",
        fr: "Ouvre une tâche pour des collègues ; un appelant en a une seule par équipe, la suivante y ajoute une ligne.",
    },
    example: r#"do = "task"
team = "ventes"
title = "Appel manqué de {caller.number}"
due = "2h""#,
    served: false,
    read,
};

#[derive(Debug)]
struct Leaving {
    owner: TaskOwner,
    title: Option<Template>,
    due: Duration,
}

fn read(keys: &Reading) -> Result<Arc<dyn Step>, Fault> {
    let owner = match (keys.name("queue"), keys.name("team")) {
        (Some(queue), None) => TaskOwner::Queue(QueueName::from(queue)),
        (None, Some(team)) => TaskOwner::Team(TeamName::from(team)),
        (queue, _) => {
            let message = words!(
                "\"task\" needs either \"queue\" or \"team\"",
                "il faut à « task » soit « queue », soit « team »"
            );
            return Err(Fault::new("R103", queue.map(|_| "team"), message));
        }
    };
    Ok(Arc::new(Leaving {
        owner,
        title: keys.template("title"),
        due: keys.duration("due"),
    }))
}

impl Step for Leaving {
    fn facts(&self) -> Facts<'_> {
        Facts {
            leaves: &["next"],
            ..Facts::default()
        }
    }

    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        Box::new(Opening {
            step: self,
            waiting: None,
        })
    }
}

#[derive(Debug)]
struct Opening {
    step: Arc<Leaving>,
    waiting: Option<Asked>,
}

impl Work for Opening {
    fn enter(&mut self, desk: &mut Desk<'_>) -> Turn {
        let title = self.step.title.as_ref().map(|title| desk.write(title));
        let (owner, due) = (self.step.owner.clone(), self.step.due);
        self.waiting = Some(Asked::put(desk, |question| {
            Ask::Task(Task {
                question,
                owner,
                title: Redacted::new(title.unwrap_or_default()),
                due,
            })
        }));
        Turn::Stay
    }

    fn on_event(&mut self, _: &mut Desk<'_>, event: &Event) -> Turn {
        match (&self.waiting, event) {
            (Some(waiting), Event::Done { question, stored }) if waiting.is(*question) => {
                if *stored {
                    Turn::NEXT
                } else {
                    Turn::Fail("not_stored")
                }
            }
            // A task is opened whether the caller waits for it or not.
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
