//! A REFER of the peer and the subscription it makes (RFC 3515 §2.4, RFC 6665 §4.2): how the call
//! goes that the peer asked for, told by one NOTIFY at a time. There is one per session at most, and
//! it ends with the session.

use std::time::Duration;

use rappel_model::{Deadline, Instant, Now};

use crate::transaction::table::TransactionId;

/// One REFER.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Referral {
    /// The number of the REFER: tells the second of a dialog from the first (RFC 3515 §2.4.6).
    pub(crate) cseq: u32,
    /// Whether NOTIFYs carry the number: not for the first of a dialog, where phones stumble over it.
    pub(crate) is_numbered: bool,
    /// Whether the peer asked to be spared the news (RFC 4488).
    pub(crate) is_silent: bool,
    stage: Stage,
    status: u16,
    /// When it ends by itself; while unanswered, when it counts as refused.
    expires: Instant,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Nobody said yet whether the peer gets its wish.
    Asked(TransactionId),
    /// The peer knows all.
    Quiet,
    /// A NOTIFY is on its way.
    Telling,
    /// A NOTIFY is on its way and another must follow.
    Owing,
    /// The last NOTIFY is on its way.
    Ending,
}

/// What to do for the referrer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReferralAct {
    /// Nothing.
    Nothing,
    /// Send a NOTIFY.
    Notify,
    /// It was never answered: refuse this REFER.
    Refuse(TransactionId),
    /// It is over: forget it.
    Forget,
}

/// What a NOTIFY says of the subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// In force for that many more seconds.
    Active(u32),
    /// Over: the referred call has its final answer (`noresource`, RFC 3515 §2.4.7).
    Done,
    /// Over: it took too long (`timeout`).
    Expired,
}

impl Referral {
    /// A REFER that was received now.
    pub(crate) fn new(now: Now, transaction: TransactionId, cseq: u32) -> Self {
        Self {
            cseq,
            is_numbered: false,
            is_silent: false,
            stage: Stage::Asked(transaction),
            status: TRYING,
            expires: now.instant + ANSWER_WITHIN,
        }
    }

    /// The REFER, while it waits for its answer.
    pub(crate) fn asked(&self) -> Option<TransactionId> {
        match self.stage {
            Stage::Asked(transaction) => Some(transaction),
            _ => None,
        }
    }

    /// It was accepted: the first NOTIFY is due (RFC 3515 §2.4.4).
    pub(crate) fn accept(&mut self, now: Now) {
        self.expires = now.instant + LIFETIME;
        self.stage = Stage::Quiet;
    }

    /// The peer asks for more seconds, or with 0 for the end (RFC 6665 §4.4.1); gives what it gets.
    pub(crate) fn refresh(&mut self, now: Now, seconds: u32) -> u32 {
        let most = u32::try_from(LIFETIME.as_secs()).unwrap_or(u32::MAX);
        let granted = seconds.min(most);
        self.expires = now.instant + Duration::from_secs(u64::from(granted));
        granted
    }

    /// There is news: the status of the referred call.
    pub(crate) fn tell(&mut self, status: u16) -> ReferralAct {
        if self.status >= 200 {
            return ReferralAct::Nothing;
        }
        self.status = status;
        self.owe()
    }

    /// A NOTIFY is due, now or after the one that is on its way.
    pub(crate) fn owe(&mut self) -> ReferralAct {
        match self.stage {
            Stage::Quiet => ReferralAct::Notify,
            Stage::Telling | Stage::Owing => {
                self.stage = Stage::Owing;
                ReferralAct::Nothing
            }
            Stage::Asked(_) | Stage::Ending => ReferralAct::Nothing,
        }
    }

    /// What the NOTIFY says that is sent now: the status of the referred call, and how the
    /// subscription stands.
    pub(crate) fn say(&mut self, now: Now) -> (u16, Standing) {
        let standing = if self.status >= 200 {
            Standing::Done
        } else if self.expires <= now.instant {
            Standing::Expired
        } else {
            let left = self.expires.since(now.instant).as_secs();
            Standing::Active(u32::try_from(left).unwrap_or(u32::MAX))
        };
        self.stage = match standing {
            Standing::Active(_) => Stage::Telling,
            Standing::Done | Standing::Expired => Stage::Ending,
        };
        (self.status, standing)
    }

    /// Whether the last word is still owed: it must leave before the BYE that ends the session.
    pub(crate) fn owes_the_end(&self) -> bool {
        self.stage == Stage::Owing && self.status >= 200
    }

    /// A NOTIFY was answered. Any refusal ends the subscription (RFC 6665 §4.2.2).
    pub(crate) fn told(&mut self, success: bool) -> ReferralAct {
        match self.stage {
            Stage::Asked(_) | Stage::Quiet => ReferralAct::Nothing,
            _ if !success => ReferralAct::Forget,
            Stage::Ending => ReferralAct::Forget,
            Stage::Owing => ReferralAct::Notify,
            Stage::Telling => {
                self.stage = Stage::Quiet;
                ReferralAct::Nothing
            }
        }
    }

    /// A deadline passed.
    pub(crate) fn handle_timeout(&mut self, now: Now) -> ReferralAct {
        if self.expires > now.instant {
            return ReferralAct::Nothing;
        }
        match self.stage {
            Stage::Asked(transaction) => ReferralAct::Refuse(transaction),
            Stage::Quiet => ReferralAct::Notify,
            Stage::Telling | Stage::Owing | Stage::Ending => ReferralAct::Nothing,
        }
    }

    /// When to wake it; not while a NOTIFY is on its way, whose transaction ends first.
    pub(crate) fn poll_timeout(&self) -> Option<Deadline> {
        match self.stage {
            Stage::Asked(_) => Some(Deadline::new(self.expires, "REFER unanswered")),
            Stage::Quiet => Some(Deadline::new(self.expires, "referral expires")),
            Stage::Telling | Stage::Owing | Stage::Ending => None,
        }
    }
}

/// What a referrer is told first (RFC 3515 §2.4.4).
const TRYING: u16 = 100;

/// How long a referrer is told of a call that gets no final answer: longer than anybody lets ring.
const LIFETIME: Duration = Duration::from_secs(300);

/// How long the house may think about a request that is no INVITE: the peer gives up after 64·T1
/// (RFC 3261 §17.1.2.2).
pub(crate) const ANSWER_WITHIN: Duration = Duration::from_secs(20);
