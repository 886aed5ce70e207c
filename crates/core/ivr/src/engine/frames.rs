//! Flows that run other flows: each has variables of its own, and what one gives back is read when
//! it returns (FLOWS §6.3).

use std::sync::Arc;

use rappel_model::{FlowName, Language, Now, StepName};

use super::values::Values;
use super::{Current, FlowRun, Phase};
use crate::ask::Ask;
use crate::draft::Leads;
use crate::flow::{CheckedFlow, StepNode};
use crate::step::{Called, Turn};
use crate::surroundings::Surroundings;

/// A flow that waits for the flow it runs.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) flow: FlowName,
    /// The step that called.
    pub(super) step: Arc<StepNode>,
    /// Its variables.
    values: Values,
    /// Which variable receives which result.
    results: Vec<(String, String)>,
    /// The language to go back to, when the called flow does not speak it: former and present.
    foreign: Option<(Language, Language)>,
    /// Whether its `on_hangup` has been run.
    hung_up: bool,
}

impl FlowRun {
    /// Runs another flow within this one.
    pub(super) fn call(
        &mut self,
        now: Now,
        around: &Surroundings,
        (flow, step): (&FlowName, &Arc<StepNode>),
        called: Called,
    ) -> Turn {
        let flows = Arc::clone(&self.state.flows);
        let (Some(caller), Some(target)) = (flows.flow(flow), flows.flow(&called.flow)) else {
            return Turn::Fail("no_flow");
        };
        if self.frames.len() >= MAX_DEPTH {
            return Turn::Fail("too_deep");
        }
        let own = self.state.values.split_off(caller.variables.keys());
        self.frames.push(Frame {
            flow: flow.clone(),
            step: Arc::clone(step),
            values: own,
            results: called.results,
            foreign: None,
            hung_up: self.hung_up,
        });
        self.begin_variables(target);
        for (name, value, secret) in called.arguments.0 {
            if secret {
                self.state.values.set_secret(&name, value);
            } else {
                self.state.values.set(&name, value);
            }
        }
        let foreign = self.speak_language_of(target);
        if let Some(frame) = self.frames.last_mut() {
            frame.foreign = foreign;
        }
        self.enter(now, around, &called.flow, &target.start)
    }

    /// The flow that runs is over: its results are read, and the one that called it goes on. A flow
    /// that nobody called ends the call.
    pub(super) fn return_from(
        &mut self,
        now: Now,
        around: &Surroundings,
        flow: &FlowName,
    ) -> Option<Turn> {
        let flows = Arc::clone(&self.state.flows);
        let results = match self.frames.last() {
            Some(frame) => frame.results.clone(),
            None if self.state.gone => return Some(Turn::Abandon),
            None => {
                self.hang_up(None);
                return None;
            }
        };
        let read: Vec<_> = results
            .into_iter()
            .map(|(variable, name)| (variable, self.state.values.get(&name)))
            .collect();
        let frame = self.leave_frame(flow)?;
        let kinds = flows.flow(&frame.flow).map(|flow| &flow.variables);
        for (variable, value) in read {
            let declared = kinds.and_then(|kinds| kinds.get(&variable));
            let (value, secret) = match (value, declared.and_then(|v| v.default.clone())) {
                (Some(given), _) => given,
                (None, Some(first)) => (first, false),
                (None, None) => {
                    self.state.values.unset(&variable);
                    continue;
                }
            };
            match declared.and_then(|declared| value.convert(declared.kind)) {
                Some(value) if secret => self.state.values.set_secret(&variable, value),
                Some(value) => self.state.values.set(&variable, value),
                None => return Some(self.fails_in(&frame, "wrong_type")),
            }
        }
        match frame.step.leads("next") {
            Leads::To(next) => {
                let next = StepName::from(next);
                self.left(&frame.step, "next");
                Some(self.enter(now, around, &frame.flow, &next))
            }
            _ => Some(self.fails_in(&frame, "no_way")),
        }
    }

    /// Puts the step that called in charge again, to fail.
    fn fails_in(&mut self, frame: &Frame, cause: &'static str) -> Turn {
        self.resume(frame);
        Turn::Fail(cause)
    }

    /// Puts the step that called in charge again.
    pub(super) fn resume(&mut self, frame: &Frame) {
        self.phase = Phase::In(Current {
            flow: frame.flow.clone(),
            step: Arc::clone(&frame.step),
            work: Arc::clone(&frame.step.work).begin(),
        });
    }

    /// Forgets the variables of `flow` and brings back those of the flow that called it.
    pub(super) fn leave_frame(&mut self, flow: &FlowName) -> Option<Frame> {
        let mut frame = self.frames.pop()?;
        let flows = Arc::clone(&self.state.flows);
        if let Some(flow) = flows.flow(flow) {
            drop(self.state.values.split_off(flow.variables.keys()));
        }
        self.state.values.absorb(std::mem::take(&mut frame.values));
        self.hung_up = frame.hung_up;
        if let Some((former, present)) = frame.foreign.take()
            && self.state.language == present
        {
            self.speak(former);
        }
        Some(frame)
    }

    /// Gives the variables of a flow their first values.
    pub(super) fn begin_variables(&mut self, flow: &CheckedFlow) {
        for (name, variable) in &flow.variables {
            if let Some(value) = &variable.default {
                self.state.values.set(name, value.clone());
            }
        }
    }

    /// Speaks a language of `flow` when it does not speak the present one: what was spoken and what
    /// is spoken now.
    pub(super) fn speak_language_of(&mut self, flow: &CheckedFlow) -> Option<(Language, Language)> {
        let former = self.state.language.clone();
        if flow.speaks(&former) {
            return None;
        }
        let present = flow.languages.first()?.clone();
        self.speak(present.clone());
        Some((former, present))
    }

    /// What the caller chose in an earlier call wins over the line, when the flow speaks it.
    pub(super) fn prefer_chosen_language(&mut self, flow: &FlowName) {
        let flows = Arc::clone(&self.state.flows);
        if let Some(chosen) = self.state.chosen.clone()
            && let Some(flow) = flows.flow(flow)
            && flow.speaks(&chosen)
        {
            self.speak(chosen);
        }
    }

    /// Speaks `language` from now on.
    fn speak(&mut self, language: Language) {
        if self.state.language != language {
            self.state.language = language.clone();
            self.state.asks.push_back(Ask::Speak(language));
        }
    }
}

/// Flows that may wait for flows (FLOWS §8).
const MAX_DEPTH: usize = 8;
