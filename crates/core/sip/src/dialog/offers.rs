//! Whose offer is under way in a dialog, in whatever request it travels: re-INVITE, UPDATE, PRACK.
//! There is one at most (RFC 3261 §14.1, RFC 3311 §5).

use rappel_model::{Deadline, Instant, Now};

use super::refer::ANSWER_WITHIN;
use crate::transaction::table::TransactionId;

/// The offer under way.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Offers {
    exchange: Exchange,
    /// When an offer of theirs that is no INVITE counts as refused.
    until: Option<Instant>,
}

/// Whose it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Exchange {
    /// None.
    #[default]
    Idle,
    /// Theirs waits for our answer.
    Theirs(TransactionId),
    /// Ours waits for theirs.
    Ours(TransactionId),
}

impl Offers {
    /// Whose offer is under way.
    pub(crate) fn exchange(&self) -> Exchange {
        self.exchange
    }

    /// Whether none is.
    pub(crate) fn is_idle(&self) -> bool {
        self.exchange == Exchange::Idle
    }

    /// Their re-INVITE waits for as long as they ring.
    pub(crate) fn asked_by_invite(&mut self, transaction: TransactionId) {
        self.exchange = Exchange::Theirs(transaction);
        self.until = None;
    }

    /// Their UPDATE or PRACK waits, but not until they give up.
    pub(crate) fn asked(&mut self, now: Now, transaction: TransactionId) {
        self.exchange = Exchange::Theirs(transaction);
        self.until = Some(now.instant + ANSWER_WITHIN);
    }

    /// Ours was sent.
    pub(crate) fn sent(&mut self, transaction: TransactionId) {
        self.exchange = Exchange::Ours(transaction);
        self.until = None;
    }

    /// Takes theirs, to be answered.
    pub(crate) fn take_theirs(&mut self) -> Option<TransactionId> {
        let Exchange::Theirs(transaction) = self.exchange else {
            return None;
        };
        *self = Self::default();
        Some(transaction)
    }

    /// Ends the exchange of this transaction; false when it is not the one under way.
    pub(crate) fn end(&mut self, transaction: TransactionId) -> bool {
        let is_it = match self.exchange {
            Exchange::Idle => false,
            Exchange::Theirs(known) | Exchange::Ours(known) => known == transaction,
        };
        if is_it {
            *self = Self::default();
        }
        is_it
    }

    /// Takes theirs, if nobody answered it in time.
    pub(crate) fn overdue(&mut self, now: Now) -> Option<TransactionId> {
        self.until.filter(|until| *until <= now.instant)?;
        self.take_theirs()
    }

    /// When to wake it.
    pub(crate) fn poll_timeout(&self) -> Option<Deadline> {
        self.until.map(|at| Deadline::new(at, "offer unanswered"))
    }
}
