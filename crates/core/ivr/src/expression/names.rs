//! What an expression may read without declaring it.

use crate::variables::Type;
use crate::words::Help;

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
    pub help: Help,
}

/// The built-in values of this release; `CALENDAR.state` and `CALENDAR.next_open` exist besides for
/// every declared calendar.
pub const BUILT_IN: &[BuiltIn] = &[
    value(
        "caller.number",
        Type::Phone,
        true,
        "the caller, E.164; unset when hidden",
        "l'appelant, E.164 ; absent s'il est masqué",
    ),
    value(
        "caller.name",
        Type::Text,
        true,
        "display name offered by the network, never trusted",
        "nom affiché par le réseau, jamais sûr",
    ),
    value(
        "caller.user",
        Type::Text,
        true,
        "the registered user who calls, when it is one of ours",
        "l'utilisateur connecté qui appelle, si c'est l'un des nôtres",
    ),
    value(
        "caller.known",
        Type::YesNo,
        false,
        "found in the tenant's contacts",
        "trouvé dans les contacts de la société",
    ),
    value(
        "caller.verified",
        Type::Text,
        false,
        "what the network vouches for: full, partial, gateway, failed or none",
        "ce que le réseau garantit : full, partial, gateway, failed ou none",
    ),
    value(
        "caller.language",
        Type::Language,
        true,
        "the last language this caller chose",
        "la dernière langue choisie par cet appelant",
    ),
    value(
        "caller.attempts_today",
        Type::Number,
        false,
        "their earlier calls of today",
        "ses appels précédents d'aujourd'hui",
    ),
    value(
        "caller.last_attempt",
        Type::Moment,
        true,
        "when they last called",
        "son dernier appel",
    ),
    value(
        "caller.reached_today",
        Type::YesNo,
        false,
        "whether they talked to somebody today",
        "s'il a parlé à quelqu'un aujourd'hui",
    ),
    value(
        "called.number",
        Type::Text,
        false,
        "what was dialled",
        "ce qui a été composé",
    ),
    value(
        "called.line",
        Type::Text,
        true,
        "the line's name",
        "le nom de la ligne",
    ),
    value("call.id", Type::Text, false, "this call", "cet appel"),
    value(
        "call.started",
        Type::Moment,
        false,
        "when the call began",
        "le début de l'appel",
    ),
    value(
        "call.answered",
        Type::YesNo,
        false,
        "whether the call is answered",
        "si l'appel est décroché",
    ),
    value(
        "tenant.name",
        Type::Text,
        false,
        "the company's name",
        "le nom de la société",
    ),
    value(
        "tenant.timezone",
        Type::Text,
        false,
        "the company's time zone",
        "le fuseau horaire de la société",
    ),
    value(
        "keys",
        Type::Text,
        true,
        "what the caller last typed; masked when it is a secret",
        "ce que l'appelant a tapé en dernier ; masqué si c'est un secret",
    ),
    value(
        "wait",
        Type::Range,
        true,
        "the wait in the queue last asked, from and to",
        "l'attente dans la dernière file d'attente consultée, de et à",
    ),
    value(
        "wait.low",
        Type::Duration,
        true,
        "the low end of wait",
        "le bas de wait",
    ),
    value(
        "wait.high",
        Type::Duration,
        true,
        "the high end of wait",
        "le haut de wait",
    ),
    value(
        "wait.ready",
        Type::YesNo,
        true,
        "whether wait may be announced",
        "si wait peut être annoncée",
    ),
    value(
        "queue.position",
        Type::Number,
        true,
        "the place in the queue last asked, from 1",
        "le rang dans la dernière file d'attente consultée, à partir de 1",
    ),
    value(
        "queue.waiting",
        Type::Number,
        true,
        "how many wait in it",
        "combien de personnes y attendent",
    ),
    value(
        "queue.agents",
        Type::Number,
        true,
        "how many serve it",
        "combien de personnes y répondent",
    ),
    value(
        "callback.window",
        Type::Window,
        true,
        "when the promised call comes",
        "quand viendra le rappel promis",
    ),
    value(
        "callback.from",
        Type::Moment,
        true,
        "the beginning of callback.window",
        "le début de callback.window",
    ),
    value(
        "callback.to",
        Type::Moment,
        true,
        "the end of callback.window",
        "la fin de callback.window",
    ),
    value(
        "callback.id",
        Type::Text,
        true,
        "the promise made or found",
        "la promesse faite ou trouvée",
    ),
    value(
        "person.name",
        Type::Text,
        true,
        "set by reach",
        "donné par reach",
    ),
    value(
        "person.back",
        Type::Date,
        true,
        "the first day back, set by reach on absent",
        "le jour du retour, donné par reach en cas d'absence",
    ),
    value(
        "person.reason",
        Type::Text,
        true,
        "why they are away, set by reach on absent",
        "la raison de l'absence, donnée par reach",
    ),
    value(
        "message.id",
        Type::Text,
        true,
        "set by voicemail",
        "donné par voicemail",
    ),
    value(
        "message.seconds",
        Type::Number,
        true,
        "its length, set by voicemail",
        "sa durée, donnée par voicemail",
    ),
];

const fn value(
    name: &'static str,
    kind: Type,
    may_be_unset: bool,
    en: &'static str,
    fr: &'static str,
) -> BuiltIn {
    BuiltIn {
        name,
        kind,
        may_be_unset,
        help: Help { en, fr },
    }
}

/// The built-in value `name`.
pub(super) fn built_in(name: &str) -> Option<&'static BuiltIn> {
    BUILT_IN.iter().find(|value| value.name == name)
}
