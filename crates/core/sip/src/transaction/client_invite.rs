//! The INVITE client transaction: RFC 3261 §17.1.1, figure 5, as RFC 6026 §7.2 and §8.4 changed it
//! (a state *Accepted* that takes every further 2xx).

use rappel_model::{Deadline, Instant, Now};

use super::timer::{Backoff, PATIENCE, TIMER_D, deadline, due};
use super::{ClientAct, Heard};

/// One INVITE of ours on its way.
#[derive(Debug)]
pub(crate) struct ClientInvite {
    state: State,
    reliable: bool,
}

/// RFC 6026 §8.4, figure 5.
#[derive(Clone, Copy, Debug)]
enum State {
    /// Nothing heard; timer A repeats the INVITE, timer B gives up.
    Calling {
        a: Option<Backoff>,
        b: Instant,
    },
    /// A provisional answer came; the answering takes as long as it takes.
    Proceeding,
    /// A 2xx came; timer M keeps the door open for its repetitions and for other branches.
    Accepted {
        m: Instant,
    },
    /// Refused and acknowledged; timer D absorbs repetitions.
    Completed {
        d: Instant,
    },
    /// Its user went elsewhere (RFC 3263 §4.3): nothing is repeated, but whatever still comes is
    /// taken until then, so that no 2xx is left without ACK and BYE.
    Abandoned {
        until: Instant,
        answered: bool,
    },
    Terminated,
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Heard(Heard),
    TimerA,
    TimerB,
    TimerD,
    TimerM,
    TransportError,
    Abandon,
    TimerAbandoned,
}

impl ClientInvite {
    /// Starts the transaction: the caller sends the INVITE once now. On a reliable transport
    /// nothing is repeated (RFC 3261 §17.1.1.2).
    pub(crate) fn new(now: Now, reliable: bool) -> Self {
        let state = State::Calling {
            a: (!reliable).then(|| Backoff::new(now, None)),
            b: now.instant + PATIENCE,
        };
        Self { state, reliable }
    }

    /// A response arrived.
    pub(crate) fn handle_response(&mut self, now: Now, heard: Heard) -> ClientAct {
        self.step(now, Event::Heard(heard))
    }

    /// The request or an ACK could not be sent (RFC 3261 §17.1.4).
    pub(crate) fn handle_transport_error(&mut self, now: Now) -> ClientAct {
        self.step(now, Event::TransportError)
    }

    /// The user tries another address; only an INVITE without a final answer is abandoned.
    pub(crate) fn abandon(&mut self, now: Now) {
        self.step(now, Event::Abandon);
    }

    /// A deadline passed.
    pub(crate) fn handle_timeout(&mut self, now: Now) -> ClientAct {
        let event = match self.state {
            State::Calling { b, .. } if due(now, b) => Event::TimerB,
            State::Calling { a: Some(a), .. } if due(now, a.at) => Event::TimerA,
            State::Accepted { m } if due(now, m) => Event::TimerM,
            State::Completed { d } if due(now, d) => Event::TimerD,
            State::Abandoned { until, .. } if due(now, until) => Event::TimerAbandoned,
            _ => return ClientAct::Nothing,
        };
        self.step(now, event)
    }

    /// When to wake this transaction.
    pub(crate) fn poll_timeout(&self) -> Option<Deadline> {
        match self.state {
            State::Calling { a, b } => {
                Deadline::earliest(deadline(a, "timer A"), Some(Deadline::new(b, "timer B")))
            }
            State::Accepted { m } => Some(Deadline::new(m, "timer M")),
            State::Completed { d } => Some(Deadline::new(d, "timer D")),
            State::Abandoned { until, .. } => Some(Deadline::new(until, "abandoned INVITE")),
            State::Proceeding | State::Terminated => None,
        }
    }

    /// Whether the transaction is over and may be forgotten.
    pub(crate) fn is_terminated(&self) -> bool {
        matches!(self.state, State::Terminated)
    }

    /// Whether a CANCEL may be sent now: only after a provisional answer and before a final one
    /// (RFC 3261 §9.1).
    pub(crate) fn may_cancel(&self) -> bool {
        matches!(self.state, State::Proceeding)
    }

    /// The figure: one arrow per line.
    fn step(&mut self, now: Now, event: Event) -> ClientAct {
        let (next, act) = match (self.state, event) {
            (State::Calling { a, b }, Event::TimerA) => {
                let a = a.map(|a| a.next(now));
                (State::Calling { a, b }, ClientAct::Repeat)
            }
            (State::Calling { .. }, Event::TimerB) => (State::Terminated, ClientAct::TimedOut),
            (State::Calling { .. } | State::Proceeding, Event::Heard(Heard::Provisional)) => {
                (State::Proceeding, ClientAct::Tell)
            }
            (State::Calling { .. } | State::Proceeding, Event::Heard(Heard::Success)) => {
                let m = now.instant + PATIENCE;
                (State::Accepted { m }, ClientAct::Tell)
            }
            (State::Calling { .. } | State::Proceeding, Event::Heard(Heard::Failure)) => {
                (self.completed(now), ClientAct::AckAndTell)
            }
            (State::Calling { .. } | State::Proceeding, Event::TransportError) => {
                (State::Terminated, ClientAct::Unreachable)
            }
            (State::Calling { .. } | State::Proceeding, Event::Abandon) => {
                let until = now.instant + PATIENCE;
                let answered = false;
                (State::Abandoned { until, answered }, ClientAct::Nothing)
            }
            // The first provisional answer allows the CANCEL; its 487 is waited for once more.
            (
                State::Abandoned {
                    answered: false, ..
                },
                Event::Heard(Heard::Provisional),
            ) => {
                let until = now.instant + PATIENCE;
                let answered = true;
                (State::Abandoned { until, answered }, ClientAct::Tell)
            }
            (State::Abandoned { .. }, Event::Heard(Heard::Success)) => {
                let m = now.instant + PATIENCE;
                (State::Accepted { m }, ClientAct::Tell)
            }
            (State::Abandoned { .. }, Event::Heard(Heard::Failure)) => {
                (self.completed(now), ClientAct::Ack)
            }
            (State::Abandoned { .. }, Event::TimerAbandoned | Event::TransportError) => {
                (State::Terminated, ClientAct::Nothing)
            }
            (State::Accepted { .. }, Event::Heard(Heard::Success)) => (self.state, ClientAct::Tell),
            (State::Accepted { .. }, Event::TimerM) => (State::Terminated, ClientAct::Nothing),
            (State::Completed { .. }, Event::Heard(Heard::Failure)) => (self.state, ClientAct::Ack),
            (State::Completed { .. }, Event::TimerD | Event::TransportError) => {
                (State::Terminated, ClientAct::Nothing)
            }
            (state, _) => (state, ClientAct::Nothing),
        };
        self.state = next;
        act
    }

    /// Timer D is zero on a reliable transport: the state is left as soon as it is entered.
    fn completed(&self, now: Now) -> State {
        if self.reliable {
            State::Terminated
        } else {
            State::Completed {
                d: now.instant + TIMER_D,
            }
        }
    }
}
