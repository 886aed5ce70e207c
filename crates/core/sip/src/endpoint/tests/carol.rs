//! A scripted peer that says exactly what a test wants, inside one dialog with node 0.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;

use super::world::{World, invite};
use crate::message::{Method, Request, Response};
use crate::output::DialogId;
use crate::{Flow, Transport};

/// Carol at 192.0.2.9, and the world she lives in.
pub(super) struct Carol {
    pub(super) world: World,
    pub(super) dialog: DialogId,
    /// Our tag.
    pub(super) tag: String,
    pub(super) cseq: u32,
    /// Her From and our To, as her requests have them; the other way round when we called her.
    names: (String, String),
    call_id: String,
    branches: u32,
}

const BOB: &str = "<sip:bob@192.0.2.1>";

impl Carol {
    /// She has sent an INVITE with these headers and this body; it was told, and got its 100.
    pub(super) fn calls(extra: &str, body: &str) -> Self {
        let mut carol = Self {
            world: World::new(95, 1),
            dialog: DialogId(0),
            tag: String::new(),
            cseq: 9,
            names: ("<sip:carol@192.0.2.9>;tag=carol".into(), BOB.into()),
            call_id: "scripted".into(),
            branches: 0,
        };
        carol.asks("INVITE", extra, body);
        if let Some(incoming) = carol.world.nodes[0].incoming.last() {
            carol.dialog = incoming.dialog;
        }
        carol
    }

    /// A call of hers that is up; what was said before is forgotten.
    pub(super) fn up(extra: &str) -> Self {
        let mut carol = Self::calls(extra, "her offer");
        carol.accepted();
        carol.forget();
        carol
    }

    /// A call of ours to her that rings nowhere yet: our INVITE came to her.
    pub(super) fn called(body: &'static [u8]) -> (Self, Request) {
        let mut world = World::new(96, 1);
        let flow = flow();
        let mut dialog = DialogId(0);
        world.act(0, |e, now| dialog = e.invite(now, invite(flow, body)));
        world.run(Duration::from_millis(20));
        let asked = world.requests()[0].clone();
        let carol = Self {
            world,
            dialog,
            tag: asked.from().tag().unwrap_or_default().to_owned(),
            cseq: 99,
            names: (
                format!("{};tag=carol", asked.to()),
                asked.from().to_string(),
            ),
            call_id: asked.call_id().to_owned(),
            branches: 0,
        };
        (carol, asked)
    }

    /// We accept her call, and she acknowledges.
    pub(super) fn accepted(&mut self) {
        let dialog = self.dialog;
        self.world.act(0, |e, now| {
            e.accept(now, dialog, Bytes::from_static(b"our answer"));
        });
        self.run(20);
        let ok = self.answer("INVITE");
        self.learn(&ok);
        self.acks();
    }

    /// She acknowledges her last INVITE.
    pub(super) fn acks(&mut self) {
        self.cseq -= 1;
        self.asks("ACK", "", "");
    }

    /// Takes our tag from an answer.
    pub(super) fn learn(&mut self, response: &Response) {
        self.tag = response.to().tag().unwrap_or_default().to_owned();
        self.names.1 = format!("{BOB};tag={}", self.tag);
    }

    /// Her next request in the dialog; it is answered within 20 ms, if it is answered.
    pub(super) fn asks(&mut self, method: &str, extra: &str, body: &str) {
        self.cseq += 1;
        let text = self.text(method, self.cseq, extra, body);
        self.says(&text);
    }

    /// A request of hers with a branch nobody used before.
    pub(super) fn text(&mut self, method: &str, cseq: u32, extra: &str, body: &str) -> String {
        self.branches += 1;
        let (from, to) = &self.names;
        let (branch, call_id) = (self.branches, &self.call_id);
        let kind = if body.is_empty() || extra.contains("Content-Type") {
            ""
        } else {
            "Content-Type: application/sdp\n"
        };
        format!(
            "{method} sip:bob@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKc{branch}\n\
             Max-Forwards: 70\nFrom: {from}\nTo: {to}\nCall-ID: {call_id}\nCSeq: {cseq} {method}\n\
             Contact: <sip:carol@192.0.2.9:5060>\n{extra}{kind}Content-Length: {}\n\n{body}",
            body.len()
        )
    }

    pub(super) fn says(&mut self, text: &str) {
        self.world.say(address(), 0, text);
        self.run(20);
    }

    /// She answers a request of ours with the tag `tag`.
    pub(super) fn answers(
        &mut self,
        asked: &Request,
        status: &str,
        tag: &str,
        extra: &str,
        body: &str,
    ) {
        let kind = if body.is_empty() {
            ""
        } else {
            "Content-Type: application/sdp\n"
        };
        let to = match asked.to().tag() {
            Some(_) => asked.to().to_string(),
            None => format!("{};tag={tag}", asked.to()),
        };
        let text = format!(
            "SIP/2.0 {status}\nVia: {}\nFrom: {}\nTo: {to}\nCall-ID: {}\nCSeq: {}\n\
             Contact: <sip:carol@192.0.2.9:5060>\n{extra}{kind}Content-Length: {}\n\n{body}",
            asked.via(),
            asked.from(),
            asked.call_id(),
            asked.cseq(),
            body.len()
        );
        self.says(&text);
    }

    pub(super) fn run(&mut self, millis: u64) {
        self.world.run(Duration::from_millis(millis));
    }

    /// The last answer of ours to a request of that method.
    ///
    /// # Panics
    /// When there was none.
    pub(super) fn answer(&self, method: &str) -> Response {
        let answers = self.world.responses();
        let last = answers
            .iter()
            .rfind(|response| response.cseq().method.as_str() == method);
        Response::clone(last.expect("it was answered"))
    }

    /// The statuses of our answers to requests of that method.
    pub(super) fn statuses(&self, method: &str) -> Vec<u16> {
        let answers = self.world.responses();
        let of = |response: &&Response| response.cseq().method.as_str() == method;
        let code = |response: &Response| response.status().code();
        answers.into_iter().filter(of).map(code).collect()
    }

    /// Our requests of that method, in order.
    pub(super) fn asked(&self, method: &Method) -> Vec<Request> {
        let asked = self.world.requests();
        let of = asked
            .into_iter()
            .filter(|request| request.method() == method);
        of.cloned().collect()
    }

    /// The last of them.
    ///
    /// # Panics
    /// When there was none.
    pub(super) fn last(&self, method: &Method) -> Request {
        self.asked(method).pop().expect("it was sent")
    }

    /// Forgets what was said so far.
    pub(super) fn forget(&mut self) {
        self.world.for_peers.clear();
        self.world.nodes[0].news.clear();
    }

    pub(super) fn news(&self) -> Vec<String> {
        self.world.news(0)
    }

    /// She hangs up; nothing is left of the call.
    pub(super) fn leaves(mut self) {
        self.asks("BYE", "", "");
        self.world.settle();
        self.world.assert_clean();
    }
}

pub(super) fn address() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 9], 5060))
}

pub(super) fn flow() -> Flow {
    Flow {
        transport: Transport::Udp,
        local: super::world::address(1),
        remote: address(),
        connection: None,
    }
}
