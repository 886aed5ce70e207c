//! What stands on each card, and where on it.

use super::super::chart::{Chart, Exit, To};
use super::{CARD_WIDTH, LINE, STRONG, TEXT, Tone, metrics};

/// A card before it has a place.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) height: f64,
    /// Height of the head with title and verb.
    pub(super) head: f64,
    /// Places are measured from the card's upper left corner.
    pub(super) lines: Vec<Line>,
    /// Steps drawn to the right, and how far down their lines leave.
    pub(super) right: Vec<(usize, f64)>,
    /// The step drawn below.
    pub(super) down: Option<usize>,
}

/// A line of text of a card.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) text: String,
    pub(super) size: f64,
    pub(super) tone: Tone,
}

/// The cards of all steps.
pub(super) fn plans(chart: &Chart) -> Vec<Plan> {
    let sizes = sizes(chart);
    (0..chart.nodes.len())
        .map(|node| plan(chart, node, down(chart, node, &sizes)))
        .collect()
}

/// How many steps hang on each, itself included. Numbers follow the trees, so that whatever hangs on
/// a step comes later.
fn sizes(chart: &Chart) -> Vec<usize> {
    let mut sizes = vec![1; chart.nodes.len()];
    for node in (0..chart.nodes.len()).rev() {
        sizes[node] += chart.branches(node).map(|to| sizes[to]).sum::<usize>();
    }
    sizes
}

/// The step that is drawn below another one: its only follower, or the one that most hangs on.
fn down(chart: &Chart, node: usize, sizes: &[usize]) -> Option<usize> {
    let branches: Vec<usize> = chart.branches(node).collect();
    if let [only] = branches[..] {
        return Some(only);
    }
    let heaviest = branches.into_iter().rev().max_by_key(|to| sizes[*to])?;
    (sizes[heaviest] >= HEAVY).then_some(heaviest)
}

/// The card of one step.
pub(super) fn plan(chart: &Chart, node: usize, down: Option<usize>) -> Plan {
    let step = &chart.nodes[node];
    let mut plan = Plan {
        height: PAD,
        head: 0.0,
        lines: Vec::new(),
        right: Vec::new(),
        down,
    };
    let number = step.number.to_string();
    let indent = metrics::width(&number, STRONG, true) + 5.0;
    plan.put(PAD, &number, STRONG, Tone::Reference);
    let room = CARD_WIDTH - 2.0 * PAD - indent;
    for (i, line) in metrics::wrapped(&step.title, STRONG, true, room, 3)
        .iter()
        .enumerate()
    {
        plan.height += if i > 0 { LINE + 1.0 } else { 0.0 };
        plan.put(PAD + indent, line, STRONG, Tone::Strong);
    }
    plan.height += LINE + 1.5;
    let room = CARD_WIDTH - 2.0 * PAD;
    for line in metrics::wrapped(&step.detail, TEXT, false, room, 2) {
        plan.put(PAD, &line, TEXT, Tone::Faint);
        plan.height += LINE;
    }
    plan.head = plan.height + 2.0;
    plan.height += PAD;
    let listed = plan.height;
    for exit in &step.exits {
        plan.exit(chart, exit);
    }
    // A card that lists nothing is its head alone.
    plan.height += if plan.height > listed {
        PAD - 3.0
    } else {
        2.0 - PAD
    };
    plan
}

impl Plan {
    fn exit(&mut self, chart: &Chart, exit: &Exit) {
        let label = match exit.label.as_str() {
            "" => "next",
            label => label,
        };
        match &exit.to {
            To::Node(to) if exit.is_branch && self.down == Some(*to) => {
                if !exit.label.is_empty() {
                    self.rows(&format!("{label} ↓"), 0.0, Tone::Plain);
                }
            }
            To::Node(to) if exit.is_branch => {
                self.rows(label, 0.0, Tone::Plain);
                self.right.push((*to, self.height - LINE / 2.0 - 0.5));
            }
            To::Node(to) => {
                let node = &chart.nodes[*to];
                self.reference(label, &format!("→ {} {}", node.number, node.title));
            }
            To::End => self.reference(label, &format!("→ {}", chart.end_of_call())),
            To::Missing(name) => self.reference(label, &format!("→ \"{name}\" ?")),
        }
    }

    /// A way and the step it refers to: on one line, or the step below.
    fn reference(&mut self, label: &str, to: &str) {
        let (own, gap) = (metrics::width(label, TEXT, false), 4.0);
        let together = own + gap + metrics::width(to, TEXT, true);
        if together <= CARD_WIDTH - 2.0 * PAD {
            self.put(PAD, label, TEXT, Tone::Plain);
            self.put(PAD + own + gap, to, TEXT, Tone::Reference);
            self.height += LINE;
        } else {
            self.rows(label, 0.0, Tone::Plain);
            let room = CARD_WIDTH - 2.0 * PAD - INDENT;
            let to = metrics::shortened(to, TEXT, true, room);
            self.rows(&to, INDENT, Tone::Reference);
        }
    }

    fn rows(&mut self, text: &str, indent: f64, tone: Tone) {
        let room = CARD_WIDTH - 2.0 * PAD - indent;
        for line in metrics::wrapped(text, TEXT, tone.is_bold(), room, MOST_ROWS) {
            self.put(PAD + indent, &line, TEXT, tone);
            self.height += LINE;
        }
    }

    /// Writes at the current height.
    fn put(&mut self, x: f64, text: &str, size: f64, tone: Tone) {
        self.lines.push(Line {
            x,
            y: self.height,
            text: text.to_owned(),
            size,
            tone,
        });
    }
}

/// Between a card's border and its words.
const PAD: f64 = 6.0;
const INDENT: f64 = 10.0;
/// A step that this many hang on continues below.
const HEAVY: usize = 3;
/// Lines of the ways to one step.
const MOST_ROWS: usize = 6;
