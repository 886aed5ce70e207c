//! A leg: one dialog with its media session, seen from the call.
//!
//! ```text
//!             18x                2xx               BYE, CANCEL, refusal, lost
//! Ringing ─────────► Early ─────────────► Up ──────────────────────────────► Ended(cause)
//!    └──────────────────────────────────► Up
//! ```

use bytes::Bytes;
use rappel_model::record::LegRecord;
use rappel_model::{Instant, LegId, Now, Redacted, TrunkName, UserName};
use rappel_sip::{Binding, DialogId};

use crate::cause::Cause;
use crate::digits::Digits;
use crate::negotiate::Session;

/// One leg of a call.
#[derive(Debug)]
pub(crate) struct Leg {
    pub(crate) dialog: DialogId,
    pub(crate) role: Role,
    pub(crate) state: State,
    /// The media session; `None` when it never had one, or when media has closed it.
    pub(crate) session: Option<Session>,
    pub(crate) digits: Digits,
    /// Whether packets of the peer have arrived.
    pub(crate) heard: bool,
    /// Since when it holds whom it talks with.
    pub(crate) holds: Option<Instant>,
    /// What it hears of being on hold, if it is.
    pub(crate) waits: Option<Waits>,
    pub(crate) record: LegRecord,
    /// The device that was offered plain RTP with keys beside it, to be rung again with keys alone
    /// should it refuse.
    pub(crate) again: Option<Box<Binding>>,
}

/// What a leg hears that is on hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waits {
    /// What we play.
    Ours,
    /// What the holder sends, and what we play while that is nothing.
    Theirs,
}

/// Whose leg it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Whoever rang us; the user, when it is one of ours.
    Caller(Option<UserName>),
    /// A device of ours that we rang.
    Device(UserName),
    /// Somebody outside whom we rang through this trunk.
    Outside(TrunkName),
    /// A user of ours who listens to the others.
    Supervisor(UserName),
    /// Somebody who came from another call, handed over by a person of the company; the user, when it
    /// is one of ours.
    Guest(Option<UserName>),
}

impl Role {
    /// Whose phone it is, when it is one of ours.
    pub(crate) fn user(&self) -> Option<&UserName> {
        match self {
            Self::Device(user) | Self::Supervisor(user) => Some(user),
            Self::Caller(user) | Self::Guest(user) => user.as_ref(),
            Self::Outside(_) => None,
        }
    }
}

/// How far a leg has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Its INVITE is on the way, or has just come.
    Ringing,
    /// A provisional response above 100 went by. An early answer is kept for a 2xx that repeats none.
    Early {
        /// The body of the provisional response.
        body: Bytes,
    },
    /// Answered.
    Up,
    /// Gone. Its media session may still be closing.
    Ended(Cause),
}

impl Leg {
    /// A leg whose INVITE was just sent or received.
    pub(crate) fn new(
        now: Now,
        id: LegId,
        dialog: DialogId,
        role: Role,
        peer: String,
        session: Option<Session>,
    ) -> Self {
        Self {
            dialog,
            role,
            state: State::Ringing,
            session,
            digits: Digits::default(),
            heard: false,
            holds: None,
            waits: None,
            again: None,
            record: LegRecord {
                leg: id,
                peer: Redacted::new(peer),
                started: now.wall,
                ringing: None,
                answered: None,
                ended: None,
                status: None,
                trunk: None,
                media: None,
            },
        }
    }

    /// A provisional response above 100 was sent or received.
    pub(crate) fn rings(&mut self, now: Now, body: Bytes) {
        let body = match &self.state {
            State::Ringing => body,
            // A later 180 without a body takes nothing back.
            State::Early { body: before } if body.is_empty() => before.clone(),
            State::Early { .. } => body,
            State::Up | State::Ended(_) => return,
        };
        self.record.ringing.get_or_insert(now.wall);
        self.state = State::Early { body };
    }

    /// The 2xx was sent or received.
    pub(crate) fn answers(&mut self, now: Now) {
        self.state = State::Up;
        self.record.answered = Some(now.wall);
        self.record.status = Some(200);
    }

    /// The leg is gone. `status` is the final status of an INVITE that was not answered.
    pub(crate) fn ends(&mut self, now: Now, cause: Cause, status: Option<u16>) {
        self.state = State::Ended(cause);
        self.record.ended = Some(now.wall);
        self.record.status = self.record.status.or(status);
    }

    /// Whether the peer can be heard and spoken to.
    pub(crate) fn is_up(&self) -> bool {
        self.state == State::Up
    }

    /// Whether the dialog is gone.
    pub(crate) fn is_ended(&self) -> bool {
        matches!(self.state, State::Ended(_))
    }

    /// Whether the peer said that it rings.
    pub(crate) fn rang(&self) -> bool {
        self.record.ringing.is_some()
    }

    /// Whether nothing of it is left: neither dialog nor session.
    pub(crate) fn is_gone(&self) -> bool {
        self.is_ended() && self.session.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_early_answer_outlives_a_later_180_and_nothing_rings_after_the_end() {
        let now = Now::default();
        let role = Role::Device("ana".into());
        let mut leg = Leg::new(now, LegId(1), DialogId(1), role, "ana".to_owned(), None);
        assert!(!leg.rang());
        let answer = Bytes::from_static(b"v=0");
        leg.rings(now, answer.clone());
        leg.rings(now, Bytes::new());
        assert_eq!(leg.state, State::Early { body: answer });
        leg.ends(now, Cause::NoAnswer, Some(487));
        leg.rings(now, Bytes::new());
        assert!(leg.is_gone());
        assert_eq!(leg.record.status, Some(487));
    }
}
