//! The functions of expressions: what they take, what they give, how they work.

use std::time::Duration;

use rappel_model::numbering::is_mobile;
use rappel_model::{Country, PhoneNumber};

use super::evaluate::{Lookup, Unset};
use crate::step::bucket;
use crate::variables::{Type, Value};

/// One function.
pub(super) struct Function {
    pub(super) name: &'static str,
    /// Types of its arguments; `None` takes a number or a duration, all alike.
    pub(super) takes: &'static [Option<Type>],
    /// True when the last argument may repeat.
    pub(super) repeats: bool,
    /// What it gives; `None` gives what it took.
    pub(super) gives: Option<Type>,
    pub(super) work: fn(&[Value], &dyn Lookup) -> Result<Value, Unset>,
}

const TEXT: Option<Type> = Some(Type::Text);
const NUMBER: Option<Type> = Some(Type::Number);
const PHONE: Option<Type> = Some(Type::Phone);
const DATE: Option<Type> = Some(Type::Date);

/// `open`, `next_open` and `is_hidden` read names, not values: see `check.rs` and `evaluate.rs`.
pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "min",
        takes: &[None, None],
        repeats: true,
        gives: None,
        work: |v, _| Ok(pick(v, false)),
    },
    Function {
        name: "max",
        takes: &[None, None],
        repeats: true,
        gives: None,
        work: |v, _| Ok(pick(v, true)),
    },
    Function {
        name: "upper",
        takes: &[TEXT],
        repeats: false,
        gives: TEXT,
        work: |v, _| Ok(Value::Text(v[0].to_string().to_uppercase())),
    },
    Function {
        name: "lower",
        takes: &[TEXT],
        repeats: false,
        gives: TEXT,
        work: |v, _| Ok(Value::Text(v[0].to_string().to_lowercase())),
    },
    Function {
        name: "length",
        takes: &[TEXT],
        repeats: false,
        gives: NUMBER,
        work: |v, _| Ok(length(&v[0])),
    },
    Function {
        name: "part",
        takes: &[TEXT, NUMBER, NUMBER],
        repeats: false,
        gives: TEXT,
        work: |v, _| Ok(part(v)),
    },
    Function {
        name: "digits",
        takes: &[TEXT],
        repeats: false,
        gives: TEXT,
        work: |v, _| Ok(digits(&v[0])),
    },
    Function {
        name: "today",
        takes: &[],
        repeats: false,
        gives: DATE,
        work: |_, world| Ok(Value::Date(world.today())),
    },
    Function {
        name: "now",
        takes: &[],
        repeats: false,
        gives: Some(Type::Moment),
        work: |_, world| Ok(Value::Moment(world.now())),
    },
    Function {
        name: "weekday",
        takes: &[DATE],
        repeats: false,
        gives: TEXT,
        work: |v, _| weekday(v),
    },
    Function {
        name: "days_between",
        takes: &[DATE, DATE],
        repeats: false,
        gives: NUMBER,
        work: |v, _| days_between(v),
    },
    Function {
        name: "round",
        takes: &[None, None],
        repeats: false,
        gives: None,
        work: |v, _| Ok(round(v)),
    },
    Function {
        name: "is_mobile",
        takes: &[PHONE],
        repeats: false,
        gives: Some(Type::YesNo),
        work: |v, _| Ok(Value::YesNo(number(&v[0]).is_some_and(|n| is_mobile(&n)))),
    },
    Function {
        name: "country",
        takes: &[PHONE],
        repeats: false,
        gives: TEXT,
        work: |v, _| {
            let country = number(&v[0]).and_then(|n| Country::of(&n));
            Ok(Value::Text(
                country.map_or_else(String::new, |c| c.to_string()),
            ))
        },
    },
    Function {
        name: "hash_bucket",
        takes: &[TEXT, NUMBER],
        repeats: false,
        gives: NUMBER,
        work: |v, _| Ok(hash_bucket(v)),
    },
];

/// The number that a telephone number, or a text that writes one, is.
fn number(value: &Value) -> Option<PhoneNumber> {
    PhoneNumber::parse(&value.to_string())
}

/// `round(value, step)`: the nearest whole number of steps, halves upwards; the value itself when the
/// step is nothing.
fn round(values: &[Value]) -> Value {
    match (&values[0], &values[1]) {
        (Value::Number(value), Value::Number(step)) if *step > 0 => {
            let (value, step) = (i128::from(*value), i128::from(*step));
            let steps = (2 * value + step).div_euclid(2 * step);
            Value::Number(i64::try_from(steps * step).unwrap_or(i64::MAX))
        }
        (Value::Duration(value), Value::Duration(step)) if !step.is_zero() => {
            let (value, step) = (value.as_millis(), step.as_millis().max(1));
            let millis = (2 * value + step) / (2 * step) * step;
            Value::Duration(Duration::from_millis(
                u64::try_from(millis).unwrap_or(u64::MAX),
            ))
        }
        (value, _) => value.clone(),
    }
}

/// `hash_bucket(text, count)`: a number from 1 to count, always the same for the same text.
fn hash_bucket(values: &[Value]) -> Value {
    let count = match &values[1] {
        Value::Number(count) => u64::try_from(*count).unwrap_or(1).max(1),
        _ => 1,
    };
    let drawn = bucket(&format!("bucket/{}", values[0]), count);
    Value::Number(i64::try_from(drawn).unwrap_or(0) + 1)
}

fn pick(values: &[Value], largest: bool) -> Value {
    let rank = |value: &Value| match value {
        Value::Number(number) => i128::from(*number),
        Value::Duration(length) => i128::try_from(length.as_micros()).unwrap_or(i128::MAX),
        _ => 0,
    };
    let found = if largest {
        values.iter().max_by_key(|v| rank(v))
    } else {
        values.iter().min_by_key(|v| rank(v))
    };
    found.cloned().unwrap_or(Value::Duration(Duration::ZERO))
}

fn length(text: &Value) -> Value {
    Value::Number(i64::try_from(text.to_string().chars().count()).unwrap_or(i64::MAX))
}

/// `part(text, from, count)`: characters, the first is 1.
fn part(values: &[Value]) -> Value {
    let (Value::Number(from), Value::Number(count)) = (&values[1], &values[2]) else {
        return Value::Text(String::new());
    };
    let skip = usize::try_from(from.saturating_sub(1).max(0)).unwrap_or(usize::MAX);
    let take = usize::try_from((*count).max(0)).unwrap_or(usize::MAX);
    Value::Text(
        values[0]
            .to_string()
            .chars()
            .skip(skip)
            .take(take)
            .collect(),
    )
}

fn digits(text: &Value) -> Value {
    Value::Text(
        text.to_string()
            .chars()
            .filter(char::is_ascii_digit)
            .collect(),
    )
}

fn weekday(values: &[Value]) -> Result<Value, Unset> {
    let Value::Date(date) = &values[0] else {
        return Err(Unset);
    };
    let day = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
    Ok(Value::Text(
        rappel_model::calendar::DAY_NAMES[day % 7].to_owned(),
    ))
}

fn days_between(values: &[Value]) -> Result<Value, Unset> {
    let (Value::Date(from), Value::Date(to)) = (&values[0], &values[1]) else {
        return Err(Unset);
    };
    let days = from.until(*to).map_err(|_| Unset)?.get_days();
    Ok(Value::Number(i64::from(days)))
}
