//! The flows every engine has: what happens when an extension or a number outside or one that saves lives is dialled, hearing
//! one's messages, forwarding one's calls, testing one's own call, and the rescue of a call whose flow has failed. Their names hold a `/`, which no file name can.

use rappel_model::FlowName;

use crate::flow::FlowFile;

/// Rings the dialled user or person, then takes a message if they have a mailbox, else refuses.
pub fn extension() -> FlowName {
    FlowName::from("builtin/extension")
}

/// Hearing one's own messages by telephone (`*98`).
pub fn messages() -> FlowName {
    FlowName::from("builtin/messages")
}

/// A number outside that one of our phones has dialled: rung through a trunk, or refused.
pub fn outside() -> FlowName {
    FlowName::from("builtin/outside")
}

/// A number that saves lives, dialled by one of our phones: tried again and again, and the caller told.
pub fn help() -> FlowName {
    FlowName::from("builtin/help")
}

/// Forwarding one's calls by telephone (`*21*NUMBER#`).
pub fn forward() -> FlowName {
    FlowName::from("builtin/forward")
}

/// The number of our own phones that has one of the flows here, unless a tenant has it: 600 hears
/// oneself, 601 is told what one's sound is like, 602 which keys arrive and how.
pub fn self_test(dialled: &str) -> Option<FlowName> {
    let name = match dialled {
        "600" => "builtin/echo",
        "601" => "builtin/line",
        "602" => "builtin/keys",
        _ => return None,
    };
    Some(FlowName::from(name))
}

/// A difficulty is admitted and a message taken in the tenant's default mailbox (FLOWS §8).
pub(crate) fn rescue() -> FlowName {
    FlowName::from("builtin/rescue")
}

/// Their files.
pub(crate) fn files() -> [FlowFile; 9] {
    [
        (extension(), include_str!("extension.toml")),
        (messages(), include_str!("messages.toml")),
        (outside(), include_str!("outside.toml")),
        (help(), include_str!("help.toml")),
        (forward(), include_str!("forward.toml")),
        ("builtin/echo".into(), include_str!("echo.toml")),
        ("builtin/line".into(), include_str!("line.toml")),
        ("builtin/keys".into(), include_str!("keys.toml")),
        (rescue(), include_str!("rescue.toml")),
    ]
    .map(|(name, text)| FlowFile {
        path: format!("{name}.toml"),
        name,
        text: text.to_owned(),
    })
}
