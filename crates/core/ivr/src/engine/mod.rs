//! One running flow: news in, wishes out.

mod desk;
mod frames;
mod rescue;
#[cfg(test)]
mod tests;
mod values;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use rappel_model::{Deadline, FlowName, Now, Random, StepName};

use desk::State;
pub(crate) use desk::{BACKUP, CALLEE, DEFAULT_MAILBOX, Desk, OUTSIDE};
use frames::Frame;
use rescue::Rescue;
pub(crate) use values::local;

use crate::ask::Ask;
use crate::draft::Leads;
use crate::event::Event;
use crate::flow::{FlowSet, StepNode};
use crate::step::{Answers, Turn, Work};
use crate::surroundings::{Caller, Surroundings};
use crate::variables::Value;

/// One running flow, the house's four-verb machine: after every `start` and `handle_*`, drain
/// [`FlowRun::poll_output`] to `None`. Its `Debug` shows no typed key and no value.
#[derive(Debug)]
pub struct FlowRun {
    state: State,
    phase: Phase,
    rescue: Rescue,
    visits: BTreeMap<(FlowName, StepName), u32>,
    /// Flows that wait for the one that runs; the last one called it.
    frames: Vec<Frame>,
    /// Whether the `on_hangup` of the flow that runs has been run: it runs once.
    hung_up: bool,
}

/// Where a run is.
#[derive(Debug)]
enum Phase {
    /// In a step.
    In(Current),
    /// Saying the last apology before hanging up.
    Apology,
    /// Nothing more comes.
    Over,
}

