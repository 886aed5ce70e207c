//! Ringing people: all devices of a user, a person or a team, together or in turn; a leg and a port
//! per device. [`wave`] says who rings when, [`target`] sends the INVITE, [`early`] what the caller
//! hears meanwhile, [`divert`] where a phone may send its calls, [`tally`] sums up what came of it.

mod divert;
mod early;
mod tally;
mod target;
mod wave;

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use rappel_ivr::need::{Shown, TransferKind};
use rappel_ivr::{Reach, Reached, Whom};
use rappel_model::{Deadline, Fact, Instant, LegId, Now, PhoneNumber, PlayId, UserName};
use rappel_sip::uri::Uri;

use crate::call::{Call, Charge};
use crate::cause::Cause;
use crate::ending::Farewell;
use crate::hand::Purpose;
use crate::leg::{Leg, Role, State};
use crate::outside::{Barred, Errand};
use crate::rules::House;
use early::Early;
use tally::Tally;
use wave::{Wave, waves};

/// Devices are ringing for a caller.
#[derive(Debug)]
pub(crate) struct Dial {
    /// For the trace.
    who: String,
    /// When all ringing ends.
    until: Instant,
    /// When it is the next one's turn.
    turn: Instant,
    /// Who rings next, together within each.
    waves: VecDeque<Wave>,
    ringing: BTreeSet<LegId>,
    /// Somebody's forward led outside: the caller dialled another number than the one that is rung.
    forwarded: bool,
    /// Somebody calls for help.
    help: bool,
    /// Whom the caller hears before anybody answers.
    early: Option<Early>,
    /// Who sent calls elsewhere in this turn, and to whom.
    diverted: BTreeSet<UserName>,
    tally: Tally,
}

impl Dial {
    pub(crate) fn poll_timeout(&self) -> Deadline {
        if self.turn < self.until {
            Deadline::new(self.turn, "next in turn")
        } else {
            Deadline::new(self.until, "no answer")
        }
    }
}

impl Call {
    /// Begins to ring people. The flow is told how it ended. With `tone`, the caller hears ringing
    /// meanwhile.
    pub(crate) fn ring_people(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        purpose: Purpose,
        reach: &Reach,
        tone: bool,
    ) {
        if self.caller_is_gone() || !matches!(self.charge, Charge::Flow) {
            self.news.push_back(purpose.ended(Reached::Unreachable));
            return;
        }
        self.purpose = purpose;
        self.manner = TransferKind::Blind;
        let until = now.instant + reach.ring;
        let mut users = waves(house, now, reach);
        for wave in &mut users {
            // Nobody is called by themselves, nor by the phone that hands them over, unless it is to have
            // them back.
            let asks = self.referral.as_ref().filter(|r| r.failed.is_none());
            let referrer = asks.and_then(|r| self.legs.get(&r.referrer));
            let referrer = referrer.and_then(|leg| leg.role.user());
            let caller = self.about.caller.user.as_ref();
            wave.retain(|user| Some(user) != caller && Some(user) != referrer);
        }
        let waves = users.into_iter().map(Wave::Users).collect();
        let who = match &reach.who {
            Whom::Person(person) => person.to_string(),
            Whom::Team(team) => team.to_string(),
            Whom::User(user) => user.to_string(),
            Whom::Outside(_) => "outside".to_owned(),
        };
        self.draft.stage(now, format!("reach {who}"));
        self.charge = Charge::Dialling(Dial {
            who,
            until,
            turn: until,
            waves,
            ringing: BTreeSet::new(),
            forwarded: false,
            help: false,
            early: None,
            diverted: BTreeSet::new(),
            tally: Tally::default(),
        });
        self.ring_next(now, house);
        if tone {
            self.play_ringing();
        }
    }

