//! IVR scripting: one flow, from TOML text to a running call.
//!
//! Larger than a room should be, because parser, checker, help, schema, drawings and engine all come from
//! one table of verbs (`step/`), which holds the operator's manual in two languages. `say/` (spoken values) and
//! `view/` (drawings and explanations) are what may leave it next: nothing else reads their insides.

pub mod ask;
pub mod builtin;
mod check;
mod code;
pub mod codes;
pub mod diagnostic;
mod draft;
pub mod engine;
pub mod event;
pub mod expression;
pub mod flow;
pub mod layout;
pub mod need;
mod parse;
pub mod prompt;
pub mod say;
pub mod shared_prompts;
pub mod step;
pub mod surroundings;
mod syntax;
#[cfg(test)]
mod testing;
mod toml_words;
pub mod variables;
pub mod view;
pub mod words;

pub use ask::{Ask, HttpMethod, HttpRequest, Order, Reach, Refusal, Scalar, Whom};
pub use code::Code;
pub use codes::CODES;
pub use diagnostic::{Diagnostic, Severity, Source};
pub use engine::FlowRun;
pub use event::{Event, HttpFailure, HttpResult, PinVerdict, Reached, Refused, Unavailable};
pub use flow::{FlowFile, FlowSet, Use};
pub use layout::layout;
pub use prompt::{Prompt, PromptTexts, Sentence};
pub use shared_prompts::{SHARED_PROMPTS, SharedPrompt, shared_prompt};
pub use step::{VERBS, Verb, verb};
pub use surroundings::{Caller, Known, Surroundings, Verified};
pub use toml_words::toml_words;
pub use words::{Help, Lang, Words};
