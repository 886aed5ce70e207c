//! The client transaction of every method but INVITE and ACK: RFC 3261 §17.1.2, figure 6.

use rappel_model::{Deadline, Instant, Now};

use super::timer::{Backoff, PATIENCE, T2, T4, deadline, due};
use super::{ClientAct, Heard};

/// One request of ours on its way: BYE, CANCEL, NOTIFY …
#[derive(Debug)]
pub(crate) struct ClientOther {
    state: State,
    reliable: bool,
}

/// RFC 3261 §17.1.2.2, figure 6.
#[derive(Clone, Copy, Debug)]
enum State {
    /// Nothing heard; timer E repeats, timer F gives up.
    Trying {
        e: Option<Backoff>,
        f: Instant,
    },
    /// A provisional answer came; timer E repeats every T2.
    Proceeding {
        e: Option<Backoff>,
        f: Instant,
    },
    /// Answered; timer K absorbs repetitions.
    Completed {
        k: Instant,
    },
    Terminated,
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Heard(Heard),
    TimerE,
    TimerF,
    TimerK,
    TransportError,
}

impl ClientOther {
    /// Starts the transaction: the caller sends the request once now.
    pub(crate) fn new(now: Now, reliable: bool) -> Self {
        let state = State::Trying {
            e: (!reliable).then(|| Backoff::new(now, Some(T2))),
            f: now.instant + PATIENCE,
        };
        Self { state, reliable }
    }

    /// A response arrived.
    pub(crate) fn handle_response(&mut self, now: Now, heard: Heard) -> ClientAct {
        self.step(now, Event::Heard(heard))
    }

    /// The request could not be sent (RFC 3261 §17.1.4).
    pub(crate) fn handle_transport_error(&mut self, now: Now) -> ClientAct {
        self.step(now, Event::TransportError)
    }

    /// A deadline passed.
    pub(crate) fn handle_timeout(&mut self, now: Now) -> ClientAct {
        let event = match self.state {
            State::Trying { f, .. } | State::Proceeding { f, .. } if due(now, f) => Event::TimerF,
            State::Trying { e: Some(e), .. } | State::Proceeding { e: Some(e), .. }
                if due(now, e.at) =>
            {
                Event::TimerE
            }
            State::Completed { k } if due(now, k) => Event::TimerK,
            _ => return ClientAct::Nothing,
        };
        self.step(now, event)
    }

    /// When to wake this transaction.
    pub(crate) fn poll_timeout(&self) -> Option<Deadline> {
        match self.state {
            State::Trying { e, f } | State::Proceeding { e, f } => {
                Deadline::earliest(deadline(e, "timer E"), Some(Deadline::new(f, "timer F")))
            }
            State::Completed { k } => Some(Deadline::new(k, "timer K")),
            State::Terminated => None,
        }
    }

    /// Whether the transaction is over and may be forgotten.
    pub(crate) fn is_terminated(&self) -> bool {
        matches!(self.state, State::Terminated)
    }

    /// The figure: one arrow per line.
    fn step(&mut self, now: Now, event: Event) -> ClientAct {
        let (next, act) = match (self.state, event) {
            (State::Trying { e, f }, Event::TimerE) => {
                let e = e.map(|e| e.next(now));
                (State::Trying { e, f }, ClientAct::Repeat)
            }
            (State::Trying { e, f }, Event::Heard(Heard::Provisional)) => {
                let e = e.map(|e| e.slow(now));
                (State::Proceeding { e, f }, ClientAct::Tell)
            }
            (State::Proceeding { e, f }, Event::TimerE) => {
                let e = e.map(|e| e.slow(now));
                (State::Proceeding { e, f }, ClientAct::Repeat)
            }
            (State::Proceeding { .. }, Event::Heard(Heard::Provisional)) => {
                (self.state, ClientAct::Tell)
            }
            (
                State::Trying { .. } | State::Proceeding { .. },
                Event::Heard(Heard::Success | Heard::Failure),
            ) => (self.completed(now), ClientAct::Tell),
            (State::Trying { .. } | State::Proceeding { .. }, Event::TimerF) => {
                (State::Terminated, ClientAct::TimedOut)
            }
            (State::Trying { .. } | State::Proceeding { .. }, Event::TransportError) => {
                (State::Terminated, ClientAct::Unreachable)
            }
            (State::Completed { .. }, Event::TimerK) => (State::Terminated, ClientAct::Nothing),
            (state, _) => (state, ClientAct::Nothing),
        };
        self.state = next;
        act
    }

    /// Timer K is zero on a reliable transport.
    fn completed(&self, now: Now) -> State {
        if self.reliable {
            State::Terminated
        } else {
            State::Completed {
                k: now.instant + T4,
            }
        }
    }
}
