//! Waiting for somebody, and asking how long that would be.

use std::time::Duration;

use rappel_model::{PromptKey, QuestionId, QueueName};

/// A place in a queue is wanted. News follow as `Event::Queued` until one of them is an end
/// ([`QueueNews::is_end`]) or the flow asks `LeaveQueue`. The caller hears what the step plays;
/// whoever serves the queue stops it when the talk begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Queueing {
    /// Every piece of news carries it.
    pub question: QuestionId,
    /// Which queue.
    pub queue: QueueName,
    /// 0 low … 9 high; time waited also counts, so nobody starves.
    pub priority: u8,
    /// Skills the caller needs; relaxed as the queue says. Empty asks for none.
    pub skills: Vec<String>,
    /// The longest wait; then [`QueueNews::Timeout`]. At most 4 h.
    pub max_wait: Duration,
    /// A kept place of this caller in this queue is given back: kept by `LeaveQueue` at most this
    /// long ago.
    pub keep_place: Duration,
    /// Said to the agent before they are joined; empty: the call's tags and the wait so far are
    /// shown instead.
    pub whisper: Vec<PromptKey>,
}

/// What becomes of a place in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueNews {
    /// The caller waits: told at once, then whenever something of it changes.
    Place(Place),
    /// An agent has answered, the talk begins: nothing more is played to the caller.
    Joined,
    /// The talk is over and the caller is still there.
    Answered,
    /// The caller has waited for `max_wait`.
    Timeout,
    /// Nobody serves this queue now, nor is expected to.
    NoAgents,
    /// It is closed, or has closed and does not drain.
    Closed,
    /// It holds as many as it may.
    Full,
}

impl QueueNews {
    /// Whether nothing more follows.
    pub fn is_end(self) -> bool {
        !matches!(self, Self::Place(_) | Self::Joined)
    }
}

/// A place in a queue, and how long it may take from there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// 1 is the next one to be served.
    pub position: u32,
    /// Callers who wait, this one included.
    pub waiting: u32,
    /// Agents who serve the queue now, busy or not.
    pub agents: u32,
    /// An agent is free now.
    pub free: bool,
    /// The shortest and the longest wait, at the queue's confidence; `None` when nothing is known.
    pub wait: Option<(Duration, Duration)>,
    /// The wait is honest enough to be announced; never true without one.
    pub ready: bool,
}

/// How long would it take? `Event::Estimated` follows. Nobody is queued by asking.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// Answered with the same number.
    pub question: QuestionId,
    /// Of which queue.
    pub queue: QueueName,
    /// As in [`Queueing`].
    pub priority: u8,
    /// As in [`Queueing`].
    pub skills: Vec<String>,
}

/// The state of a queue for somebody who would come now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Estimated {
    /// They would have this place.
    Place(Place),
    /// It is closed.
    Closed,
    /// It holds as many as it may.
    Full,
}
