//! All flows of a tenant as one graph: every step, every way out of it, and the flows it sends calls to.

use std::collections::BTreeMap;

use rappel_model::FlowName;

use crate::draft::{Draft, FlowDraft, Leads};
use crate::step::{Facts, Notice, Onward, Verb, Voice};

/// The steps of all flows that can be judged. Flows with errors in their names are left out: what
/// leads into them is not followed, so that one error never causes others.
pub(super) struct Graph<'d> {
    /// The flows, in the order they were given; `None` for one that cannot be judged.
    flows: Vec<Option<Room<'d>>>,
    /// Whether a way of each flow leads to a name that does not exist.
    holes: Vec<bool>,
    names: BTreeMap<&'d FlowName, usize>,
    pub(super) nodes: Vec<Node<'d>>,
}

/// How well the ways of a flow can be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Judged {
    /// Every way.
    Whole,
    /// But for those that lead to a name that does not exist.
    Partly,
    /// Not at all.
    Not,
}

/// A flow, and where its steps stand in [`Graph::nodes`].
struct Room<'d> {
    draft: &'d FlowDraft,
    first: usize,
}

/// One step.
pub(super) struct Node<'d> {
    /// Which flow, counted as given.
    pub(super) flow: usize,
    pub(super) step: &'d Draft,
    pub(super) verb: &'static Verb,
    pub(super) facts: Facts<'d>,
    /// Every way it may be left by, written or by default.
    pub(super) exits: Vec<Exit>,
    /// The flow it sends the call to; `None` when it sends it to none, or to one that cannot be judged.
    pub(super) sends_to: Option<usize>,
}

/// A way out of a step.
pub(super) struct Exit {
    pub(super) way: String,
    pub(super) to: To,
}

/// Where a way leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum To {
    /// To this node.
    Node(usize),
    /// The call ends.
    End,
    /// The step has failed; `on_error` of the flow is looked at on its own.
    Failure,
    /// To a step whose name is wrong, which is told: nothing is held against this way.
    Unknown,
}

impl<'d> Graph<'d> {
    /// The graph of `drafts`, of which `judged` says how well each can be followed.
    pub(super) fn new(drafts: &'d [FlowDraft], judged: &[Judged]) -> Self {
        let names = drafts.iter().enumerate().map(|(i, d)| (&d.name, i));
        let mut graph = Self {
            flows: Vec::with_capacity(drafts.len()),
            holes: judged
                .iter()
                .map(|judged| *judged != Judged::Whole)
                .collect(),
            names: names.collect(),
            nodes: Vec::new(),
        };
        for (flow, draft) in drafts.iter().enumerate() {
            let first = graph.nodes.len();
            let follows = judged[flow] != Judged::Not;
            graph.flows.push(follows.then_some(Room { draft, first }));
            if !follows {
                continue;
            }
            for step in &draft.steps {
                // A flow with an unknown verb is not judged.
                let Some(verb) = step.verb else { continue };
                graph.nodes.push(Node {
                    flow,
                    step,
                    verb,
                    facts: facts(step),
                    exits: exits(draft, step, first),
                    sends_to: None,
                });
            }
        }
        for index in 0..graph.nodes.len() {
            graph.nodes[index].sends_to = graph.target(&graph.nodes[index]);
        }
        graph
    }

    fn target(&self, node: &Node<'_>) -> Option<usize> {
        let (Onward::Goto(name) | Onward::Through(name)) = node.facts.onward else {
            return None;
        };
        let flow = *self.names.get(name)?;
        self.start(flow).map(|_| flow)
    }

    /// Whether every way of every flow could be followed.
    pub(super) fn is_whole(&self) -> bool {
        !self.holes.contains(&true)
    }

    /// Whether calls to `flow` may go where it cannot be followed: what no way leads to may be there.
    pub(super) fn has_holes(&self, flow: usize) -> bool {
        self.holes[flow]
    }

    /// How many flows were given.
    pub(super) fn flow_count(&self) -> usize {
        self.flows.len()
    }

