//! What rooms have told, as the values that flows read: `wait`, `queue.*`, `callback.*`.

use std::time::Duration;

use crate::engine::Desk;
use crate::need::{Place, Promise};
use crate::variables::Value;

/// Names that have a value once a place in a queue is known and its wait may be announced.
pub(crate) const WAIT_KNOWN: &[&str] = &[
    "wait.ready",
    "queue.position",
    "queue.waiting",
    "queue.agents",
    "wait",
    "wait.low",
    "wait.high",
];
/// Names that have a value once a place in a queue is known.
pub(crate) const PLACE_KNOWN: &[&str] = WAIT_KNOWN.split_at(4).0;
/// Names that have a value once a promise is made or found.
pub(crate) const PROMISE_KNOWN: &[&str] = &[
    "callback.window",
    "callback.from",
    "callback.to",
    "callback.id",
];

/// Remembers a place in a queue; a wait that is not known is unset.
pub(super) fn set_place(desk: &mut Desk<'_>, place: &Place) {
    let values = &mut desk.state.values;
    for (name, number) in [
        ("queue.position", place.position),
        ("queue.waiting", place.waiting),
        ("queue.agents", place.agents),
    ] {
        values.set(name, Value::Number(i64::from(number)));
    }
    let ready = place.ready && place.wait.is_some();
    values.set("wait.ready", Value::YesNo(ready));
    match place.wait {
        Some((low, high)) => {
            let high = high.max(low);
            values.set("wait", Value::Range { low, high });
            values.set("wait.low", Value::Duration(low));
            values.set("wait.high", Value::Duration(high));
        }
        None => ["wait", "wait.low", "wait.high"]
            .iter()
            .for_each(|name| values.unset(name)),
    }
}

/// The wait that may be announced, when there is one.
pub(super) fn announceable(place: &Place) -> Option<(Duration, Duration)> {
    place.wait.filter(|_| place.ready)
}

/// Remembers a promise.
pub(super) fn set_promise(desk: &mut Desk<'_>, promise: &Promise) {
    let (from, to) = (promise.from, promise.to.max(promise.from));
    let values = &mut desk.state.values;
    values.set("callback.id", Value::Text(promise.id.to_string()));
    values.set("callback.from", Value::Moment(from));
    values.set("callback.to", Value::Moment(to));
    values.set("callback.window", Value::Window { from, to });
}

/// Forgets the promise: it has been given up, or there is none.
pub(super) fn forget_promise(desk: &mut Desk<'_>) {
    for name in PROMISE_KNOWN {
        desk.state.values.unset(name);
    }
}
