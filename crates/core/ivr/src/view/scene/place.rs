//! Where the cards stand. Trees grow to the right and downwards in columns; whatever comes later in a
//! column stands lower, in every column alike, so that lines keep their order and never meet.

use super::super::chart::Chart;
use super::cards::{self, Plan};
use super::{A3, CARD_WIDTH, COLUMN_GAP, MARGIN, TAB};

/// Places of all cards, from the upper left corner of the first.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) column: Vec<usize>,
    pub(super) y: Vec<f64>,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Placed {
    pub(super) fn x(&self, node: usize) -> f64 {
        x_of(self.column[node])
    }

    /// How much larger than the sheet it is; 1 fills it.
    fn fill(&self) -> f64 {
        let (width, height) = (A3.0 - 2.0 * MARGIN, A3.1 - HEADING);
        (self.width / width).max(self.height / height)
    }
}

/// The left side of a column.
pub(super) fn x_of(column: usize) -> f64 {
    f64::from(u32::try_from(column).unwrap_or(u32::MAX)) * (CARD_WIDTH + COLUMN_GAP)
}

/// A chart with its cards, and where they stand.
pub(super) struct Page {
    pub(super) chart: Chart,
    pub(super) plans: Vec<Plan>,
    pub(super) placed: Placed,
}

/// Tries columns, distances and cuts, and takes what reads best on one sheet, or what exceeds it
/// least. Whole trees are better than cut ones, and short lines better than long ones.
pub(super) fn best(chart: &Chart) -> Page {
    let whole = cards::plans(chart);
    let mut best: Option<((bool, usize, usize, f64), Page)> = None;
    for limit in LIMITS {
        let (chart, plans) = cut(chart, &whole, limit * (A3.1 - HEADING));
        let depths = depths(&chart, &plans);
        let least = depths.iter().copied().max().unwrap_or(1);
        let most = chart.nodes.len().clamp(least, least.max(MOST_COLUMNS));
        for columns in least..=most {
            for (ease, slack) in SLACKS.into_iter().enumerate() {
                let placed = place(&chart, &plans, &depths, columns, slack);
                let fill = placed.fill();
                let rank = match fill > 1.0 {
                    true => (true, 0, 0, fill),
                    false => (false, chart.roots.len(), ease, fill),
                };
                if best.as_ref().is_none_or(|(least, _)| rank < *least) {
                    let (chart, plans) = (chart.clone(), plans.clone());
                    let page = Page {
                        chart,
                        plans,
                        placed,
                    };
                    best = Some((rank, page));
                }
            }
        }
    }
    best.expect("at least one limit, one column and one distance are tried")
        .1
}

/// Cuts trees so that none is much higher than `limit`: what hangs on a cut stands by itself.
fn cut(chart: &Chart, whole: &[Plan], limit: f64) -> (Chart, Vec<Plan>) {
    let (mut chart, mut plans) = (chart.clone(), whole.to_vec());
    let mut next = 0;
    while let Some(root) = chart.roots.get(next).copied() {
        next += 1;
        let Some(node) = too_low(&plans, root.node, limit) else {
            continue;
        };
        let Some(before) = chart.cut(node) else {
            continue;
        };
        let down = plans[before].down.filter(|down| *down != node);
        plans[before] = cards::plan(&chart, before, down);
        // The same tree may need another cut; one that came to stand behind it has its turn later.
        next = chart.roots.partition_point(|r| r.node < root.node);
    }
    (chart, plans)
}

/// The first step down from `root` that stands, or has something to its right that ends, below
/// `limit`; for the root itself, what makes it so.
fn too_low(plans: &[Plan], root: usize, limit: f64) -> Option<usize> {
    let columns = plans.len().min(MOST_DEPTH);
    let mut sheet = Sheet {
        plans,
        slack: SLACKS[1],
        free: vec![0.0; columns],
        column: Vec::new(),
        y: Vec::new(),
    };
    let (mut node, mut y) = (root, 0.0);
    loop {
        y = sheet.card(node, 0, y);
        let lowest = sheet.free.iter().copied().fold(0.0, f64::max);
        if lowest - CARD_GAP > limit {
            return if node == root {
                plans[root].right.last().map(|(to, _)| *to)
            } else {
                Some(node)
            };
        }
        (node, y) = sheet.below(node, 0, y)?;
    }
}

