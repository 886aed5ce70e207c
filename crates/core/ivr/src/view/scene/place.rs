//! Where the cards stand. Trees grow to the right and downwards in columns; whatever comes later in a
//! column stands lower, in every column alike, so that lines keep their order and never meet.

use super::super::chart::Chart;
use super::cards::Plan;
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

/// Tries columns and distances and takes what reads best on one sheet, or what exceeds it least.
pub(super) fn best(chart: &Chart, plans: &[Plan]) -> Placed {
    let depths = depths(chart, plans);
    let least = depths.iter().copied().max().unwrap_or(1);
    let most = chart.nodes.len().clamp(least, least.max(MOST_COLUMNS));
    let mut best: Option<((bool, usize, f64), Placed)> = None;
    for columns in least..=most {
        for (ease, slack) in SLACKS.into_iter().enumerate() {
            let placed = place(chart, plans, &depths, columns, slack);
            let fill = placed.fill();
            let is_large = fill > 1.0;
            let rank = (is_large, if is_large { 0 } else { ease }, fill);
            if best.as_ref().is_none_or(|(least, _)| rank < *least) {
                best = Some((rank, placed));
            }
        }
    }
    best.map_or_else(
        || Placed {
            column: Vec::new(),
            y: Vec::new(),
            width: 0.0,
            height: 0.0,
        },
        |(_, placed)| placed,
    )
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
        let tab = root.why.title().map_or(0.0, |_| TAB);
        let start = |sheet: &Sheet<'_>, column: usize| {
            let free = &sheet.free[column..column + depth];
            free.iter().copied().fold(0.0, f64::max) + tab
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
        let mut y = self.free[column].max(from);
        let mut node = root;
        loop {
            if !self.y.is_empty() {
                self.column[node] = column;
                self.y[node] = y;
            }
            let plan = &self.plans[node];
            let bottom = y + plan.height;
            self.free[column] = bottom + CARD_GAP;
            for (to, port) in &plan.right {
                self.tree(*to, column + 1, y + port - ENTRY);
            }
            let Some(next) = plan.down else { break };
            y = bottom + DOWN_GAP;
            let forks = !self.plans[next].right.is_empty();
            if forks {
                y = y.max(self.free[column + 1] - self.slack);
            }
            node = next;
        }
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
/// Most columns to try.
const MOST_COLUMNS: usize = 24;
