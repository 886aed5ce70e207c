//! The server transaction of every method but INVITE and ACK: RFC 3261 §17.2.2, figure 8.

use rappel_model::{Deadline, Instant, Now};

use super::timer::{PATIENCE, due};
use super::{Heard, ServerAct};

/// One request of theirs: BYE, REGISTER, OPTIONS …
#[derive(Debug)]
pub(crate) struct ServerOther {
    state: State,
    reliable: bool,
}

/// RFC 3261 §17.2.2, figure 8. Nothing of ours answers these methods provisionally but by choice
/// of a later method; RFC 4320 §4.1 forbids an early 100.
#[derive(Clone, Copy, Debug)]
enum State {
    Trying,
    Proceeding,
    /// Answered; timer J repeats the answer to whoever missed it.
    Completed {
        j: Instant,
    },
    Terminated,
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Request,
    Answer(Heard),
    TimerJ,
}

impl ServerOther {
    /// Starts the transaction.
    pub(crate) fn new(reliable: bool) -> Self {
        Self {
            state: State::Trying,
            reliable,
        }
    }

    /// The request came again.
    pub(crate) fn handle_repeat(&mut self, now: Now) -> ServerAct {
        self.step(now, Event::Request)
    }

    /// The user answers.
    pub(crate) fn answer(&mut self, now: Now, answer: Heard) -> ServerAct {
        self.step(now, Event::Answer(answer))
    }

    /// A deadline passed.
    pub(crate) fn handle_timeout(&mut self, now: Now) -> ServerAct {
        match self.state {
            State::Completed { j } if due(now, j) => self.step(now, Event::TimerJ),
            _ => ServerAct::Nothing,
        }
    }

    /// When to wake this transaction.
    pub(crate) fn poll_timeout(&self) -> Option<Deadline> {
        match self.state {
            State::Completed { j } => Some(Deadline::new(j, "timer J")),
            _ => None,
        }
    }

    /// Whether the transaction is over and may be forgotten.
    pub(crate) fn is_terminated(&self) -> bool {
        matches!(self.state, State::Terminated)
    }

    /// Whether no final answer was given yet.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.state, State::Trying | State::Proceeding)
    }

    /// The figure: one arrow per line.
    fn step(&mut self, now: Now, event: Event) -> ServerAct {
        let (next, act) = match (self.state, event) {
            (State::Trying | State::Proceeding, Event::Answer(Heard::Provisional)) => {
                (State::Proceeding, ServerAct::SendLast)
            }
            (State::Trying | State::Proceeding, Event::Answer(Heard::Success | Heard::Failure)) => {
                (self.completed(now), ServerAct::SendLast)
            }
            (State::Proceeding | State::Completed { .. }, Event::Request) => {
                (self.state, ServerAct::SendLast)
            }
            (State::Completed { .. }, Event::TimerJ) => (State::Terminated, ServerAct::Nothing),
            (state, _) => (state, ServerAct::Nothing),
        };
        self.state = next;
        act
    }

    /// Timer J is zero on a reliable transport.
    fn completed(&self, now: Now) -> State {
        if self.reliable {
            State::Terminated
        } else {
            State::Completed {
                j: now.instant + PATIENCE,
            }
        }
    }
}
