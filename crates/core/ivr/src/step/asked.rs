//! Waiting for the answer of a room: after a second the caller hears "one moment", and a room that
//! says nothing is no reason for silence.

use std::time::Duration;

use rappel_model::QuestionId;

use super::Turn;
use crate::ask::Ask;
use crate::engine::Desk;

/// A question that was put and is not answered yet.
#[derive(Debug)]
pub(super) struct Asked {
    question: QuestionId,
    told: bool,
}

impl Asked {
    /// Puts a question.
    pub(super) fn put(desk: &mut Desk<'_>, ask: impl FnOnce(QuestionId) -> Ask) -> Self {
        let question = desk.question();
        desk.ask(ask(question));
        desk.wake_in(ONE_MOMENT, "one moment");
        Self {
            question,
            told: false,
        }
    }

    /// Whether `question` is the one that was put.
    pub(super) fn is(&self, question: QuestionId) -> bool {
        self.question == question
    }

    /// The deadline passed: the caller is told once, then the step has failed. Before the answer
    /// they hear the network's ringing, and after hanging up nothing.
    pub(super) fn on_timeout(&mut self, desk: &mut Desk<'_>) -> Turn {
        if self.told {
            return Turn::Fail("no_answer");
        }
        self.told = true;
        if desk.state.answered && !desk.state.gone {
            let sounds = desk.say_shared("one-moment");
            desk.play(sounds, false, false);
        }
        desk.wake_in(LONGEST_ANSWER, "slow answer");
        Turn::Stay
    }
}

/// An answer that takes longer is admitted to the caller.
const ONE_MOMENT: Duration = Duration::from_secs(1);
/// Then there is this long: a sentence of two seconds and no more than two of silence.
const LONGEST_ANSWER: Duration = Duration::from_secs(4);
