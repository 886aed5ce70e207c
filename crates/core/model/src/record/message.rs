//! The record of one message in a mailbox. Its sound is the file of its recording.

use std::time::Duration;

use crate::ids::{CallUid, MailboxName, MessageId, RecordingId, TenantId};
use crate::privacy::Redacted;
use crate::time::Timestamp;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageRecord {
    /// Which message.
    pub id: MessageId,
    /// Whose.
    pub tenant: TenantId,
    /// In which mailbox.
    pub mailbox: MailboxName,
    /// The call it was left in.
    pub call: CallUid,
    /// Its sound.
    pub recording: RecordingId,
    /// Number or user shown by the caller, when one was.
    pub caller: Option<Redacted<String>>,
    /// When it was left.
    pub left: Timestamp,
    /// How long it is.
    pub length: Duration,
    /// The caller marked it urgent.
    pub urgent: bool,
    /// Whether somebody heard it.
    pub state: MessageState,
}

/// What has become of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MessageState {
    /// Nobody has heard it.
    New,
    /// Heard, first at this time.
    Heard(Timestamp),
    /// Deleted by its owner at this time; the sound is removed, the row remains.
    Deleted(Timestamp),
}
