//! Their INVITE before its final answer (RFC 3261 §13.3.1).

use std::time::Duration;

use rappel_model::{Deadline, Instant, Now};

use super::Dialog;
use crate::transaction::table::TransactionId;

/// An INVITE of theirs that was not answered finally.
#[derive(Debug)]
pub(crate) struct Asked {
    /// Its server transaction.
    pub(crate) transaction: TransactionId,
    /// The dialog that answering makes; early once a provisional answer carried our tag.
    pub(crate) dialog: Dialog,
    /// When to repeat the provisional answer.
    remind: Option<Instant>,
    /// When the caller's patience ends (Expires, RFC 3261 §13.3.1).
    expires: Option<Instant>,
}

/// What time has brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AskedAct {
    /// Nothing.
    Nothing,
    /// Send the last provisional answer again.
    Remind,
    /// The invitation has expired: answer 487.
    Expired,
}

impl Asked {
    /// A new invitation; `patience` is its Expires.
    pub(crate) fn new(
        now: Now,
        transaction: TransactionId,
        dialog: Dialog,
        patience: Option<Duration>,
    ) -> Self {
        Self {
            transaction,
            dialog,
            remind: None,
            expires: patience.map(|patience| now.instant + patience),
        }
    }

    /// A provisional answer above 100 was sent: it is repeated every minute, so that no proxy takes
    /// us for dead (RFC 3261 §13.3.1.1).
    pub(crate) fn ringing(&mut self, now: Now) {
        self.remind = Some(now.instant + EVERY_MINUTE);
    }

    /// A deadline passed.
    pub(crate) fn handle_timeout(&mut self, now: Now) -> AskedAct {
        if self.expires.is_some_and(|at| at <= now.instant) {
            self.expires = None;
            return AskedAct::Expired;
        }
        if self.remind.is_some_and(|at| at <= now.instant) {
            self.remind = Some(now.instant + EVERY_MINUTE);
            return AskedAct::Remind;
        }
        AskedAct::Nothing
    }

    /// When to wake it.
    pub(crate) fn poll_timeout(&self) -> Option<Deadline> {
        Deadline::earliest(
            self.remind.map(|at| Deadline::new(at, "still ringing")),
            self.expires
                .map(|at| Deadline::new(at, "invitation expires")),
        )
    }
}

/// RFC 3261 §13.3.1.1: "every minute".
const EVERY_MINUTE: Duration = Duration::from_secs(60);
