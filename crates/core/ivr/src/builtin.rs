//! The flows every engine has: what happens when an extension is dialled, and hearing one's messages.

use rappel_model::FlowName;

/// Rings the dialled user or person, then takes a message if they have a mailbox, else refuses.
pub fn extension() -> FlowName {
    FlowName::from("builtin/extension")
}

/// Hearing one's own messages by telephone (`*98`).
pub fn messages() -> FlowName {
    FlowName::from("builtin/messages")
}
