//! `flow`: run another flow and come back.

use std::sync::Arc;

use rappel_model::FlowName;

use super::{
    Answers, Arguments, Called, Facts, Field, FieldValue, Key, Kind, Mapping, Onward, Presence,
    Step, Template, TemplatePart, Turn, Verb, Voice, Work,
};
use crate::engine::Desk;
use crate::variables::{Type, Value};
use crate::words::Help;

/// `flow`.
pub(super) const VERB: Verb = Verb {
    name: "flow",
    keys: &[
        Key::required("flow", Kind::Flow, "the flow to run").fr("le flux à suivre"),
        Key::new(
            "args",
            Kind::Fields,
            None,
            "args.NAME: a value for each argument of that flow",
        )
        .fr("args.NOM : une valeur pour chaque argument de ce flux"),
        Key::new(
            "results",
            Kind::Readings,
            None,
            "results.VARIABLE = \"NAME\": receives what that flow gives back",
        )
        .fr("results.VARIABLE = \"NOM\" : reçoit ce que ce flux rend"),
    ],
    outcomes: &[],
    next: Presence::Required,
    press: Presence::None,
    answers: Answers::No,
    after_hangup: true,
    waits: false,
    voice: Voice::Quiet,
    internal: false,
    help: Help {
        en: "Runs another flow, which has variables of its own, and comes back.",
        fr: "Suit un autre flux, qui a ses propres variables, puis revient.",
    },
    example: r#"do = "flow"
flow = "choisir-langue"
args.client = "{caller.number}"
next = "accueil""#,
    served: true,
    read: |keys| {
        Ok(Arc::new(Run {
            flow: FlowName::from(keys.name("flow").unwrap_or_default()),
            arguments: keys.fields("args").to_vec(),
            results: keys.readings("results").to_vec(),
        }))
    },
};

#[derive(Clone, Debug)]
struct Run {
    flow: FlowName,
    arguments: Vec<Field>,
    results: Vec<Mapping>,
}

impl Step for Run {
    fn resets(&self) -> Vec<&str> {
        let results = self.results.iter();
        results.map(|each| each.variable.as_str()).collect()
    }

    fn facts(&self) -> Facts<'_> {
        Facts {
            onward: Onward::Through(&self.flow),
            ..Facts::default()
        }
    }

    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        Box::new((*self).clone())
    }
}

impl Work for Run {
    fn enter(&mut self, desk: &mut Desk<'_>) -> Turn {
        let flows = Arc::clone(&desk.state.flows);
        let Some(target) = flows.flow(&self.flow) else {
            return Turn::Fail("no_flow");
        };
        let mut arguments = Vec::with_capacity(self.arguments.len());
        for field in &self.arguments {
            let Some(variable) = target.variables.get(&field.name) else {
                return Turn::Fail("wrong_type");
            };
            match value_of(desk, &field.value, variable.kind) {
                Ok(Some((value, secret))) => {
                    arguments.push((field.name.clone(), value, secret));
                }
                Ok(None) if variable.default.is_some() => {}
                Ok(None) => return Turn::Fail("unset"),
                Err(turn) => return turn,
            }
        }
        let results = self.results.iter();
        Turn::Call(Called {
            flow: self.flow.clone(),
            arguments: Arguments(arguments),
            results: results
                .map(|each| (each.variable.clone(), each.word.value.clone()))
                .collect(),
        })
    }
}

/// What an argument of type `kind` is given, and whether that is a secret; nothing for a hole without
/// a value.
fn value_of(
    desk: &Desk<'_>,
    given: &FieldValue,
    kind: Type,
) -> Result<Option<(Value, bool)>, Turn> {
    let template = match given {
        FieldValue::Number(number) => return fits(Value::Number(*number), kind, false),
        FieldValue::YesNo(yes) => return fits(Value::YesNo(*yes), kind, false),
        FieldValue::Fraction(number) => &Template::plain(number),
        FieldValue::Template(template) => template,
    };
    if let [TemplatePart::Value(expression, _)] = template.parts.as_slice() {
        let secret = desk.state.values.is_secret(expression);
        return match desk.evaluate_if_set(expression)? {
            Some(value) => fits(value, kind, secret),
            None => Ok(None),
        };
    }
    let text = desk.write(template);
    match Value::parse(kind, &text) {
        Some(value) => Ok(Some((value, false))),
        None => Err(Turn::Fail("wrong_type")),
    }
}

fn fits(value: Value, kind: Type, secret: bool) -> Result<Option<(Value, bool)>, Turn> {
    match value.convert(kind) {
        Some(value) => Ok(Some((value, secret))),
        None => Err(Turn::Fail("wrong_type")),
    }
}
