//! `set`: give variables values.

use std::sync::Arc;

use super::{Answers, Fault, Key, Kind, Presence, Reading, Step, Turn, Verb, Voice, Work};
use crate::engine::Desk;
use crate::expression::Expression;
use crate::variables::Type;
use crate::words::Help;

/// `set`.
pub(super) const VERB: Verb = Verb {
    name: "set",
    keys: &[Key::required(
        "set",
        Kind::Assignments,
        "set.NAME = \"expression\"; several allowed",
    )
    .fr("set.NOM = \"expression\" ; plusieurs sont permis")],
    outcomes: &[],
    next: Presence::Required,
    press: Presence::None,
    answers: Answers::No,
    after_hangup: true,
    waits: false,
    voice: Voice::Quiet,
    internal: false,
    help: Help {
        en: "Gives variables values, in the order written.",
        fr: "Donne des valeurs à des variables, dans l'ordre écrit.",
    },
    example: r#"do = "set"
set.essais = "essais + 1"
next = "fin""#,
    served: true,
    read,
};

#[derive(Clone, Debug)]
struct Set {
    assignments: Vec<(String, Type, Expression)>,
}

fn read(keys: &Reading) -> Result<Arc<dyn Step>, Fault> {
    let list = keys.assignments("set").into_iter();
    // An unknown variable is told where names are checked.
    let typed = list.filter_map(|(name, expression)| {
        let kind = *keys.variables.get(&name)?;
        Some((name, kind, expression))
    });
    Ok(Arc::new(Set {
        assignments: typed.collect(),
    }))
}

impl Step for Set {
    fn gives(&self, _: &str) -> Vec<&str> {
        self.assignments
            .iter()
            .map(|(name, ..)| name.as_str())
            .collect()
    }

    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        Box::new((*self).clone())
    }
}

impl Work for Set {
    fn enter(&mut self, desk: &mut Desk<'_>) -> Turn {
        for (name, kind, expression) in &self.assignments {
            let value = match desk.evaluate(expression) {
                Ok(value) => value,
                Err(turn) => return turn,
            };
            let Some(value) = value.convert(*kind) else {
                return Turn::Fail("wrong_type");
            };
            if desk.state.values.is_secret(expression) {
                desk.state.values.set_secret(name, value);
            } else {
                desk.state.values.set(name, value);
            }
        }
        Turn::NEXT
    }
}
