//! Recordings: of messages while they are made, of calls for as long as they are kept.

use std::time::Duration;

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

/// The recording of a call, or of a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecording {
    /// Which recording: the name of its file.
    pub recording: RecordingId,
    /// Whose line.
    pub tenant: TenantId,
    /// Of which call.
    pub call: CallUid,
    /// Number or user shown by the caller; `None` when hidden.
    pub caller: Option<Redacted<String>>,
    /// Whose voice it holds.
    pub sides: RecordedSides,
    /// What for, in the words of the flow.
    pub why: Option<Redacted<String>>,
    /// When it began.
    pub began: Timestamp,
    /// When it is to be removed; `None` keeps it until somebody does.
    pub keep_until: Option<Timestamp>,
    /// How long it is; `None` while it is being made.
    pub length: Option<Duration>,
    /// Its end is missing: the disk refused it, or the engine was killed.
    pub cut: bool,
    /// When its sound was removed because its time was up: what is left is the trace of it, without the
    /// caller.
    pub removed: Option<Timestamp>,
}

/// Whose voice the recording of a call holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordedSides {
    /// Two channels: the caller left, what the caller hears right.
    Both,
    /// One channel: what the caller hears.
    Agent,
    /// One channel: the caller.
    Caller,
}

/// How finely the recording of a call is sampled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RecordedRate {
    /// 8 kHz, as the telephone: 16 kB a second of each channel.
    #[default]
    Narrow,
    /// 16 kHz: twice as much, and all that G.722 carries.
    Wide,
    /// 16 kHz when the caller's codec carries more than the telephone does as the recording begins (G.722,
    /// Opus), else 8 kHz.
    Auto,
}

impl RecordedSides {
    /// Its word in flows, tables and the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Both => "both",
            Self::Agent => "agent",
            Self::Caller => "caller",
        }
    }

    /// Reads the word; `None` for any other.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Both, Self::Agent, Self::Caller]
            .into_iter()
            .find(|sides| sides.word() == word)
    }
}
