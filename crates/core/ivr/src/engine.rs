//! One running flow: news in, wishes out.

use std::sync::Arc;

use rappel_model::{Deadline, FlowName, Now, Random};

use crate::ask::Ask;
use crate::event::Event;
use crate::flow::FlowSet;
use crate::surroundings::{Caller, Surroundings};

/// One running flow, the house's four-verb machine: after every `start` and `handle_*`, drain
/// [`FlowRun::poll_output`] to `None`.
#[derive(Debug)]
pub struct FlowRun {
    flows: Arc<FlowSet>,
    caller: Caller,
    random: Random,
}

impl FlowRun {
    /// Starts `flow` for a caller. A flow that is not in the set is an error like any other: the
    /// rescue begins (FLOWS §8).
    pub fn start(
        now: Now,
        around: &Surroundings,
        flows: Arc<FlowSet>,
        flow: &FlowName,
        caller: Caller,
        random: Random,
    ) -> Self {
        let _ = (now, around, flow);
        Self {
            flows,
            caller,
            random,
        }
    }

    /// Something happened. News that answers nothing asked is ignored.
    pub fn handle_event(&mut self, now: Now, around: &Surroundings, event: Event) {
        let _ = (now, around, event);
    }

    /// A deadline passed; harmless if none did.
    pub fn handle_timeout(&mut self, now: Now, around: &Surroundings) {
        let _ = (now, around);
    }

    /// The next wish; call until `None`.
    pub fn poll_output(&mut self) -> Option<Ask> {
        None
    }

    /// When to wake this flow, and why.
    pub fn poll_timeout(&self) -> Option<Deadline> {
        None
    }

    /// Whether the flow has asked for the end of the call, or has nothing left to do after the
    /// caller has gone. Nothing more comes out of it.
    pub fn is_over(&self) -> bool {
        false
    }
}
