//! `pending`: does this caller have something open with us?

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::asked::Asked;
use super::known::{PROMISE_KNOWN, forget_promise, set_promise};
use super::{Answers, Key, Kind, Otherwise, Outcome, Presence, Step, Turn, Verb, Voice, Work};
use crate::ask::Ask;
use crate::engine::Desk;
use crate::event::Event;
use crate::need::Pending;
use crate::variables::Value;
use crate::words::Help;

/// `pending`.
pub(super) const VERB: Verb = Verb {
    name: "pending",
    keys: &[Key::new(
        "recent",
        Kind::Duration("1m", "1h"),
        Some("15m"),
        "who hung up while waiting counts for this long",
    )
    .fr("qui a raccroché pendant l'attente compte aussi longtemps")],
    outcomes: &[
        Outcome::new("none", Otherwise::Required, "nothing is open").fr("rien n'est en cours"),
        Outcome::new(
            "callback",
            Otherwise::Never,
            "we owe them a call: callback.* are set",
        )
        .fr("nous leur devons un rappel : callback.* sont connus"),
        Outcome::new(
            "message",
            Otherwise::Never,
            "a message of theirs has not been heard: message.* are set",
        )
        .fr("un de leurs messages n'est pas écouté : message.* sont connus"),
        Outcome::new("thread", Otherwise::Never, "they are writing with us")
            .fr("ils nous écrivent déjà"),
        Outcome::new(
            "just_called",
            Otherwise::Never,
            "they hung up while waiting: the queue gives the place back",
        )
        .fr("ils ont raccroché pendant l'attente : la file rend la place"),
    ],
    next: Presence::None,
    press: Presence::None,
    answers: Answers::No,
    after_hangup: true,
    waits: false,
    voice: Voice::Quiet,
    internal: false,
    help: Help {
        en: "Looks whether this caller has something open with us; the first outcome that is given and true is taken.",
        fr: "Regarde si l'appelant a quelque chose en cours chez nous ; la première sortie écrite et vraie est prise.",
    },
    example: r#"do = "pending"
on.none = "ouverture"
on.callback = "rappel_en_cours"
on.just_called = "ouverture""#,
    served: true,
    read: |keys| {
        Ok(Arc::new(Question {
            recent: keys.duration("recent"),
            on: keys.on.clone(),
        }))
    },
};

#[derive(Debug)]
struct Question {
    recent: Duration,
    on: BTreeSet<String>,
}

impl Question {
    /// The first thing that is open and that the flow asked about.
    fn way(&self, found: &Pending) -> &'static str {
        [
            ("callback", "on.callback", found.callback.is_some()),
            ("message", "on.message", found.message.is_some()),
            ("thread", "on.thread", found.thread),
            ("just_called", "on.just_called", found.just_called),
        ]
        .into_iter()
        .find(|(word, _, open)| *open && self.on.contains(*word))
        .map_or("on.none", |(_, way, _)| way)
    }
}

impl Step for Question {
    fn gives(&self, way: &str) -> Vec<&str> {
        match way {
            "on.callback" => PROMISE_KNOWN.to_vec(),
            "on.message" => vec!["message.id", "message.seconds"],
            _ => Vec::new(),
        }
    }

    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        Box::new(Looking {
            step: self,
            waiting: None,
        })
    }
}

#[derive(Debug)]
struct Looking {
    step: Arc<Question>,
    waiting: Option<Asked>,
}

impl Work for Looking {
    fn enter(&mut self, desk: &mut Desk<'_>) -> Turn {
        let recent = self.step.recent;
        self.waiting = Some(Asked::put(desk, |question| Ask::Pending {
            question,
            recent,
        }));
        Turn::Stay
    }

    fn on_event(&mut self, desk: &mut Desk<'_>, event: &Event) -> Turn {
        match (&self.waiting, event) {
            (Some(waiting), Event::Pending { question, found }) if waiting.is(*question) => {
                match &found.callback {
                    Some(promise) => set_promise(desk, promise),
                    None => forget_promise(desk),
                }
                if let Some((id, length)) = found.message {
                    let seconds = i64::try_from(length.as_secs()).unwrap_or(i64::MAX);
                    let values = &mut desk.state.values;
                    values.set("message.id", Value::Text(id.to_string()));
                    values.set("message.seconds", Value::Number(seconds));
                }
                Turn::leave(self.step.way(found))
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
