//! Flows and their steps: where a call goes elsewhere, what it hears instead.

use std::collections::BTreeMap;
use std::sync::Arc;

use rappel_ivr::{Words, words};

use super::outline::Outline;
use super::{Difference, Subject, Told, arrow, differences, in_short};
use crate::version::Version;

/// Flows added, removed and changed, step by step.
pub(super) fn flows(old: &Version, new: &Version, told: &mut Told) {
    let what = words!("flow", "flux");
    let texts = |version: &Version| -> BTreeMap<String, Arc<str>> {
        let texts = version.flow_texts.iter();
        texts
            .map(|(name, text)| (name.to_string(), Arc::clone(text)))
            .collect()
    };
    let (before, after) = (texts(old), texts(new));
    for (name, difference) in differences(&before, &after) {
        match difference {
            Difference::Changed(old, new) => {
                steps(name, &Outline::of(old), &Outline::of(new), told);
            }
            _ => told.push(Subject::Flows, in_short(&what, name, &difference)),
        }
    }
}

fn steps(flow: &str, old: &Outline, new: &Outline, told: &mut Told) {
    for (key, difference) in differences(&old.head, &new.head) {
        let shown = match difference {
            Difference::Added(new) => arrow(None, Some(new)),
            Difference::Removed(old) => arrow(Some(old), None),
            Difference::Changed(old, new) => arrow(Some(old), Some(new)),
        };
        let key = key.strip_prefix("flow.").unwrap_or(key);
        told.push(
            Subject::Flows,
            words!(
                "flow \"{flow}\": {key}: {shown}",
                "flux « {flow} » : {key} : {shown}"
            ),
        );
    }
    let what = words!("flow \"{flow}\", step", "flux « {flow} », étape");
    for (name, difference) in differences(&old.steps, &new.steps) {
        match difference {
            Difference::Changed(old, new) => {
                for (key, difference) in differences(old, new) {
                    let (was, is) = match difference {
                        Difference::Added(new) => (None, Some(new.as_str())),
                        Difference::Removed(old) => (Some(old.as_str()), None),
                        Difference::Changed(old, new) => (Some(old.as_str()), Some(new.as_str())),
                    };
                    let happens = key_words(key);
                    let shown = arrow(was, is);
                    told.push(
                        Subject::Flows,
                        words!(
                            [what, happens] "{what} \"{name}\": {happens}: {shown}",
                            "{what} « {name} » : {happens} : {shown}"
                        ),
                    );
                }
            }
            _ => told.push(Subject::Flows, in_short(&what, name, &difference)),
        }
    }
}

/// What a key of a step is about, for people.
fn key_words(key: &str) -> Words {
    if let Some(pressed) = key.strip_prefix("press.") {
        return words!("key {pressed} leads to", "la touche {pressed} mène à");
    }
    if let Some(outcome) = key.strip_prefix("on.") {
        return words!("on \"{outcome}\" it leads to", "si « {outcome} », mène à");
    }
    match key {
        "next" => words!("it leads to", "mène à"),
        "else" => words!("otherwise it leads to", "sinon, mène à"),
        "do" => words!("it does", "fait"),
        "prompt" => words!("it says", "dit"),
        "short" => words!(
            "from the second time it says",
            "dit, à partir de la deuxième fois"
        ),
        "no_input" => words!("when nothing comes it says", "dit, si rien ne vient"),
        "no_match" => words!(
            "when another key comes it says",
            "dit, si une autre touche vient"
        ),
        "if" => words!("only if", "seulement si"),
        _ if key.starts_with("case.") && key.ends_with(".then") => {
            let number = key.trim_start_matches("case.").trim_end_matches(".then");
            words!("case {number} leads to", "le cas {number} mène à")
        }
        _ => Words::same(key),
    }
}
