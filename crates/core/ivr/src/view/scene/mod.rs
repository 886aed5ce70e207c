//! A chart laid out on paper: cards, labels and lines with their places, in points (1/72 inch).
//!
//! Every step is a card that lists its ways out. A way that the tree follows is a line, to the right
//! or straight down; any other names the number of its step inside the card. So lines never meet
//! each other, and what is written is always inside a card: nothing can cross it.

mod cards;
mod metrics;
mod place;
mod route;

use super::chart::Chart;
use super::group::Group;

/// A drawing. The origin is the upper left corner, y grows downwards.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// Its width in points.
    pub width: f64,
    /// Its height in points.
    pub height: f64,
    /// The steps.
    pub cards: Vec<Card>,
    /// All that is written.
    pub labels: Vec<Label>,
    /// The lines between cards.
    pub edges: Vec<Edge>,
    /// The title of the flow.
    pub title: String,
}

/// A rectangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// Left side.
    pub x: f64,
    /// Upper side.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

/// A box drawn in the manner of a group of verbs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Card {
    /// Where.
    pub rect: Rect,
    /// Decides shape and colours.
    pub group: Group,
    /// Height of the coloured head.
    pub head: f64,
    /// The first step, drawn with a strong border.
    pub is_start: bool,
    /// A step without any way out: calls end here.
    pub is_end: bool,
}

/// One line of text.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// The space it takes at most, whatever sans-serif font is found.
    pub rect: Rect,
    /// The text.
    pub text: String,
    /// Size of the font in points.
    pub size: f64,
    /// How it is written.
    pub tone: Tone,
}

/// How a label is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Titles.
    Strong,
    /// What a card lists.
    Plain,
    /// References to other steps.
    Reference,
    /// Verbs and remarks.
    Faint,
}

impl Tone {
    /// Whether it is written in bold letters.
    pub const fn is_bold(self) -> bool {
        matches!(self, Self::Strong | Self::Reference)
    }
}

/// A line that ends in an arrow.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    /// Its corners.
    pub points: Vec<(f64, f64)>,
}

impl Rect {
    /// Whether the two share more than a border.
    pub fn overlaps(&self, other: &Self) -> bool {
        let apart_x = self.x + self.w <= other.x || other.x + other.w <= self.x;
        let apart_y = self.y + self.h <= other.y || other.y + other.h <= self.y;
        !apart_x && !apart_y
    }

    /// Whether `other` lies inside, borders included.
    pub fn holds(&self, other: &Self) -> bool {
        let in_x = self.x <= other.x && other.x + other.w <= self.x + self.w;
        let in_y = self.y <= other.y && other.y + other.h <= self.y + self.h;
        in_x && in_y
    }
}

impl Scene {
    /// Lays out a chart: on one sheet of A3 at its natural size where that is possible, on a larger
    /// one of the same shape otherwise.
    pub fn new(chart: &Chart) -> Self {
        let place::Page {
            chart,
            plans,
            placed,
        } = place::best(chart);
        let chart = &chart;
        let mut scene = Self {
            width: placed.width + 2.0 * MARGIN,
            height: 0.0,
            cards: Vec::new(),
            labels: Vec::new(),
            edges: Vec::new(),
            title: chart.title.clone(),
        };
        let top = scene.heading(chart);
        for (node, plan) in plans.iter().enumerate() {
            let (x, y) = (MARGIN + placed.x(node), top + placed.y[node]);
            let rect = Rect {
                x,
                y,
                w: CARD_WIDTH,
                h: plan.height,
            };
            scene.cards.push(Card {
                rect,
                group: chart.nodes[node].group,
                head: plan.head,
                is_start: chart.roots.first().is_some_and(|root| root.node == node),
                is_end: chart.nodes[node].exits.is_empty(),
            });
            for line in &plan.lines {
                scene.write(x + line.x, y + line.y, &line.text, line.size, line.tone);
            }
        }
        for root in &chart.roots {
            let (x, y) = (MARGIN + placed.x(root.node), top + placed.y[root.node]);
            let tone = root.why.title().map_or(Tone::Faint, |_| Tone::Strong);
            let text = tab(&chart.heading(*root), tone);
            scene.write(x + 2.0, y - TAB, &text, TEXT, tone);
        }
        scene.edges = route::edges(chart, &plans, &placed, (MARGIN, top));
        scene.legend(chart, top + placed.height);
        scene
    }

