//! A caller that writes its own SIP, for what a decent phone would never send.

use bytes::Bytes;
use rappel_sip::message::{Message, Response};
use rappel_sip::wire;

use super::World;

/// One call written by hand, from the address of a phone.
#[derive(Debug)]
pub(crate) struct RawCall {
    pub(crate) phone: usize,
    target: String,
    from: String,
    id: String,
    to_tag: String,
    cseq: u32,
}

/// An offer of one G.711 stream.
pub(crate) const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\n\
                         t=0 0\r\nm=audio 40000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n";

impl RawCall {
    pub(crate) fn new(world: &World, phone: usize, target: &str, from: &str) -> Self {
        Self {
            phone,
            target: target.to_owned(),
            from: format!("{from};tag=raw"),
            id: format!("raw-{}", world.posted()),
            to_tag: String::new(),
            cseq: 1,
        }
    }

    pub(crate) fn invite(&mut self, world: &mut World, body: &str) {
        self.send(world, "INVITE", Some(("application/sdp", body)));
    }

    pub(crate) fn ack(&mut self, world: &mut World, body: &str) {
        self.cseq -= 1;
        self.send(world, "ACK", Some(("application/sdp", body)));
    }

    pub(crate) fn info(&mut self, world: &mut World, digit: char) {
        let body = format!("Signal={digit}\r\nDuration=160\r\n");
        self.send(world, "INFO", Some(("application/dtmf-relay", &body)));
    }

    pub(crate) fn bye(&mut self, world: &mut World) {
        self.send(world, "BYE", None);
    }

    /// The last final response to our INVITE; its tag makes the dialog.
    pub(crate) fn answer(&mut self, world: &World) -> Option<Response> {
        let mine = |message: &&Message| match message {
            Message::Response(response) => {
                response.call_id() == self.id
                    && response.status().code() >= 200
                    && response.cseq().method == rappel_sip::message::Method::Invite
            }
            Message::Request(_) => false,
        };
        let Message::Response(response) = world.phones[self.phone].heard.iter().rfind(mine)? else {
            return None;
        };
        self.to_tag = response.to().tag().unwrap_or_default().to_owned();
        Some(response.clone())
    }

    fn send(&mut self, world: &mut World, method: &str, body: Option<(&str, &str)>) {
        let address = world.phones[self.phone].address;
        let (kind, body) = body.unwrap_or(("text/plain", ""));
        let tag = if self.to_tag.is_empty() {
            String::new()
        } else {
            format!(";tag={}", self.to_tag)
        };
        let content_type = if body.is_empty() {
            String::new()
        } else {
            format!("Content-Type: {kind}\r\n")
        };
        let text = format!(
            "{method} sip:{target}@192.0.2.1 SIP/2.0\r\n\
             Via: SIP/2.0/UDP {address};branch=z9hG4bK{id}{cseq}{method};rport\r\n\
             Max-Forwards: 70\r\n\
             From: {from}\r\n\
             To: <sip:{target}@192.0.2.1>{tag}\r\n\
             Call-ID: {id}\r\n\
             CSeq: {cseq} {method}\r\n\
             Contact: <sip:raw@{address}>\r\n\
             {content_type}Content-Length: {length}\r\n\r\n{body}",
            target = self.target,
            from = self.from,
            id = self.id,
            cseq = self.cseq,
            length = body.len(),
        );
        self.cseq += 1;
        let bytes = Bytes::from(text);
        assert!(
            wire::parse(&bytes).is_ok(),
            "what is written by hand can be read"
        );
        world.send_to_board(self.phone, bytes);
    }
}
