//! A flow as a graph that can be drawn: every step once, ways to the same step as one, and a tree
//! that covers it all. What does not follow the tree refers to the number of a step.

use std::collections::{BTreeMap, VecDeque};

use super::flow::{FlowView, StepView, Target, Way};
use super::group::Group;
use crate::words::{Help, Lang};

/// A graph ready to be drawn.
#[derive(Clone, Debug)]
pub struct Chart {
    /// The title of the flow.
    pub title: String,
    /// The steps, in the order of their numbers.
    pub nodes: Vec<Node>,
    /// The trees: the first begins with the first step of the flow.
    pub roots: Vec<Root>,
    /// Where a step leads that fails and does not say where; an index of `nodes`.
    pub on_error: Option<usize>,
    /// The language of its few own words.
    pub lang: Lang,
}

/// The first step of a tree, and why it has one of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Root {
    /// An index of `nodes`.
    pub node: usize,
    /// Why.
    pub why: Why,
}

/// Why a step has a tree of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Calls begin here.
    Start,
    /// Many steps lead here: they refer to it.
    Shared,
    /// Failed steps lead here, and nothing else does.
    Error,
    /// It runs after the caller has gone.
    Hangup,
    /// Nothing leads here.
    Unreached,
    /// Its tree was cut here to keep the drawing on one sheet.
    Continued,
}

/// One step.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its number on the drawing, from 1.
    pub number: usize,
    /// Its name.
    pub name: String,
    /// Its title or its name.
    pub title: String,
    /// What it does, and with what: `queue ventes`.
    pub detail: String,
    /// The group of its verb.
    pub group: Group,
    /// Where it leads, ways to the same step as one.
    pub exits: Vec<Exit>,
}

/// Ways of a step that lead to the same place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exit {
    /// What they are called: `1`, `timeout, no_agents, full`; empty for `next` alone.
    pub label: String,
    /// Where they lead.
    pub to: To,
    /// Whether the tree goes on this way: the step there is drawn behind this one.
    pub is_branch: bool,
}

/// Where an exit leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    /// An index of `nodes`.
    Node(usize),
    /// The call ends.
    End,
    /// A step that is not there: the check refuses it.
    Missing(String),
}

impl Chart {
    /// The graph of a flow.
    pub fn new(flow: &FlowView, lang: Lang) -> Self {
        let links = Links::of(flow);
        let forest = links.forest(flow);
        let numbers: BTreeMap<usize, usize> = forest
            .order
            .iter()
            .enumerate()
            .map(|(number, step)| (*step, number))
            .collect();
        let nodes = forest.order.iter().enumerate().map(|(number, step)| {
            let view = &flow.steps[*step];
            Node {
                number: number + 1,
                name: view.name.clone(),
                title: view.shown().to_owned(),
                detail: detail(view),
                group: Group::of(&view.verb),
                exits: exits(view, *step, &links, &forest, &numbers, lang),
            }
        });
        let roots = forest.roots.iter().map(|(step, why)| Root {
            node: numbers[step],
            why: *why,
        });
        let on_error = flow
            .on_error
            .as_ref()
            .and_then(|name| links.index.get(name));
        Self {
            title: flow.title.clone(),
            nodes: nodes.collect(),
            roots: roots.collect(),
            on_error: on_error.map(|step| numbers[step]),
            lang,
        }
    }

    /// The steps drawn behind a step, in the order of its exits.
    pub fn branches(&self, node: usize) -> impl Iterator<Item = usize> {
        let exits = self.nodes[node].exits.iter().filter(|exit| exit.is_branch);
        exits.filter_map(|exit| match exit.to {
            To::Node(to) => Some(to),
            To::End | To::Missing(_) => None,
        })
    }

    /// Makes a step the first of a tree of its own: the step before it refers to its number instead
    /// of being joined to it. Returns the step before; `None` when it is the first of a tree already.
    pub(super) fn cut(&mut self, node: usize) -> Option<usize> {
        let leads = |exit: &Exit| exit.is_branch && exit.to == To::Node(node);
        let before = self.nodes[..node]
            .iter()
            .rposition(|n| n.exits.iter().any(leads))?;
        for exit in self.nodes[before]
            .exits
            .iter_mut()
            .filter(|exit| leads(exit))
        {
            exit.is_branch = false;
        }
        // Behind the tree it was cut from: there its number is in order.
        let place = self.roots.partition_point(|root| root.node < node);
        let why = Why::Continued;
        self.roots.insert(place, Root { node, why });
        Some(before)
    }