    /// Begins to ring a number outside, along the routes that lead there, one after the other.
    pub(crate) fn ring_outside(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        purpose: Purpose,
        (number, shown, why): (&PhoneNumber, Shown, Errand),
        ring: Duration,
    ) {
        if self.caller_is_gone() || !matches!(self.charge, Charge::Flow) {
            self.news.push_back(purpose.ended(Reached::Unreachable));
            return;
        }
        let wanted = self.wanted(number, shown, why);
        let help = wanted.is_some_and(|w| house.outside.is_for_help(&w));
        let routes = wanted.map_or(Err(Barred::NoTrunk), |w| house.outside.routes(now, &w));
        let routes = match routes {
            Ok(routes) => routes,
            Err(barred) => {
                self.draft.stage(now, barred.word());
                self.purpose = purpose;
                self.obstacle = Some(barred.cause(number, why));
                if help {
                    self.fact(Fact::HelpNotReached { tried: 0 });
                }
                self.reached(now, house, Reached::Unreachable);
                return;
            }
        };
        self.purpose = purpose;
        self.manner = TransferKind::Blind;
        self.obstacle = None;
        self.draft.stage(now, why.word());
        let until = now.instant + ring;
        let wave = |route| Wave::Outside(Box::new(route), number.clone(), shown, why);
        self.charge = Charge::Dialling(Dial {
            who: "outside".to_owned(),
            until,
            turn: until,
            waves: routes.into_iter().map(wave).collect(),
            ringing: BTreeSet::new(),
            forwarded: why == Errand::Forward,
            help,
            early: None,
            diverted: BTreeSet::new(),
            tally: Tally::default(),
        });
        self.ring_next(now, house);
        self.play_ringing();
    }

    /// Rings the next ones until somebody rings, or tells the flow that nobody is left.
    fn ring_next(&mut self, now: Now, house: &mut House<'_>) {
        loop {
            let Charge::Dialling(dial) = &mut self.charge else {
                return;
            };
            if !dial.ringing.is_empty() {
                return;
            }
            let next = dial.waves.pop_front().filter(|_| now.instant < dial.until);
            let Some(wave) = next else {
                self.conclude(now, house);
                return;
            };
            // Each gets an equal share of what is left; whoever cannot be rung leaves theirs.
            let sharers = u32::try_from(dial.waves.len() + 1).unwrap_or(u32::MAX);
            let legs: Vec<LegId> = match wave {
                Wave::Users(users) => {
                    dial.turn = now.instant + dial.until.since(now.instant) / sharers;
                    let each = |user| {
                        let only = self.following.device_of(user);
                        self.ring_user(now, house, user, only.as_deref())
                    };
                    users.iter().flat_map(each).collect()
                }
                Wave::Outside(route, number, shown, why) => {
                    // Another route takes over when this one fails, not when it rings.
                    dial.turn = dial.until;
                    let leg = self.ring_route(now, house, *route, (&number, shown, why));
                    leg.into_iter().collect()
                }
            };
            if let Charge::Dialling(dial) = &mut self.charge {
                dial.ringing.extend(legs);
            }
        }
    }

