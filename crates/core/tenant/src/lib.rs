//! One company's files, received as text, checked and swapped as a whole (FLOWS §2, §7, §9, §11).
//!
//! The shell reads a folder into [`Files`]; [`load`] turns them into a [`Version`] or says everything
//! that is wrong with them, each problem with its place and remedy. A version never changes: a reload
//! makes another one, and [`changes`] says what callers will notice of it.

mod calendars;
mod call_me;
mod campaigns;
mod changes;
mod check;
mod codes;
mod directories;
mod document;
mod encoding;
mod fields;
mod files;
mod follow;
mod limits;
mod lines;
mod load;
mod mailboxes;
mod names;
mod outbound;
mod people;
mod phones;
mod problems;
mod queues;
mod schema;
mod settings;
mod tables;
mod texts;
mod version;

pub use changes::{Change, Subject, changes};
pub use codes::CODES;
pub use encoding::{NotText, decode};
pub use files::{Files, MAX_FILE_BYTES, MAX_FILES, Refused};
pub use limits::{Keep, Limits};
pub use lines::{Answer, Leads, Line};
pub use load::{load, sentences};
pub use outbound::{Hours, Outbound};
pub use rappel_ivr::{Diagnostic, PromptTexts, Severity, Source};
pub use schema::tenant_schema;
pub use settings::Settings;
pub use version::{Version, clashes};
