//! What phones do to hand a call over: REFER, and an INVITE that takes the place of another.

use std::time::Duration;

use bytes::Bytes;
use rappel_sip::message::{Message, Method};
use rappel_sip::wire;

use super::World;
use super::phone::Phone;

/// The names of a dialog, as the phone knows them.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    pub(crate) id: String,
    pub(crate) local: String,
    pub(crate) remote: String,
    /// The number of the INVITE, when the phone sent it.
    invite: Option<u32>,
}

impl Names {
    /// As somebody else names the dialog, whose other end is the engine: RFC 3891 §6.1.
    pub(crate) fn replaces(&self) -> String {
        format!("{};to-tag={};from-tag={}", self.id, self.remote, self.local)
    }
}

impl Phone {
    /// The dialog of a call that was answered, or rings.
    pub(crate) fn names(&self, call: usize) -> Names {
        let dialog = self.calls[call].dialog;
        let id = self
            .endpoint
            .call_id(dialog)
            .expect("the call is up")
            .to_owned();
        let answer = |all: &[Message]| {
            all.iter().find_map(|message| match message {
                Message::Response(response)
                    if response.call_id() == id
                        && matches!(response.status().code(), 180..=200)
                        && response.cseq().method == Method::Invite =>
                {
                    let from = response.from().tag().unwrap_or_default().to_owned();
                    let to = response.to().tag().unwrap_or_default().to_owned();
                    Some((from, to, response.cseq().number))
                }
                _ => None,
            })
        };
        if let Some((local, remote, number)) = answer(&self.heard) {
            let invite = Some(number);
            return Names {
                id,
                local,
                remote,
                invite,
            };
        }
        let (remote, local, _) = answer(&self.sent).expect("somebody answered");
        Names {
            id,
            local,
            remote,
            invite: None,
        }
    }

    /// Requests that follow a REFER in its dialog count on from it.
    pub(crate) fn renumbered(&self, bytes: Bytes) -> Bytes {
        let Ok(Message::Request(request)) = wire::parse(&bytes) else {
            return bytes;
        };
        let Some((first, more)) = self.bumped.get(request.call_id()) else {
            return bytes;
        };
        let number = request.cseq().number;
        if number <= *first {
            return bytes;
        }
        let text = String::from_utf8(bytes.to_vec()).expect("we write text");
        let (before, after) = (
            format!("CSeq: {number} "),
            format!("CSeq: {} ", number + more),
        );
        Bytes::from(text.replace(&before, &after))
    }
}

impl World {
    /// `phone` asks that the other party of a call be handed to `target`, a URI without brackets.
    pub(crate) fn refer(&mut self, phone: usize, call: usize, target: &str) {
        let names = self.phones[phone].names(call);
        let at = self.phones[phone].address;
        let bumped = &mut self.phones[phone].bumped;
        let number = match names.invite {
            Some(invite) => {
                let (_, more) = bumped.entry(names.id.clone()).or_insert((invite, 0));
                *more += 1;
                invite + *more
            }
            None => {
                // Numbers of the phone's own begin far above.
                let (_, sent) = bumped.entry(names.id.clone()).or_insert((u32::MAX, 0));
                *sent += 1;
                *sent
            }
        };
        let text = format!(
            "REFER sip:engine@192.0.2.1 SIP/2.0\r\n\
             Via: SIP/2.0/UDP {at};branch=z9hG4bKrefer{posted};rport\r\n\
             Max-Forwards: 70\r\n\
             From: <sip:phone@{at}>;tag={local}\r\n\
             To: <sip:engine@192.0.2.1>;tag={remote}\r\n\
             Call-ID: {id}\r\n\
             CSeq: {number} REFER\r\n\
             Contact: <sip:phone@{at}>\r\n\
             Refer-To: <{target}>\r\n\
             Content-Length: 0\r\n\r\n",
            posted = self.posted(),
            local = names.local,
            remote = names.remote,
            id = names.id,
        );
        self.send_to_board(phone, Bytes::from(text));
    }

    /// The same, to whoever talks in another call of the phone.
    pub(crate) fn refer_to_call(&mut self, phone: usize, call: usize, other: usize) {
        let replaces = self.phones[phone].names(other).replaces();
        let replaces = replaces.replace(';', "%3B").replace('=', "%3D");
        self.refer(
            phone,
            call,
            &format!("sip:whoever@192.0.2.1?Replaces={replaces}"),
        );
    }

    /// `phone` calls, in the place of a call of `other`.
    pub(crate) fn take_place(&mut self, phone: usize, (other, call): (usize, usize)) -> usize {
        // The engine's end of the dialog is local to it: its tag comes first.
        let names = self.phones[other].names(call);
        let value = names.replaces();
        let headers = vec![("Replaces".to_owned(), value)];
        let call = self.phones[phone].call_with(self.now, "whoever", headers);
        self.drain_phone(phone);
        call
    }

    /// What was said of a REFER: the status of its answer, and the sipfrags of the NOTIFYs.
    pub(crate) fn told(&self, phone: usize) -> (Option<u16>, Vec<String>) {
        let heard = self.phones[phone].heard.iter().rev();
        let status = heard.filter_map(|message| match message {
            Message::Response(response) if response.cseq().method == Method::Refer => {
                Some(response.status().code())
            }
            _ => None,
        });
        let notified = &self.phones[phone].notified;
        let lines = notified.iter().filter(|body| body.starts_with("SIP/2.0"));
        let lines = lines.map(|body| body.trim().trim_start_matches("SIP/2.0 ").to_owned());
        (status.take(1).next(), lines.collect())
    }

    /// Whether the peers of two calls hear each other.
    pub(crate) fn talk(&self, (a, call_a): (usize, usize), (b, call_b): (usize, usize)) -> bool {
        let leg = |phone: usize, call: usize| {
            let port = self.phones[phone].calls[call].remote?;
            self.sound.leg_at(port)
        };
        match (leg(a, call_a), leg(b, call_b)) {
            (Some(a), Some(b)) => {
                self.sound.hear_each_other(a, b) && self.sound.hear_each_other(b, a)
            }
            _ => false,
        }
    }

    /// The first of two takes its call, and a second later they hear each other.
    pub(crate) fn takes(&mut self, callee: (usize, usize), caller: (usize, usize)) {
        self.act(callee.0, callee.1, super::Act::Accept);
        self.run(Duration::from_secs(1));
        assert!(self.talk(caller, callee), "they hear each other");
    }

    pub(crate) fn millis(&mut self, n: u64) {
        self.run(Duration::from_millis(n));
    }
}