/// How many columns the tree of each root needs.
fn depths(chart: &Chart, plans: &[Plan]) -> Vec<usize> {
    let mut columns = vec![1; plans.len()];
    for node in (0..plans.len()).rev() {
        let right = plans[node].right.iter().map(|(to, _)| columns[*to] + 1);
        let down = plans[node].down.map(|to| columns[to]);
        columns[node] = right.chain(down).max().unwrap_or(1);
    }
    chart.roots.iter().map(|root| columns[root.node]).collect()
}

/// Places tree after tree, each where it ends highest.
fn place(chart: &Chart, plans: &[Plan], depths: &[usize], columns: usize, slack: f64) -> Placed {
    let mut sheet = Sheet {
        plans,
        slack,
        free: vec![0.0; columns],
        column: vec![0; plans.len()],
        y: vec![0.0; plans.len()],
    };
    for (root, depth) in chart.roots.iter().zip(depths) {
        let start = |sheet: &Sheet<'_>, column: usize| {
            let free = &sheet.free[column..column + depth];
            free.iter().copied().fold(0.0, f64::max) + TAB
        };
        let mut choice = (f64::INFINITY, 0);
        for column in 0..=columns - depth {
            let mut trial = Sheet {
                free: sheet.free.clone(),
                column: Vec::new(),
                y: Vec::new(),
                ..sheet
            };
            let top = start(&trial, column);
            trial.tree(root.node, column, top);
            let bottom = trial.free[column..column + depth].iter().copied();
            let bottom = bottom.fold(0.0, f64::max);
            if bottom < choice.0 {
                choice = (bottom, column);
            }
        }
        let top = start(&sheet, choice.1);
        sheet.tree(root.node, choice.1, top);
    }
    let used = sheet.free.iter().filter(|free| **free > 0.0).count();
    let bottom = sheet.free.iter().copied().fold(0.0, f64::max);
    Placed {
        width: x_of(used) - COLUMN_GAP,
        height: bottom - CARD_GAP,
        column: sheet.column,
        y: sheet.y,
    }
}

struct Sheet<'p> {
    plans: &'p [Plan],
    /// How far below its line a card to the right may stand before the cards on the left wait.
    slack: f64,
    /// Where each column is free from.
    free: Vec<f64>,
    /// Empty when only the room is of interest.
    column: Vec<usize>,
    y: Vec<f64>,
}

impl Sheet<'_> {
    /// Places a step and what hangs on it. Calls itself for what stands to the right, which is at
    /// most half of the tree each time.
    fn tree(&mut self, root: usize, column: usize, from: f64) {
        let mut next = Some((root, self.free[column].max(from)));
        while let Some((node, y)) = next {
            let y = self.card(node, column, y);
            next = self.below(node, column, y);
        }
    }

    /// Places one card and what stands to its right; returns its upper side.
    fn card(&mut self, node: usize, column: usize, y: f64) -> f64 {
        if !self.y.is_empty() {
            self.column[node] = column;
            self.y[node] = y;
        }
        let plan = &self.plans[node];
        self.free[column] = y + plan.height + CARD_GAP;
        for (to, port) in &plan.right {
            self.tree(*to, column + 1, y + port - ENTRY);
        }
        y
    }

    /// The card below `node`, which stands at `y`, and where it comes to stand.
    fn below(&self, node: usize, column: usize, y: f64) -> Option<(usize, f64)> {
        let next = self.plans[node].down?;
        let y = y + self.plans[node].height + DOWN_GAP;
        // Wait until there is room for what stands to its right, or nearly so.
        let forks = !self.plans[next].right.is_empty();
        let room = if forks {
            self.free[column + 1] - self.slack
        } else {
            y
        };
        Some((next, y.max(room)))
    }
}

/// How far below its upper side a line from the left meets a card.
pub(super) const ENTRY: f64 = 11.0;
/// Between cards of a column.
const CARD_GAP: f64 = 16.0;
/// Between a card and the one that continues it: room for an arrow.
const DOWN_GAP: f64 = 15.0;
/// Heading, legend and borders of a sheet.
const HEADING: f64 = 2.0 * MARGIN + 80.0;
/// Distances to try, the easiest to read first.
const SLACKS: [f64; 6] = [0.0, 40.0, 90.0, 160.0, 320.0, f64::INFINITY];
/// How high trees may be, in sheets; the first is no limit.
const LIMITS: [f64; 6] = [f64::INFINITY, 1.0, 0.8, 0.65, 0.5, 0.4];
/// Most columns one tree can take: each halves what is left of 2,000 steps at least.
const MOST_DEPTH: usize = 16;
/// Most columns to try.
const MOST_COLUMNS: usize = 24;
