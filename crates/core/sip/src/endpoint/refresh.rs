//! Session timers at work: what is asked and granted in INVITE, UPDATE and their answers, and the
//! refresh (RFC 4028).

use std::time::Duration;

use bytes::Bytes;
use rappel_model::Now;

use super::outgoing::Outcome;
use super::respond::{Capabilities, SDP, contact};
use super::{Endpoint, Purpose};
use crate::dialog::peer::{TIMER, knows};
use crate::dialog::session::{Phase, Session};
use crate::dialog::session_timer::{SessionTimer, Terms, TimerAct};
use crate::header::{MinSe, Refresher, Require, SessionExpires};
use crate::message::{Method, Request, Response, StatusCode};
use crate::output::{DialogEnd, DialogId, DialogNews};
use crate::transaction::table::TransactionId;

impl Endpoint {
    fn terms(&self) -> Terms {
        Terms {
            usual: self.settings.session_expires,
            least: self.settings.min_session_expires,
        }
    }

    /// Adds what an INVITE of ours asks.
    pub(super) fn ask_for_timer(&self, request: Request) -> Request {
        timed(request, self.terms(), self.terms().usual, None)
    }

    /// Whether a request of theirs asks for a session long enough; answers 422 otherwise
    /// (RFC 4028 §9).
    pub(super) fn is_long_enough(&mut self, now: Now, id: TransactionId, asked: &Request) -> bool {
        match self.terms().grant(asked.headers(), None) {
            Ok(_) => true,
            Err(least) => {
                if let Some(response) = self.response(id, StatusCode::SESSION_INTERVAL_TOO_SMALL) {
                    self.answer(now, id, response.with(&MinSe(least)));
                }
                false
            }
        }
    }

    /// Adds what a 2xx of ours grants to a request that begins or refreshes a session, and gives the
    /// life that begins with it. `ours` says who refreshes so far.
    pub(super) fn grant_timer(
        &self,
        now: Now,
        ours: Option<bool>,
        asked: &Request,
        mut response: Response,
    ) -> (Response, Option<SessionTimer>) {
        let Ok(Some(granted)) = self.terms().grant(asked.headers(), ours) else {
            return (response, None);
        };
        let is_ours = granted.refresher == Refresher::Uas;
        // RFC 4028 §9: who must refresh, must know how.
        if knows(asked.headers(), TIMER) {
            response.push(&Require(TIMER.to_owned()));
        }
        response.push(&SessionExpires::new(
            granted.seconds,
            Some(granted.refresher),
        ));
        let timer = SessionTimer::new(now, granted.seconds, is_ours);
        (response, Some(timer))
    }

    /// The same inside a session; before the answer no life begins.
    pub(super) fn grant_within(
        &mut self,
        now: Now,
        dialog: DialogId,
        asked: &Request,
        response: Response,
    ) -> Response {
        let Some(session) = self.usages.session(dialog) else {
            return response;
        };
        let ours = session.timer.as_ref().map(SessionTimer::is_ours);
        let (response, timer) = self.grant_timer(now, ours, asked, response);
        if let Some(session) = self.usages.session_mut(dialog)
            && session.phase == Phase::Up
        {
            session.timer = timer;
        }
        self.arm_usage(dialog);
        response
    }

    /// Takes what a 2xx to a request of ours grants.
    pub(super) fn take_timer(
        &mut self,
        now: Now,
        id: TransactionId,
        dialog: DialogId,
        response: &Response,
    ) {
        let terms = self.terms();
        let client = self.transactions.client(id);
        let asked = client.and_then(|client| client.request.typed::<SessionExpires>());
        let asked = asked.map(|asked| asked.seconds);
        let Some(session) = self.usages.session_mut(dialog) else {
            return;
        };
        // An answer that says nothing of the timer that runs leaves it with whom it is.
        let runs = session
            .timer
            .map(|timer| (timer.seconds(), timer.is_ours()));
        let is_silent = !response.headers().has(&crate::header::Name::SessionExpires);
        let agreed = match runs {
            Some(runs) if is_silent => Some(runs),
            _ => terms.accept(asked, response.headers()),
        };
        session.timer = agreed.map(|(seconds, ours)| SessionTimer::new(now, seconds, ours));
    }

    /// Adds to a request of ours inside a session what keeps its timer as it is (RFC 4028 §7.4).
    pub(super) fn keep_timer(&self, session: &Session, request: Request) -> Request {
        let Some(timer) = &session.timer else {
            return request;
        };
        let refresher = match timer.is_ours() {
            true => Refresher::Uac,
            false => Refresher::Uas,
        };
        timed(request, self.terms(), timer.seconds(), Some(refresher))
    }

