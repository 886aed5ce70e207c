//! Trunks: the carriers and PBXs we exchange calls with.
//!
//! Two questions are answered here: which trunk sent this call ([`Trunks::arrival`], by source
//! address), and what number was meant by what it wrote ([`Settings::to_e164`]). Settings are
//! files; this room never learns how a trunk is reached.

mod arrival;
mod rewrite;
mod settings;
mod source;

pub use arrival::{MAX_SOURCES, Problem, Trunks};
pub use settings::{Bare, Settings};
pub use source::{BadSource, Source};
