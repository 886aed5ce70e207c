//! Whether the peer is there: a phone that should be sending and does not is told of once per silence
//! (the dead-media limit).

use std::time::Duration;

use rappel_model::Instant;

/// When the peer was last heard, and what was told of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Liveness {
    /// When the peer was last heard, or began to be expected.
    heard: Instant,
    dead_after: Duration,
    started: bool,
    lost: bool,
}

impl Liveness {
    /// Expected from now on, and dead after so long a silence.
    pub(super) fn new(now: Instant, dead_after: Duration) -> Self {
        Self {
            heard: now,
            dead_after,
            started: false,
            lost: false,
        }
    }

    /// Expected anew, by what was agreed now.
    pub(super) fn expect(&mut self, now: Instant) {
        self.heard = now;
        self.lost = false;
    }

    /// A packet of it came; whether that is the first there ever was.
    pub(super) fn speaks(&mut self, now: Instant) -> bool {
        self.expect(now);
        !std::mem::replace(&mut self.started, true)
    }

    /// It reports, which is no sound: it is there, and what was told of its silence stands.
    pub(super) fn reports(&mut self, now: Instant) {
        self.heard = now;
    }

    /// So much of its silence until `now` is not counted.
    pub(super) fn excuse(&mut self, now: Instant, stood: Duration) {
        self.heard = now.min(self.heard + stood);
    }

    /// Whether it has been silent for too long, and nobody was told of that yet.
    pub(super) fn is_missed(&self, now: Instant) -> bool {
        !self.lost && now.since(self.heard) >= self.dead_after
    }

    /// It is gone; whether that is news.
    pub(super) fn lose(&mut self) -> bool {
        !std::mem::replace(&mut self.lost, true)
    }

    /// When it is missed unless it is heard before; `None` when it is missed already.
    pub(super) fn missed_at(&self) -> Option<Instant> {
        (!self.lost).then(|| self.heard + self.dead_after)
    }

    /// How long anybody may send nothing before they are dead.
    pub(super) fn dead_after(&self) -> Duration {
        self.dead_after
    }
}
