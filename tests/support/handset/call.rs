//! One call of a handset: the names of its dialog and what was seen of it.

use super::text::{Message, bare, with_body};
use super::voice::Voice;

/// What was seen of a call.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Provisional responses, or that we ring.
    pub ringing: Vec<u16>,
    /// It was answered, by either side.
    pub answered: bool,
    /// Final status of a call of ours that was not.
    pub failed: Option<u16>,
    /// Retry-After and Warning of that status.
    pub advice: String,
    /// The other side ended it: BYE or CANCEL.
    pub ended: bool,
    /// The Reason header of that.
    pub reason: String,
    /// The answer to our REFER.
    pub referred: Option<u16>,
    /// The status lines of NOTIFY that followed (message/sipfrag, RFC 3420).
    pub told: Vec<String>,
    /// Who calls, as From shows them.
    pub from: String,
    /// How often our offers in the call were answered with 200.
    pub agreed: usize,
}

/// One call.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) id: String,
    pub(super) local: String,
    pub(super) remote: String,
    /// To of the last provisional response: the other end, before there is an answer.
    pub(super) early: String,
    pub(super) target: String,
    pub(super) number: u32,
    /// The INVITE we sent last, to answer a challenge with, and the branch it had.
    pub(super) invite: String,
    /// The INVITE that came, until it is answered.
    pub(super) asked: Option<Message>,
    pub(super) voice: Voice,
    pub(super) seen: Seen,
}

impl Call {
    /// A request in this call. The CSeq is a fresh one, but for ACK and CANCEL.
    pub(super) fn request(
        &mut self,
        method: &str,
        (via, contact): (&str, &str),
        more: &str,
        body: &str,
    ) -> String {
        if !matches!(method, "ACK" | "CANCEL") {
            self.number += 1;
        }
        format!(
            "{method} {} SIP/2.0\r\nVia: {via}\r\nMax-Forwards: 70\r\nFrom: {}\r\nTo: {}\r\n\
             Call-ID: {}\r\nCSeq: {} {method}\r\nContact: {contact}\r\n{more}{}",
            self.target,
            self.local,
            self.remote,
            self.id,
            self.number,
            with_body(body),
        )
    }

    /// Learns the other end of the dialog from a response.
    pub(super) fn learn(&mut self, response: &Message) {
        response.header("To").clone_into(&mut self.remote);
        let contact = bare(response.header("Contact"));
        if !contact.is_empty() {
            contact.clone_into(&mut self.target);
        }
    }

    /// The names of this dialog as the engine knows them, for a Replaces inside a URI (RFC 3891 §6.1:
    /// `to-tag` is the tag of whoever the Replaces is for).
    pub(super) fn replaces(&self) -> String {
        let tag = |value| super::text::parameter(value, "tag").to_owned();
        let remote = match self.seen.answered {
            true => &self.remote,
            false => &self.early,
        };
        format!(
            "{}%3Bto-tag%3D{}%3Bfrom-tag%3D{}",
            self.id.replace('@', "%40"),
            tag(remote),
            tag(&self.local)
        )
    }
}
