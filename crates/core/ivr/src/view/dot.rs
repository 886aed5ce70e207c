//! A chart in the language of Graphviz.

use super::chart::{Chart, To};
use super::group::Group;

/// Writes the chart as DOT, for tools that draw it their own way.
pub fn dot(chart: &Chart) -> String {
    let mut text = String::from("digraph flow {\n  rankdir=TB;\n");
    text.push_str("  node [fontname=\"Helvetica\", fontsize=10, style=filled];\n");
    text.push_str("  edge [fontname=\"Helvetica\", fontsize=9];\n");
    text.push_str(&format!(
        "  label={};\n  labelloc=t;\n",
        quoted(&chart.title)
    ));
    for node in &chart.nodes {
        let (shape, fill) = look(node.group);
        let label = quoted(&format!("{} {}\n{}", node.number, node.title, node.detail));
        let name = quoted(&node.name);
        text.push_str(&format!(
            "  {name} [label={label}, shape={shape}, fillcolor=\"{fill}\"];\n"
        ));
    }
    for root in &chart.roots {
        if let Some(title) = root.why.title() {
            let name = quoted(&format!("({})", title.in_lang(chart.lang)));
            let node = quoted(&chart.nodes[root.node].name);
            text.push_str(&format!("  {name} [shape=plaintext, style=\"\"];\n"));
            text.push_str(&format!("  {name} -> {node};\n"));
        }
    }
    let mut ends = false;
    for node in &chart.nodes {
        for exit in &node.exits {
            let to = match &exit.to {
                To::Node(to) => quoted(&chart.nodes[*to].name),
                To::End => {
                    ends = true;
                    END.to_owned()
                }
                To::Missing(name) => quoted(name),
            };
            let (from, label) = (quoted(&node.name), quoted(&exit.label));
            text.push_str(&format!("  {from} -> {to} [label={label}];\n"));
        }
    }
    if ends {
        let label = quoted(chart.end_of_call());
        text.push_str(&format!(
            "  {END} [label={label}, shape=doublecircle, style=\"\"];\n"
        ));
    }
    text.push_str("}\n");
    text
}

fn look(group: Group) -> (&'static str, &'static str) {
    match group {
        Group::Call => ("oval", "#eceff1"),
        Group::Talk => ("box", "#e3f2fd"),
        Group::Decide => ("hexagon", "#fff8e1"),
        Group::People => ("box3d", "#e8f5e9"),
        Group::Leave => ("note", "#f3e5f5"),
        Group::Mark => ("tab", "#fafafa"),
    }
}

/// A text of DOT: in quotes, line breaks as `\n`.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            c if c.is_control() => {}
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// The node of the end: no step can have this name.
const END: &str = "\"■\"";
