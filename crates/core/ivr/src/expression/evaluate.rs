//! What an expression yields now.

use std::time::Duration;

use jiff::civil::Date;
use rappel_model::Timestamp;

use super::function::FUNCTIONS;
use super::{Expression, Kind, Node, Operator};
use crate::variables::{Type, Value};

/// Where names get their values.
pub(crate) trait Lookup {
    /// The value of a name; `None` when it is unset.
    fn value(&self, name: &str) -> Option<Value>;
    /// Wall time.
    fn now(&self) -> Timestamp;
    /// The day it is for the tenant.
    fn today(&self) -> Date;
}

/// A value was needed where there is none. The checker proves that this happens only when what
/// surrounds a flow has changed since it was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unset;

impl Expression {
    /// The value; `Ok(None)` when the whole expression is a name without one.
    pub(crate) fn evaluate(&self, world: &dyn Lookup) -> Result<Option<Value>, Unset> {
        self.root.evaluate(world)
    }

    /// Whether it is true.
    pub(crate) fn holds(&self, world: &dyn Lookup) -> Result<bool, Unset> {
        match self.evaluate(world)? {
            Some(Value::YesNo(yes)) => Ok(yes),
            _ => Err(Unset),
        }
    }
}

impl Node {
    fn evaluate(&self, world: &dyn Lookup) -> Result<Option<Value>, Unset> {
        Ok(Some(match &self.kind {
            Kind::Literal(value) => value.clone(),
            Kind::Name(name) => return Ok(world.value(name)),
            Kind::List(items) => Value::List(needed(items, world)?),
            Kind::Call(name, arguments) => call(name, arguments, world)?,
            Kind::IsSet(inner, set) => Value::YesNo(inner.evaluate(world)?.is_some() == *set),
            Kind::Not(inner) => Value::YesNo(!inner.truth(world)?),
            Kind::Pair(Operator::And, left, right) => {
                Value::YesNo(left.truth(world)? && right.truth(world)?)
            }
            Kind::Pair(Operator::Or, left, right) => {
                Value::YesNo(left.truth(world)? || right.truth(world)?)
            }
            Kind::Pair(Operator::Otherwise, left, right) => match left.evaluate(world)? {
                Some(value) => value,
                None => return right.evaluate(world),
            },
            Kind::Pair(operator, left, right) => {
                let left = left.evaluate(world)?.ok_or(Unset)?;
                let right = right.evaluate(world)?.ok_or(Unset)?;
                join(*operator, left, right)?
            }
        }))
    }

    fn truth(&self, world: &dyn Lookup) -> Result<bool, Unset> {
        match self.evaluate(world)? {
            Some(Value::YesNo(yes)) => Ok(yes),
            _ => Err(Unset),
        }
    }
}

fn needed(items: &[Node], world: &dyn Lookup) -> Result<Vec<Value>, Unset> {
    items
        .iter()
        .map(|item| item.evaluate(world)?.ok_or(Unset))
        .collect()
}

fn call(name: &str, arguments: &[Node], world: &dyn Lookup) -> Result<Value, Unset> {
    if let (
        "open" | "next_open",
        [
            Node {
                kind: Kind::Name(calendar),
                ..
            },
        ],
    ) = (name, arguments)
    {
        let value = |what: &str| world.value(&format!("{calendar}.{what}")).ok_or(Unset);
        return match name {
            "open" => Ok(Value::YesNo(
                value("state")? == Value::Text("open".to_owned()),
            )),
            _ => value("next_open"),
        };
    }
    if let ("is_hidden", [argument]) = (name, arguments) {
        return Ok(Value::YesNo(argument.evaluate(world)?.is_none()));
    }
    let function = FUNCTIONS.iter().find(|f| f.name == name).ok_or(Unset)?;
    (function.work)(&needed(arguments, world)?, world)
}

