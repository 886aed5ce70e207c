//! A flow as its file writes it: each step with its keys. Order and layout are gone, so that what is
//! left is what a caller may notice.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

/// One flow.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outline {
    /// Keys of `[flow]`, `[vars]`, `[args]` and `[results]`: `flow.start`.
    pub head: BTreeMap<String, String>,
    /// Keys of each step: `do`, `next`, `press.1`, `on.closed`.
    pub steps: BTreeMap<String, BTreeMap<String, String>>,
}

impl Outline {
    /// The outline of a flow that was checked; what is not TOML has none.
    pub(super) fn of(text: &str) -> Self {
        let mut outline = Self::default();
        let Ok(root) = DeTable::parse(text) else {
            return outline;
        };
        for (name, value) in root.get_ref() {
            let name: &str = name.get_ref();
            let (DeValue::Table(table), "step") = (value.get_ref(), name) else {
                flatten(name, value.get_ref(), &mut outline.head);
                continue;
            };
            for (step, value) in table {
                let mut keys = BTreeMap::new();
                if let DeValue::Table(table) = value.get_ref() {
                    for (key, value) in table {
                        flatten(key.get_ref(), value.get_ref(), &mut keys);
                    }
                }
                // A note for colleagues changes nothing for callers.
                keys.remove("note");
                outline.steps.insert(step.get_ref().to_string(), keys);
            }
        }
        outline
    }
}

/// Writes the keys of a table one by one: `press.1`, `case.2.then`.
fn flatten(path: &str, value: &DeValue<'_>, keys: &mut BTreeMap<String, String>) {
    match value {
        DeValue::Table(table) => {
            for (key, value) in table {
                let key: &str = key.get_ref();
                flatten(&format!("{path}.{key}"), value.get_ref(), keys);
            }
        }
        DeValue::Array(list) => {
            let plain: Option<Vec<&str>> = list.iter().map(|v| v.get_ref().as_str()).collect();
            if let Some(texts) = plain {
                keys.insert(path.to_owned(), texts.join(", "));
                return;
            }
            for (index, value) in list.iter().enumerate() {
                flatten(&format!("{path}.{}", index + 1), value.get_ref(), keys);
            }
        }
        DeValue::String(text) => {
            keys.insert(path.to_owned(), text.to_string());
        }
        DeValue::Integer(number) => {
            keys.insert(path.to_owned(), number.as_str().to_owned());
        }
        DeValue::Float(number) => {
            keys.insert(path.to_owned(), number.as_str().to_owned());
        }
        DeValue::Boolean(yes) => {
            keys.insert(path.to_owned(), yes.to_string());
        }
        DeValue::Datetime(moment) => {
            keys.insert(path.to_owned(), moment.to_string());
        }
    }
}
