//! Every way a call can take through all flows, with what is true of the call on it. Flows that are
//! called come back to the step that called them and to no other.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::graph::{Graph, Node, To};
use crate::step::{Onward, Presence};

/// Where a walk begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Root<S> {
    pub(super) at: At,
    pub(super) state: S,
}

/// What a walk begins with.
#[derive(Clone, Copy, Debug)]
pub(super) enum At {
    /// A flow: its first step, and where it goes when something fails.
    Flow(usize),
    /// A step.
    Node(usize),
}

/// A step as a call may come to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot<S> {
    pub(super) node: usize,
    /// What is true of the call when the step begins.
    pub(super) state: S,
    /// The call of a flow it stands in.
    context: usize,
}

/// A flow that was entered with a certain state: by whom, and with what it comes back.
#[derive(Debug, Default)]
struct Context {
    /// Spots of the `flow` steps that wait for it.
    callers: Vec<usize>,
    /// Spots at which it comes back, one for each state.
    returns: Vec<usize>,
    /// Entered from outside: coming back ends the call.
    is_root: bool,
}

/// All spots, each with the shortest way to it.
pub(super) struct Walk<S> {
    pub(super) spots: Vec<Spot<S>>,
    /// The spot before, and the way it was left by.
    before: Vec<Option<(usize, String)>>,
    /// Every way into each spot.
    into: Vec<Vec<(usize, String)>>,
    /// Spots that end the call, with the way; `None` for one that ends it by itself.
    pub(super) ends: Vec<(usize, Option<String>)>,
    known: BTreeMap<(usize, usize, S), usize>,
    contexts: Vec<Context>,
    entered: BTreeMap<(usize, S), usize>,
    waiting: VecDeque<usize>,
    /// False when there were more spots than [`MAX_SPOTS_PER_STEP`] allows.
    pub(super) is_complete: bool,
    most: usize,
}

/// What a step makes of the state of a call that leaves it by a way.
pub(super) trait Change<S> {
    /// The state after `way`.
    fn after(&self, node: &Node<'_>, way: &str, before: S) -> S;

    /// The state when a flow that was entered with `before` has failed somewhere.
    fn failed(&self, before: S) -> S {
        before
    }

    /// Whether calls go on after `node`.
    fn passes(&self, _: &Node<'_>) -> bool {
        true
    }
}

impl<S: Copy + Ord> Walk<S> {
    /// Follows every way from `roots`. Linear in the number of steps for a given number of states.
    pub(super) fn new(
        graph: &Graph<'_>,
        roots: impl IntoIterator<Item = Root<S>>,
        change: &impl Change<S>,
    ) -> Self {
        let mut walk = Self {
            spots: Vec::new(),
            before: Vec::new(),
            into: Vec::new(),
            ends: Vec::new(),
            known: BTreeMap::new(),
            contexts: vec![Context {
                is_root: true,
                ..Context::default()
            }],
            entered: BTreeMap::new(),
            waiting: VecDeque::new(),
            is_complete: true,
            most: graph.nodes.len() * MAX_SPOTS_PER_STEP,
        };
        for root in roots {
            match root.at {
                At::Flow(flow) => walk.enter(graph, 0, flow, root.state, None, change),
                At::Node(node) => walk.reach(0, node, root.state, None),
            }
        }
        while let Some(spot) = walk.waiting.pop_front() {
            walk.leave(graph, spot, change);
        }
        walk
    }

    /// Enters a flow: at its start, and where it goes when one of its steps fails.
    fn enter(
        &mut self,
        graph: &Graph<'_>,
        context: usize,
        flow: usize,
        state: S,
        before: Option<(usize, String)>,
        change: &impl Change<S>,
    ) {
        if let Some(on_error) = graph.on_error(flow) {
            let state = change.failed(state);
            self.reach(context, on_error, state, before.clone());
        }
        if let Some(start) = graph.start(flow) {
            self.reach(context, start, state, before);
        }
    }

    fn reach(&mut self, context: usize, node: usize, state: S, before: Option<(usize, String)>) {
        let next = self.spots.len();
        if next >= self.most {
            self.is_complete = false;
            return;
        }
        let known = self.known.entry((context, node, state)).or_insert(next);
        if *known == next {
            self.spots.push(Spot {
                node,
                state,
                context,
            });
            self.before.push(before.clone());
            self.into.push(Vec::new());
            self.waiting.push_back(next);
        }
        self.into[*known].extend(before);
    }

    fn leave(&mut self, graph: &Graph<'_>, spot: usize, change: &impl Change<S>) {
        let Spot {
            node: index,
            state,
            context,
        } = self.spots[spot];
        let node = &graph.nodes[index];
        if !change.passes(node) {
            return;
        }
        let through = matches!(node.facts.onward, Onward::Through(_));
        for exit in &node.exits {
            let next = exit.way == "next";
            if next && node.may_be_skipped() {
                self.go(context, exit.to, state, (spot, &exit.way));
                if node.verb.next == Presence::None {
                    continue;
                }
            }
            // What a called flow does decides with what the step is left.
            if !(next && through && node.sends_to.is_some()) {
                let after = change.after(node, &exit.way, state);
                self.go(context, exit.to, after, (spot, &exit.way));
            }
        }
        match node.facts.onward {
            Onward::Nowhere => {}
            Onward::End { .. } => self.ends.push((spot, None)),
            Onward::Back => self.come_back(graph, spot),
            Onward::Goto(_) => {
                if let Some(flow) = node.sends_to {
                    let before = Some((spot, "goto".to_owned()));
                    self.enter(graph, context, flow, state, before, change);
                }
            }
            Onward::Through(_) => {
                if let Some(flow) = node.sends_to {
                    self.call(graph, spot, flow, change);
                }
            }
        }
    }

