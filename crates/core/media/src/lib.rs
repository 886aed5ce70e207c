//! The sound room: joins packets and samples. It knows sessions, not calls.

pub mod clip;
pub mod command;
pub mod engine;
pub mod event;

pub use clip::Clip;
pub use command::{Command, Open, RecordLimits};
pub use engine::{Engine, Full, RecordSink, Settings, Sink};
pub use event::{Event, PlayEnd, RecordEnd};
