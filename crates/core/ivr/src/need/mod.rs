//! What a flow needs of rooms it knows nothing about: each question with its answer side by side.
//! `ask.rs` and `event.rs` carry them; a room that cannot do its part answers
//! [`Event::NotAvailable`](crate::Event::NotAvailable).

mod callback;
mod forward;
mod queue;
mod record;
mod self_test;
mod task;
mod transfer;
mod writing;

pub use callback::{
    Callback, CallbackAction, CallbackAnswer, CallbackWhen, Debtor, Pending, Promise, Reason, Slots,
};
pub use forward::{Forwarded, Forwarding};
pub use queue::{Estimate, Estimated, Place, QueueNews, Queueing};
pub use record::{CallRecording, Consent, ConsentAnswer, ConsentKind, RecordAction, Sides};
pub use self_test::{Measured, SelfTest};
pub use task::{Survey, SurveyAnswer, Task, TaskOwner};
pub use transfer::{Shown, Transfer, TransferKind, TransferTo, Transferred};
pub use writing::{Basis, Medium, Moved, Text, Texted, ToText};