    /// A deadline of a session's life.
    pub(super) fn timer_act(&mut self, now: Now, dialog: DialogId, act: TimerAct) {
        match act {
            TimerAct::Nothing => {}
            TimerAct::Refresh => self.refresh(now, dialog),
            TimerAct::Expired => self.give_up(now, dialog, DialogEnd::Expired),
        }
    }

    /// Refreshes a session: by UPDATE where the peer takes it, by the last description of ours in
    /// a re-INVITE where it does not (RFC 4028 §7.4), by OPTIONS where there is none. While an offer
    /// is under way it waits.
    fn refresh(&mut self, now: Now, dialog: DialogId) {
        let branch = self.branch();
        let Some(session) = self.usages.session_mut(dialog) else {
            return;
        };
        if !session.may_offer() {
            if let Some(timer) = &mut session.timer {
                timer.retry(now, BUSY);
            }
            return;
        }
        let body = session.ours.clone();
        let (method, body) = if session.dialog.peer.updates {
            (Method::Update, Bytes::new())
        } else if body.is_empty() {
            (Method::Options, Bytes::new())
        } else {
            (Method::Invite, body)
        };
        let is_invite = method == Method::Invite;
        let (request, flow) = session.dialog.request(method, &branch);
        let request = request
            .with(&contact(flow))
            .allow()
            .supported_but_reliable()
            .with_body(SDP, body);
        let request = match self.usages.session(dialog) {
            Some(session) => self.keep_timer(session, request),
            None => request,
        };
        let id = self.start(now, request, flow, Purpose::Refresh(dialog));
        if is_invite && let Some(session) = self.usages.session_mut(dialog) {
            session.offers.sent(id);
        }
    }

    /// A refresh was answered, or not (RFC 4028 §10). 422 was followed before it came here.
    pub(super) fn refresh_outcome(
        &mut self,
        now: Now,
        id: TransactionId,
        dialog: DialogId,
        outcome: &Outcome,
    ) {
        if outcome.status < 200 {
            return;
        }
        let Some(session) = self.usages.session_mut(dialog) else {
            return;
        };
        session.offers.end(id);
        match (outcome.status, &outcome.response) {
            (200..300, Some(response)) => self.refreshed(now, id, dialog, response),
            _ if session.phase != Phase::Up => {}
            (481, _) => self.end(now, dialog, DialogEnd::Gone, None),
            (408, _) => self.give_up(now, dialog, DialogEnd::Gone),
            (503, None) => self.give_up(now, dialog, DialogEnd::Transport),
            (405 | 501, _) if session.dialog.peer.updates => {
                session.dialog.peer.updates = false;
                self.refresh(now, dialog);
            }
            (491, _) => {
                let pause = session.pause_after_glare(&mut self.random);
                if let Some(timer) = &mut session.timer {
                    timer.retry(now, pause);
                }
            }
            _ => {
                let is_alive = !session.dialog.peer.times;
                if let Some(timer) = &mut session.timer {
                    // Whoever knows no timers cannot refuse one: it answered, so it lives.
                    match is_alive {
                        true => timer.restart(now),
                        false => timer.retry(now, REFUSED),
                    }
                }
            }
        }
        self.arm_usage(dialog);
    }

    fn refreshed(&mut self, now: Now, id: TransactionId, dialog: DialogId, response: &Response) {
        if response.cseq().method != Method::Invite {
            if response.cseq().method == Method::Update
                && let Some(session) = self.usages.session_mut(dialog)
            {
                session.dialog.refresh_target(response.typed());
            }
            self.take_timer(now, id, dialog, response);
            return;
        }
        let tag = response.to().tag().unwrap_or_default().to_owned();
        if self.acknowledge_again(id, &tag) {
            return;
        }
        let Some(session) = self.usages.session_mut(dialog) else {
            return;
        };
        session.dialog.refresh_target(response.typed());
        let peer = session.dialog.clone();
        let is_news = session.heard(response.body()) && session.phase == Phase::Up;
        self.send_ack(now, id, &peer, &tag);
        self.take_timer(now, id, dialog, response);
        if is_news {
            let body = response.body().clone();
            self.tell(dialog, DialogNews::OfferAnswered { body });
        }
    }
}

/// A request that asks for a life of that many seconds; for none with 0.
fn timed(request: Request, terms: Terms, seconds: u32, refresher: Option<Refresher>) -> Request {
    if seconds == 0 {
        return request;
    }
    let request = request.with(&SessionExpires::new(seconds, refresher));
    match terms.least > MinSe::LEAST {
        true => request.with(&MinSe(terms.least)),
        false => request,
    }
}

/// How long a refresh waits for an offer under way.
const BUSY: Duration = Duration::from_secs(2);

/// How long after a refusal a refresh is tried again; after 491 RFC 3261 §14.1 says.
const REFUSED: Duration = Duration::from_secs(10);
