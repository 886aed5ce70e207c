//! A recording in progress: what its file will be if nobody says more about it.

use crate::ids::{CallUid, MailboxName, RecordingId, TenantId};
use crate::privacy::Redacted;
use crate::time::Timestamp;

/// A recording was begun for a mailbox. Until it is kept or thrown away, a crash turns it into a
/// message of that mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingBegan {
    /// Which recording.
    pub recording: RecordingId,
    /// Whose.
    pub tenant: TenantId,
    /// Where it goes.
    pub mailbox: MailboxName,
    /// The call it is made in.
    pub call: CallUid,
    /// Number or user shown by the caller, when one was.
    pub caller: Option<Redacted<String>>,
    /// When it began.
    pub began: Timestamp,
}
