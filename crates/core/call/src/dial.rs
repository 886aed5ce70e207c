//! Ringing people: all devices of a user, a person or a team, together or in turn; a leg and a port
//! per device. This is the only place that sends an INVITE. It rings devices that users of the
//! call's own tenant have registered, and numbers that the tenant has declared as destinations,
//! through the trunk that the call came by; nothing else.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use rappel_ivr::need::Shown;
use rappel_ivr::{Order, Reach, Reached, Surroundings, Whom};
use rappel_media::Command;
use rappel_model::person::{Availability, Person};
use rappel_model::{
    Deadline, Fact, Instant, LegId, Now, PersonName, PhoneNumber, PlayId, Sound, Tone, UserName,
};
use rappel_sip::auth::Account;
use rappel_sip::header::NameAddr;
use rappel_sip::uri::{SipUri, Uri};
use rappel_sip::{Binding, Invite, UserId, Way};

use crate::call::{Call, Charge, Farewell};
use crate::cause::Cause;
use crate::hand::Purpose;
use crate::leg::{Leg, Role, State};
use crate::outside::{Barred, Errand, Permit, Route};
use crate::rules::House;

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
    tally: Tally,
}

/// Who rings at one time.
#[derive(Debug)]
enum Wave {
    /// All devices of these users.
    Users(Vec<UserName>),
    /// A number outside, along one route.
    Outside(Box<Route>, PhoneNumber, Shown, Errand),
}

/// What allows an INVITE.
enum Leave {
    /// It goes to a registered device of this user of ours.
    Device(UserName),
    /// The trunk room gave leave.
    Outside(Permit),
}

/// One INVITE to be sent.
struct Target {
    leave: Leave,
    /// For the record.
    peer: String,
    contact: Uri,
    way: Way,
    from: NameAddr,
    to: NameAddr,
    headers: Vec<(String, String)>,
    account: Option<Account>,
    patience: Option<Duration>,
}

/// How the devices that have ended, ended.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    no_answer: u32,
    busy: u32,
    declined: u32,
    incompatible: u32,
}

impl Tally {
    fn count(&mut self, cause: Cause) {
        match cause.reached() {
            Reached::NoAnswer => self.no_answer += 1,
            Reached::Busy => self.busy += 1,
            Reached::Declined => self.declined += 1,
            Reached::Unreachable if cause == Cause::MediaRefused => self.incompatible += 1,
            Reached::Answered | Reached::Unreachable => {}
        }
    }

    /// What a caller is refused with, when that says more than that nobody could be reached.
    fn obstacle(self) -> Option<Cause> {
        let unreachable = self.result() == Reached::Unreachable;
        (unreachable && self.incompatible > 0).then_some(Cause::MediaRefused)
    }

