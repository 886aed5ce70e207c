//! The record of one call: what happened, when, and why it ended. One per contact.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::StreamReport;
use crate::ids::{CallUid, FlowName, LegId, LineName, MessageId, TenantId, TrunkName, UserName};
use crate::privacy::Redacted;
use crate::time::Timestamp;
use crate::version::VersionId;

/// Everything that is kept of one call.
#[derive(Clone, Debug, PartialEq)]
pub struct CallRecord {
    /// Which call.
    pub uid: CallUid,
    /// Whose line it was; `None` when the number belongs to nobody.
    pub tenant: Option<TenantId>,
    /// The line that was called, when one was.
    pub line: Option<LineName>,
    /// The flow it began with, when one ran.
    pub flow: Option<FlowName>,
    /// The version of the tenant's files it began with, and kept.
    pub version: Option<VersionId>,
    /// Where it came from.
    pub origin: Origin,
    /// From outside, or between our own phones.
    pub direction: CallDirection,
    /// Number or user shown by the caller.
    pub caller: Option<Redacted<String>>,
    /// What was dialled, as it arrived.
    pub called: String,
    /// The INVITE arrived.
    pub started: Timestamp,
    /// The caller first heard ringing (180 or 183).
    pub ringing: Option<Timestamp>,
    /// The caller's leg was answered (200).
    pub answered: Option<Timestamp>,
    /// The first frame of anything was on its way to the caller.
    pub first_sound: Option<Timestamp>,
    /// The caller was first joined to a person.
    pub connected: Option<Timestamp>,
    /// The last leg was gone.
    pub ended: Timestamp,
    /// How it ended, in our words.
    pub outcome: Outcome,
    /// Q.850 cause number (ITU-T Q.850 table 1).
    pub cause: u8,
    /// Final SIP status of the caller's INVITE, when one was sent.
    pub status: Option<u16>,
    /// Who ended it.
    pub ended_by: EndedBy,
    /// The message that was left, if one was.
    pub message: Option<MessageId>,
    /// Tags written by the flow.
    pub tags: BTreeMap<String, String>,
    /// Every leg, the caller's first.
    pub legs: Vec<LegRecord>,
    /// Every step and stage with its time; typed secrets are masked before they get here.
    pub stages: Vec<Stage>,
}

/// Where a call came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A trunk recognised by its address.
    Trunk(TrunkName),
    /// A registered (or at least authenticated) user.
    User(UserName),
    /// Nobody we know.
    Unknown(SocketAddr),
}

/// Which way a call goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallDirection {
    /// From a trunk.
    Inbound,
    /// Between our own phones and flows.
    Internal,
    /// From one of our phones to a number outside.
    Outbound,
}

/// How a call ended for the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Talked with a person.
    Served,
    /// Left a message that is on disk.
    MessageLeft,
    /// Heard the flow to its end or hung up on it, and left nothing.
    FlowOnly,
    /// Hung up, or was not answered, before anything was said.
    Missed,
    /// Refused: unknown number, busy, declined.
    Refused,
    /// A fault of ours or of the network.
    Failed,
}

/// Who ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// The caller hung up or cancelled.
    Caller,
    /// The person reached hung up.
    Callee,
    /// The flow, or the engine.
    Engine,
    /// The network: media or signalling went dead.
    Network,
}

/// One leg of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct LegRecord {
    /// Which leg.
    pub leg: LegId,
    /// The user or address at the other end.
    pub peer: Redacted<String>,
    /// Its INVITE was sent or received.
    pub started: Timestamp,
    /// It rang.
    pub ringing: Option<Timestamp>,
    /// It was answered.
    pub answered: Option<Timestamp>,
    /// It was gone.
    pub ended: Option<Timestamp>,
    /// Final SIP status of its INVITE.
    pub status: Option<u16>,
    /// The trunk it went out by, when it did.
    pub trunk: Option<TrunkName>,
    /// What its media was like, when there was any.
    pub media: Option<StreamReport>,
}

/// One line of a call's trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// When.
    pub at: Timestamp,
    /// What, as a short line: `step menu`, `key 2`, `reach sofia: answered`.
    pub what: String,
}

impl Outcome {
    /// The word used in records and reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Served => "served",
            Self::MessageLeft => "message",
            Self::FlowOnly => "flow",
            Self::Missed => "missed",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }

    /// Reads the word back.
    pub fn from_word(word: &str) -> Option<Self> {
        [
            Self::Served,
            Self::MessageLeft,
            Self::FlowOnly,
            Self::Missed,
            Self::Refused,
            Self::Failed,
        ]
        .into_iter()
        .find(|o| o.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_survives_its_word() {
        for outcome in [
            Outcome::Served,
            Outcome::MessageLeft,
            Outcome::FlowOnly,
            Outcome::Missed,
            Outcome::Refused,
            Outcome::Failed,
        ] {
            assert_eq!(Outcome::from_word(outcome.word()), Some(outcome));
        }
        assert_eq!(Outcome::from_word("Served"), None);
    }
}
