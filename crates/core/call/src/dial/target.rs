//! One INVITE of ours: to a registered device of a user of the call's own tenant, or along a route
//! that the trunk room gave leave for. This is the only place that sends one.

use rappel_ivr::need::Shown;
use rappel_model::{Fact, LegId, Now, PhoneNumber, Secrecy, TrunkName, UserName};
use rappel_sip::auth::Account;
use rappel_sip::header::NameAddr;
use rappel_sip::uri::{SipUri, Uri};
use rappel_sip::{Binding, Invite, Patience, UserId, Way};

use crate::call::Call;
use crate::leg::{Leg, Role};
use crate::negotiate::Terms;
use crate::outside::{Errand, Permit, Route};
use crate::rules::House;

/// What allows an INVITE.
enum Leave {
    /// It goes to a registered device of this user of ours.
    Device(UserName),
    /// The trunk room gave leave.
    Outside(Permit, TrunkName),
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
    patience: Option<Patience>,
    secrecy: Secrecy,
}

impl Call {
    /// Rings a number outside along one route, if the trunk room gives leave.
    pub(super) fn ring_route(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        route: Route,
        (number, shown, why): (&PhoneNumber, Shown, Errand),
    ) -> Option<LegId> {
        let id = house.ledger.next_leg();
        let wanted = self.wanted(number, shown, why)?;
        let permit = match house.outside.admit(now, &wanted, id, &route) {
            Ok(permit) => permit,
            Err(barred) => {
                self.draft.stage(now, barred.word());
                self.obstacle = Some(barred.cause(number, why));
                return None;
            }
        };
        let trunk = route.trunk.clone();
        let target = Target {
            leave: Leave::Outside(permit, route.trunk),
            peer: number.to_string(),
            contact: route.target,
            way: route.way,
            from: route.from,
            to: route.to,
            headers: route.headers,
            account: route.account,
            patience: route.patience,
            secrecy: route.secrecy,
        };
        let Some(id) = self.ring_target(now, house, id, target) else {
            // Leave that was not used is given back.
            house.outside.ended(now, id, None);
            return None;
        };
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.record.trunk = Some(trunk);
        }
        Some(id)
    }

    /// Rings all devices of a user, or `only` the one that the `gr` of a GRUU names: nobody, when it is
    /// not registered (RFC 5627 §6.1).
    pub(crate) fn ring_user(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        user: &UserName,
        only: Option<&str>,
    ) -> Vec<LegId> {
        let Some(tenant) = self.about.tenant.clone() else {
            return Vec::new();
        };
        let id = UserId {
            tenant,
            user: user.clone(),
        };
        let bindings = house.sip.bindings(now, &id);
        let is_wanted = |binding: &Binding| only.is_none_or(|gr| binding.is_device(gr));
        bindings
            .into_iter()
            .filter(is_wanted)
            .filter_map(|binding| {
                self.ring_device(now, house, user, (binding, house.rules.secrecy))
            })
            .collect()
    }

    /// Rings one device of a user.
    fn ring_device(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        user: &UserName,
        (binding, secrecy): (Binding, Secrecy),
    ) -> Option<LegId> {
        let flow = binding.flow;
        let again = (secrecy == Secrecy::Offered).then(|| Box::new(binding.clone()));
        let target = Target {
            leave: Leave::Device(user.clone()),
            peer: user.to_string(),
            contact: binding.contact,
            way: flow.into(),
            from: self.about.caller.shown_to(flow.local),
            to: NameAddr::new(SipUri::at(user.as_str(), flow.local).into()),
            headers: self.about.passed.clone(),
            account: None,
            patience: None,
            secrecy,
        };
        let id = house.ledger.next_leg();
        let id = self.ring_target(now, house, id, target)?;
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.again = again;
        }
        let user = user.clone();
        self.fact(Fact::Dialling { leg: id, user });
        Some(id)
    }

    /// Rings a device once more that refused what it was offered: keys beside plain RTP are not enough
    /// for phones that want SRTP alone (`RTP/SAVP`, RFC 4568 §3.2). `None` where that was offered.
    pub(super) fn ring_secured(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        id: LegId,
    ) -> Option<LegId> {
        let leg = self.legs.get_mut(&id)?;
        let binding = *leg.again.take()?;
        let Role::Device(user) = leg.role.clone() else {
            return None;
        };
        self.ring_device(now, house, &user, (binding, Secrecy::Required))
    }

    /// Sends one INVITE; `None` when the call has too many legs or no port is free.
    fn ring_target(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        id: LegId,
        target: Target,
    ) -> Option<LegId> {
        if house.rules.closing {
            self.draft.stage(now, "stopping: nobody is rung any more");
            return None;
        }
        if self.legs.len() >= house.rules.max_legs {
            self.draft.stage(now, "too many legs");
            return None;
        }
        let terms = Terms {
            spoken: self.spoken_by_caller(),
            secrecy: target.secrecy,
            shown: house.sip.shown_along(&target.way),
            transport: match &target.way {
                Way::Flow(flow) => Some(flow.transport),
                Way::Host(_) => None,
            },
            waits: false,
        };
        let Some(mut session) = self.open_session(house, id, terms) else {
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
            max_forwards: self.about.came.max_forwards,
        };
        let dialog = house.sip.invite(now, invite);
        house.ledger.own(dialog, self.about.uid, id);
        let role = match target.leave {
            Leave::Device(user) => Role::Device(user),
            Leave::Outside(_used, trunk) => Role::Outside(trunk),
        };
        let leg = Leg::new(now, id, dialog, role, target.peer, Some(session));
        self.legs.insert(id, leg);
        self.tell_leg(house, id, dialog);
        Some(id)
    }
}