    /// The best of all: what a person did tells more than what a network did, and a phone that rang
    /// out more than one that refused.
    fn result(self) -> Reached {
        match self {
            Self { no_answer: 1.., .. } => Reached::NoAnswer,
            Self { busy: 1.., .. } => Reached::Busy,
            Self { declined: 1.., .. } => Reached::Declined,
            _ => Reached::Unreachable,
        }
    }
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
    /// Begins to ring whom the flow wants. The flow is told how it ended. With `tone`, the caller
    /// hears ringing meanwhile.
    pub(crate) fn ring_for(
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
        let until = now.instant + reach.ring;
        let mut users = waves(house.around, now, reach, house.talked);
        for wave in &mut users {
            // Nobody is called by themselves.
            wave.retain(|user| Some(user) != self.about.caller.user.as_ref());
        }
        let waves = users.into_iter().map(Wave::Users).collect();
        let who = match &reach.who {
            Whom::Person(person) => person.to_string(),
            Whom::Team(team) => team.to_string(),
            Whom::User(user) => user.to_string(),
        };
        self.draft.stage(now, format!("reach {who}"));
        self.obstacle = None;
        self.charge = Charge::Dialling(Dial {
            who,
            until,
            turn: until,
            waves,
            ringing: BTreeSet::new(),
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
        let wanted = self.about.wanted(number, shown, why);
        let routes = wanted.map_or(Err(Barred::NoTrunk), |w| house.outside.routes(now, &w));
        let routes = match routes {
            Ok(routes) => routes,
            Err(barred) => {
                self.draft.stage(now, barred.word());
                self.news.push_back(purpose.ended(Reached::Unreachable));
                return;
            }
        };
        self.purpose = purpose;
        self.obstacle = None;
        self.draft.stage(now, "transfer outside");
        let until = now.instant + ring;
        let wave = |route| Wave::Outside(Box::new(route), number.clone(), shown, why);
        self.charge = Charge::Dialling(Dial {
            who: "outside".to_owned(),
            until,
            turn: until,
            waves: routes.into_iter().map(wave).collect(),
            ringing: BTreeSet::new(),
            tally: Tally::default(),
        });
        self.ring_next(now, house);
        self.play_ringing();
    }

    /// Rings a number outside along one route, if the trunk room gives leave.
    fn ring_route(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        route: Route,
        (number, shown, why): (&PhoneNumber, Shown, Errand),
    ) -> Option<LegId> {
        let id = house.ledger.next_leg();
        let wanted = self.about.wanted(number, shown, why)?;
        let permit = match house.outside.admit(now, &wanted, id, &route) {
            Ok(permit) => permit,
            Err(barred) => {
                self.draft.stage(now, barred.word());
                return None;
            }
        };
        let target = Target {
            leave: Leave::Outside(permit),
            peer: number.to_string(),
            contact: route.target,
            way: route.way,
            from: route.from,
            to: route.to,
            headers: route.headers,
            account: route.account,
            patience: route.patience,
        };
        self.ring_target(now, house, id, target)
    }

    /// The caller who was answered hears that somebody is being rung.
    fn play_ringing(&mut self) {
        if self.caller_is_up() && matches!(self.charge, Charge::Dialling(_)) {
            let leg = self.caller;
            let sounds = vec![Sound::Tone(Tone::Ringing)];
            self.order(
                leg,
                Command::Play {
                    leg,
                    play: RINGING,
                    sounds,
                    stop_on_key: false,
                    forever: true,
                },
            );
        }
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
                self.conclude(now);
                return;
            };
            // Each gets an equal share of what is left; whoever cannot be rung leaves theirs.
            let sharers = u32::try_from(dial.waves.len() + 1).unwrap_or(u32::MAX);
            let legs: Vec<LegId> = match wave {
                Wave::Users(users) => {
                    dial.turn = now.instant + dial.until.since(now.instant) / sharers;
                    let each = |user| self.ring_user(now, house, user);
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

    fn ring_user(&mut self, now: Now, house: &mut House<'_>, user: &UserName) -> Vec<LegId> {
        let Some(tenant) = self.about.tenant.clone() else {
            return Vec::new();
        };
        let id = UserId {
            tenant,
            user: user.clone(),
        };
        let bindings = house.sip.bindings(now, &id);
        bindings
            .into_iter()
            .filter_map(|binding| self.ring_device(now, house, user, binding))
            .collect()
    }

    /// Rings one device of a user.
    fn ring_device(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        user: &UserName,
        binding: Binding,
    ) -> Option<LegId> {
        let flow = binding.flow;
        let target = Target {
            leave: Leave::Device(user.clone()),
            peer: user.to_string(),
            contact: binding.contact,
            way: flow.into(),
            from: self.about.caller.shown_to(flow.local),
            to: NameAddr::new(SipUri::at(user.as_str(), flow.local).into()),
            headers: Vec::new(),
            account: None,
            patience: None,
        };
        let id = house.ledger.next_leg();
        let id = self.ring_target(now, house, id, target)?;
        let user = user.clone();
        self.fact(Fact::Dialling { leg: id, user });
        Some(id)
    }

    /// Sends one INVITE; `None` when the call has too many legs or no port is free.
    fn ring_target(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        id: LegId,
        target: Target,
    ) -> Option<LegId> {
        if self.legs.len() >= house.rules.max_legs {
            self.draft.stage(now, "too many legs");
            return None;
        }
        let first = self.session(self.caller).and_then(|s| s.encoding());
        let Some(mut session) = self.open_session(house, id, first) else {
            self.draft.stage(now, "no media port free");
            return None;
        };
        let invite = Invite {
            target: target.contact,
            way: target.way,
            from: target.from,
            to: target.to,
            body: session.offer(),
            headers: target.headers,
            account: target.account,
            patience: target.patience,
        };
        let dialog = house.sip.invite(now, invite);
        house.ledger.own(dialog, self.about.uid, id);
        let role = match target.leave {
            Leave::Device(user) => Role::Device(user),
            Leave::Outside(_used) => Role::Outside,
        };
        let leg = Leg::new(now, id, dialog, role, target.peer, Some(session));
        self.legs.insert(id, leg);
        Some(id)
    }

    /// A provisional response of a device.
    pub(crate) fn device_rings(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        leg: LegId,
        status: u16,
        body: Bytes,
    ) {
        let Some(leg) = self.legs.get_mut(&leg).filter(|leg| !leg.is_ended()) else {
            return;
        };
        leg.rings(now, body);
        // 181 and 182 say that a call is forwarded or queued: nothing rings yet.
        if matches!(status, 180 | 183) {
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
        if leg.role == Role::Outside {
            house.outside.answered(now, id);
        }
        let body = if body.is_empty() { &early[..] } else { body };
        let stream = leg.session.as_mut().and_then(|s| s.take_answer(body));
        let Some(stream) = stream.filter(|_| awaited) else {
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
        self.stop_ringing();
        self.agree(now, id, stream);
        if self.answer_caller(now, house) {
            self.join(now, id);
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
        status: u16,
        q850: Option<u8>,
    ) {
        let Some(leg) = self.legs.get(&id).filter(|leg| !leg.is_ended()) else {
            return;
        };
        let cause = Cause::of_refusal(status, q850, leg.rang());
        let role = leg.role.clone();
        if (600..700).contains(&status) {
            // RFC 3261 §16.7 step 5: a 6xx speaks for all devices of whoever sent it.
            let same: Vec<LegId> = self.ringing_devices(|leg| leg.role == role);
            for other in same.into_iter().filter(|&other| other != id) {
                self.take_out(other);
                self.end_leg(now, house, other, cause, Farewell::Ours);
            }
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
            self.take_out(id);
            if let Charge::Dialling(dial) = &mut self.charge {
                dial.tally.count(cause);
            }
        }
        self.ring_next(now, house);
    }

    /// Cancels whatever still rings: somebody answered elsewhere, or the caller is gone.
    pub(crate) fn cancel_devices(&mut self, now: Now, house: &mut House<'_>, dial: Dial) {
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
    fn conclude(&mut self, now: Now) {
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
        self.obstacle = obstacle;
        self.draft.stage(now, what);
        self.stop_ringing();
        self.reached(reached);
    }

    fn ringing_devices(&self, which: impl Fn(&Leg) -> bool) -> Vec<LegId> {
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

    fn stop_ringing(&mut self) {
        if self.caller_is_up() {
            let leg = self.caller;
            self.order(leg, Command::Stop { leg, play: RINGING });
        }
    }
}

/// Who rings when. Of a team, nobody who is away, outside their hours or not to be disturbed; for a
/// person the flow has looked before it asked.
fn waves(
    around: &Surroundings,
    now: Now,
    reach: &Reach,
    talked: &std::collections::BTreeMap<UserName, Instant>,
) -> VecDeque<Vec<UserName>> {
    let people = &around.people;
    let is_available = |name: &&PersonName| {
        let person = people.persons.get(*name);
        person
            .is_some_and(|person| around.availability(person, now.wall) == Availability::Available)
    };
    let phones = |name: &PersonName| {
        let person: Option<&Person> = people.persons.get(name);
        person
            .map(|person| person.phones.clone())
            .unwrap_or_default()
    };
    match &reach.who {
        Whom::User(user) => VecDeque::from([vec![user.clone()]]),
        Whom::Person(person) => VecDeque::from([phones(person)]),
        Whom::Team(team) => {
            let members = people.teams.get(team).map(|team| team.members.as_slice());
            let members = members.unwrap_or_default().iter().filter(is_available);
            let mut each: Vec<Vec<UserName>> = members.map(phones).collect();
            match reach.order {
                Order::Together => {
                    let mut all: Vec<UserName> = Vec::new();
                    for user in each.into_iter().flatten() {
                        if !all.contains(&user) {
                            all.push(user);
                        }
                    }
                    return VecDeque::from([all]);
                }
                Order::InTurn => {}
                // A stable sort: who never talked comes first, in the order written.
                Order::LongestIdle => each.sort_by_key(|phones| {
                    phones
                        .iter()
                        .filter_map(|user| talked.get(user))
                        .max()
                        .copied()
                }),
            }
            each.into()
        }
    }
}

/// The play order of the ringing tone; flows number theirs from zero upwards.
pub(crate) const RINGING: PlayId = PlayId(u64::MAX);

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use rappel_model::TenantId;
    use rappel_model::calendar::{Calendar, Span, zone};
    use rappel_model::person::{Absence, People, Team};

    use super::*;

    fn person(phone: &str) -> Person {
        Person {
            phones: vec![phone.into()],
            ..Person::named(phone)
        }
    }

    fn people() -> People {
        let names = ["ana", "ben", "cleo"];
        People {
            persons: names.iter().map(|n| ((*n).into(), person(n))).collect(),
            teams: BTreeMap::from([(
                "desk".into(),
                Team {
                    members: vec!["cleo".into(), "ana".into(), "ben".into(), "gone".into()],
                    ..Team::default()
                },
            )]),
            ..People::default()
        }
    }

    fn around() -> Surroundings {
        Surroundings {
            people: people(),
            ..Surroundings::bare(TenantId::from("shop"))
        }
    }

    fn rung(order: Order, talked: &[(&str, u64)]) -> Vec<String> {
        rung_in(&around(), order, talked)
    }

    fn rung_in(around: &Surroundings, order: Order, talked: &[(&str, u64)]) -> Vec<String> {
        let reach = Reach {
            who: Whom::Team("desk".into()),
            ring: Duration::from_secs(20),
            order,
            screen: false,
            context: None,
        };
        let talked = talked
            .iter()
            .map(|(user, at)| ((*user).into(), Instant::from_micros(*at)))
            .collect();
        let shown = |wave: Vec<UserName>| {
            let names: Vec<String> = wave.iter().map(ToString::to_string).collect();
            names.join("+")
        };
        waves(around, Now::default(), &reach, &talked)
            .into_iter()
            .map(shown)
            .collect()
    }

    #[test]
    fn a_team_rings_in_its_order() {
        assert_eq!(rung(Order::Together, &[]), ["cleo+ana+ben"]);
        // Who is gone from the files takes no time.
        assert_eq!(rung(Order::InTurn, &[]), ["cleo", "ana", "ben"]);
    }

    #[test]
    fn who_is_away_closed_or_not_to_be_disturbed_does_not_ring_with_the_team() {
        let mut around = around();
        let never = Calendar::new(zone("UTC").unwrap());
        around.calendars.insert("never".into(), never);
        let mut of = |name: &str, change: &dyn Fn(&mut Person)| {
            change(around.people.persons.get_mut(name).unwrap());
            rung_in(&around, Order::InTurn, &[])
        };
        // It is 1 January 1970, midnight.
        let away = Absence {
            from: "1970-01-01".parse().unwrap(),
            to: "1970-01-01".parse().unwrap(),
            reason: String::new(),
        };
        let absent = of("cleo", &|cleo| cleo.absences = vec![away.clone()]);
        assert_eq!(absent, ["ana", "ben"]);
        let closed = of("ana", &|ana| ana.hours = Some("never".into()));
        assert_eq!(closed, ["ben"]);
        let focus = Span::parse("00:00-01:00").unwrap();
        let nobody = of("ben", &|ben| ben.focus = vec![focus]);
        assert!(nobody.is_empty());
    }

    #[test]
    fn the_longest_idle_comes_first_and_who_never_talked_before_all() {
        let talked = [("cleo", 500), ("ana", 300)];
        assert_eq!(rung(Order::LongestIdle, &talked), ["ben", "ana", "cleo"]);
    }

    #[test]
    fn what_people_did_counts_more_than_what_networks_did() {
        let tally = |all: &[Cause]| {
            let mut tally = Tally::default();
            all.iter().for_each(|cause| tally.count(*cause));
            (tally.result(), tally.obstacle())
        };
        use Cause::{Busy, Declined, MediaRefused, NoAnswer, Unreachable};
        assert_eq!(tally(&[]), (Reached::Unreachable, None));
        assert_eq!(tally(&[Unreachable, Busy]), (Reached::Busy, None));
        assert_eq!(tally(&[Declined, Declined]), (Reached::Declined, None));
        assert_eq!(tally(&[Declined, Busy]), (Reached::Busy, None));
        let all = [Busy, NoAnswer, Declined, MediaRefused];
        assert_eq!(tally(&all), (Reached::NoAnswer, None));
        let obstacle = (Reached::Unreachable, Some(MediaRefused));
        assert_eq!(tally(&[Unreachable, MediaRefused]), obstacle);
    }
}