    /// A provisional response of a device.
    pub(crate) fn device_rings(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        id: LegId,
        status: u16,
        body: Bytes,
    ) {
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| !leg.is_ended()) else {
            return;
        };
        leg.rings(now, body.clone());
        if self.reminds(id) {
            return;
        }
        let heard = self.early_answer(now, house, id, (status, &body));
        self.tell_progress(now, house, status);
        // 181 and 182 say that a call is forwarded or queued: nothing rings yet.
        if matches!(status, 180 | 183) && !heard {
            self.ring_caller(now, house);
        }
    }

    /// A device answered. It wins if it is the first; the others are cancelled.
    pub(crate) fn device_answers(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        id: LegId,
        body: &[u8],
    ) {
        if self.reminds(id) {
            self.take_back(now, house, id, body);
            return;
        }
        let awaited = matches!(&self.charge, Charge::Dialling(dial) if dial.ringing.contains(&id));
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| !leg.is_ended()) else {
            return;
        };
        // Some phones answer early, in an unreliable 183, and repeat nothing in the 2xx.
        let early = match &leg.state {
            State::Early { body } => body.clone(),
            _ => Bytes::new(),
        };
        leg.answers(now);
        if matches!(leg.role, Role::Outside(_)) {
            house.outside.answered(now, id);
        }
        let body = if body.is_empty() { &early[..] } else { body };
        let taken = leg.session.as_mut().map(|s| s.take_answer(body));
        if let (Some(Err(refused)), true) = (&taken, awaited) {
            self.draft.voice_refused(now, refused);
        }
        let Some(Ok(stream)) = taken.filter(|_| awaited) else {
            let cause = if awaited {
                Cause::MediaRefused
            } else {
                Cause::AnsweredElsewhere
            };
            self.device_out(now, house, id, cause, Farewell::Ours);
            return;
        };
        self.fact(Fact::Answered(id));
        if let Charge::Dialling(mut dial) = std::mem::replace(&mut self.charge, Charge::Flow) {
            dial.ringing.remove(&id);
            self.draft
                .stage(now, format!("reach {}: answered", dial.who));
            self.cancel_devices(now, house, dial);
        }
        self.agree(now, id, stream);
        self.engage(house, id);
        if self.manner == TransferKind::Attended {
            self.ask(now, id);
            return;
        }
        self.stop_ringing();
        self.speak_like(id);
        if self.answer_caller(now, house) {
            if self.referral.is_none() {
                self.leave_waiting();
            }
            self.join(now, id);
            self.handed_over(now, house);
        } else {
            self.end_leg(now, house, id, Cause::Normal, Farewell::Ours);
        }
    }

    /// A device's INVITE was refused, or nothing came of it.
    pub(crate) fn device_fails(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        id: LegId,
        (status, q850): (u16, Option<u8>),
        contacts: &[Uri],
    ) {
        let Some(leg) = self.legs.get(&id).filter(|leg| !leg.is_ended()) else {
            return;
        };
        let mut cause = Cause::of_refusal(status, q850, leg.rang());
        if self.reminds(id) {
            if status == NOT_ACCEPTABLE_HERE
                && let Some(secured) = self.ring_secured(now, house, id)
            {
                self.reminder.rings_too(secured);
            }
            let farewell = Farewell::Theirs(Some(status));
            self.device_out(now, house, id, cause, farewell);
            return;
        }
        let role = leg.role.clone();
        let forwarded = matches!(&self.charge, Charge::Dialling(dial) if dial.forwarded);
        if (forwarded || matches!(role, Role::Device(_)))
            && matches!(
                cause,
                Cause::NotFound | Cause::Congestion | Cause::NotAllowed
            )
        {
            // A phone that does not know itself, or a forward to nowhere, is no number that belongs
            // to nobody; and one that is overloaded or gone is no bound of ours (RFC 3261 §16.7 step
            // 6: its 503 stays here). A phone that forbids a call declines it; a forward that is
            // forbidden is none of the caller's doing.
            cause = match cause {
                Cause::NotAllowed if !forwarded => Cause::Declined,
                _ => Cause::Unreachable,
            };
        }
        if (300..400).contains(&status) {
            let legs = self.divert(now, house, id, contacts);
            if let Charge::Dialling(dial) = &mut self.charge {
                dial.ringing.extend(legs);
            }
        }
        if status == NOT_ACCEPTABLE_HERE
            && let Some(secured) = self.ring_secured(now, house, id)
            && let Charge::Dialling(dial) = &mut self.charge
        {
            dial.ringing.insert(secured);
        }
        if (600..700).contains(&status) {
            // RFC 3261 §16.7 step 5: a 6xx speaks for all devices of whoever sent it.
            let same: Vec<LegId> = self.ringing_devices(|leg| leg.role == role);
            for other in same.into_iter().filter(|&other| other != id) {
                self.take_out(other);
                self.end_leg(now, house, other, cause, Farewell::Ours);
            }
        }
        if matches!(role, Role::Outside(..))
            && !house.outside.moves_on(now, id, status, q850)
            && let Charge::Dialling(dial) = &mut self.charge
            && !dial.help
        {
            // Whoever was called has spoken: another trunk would bring the same answer.
            dial.waves.retain(|wave| !matches!(wave, Wave::Outside(..)));
        }
        let farewell = Farewell::Theirs(Some(status));
        self.device_out(now, house, id, cause, farewell);
    }

    /// A device that was rung is out of it; when it was the last one, it is the next one's turn.
    pub(crate) fn device_out(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        id: LegId,
        cause: Cause,
        farewell: Farewell,
    ) {
        self.end_leg(now, house, id, cause, farewell);
        self.end_early(id);
        if self.take_out(id)
            && let Charge::Dialling(dial) = &mut self.charge
        {
            dial.tally.count(cause);
            self.ring_next(now, house);
        }
    }

    /// Ends what has rung long enough.
    pub(crate) fn dial_timeout(&mut self, now: Now, house: &mut House<'_>) {
        let Charge::Dialling(dial) = &self.charge else {
            return;
        };
        if now.instant < dial.poll_timeout().at {
            return;
        }
        for id in self.ringing_devices(|_| true) {
            let rang = self.legs.get(&id).is_some_and(Leg::rang);
            let cause = if rang {
                Cause::NoAnswer
            } else {
                Cause::Unreachable
            };
            self.end_leg(now, house, id, cause, Farewell::Ours);
            self.end_early(id);
            self.take_out(id);
            if let Charge::Dialling(dial) = &mut self.charge {
                dial.tally.count(cause);
            }
        }
        self.ring_next(now, house);
    }

    /// Cancels whatever still rings: somebody answered elsewhere, or the caller is gone.
    pub(crate) fn cancel_devices(&mut self, now: Now, house: &mut House<'_>, dial: Dial) {
        if let Some(early) = dial.early {
            self.part_early(early);
        }
        let cause = if self.caller_is_gone() {
            Cause::Cancelled
        } else {
            Cause::AnsweredElsewhere
        };
        for id in dial.ringing {
            self.end_leg(now, house, id, cause, Farewell::Ours);
        }
    }

    /// Nobody is left to ring.
    fn conclude(&mut self, now: Now, house: &mut House<'_>) {
        let Charge::Dialling(dial) = &self.charge else {
            return;
        };
        let reached = dial.tally.result();
        let word = match reached {
            Reached::Answered => "answered",
            Reached::NoAnswer => "no answer",
            Reached::Busy => "busy",
            Reached::Declined => "declined",
            Reached::Unreachable => "unreachable",
        };
        let obstacle = dial.tally.obstacle();
        let word = obstacle.map_or(word, Cause::word);
        let what = format!("reach {}: {word}", dial.who);
        self.obstacle = obstacle.or(self.obstacle);
        let (help, tried) = (dial.help, dial.tally.len());
        self.draft.stage(now, what);
        if help && !self.caller_is_gone() {
            self.fact(Fact::HelpNotReached { tried });
        }
        self.stop_ringing();
        if !self.forward_on(now, house, reached) {
            self.reached(now, house, reached);
        }
    }

    pub(crate) fn ringing_devices(&self, which: impl Fn(&Leg) -> bool) -> Vec<LegId> {
        let Charge::Dialling(dial) = &self.charge else {
            return Vec::new();
        };
        let wanted = |id: &LegId| self.legs.get(id).is_some_and(&which);
        dial.ringing.iter().copied().filter(wanted).collect()
    }

    fn take_out(&mut self, id: LegId) -> bool {
        match &mut self.charge {
            Charge::Dialling(dial) => dial.ringing.remove(&id),
            _ => false,
        }
    }
}

/// The play order of the ringing tone; flows number theirs from zero upwards.
pub(crate) const RINGING: PlayId = PlayId(u64::MAX);

/// RFC 3261 §21.4.26.
const NOT_ACCEPTABLE_HERE: u16 = 488;
