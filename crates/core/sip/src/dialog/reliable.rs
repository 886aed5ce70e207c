//! Provisional answers that must arrive (RFC 3262), to their INVITE and to ours.
//!
//! One is outstanding at a time, repeated from T1 with ever doubled pauses until its PRACK comes;
//! what follows waits, and so does a 2xx while a session description is among them (§3).

use std::collections::VecDeque;

use bytes::Bytes;
use rappel_model::{Deadline, Instant, Now};

use super::peer::{RELIABLE, knows, requires};
use crate::header::{CSeq, RAck};
use crate::input::Flow;
use crate::message::{Request, StatusCode};
use crate::transaction::timer::{Backoff, PATIENCE};

/// The provisional answers to one INVITE of theirs.
#[derive(Debug)]
pub(crate) struct Reliable {
    want: Want,
    invite: CSeq,
    has_offer: bool,
    /// The number of the next one.
    next: u32,
    outstanding: Option<Outstanding>,
    waiting: VecDeque<(StatusCode, Bytes)>,
    /// The body of the 2xx that waits for a PRACK.
    held: Option<Bytes>,
    /// The session description that one of them carried.
    described: Option<Bytes>,
    /// Whether our offer among them was answered in a PRACK.
    answered: bool,
    /// What was sent last, to remind the caller of.
    last: StatusCode,
}

/// Which of them must arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Want {
    /// None: the caller does not know how.
    None,
    /// Those with a session description: the caller knows how.
    Described,
    /// All: the caller requires it.
    All,
}

/// One that was not acknowledged.
#[derive(Debug)]
struct Outstanding {
    rseq: u32,
    bytes: Bytes,
    flow: Flow,
    has_body: bool,
    repeat: Backoff,
    give_up: Instant,
}

/// How to send a provisional answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sending {
    /// As ever: nobody minds if it is lost.
    Plain,
    /// With this RSeq, its body left out where a description was sent before.
    Reliable(u32),
    /// Not now: it was kept for later.
    Later,
    /// Not at all: it would need an offer of ours that nobody made (RFC 3262 §5), or the call is
    /// answered already.
    Never,
}

/// What time has brought.
#[derive(Clone, Debug)]
pub(crate) enum ReliableAct {
    /// Nothing.
    Nothing,
    /// Send it again.
    Repeat(Bytes, Flow),
    /// No PRACK came: refuse the INVITE with 504 (RFC 3262 §3).
    GiveUp,
}

/// How offer and answer stand before the INVITE is answered (RFC 3311 §5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Agreement {
    /// Their offer, or their wish for one, was not answered.
    Theirs,
    /// Our offer was not answered.
    Ours,
    /// Both are known.
    Reached,
}

impl Reliable {
    /// The answers to `invite`; the first has the number `first`.
    pub(crate) fn new(invite: &Request, first: u32) -> Self {
        let headers = invite.headers();
        let want = if requires(headers, RELIABLE) {
            Want::All
        } else if knows(headers, RELIABLE) {
            Want::Described
        } else {
            Want::None
        };
        Self {
            want,
            invite: invite.cseq().clone(),
            has_offer: !invite.body().is_empty(),
            next: first,
            outstanding: None,
            waiting: VecDeque::new(),
            held: None,
            described: None,
            answered: false,
            last: StatusCode::RINGING,
        }
    }

    /// How to send a provisional answer.
    pub(crate) fn plan(&mut self, status: StatusCode, body: &Bytes) -> Sending {
        if self.held.is_some() {
            return Sending::Never;
        }
        self.last = status;
        let describes = !body.is_empty() && self.described.is_none();
        match self.want {
            Want::None => return Sending::Plain,
            Want::Described if !describes => return Sending::Plain,
            Want::All if !self.has_offer && self.described.is_none() && !describes => {
                return Sending::Never;
            }
            Want::Described | Want::All => {}
        }
        if self.outstanding.is_none() {
            return Sending::Reliable(self.next);
        }
        if self.waiting.len() < MAX_WAITING {
            self.waiting.push_back((status, body.clone()));
        }
        Sending::Later
    }

    /// Whether a body is still to be sent: after one was sent reliably it is known (RFC 3262 §5).
    pub(crate) fn may_describe(&self) -> bool {
        self.described.is_none()
    }

    /// One was sent just now.
    pub(crate) fn sent(&mut self, now: Now, bytes: Bytes, flow: Flow, body: &Bytes) {
        let has_body = !body.is_empty();
        self.outstanding = Some(Outstanding {
            rseq: self.next,
            bytes,
            flow,
            has_body,
            repeat: Backoff::new(now, None),
            give_up: now.instant + PATIENCE,
        });
        if has_body && self.described.is_none() {
            self.described = Some(body.clone());
        }
        self.next += 1;
    }

