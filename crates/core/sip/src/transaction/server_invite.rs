//! The INVITE server transaction: RFC 3261 §17.2.1, figure 7, as RFC 6026 §7.1 and §8.4 changed it
//! (a state *Accepted* that absorbs a repeated INVITE after a 2xx).

use rappel_model::{Deadline, Instant, Now};

use super::timer::{Backoff, PATIENCE, T2, T4, deadline, due};
use super::{Heard, ServerAct};

/// One INVITE of theirs.
#[derive(Debug)]
pub(crate) struct ServerInvite {
    state: State,
    reliable: bool,
}

/// RFC 6026 §8.4, figure 7.
#[derive(Clone, Copy, Debug)]
enum State {
    /// Not answered finally; a repeated INVITE gets the last provisional answer.
    Proceeding,
    /// Accepted; the 2xx is repeated by the dialog (RFC 3261 §13.3.1.4), timer L ends this.
    Accepted {
        l: Instant,
    },
    /// Refused; timer G repeats the refusal until ACK, timer H gives up.
    Completed {
        g: Option<Backoff>,
        h: Instant,
    },
    /// The ACK came; timer I absorbs its repetitions.
    Confirmed {
        i: Instant,
    },
    Terminated,
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Invite,
    Ack,
    Answer(Heard),
    TimerG,
    TimerH,
    TimerI,
    TimerL,
}

impl ServerInvite {
    /// Starts the transaction; its owner sends 100 within 200 ms unless it answers by itself
    /// (RFC 3261 §17.2.1).
    pub(crate) fn new(reliable: bool) -> Self {
        Self {
            state: State::Proceeding,
            reliable,
        }
    }

    /// The INVITE came again.
    pub(crate) fn handle_repeat(&mut self, now: Now) -> ServerAct {
        self.step(now, Event::Invite)
    }

    /// An ACK with the branch of the INVITE came.
    pub(crate) fn handle_ack(&mut self, now: Now) -> ServerAct {
        self.step(now, Event::Ack)
    }

    /// The user answers.
    pub(crate) fn answer(&mut self, now: Now, answer: Heard) -> ServerAct {
        self.step(now, Event::Answer(answer))
    }

    /// A deadline passed.
    pub(crate) fn handle_timeout(&mut self, now: Now) -> ServerAct {
        let event = match self.state {
            State::Completed { h, .. } if due(now, h) => Event::TimerH,
            State::Completed { g: Some(g), .. } if due(now, g.at) => Event::TimerG,
            State::Confirmed { i } if due(now, i) => Event::TimerI,
            State::Accepted { l } if due(now, l) => Event::TimerL,
            _ => return ServerAct::Nothing,
        };
        self.step(now, event)
    }

    /// When to wake this transaction.
    pub(crate) fn poll_timeout(&self) -> Option<Deadline> {
        match self.state {
            State::Completed { g, h } => {
                Deadline::earliest(deadline(g, "timer G"), Some(Deadline::new(h, "timer H")))
            }
            State::Confirmed { i } => Some(Deadline::new(i, "timer I")),
            State::Accepted { l } => Some(Deadline::new(l, "timer L")),
            State::Proceeding | State::Terminated => None,
        }
    }

    /// Whether the transaction is over and may be forgotten.
    pub(crate) fn is_terminated(&self) -> bool {
        matches!(self.state, State::Terminated)
    }

    /// Whether no final answer was given yet.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.state, State::Proceeding)
    }

    /// Whether a 2xx was given.
    pub(crate) fn is_accepted(&self) -> bool {
        matches!(self.state, State::Accepted { .. })
    }

    /// The figure: one arrow per line.
    fn step(&mut self, now: Now, event: Event) -> ServerAct {
        let (next, act) = match (self.state, event) {
            (State::Proceeding, Event::Invite) => (self.state, ServerAct::SendLast),
            (State::Proceeding, Event::Answer(Heard::Provisional)) => {
                (self.state, ServerAct::SendLast)
            }
            (State::Proceeding, Event::Answer(Heard::Success)) => {
                let l = now.instant + PATIENCE;
                (State::Accepted { l }, ServerAct::SendLast)
            }
            (State::Proceeding, Event::Answer(Heard::Failure)) => {
                let g = (!self.reliable).then(|| Backoff::new(now, Some(T2)));
                let h = now.instant + PATIENCE;
                (State::Completed { g, h }, ServerAct::SendLast)
            }
            (State::Completed { g, h }, Event::TimerG) => {
                let g = g.map(|g| g.next(now));
                (State::Completed { g, h }, ServerAct::SendLast)
            }
            (State::Completed { .. }, Event::Invite) => (self.state, ServerAct::SendLast),
            (State::Completed { .. }, Event::Ack) => (self.confirmed(now), ServerAct::Nothing),
            (State::Completed { .. }, Event::TimerH) => (State::Terminated, ServerAct::Nothing),
            (State::Confirmed { .. }, Event::TimerI) => (State::Terminated, ServerAct::Nothing),
            // RFC 6026 §7.1: an ACK in Accepted goes to the user, a repeated INVITE nowhere.
            (State::Accepted { .. }, Event::Ack) => (self.state, ServerAct::TellAck),
            (State::Accepted { .. }, Event::TimerL) => (State::Terminated, ServerAct::Nothing),
            (state, _) => (state, ServerAct::Nothing),
        };
        self.state = next;
        act
    }

    /// Timer I is zero on a reliable transport.
    fn confirmed(&self, now: Now) -> State {
        if self.reliable {
            State::Terminated
        } else {
            State::Confirmed {
                i: now.instant + T4,
            }
        }
    }
}
