//! A party of a conversation asks us to hand its call over (REFER, RFC 3515). It is dealt with here
//! and never passed on (RFC 7092 §3.2.3): whoever it talked with becomes the party that is served, and
//! hears ringing while the target is rung; who asked hears by NOTIFY how it goes.
//!
//! ```text
//!                REFER              target answers
//! Talking(a, b) ───────► Dialling ─────────────────► Talking(b, target); the leg of a is ended
//!                            │ nobody answers
//!                            └──────► Talking(a, b) again, or what recall.rs has for b
//! ```
//!
//! Only our own users may ask; a peer outside is refused 603, since what it asks for would be paid by
//! the company. Where the call goes is looked for as if the asking user had dialled it.

use std::time::Duration;

use rappel_ivr::need::Shown;
use rappel_ivr::{Order, Reach, Reached, Whom};
use rappel_media::Command;
use rappel_model::{LegId, LineName, Now, PhoneNumber, QuestionId, UserName};
use rappel_sip::Refer;
use rappel_sip::uri::Uri;

use crate::arrival::{CallerId, Service};
use crate::call::{Call, Charge};
use crate::cause::Cause;
use crate::ending::Farewell;
use crate::hand::Purpose;
use crate::output::Output;
use crate::outside::Errand;
use crate::rules::House;

/// Who wants to know where a call shall go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Search {
    /// The REFER of this leg.
    Refer(LegId),
    /// A flow that hands the call to a line.
    Flow(QuestionId),
    /// A parked call that nobody fetches.
    Parked,
}

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sought {
    /// What this user of the tenant would reach by dialling it.
    Dialled(UserName, String),
    /// A line of the tenant.
    Line(LineName),
    /// What a call for this user comes to, their mailbox included.
    Own(UserName),
}

/// Where a call is to go.
#[derive(Clone, Debug)]
pub enum Destination {
    /// People within the company.
    Reach(Whom),
    /// A number outside.
    Outside(PhoneNumber),
    /// A free place for parked calls.
    Park(u32),
    /// A place for parked calls, but the one wanted is taken, or all are.
    Full,
    /// A flow serves whoever is handed over: that of a line, or one that every engine has.
    Serve(Box<Service>, Option<LineName>),
}

/// A hand-over that is under way.
#[derive(Debug)]
pub(crate) struct Referral {
    /// The leg that asked; it may be gone by now.
    pub(crate) referrer: LegId,
    /// The caller as it was shown before, when the one who asked was the caller.
    pub(crate) before: Option<CallerId>,
    /// What the conversation was for.
    pub(crate) purpose: Purpose,
    /// What was told last.
    told: u16,
    /// Why nobody was reached, once it is the one who asked that is rung.
    pub(crate) failed: Option<(Reached, Option<Cause>)>,
}

impl Referral {
    /// A hand-over that begins: whoever asked knows that it was accepted.
    pub(crate) fn new(referrer: LegId, before: Option<CallerId>, purpose: Purpose) -> Self {
        Self {
            referrer,
            before,
            purpose,
            told: 100,
            failed: None,
        }
    }
}

impl Call {
    /// A REFER of one leg.
    pub(crate) fn referred(&mut self, now: Now, house: &mut House<'_>, leg: LegId, refer: &Refer) {
        let Some(user) = self.may_refer(house, leg) else {
            self.refuse_refer(now, house, leg, 603);
            return;
        };
        // A dialog that is not ours cannot be joined to.
        let foreign = matches!(&refer.to, Uri::Sip(uri) if uri.header("Replaces").is_some());
        match (refer.replaces, refer.to.user()) {
            (Some(dialog), _) => self.put(Output::Fetch { leg, dialog, user }),
            (None, Some(dialled)) if !foreign && !dialled.is_empty() => self.put(Output::Find {
                search: Search::Refer(leg),
                sought: Sought::Dialled(user, dialled),
            }),
            _ => self.refuse_refer(now, house, leg, 404),
        }
    }

