//! The answer to a request that cannot be read: what of it can be copied, and a status.

use std::net::SocketAddr;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::index::Index;
use super::malformed::Fault;
use super::print::write;
use crate::header::scan::split_list;
use crate::header::{Field, Headers, Name, To, TypedHeader, Via, ViaText};
use crate::message::StatusCode;

/// An answer to a request that cannot be read. It is not a [`crate::message::Response`], because
/// From, To, Call-ID and CSeq stand in it as they came: unreadable, or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    status: StatusCode,
    phrase: String,
    via: Via,
    headers: Headers,
}

impl Refusal {
    /// `None` for a response, for an ACK, for what is no SIP, and when no Via says where to send it.
    pub(super) fn new(fault: Fault, index: &Index) -> Option<Self> {
        if !is_answerable(index) {
            return None;
        }
        let mut headers = copied(index);
        let via = headers.typed::<Via>()?;
        if let Some(To(to)) = headers.typed::<To>()
            && to.tag().is_none()
        {
            let to = to.with_tag(&tag(&via, index));
            headers.set_first(&To(to));
        }
        // RFC 3261 §21.4.1: the phrase should name the problem.
        let phrase = match fault.status {
            StatusCode::BAD_REQUEST => fault.why,
            status => status.reason(),
        };
        Some(Self {
            status: fault.status,
            phrase: phrase.to_owned(),
            via,
            headers,
        })
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The topmost Via: where the answer goes, once it is stamped.
    pub fn via(&self) -> &Via {
        &self.via
    }

    /// All fields but Content-Length.
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    /// Notes in the topmost Via where the request came from ([`Via::stamp`]).
    pub fn stamp(&mut self, source: SocketAddr) {
        self.via.stamp(source);
        self.headers.set_first(&self.via);
    }

    /// Adds a field.
    pub fn push<T: TypedHeader>(&mut self, header: &T) {
        self.headers.push(header);
    }

    /// The answer as it is sent.
    pub fn print(&self) -> Bytes {
        let start = format!("SIP/2.0 {} {}", self.status, self.phrase);
        write(&start, &self.headers, &[])
    }
}

/// Whether it is a request that wants an answer. Answers to answers would have no end, and an ACK
/// has none (RFC 3261 §17).
fn is_answerable(index: &Index) -> bool {
    let start = String::from_utf8_lossy(index.start()).to_ascii_uppercase();
    let is_request = start.contains(" SIP/") && !start.starts_with("SIP/");
    let is_ack = start.split_whitespace().next() == Some("ACK")
        || index
            .field(&Name::CSeq)
            .is_some_and(|cseq| cseq.text().split_whitespace().last() == Some("ACK"));
    is_request && !is_ack
}

/// The fields an answer copies. Each Via becomes a field of its own, since the topmost is about to
/// be stamped; one of another version is written as ours, so that 505 finds its way; one that cannot
/// be read is left out. Of the others the first counts, as it came.
fn copied(index: &Index) -> Headers {
    let mut headers = Headers::new();
    for field in index.fields.iter() {
        match field.name() {
            Name::Via => {
                for text in split_list(&field.text()) {
                    match ViaText::read(text) {
                        Ok(via) if via.version == "2.0" => {
                            headers.push_field(Field::new(Name::Via, text));
                        }
                        Ok(via) => headers.push(&via.owned()),
                        Err(_) => {}
                    }
                }
            }
            name @ (Name::From | Name::To | Name::CallId | Name::CSeq) if !headers.has(name) => {
                headers.push_line(field);
            }
            _ => {}
        }
    }
    headers
}

/// A tag that equal requests share (RFC 3261 §8.2.7).
fn tag(via: &Via, index: &Index) -> String {
    let call_id = index.field(&Name::CallId);
    let hash = Sha256::new()
        .chain_update(via.branch())
        .chain_update([0])
        .chain_update(call_id.map_or(&[][..], |field| field.value()))
        .finalize();
    hash[..8].iter().map(|b| format!("{b:02x}")).collect()
}
