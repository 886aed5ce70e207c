//! What the store keeps, one file per kind of record.

mod call;
mod message;

pub use call::{
    CallDirection, CallRecord, EndedBy, LegRecord, Origin, Outcome, Stage, StreamReport,
};
pub use message::{MessageRecord, MessageState};