    /// Whether a leg may ask for a hand-over now, and who asks.
    pub(crate) fn may_refer(&self, house: &House<'_>, leg: LegId) -> Option<UserName> {
        self.partner(leg)?;
        let user = self.legs.get(&leg)?.role.user().cloned()?;
        (self.referral.is_none() && !house.rules.closing).then_some(user)
    }

    pub(crate) fn refuse_refer(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        leg: LegId,
        status: u16,
    ) {
        if let Some(leg) = self.legs.get(&leg) {
            house.sip.refuse_refer(now, leg.dialog, status);
        }
        self.draft.stage(now, format!("hand-over refused {status}"));
    }

    /// Where a call is to go was looked for.
    pub(crate) fn found(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        search: Search,
        destination: Option<Destination>,
    ) {
        match (search, destination) {
            (Search::Refer(leg), Some(destination)) => {
                self.refer_to(now, house, leg, destination);
            }
            (Search::Refer(leg), None) => self.refuse_refer(now, house, leg, 404),
            (Search::Parked, destination) => self.return_parked(now, house, destination),
            (Search::Flow(_), Some(Destination::Serve(service, line))) if self.may_serve() => {
                self.serve(now, house, *service, line);
            }
            (Search::Flow(question), _) => {
                let purpose = Purpose::Transfer(question);
                self.news.push_back(purpose.ended(Reached::Unreachable));
            }
        }
    }

    fn refer_to(&mut self, now: Now, house: &mut House<'_>, leg: LegId, to: Destination) {
        // Somebody may have hung up meanwhile.
        let Some((user, served)) = self.may_refer(house, leg).zip(self.partner(leg)) else {
            self.refuse_refer(now, house, leg, 603);
            return;
        };
        let refused = match to {
            Destination::Serve(..) if !self.may_serve() => Some(482),
            // Neither a flow's words nor the music of a place could be heard.
            Destination::Serve(..) | Destination::Park(_) if self.is_passed_on(served) => Some(488),
            Destination::Full => Some(486),
            _ => None,
        };
        if let Some(status) = refused {
            self.refuse_refer(now, house, leg, status);
            return;
        }
        if let Some(leg) = self.legs.get(&leg) {
            house.sip.accept_refer(now, leg.dialog);
        }
        self.draft.stage(now, format!("handed over by {user}"));
        self.step_aside(now, house, leg, served);
        let reach = |who| Reach {
            who,
            ring: RING,
            order: Order::Together,
            screen: false,
            context: None,
        };
        match to {
            Destination::Reach(who) => {
                self.ring_for(now, house, Purpose::Reach, &reach(who), true);
            }
            Destination::Outside(number) => {
                let whom = (&number, Shown::Caller, Errand::Transfer);
                self.ring_outside(now, house, Purpose::Reach, whom, RING);
            }
            Destination::Park(slot) => self.park(now, house, leg, (user, slot)),
            // Refused above.
            Destination::Full => {}
            Destination::Serve(service, line) => {
                self.handed_over(now, house);
                self.serve(now, house, *service, line);
            }
        }
    }

    /// The two are taken apart, and whoever did not ask is the one that is served from here on.
    pub(crate) fn step_aside(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        leg: LegId,
        served: LegId,
    ) {
        if let Charge::Talking { callee } = self.charge {
            self.part(now, house, callee);
        }
        let before = (leg == self.caller).then(|| {
            let shown = self.identity(house, served);
            self.caller = served;
            self.about.passed.clear();
            std::mem::replace(&mut self.about.caller, shown)
        });
        let purpose = std::mem::take(&mut self.purpose);
        self.referral = Some(Referral::new(leg, before, purpose));
    }

    /// How the party of a leg is shown to whoever is rung for it.
    pub(crate) fn identity(&self, house: &House<'_>, leg: LegId) -> CallerId {
        if leg == self.caller && self.about.caller.is_hidden {
            return self.about.caller.clone();
        }
        let Some(leg) = self.legs.get(&leg) else {
            return CallerId::default();
        };
        let Some(user) = leg.role.user() else {
            return CallerId {
                number: PhoneNumber::parse(leg.record.peer.reveal()),
                ..CallerId::default()
            };
        };
        let mut persons = house.around.people.persons.values();
        let person = persons.find(|person| person.phones.contains(user));
        let extension = person.and_then(|person| person.extension.as_deref());
        CallerId {
            number: extension.and_then(PhoneNumber::parse),
            name: person.map(|person| person.name.clone()),
            user: Some(user.clone()),
            is_hidden: false,
        }
    }

