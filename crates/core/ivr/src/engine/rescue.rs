//! What happens when a step fails: one rule for everything (FLOWS §8).

use std::sync::Arc;
use std::time::Duration;

use rappel_model::{FlowName, Now, StepName};

use super::desk::Desk;
use super::{FlowRun, Phase};
use crate::ask::{Ask, Refusal};
use crate::builtin;
use crate::draft::Leads;
use crate::flow::StepNode;
use crate::step::Turn;
use crate::surroundings::Surroundings;

/// Whether a call is being rescued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rescue {
    /// Nothing has gone wrong.
    None,
    /// On the way its flow, its tenant or the engine provides; another failure ends the call.
    Running,
}

impl FlowRun {
    /// A step of `flow` cannot do its work. Its own `on.error`, else the flow's, else those of the
    /// flows that called it, else the tenant's, else the engine's rescue; inside one of them, but for
    /// a step's own, an apology and the end.
    pub(super) fn fail(
        &mut self,
        now: Now,
        around: &Surroundings,
        flow: &FlowName,
        step: &StepNode,
        cause: &'static str,
    ) -> Option<Turn> {
        self.trouble(step.name.as_str(), cause);
        if self.state.gone {
            return Some(Turn::Abandon);
        }
        let endless = cause == "too_many_steps" || cause == "too_often";
        if let Leads::To(next) = step.leads("on.error")
            && !endless
        {
            let next = StepName::from(next);
            self.left(step, "on.error");
            return Some(self.enter(now, around, flow, &next));
        }
        if self.rescue == Rescue::Running {
            self.apologise(now, around);
            return None;
        }
        self.state.patience = 0;
        self.left(step, "on_error");
        let flows = Arc::clone(&self.state.flows);
        let own = flows.flow(flow).and_then(|flow| flow.on_error.as_ref());
        if let Some(next) = own.filter(|next| **next != step.name) {
            self.rescue = Rescue::Running;
            return Some(self.enter(now, around, flow, next));
        }
        if let Some(turn) = self.rescue_by_callers(now, around, flow, endless) {
            return Some(turn);
        }
        self.rescue = Rescue::Running;
        Some(self.rescue_flow(now, around, flow))
    }

    /// The flows that wait for the one that failed, the last first: the way `on.error` of the step
    /// that called, else the flow's `on_error`.
    fn rescue_by_callers(
        &mut self,
        now: Now,
        around: &Surroundings,
        failed: &FlowName,
        endless: bool,
    ) -> Option<Turn> {
        let flows = Arc::clone(&self.state.flows);
        let mut flow = failed.clone();
        while let Some(frame) = self.leave_frame(&flow) {
            self.resume(&frame);
            if let Leads::To(next) = frame.step.leads("on.error")
                && !endless
            {
                let next = StepName::from(next);
                self.left(&frame.step, "on.error");
                return Some(self.enter(now, around, &frame.flow, &next));
            }
            self.left(&frame.step, "on_error");
            let own = flows.flow(&frame.flow)?.on_error.as_ref();
            if let Some(next) = own.filter(|next| **next != frame.step.name) {
                self.rescue = Rescue::Running;
                return Some(self.enter(now, around, &frame.flow, next));
            }
            flow = frame.flow;
        }
        None
    }

    /// No step could be entered at all.
    pub(super) fn fail_outside(
        &mut self,
        now: Now,
        around: &Surroundings,
        flow: &FlowName,
        cause: &'static str,
    ) {
        self.trouble(flow.as_str(), cause);
        self.rescue = Rescue::Running;
        let turn = self.rescue_flow(now, around, flow);
        if matches!(self.phase, Phase::In(_)) {
            self.follow(now, around, turn);
        } else {
            self.apologise(now, around);
        }
    }

    /// The tenant's flow for failures, else the engine's own.
    fn rescue_flow(&mut self, now: Now, around: &Surroundings, failed: &FlowName) -> Turn {
        let flows = Arc::clone(&self.state.flows);
        let tenant = around.on_error.as_ref();
        match tenant.filter(|name| *name != failed && flows.flow(name).is_some()) {
            Some(name) => self.enter_flow(now, around, name),
            // Without a mailbox nobody must be asked to leave a message.
            None if around.mailbox.is_none() => Turn::Fail("no_mailbox"),
            None => self.enter_flow(now, around, &builtin::rescue()),
        }
    }

    fn trouble(&mut self, step: &str, cause: &str) {
        let value = format!("{step}:{cause}");
        self.state.asks.push_back(Ask::Tag {
            name: "error".to_owned(),
            value: value.clone(),
        });
        self.state.asks.push_back(Ask::Trouble(value));
    }

    /// Says that the call cannot be handled, then hangs up. On a line that is never answered the
    /// call is refused instead.
    pub(super) fn apologise(&mut self, now: Now, around: &Surroundings) {
        let mut desk = Desk {
            now,
            around,
            state: &mut self.state,
        };
        if desk.answer().is_err() {
            desk.ask(Ask::Reject(Refusal::Unavailable));
            return self.finish();
        }
        let sounds = desk.say_shared("apology");
        desk.play(sounds, false, false);
        desk.wake_in(LONGEST_APOLOGY, "apology");
        self.phase = Phase::Apology;
    }
}

/// The call ends after this, even if the end of the apology is never told.
const LONGEST_APOLOGY: Duration = Duration::from_secs(20);
