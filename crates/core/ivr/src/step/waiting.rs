//! Waiting for an answer from outside without leaving the caller in silence: what `lookup` and `http`
//! share.

use std::time::Duration;

use rappel_model::{Instant, PlayId, PromptKey, QuestionId};

use super::Turn;
use crate::engine::Desk;
use crate::event::Event;

/// What a deadline came to.
#[derive(Debug)]
pub(super) enum Waited {
    /// The answer may still come.
    Still,
    /// It did not come in time.
    Late,
    /// It had come, and this follows.
    Done(Turn),
}

/// A question that waits for its answer.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    question: Option<QuestionId>,
    /// Said when the answer takes longer than a second, again and again.
    meanwhile: Vec<PromptKey>,
    since: Instant,
    /// When the sentence is said next; never when there is none.
    speaks_at: Option<Instant>,
    ends_at: Instant,
    playing: Option<PlayId>,
    /// The answer came during the sentence: what is done once it is over.
    answered: Option<Turn>,
}

impl Waiting {
    /// Asks: the number of the question. The answer is waited for until `limit` has passed.
    pub(super) fn begin(
        &mut self,
        desk: &mut Desk<'_>,
        meanwhile: Vec<PromptKey>,
        limit: Duration,
    ) -> QuestionId {
        let question = desk.question();
        self.question = Some(question);
        self.since = desk.instant();
        self.ends_at = self.since + limit;
        // What was silent before counts: five quick questions are one long silence.
        let patience = PATIENCE.saturating_sub(desk.state.hush);
        let may_speak = !meanwhile.is_empty() && desk.state.answered && !desk.state.gone;
        self.speaks_at = may_speak.then(|| self.since + patience);
        self.meanwhile = meanwhile;
        self.wake(desk);
        question
    }

    /// Whether `question` is the one that waits.
    pub(super) fn is_mine(&self, question: QuestionId) -> bool {
        self.question == Some(question)
    }

    /// The answer is there, and `turn` follows: now, or as soon as the sentence is over.
    pub(super) fn answered(&mut self, desk: &mut Desk<'_>, turn: Turn) -> Turn {
        self.question = None;
        self.is_quiet_until(desk.instant(), desk);
        if self.playing.is_none() {
            return turn;
        }
        self.answered = Some(turn);
        desk.wake_in(LONGEST_GOODBYE, "sentence");
        Turn::Stay
    }

    /// News besides the answer.
    pub(super) fn on_event(&mut self, desk: &mut Desk<'_>, event: &Event) -> Turn {
        match event {
            Event::CallerGone => Turn::Abandon,
            Event::PlayEnded(play) if self.playing == Some(*play) => {
                self.playing = None;
                if let Some(turn) = self.answered.take() {
                    return turn;
                }
                self.since = desk.instant();
                self.speaks_at = Some(self.since + PATIENCE);
                self.wake(desk);
                Turn::Stay
            }
            _ => Turn::Stay,
        }
    }

    /// A deadline passed.
    pub(super) fn on_timeout(&mut self, desk: &mut Desk<'_>) -> Waited {
        if let Some(turn) = self.answered.take() {
            self.stop(desk);
            return Waited::Done(turn);
        }
        if desk.instant() >= self.ends_at {
            self.question = None;
            self.is_quiet_until(desk.instant(), desk);
            self.stop(desk);
            return Waited::Late;
        }
        if self.speaks_at.is_some_and(|at| at <= desk.instant()) {
            self.speaks_at = None;
            let sounds = desk.say(&self.meanwhile);
            self.playing = desk.play(sounds, false, false);
        }
        self.wake(desk);
        Waited::Still
    }

    fn stop(&mut self, desk: &mut Desk<'_>) {
        if let Some(play) = self.playing.take() {
            desk.stop(play);
        }
    }

    /// Counts the silence that ends now, if there was one.
    fn is_quiet_until(&self, now: Instant, desk: &mut Desk<'_>) {
        if self.playing.is_none() && desk.state.answered && !desk.state.gone {
            desk.state.hush += now.since(self.since);
        }
    }

    fn wake(&self, desk: &mut Desk<'_>) {
        let next = self
            .speaks_at
            .map_or(self.ends_at, |at| at.min(self.ends_at));
        desk.wake_in(next.since(desk.instant()), "answer");
    }
}

/// How long the caller may hear nothing before they are told to wait.
const PATIENCE: Duration = Duration::from_secs(1);
/// A sentence that has begun may end, but not for longer than this.
const LONGEST_GOODBYE: Duration = Duration::from_secs(2);
