//! Their INVITE before its final answer (RFC 3261 §13.3.1).

use std::time::Duration;

use bytes::Bytes;
use rappel_model::{Deadline, Instant, Now};

use super::Dialog;
use super::offers::Offers;
use super::reliable::{Reliable, ReliableAct};
use crate::input::Flow;
use crate::transaction::table::TransactionId;

/// An INVITE of theirs that was not answered finally.
#[derive(Debug)]
pub(crate) struct Asked {
    /// Its server transaction.
    pub(crate) transaction: TransactionId,
    /// The dialog that answering makes; early once a provisional answer carried our tag.
    pub(crate) dialog: Dialog,
    /// Its provisional answers, those that must arrive among them.
    pub(crate) reliable: Reliable,
    /// The offer under way in UPDATE or PRACK.
    pub(crate) offers: Offers,
    /// When to send the 100 that is still owed.
    trying: Option<Instant>,
    /// When to repeat the provisional answer.
    remind: Option<Instant>,
    /// When the caller's patience ends (Expires, RFC 3261 §13.3.1).
    expires: Option<Instant>,
}

/// What time has brought.
#[derive(Clone, Debug)]
pub(crate) enum AskedAct {
    /// Nothing.
    Nothing,
    /// Send the 100 that is owed.
    Trying,
    /// Send the last provisional answer again.
    Remind,
    /// The invitation has expired: answer 487.
    Expired,
    /// Send a provisional answer again.
    Repeat(Bytes, Flow),
    /// A provisional answer was never acknowledged: answer 504.
    NoPrack,
    /// Their offer was not answered in time: refuse it.
    Overdue(TransactionId),
}

impl Asked {
    /// A new invitation; `patience` is its Expires. It owes the caller a 100, as soon as whoever is
    /// told of it had a turn: a stranger's is challenged in that turn, and gets the 401 alone.
    pub(crate) fn new(
        now: Now,
        transaction: TransactionId,
        dialog: Dialog,
        reliable: Reliable,
        patience: Option<Duration>,
    ) -> Self {
        Self {
            transaction,
            dialog,
            reliable,
            offers: Offers::default(),
            trying: Some(now.instant),
            remind: None,
            expires: patience.map(|patience| now.instant + patience),
        }
    }

    /// Whether a 100 is owed; it is not any more after the call.
    pub(crate) fn take_trying(&mut self) -> bool {
        self.trying.take().is_some()
    }

    /// A provisional answer above 100 was sent: it is repeated every minute, so that no proxy takes
    /// us for dead (RFC 3261 §13.3.1.1).
    pub(crate) fn ringing(&mut self, now: Now) {
        self.remind = Some(now.instant + EVERY_MINUTE);
    }

    /// Whether a provisional answer above 100 was sent.
    pub(crate) fn is_early(&self) -> bool {
        self.remind.is_some()
    }

    /// A deadline passed.
    pub(crate) fn handle_timeout(&mut self, now: Now) -> AskedAct {
        if self.expires.is_some_and(|at| at <= now.instant) {
            self.expires = None;
            return AskedAct::Expired;
        }
        if self.trying.is_some_and(|at| at <= now.instant) {
            return AskedAct::Trying;
        }
        match self.reliable.handle_timeout(now) {
            ReliableAct::Nothing => {}
            ReliableAct::Repeat(bytes, flow) => return AskedAct::Repeat(bytes, flow),
            ReliableAct::GiveUp => return AskedAct::NoPrack,
        }
        if let Some(transaction) = self.offers.overdue(now) {
            return AskedAct::Overdue(transaction);
        }
        if self.remind.is_some_and(|at| at <= now.instant) {
            self.remind = Some(now.instant + EVERY_MINUTE);
            return AskedAct::Remind;
        }
        AskedAct::Nothing
    }

    /// When to wake it.
    pub(crate) fn poll_timeout(&self) -> Option<Deadline> {
        let later = Deadline::earliest(
            self.remind.map(|at| Deadline::new(at, "still ringing")),
            self.expires
                .map(|at| Deadline::new(at, "invitation expires")),
        );
        let trying = self.trying.map(|at| Deadline::new(at, "100 is owed"));
        let peer = Deadline::earliest(self.reliable.poll_timeout(), self.offers.poll_timeout());
        Deadline::earliest(Deadline::earliest(trying, later), peer)
    }
}

/// RFC 3261 §13.3.1.1: "every minute".
const EVERY_MINUTE: Duration = Duration::from_secs(60);