    /// What stands above the first step of a tree: why it begins, or the steps it is reached from.
    pub fn heading(&self, root: Root) -> String {
        match root.why.title() {
            Some(title) => format!("▸ {}", title.in_lang(self.lang)),
            None => {
                let leads = |exit: &Exit| exit.to == To::Node(root.node);
                let sources = self
                    .nodes
                    .iter()
                    .filter(|node| node.exits.iter().any(leads));
                let sources: Vec<String> = sources.map(|node| node.number.to_string()).collect();
                format!("{} {}", FROM.in_lang(self.lang), sources.join(", "))
            }
        }
    }

    /// The words for a place that is no step of the drawing.
    pub fn end_of_call(&self) -> &'static str {
        END.in_lang(self.lang)
    }
}

impl Why {
    /// What stands above the first step of such a tree; nothing where other steps refer to it.
    pub const fn title(self) -> Option<Help> {
        match self {
            Self::Start => Some(Help {
                en: "start",
                fr: "début",
            }),
            Self::Shared | Self::Continued => None,
            Self::Error => Some(Help {
                en: "when a step fails",
                fr: "si une étape échoue",
            }),
            Self::Hangup => Some(Help {
                en: "after hanging up",
                fr: "après le raccrochage",
            }),
            Self::Unreached => Some(Help {
                en: "never reached",
                fr: "jamais atteinte",
            }),
        }
    }
}

/// Which steps lead to which; steps are their places in the file.
struct Links {
    index: BTreeMap<String, usize>,
    /// For each step the steps its ways lead to, each once.
    to: Vec<Vec<usize>>,
    /// How many other steps lead to each.
    sources: Vec<usize>,
}

/// The trees that cover a flow.
struct Forest {
    roots: Vec<(usize, Why)>,
    /// The step before each in its tree.
    parent: BTreeMap<usize, usize>,
    /// All steps, tree after tree, each before what follows it.
    order: Vec<usize>,
}

impl Links {
    fn of(flow: &FlowView) -> Self {
        let names = flow.steps.iter().enumerate();
        let index: BTreeMap<String, usize> =
            names.map(|(i, step)| (step.name.clone(), i)).collect();
        let to: Vec<Vec<usize>> = flow
            .steps
            .iter()
            .map(|step| {
                let mut to = Vec::new();
                for way in &step.ways {
                    if let Target::Step(name) = &way.to
                        && let Some(target) = index.get(name)
                        && !to.contains(target)
                    {
                        to.push(*target);
                    }
                }
                to
            })
            .collect();
        let mut sources = vec![0; flow.steps.len()];
        for (step, targets) in to.iter().enumerate() {
            for target in targets.iter().filter(|target| **target != step) {
                sources[*target] += 1;
            }
        }
        Self { index, to, sources }
    }

    /// Covers the flow with trees: one from the start, one from every step that many lead to, and
    /// those of what is left.
    fn forest(&self, flow: &FlowView) -> Forest {
        let mut forest = Forest {
            roots: Vec::new(),
            parent: BTreeMap::new(),
            order: Vec::new(),
        };
        let mut seen = vec![false; flow.steps.len()];
        let mut shared = VecDeque::new();
        let step = |name: &Option<String>| name.as_ref().and_then(|name| self.index.get(name));
        let start = self.index.get(&flow.start).copied();
        let given = [
            (start, Why::Start),
            (step(&flow.on_error).copied(), Why::Error),
            (step(&flow.on_hangup).copied(), Why::Hangup),
        ];
        for (root, why) in given {
            if let Some(root) = root {
                self.cover(root, why, &mut forest, &mut seen, &mut shared);
            }
            while let Some(root) = shared.pop_front() {
                self.cover(root, Why::Shared, &mut forest, &mut seen, &mut shared);
            }
        }
        // Steps that nothing leads to first: the others may follow them.
        for alone in [true, false] {
            for root in 0..flow.steps.len() {
                if !alone || self.sources[root] == 0 {
                    self.cover(root, Why::Unreached, &mut forest, &mut seen, &mut shared);
                    while let Some(root) = shared.pop_front() {
                        self.cover(root, Why::Shared, &mut forest, &mut seen, &mut shared);
                    }
                }
            }
        }
        self.number(&mut forest);
        forest
    }

