//! What the store keeps, one file per kind of record.

mod call;
mod caller;
mod consent;
mod forward;
mod media;
mod message;
mod recording;
mod registration;

pub use call::{CallDirection, CallRecord, EndedBy, LegRecord, Origin, Outcome, Stage};
pub use caller::{CallerLanguage, OutsideCall, PastCall};
pub use consent::ConsentRecord;
pub use forward::ForwardRecord;
pub use media::{PeerReport, StreamReport, TurnedAway, VoiceCodec};
pub use message::{MessageRecord, MessageState};
pub use recording::{CallRecording, RecordedRate, RecordedSides, RecordingBegan};
pub use registration::{DeviceRecord, RegistrationRecord};
