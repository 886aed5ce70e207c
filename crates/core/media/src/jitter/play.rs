//! The tick: what is said for 20 ms, and when the delay is changed.

use rappel_model::Instant;

use super::store::Entry;
use super::{Fate, JitterBuffer, Out, TICK_MS, lateness, micros};

/// Where the stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing to hear: not begun, paused, or starved for too long.
    Idle,
    /// The first packet after that is here and waits until the delay is what is aimed for.
    Filling,
    /// A piece of sound per tick.
    Playing,
    /// The packet whose turn it is has not come, nor any after it. Concealment was given for so many
    /// units, and the place is held.
    Starving(i64),
}

/// What is left to say for the present tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// Nothing.
    Done,
    /// Sound for a tick.
    Play,
    /// Sound for a tick, then as much again to be removed.
    Shrink,
    /// A tick made up, the stream waits.
    Grow,
}

/// For how many ticks in a row the delay has been other than it should be.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Steady {
    over: u16,
    under: u16,
    /// Ticks since the stream starved, up to [`SETTLE`].
    fed: u16,
}

impl JitterBuffer {
    /// 20 ms of our clock have passed. `quiet`: the frame heard last was so quiet that a tick more
    /// or less of it is not noticed. Whatever [`Self::poll_output`] was not asked for the tick
    /// before is forgotten.
    pub fn tick(&mut self, now: Instant, quiet: bool) {
        self.finish();
        let now = micros(now);
        self.resume(now);
        self.plan = Plan::Play;
        if self.state == State::Playing {
            self.leave_out_excess(now);
            self.adapt(now, quiet);
            let delay = self.delay(now).max(0) as u64;
            self.counted.delay = delay;
            self.counted.delays = self.counted.delays.saturating_add(delay);
            self.counted.ticks += 1;
        }
    }

