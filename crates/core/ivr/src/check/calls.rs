//! Flows that run other flows: arguments and results have the names and types that were declared
//! (R103, R119, R201, R205).

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use rappel_model::FlowName;

use super::Around;
use super::assigned::Assigned;
use crate::draft::{Draft, FlowDraft, Role, Variable};
use crate::expression::Scope;
use crate::step::{Field, FieldValue, Mapping, Onward, Setting, TemplatePart};
use crate::syntax::Reader;
use crate::variables::{Type, Value};
use crate::words;

/// All flows by name.
type Flows<'a> = BTreeMap<&'a FlowName, &'a FlowDraft>;

pub(super) fn check(
    reader: &mut Reader<'_>,
    draft: &FlowDraft,
    assigned: &Assigned,
    flows: &Flows<'_>,
    with: Around<'_>,
) {
    let variables: BTreeMap<String, Type> = draft
        .variables
        .iter()
        .map(|(name, variable)| (name.clone(), variable.kind))
        .collect();
    for (index, step) in draft.steps.iter().enumerate() {
        match step.onward() {
            Onward::Through(name) => {
                let Some(target) = flows.get(name) else {
                    continue;
                };
                let assigned: BTreeSet<String> = assigned.at(index);
                let scope = Scope {
                    variables: &variables,
                    assigned: &assigned,
                    around: with.around,
                };
                arguments(reader, step, target, scope);
                results(reader, draft, step, target);
            }
            Onward::Goto(name) => {
                if let Some(target) = flows.get(name) {
                    let at = step.reading.settings.get("flow");
                    let at = at.map_or_else(|| step.header.clone(), |(_, span)| span.clone());
                    nobody_gives(reader, target, at);
                }
            }
            Onward::Nowhere | Onward::End { .. } | Onward::Back => {}
        }
    }
    if with.uses.iter().any(|line| line.flow == draft.name) {
        nobody_gives(reader, draft, draft.header.clone());
    }
}

/// The arguments of a flow that must be given.
fn required(target: &FlowDraft) -> impl Iterator<Item = &String> {
    let all = target.variables.iter();
    all.filter(|(_, v)| v.role == Role::Argument && v.default.is_none())
        .map(|(name, _)| name)
}

/// A flow that is not run by `flow` gets no arguments.
fn nobody_gives(reader: &mut Reader<'_>, target: &FlowDraft, at: Range<usize>) {
    if let Some(name) = required(target).next() {
        let flow = &target.name;
        let message = words!(
            "nobody gives \"{flow}\" its argument \"{name}\" here",
            "personne ne donne ici à « {flow} » son argument « {name} »"
        );
        let label = words!(
            "run it with do = \"flow\", or give the argument a default",
            "lancez-le avec do = \"flow\", ou donnez à l'argument une valeur par défaut"
        );
        reader.error_label("R119", at, message, label);
    }
}

fn arguments(reader: &mut Reader<'_>, step: &Draft, target: &FlowDraft, scope: Scope<'_>) {
    let flow = &target.name;
    let fields = step.reading.fields("args");
    for field in fields {
        let name = &field.name;
        let declared = target.variables.get(name);
        let Some(variable) = declared.filter(|v| v.role == Role::Argument) else {
            let known = target.variables.iter();
            let known = known.filter(|(_, v)| v.role == Role::Argument);
            let message = words!(
                "\"{flow}\" has no argument \"{name}\"",
                "« {flow} » n'a pas d'argument « {name} »"
            );
            let names = known.map(|(name, _)| name.as_str());
            reader.unknown("R119", field.span.clone(), message, name, names);
            continue;
        };
        argument(reader, field, variable, scope);
    }
    for name in required(target) {
        if !fields.iter().any(|field| field.name == *name) {
            let message = words!(
                "\"{flow}\" needs the argument \"{name}\"",
                "il manque à « {flow} » l'argument « {name} »"
            );
            let label = words!("add args.{name}", "ajoutez args.{name}");
            reader.error_label("R103", step.header.clone(), message, label);
        }
    }
}

fn argument(reader: &mut Reader<'_>, field: &Field, variable: &Variable, scope: Scope<'_>) {
    let kind = variable.kind;
    let found = match &field.value {
        FieldValue::Number(_) => Some(Type::Number),
        FieldValue::YesNo(_) => Some(Type::YesNo),
        FieldValue::Fraction(text) => Value::parse(kind, text).map(|value| value.kind()),
        FieldValue::Template(template) => match template.parts.as_slice() {
            [TemplatePart::Value(expression, start)] => match expression.check(scope) {
                Ok(typed) if typed.may_be_unset && variable.default.is_none() => {
                    let at = template.text.at(*start..template.text.value.len() - 1);
                    let message = words!("this may be unset here", "ceci peut être vide ici");
                    let label = words!(
                        "give a default with \"??\"",
                        "donnez une valeur de repli avec « ?? »"
                    );
                    reader.error_label("R205", at, message, label);
                    return;
                }
                Ok(typed) => Some(typed.kind),
                // Told where expressions are checked.
                Err(_) => return,
            },
            parts => {
                let holes = parts.iter().any(|p| matches!(p, TemplatePart::Value(..)));
                let text = &template.text.value;
                match holes {
                    true => Some(Type::Text),
                    false => Value::parse(kind, text).map(|value| value.kind()),
                }
            }
        },
    };
    if found.is_some_and(|found| found == kind || found.becomes(kind)) {
        return;
    }
    let name = &field.name;
    let message = words!(
        "the argument \"{name}\" is a {kind}",
        "l'argument « {name} » est de type « {kind} »"
    );
    match found {
        Some(found) => {
            let label = words!("this is a {found}", "ceci est de type « {found} »");
            reader.error_label("R201", field.value_span.clone(), message, label);
        }
        None => reader.error("R201", field.value_span.clone(), message),
    }
}

fn results(reader: &mut Reader<'_>, draft: &FlowDraft, step: &Draft, target: &FlowDraft) {
    let flow = &target.name;
    let Some((Setting::Readings(list), _)) = step.reading.settings.get("results") else {
        return;
    };
    for Mapping { variable, word, .. } in list {
        let name = &word.value;
        let declared = target.variables.get(name);
        let Some(result) = declared.filter(|v| v.role == Role::Result) else {
            let known = target.variables.iter();
            let known = known.filter(|(_, v)| v.role == Role::Result);
            let message = words!(
                "\"{flow}\" gives back no \"{name}\"",
                "« {flow} » ne rend pas de « {name} »"
            );
            let names = known.map(|(name, _)| name.as_str());
            reader.unknown("R119", word.span.clone(), message, name, names);
            continue;
        };
        let Some(own) = draft.variables.get(variable) else {
            continue;
        };
        let (given, taken) = (result.kind, own.kind);
        if given != taken && !given.becomes(taken) {
            let message = words!(
                "the result \"{name}\" is a {given}, and \"{variable}\" a {taken}",
                "le résultat « {name} » est de type « {given} », et « {variable} » de type « {taken} »"
            );
            reader.error("R201", word.span.clone(), message);
        }
    }
}
