//! The only loop of the control thread: take an input, read the clock once, let the switchboard
//! handle it, carry its outputs away, sleep until the next input or the earliest deadline.

mod lateness;

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use rappel_model::Now;
use rappel_switchboard::{Input, Live, Output, Switchboard};

use lateness::Lateness;
use rappel_net::Clock;

/// Who takes what the switchboard puts out. Nothing here may wait.
pub(crate) trait Outlets {
    /// Carries one output to the shell it is for.
    fn carry(&mut self, output: Output);

    /// Everything of one turn has been carried: whoever was given something may be woken now, and
    /// notes how much is going on.
    fn finish(&mut self, live: &Live);
}

/// Runs the house until it is drained or every sender of its inbox is gone.
///
/// A turn takes everything that waits, [`MAX_TURN`] inputs at most, and the deadlines that have passed:
/// the busier the house, the less each of them pays for sleeping and for waking others. Deadlines that have
/// passed long ago wait for what came meanwhile.
pub(crate) fn run(
    mut board: Switchboard,
    inbox: &Receiver<Input>,
    outlets: &mut impl Outlets,
    clock: Clock,
) {
    let mut lateness = Lateness::default();
    loop {
        let mut next = match wait(&board, inbox, &lateness, clock) {
            Ok(input) => Some(input),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let is_quiet = next.is_none();
        let mut drained = false;
        let mut left = MAX_TURN;
        while let Some(input) = next.take() {
            let now = clock.now();
            board.handle_input(now, input);
            drained |= carry(&mut board, outlets);
            complain_if_slow(clock, now);
            left -= 1;
            if left > 0 && !drained {
                next = inbox.try_recv().ok();
            }
        }
        let now = clock.now();
        if is_due(&board, now, is_quiet, &mut lateness) && !drained {
            board.handle_timeout(now);
            drained |= carry(&mut board, outlets);
            complain_if_slow(clock, now);
        }
        outlets.finish(&board.live());
        if drained {
            return;
        }
    }
}

fn is_due(board: &Switchboard, now: Now, is_quiet: bool, lateness: &mut Lateness) -> bool {
    let due = board.poll_timeout().map(|deadline| deadline.at);
    lateness.may_fall(now.instant, due, is_quiet)
}

/// Carries away what the switchboard puts out; true when it says that all is over.
fn carry(board: &mut Switchboard, outlets: &mut impl Outlets) -> bool {
    let mut drained = false;
    while let Some(output) = board.poll_output() {
        drained |= matches!(output, Output::Drained);
        outlets.carry(output);
    }
    drained
}

fn wait(
    board: &Switchboard,
    inbox: &Receiver<Input>,
    lateness: &Lateness,
    clock: Clock,
) -> Result<Input, RecvTimeoutError> {
    let limit = match (lateness.listens(), board.poll_timeout()) {
        (Some(quiet), _) => quiet,
        (None, Some(deadline)) => deadline.at.since(clock.now().instant).max(GRAIN),
        (None, None) => LONGEST_SLEEP,
    };
    inbox.recv_timeout(limit)
}

/// One control thread serves every call: whoever keeps it busy delays all of them.
fn complain_if_slow(clock: Clock, since: Now) {
    let taken = clock.now().instant.since(since.instant);
    if taken > SLOW {
        tracing::warn!(
            ms = taken.as_millis() as u64,
            "the control thread was busy too long"
        );
    }
}

/// How long one input may take before it is worth a line in the log.
const SLOW: Duration = Duration::from_millis(20);

/// Most inputs of one turn: a few milliseconds' work, after which deadlines and those who wait to be
/// woken have theirs.
const MAX_TURN: usize = 64;

/// No deadline ends a sleep sooner than this: thousands of calls have thousands of deadlines a second,
/// and no timer of SIP or of a flow notices a millisecond.
const GRAIN: Duration = Duration::from_millis(1);

/// With nothing to wait for, the loop still looks up now and then.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests;
