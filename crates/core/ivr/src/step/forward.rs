//! `forward`: a user of ours forwards their calls, stops that, or hears where they go.

use std::sync::Arc;
use std::time::Duration;

use rappel_model::office::{Code, Leading, Order, When};
use rappel_model::{PlayId, QuestionId, Sound};

use super::{Answers, Presence, Step, Turn, Verb, Voice, Work};
use crate::ask::Ask;
use crate::engine::Desk;
use crate::event::Event;
use crate::need::{Forwarded, Forwarding};
use crate::say::Format;
use crate::variables::Value;
use crate::words::Help;

/// `forward`, of the engine's own flow for `*21*NUMBER#` and its kin.
pub(super) const VERB: Verb = Verb {
    name: "forward",
    keys: &[],
    outcomes: &[],
    next: Presence::Required,
    press: Presence::None,
    answers: Answers::First,
    after_hangup: false,
    waits: false,
    voice: Voice::Speaks,
    internal: true,
    help: Help {
        en: "Forwards the calls of a registered user as the code says that they dialled.",
        fr: "Renvoie les appels d'un utilisateur comme le dit le code qu'il a composé.",
    },
    example: r#"do = "forward"
next = "fin""#,
    served: true,
    read: |_| Ok(Arc::new(Forward)),
};

#[derive(Debug)]
struct Forward;

impl Step for Forward {
    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        Box::new(Forwards {
            phase: Phase::Last(None),
            slow: false,
        })
    }
}

#[derive(Debug)]
struct Forwards {
    phase: Phase,
    /// "One moment" was said.
    slow: bool,
}

#[derive(Debug)]
enum Phase {
    /// The house decides and stores.
    Asked(QuestionId),
    /// Last words, then the step is left.
    Last(Option<PlayId>),
}

impl Forwards {
    fn ask(&mut self, desk: &mut Desk<'_>, order: Order) -> Turn {
        let question = desk.question();
        desk.ask(Ask::Forward(Forwarding { question, order }));
        desk.wake_in(ONE_MOMENT, "forward stored");
        self.phase = Phase::Asked(question);
        Turn::Stay
    }

    /// Says what came of it.
    fn tell(&mut self, desk: &mut Desk<'_>, outcome: &Forwarded) -> Turn {
        let sounds = match outcome {
            Forwarded::To(when, leading) => {
                let mut sounds = desk.say_shared(match when {
                    When::Always => "forward-always",
                    When::NoAnswer => "forward-no-answer",
                    When::Busy => "forward-busy",
                });
                sounds.extend(match leading {
                    Leading::Extension(digits) => {
                        desk.say_value(Format::Digits, &Value::Text(digits.clone()))
                    }
                    Leading::Outside(number) => {
                        desk.say_value(Format::Phone, &Value::Phone(number.clone()))
                    }
                });
                sounds
            }
            Forwarded::Cleared => desk.say_shared("forward-cleared"),
            Forwarded::Nowhere => desk.say_shared("forward-none"),
            Forwarded::Refused => desk.say_shared("forward-refused"),
            Forwarded::NotStored => desk.say_shared("forward-not-saved"),
        };
        self.last(desk, sounds)
    }

    fn last(&mut self, desk: &mut Desk<'_>, sounds: Vec<Sound>) -> Turn {
        let play = desk.play(sounds, false, false);
        self.phase = Phase::Last(play);
        if play.is_none() {
            return Turn::NEXT;
        }
        desk.wake_in(LONGEST_LAST, "last words");
        Turn::Stay
    }
}

impl Work for Forwards {
    fn enter(&mut self, desk: &mut Desk<'_>) -> Turn {
        if let Err(turn) = desk.answer() {
            return turn;
        }
        if desk.state.caller.user.is_none() {
            let sounds = desk.say_shared("not-a-user");
            return self.last(desk, sounds);
        }
        match desk.around.office.codes.read(&desk.state.caller.called) {
            Some(Code::Forward(order)) => self.ask(desk, order),
            // The codes have changed since the call began.
            _ => self.tell(desk, &Forwarded::Refused),
        }
    }

    fn on_event(&mut self, desk: &mut Desk<'_>, event: &Event) -> Turn {
        match (&self.phase, event) {
            (_, Event::CallerGone) => Turn::Abandon,
            (Phase::Asked(asked), Event::Forwarded { question, outcome }) if asked == question => {
                self.tell(desk, outcome)
            }
            (Phase::Asked(asked), Event::NotAvailable { question }) if asked == question => {
                self.tell(desk, &Forwarded::Refused)
            }
            (Phase::Last(Some(last)), Event::PlayEnded(play)) if last == play => Turn::NEXT,
            _ => Turn::Stay,
        }
    }

    fn on_timeout(&mut self, desk: &mut Desk<'_>) -> Turn {
        match self.phase {
            Phase::Asked(_) if !self.slow => {
                self.slow = true;
                let sounds = desk.say_shared("one-moment");
                desk.play(sounds, false, false);
                desk.wake_in(LONGEST_ANSWER, "slow store");
                Turn::Stay
            }
            Phase::Asked(_) => self.tell(desk, &Forwarded::NotStored),
            Phase::Last(_) => Turn::NEXT,
        }
    }
}

/// When storing takes longer, the caller hears "one moment".
const ONE_MOMENT: Duration = Duration::from_secs(1);
/// Then there is this long; a sentence of two seconds and no more than two of silence.
const LONGEST_ANSWER: Duration = Duration::from_secs(4);
/// Last words are over after this.
const LONGEST_LAST: Duration = Duration::from_secs(20);
