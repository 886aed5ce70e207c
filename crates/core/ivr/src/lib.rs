//! IVR scripting: one flow, from TOML text to a running call.

pub mod ask;
pub mod event;

pub use ask::{Ask, Order, Reach, Refusal, Whom};
pub use event::{Event, PinVerdict, Reached, Refused};
