//! A chart as indented text with references back.

use super::chart::{Chart, Exit, To};

/// Draws the chart as text: a tree per line of steps, each step once; a way to a step that stands
/// elsewhere names its number.
pub fn tree(chart: &Chart) -> String {
    let mut text = format!("{}\n", chart.title);
    if let Some(node) = chart.on_error {
        let why = super::chart::Why::Error.title();
        let why = why.map_or("", |help| help.in_lang(chart.lang));
        text.push_str(&format!("{why} → {}\n", named(chart, node)));
    }
    for root in &chart.roots {
        text.push('\n');
        text.push_str(&format!("{}\n", chart.heading(*root)));
        text.push_str(&format!("● {}\n", described(chart, root.node)));
        branches(chart, root.node, &mut text);
    }
    text
}

/// The ways out of a step and what follows them. Depth is kept on a stack of ours: a flow of 2,000
/// steps may be one long line.
fn branches(chart: &Chart, root: usize, text: &mut String) {
    let mut open: Vec<(String, std::slice::Iter<'_, Exit>)> =
        vec![(String::new(), chart.nodes[root].exits.iter())];
    while let Some((indent, exits)) = open.last_mut() {
        let Some(exit) = exits.next() else {
            open.pop();
            continue;
        };
        let is_last = exits.len() == 0;
        let label = if exit.label.is_empty() {
            String::new()
        } else {
            format!("{} ", exit.label)
        };
        let fork = if is_last { "└─" } else { "├─" };
        let indent = indent.clone();
        text.push_str(&format!("{indent}{fork} {label}→ "));
        match &exit.to {
            To::Node(to) if exit.is_branch => {
                text.push_str(&format!("{}\n", described(chart, *to)));
                // What follows the last exit needs no line beside it, and little room: long chains
                // stay on the page.
                let deeper = if is_last { "   " } else { "│  " };
                let deeper = if indent.chars().count() < DEEPEST {
                    format!("{indent}{deeper}")
                } else {
                    indent
                };
                open.push((deeper, chart.nodes[*to].exits.iter()));
            }
            To::Node(to) => text.push_str(&format!("({})\n", named(chart, *to))),
            To::End => text.push_str(&format!("{}\n", chart.end_of_call())),
            To::Missing(name) => text.push_str(&format!("\"{name}\" ?\n")),
        }
    }
}

fn named(chart: &Chart, node: usize) -> String {
    let node = &chart.nodes[node];
    format!("{} {}", node.number, node.title)
}

fn described(chart: &Chart, node: usize) -> String {
    format!("{} · {}", named(chart, node), chart.nodes[node].detail)
}

/// Deepest indentation, in characters: what is deeper stays at this column.
const DEEPEST: usize = 90;
