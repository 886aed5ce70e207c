//! `survey`: what did the caller think of us? One key per question.

use std::sync::Arc;
use std::time::Duration;

use rappel_model::PromptKey;

use super::asked::Asked;
use super::asking::{Asking, Heard};
use super::{
    Answers, Fault, Key, Kind, Otherwise, Outcome, Presence, Reading, Step, Turn, Verb, Voice, Work,
};
use crate::ask::Ask;
use crate::engine::Desk;
use crate::event::Event;
use crate::need::{Survey, SurveyAnswer};
use crate::words::Help;

/// `survey`.
pub(super) const VERB: Verb = Verb {
    name: "survey",
    keys: &[Key::required(
        "questions",
        Kind::Prompts,
        "the sentences that ask, one after the other; each is answered by a key 0-9",
    )
    .fr("les phrases qui questionnent, l'une après l'autre ; on répond par une touche 0-9")],
    outcomes: &[
        Outcome::new(
            "done",
            Otherwise::As("next"),
            "at least one question was answered",
        )
        .fr("au moins une question a eu sa réponse"),
        Outcome::new(
            "refused",
            Otherwise::As("on.done"),
            "the caller pressed * or nothing at the first question",
        )
        .fr("l'appelant a tapé * ou rien à la première question"),
    ],
    next: Presence::Optional,
    press: Presence::None,
    answers: Answers::First,
    after_hangup: false,
    waits: true,
    voice: Voice::Opens,
    internal: false,
    help: Help {
        en: "Asks the caller to rate the call, one key per question; what was answered counts even when they hang up.",
        fr: "Demande à l'appelant de noter l'appel, une touche par question ; ce qui a été répondu compte même s'il raccroche.",
    },
    example: r#"do = "survey"
questions = ["avis-note"]
next = "fin""#,
    served: true,
    read,
};

#[derive(Debug)]
struct Questions {
    questions: Vec<PromptKey>,
}

fn read(keys: &Reading) -> Result<Arc<dyn Step>, Fault> {
    keys.leads("survey", "done")?;
    Ok(Arc::new(Questions {
        questions: keys.prompts("questions"),
    }))
}

impl Step for Questions {
    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        Box::new(Rating {
            step: self,
            asking: Asking::default(),
            at: 0,
            tries: 0,
            answers: Vec::new(),
            storing: None,
        })
    }
}

#[derive(Debug)]
struct Rating {
    step: Arc<Questions>,
    asking: Asking,
    /// The question that is being asked.
    at: usize,
    /// Times it was said.
    tries: u32,
    answers: Vec<SurveyAnswer>,
    storing: Option<Asked>,
}

impl Rating {
    fn say(&mut self, desk: &mut Desk<'_>, complaint: Option<&'static str>) -> Turn {
        let Some(question) = self.step.questions.get(self.at).cloned() else {
            return self.store(desk);
        };
        self.tries += 1;
        let mut sounds = complaint.map_or_else(Vec::new, |key| desk.say_shared(key));
        sounds.extend(desk.say(&[question]));
        self.asking.start(desk, sounds, WAIT);
        Turn::Stay
    }

    fn next(&mut self, desk: &mut Desk<'_>) -> Turn {
        self.at += 1;
        self.tries = 0;
        self.say(desk, None)
    }

    fn again(&mut self, desk: &mut Desk<'_>, complaint: &'static str) -> Turn {
        if self.tries < TRIES {
            self.say(desk, Some(complaint))
        } else {
            self.store(desk)
        }
    }

    /// Keeps what was answered; nobody is asked any further.
    fn store(&mut self, desk: &mut Desk<'_>) -> Turn {
        self.asking.stop(desk);
        if self.answers.is_empty() {
            return if desk.state.gone {
                Turn::Abandon
            } else {
                Turn::leave("on.refused")
            };
        }
        let answers = std::mem::take(&mut self.answers);
        self.storing = Some(Asked::put(desk, |question| {
            Ask::Survey(Survey { question, answers })
        }));
        Turn::Stay
    }

    fn key(&mut self, desk: &mut Desk<'_>, key: char) -> Turn {
        desk.heard(key, false);
        match key {
            '*' => self.store(desk),
            '0'..='9' => {
                if let Some(prompt) = self.step.questions.get(self.at) {
                    let prompt = prompt.clone();
                    self.answers.push(SurveyAnswer { prompt, key });
                }
                self.next(desk)
            }
            _ => self.again(desk, "no-match"),
        }
    }
}

impl Work for Rating {
    fn enter(&mut self, desk: &mut Desk<'_>) -> Turn {
        self.say(desk, None)
    }

    fn on_event(&mut self, desk: &mut Desk<'_>, event: &Event) -> Turn {
        match (&self.storing, event) {
            (Some(waiting), Event::Done { question, stored }) if waiting.is(*question) => {
                match (desk.state.gone, stored) {
                    (_, false) => Turn::Fail("not_stored"),
                    (true, true) => Turn::Abandon,
                    (false, true) => Turn::leave("on.done"),
                }
            }
            (Some(_), _) => Turn::Stay,
            // What they have said by then counts.
            (None, Event::CallerGone) => self.store(desk),
            (None, _) => match self.asking.on_event(desk, event) {
                Heard::Key(key) => self.key(desk, key),
                Heard::Said | Heard::Nothing => Turn::Stay,
            },
        }
    }

    fn on_timeout(&mut self, desk: &mut Desk<'_>) -> Turn {
        if let Some(waiting) = &mut self.storing {
            return waiting.on_timeout(desk);
        }
        if !self.asking.is_silence(desk) {
            return Turn::Stay;
        }
        self.again(desk, "no-input")
    }
}

/// Silence allowed after a question.
const WAIT: Duration = Duration::from_secs(5);
/// Times a question is said before the survey is over.
const TRIES: u32 = 2;
