//! What is wrong with a message that cannot be read, and the answer it deserves.

use sha2::{Digest, Sha256};

use super::index::Index;
use super::parse::call_id;
use crate::header::scan::split_list;
use crate::header::{BadValue, CSeq, Field, From, Headers, Name, To, Via};
use crate::message::{Essentials, Method, Parts, Response, StatusCode};

/// A message that cannot be read. The peer is at fault: malformed requests are answered where
/// enough of them could be read, malformed responses are dropped (RFC 3261 §8.1.3, §16.7, §18.2.2).
#[derive(Clone, Debug, thiserror::Error)]
#[error("malformed message ({status}): {why}")]
pub struct Malformed {
    status: StatusCode,
    why: &'static str,
    reply: Option<Box<Response>>,
}

impl Malformed {
    pub(super) fn new(fault: Fault, index: &Index) -> Self {
        Self {
            status: fault.status,
            why: fault.why,
            reply: reply(fault, index).map(Box::new),
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
    /// `None` for a response, for an ACK, and when Via, From, To, Call-ID or CSeq cannot be read.
    /// Equal requests get equal answers, so no transaction is needed (RFC 3261 §8.2.7).
    pub fn reply(&self) -> Option<Response> {
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

impl std::convert::From<BadValue> for Fault {
    fn from(bad: BadValue) -> Self {
        Self::bad(bad.0)
    }
}

fn reply(fault: Fault, index: &Index) -> Option<Response> {
    let start = String::from_utf8_lossy(&index.start);
    let is_response = start
        .get(..4)
        .is_some_and(|s| s.eq_ignore_ascii_case("SIP/"));
    if is_response || start.is_empty() {
        return None;
    }
    let headers = copied(index);
    let essentials = Essentials {
        via: headers.typed::<Via>()?,
        from: headers.typed::<From>()?.0,
        to: headers.typed::<To>()?.0,
        call_id: call_id(index).ok()?,
        cseq: headers.typed::<CSeq>()?,
    };
    if essentials.cseq.method == Method::Ack || start.starts_with("ACK ") {
        return None;
    }
    let tag = tag(&essentials);
    let parts = Parts {
        essentials,
        headers,
        body: bytes::Bytes::new(),
    };
    let phrase = fault.status.reason().to_owned();
    let response = Response::from_wire(fault.status, phrase, parts);
    // RFC 3261 §21.4.1: the phrase should name the problem.
    let response = match fault.status {
        StatusCode::BAD_REQUEST => response.with_reason(fault.why),
        _ => response,
    };
    Some(response.with_to_tag(&tag))
}

/// The fields an answer copies. Each Via becomes a field of its own, since the topmost is about to
/// be stamped; one of another version is written as ours, so that 505 finds its way; one that cannot
/// be read is left out. Of the others the first counts.
fn copied(index: &Index) -> Headers {
    let mut headers = Headers::new();
    for field in &index.fields {
        match field.name() {
            Name::Via => {
                for text in split_list(&field.text()) {
                    match Via::read_versioned(text) {
                        Ok(("2.0", _)) => headers.push_field(Field::new(Name::Via, text)),
                        Ok((_, via)) => headers.push(&via),
                        Err(_) => {}
                    }
                }
            }
            name @ (Name::From | Name::To | Name::CallId | Name::CSeq) if !headers.has(name) => {
                headers.push_field(field.clone());
            }
            _ => {}
        }
    }
    headers
}

/// A tag that equal requests share (RFC 3261 §8.2.7).
fn tag(essentials: &Essentials) -> String {
    let hash = Sha256::new()
        .chain_update(essentials.via.branch())
        .chain_update([0])
        .chain_update(&essentials.call_id)
        .finalize();
    hash[..8].iter().map(|b| format!("{b:02x}")).collect()
}

/// More than [`super::MAX_MESSAGE`].
pub(super) const TOO_LARGE: Fault = Fault::new(
    StatusCode::MESSAGE_TOO_LARGE,
    "the message is larger than 64 KiB",
);