    /// Whether a PRACK acknowledges what is outstanding; it is not any more then.
    pub(crate) fn acknowledge(&mut self, rack: &RAck) -> bool {
        let is_it = self.rack().as_ref() == Some(rack);
        if is_it {
            self.outstanding = None;
        }
        is_it
    }

    /// What would acknowledge the one that is outstanding.
    pub(crate) fn rack(&self) -> Option<RAck> {
        let outstanding = self.outstanding.as_ref()?;
        Some(RAck {
            rseq: outstanding.rseq,
            cseq: self.invite.clone(),
        })
    }

    /// Our offer was answered.
    pub(crate) fn agree(&mut self) {
        self.answered = true;
    }

    /// How offer and answer stand.
    pub(crate) fn agreement(&self) -> Agreement {
        match (self.has_offer, self.described.is_some(), self.answered) {
            (_, false, _) => Agreement::Theirs,
            (true, true, _) | (false, true, true) => Agreement::Reached,
            (false, true, false) => Agreement::Ours,
        }
    }

    /// The body of the 2xx. An answer that was given early is given again, word for word: a caller
    /// that keeps to RFC 3261 §13.2.1 ignores it, and others miss it. An offer is made once.
    pub(crate) fn last_word(&self, body: Bytes) -> Bytes {
        match &self.described {
            Some(early) if self.has_offer => early.clone(),
            Some(_) => Bytes::new(),
            None => body,
        }
    }

    /// Whether the 2xx that is sent now carries our offer: theirs had none, and none was made before.
    pub(crate) fn is_asking(&self) -> bool {
        !self.has_offer && self.described.is_none()
    }

    /// Whether the peer knows what was agreed, so that we may offer something else.
    pub(crate) fn is_settled(&self) -> bool {
        self.agreement() == Agreement::Reached && self.outstanding.is_none()
    }

    /// What follows now that nothing is outstanding.
    pub(crate) fn follow(&mut self) -> Option<(StatusCode, Bytes)> {
        self.waiting.pop_front()
    }

    /// A 2xx is to be sent: true when it waits for the PRACK of a session description.
    pub(crate) fn hold(&mut self, body: &Bytes) -> bool {
        self.waiting.clear();
        let must_wait = self
            .outstanding
            .as_ref()
            .is_some_and(|outstanding| outstanding.has_body);
        if must_wait && self.held.is_none() {
            self.held = Some(body.clone());
        }
        must_wait
    }

    /// Takes the body of the 2xx that waited.
    pub(crate) fn take_held(&mut self) -> Option<Bytes> {
        self.held.take()
    }

    /// Whether a 2xx waits.
    pub(crate) fn is_held(&self) -> bool {
        self.held.is_some()
    }

    /// The minute of RFC 3261 §13.3.1.1 is over: the status to send reliably once more, or `None`
    /// when the last answer may be repeated as it was.
    pub(crate) fn remind(&self) -> Option<StatusCode> {
        (self.want == Want::All).then_some(self.last)
    }

    /// A deadline passed.
    pub(crate) fn handle_timeout(&mut self, now: Now) -> ReliableAct {
        let Some(outstanding) = &mut self.outstanding else {
            return ReliableAct::Nothing;
        };
        if outstanding.give_up <= now.instant {
            self.outstanding = None;
            return ReliableAct::GiveUp;
        }
        if outstanding.repeat.at <= now.instant {
            outstanding.repeat = outstanding.repeat.next(now);
            return ReliableAct::Repeat(outstanding.bytes.clone(), outstanding.flow);
        }
        ReliableAct::Nothing
    }

    /// When to wake it.
    pub(crate) fn poll_timeout(&self) -> Option<Deadline> {
        let outstanding = self.outstanding.as_ref()?;
        Deadline::earliest(
            Some(Deadline::new(outstanding.repeat.at, "1xx again")),
            Some(Deadline::new(outstanding.give_up, "no PRACK")),
        )
    }
}

/// How the reliable answers of one early dialog come in (RFC 3262 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// It is the next: PRACK it.
    Next,
    /// It came before.
    Again,
    /// One before it is missing; it will come again.
    Early,
}

/// Sorts a reliable answer by the number of the last one.
pub(crate) fn order(last: Option<u32>, rseq: u32) -> Order {
    match last {
        None => Order::Next,
        Some(last) if last.checked_add(1) == Some(rseq) => Order::Next,
        Some(last) if rseq <= last => Order::Again,
        Some(_) => Order::Early,
    }
}

/// Most provisional answers that wait for the PRACK of an earlier one; those beyond are left out.
pub(crate) const MAX_WAITING: usize = 8;