    fn go(&mut self, context: usize, to: To, state: S, (spot, way): (usize, &str)) {
        match to {
            To::Node(next) => self.reach(context, next, state, Some((spot, way.to_owned()))),
            To::End => self.ends.push((spot, Some(way.to_owned()))),
            To::Failure | To::Unknown => {}
        }
    }

    /// Enters a flow that comes back; where it has been entered so before, goes on with what it came
    /// back with.
    fn call(&mut self, graph: &Graph<'_>, spot: usize, flow: usize, change: &impl Change<S>) {
        let state = self.spots[spot].state;
        let next = self.contexts.len();
        let context = *self.entered.entry((flow, state)).or_insert(next);
        if context == next {
            self.contexts.push(Context::default());
            let before = Some((spot, "flow".to_owned()));
            self.enter(graph, context, flow, state, before, change);
        }
        self.contexts[context].callers.push(spot);
        for at in 0..self.contexts[context].returns.len() {
            let from = self.contexts[context].returns[at];
            self.resume(graph, spot, from);
        }
    }

    fn come_back(&mut self, graph: &Graph<'_>, spot: usize) {
        let Spot { context, state, .. } = self.spots[spot];
        if self.contexts[context].is_root {
            self.ends.push((spot, None));
            return;
        }
        let returns = &self.contexts[context].returns;
        if returns
            .iter()
            .any(|known| self.spots[*known].state == state)
        {
            return;
        }
        self.contexts[context].returns.push(spot);
        for at in 0..self.contexts[context].callers.len() {
            let caller = self.contexts[context].callers[at];
            self.resume(graph, caller, spot);
        }
    }

    /// The flow that `caller` called has come back at `from`.
    fn resume(&mut self, graph: &Graph<'_>, caller: usize, from: usize) {
        let Spot { node, context, .. } = self.spots[caller];
        let state = self.spots[from].state;
        let node = &graph.nodes[node];
        for exit in node.exits.iter().filter(|exit| exit.way == "next") {
            self.go(context, exit.to, state, (caller, "next"));
        }
    }

    /// The flows that were called and come back, with at least one of the states they were entered with.
    pub(super) fn coming_back(&self) -> BTreeSet<usize> {
        let entered = self.entered.iter();
        entered
            .filter(|(_, context)| !self.contexts[**context].returns.is_empty())
            .map(|((flow, _), _)| *flow)
            .collect()
    }

    /// Every node a call can come to.
    pub(super) fn nodes(&self) -> BTreeSet<usize> {
        self.spots.iter().map(|spot| spot.node).collect()
    }

    /// The spot before `spot` and the way it was left by.
    pub(super) fn before(&self, spot: usize) -> Option<(usize, &str)> {
        let (before, way) = self.before[spot].as_ref()?;
        Some((*before, way))
    }

    /// Every way into a spot: the spot before, and how it was left.
    pub(super) fn into(&self, spot: usize) -> impl Iterator<Item = (usize, &str)> {
        self.into[spot]
            .iter()
            .map(|(from, way)| (*from, way.as_str()))
    }

    /// The way to a spot in words, the first step first: `ouverture (lunch) -> menu (press 3) -> fin`.
    pub(super) fn path(&self, graph: &Graph<'_>, spot: usize, flow: usize) -> String {
        self.path_and(graph, spot, graph.shown(self.spots[spot].node, flow), flow)
    }

    /// The way to a spot and on by `way` to the node `last`.
    pub(super) fn path_on(
        &self,
        graph: &Graph<'_>,
        (spot, way): (usize, &str),
        last: usize,
        flow: usize,
    ) -> String {
        let way = short(way);
        let step = graph.shown(self.spots[spot].node, flow);
        let last = graph.shown(last, flow);
        self.path_and(graph, spot, format!("{step} ({way}) -> {last}"), flow)
    }

    fn path_and(&self, graph: &Graph<'_>, spot: usize, end: String, flow: usize) -> String {
        let mut path = vec![end];
        let mut at = spot;
        while let Some((before, way)) = self.before(at) {
            if path.len() > MAX_SHOWN {
                path.push("…".to_owned());
                break;
            }
            let way = short(way);
            let step = graph.shown(self.spots[before].node, flow);
            path.push(format!("{step} ({way})"));
            at = before;
        }
        path.reverse();
        path.join(" -> ")
    }
}

/// A way as paths show it: `lunch`, `press 3`.
fn short(way: &str) -> String {
    way.trim_start_matches("on.").replace('.', " ")
}

/// Steps of a path that are shown.
const MAX_SHOWN: usize = 12;
/// Spots per step of all flows: a step is met with every state and from every called flow that leads to
/// it. Flows that are tangled beyond this cannot be proved.
const MAX_SPOTS_PER_STEP: usize = 64;
