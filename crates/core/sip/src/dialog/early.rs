//! One early dialog of our INVITE: a forking proxy makes several (RFC 3261 §12.1.2).

use bytes::Bytes;

use super::Dialog;
use super::reliable::{Order, order};

/// A dialog before the 2xx.
#[derive(Debug)]
pub(crate) struct Early {
    /// The dialog.
    pub(crate) dialog: Dialog,
    /// The RSeq of the last reliable answer.
    rseq: Option<u32>,
    /// The answer to our offer, once it came reliably: a 2xx need not repeat it (RFC 3262 §5).
    pub(crate) answer: Option<Bytes>,
}

impl Early {
    /// The early dialog of a provisional answer.
    pub(crate) fn new(dialog: Dialog) -> Self {
        Self {
            dialog,
            rseq: None,
            answer: None,
        }
    }

    /// A reliable answer with this number came; the first `body` of them answers our offer.
    pub(crate) fn take(&mut self, rseq: u32, body: &Bytes) -> Order {
        let order = order(self.rseq, rseq);
        if order == Order::Next {
            self.rseq = Some(rseq);
            if !body.is_empty() && self.answer.is_none() {
                // A slice would keep the whole datagram for the length of the call.
                self.answer = Some(Bytes::copy_from_slice(body));
            }
        }
        order
    }
}
