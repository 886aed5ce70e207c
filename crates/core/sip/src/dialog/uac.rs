//! Our INVITE before its final answer (RFC 3261 §13.2), and how it is cancelled (§9.1).

use std::collections::BTreeSet;

use rappel_model::{Deadline, Instant, Now};

use crate::transaction::table::TransactionId;
use crate::transaction::timer::PATIENCE;

/// An INVITE of ours that was not answered finally.
#[derive(Debug)]
pub(crate) struct Calling {
    /// Its client transaction.
    pub(crate) transaction: TransactionId,
    /// Its Call-ID.
    pub(crate) call_id: String,
    /// Our tag.
    pub(crate) local_tag: String,
    /// Whether we want it cancelled.
    cancel: Cancel,
    /// The tags of the early dialogs that a forking proxy made of it (RFC 3261 §12.1.2).
    early: BTreeSet<String>,
}

/// RFC 3261 §9.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cancel {
    /// Not wanted.
    No,
    /// Wanted, but nothing was heard yet: it must wait for a provisional answer.
    Wanted { q850: Option<u8> },
    /// Sent; if no final answer comes until then, the INVITE counts as cancelled.
    Sent { give_up: Instant },
}

impl Calling {
    /// A new call.
    pub(crate) fn new(transaction: TransactionId, call_id: String, local_tag: String) -> Self {
        Self {
            transaction,
            call_id,
            local_tag,
            cancel: Cancel::No,
            early: BTreeSet::new(),
        }
    }

    /// We hang up. True when the CANCEL may be sent at once.
    pub(crate) fn hang_up(&mut self, now: Now, may_cancel: bool, q850: Option<u8>) -> bool {
        match self.cancel {
            Cancel::No if may_cancel => {
                self.cancel = Cancel::sent(now);
                true
            }
            Cancel::No => {
                self.cancel = Cancel::Wanted { q850 };
                false
            }
            Cancel::Wanted { .. } | Cancel::Sent { .. } => false,
        }
    }

    /// A provisional answer came: a CANCEL that waited for it is due now. Gives its Q.850 cause.
    pub(crate) fn cancel_due(&mut self, now: Now) -> Option<Option<u8>> {
        match self.cancel {
            Cancel::Wanted { q850 } => {
                self.cancel = Cancel::sent(now);
                Some(q850)
            }
            Cancel::No | Cancel::Sent { .. } => None,
        }
    }

    /// Notes the early dialog a provisional answer belongs to. False when a proxy made more of
    /// them than `most`.
    pub(crate) fn note_early(&mut self, tag: &str, most: usize) -> bool {
        if !self.early.contains(tag) && self.early.len() >= most {
            return false;
        }
        self.early.insert(tag.to_owned());
        true
    }

    /// Whether this tag is that of an early dialog.
    pub(crate) fn has_early(&self, tag: &str) -> bool {
        self.early.contains(tag)
    }

    /// Whether it rings somewhere.
    pub(crate) fn is_early(&self) -> bool {
        !self.early.is_empty()
    }

    /// Whether we hung up.
    pub(crate) fn is_unwanted(&self) -> bool {
        self.cancel != Cancel::No
    }

    /// Whether nobody answers our CANCEL any more (RFC 3261 §9.1: 64·T1).
    pub(crate) fn is_given_up(&self, now: Now) -> bool {
        matches!(self.cancel, Cancel::Sent { give_up } if give_up <= now.instant)
    }

    /// When to wake it.
    pub(crate) fn poll_timeout(&self) -> Option<Deadline> {
        match self.cancel {
            Cancel::Sent { give_up } => Some(Deadline::new(give_up, "cancelled, no answer")),
            Cancel::No | Cancel::Wanted { .. } => None,
        }
    }
}

impl Cancel {
    fn sent(now: Now) -> Self {
        Self::Sent {
            give_up: now.instant + PATIENCE,
        }
    }
}
