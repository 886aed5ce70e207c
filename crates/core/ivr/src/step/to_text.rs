//! `to_text`: carry on in writing, without losing the place in the queue.

use std::sync::Arc;

use rappel_model::numbering::may_take_texts;
use rappel_model::{Language, PhoneNumber, QueueName, Redacted};

use super::asked::Asked;
use super::number::{Number, NumberAsking};
use super::text::body;
use super::{
    Answers, Facts, Fault, Key, Kind, Otherwise, Outcome, Presence, Reading, Step, Template, Turn,
    Verb, Voice, Waits, Work,
};
use crate::ask::Ask;
use crate::engine::Desk;
use crate::event::Event;
use crate::need::{Moved, ToText};
use crate::variables::Type;
use crate::words::Help;

/// `to_text`.
pub(super) const VERB: Verb = Verb {
    name: "to_text",
    keys: &[
        Key::required(
            "queue",
            Kind::Queue(Waits::Texts),
            "a queue of written dialogues",
        )
        .fr("une file de dialogues écrits"),
        Key::required(
            "body",
            Kind::Bodies,
            "body.LANGUAGE: the first message in each language of the flow",
        )
        .fr("body.LANGUE : le premier message dans chaque langue du flux"),
        Key::new(
            "keep_place",
            Kind::YesNo,
            Some("true"),
            "the dialogue inherits the time already waited",
        )
        .fr("le dialogue hérite du temps déjà attendu"),
        Key::new(
            "number",
            Kind::Value(Type::Phone),
            None,
            "a mobile; else the caller's, and when that is none the caller is asked",
        )
        .fr("un mobile ; sinon celui de l'appelant, et à défaut on le lui demande"),
    ],
    outcomes: &[
        Outcome::new("moved", Otherwise::As("next"), "the dialogue is open")
            .fr("le dialogue est ouvert"),
        Outcome::new(
            "not_possible",
            Otherwise::Error,
            "no mobile was given, or it wants no texts",
        )
        .fr("aucun mobile donné, ou il ne veut pas de textes"),
    ],
    next: Presence::Optional,
    press: Presence::None,
    answers: Answers::First,
    after_hangup: false,
    waits: true,
    voice: Voice::Opens,
    internal: false,
    help: Help {
        en: "Opens a written dialogue with the caller and sends its first message.",
        fr: "Ouvre un dialogue écrit avec l'appelant et envoie son premier message.",
    },
    example: r#"do = "to_text"
queue = "textos"
body.fr = "Dites-nous ici ce qu'il vous faut."
body.en = "Tell us here what you need."
on.moved = "texto_envoye"
on.not_possible = "message""#,
    served: false,
    read,
};

#[derive(Debug)]
struct Moving {
    queue: QueueName,
    body: Vec<(Language, Template)>,
    keep_place: bool,
    number: Option<Template>,
}

fn read(keys: &Reading) -> Result<Arc<dyn Step>, Fault> {
    keys.leads("to_text", "moved")?;
    Ok(Arc::new(Moving {
        queue: QueueName::from(keys.name("queue").unwrap_or_default()),
        body: keys.bodies("body"),
        keep_place: keys.yes("keep_place"),
        number: keys.template("number"),
    }))
}

impl Step for Moving {
    fn facts(&self) -> Facts<'_> {
        Facts {
            leaves: &["on.moved", "next"],
            ..Facts::default()
        }
    }

    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        Box::new(Writing {
            step: self,
            phase: Phase::New,
        })
    }
}

#[derive(Debug)]
struct Writing {
    step: Arc<Moving>,
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    New,
    Numbering(NumberAsking),
    Opening(Asked),
}

impl Writing {
    fn open(&mut self, desk: &mut Desk<'_>, number: PhoneNumber) -> Turn {
        let Some((language, body)) = body(desk, &self.step.body) else {
            return Turn::Fail("nothing_to_say");
        };
        let (queue, keep_place) = (self.step.queue.clone(), self.step.keep_place);
        self.phase = Phase::Opening(Asked::put(desk, |question| {
            Ask::ToText(ToText {
                question,
                queue,
                number,
                body: Redacted::new(body),
                language,
                keep_place,
            })
        }));
        Turn::Stay
    }

    fn numbered(&mut self, desk: &mut Desk<'_>, number: Number) -> Turn {
        match number {
            Number::Waits => Turn::Stay,
            Number::GivenUp => Turn::leave("on.not_possible"),
            Number::Given(number) if may_take_texts(&number) => self.open(desk, number),
            Number::Given(_) => Turn::leave("on.not_possible"),
        }
    }
}

impl Work for Writing {
    fn enter(&mut self, desk: &mut Desk<'_>) -> Turn {
        if !desk.around.queues.contains_key(&self.step.queue) {
            return Turn::Fail("no_queue");
        }
        let number = match &self.step.number {
            Some(number) => desk.phone_of(number),
            None => desk.state.caller.number.clone(),
        };
        match number.filter(may_take_texts) {
            Some(number) => self.open(desk, number),
            None => {
                let asking = NumberAsking::start(desk, "mobile-ask", None);
                self.phase = Phase::Numbering(asking);
                Turn::Stay
            }
        }
    }

    fn on_event(&mut self, desk: &mut Desk<'_>, event: &Event) -> Turn {
        match (&mut self.phase, event) {
            // The dialogue is opened whether the caller waits for it or not.
            (Phase::Opening(_), Event::CallerGone) => Turn::Stay,
            (_, Event::CallerGone) => Turn::Abandon,
            (Phase::Opening(waiting), Event::MovedToText { question, outcome })
                if waiting.is(*question) =>
            {
                match outcome {
                    Moved::Done => Turn::leave("on.moved"),
                    Moved::NotPossible => Turn::leave("on.not_possible"),
                    Moved::Failed => Turn::Fail("not_stored"),
                }
            }
            (Phase::Numbering(asking), _) => {
                let number = asking.on_event(desk, event);
                self.numbered(desk, number)
            }
            _ => Turn::Stay,
        }
    }

    fn on_timeout(&mut self, desk: &mut Desk<'_>) -> Turn {
        match &mut self.phase {
            Phase::New => Turn::Stay,
            Phase::Opening(waiting) => waiting.on_timeout(desk),
            Phase::Numbering(asking) => {
                let number = asking.on_timeout(desk);
                self.numbered(desk, number)
            }
        }
    }
}