/// The step that runs now.
#[derive(Debug)]
struct Current {
    flow: FlowName,
    step: Arc<StepNode>,
    work: Box<dyn Work>,
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
        let mut run = Self {
            state: State {
                flows,
                language: caller.language.clone(),
                chosen: caller.known.language.clone(),
                answered: caller.answered,
                caller,
                random,
                asks: VecDeque::new(),
                gone: false,
                gone_at: None,
                values: values::Values::default(),
                deadline: None,
                started: now,
                patience: 0,
                visits: 0,
                place: None,
                next_play: 0,
                next_question: 0,
                first_question: 0,
                discreet: false,
                sounding: None,
                hush: Duration::ZERO,
            },
            phase: Phase::Over,
            rescue: Rescue::None,
            visits: BTreeMap::new(),
            frames: Vec::new(),
            hung_up: false,
        };
        run.prefer_chosen_language(flow);
        run.go_to_flow(now, around, flow, None);
        run
    }

    /// Something happened. News that answers nothing asked is ignored.
    pub fn handle_event(&mut self, now: Now, around: &Surroundings, event: Event) {
        if event == Event::CallerGone {
            if self.state.gone {
                return;
            }
            self.state.gone = true;
            self.state.gone_at = Some(now.instant);
        }
        if let Event::PlayEnded(play) = &event {
            self.state.sounding.take_if(|sounding| sounding == play);
        }
        let refused = self.is_refused(&event);
        match &mut self.phase {
            Phase::In(current) if refused => {
                let mut desk = Desk {
                    now,
                    around,
                    state: &mut self.state,
                };
                let turn = current.work.on_refused(&mut desk);
                if matches!(turn, Turn::Fail(_))
                    && let Some(play) = self.state.sounding.take()
                {
                    self.state.asks.push_back(Ask::Stop(play));
                }
                self.follow(now, around, turn);
            }
            Phase::In(current) => {
                let mut desk = Desk {
                    now,
                    around,
                    state: &mut self.state,
                };
                let turn = current.work.on_event(&mut desk, &event);
                self.follow(now, around, turn);
            }
            Phase::Apology => match event {
                Event::PlayEnded(_) => self.hang_up(Some("error".to_owned())),
                Event::CallerGone => self.finish(),
                _ => {}
            },
            Phase::Over => {}
        }
    }

    /// Whether this says that a question of the current step cannot be answered by this engine.
    fn is_refused(&self, event: &Event) -> bool {
        matches!(event, Event::NotAvailable { question } if question.0 >= self.state.first_question)
    }

    /// A deadline passed; harmless if none did.
    pub fn handle_timeout(&mut self, now: Now, around: &Surroundings) {
        if self
            .call_limit()
            .is_some_and(|limit| limit.at <= now.instant)
        {
            self.state
                .asks
                .push_back(Ask::Trouble("call:too_long".to_owned()));
            if self.state.gone || matches!(self.phase, Phase::Apology) {
                self.hang_up(Some("too_long".to_owned()));
            } else {
                // The limit must not fire again while the apology is heard.
                self.state.started = Now {
                    instant: now.instant,
                    ..self.state.started
                };
                self.apologise(now, around);
            }
            return;
        }
        if self
            .state
            .deadline
            .is_none_or(|deadline| deadline.at > now.instant)
        {
            return;
        }
        self.state.deadline = None;
        match &mut self.phase {
            Phase::In(current) => {
                let mut desk = Desk {
                    now,
                    around,
                    state: &mut self.state,
                };
                let turn = current.work.on_timeout(&mut desk);
                self.follow(now, around, turn);
            }
            Phase::Apology => self.hang_up(Some("error".to_owned())),
            Phase::Over => {}
        }
    }

    /// The next wish; call until `None`.
    pub fn poll_output(&mut self) -> Option<Ask> {
        let ask = self.state.asks.pop_front();
        if ask.is_none() {
            // A flow mostly waits, and thousands do: room for wishes is made again when there are any.
            self.state.asks.shrink_to_fit();
        }
        ask
    }

    /// When to wake this flow, and why.
    pub fn poll_timeout(&self) -> Option<Deadline> {
        Deadline::earliest(self.state.deadline, self.call_limit())
    }

    /// Whether the flow has asked for the end of the call, or has nothing left to do after the
    /// caller has gone. Nothing more comes out of it.
    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over)
    }

    /// The flow and the step it is in, for consoles; `None` when it is over.
    pub fn place(&self) -> Option<(&FlowName, &StepName)> {
        match &self.phase {
            Phase::In(current) => Some((&current.flow, &current.step.name)),
            Phase::Apology | Phase::Over => None,
        }
    }

    /// What a name holds now, as an expression of the running flow would read it: for tests and
    /// trials. Secrets are masked.
    pub fn variable(&self, name: &str) -> Option<&Value> {
        self.state.values.shown(name)
    }

    fn call_limit(&self) -> Option<Deadline> {
        let end = self.state.started.instant + MAX_CALL;
        let end = match self.state.gone_at {
            Some(gone) => end.min(gone + MAX_AFTER_HANGUP),
            None => end,
        };
        (!self.is_over()).then(|| Deadline::new(end, "longest call"))
    }

    /// Carries out what a step decided, and enters steps until one stays.
    fn follow(&mut self, now: Now, around: &Surroundings, turn: Turn) {
        let mut turn = turn;
        loop {
            let Phase::In(current) = &self.phase else {
                return;
            };
            let (flow, step) = (current.flow.clone(), Arc::clone(&current.step));
            if turn != Turn::Stay {
                self.state.deadline = None;
            }
            turn = match turn {
                Turn::Stay => return,
                Turn::End => return self.finish(),
                Turn::Abandon => match self.after_hangup(now, around, &flow) {
                    Some(next) => next,
                    None => return,
                },
                Turn::Goto(target) => {
                    self.left(&step, "flow");
                    self.enter_flow(now, around, &target)
                }
                Turn::Call(called) => self.call(now, around, (&flow, &step), called),
                Turn::Return => match self.return_from(now, around, &flow) {
                    Some(next) => next,
                    None => return,
                },
                Turn::Fail(cause) => match self.fail(now, around, &flow, &step, cause) {
                    Some(next) => next,
                    None => return,
                },
                Turn::Leave(way) => match step.leads(&way) {
                    Leads::To(next) => {
                        let next = StepName::from(next);
                        self.left(&step, &way);
                        self.enter(now, around, &flow, &next)
                    }
                    Leads::End | Leads::Never if self.state.gone => {
                        self.left(&step, &way);
                        Turn::Abandon
                    }
                    Leads::End | Leads::Never => {
                        self.left(&step, &way);
                        return self.hang_up(None);
                    }
                    Leads::Error if self.state.gone => Turn::Abandon,
                    Leads::Error => {
                        self.left(&step, &way);
                        Turn::Fail(cause_of(&step, &way))
                    }
                },
            };
        }
    }

    fn left(&mut self, step: &StepNode, way: &str) {
        self.state.asks.push_back(Ask::Left {
            flow: step.flow.clone(),
            step: step.name.clone(),
            way: way.to_owned(),
        });
    }

    /// Enters the first step of a flow and never comes back: whoever waited for the present one
    /// waits no more.
    fn enter_flow(&mut self, now: Now, around: &Surroundings, name: &FlowName) -> Turn {
        let flows = Arc::clone(&self.state.flows);
        let Some(flow) = flows.flow(name) else {
            return Turn::Fail("no_flow");
        };
        if let Phase::In(current) = &self.phase
            && let Some(former) = flows.flow(&current.flow)
        {
            drop(self.state.values.split_off(former.variables.keys()));
        }
        self.frames.clear();
        self.begin_variables(flow);
        self.speak_language_of(flow);
        self.enter(now, around, name, &flow.start)
    }

    /// Enters `name` as the first thing, or when no step runs; `cause` is told when it is missing.
    fn go_to_flow(
        &mut self,
        now: Now,
        around: &Surroundings,
        name: &FlowName,
        step: Option<&StepName>,
    ) {
        let turn = match step {
            Some(step) => self.enter(now, around, name, step),
            None => self.enter_flow(now, around, name),
        };
        match (&self.phase, turn) {
            (Phase::In(_), turn) => self.follow(now, around, turn),
            (_, Turn::Fail(cause)) => self.fail_outside(now, around, name, cause),
            _ => {}
        }
    }

    /// Enters one step: marks, limits, condition, answer, work.
    fn enter(&mut self, now: Now, around: &Surroundings, flow: &FlowName, name: &StepName) -> Turn {
        let flows = Arc::clone(&self.state.flows);
        let Some(step) = flows.flow(flow).and_then(|flow| flow.steps.get(name)) else {
            return Turn::Fail("no_step");
        };
        let visits = self.visits.entry((flow.clone(), name.clone())).or_default();
        *visits += 1;
        self.state.visits = *visits;
        let too_often = *visits > step.max_visits;
        self.state.patience += 1;
        self.state.first_question = self.state.next_question;
        self.state.place = Some((flow.clone(), name.clone()));
        self.phase = Phase::In(Current {
            flow: flow.clone(),
            step: Arc::clone(step),
            work: Arc::clone(&step.work).begin(),
        });
        self.state.asks.push_back(Ask::Entered {
            flow: flow.clone(),
            step: name.clone(),
            verb: step.verb.name,
        });
        let discreet = step.work.is_discreet();
        if std::mem::replace(&mut self.state.discreet, discreet) != discreet {
            self.state.asks.push_back(Ask::Discreet(discreet));
        }
        if self.state.patience > MAX_STEPS_WITHOUT_INPUT {
            return Turn::Fail("too_many_steps");
        }
        if too_often {
            return match step.leads("on.too_often") {
                Leads::To(_) => Turn::leave("on.too_often"),
                _ => Turn::Fail("too_often"),
            };
        }
        if self.state.gone && !step.after_hangup {
            return Turn::Abandon;
        }
        self.work(now, around, step)
    }

    /// The marks of a step, its condition, its answer, then its work.
    fn work(&mut self, now: Now, around: &Surroundings, step: &StepNode) -> Turn {
        let mut desk = Desk {
            now,
            around,
            state: &mut self.state,
        };
        if let Some(condition) = &step.condition {
            match desk.holds(condition) {
                Ok(true) => {}
                Ok(false) => return Turn::NEXT,
                Err(turn) => return turn,
            }
        }
        if !step.verb.served && !around.on_paper {
            return Turn::Fail("not_available");
        }
        for (name, template) in &step.tags {
            let value = desk.write(template);
            desk.ask(Ask::Tag {
                name: name.clone(),
                value,
            });
        }
        if let Some(counter) = &step.count {
            desk.ask(Ask::Count(counter.clone()));
        }
        // After hanging up there is nothing left to answer.
        if step.answers == Answers::First
            && !desk.state.gone
            && let Err(turn) = desk.answer()
        {
            return turn;
        }
        let Phase::In(current) = &mut self.phase else {
            return Turn::Stay;
        };
        current.work.enter(&mut desk)
    }

    /// The caller has gone and the step is done: the `on_hangup` of the flow, then of those that
    /// called it, each once; then the end.
    fn after_hangup(&mut self, now: Now, around: &Surroundings, flow: &FlowName) -> Option<Turn> {
        let flows = Arc::clone(&self.state.flows);
        let mut flow = flow.clone();
        loop {
            let step = flows.flow(&flow).and_then(|flow| flow.on_hangup.as_ref());
            if let Some(step) = step.filter(|_| !self.hung_up) {
                self.hung_up = true;
                self.state.patience = 0;
                return Some(self.enter(now, around, &flow, step));
            }
            match self.leave_frame(&flow) {
                Some(frame) => flow = frame.flow,
                None => {
                    self.finish();
                    return None;
                }
            }
        }
    }

    /// Asks for the end of the call.
    fn hang_up(&mut self, reason: Option<String>) {
        if !self.state.gone {
            self.state.asks.push_back(Ask::Hangup { reason });
        }
        self.finish();
    }

    fn finish(&mut self) {
        self.phase = Phase::Over;
        self.state.deadline = None;
    }
}

/// Why a step failed whose outcome leads nowhere: the outcome itself.
fn cause_of(step: &StepNode, way: &str) -> &'static str {
    let word = way.strip_prefix("on.");
    let outcomes = step.verb.outcomes.iter().map(|outcome| outcome.name);
    outcomes
        .into_iter()
        .find(|name| Some(*name) == word)
        .unwrap_or("no_way")
}

/// Longest work after the caller has gone.
const MAX_AFTER_HANGUP: Duration = Duration::from_secs(120);
/// Steps one call may enter without any input from the caller (FLOWS §8).
const MAX_STEPS_WITHOUT_INPUT: u32 = 200;
/// Longest call (FLOWS §8).
const MAX_CALL: Duration = Duration::from_secs(4 * 3600);
