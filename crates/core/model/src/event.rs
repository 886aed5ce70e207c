//! The diary: whatever happens is told once, as an [`Event`]. Records, metrics, traces and the
//! wallboard are folds over it. It never holds a secret: typed keys of a secret step are not told.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use crate::ids::{
    CallUid, LegId, LineName, MailboxName, MessageId, RecordingId, StepName, TenantId, TrunkName,
    UserName,
};
use crate::privacy::Redacted;
use crate::record::Outcome;
use crate::time::Timestamp;
use crate::version::VersionId;

/// One entry of the diary.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// Whose, when it concerns one tenant.
    pub tenant: Option<TenantId>,
    /// Which call, when it concerns one.
    pub call: Option<CallUid>,
    /// What.
    pub fact: Fact,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// A call arrived.
    Arrived {
        /// Who called, as shown.
        caller: Option<Redacted<String>>,
        /// What was dialled.
        called: Redacted<String>,
        /// The line it reached, when there is one.
        line: Option<LineName>,
    },
    /// A version of the tenant's files is in force for new calls.
    Loaded(VersionId),
    /// The tenant is served no more: new calls to it are refused, calls in progress go on.
    Withdrawn,
    /// The caller hears ringing.
    Ringing,
    /// A leg was answered.
    Answered(LegId),
    /// A flow entered a step.
    Step {
        /// Its name.
        step: StepName,
        /// Its verb.
        verb: &'static str,
    },
    /// The caller pressed a key; `None` where the step keeps it secret.
    Key(Option<char>),
    /// A step took a way out: `press.2`, `on.closed`, `next`.
    Exit {
        /// The step that was left.
        step: StepName,
        /// The way out.
        way: String,
    },
    /// Something began to play to the caller: the key of its first clip.
    Playing(String),
    /// A phone of ours is being rung for this call.
    Dialling {
        /// The leg made for it.
        leg: LegId,
        /// Whose phone.
        user: UserName,
    },
    /// A leg began: its messages carry this Call-ID (RFC 3261 §20.8).
    Leg {
        /// Which leg.
        leg: LegId,
        /// The header's value.
        call_id: String,
    },
    /// Two legs hear each other.
    Bridged(LegId, LegId),
    /// They no longer do.
    Parted(LegId, LegId),
    /// A leg was put on hold, or taken back.
    Held {
        /// Which leg.
        leg: LegId,
        /// True for hold, false for resume.
        held: bool,
    },
    /// Somebody of the company listens to a conversation or speaks in it, or does so no more.
    Supervised {
        /// The leg of whoever does.
        leg: LegId,
        /// Whose conversation it is: the leg of the colleague.
        over: LegId,
        /// What they do.
        how: Oversight,
    },
    /// Somebody came to a conference, or left it.
    Conference {
        /// Their leg.
        leg: LegId,
        /// True for who came, false for who left.
        joined: bool,
        /// How many take part from here on; two are a conversation again.
        parties: u32,
    },
    /// A leg is gone: final status if its INVITE was refused.
    LegEnded {
        /// Which leg.
        leg: LegId,
        /// Final status of its INVITE, when it was not answered.
        status: Option<u16>,
    },
    /// A recording began.
    Recording(RecordingId),
    /// A message is on disk, sound and row.
    MessageSaved {
        /// Which message.
        message: MessageId,
        /// Where.
        mailbox: MailboxName,
        /// How long.
        length: Duration,
    },
    /// A message could not be kept; the caller was told.
    MessageLost {
        /// Where it should have gone.
        mailbox: MailboxName,
        /// Why, for operators.
        why: String,
    },
    /// Somebody heard a message.
    MessageHeard(MessageId),
    /// Somebody deleted a message.
    MessageDeleted(MessageId),
    /// A named counter rose by one.
    Counted(String),
    /// A step failed and its rescue began: `STEP:CAUSE`.
    Trouble(String),
    /// Somebody calls for help, and no trunk would take the call. Told each time all have been tried.
    HelpNotReached {
        /// How many were tried; none when there is none.
        tried: u32,
    },
    /// The call is over and its record is on its way to the store.
    Ended {
        /// How it ended for the caller.
        outcome: Outcome,
        /// Q.850 cause.
        cause: u8,
    },
    /// A phone registered, refreshed or left.
    Registered {
        /// Whose phone.
        user: UserName,
        /// How many devices the user has now.
        devices: usize,
    },
    /// A trunk was lost, or came back.
    Trunk {
        /// Which.
        trunk: TrunkName,
        /// What.
        news: TrunkNews,
    },
    /// A peer was refused: wrong password, unknown user, scanner.
    Refused {
        /// Where it came from.
        source: SocketAddr,
        /// Why, in a few words.
        why: &'static str,
    },
}

/// What a supervisor does in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oversight {
    /// Hears both, is heard by nobody.
    Listens,
    /// Is heard by the colleague alone.
    Whispers,
    /// Is heard by both.
    Joins,
    /// Has left.
    Left,
}

/// What can happen to a trunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrunkNews {
    /// It does not answer any more: no call is tried there until it does.
    Lost,
    /// It answers again, after so long.
    Back(Duration),
    /// It has registered us, at first or again.
    Registered,
    /// It refuses to register us, with this status, or does not answer.
    NotRegistered(Option<u16>),
    /// An operator takes it out of use: no call outside that begins goes by it.
    Drained,
    /// An operator lets it take calls again.
    Undrained,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.at)?;
        if let Some(call) = self.call {
            write!(f, " {call}")?;
        }
        if let Some(tenant) = &self.tenant {
            write!(f, " {tenant}")?;
        }
        write!(f, " {:?}", self.fact)
    }
}
