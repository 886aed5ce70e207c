//! Our INVITE before its final answer (RFC 3261 §13.2), and how it is cancelled (§9.1).

use std::collections::BTreeMap;

use rappel_model::{Deadline, Instant, Now};

use super::Dialog;
use super::early::Early;
use super::offers::Offers;
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
    /// The early dialogs that a forking proxy made of it, by the tag of their peer
    /// (RFC 3261 §12.1.2).
    early: BTreeMap<String, Early>,
    /// The offer under way in UPDATE, and the tag of the early dialog it belongs to.
    pub(crate) offers: Offers,
    /// See [`Calling::offers`].
    pub(crate) offering: String,
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
            early: BTreeMap::new(),
            offers: Offers::default(),
            offering: String::new(),
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

    /// The early dialog a provisional answer belongs to, new or known. `None` when a proxy made
    /// more of them than `most`.
    pub(crate) fn note_early(&mut self, dialog: Dialog, most: usize) -> Option<&mut Early> {
        let tag = dialog.remote_tag().to_owned();
        if !self.early.contains_key(&tag) && self.early.len() >= most {
            return None;
        }
        let peer = dialog.peer;
        let early = self.early.entry(tag).or_insert_with(|| Early::new(dialog));
        early.dialog.peer.updates |= peer.updates;
        Some(early)
    }

    /// Whether our offer was answered reliably by whoever has this tag.
    pub(crate) fn has_answer(&self, tag: &str) -> bool {
        let early = self.early.get(tag);
        early.is_some_and(|early| early.answer.is_some())
    }

    /// One early dialog, to change.
    pub(crate) fn early_mut(&mut self, tag: &str) -> Option<&mut Early> {
        self.early.get_mut(tag)
    }

    /// Takes one early dialog: it is confirmed.
    pub(crate) fn take_early(&mut self, tag: &str) -> Option<Early> {
        self.early.remove(tag)
    }

    /// The tag of an early dialog in which offer and answer are known and the peer takes UPDATE.
    pub(crate) fn updatable(&self) -> Option<String> {
        let may = |early: &Early| early.answer.is_some() && early.dialog.peer.updates;
        let found = self.early.iter().find(|(_, early)| may(early));
        found.map(|(tag, _)| tag.clone())
    }

    /// Whether this tag is that of an early dialog.
    pub(crate) fn has_early(&self, tag: &str) -> bool {
        self.early.contains_key(tag)
    }

    /// The tag of whoever rings; of several, of one of them.
    pub(crate) fn early_tag(&self) -> Option<&str> {
        self.early.keys().next().map(String::as_str)
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
        let cancelled = match self.cancel {
            Cancel::Sent { give_up } => Some(Deadline::new(give_up, "cancelled, no answer")),
            Cancel::No | Cancel::Wanted { .. } => None,
        };
        Deadline::earliest(cancelled, self.offers.poll_timeout())
    }
}

impl Cancel {
    fn sent(now: Now) -> Self {
        Self::Sent {
            give_up: now.instant + PATIENCE,
        }
    }
}
