//! An INVITE usage that is up: the wait for the ACK of our 2xx (RFC 3261 §13.3.1.4), re-INVITEs
//! both ways and their glare (§14), and the end (§15).

use std::time::Duration;

use bytes::Bytes;
use rappel_model::{Deadline, Instant, Now, Random};

use super::Dialog;
use super::offers::Offers;
use super::refer::{Referral, ReferralAct};
use super::session_timer::{SessionTimer, TimerAct};
use crate::header::RAck;
use crate::input::Flow;
use crate::transaction::table::TransactionId;
use crate::transaction::timer::{Backoff, PATIENCE, T1, T2};

/// A confirmed dialog and what it is doing.
#[derive(Debug)]
pub(crate) struct Session {
    /// The dialog.
    pub(crate) dialog: Dialog,
    /// Whether the first INVITE was ours: decides who waits longer after glare (RFC 3261 §14.1).
    pub(crate) is_caller: bool,
    /// How far it is from its end.
    pub(crate) phase: Phase,
    /// Our 2xx, until its ACK comes.
    pub(crate) unacknowledged: Option<Unacknowledged>,
    /// The offer that is under way.
    pub(crate) offers: Offers,
    /// What would acknowledge a provisional answer of ours whose PRACK the 2xx overtook.
    pub(crate) late_prack: Option<RAck>,
    /// An offer of ours that waits for its turn.
    pub(crate) wish: Option<Wish>,
    /// The REFER of the peer that is going on.
    pub(crate) referral: Option<Referral>,
    /// Its life without refresh.
    pub(crate) timer: Option<SessionTimer>,
    /// Our last session description, to be sent again as it is.
    pub(crate) ours: Bytes,
    /// The peer's last.
    theirs: Bytes,
    /// Whether there was a REFER before.
    pub(crate) was_referred: bool,
}

/// How far a session is from its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Up.
    Up,
    /// We hung up before the ACK of our first 2xx: BYE waits for it (RFC 3261 §15: "MUST NOT send
    /// a BYE on a confirmed dialog until it has received an ACK … or the transaction times out").
    Leaving {
        /// For the Reason header of the BYE.
        q850: Option<u8>,
    },
    /// Our BYE is on its way.
    Ending,
}

/// A 2xx of ours that was not acknowledged: repeated from T1, doubling to T2, for 64·T1, on any
/// transport (RFC 3261 §13.3.1.4).
#[derive(Debug)]
pub(crate) struct Unacknowledged {
    /// The 2xx.
    pub(crate) bytes: Bytes,
    /// Its way.
    pub(crate) flow: Flow,
    /// The number of the INVITE it answers.
    pub(crate) cseq: u32,
    /// Whether it answers the first INVITE.
    pub(crate) first: bool,
    /// Whether it carries an offer of ours, which the ACK answers.
    pub(crate) asks: bool,
    repeat: Backoff,
    give_up: Instant,
}

/// An offer of ours that waits for its turn.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    /// The offer.
    pub(crate) body: Bytes,
    /// When to try.
    pub(crate) at: Instant,
    /// How often it met 491.
    pub(crate) glares: u8,
}

/// What time has brought.
#[derive(Clone, Debug)]
pub(crate) enum SessionAct {
    /// Nothing.
    Nothing,
    /// Send our 2xx again.
    Repeat(Bytes, Flow),
    /// The ACK never came.
    NoAck,
    /// It is time for the offer that waited.
    Offer(Wish),
    /// What the referral wants done.
    Referral(ReferralAct),
    /// Their offer was not answered in time: refuse it.
    Overdue(TransactionId),
    /// What the session's life wants done.
    Timer(TimerAct),
}

impl Session {
    /// A session that begins with `dialog`.
    pub(crate) fn new(dialog: Dialog, is_caller: bool) -> Self {
        Self {
            dialog,
            is_caller,
            phase: Phase::Up,
            unacknowledged: None,
            offers: Offers::default(),
            late_prack: None,
            wish: None,
            referral: None,
            was_referred: false,
            timer: None,
            ours: Bytes::new(),
            theirs: Bytes::new(),
        }
    }

    /// Whether an INVITE of ours may be sent: none is under way in either direction, and our last
    /// 2xx was acknowledged (RFC 3261 §14.1).
    pub(crate) fn may_offer(&self) -> bool {
        self.phase == Phase::Up && self.offers.is_idle() && self.unacknowledged.is_none()
    }

    /// Notes the peer's session description; true when it is another than before. A slice would keep
    /// the whole datagram for the length of the call.
    pub(crate) fn heard(&mut self, body: &Bytes) -> bool {
        let is_news = !body.is_empty() && *body != self.theirs;
        if is_news {
            self.theirs = Bytes::copy_from_slice(body);
        }
        is_news
    }

    /// Notes our session description.
    pub(crate) fn said(&mut self, body: &Bytes) {
        if !body.is_empty() {
            self.ours = body.clone();
        }
    }

    /// Whether our last 2xx made an offer whose answer the ACK has yet to bring.
    pub(crate) fn is_owed_an_answer(&self) -> bool {
        self.unacknowledged
            .as_ref()
            .is_some_and(|waiting| waiting.asks)
    }

