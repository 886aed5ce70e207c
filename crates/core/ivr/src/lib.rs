//! IVR scripting: one flow, from TOML text to a running call.

pub mod ask;
pub mod builtin;
pub mod diagnostic;
pub mod engine;
pub mod event;
pub mod expression;
pub mod flow;
pub mod prompt;
pub mod say;
pub mod shared_prompts;
pub mod surroundings;
mod syntax;
pub mod variables;

pub use ask::{Ask, Order, Reach, Refusal, Whom};
pub use diagnostic::{Diagnostic, Severity, Source};
pub use engine::FlowRun;
pub use event::{Event, PinVerdict, Reached, Refused};
pub use flow::{FlowFile, FlowSet, Use};
pub use prompt::PromptTexts;
pub use surroundings::{Caller, Surroundings};
