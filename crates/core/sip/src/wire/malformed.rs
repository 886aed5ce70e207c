//! What is wrong with a message that cannot be read, and the answer it deserves.

use super::index::Index;
use super::refusal::Refusal;
use crate::header::BadValue;
use crate::message::StatusCode;

/// A message that cannot be read. The peer is at fault: malformed requests are answered where
/// enough of them could be read, malformed responses are dropped (RFC 3261 §8.1.3, §16.7, §18.2.2).
#[derive(Clone, Debug, thiserror::Error)]
#[error("malformed message ({status}): {why}")]
pub struct Malformed {
    status: StatusCode,
    why: &'static str,
    reply: Option<Box<Refusal>>,
}

impl Malformed {
    pub(super) fn new(fault: Fault, index: &Index) -> Self {
        Self {
            status: fault.status,
            why: fault.why,
            reply: Refusal::new(fault, index).map(Box::new),
        }
    }

    /// The status RFC 3261 wants for it: 400, 414, 505, 513 …
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What is wrong, in a few words.
    pub fn why(&self) -> &'static str {
        self.why
    }

    /// The answer to send back the way the message came, once its Via is stamped with the source.
    /// From, To, Call-ID and CSeq are copied as they came, and left out where they are missing.
    /// `None` for a response, for an ACK, for what names no SIP version, and when no Via can be read.
    /// Equal requests get equal answers, so no transaction is needed (RFC 3261 §8.2.7).
    pub fn reply(&self) -> Option<Refusal> {
        self.reply.as_deref().cloned()
    }
}

/// A fault and its status, before it is known whether anybody can be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) status: StatusCode,
    pub(super) why: &'static str,
}

impl Fault {
    pub(super) const fn new(status: StatusCode, why: &'static str) -> Self {
        Self { status, why }
    }

    /// A fault that 400 answers.
    pub(super) const fn bad(why: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, why)
    }
}

impl From<BadValue> for Fault {
    fn from(bad: BadValue) -> Self {
        Self::bad(bad.0)
    }
}

/// More than [`super::MAX_MESSAGE`].
pub(super) const TOO_LARGE: Fault = Fault::new(
    StatusCode::MESSAGE_TOO_LARGE,
    "the message is larger than 64 KiB",
);