    /// The title, and where failed steps lead; returns where the cards begin.
    fn heading(&mut self, chart: &Chart) -> f64 {
        let room = self.width.max(LEAST_WIDTH) - 2.0 * MARGIN;
        self.width = room + 2.0 * MARGIN;
        let title = metrics::shortened(&chart.title, TITLE, true, room);
        self.write(MARGIN, MARGIN, &title, TITLE, Tone::Strong);
        let Some(node) = chart.on_error else {
            return MARGIN + TITLE * 2.0;
        };
        let node = &chart.nodes[node];
        let why = super::chart::Why::Error.title();
        let why = why.map_or("", |help| help.in_lang(chart.lang));
        let remark = format!("{why} → {} {}", node.number, node.title);
        let remark = metrics::shortened(&remark, TEXT, false, room);
        self.write(MARGIN, MARGIN + TITLE * 1.4, &remark, TEXT, Tone::Faint);
        MARGIN + TITLE * 1.4 + TEXT * 2.5
    }

    /// The groups that occur, with their colours, below the cards.
    fn legend(&mut self, chart: &Chart, below: f64) {
        let (mut x, mut y) = (MARGIN, below + LEGEND_GAP);
        for group in Group::ALL {
            if chart.nodes.iter().all(|node| node.group != group) {
                continue;
            }
            let text = group.title().in_lang(chart.lang);
            let width = SWATCH + 5.0 + metrics::width(text, TEXT, false);
            if x > MARGIN && x + width > self.width - MARGIN {
                (x, y) = (MARGIN, y + LINE * 1.6);
            }
            let rect = Rect {
                x,
                y,
                w: SWATCH,
                h: LINE,
            };
            self.cards.push(Card {
                rect,
                group,
                head: LINE,
                is_start: false,
                is_end: false,
            });
            self.write(x + SWATCH + 5.0, y, text, TEXT, Tone::Faint);
            x += width + 16.0;
        }
        self.height = y + LINE + MARGIN;
    }

    fn write(&mut self, x: f64, y: f64, text: &str, size: f64, tone: Tone) {
        let rect = Rect {
            x,
            y,
            w: metrics::width(text, size, tone.is_bold()),
            h: size * 1.2,
        };
        self.labels.push(Label {
            rect,
            text: text.to_owned(),
            size,
            tone,
        });
    }
}

/// The words above a card; of numbers that do not fit the last ones are left out.
fn tab(text: &str, tone: Tone) -> String {
    let room = CARD_WIDTH - 4.0;
    let fits = |text: &str| metrics::width(text, TEXT, tone.is_bold()) <= room;
    let mut kept = text.to_owned();
    while !fits(&kept) {
        match kept.trim_end_matches(" …").rfind(", ") {
            Some(at) => kept = format!("{}, …", &kept[..at]),
            None => return metrics::shortened(text, TEXT, tone.is_bold(), room),
        }
    }
    kept
}

/// A sheet of A3, landscape, in points.
pub const A3: (f64, f64) = (420.0 / 25.4 * 72.0, 297.0 / 25.4 * 72.0);
/// Blank border of the sheet; printers leave one.
const MARGIN: f64 = 20.0;
/// Width of a card.
const CARD_WIDTH: f64 = 136.0;
/// Between columns of cards: room for the lines.
const COLUMN_GAP: f64 = 30.0;
/// Size of what cards list; nothing is smaller.
const TEXT: f64 = 8.0;
/// Size of the titles of cards.
const STRONG: f64 = 9.0;
/// Size of the title of the flow.
const TITLE: f64 = 14.0;
/// Height of a line of a card.
const LINE: f64 = 10.5;
/// Room for the words above the first card of a tree.
const TAB: f64 = 12.0;
const SWATCH: f64 = 22.0;
const LEGEND_GAP: f64 = 18.0;
/// Narrowest drawing: its title needs some room.
const LEAST_WIDTH: f64 = 300.0;

#[cfg(test)]
mod tests;