    /// The flow `name`, counted as given.
    pub(super) fn flow(&self, name: &FlowName) -> Option<usize> {
        self.names.get(name).copied()
    }

    /// The draft of a flow that is judged.
    pub(super) fn draft(&self, flow: usize) -> Option<&'d FlowDraft> {
        self.flows[flow].as_ref().map(|room| room.draft)
    }

    /// The node of the step `name` of a flow.
    pub(super) fn node(&self, flow: usize, name: &str) -> Option<usize> {
        let room = self.flows[flow].as_ref()?;
        room.draft.index.get(name).map(|step| room.first + step)
    }

    /// The first step of a flow.
    pub(super) fn start(&self, flow: usize) -> Option<usize> {
        let (name, _) = self.draft(flow)?.start.as_ref()?;
        self.node(flow, name)
    }

    /// Where calls to a flow go when a step fails.
    pub(super) fn on_error(&self, flow: usize) -> Option<usize> {
        let (name, _) = self.draft(flow)?.on_error.as_ref()?;
        self.node(flow, name)
    }

    /// Where calls to a flow go once the caller has gone.
    pub(super) fn on_hangup(&self, flow: usize) -> Option<usize> {
        let (name, _) = self.draft(flow)?.on_hangup.as_ref()?;
        self.node(flow, name)
    }

    /// Whether each flow is started by something else than another flow: by a line, by the tenant's
    /// `on_error`, or by nothing we know of.
    pub(super) fn roots(&self, started: impl Fn(&FlowName) -> bool) -> Vec<bool> {
        let mut roots = vec![true; self.flows.len()];
        for node in &self.nodes {
            if let Some(target) = node.sends_to {
                roots[target] &= target == node.flow;
            }
        }
        for (name, flow) in &self.names {
            roots[*flow] |= started(name);
        }
        roots
    }

    /// The name of a step, with its flow when that is another one than `from`.
    pub(super) fn shown(&self, node: usize, from: usize) -> String {
        let node = &self.nodes[node];
        match self.draft(node.flow) {
            Some(draft) if node.flow != from => format!("{}/{}", draft.name, node.step.name),
            _ => node.step.name.clone(),
        }
    }
}

/// What is known of a step; of one with an error in its keys, whatever causes no other error.
fn facts(step: &Draft) -> Facts<'_> {
    match &step.work {
        Some(work) => work.facts(),
        None => Facts {
            notice: Notice::Given,
            ..Facts::default()
        },
    }
}

fn exits(draft: &FlowDraft, step: &Draft, first: usize) -> Vec<Exit> {
    let exits = step.exits().into_iter().filter_map(|(way, leads)| {
        let to = match leads {
            Leads::To(name) => {
                let known = draft.index.get(name);
                known.map_or(To::Unknown, |step| To::Node(first + step))
            }
            Leads::End => To::End,
            Leads::Error => To::Failure,
            Leads::Never => return None,
        };
        Some(Exit { way, to })
    });
    exits.collect()
}

impl Node<'_> {
    /// Whether it may be skipped, by `next`.
    pub(super) fn may_be_skipped(&self) -> bool {
        self.step.condition.is_some()
    }

    /// Whether the caller has had a last word once it is left by `way`; `before` is what stood when it
    /// was entered.
    pub(super) fn consoles(&self, way: &str, before: bool) -> bool {
        match self.step.voice() {
            _ if self.step.work.is_none() => true,
            Voice::Speaks => true,
            Voice::Closes(ways) => ways.contains(&way) || self.facts.leaves.contains(&way),
            Voice::Opens => self.facts.leaves.contains(&way),
            Voice::Quiet => before,
        }
    }

    /// Whether something stays of the call once it is left by `way`: somebody was reached, a message,
    /// a promise, a text.
    pub(super) fn leaves_something(&self, way: &str) -> bool {
        let closes = matches!(self.step.voice(), Voice::Closes(ways) if ways.contains(&way));
        closes || self.facts.leaves.contains(&way)
    }

    /// Where its header stands.
    pub(super) fn header(&self) -> std::ops::Range<usize> {
        self.step.header.clone()
    }
}
