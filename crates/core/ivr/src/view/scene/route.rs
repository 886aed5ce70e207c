//! The lines between cards: straight down, or through the gap between two columns.

use super::super::chart::Chart;
use super::cards::Plan;
use super::place::{ENTRY, Placed, x_of};
use super::{CARD_WIDTH, COLUMN_GAP, Edge};

/// A line through a gap: where it leaves and where it arrives.
struct Crossing {
    from: f64,
    to: f64,
    lane: usize,
}

/// All lines; `origin` is where the first card stands.
pub(super) fn edges(
    chart: &Chart,
    plans: &[Plan],
    placed: &Placed,
    origin: (f64, f64),
) -> Vec<Edge> {
    let columns = placed.column.iter().copied().max().unwrap_or(0) + 1;
    let mut gaps: Vec<Vec<Crossing>> = (0..columns).map(|_| Vec::new()).collect();
    let mut edges = Vec::new();
    for node in 0..chart.nodes.len() {
        let (x, y) = (origin.0 + placed.x(node), origin.1 + placed.y[node]);
        for (to, port) in &plans[node].right {
            gaps[placed.column[node]].push(Crossing {
                from: y + port,
                to: origin.1 + placed.y[*to] + ENTRY,
                lane: 0,
            });
        }
        if let Some(to) = plans[node].down {
            let (x, from) = (x + DOWN_AT, y + plans[node].height);
            edges.push(Edge {
                points: vec![(x, from), (x, origin.1 + placed.y[to])],
            });
        }
    }
    for (column, mut gap) in gaps.into_iter().enumerate() {
        gap.sort_by(|a, b| a.from.total_cmp(&b.from));
        lanes(&mut gap);
        let most = gap.iter().map(|crossing| crossing.lane).max().unwrap_or(0);
        let width =
            (COLUMN_GAP - LEAD - ARROW) / f64::from(u32::try_from(most).unwrap_or(1).max(1));
        let left = origin.0 + x_of(column) + CARD_WIDTH;
        for crossing in gap {
            let lane = f64::from(u32::try_from(crossing.lane).unwrap_or(0));
            let x = left + LEAD + lane * width.min(LANE);
            let right = left + COLUMN_GAP;
            let points = if crossing.from == crossing.to {
                vec![(left, crossing.from), (right, crossing.to)]
            } else {
                let (from, to) = (crossing.from, crossing.to);
                vec![(left, from), (x, from), (x, to), (right, to)]
            };
            edges.push(Edge { points });
        }
    }
    edges
}

/// Gives each line of a gap its lane. Lines run downwards in one order; of two that run beside each
/// other the upper one turns further right, so that they do not meet.
fn lanes(gap: &mut [Crossing]) {
    for i in (0..gap.len()).rev() {
        let reach = gap[i].to;
        let beside = gap[i + 1..].iter().take_while(|next| next.from <= reach);
        gap[i].lane = beside.map(|next| next.lane + 1).max().unwrap_or(0);
    }
}

/// Where the line to the next card leaves, from the card's left side.
const DOWN_AT: f64 = 20.0;
/// From a card to the first lane.
const LEAD: f64 = 7.0;
/// Between lanes, when there is room.
const LANE: f64 = 5.0;
/// Room for the arrow before the next card.
const ARROW: f64 = 9.0;