fn join(operator: Operator, left: Value, right: Value) -> Result<Value, Unset> {
    let left = beside(left, right.kind());
    let kind = left.kind();
    let right = beside(right, kind);
    let yes = match operator {
        Operator::Plus | Operator::Minus => return arithmetic(operator, left, right),
        Operator::Equal => same(&left, &right),
        Operator::Unequal => !same(&left, &right),
        Operator::In => match right {
            Value::List(items) => items
                .into_iter()
                .any(|item| same(&left, &beside(item, kind))),
            _ => return Err(Unset),
        },
        Operator::StartsWith => left.to_string().starts_with(&right.to_string()),
        _ => {
            let order = order(&left, &right).ok_or(Unset)?;
            match operator {
                Operator::Less => order.is_lt(),
                Operator::LessOrEqual => order.is_le(),
                Operator::Greater => order.is_gt(),
                _ => order.is_ge(),
            }
        }
    };
    Ok(Value::YesNo(yes))
}

/// A text beside an amount of money is the amount it writes, as the checker has seen.
fn beside(value: Value, other: Type) -> Value {
    match (&value, other) {
        (Value::Text(text), Type::Money) => Value::parse(other, text).unwrap_or(value),
        _ => value,
    }
}

/// Texts, telephone numbers and languages are compared as written.
fn same(left: &Value, right: &Value) -> bool {
    if left.kind() == right.kind() {
        left == right
    } else {
        left.kind().compares_with(right.kind()) && left.to_string() == right.to_string()
    }
}

fn order(left: &Value, right: &Value) -> Option<std::cmp::Ordering> {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => Some(a.cmp(b)),
        (Value::Duration(a), Value::Duration(b)) => Some(a.cmp(b)),
        (Value::Time(a), Value::Time(b)) => Some(a.cmp(b)),
        (Value::Date(a), Value::Date(b)) => Some(a.cmp(b)),
        (Value::Moment(a), Value::Moment(b)) => Some(a.cmp(b)),
        // Amounts of two currencies cannot be compared; the order of currencies is at least one.
        (Value::Money(a), Value::Money(b)) => {
            Some((a.currency, a.cents).cmp(&(b.currency, b.cents)))
        }
        _ => None,
    }
}

/// Sums that leave the range stay at its end; lengths of time never go below zero.
fn arithmetic(operator: Operator, left: Value, right: Value) -> Result<Value, Unset> {
    let plus = operator == Operator::Plus;
    Ok(match (left, right) {
        (Value::Number(a), Value::Number(b)) if plus => Value::Number(a.saturating_add(b)),
        (Value::Number(a), Value::Number(b)) => Value::Number(a.saturating_sub(b)),
        (Value::Duration(a), Value::Duration(b)) if plus => Value::Duration(a.saturating_add(b)),
        (Value::Duration(a), Value::Duration(b)) => Value::Duration(a.saturating_sub(b)),
        (Value::Moment(a), Value::Duration(b)) if plus => Value::Moment(a + b),
        (Value::Moment(a), Value::Duration(b)) => Value::Moment(back(a, b)),
        (Value::Date(a), Value::Duration(b)) => Value::Date(days(a, b, plus)),
        (Value::Moment(a), Value::Moment(b)) if !plus => Value::Duration(a.since(b)),
        (Value::Text(a), Value::Text(b)) if plus => text(a, &b)?,
        _ => return Err(Unset),
    })
}

/// As many whole days later or earlier as a length of time has; the calendar's ends hold.
fn days(from: Date, length: Duration, later: bool) -> Date {
    let days = i64::try_from(length.as_secs() / 86_400).unwrap_or(i64::MAX);
    let span = jiff::Span::new().try_days(days).unwrap_or_default();
    if later {
        from.saturating_add(span)
    } else {
        from.saturating_sub(span)
    }
}

fn back(from: Timestamp, length: Duration) -> Timestamp {
    let micros = i64::try_from(length.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(from.as_micros().saturating_sub(micros))
}

/// A text that doubles in a loop must not eat the memory.
fn text(mut left: String, right: &str) -> Result<Value, Unset> {
    if left.len() + right.len() > MAX_TEXT {
        return Err(Unset);
    }
    left.push_str(right);
    Ok(Value::Text(left))
}

/// Longest text an expression may build, in bytes.
const MAX_TEXT: usize = 4096;