    /// The target rings: who asked is told.
    pub(crate) fn tell_progress(&mut self, now: Now, house: &mut House<'_>, status: u16) {
        if let Some(referral) = &mut self.referral
            && status > referral.told
        {
            referral.told = status;
            let leg = self.legs.get(&referral.referrer);
            if let Some(leg) = leg.filter(|leg| leg.is_up()) {
                house.sip.tell_referrer(now, leg.dialog, status);
            }
        }
    }

    /// The hand-over has succeeded: who asked is told, and has nothing more to do with the call.
    pub(crate) fn handed_over(&mut self, now: Now, house: &mut House<'_>) {
        let Some(referral) = self.referral.take() else {
            return;
        };
        self.purpose = referral.purpose;
        self.dismiss_referrer(now, house, referral.referrer);
    }

    /// A leg whose wish was granted is told so and ended.
    pub(crate) fn dismiss_referrer(&mut self, now: Now, house: &mut House<'_>, leg: LegId) {
        if let Some(leg) = self.legs.get(&leg).filter(|leg| leg.is_up()) {
            house.sip.tell_referrer(now, leg.dialog, 200);
        }
        self.end_leg(now, house, leg, Cause::Normal, Farewell::Ours);
    }

    /// The call is over while a hand-over is under way: who asked for it is let go.
    pub(crate) fn drop_referral(&mut self, now: Now, house: &mut House<'_>) {
        let Some(referral) = self.referral.take() else {
            return;
        };
        if let Some(leg) = self.legs.get(&referral.referrer).filter(|leg| leg.is_up()) {
            house.sip.tell_referrer(now, leg.dialog, 487);
        }
        self.end_leg(now, house, referral.referrer, Cause::Normal, Farewell::Ours);
    }

    /// A hand-over that needs nobody's answer: what the conversation was for stays as it was.
    pub(crate) fn forget_referral(&mut self) {
        if let Some(referral) = self.referral.take() {
            self.purpose = referral.purpose;
        }
    }

    /// Whether another flow may take over once more.
    pub(crate) fn may_serve(&self) -> bool {
        self.takeovers < MAX_TAKEOVERS && !self.caller_is_gone()
    }

    /// Another flow serves the caller from here on; the one before is over, as by `goto`.
    pub(crate) fn serve(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        service: Service,
        line: Option<LineName>,
    ) {
        let Service::Flow { flow, called, .. } = &service else {
            return;
        };
        self.takeovers += 1;
        self.draft.stage(now, format!("served by {flow}"));
        if line.is_some() {
            self.about.line = Some(called.clone());
        }
        if let Some(play) = self.sounding.take() {
            let leg = self.caller;
            self.order(leg, Command::Stop { leg, play });
        }
        self.news.clear();
        self.charge = Charge::Flow;
        self.purpose = Purpose::Reach;
        self.patron = self.caller;
        self.start_flow(now, house, service, line);
    }

    /// Whether one user may act for another: they are the same, phones of one person, or colleagues
    /// in a team.
    pub(crate) fn are_close(house: &House<'_>, one: &UserName, other: &UserName) -> bool {
        if one == other {
            return true;
        }
        let people = &house.around.people;
        let of = |user: &UserName| {
            let mut persons = people.persons.iter();
            persons.find(|(_, person)| person.phones.contains(user))
        };
        let (Some((one, _)), Some((other, _))) = (of(one), of(other)) else {
            return false;
        };
        let together = |members: &[_]| members.contains(one) && members.contains(other);
        one == other || people.teams.values().any(|team| together(&team.members))
    }
}

/// How long the target of a hand-over rings.
pub(crate) const RING: Duration = Duration::from_secs(25);

/// How often a call may be taken over by another flow: lines that hand a call to each other end it.
const MAX_TAKEOVERS: u8 = 16;
