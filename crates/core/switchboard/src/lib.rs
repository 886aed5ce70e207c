//! Joins the rooms; has no business rule of its own. Read `input.rs` and `output.rs` first: they
//! are everything that may enter or leave the core.
//!
//! [`Switchboard`] is the machine that the control thread drives: one `handle_*`, then
//! [`Switchboard::poll_output`] to `None`, then the next. It feeds one input to one room and then
//! settles: every room's outputs become other rooms' inputs (`join/`, one file per room) until all
//! are quiet. Calls that cannot be served are refused with a status and a record; nothing is
//! dropped without a word in the diary.

mod alarms;
mod callers;
mod drain;
mod input;
mod join;
mod limits;
mod live;
mod numbering;
mod output;
mod questions;
mod restore;
mod settings;
mod swap;
mod switchboard;

pub use input::{Answer, Input};
pub use limits::Limits;
pub use live::Live;
pub use output::{Output, Question, TrunkReport, Write};
pub use rappel_call::OnHold;
pub use settings::Settings;
pub use switchboard::Switchboard;
