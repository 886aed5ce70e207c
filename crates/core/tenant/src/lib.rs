//! One company's files, received as text, checked and swapped as a whole (FLOWS §2, §9, §11).
//!
//! The shell reads a folder into [`Files`]; [`load`] turns them into a [`Version`] or says everything
//! that is wrong with them, each problem with its place and remedy. A version never changes: a reload
//! makes another one.

mod calendars;
mod check;
mod codes;
mod document;
mod files;
mod lines;
mod load;
mod mailboxes;
mod names;
mod people;
mod settings;
mod texts;
mod version;

pub use files::{Files, MAX_FILE_BYTES, MAX_FILES, Refused};
pub use lines::{Answer, Line};
pub use load::load;
pub use rappel_ivr::{Diagnostic, PromptTexts, Severity, Source};
pub use settings::Settings;
pub use version::{Version, clashes};
