//! The sound room: joins packets and samples. It knows sessions, not calls.

pub mod command;
pub mod event;

pub use command::{Command, Open, RecordLimits};
pub use event::{Event, PlayEnd, RecordEnd};
