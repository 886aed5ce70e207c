//! Empty lines on connections that we opened (RFC 5626 §3.5.1, §4.4.1): they keep a router's memory
//! of the connection fresh, and tell a dead one from a quiet one.

use std::time::Duration;

use tokio::time::Instant;

/// When to ping, and whether the peer must answer.
///
/// A peer that knows nothing of pings skips empty lines (RFC 3261 §7.5), so that its silence says
/// nothing. One that has answered once must go on answering.
#[derive(Debug)]
pub(super) struct KeepAlive {
    every: Duration,
    next: Instant,
    /// Until when an answer must be there.
    due: Option<Instant>,
    answers: bool,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// It is not time yet.
    Nothing,
    /// Send a ping.
    Ping,
    /// The peer used to answer, and no longer does.
    GiveUp,
}

impl KeepAlive {
    /// Pings at these intervals from now on.
    pub(super) fn new(now: Instant, every: Duration) -> Self {
        Self {
            every,
            next: now + every,
            due: None,
            answers: false,
        }
    }

    /// When there is something to do.
    pub(super) fn wake(&self) -> Instant {
        self.due.map_or(self.next, |due| due.min(self.next))
    }

    /// The time came, or something else woke us.
    pub(super) fn act(&mut self, now: Instant) -> Act {
        if self.due.is_some_and(|due| due <= now) {
            self.due = None;
            if self.answers {
                return Act::GiveUp;
            }
        }
        if self.next > now {
            return Act::Nothing;
        }
        self.next = now + self.every;
        self.due = Some(now + PATIENCE);
        Act::Ping
    }

    /// Something was received; whether no message had begun before it. How many bytes of it are the
    /// answer to our ping, which is not to be taken for the half of a ping of theirs.
    pub(super) fn heard(&mut self, bytes: &[u8], between: bool) -> usize {
        if self.due.take().is_none() || !between {
            return 0;
        }
        let is_pong = bytes.starts_with(b"\r\n") && !bytes.starts_with(b"\r\n\r\n");
        self.answers |= is_pong;
        if is_pong { 2 } else { 0 }
    }
}

/// How long a pong may take (RFC 5626 §4.4.1).
const PATIENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Duration = Duration::from_secs(95);

    #[test]
    fn a_peer_that_never_answered_need_not_begin() {
        let start = Instant::now();
        let mut keep = KeepAlive::new(start, EVERY);
        assert_eq!(keep.act(start), Act::Nothing);
        assert_eq!(keep.wake(), start + EVERY);
        assert_eq!(keep.act(start + EVERY), Act::Ping);
        assert_eq!(keep.wake(), start + EVERY + PATIENCE);
        assert_eq!(keep.act(start + EVERY + PATIENCE), Act::Nothing);
        assert_eq!(keep.act(start + EVERY * 2), Act::Ping);
    }

    #[test]
    fn a_peer_that_answered_once_must_go_on() {
        let start = Instant::now();
        let mut keep = KeepAlive::new(start, EVERY);
        keep.act(start + EVERY);
        assert_eq!(keep.heard(b"\r\n", true), 2);
        assert_eq!(keep.act(start + EVERY + PATIENCE), Act::Nothing);
        keep.act(start + EVERY * 2);
        assert_eq!(keep.act(start + EVERY * 2 + PATIENCE), Act::GiveUp);
    }

    #[test]
    fn only_a_lone_empty_line_that_is_waited_for_is_a_pong() {
        let start = Instant::now();
        let mut keep = KeepAlive::new(start, EVERY);
        assert_eq!(keep.heard(b"\r\n", true), 0, "nobody asked");
        keep.act(start + EVERY);
        assert_eq!(keep.heard(b"\r\n\r\n", true), 0, "a ping of theirs");
        keep.act(start + EVERY * 2);
        assert_eq!(keep.heard(b"\r\nOPTIONS ", true), 2);
        assert_eq!(keep.heard(b"\r\n", true), 0, "it was answered");
        keep.act(start + EVERY * 3);
        assert_eq!(keep.heard(b"\r\n", false), 0, "the end of a line");
    }
}