    /// Grows a tree, nearest steps first, up to steps that have trees of their own.
    fn cover(
        &self,
        root: usize,
        why: Why,
        forest: &mut Forest,
        seen: &mut [bool],
        shared: &mut VecDeque<usize>,
    ) {
        if std::mem::replace(&mut seen[root], true) {
            return;
        }
        forest.roots.push((root, why));
        let mut waiting = VecDeque::from([root]);
        while let Some(step) = waiting.pop_front() {
            for target in &self.to[step] {
                if seen[*target] {
                    continue;
                }
                if self.sources[*target] >= SHARED_FROM {
                    if !shared.contains(target) {
                        shared.push_back(*target);
                    }
                    continue;
                }
                seen[*target] = true;
                forest.parent.insert(*target, step);
                waiting.push_back(*target);
            }
        }
    }

    /// Numbers the steps as one reads the trees.
    fn number(&self, forest: &mut Forest) {
        let roots: Vec<usize> = forest.roots.iter().map(|(root, _)| *root).collect();
        for root in roots {
            let mut waiting = vec![root];
            while let Some(step) = waiting.pop() {
                forest.order.push(step);
                let branches = self.to[step].iter().rev();
                waiting.extend(branches.filter(|to| forest.parent.get(to) == Some(&step)));
            }
        }
    }
}

/// The ways out of a step, those to the same place as one.
fn exits(
    view: &StepView,
    step: usize,
    links: &Links,
    forest: &Forest,
    numbers: &BTreeMap<usize, usize>,
    lang: Lang,
) -> Vec<Exit> {
    let mut exits: Vec<(Exit, Vec<&Way>)> = Vec::new();
    for way in &view.ways {
        let target = match &way.to {
            Target::Step(name) => links.index.get(name).copied().ok_or(name),
            Target::End | Target::Error => {
                push(&mut exits, To::End, false, way);
                continue;
            }
        };
        match target {
            Ok(target) => {
                let is_branch = forest.parent.get(&target) == Some(&step);
                push(&mut exits, To::Node(numbers[&target]), is_branch, way);
            }
            Err(name) => push(&mut exits, To::Missing(name.clone()), false, way),
        }
    }
    exits
        .into_iter()
        .map(|(exit, ways)| Exit {
            label: label(&ways, lang),
            ..exit
        })
        .collect()
}

fn push<'w>(exits: &mut Vec<(Exit, Vec<&'w Way>)>, to: To, is_branch: bool, way: &'w Way) {
    if let Some((_, ways)) = exits.iter_mut().find(|(exit, _)| exit.to == to) {
        ways.push(way);
        return;
    }
    let label = String::new();
    let exit = Exit {
        label,
        to,
        is_branch,
    };
    exits.push((exit, vec![way]));
}

/// What ways are called together; `next` needs no words of its own when it is alone.
fn label(ways: &[&Way], lang: Lang) -> String {
    if let [only] = ways
        && only.name == "next"
    {
        return String::new();
    }
    let names = ways.iter().map(|way| match way.name.split_once('.') {
        Some(("press" | "on", word)) => word.to_owned(),
        Some(("case", _)) => {
            let condition = way.condition.as_deref().unwrap_or_default();
            format!("{} {condition}", IF.in_lang(lang))
        }
        _ if way.name == "else" => ELSE.in_lang(lang).to_owned(),
        _ => way.name.clone(),
    });
    names.collect::<Vec<_>>().join(", ")
}

/// The verb of a step and the one thing it is about.
fn detail(step: &StepView) -> String {
    let about = ABOUT.iter().find_map(|key| {
        let list = step.settings.contains_key(*key).then(|| step.list(key));
        list.filter(|list| !list.is_empty())
    });
    match about {
        Some(list) => format!("{} {}", step.verb, list.join(" + ")),
        None => step.verb.clone(),
    }
}

/// The keys that tell most about a step, the most telling first.
const ABOUT: [&str; 15] = [
    "queue",
    "calendar",
    "person",
    "team",
    "mailbox",
    "flow",
    "directory",
    "destination",
    "url",
    "list",
    "prompt",
    "questions",
    "name",
    "to",
    "action",
];

/// From this many steps before it on, a step has a tree of its own.
const SHARED_FROM: usize = 4;

const END: Help = Help {
    en: "end of the call",
    fr: "fin de l'appel",
};
const FROM: Help = Help {
    en: "from",
    fr: "depuis",
};
const IF: Help = Help { en: "if", fr: "si" };
const ELSE: Help = Help {
    en: "else",
    fr: "sinon",
};