    /// The next piece of the present tick; `None` when it is whole.
    pub fn poll_output(&mut self) -> Option<Out<'_>> {
        match self.plan {
            Plan::Done => None,
            Plan::Grow => {
                self.plan = Plan::Done;
                self.seam.follows = false;
                self.counted.inserted += 1;
                Some(Out::Insert {
                    units: self.tick as u32,
                })
            }
            Plan::Play => {
                if self.surplus >= self.tick {
                    self.finish();
                    return None;
                }
                self.piece(self.tick - self.surplus)
            }
            Plan::Shrink => self.poll_shrinking(),
        }
    }

    /// A tick to play and one to remove; given up when the second is not all there.
    fn poll_shrinking(&mut self) -> Option<Out<'_>> {
        if self.surplus >= 2 * self.tick {
            self.surplus -= self.tick;
            self.plan = Plan::Play;
            self.counted.removed += 1;
            return Some(Out::Remove {
                units: self.tick as u32,
            });
        }
        let here = self
            .store
            .first()
            .is_some_and(|first| first.timestamp <= self.position && first.end() > self.position);
        if !here {
            self.plan = Plan::Play;
            return self.poll_output();
        }
        self.piece(2 * self.tick - self.surplus)
    }

    fn finish(&mut self) {
        if self.plan != Plan::Done && self.plan != Plan::Grow {
            self.surplus = (self.surplus - self.tick).max(0);
        }
        self.plan = Plan::Done;
    }

    /// The piece that begins at the position, of `need` units unless it is a packet.
    fn piece(&mut self, need: i64) -> Option<Out<'_>> {
        if matches!(self.state, State::Idle | State::Filling) {
            return Some(self.nothing(need));
        }
        let Some(first) = self.first_to_hear() else {
            return Some(self.starve(need));
        };
        let gap = first.timestamp - self.position;
        if gap <= 0 {
            return Some(self.hand_out());
        }
        if self.is_pause(&first, gap) {
            self.state = State::Filling;
            return Some(self.nothing(need));
        }
        Some(self.miss(&first, gap, need))
    }

    /// The packet whose turn is next, after those that have no turn.
    fn first_to_hear(&mut self) -> Option<Entry> {
        loop {
            let first = *self.store.first()?;
            let heard = first.units == 0 || first.end() > self.position;
            if first.soundless {
                self.seam.broken |= first.sequence != self.store.next();
                self.seam.pauses = !self.seam.broken;
                self.pass(&first, Fate::Soundless);
            } else if heard {
                return Some(first);
            } else {
                // Concealed while it was on its way, or overlapped by the source before it.
                self.pass(&first, Fate::LeftOut);
                self.counted.late += 1;
            }
            self.store.take_first();
        }
    }

    /// Whether the time before a packet was silence of the sender, and no loss.
    fn is_pause(&self, first: &Entry, gap: i64) -> bool {
        if !self.is_epoch(first.epoch) {
            return self.length(gap) > LONGEST_SEAM;
        }
        first.sequence == self.store.next() && !self.seam.broken
    }

    fn hand_out(&mut self) -> Out<'_> {
        let entry = self.store.take_first().expect("the caller has seen it");
        let skip = (self.position - entry.timestamp).clamp(0, i64::from(entry.units));
        let follows = self.seam.follows && skip == 0 && self.is_epoch(entry.epoch);
        self.pass(&entry, Fate::Heard);
        self.seam.follows = true;
        self.seam.broken = false;
        self.seam.pauses = entry.pauses;
        self.surplus += i64::from(entry.units) - skip;
        self.position = self.position.max(entry.end());
        Out::Packet {
            payload: self.store.payload(&entry),
            units: entry.units,
            skip: skip as u32,
            follows,
        }
    }

    /// A packet before `first` is missing.
    fn miss(&mut self, first: &Entry, gap: i64, need: i64) -> Out<'_> {
        self.seam.follows = false;
        // What the packet that is here may repeat: the sound just before its own.
        let repeated = if self.fec { i64::from(first.units) } else { 0 };
        let with_next = gap <= repeated;
        let units = if with_next {
            gap
        } else {
            need.min(gap - repeated)
        };
        self.surplus += units;
        self.position += units;
        self.counted.concealed += units;
        if with_next {
            return Out::MissingButNext {
                units: units as u32,
                next: self.store.payload(first),
            };
        }
        Out::Missing {
            units: units as u32,
        }
    }

    /// Nothing is there: the place is held, for a while.
    fn starve(&mut self, need: i64) -> Out<'_> {
        let held = match self.state {
            State::Starving(held) => held,
            _ => 0,
        };
        self.steady = Steady::default();
        if self.seam.pauses || self.length(held) >= LONGEST_STARVATION {
            self.state = State::Idle;
            return self.nothing(need);
        }
        self.state = State::Starving(held + need);
        self.seam.follows = false;
        self.surplus += need;
        self.counted.concealed += need;
        Out::Missing { units: need as u32 }
    }

    fn nothing(&mut self, need: i64) -> Out<'_> {
        self.seam.follows = false;
        self.surplus += need;
        Out::Nothing { units: need as u32 }
    }

    /// Goes on when packets have come to a stream that had none.
    fn resume(&mut self, now: i64) {
        if self.state == State::Playing {
            return;
        }
        let Some(first) = self.first_to_hear() else {
            return;
        };
        if let State::Starving(held) = self.state {
            let gap = first.timestamp - self.position;
            if gap > 0 && self.is_pause(&first, gap) {
                self.state = State::Filling;
            } else {
                // What was concealed stands for what was lost; beyond that the stream was stretched.
                self.position += gap.clamp(0, held);
                self.state = State::Playing;
            }
        }
        if self.state == State::Idle {
            self.state = State::Filling;
        }
        let head = first.timestamp.max(self.position);
        let is_due = self.at_once || self.delay_of(now, head) + HYSTERESIS >= self.target();
        if self.state == State::Filling && is_due {
            self.at_once = false;
            self.position = head;
            self.seam.pauses = false;
            self.steady = Steady::default();
            self.state = State::Playing;
        }
    }

    /// More gathered than the longest delay bears: the oldest is left out.
    fn leave_out_excess(&mut self, now: i64) {
        while self.delay(now) > lateness::MAX_DELAY + TICK && self.store.len() >= 2 {
            self.skip_first();
        }
    }

    /// Plans a tick more or less when the delay has been wrong for long enough.
    fn adapt(&mut self, now: i64, quiet: bool) {
        let (delay, target) = (self.delay(now), self.target());
        let steady = &mut self.steady;
        let count = |yes: bool, ticks: u16| if yes { ticks.saturating_add(1) } else { 0 };
        steady.over = count(delay >= target + TICK, steady.over);
        steady.under = count(delay + HYSTERESIS < target, steady.under);
        steady.fed = (steady.fed + 1).min(SETTLE);
        let shrink_after = match quiet {
            true => SHRINK_QUIET,
            false if delay >= target + FAR_OVER => SHRINK_FAR,
            false => SHRINK_LOUD,
        };
        let grow_after = if quiet { GROW_QUIET } else { GROW_LOUD };
        if steady.over >= shrink_after && steady.fed == SETTLE {
            steady.over = 0;
            self.plan = Plan::Shrink;
        } else if steady.under >= grow_after {
            steady.under = 0;
            self.plan = Plan::Grow;
        }
    }

    /// How long a packet that took the shortest way has waited when it is heard now.
    fn delay(&self, now: i64) -> i64 {
        self.delay_of(now, self.position - self.surplus)
    }

    fn delay_of(&self, now: i64, heard: i64) -> i64 {
        now.saturating_sub(self.length(heard))
            .saturating_sub(self.lateness.base())
    }
}

/// A tick in microseconds.
const TICK: i64 = TICK_MS * 1_000;

/// How far below the target the delay may be, in µs: what our own tick and the base may waver. Above,
/// a whole tick is borne, so that one removed never has to be inserted again.
const HYSTERESIS: i64 = 5_000;

/// Concealment given in a row while nothing comes, in µs: longer is silence anyway (ITU-T G.711
/// Appendix I fades within 60 ms), and the stream is taken for paused.
const LONGEST_STARVATION: i64 = 200_000;

/// Time between the last packet of one source and the first of the next that is concealed instead of
/// left silent, in µs.
const LONGEST_SEAM: i64 = 60_000;

/// Ticks after a starvation in which the delay does not shrink: what came late once often does again.
const SETTLE: u16 = 50;

/// Ticks above the band before one is removed: while it is quiet, while it is not, and while it is not
/// but the delay is [`FAR_OVER`].
const SHRINK_QUIET: u16 = 5;
const SHRINK_LOUD: u16 = 100;
const SHRINK_FAR: u16 = 20;

/// So far above the target shrinking is worth being heard, in µs.
const FAR_OVER: i64 = 80_000;

/// Ticks below the band before one is inserted. There is no hurry: whatever comes late meanwhile makes
/// the stream starve, which is the same insertion at the moment it is needed.
const GROW_QUIET: u16 = 10;
const GROW_LOUD: u16 = 50;
