//! What an expression may read without declaring it.

use crate::variables::Type;

/// One built-in value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltIn {
    /// As written.
    pub name: &'static str,
    /// Its type.
    pub kind: Type,
    /// True when it may be without a value.
    pub may_be_unset: bool,
    /// What it means.
    pub help: &'static str,
}

/// The built-in values of this release; `CALENDAR.state` and `CALENDAR.next_open` exist besides for
/// every declared calendar.
pub const BUILT_IN: &[BuiltIn] = &[
    value(
        "caller.number",
        Type::Phone,
        true,
        "the caller; unset when hidden",
    ),
    value(
        "caller.name",
        Type::Text,
        true,
        "display name offered by the network, never trusted",
    ),
    value(
        "caller.user",
        Type::Text,
        true,
        "the registered user who calls, when it is one of ours",
    ),
    value(
        "caller.language",
        Type::Language,
        true,
        "the language spoken to the caller",
    ),
    value("called.number", Type::Text, false, "what was dialled"),
    value("called.line", Type::Text, true, "the line's name"),
    value("call.id", Type::Text, false, "this call"),
    value("call.started", Type::Moment, false, "when the call began"),
    value(
        "call.answered",
        Type::YesNo,
        false,
        "whether the call is answered",
    ),
    value("tenant.name", Type::Text, false, "the company's name"),
    value(
        "tenant.timezone",
        Type::Text,
        false,
        "the company's time zone",
    ),
    value(
        "keys",
        Type::Text,
        true,
        "what the caller last typed, unless it was a secret",
    ),
    value("person.name", Type::Text, true, "set by reach"),
    value(
        "person.back",
        Type::Date,
        true,
        "the first day back, set by reach on absent",
    ),
    value(
        "person.reason",
        Type::Text,
        true,
        "why they are away, set by reach on absent",
    ),
    value("message.id", Type::Text, true, "set by voicemail"),
    value("message.seconds", Type::Number, true, "set by voicemail"),
];

const fn value(name: &'static str, kind: Type, may_be_unset: bool, help: &'static str) -> BuiltIn {
    BuiltIn {
        name,
        kind,
        may_be_unset,
        help,
    }
}

/// The built-in value `name`.
pub(super) fn built_in(name: &str) -> Option<&'static BuiltIn> {
    BUILT_IN.iter().find(|value| value.name == name)
}

/// First words of built-in values that later releases bring.
pub(super) const LATER: [&str; 8] = [
    "wait",
    "queue",
    "callback",
    "caller.known",
    "caller.verified",
    "caller.attempts_today",
    "caller.last_attempt",
    "caller.reached_today",
];
