//! The only loop of the control thread: take an input, read the clock once, let the switchboard
//! handle it, carry its outputs away, sleep until the next input or the earliest deadline.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use rappel_switchboard::{Input, Live, Output, Switchboard};

use rappel_net::Clock;

/// Who takes what the switchboard puts out. Nothing here may wait.
pub(crate) trait Outlets {
    /// Carries one output to the shell it is for.
    fn carry(&mut self, output: Output);

    /// Notes how much is going on, after every input.
    fn measure(&mut self, live: &Live);
}

/// Runs the house until it is drained or every sender of its inbox is gone.
pub(crate) fn run(
    mut board: Switchboard,
    inbox: &Receiver<Input>,
    outlets: &mut impl Outlets,
    clock: Clock,
) {
    loop {
        let input = wait(&board, inbox, clock);
        let now = clock.now();
        match input {
            Woken::Input(input) => board.handle_input(now, input),
            Woken::Deadline => board.handle_timeout(now),
            Woken::Orphaned => return,
        }
        let mut drained = false;
        while let Some(output) = board.poll_output() {
            drained |= matches!(output, Output::Drained);
            outlets.carry(output);
        }
        outlets.measure(&board.live());
        complain_if_slow(clock, now);
        if drained {
            return;
        }
    }
}

/// What ended a wait. It lives for one round of the loop, so its size costs nothing.
#[expect(clippy::large_enum_variant)]
enum Woken {
    Input(Input),
    Deadline,
    Orphaned,
}

fn wait(board: &Switchboard, inbox: &Receiver<Input>, clock: Clock) -> Woken {
    let limit = match board.poll_timeout() {
        Some(deadline) => deadline.at.since(clock.now().instant),
        None => LONGEST_SLEEP,
    };
    match inbox.recv_timeout(limit) {
        Ok(input) => Woken::Input(input),
        Err(RecvTimeoutError::Timeout) => Woken::Deadline,
        Err(RecvTimeoutError::Disconnected) => Woken::Orphaned,
    }
}

/// One control thread serves every call: whoever keeps it busy delays all of them.
fn complain_if_slow(clock: Clock, since: rappel_model::Now) {
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

/// With nothing to wait for, the loop still looks up now and then.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