    /// The same of a 2xx to a re-INVITE: without the answer there is still what was agreed before.
    pub(crate) fn is_owed_a_later_answer(&self) -> bool {
        self.unacknowledged
            .as_ref()
            .is_some_and(|waiting| waiting.asks && !waiting.first)
    }

    /// The peer said something that it may not say before it has our first 2xx. True when that
    /// stands for an ACK that never came.
    pub(crate) fn is_acknowledged_by_more(&mut self) -> bool {
        let stands = self
            .unacknowledged
            .as_ref()
            .is_some_and(|waiting| waiting.first && !waiting.asks);
        let stands = stands && self.phase == Phase::Up;
        if stands {
            self.unacknowledged = None;
        }
        stands
    }

    /// An ACK with this number came. True when it was waited for.
    pub(crate) fn acknowledge(&mut self, cseq: u32) -> bool {
        let awaited = self
            .unacknowledged
            .as_ref()
            .is_some_and(|waiting| waiting.cseq == cseq);
        if awaited {
            self.unacknowledged = None;
        }
        awaited
    }

    /// Our offer met theirs (491): waits as RFC 3261 §14.1 draws it, 2.1–4 s when the Call-ID is
    /// ours and 0–2 s otherwise. `None` after too many times.
    pub(crate) fn back_off(
        &self,
        now: Now,
        body: Bytes,
        glares: u8,
        random: &mut Random,
    ) -> Option<Wish> {
        if glares >= MAX_GLARES {
            return None;
        }
        Some(Wish {
            body,
            at: now.instant + self.pause_after_glare(random),
            glares: glares + 1,
        })
    }

    /// How long to wait after 491, in steps of 10 ms.
    pub(crate) fn pause_after_glare(&self, random: &mut Random) -> Duration {
        Duration::from_millis(if self.is_caller {
            2100 + 10 * random.below(191)
        } else {
            10 * random.below(201)
        })
    }

    /// A deadline passed.
    pub(crate) fn handle_timeout(&mut self, now: Now) -> SessionAct {
        if let Some(waiting) = &mut self.unacknowledged {
            if waiting.give_up <= now.instant {
                self.unacknowledged = None;
                return SessionAct::NoAck;
            }
            if waiting.repeat.at <= now.instant {
                waiting.repeat = waiting.repeat.next(now);
                return SessionAct::Repeat(waiting.bytes.clone(), waiting.flow);
            }
        }
        if let Some(referral) = &mut self.referral {
            let act = referral.handle_timeout(now);
            if act != ReferralAct::Nothing {
                return SessionAct::Referral(act);
            }
        }
        if let Some(transaction) = self.offers.overdue(now) {
            return SessionAct::Overdue(transaction);
        }
        if let Some(timer) = &mut self.timer
            && self.phase != Phase::Ending
        {
            let act = timer.handle_timeout(now);
            if act != TimerAct::Nothing {
                return SessionAct::Timer(act);
            }
        }
        let free = self.may_offer();
        match &mut self.wish {
            Some(wish) if wish.at <= now.instant && free => self
                .wish
                .take()
                .map_or(SessionAct::Nothing, SessionAct::Offer),
            Some(wish) if wish.at <= now.instant => {
                wish.at = now.instant + T1;
                SessionAct::Nothing
            }
            _ => SessionAct::Nothing,
        }
    }

    /// When to wake it.
    pub(crate) fn poll_timeout(&self) -> Option<Deadline> {
        let waiting = self.unacknowledged.as_ref();
        let repeat = waiting.map(|waiting| Deadline::new(waiting.repeat.at, "2xx again"));
        let give_up = waiting.map(|waiting| Deadline::new(waiting.give_up, "no ACK"));
        let wish = self
            .wish
            .as_ref()
            .map(|wish| Deadline::new(wish.at, "offer after glare"));
        let referral = self.referral.as_ref().and_then(Referral::poll_timeout);
        let answer = Deadline::earliest(repeat, give_up);
        // Our BYE ends it in any case: nothing is left to refresh, nor to expire.
        let timer = self.timer.filter(|_| self.phase != Phase::Ending);
        let timer = timer.as_ref().and_then(SessionTimer::poll_timeout);
        let peer = Deadline::earliest(referral, self.offers.poll_timeout());
        let peer = Deadline::earliest(peer, timer);
        Deadline::earliest(answer, Deadline::earliest(wish, peer))
    }
}

impl Unacknowledged {
    /// A 2xx that was sent just now.
    pub(crate) fn new(now: Now, bytes: Bytes, flow: Flow, cseq: u32) -> Self {
        Self {
            bytes,
            flow,
            cseq,
            first: false,
            asks: false,
            repeat: Backoff::new(now, Some(T2)),
            give_up: now.instant + PATIENCE,
        }
    }

    /// The same for the first INVITE.
    pub(crate) fn first(mut self) -> Self {
        self.first = true;
        self
    }

    /// The same with an offer of ours in it, or not.
    pub(crate) fn asking(mut self, asks: bool) -> Self {
        self.asks = asks;
        self
    }
}

/// How often an offer may meet 491 before it counts as refused.
const MAX_GLARES: u8 = 5;
