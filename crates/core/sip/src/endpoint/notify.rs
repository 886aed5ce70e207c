//! SUBSCRIBE served, NOTIFY sent: with a subscription, and of waiting messages without
//! (RFC 6665 §4.2, RFC 3842 §4, RFC 4235 §3, RFC 3856 §6).

use rappel_model::Now;

use super::authenticate::Sender;
use super::outgoing::Outcome;
use super::respond::{Capabilities, contact, copy_record_route};
use super::session::belongs;
use super::{Endpoint, Purpose, Wake};
use crate::dialog::Dialog;
use crate::header::{CSeq, Event, Expires, MinExpires, Name, NameAddr, SubscriptionState, Via};
use crate::input::Flow;
use crate::message::{Essentials, Method, Request, StatusCode};
use crate::next_hop::transport_name;
use crate::output::UserId;
use crate::registrar::Binding;
use crate::subscribe::{MessageSummary, Package, Subscription, SubscriptionAct, SubscriptionId};
use crate::transaction::table::TransactionId;

impl Endpoint {
    /// Notes how many messages wait for a user. If that is news, every subscriber and every
    /// registered device without a subscription gets a NOTIFY.
    pub fn set_message_summary(&mut self, now: Now, user: UserId, summary: MessageSummary) {
        if !self.subscriptions.set_summary(user.clone(), summary) {
            return;
        }
        for id in self.subscriptions.of(&user) {
            self.notify(now, id);
        }
        for device in self.registrar.bindings(now, &user) {
            self.notify_device(now, &user, &device);
        }
    }

    /// SUBSCRIBE outside a dialog, with a password (RFC 6665 §4.2.1): to one's own messages, or to
    /// the calls and the presence of somebody of one's own tenant.
    pub(super) fn handle_subscribe(
        &mut self,
        now: Now,
        id: TransactionId,
        request: &Request,
        flow: Flow,
    ) {
        let event = request.typed::<Event>();
        let package = event
            .as_ref()
            .and_then(|event| Package::read(&event.package));
        let (Some(event), Some(package)) = (event, package) else {
            self.refuse_event(now, id);
            return;
        };
        let user = match self.authenticate(now, request, flow) {
            Sender::Nobody => {
                self.challenge_request(now, id, false);
                return;
            }
            Sender::Doubtful(doubt) => {
                self.answer_doubt(now, id, doubt, flow);
                return;
            }
            Sender::User(user) => user,
        };
        self.keep(id);
        let Some(watched) = self.may_watch(now, id, (&user, package), request, flow) else {
            return;
        };
        let Some(seconds) = self.granted(now, id, request) else {
            return;
        };
        if !self.has_room_for_subscription(&user) {
            self.refuse_overload(now, id);
            self.refused(flow, "too many subscriptions");
            return;
        }
        let (tag, first_cseq) = (self.tag(), self.first_cseq());
        let Some(mut dialog) = Dialog::uas(request, &tag, flow, first_cseq) else {
            self.reply(now, id, StatusCode::BAD_REQUEST);
            return;
        };
        dialog.symmetric = true;
        let response = request.respond(StatusCode::OK);
        let mut response = self.finish(response, &tag);
        copy_record_route(request, &mut response);
        let response = response.with(&contact(flow)).with(&Expires(seconds));
        self.answer(now, id, response);
        let event_id = event.id().map(str::to_owned);
        let whom = (user, package);
        let subscription = Subscription::new(now, whom, watched, dialog, event_id, seconds);
        let subscription = self.subscriptions.add(subscription);
        self.notify(now, subscription);
    }

    /// Whom a SUBSCRIBE asks for, under which name; `None` when that was refused.
    fn may_watch(
        &mut self,
        now: Now,
        id: TransactionId,
        (user, package): (&UserId, Package),
        request: &Request,
        flow: Flow,
    ) -> Option<(String, Vec<UserId>)> {
        if !takes(request, package) {
            let response = self.response(id, StatusCode::NOT_ACCEPTABLE)?;
            self.answer(now, id, response.accept(&[package.content_type()]));
            return None;
        }
        if package == Package::MessageSummary {
            if self.owns(user, request) {
                return Some((user.user.to_string(), vec![user.clone()]));
            }
            self.reply(now, id, StatusCode::FORBIDDEN);
            self.refused(flow, "another user's messages");
            return None;
        }
        let name = request.uri().user().or_else(|| request.to().uri.user());
        let name = name.unwrap_or_default();
        let Some(watched) = self.watched(&user.tenant, &name) else {
            self.reply(now, id, StatusCode::NOT_FOUND);
            return None;
        };
        Some((name, watched))
    }

    fn has_room_for_subscription(&self, user: &UserId) -> bool {
        let limits = self.settings.limits;
        self.subscriptions.len() < limits.subscriptions
            && self.subscriptions.count_of(user) < limits.subscriptions_per_user
    }

    /// A request inside a subscription's dialog: SUBSCRIBE refreshes or ends it
    /// (RFC 6665 §4.1.2.2, §4.1.2.3).
    pub(super) fn handle_within_subscription(
        &mut self,
        now: Now,
        id: TransactionId,
        request: &Request,
        tag: &str,
        flow: Flow,
    ) {
        let found = self.subscriptions.find(request.call_id(), tag);
        let Some((key, subscription)) =
            found.and_then(|key| Some((key, self.subscriptions.get_mut(key)?)))
        else {
            self.reply(now, id, StatusCode::NO_SUCH_TRANSACTION);
            return;
        };
        if !belongs(&subscription.dialog, request) {
            self.reply(now, id, StatusCode::NO_SUCH_TRANSACTION);
            return;
        }
        if let Some(server) = self.transactions.server_mut(id) {
            server.is_kept = true;
        }
        if !subscription.dialog.take_cseq(request.cseq().number) {
            self.reply(now, id, StatusCode::SERVER_INTERNAL_ERROR);
            return;
        }
        if *request.method() != Method::Subscribe {
            self.reply(now, id, StatusCode::NO_SUCH_TRANSACTION);
            return;
        }
        let Some(seconds) = self.granted(now, id, request) else {
            return;
        };
        let Some(subscription) = self.subscriptions.get_mut(key) else {
            return;
        };
        subscription.dialog.flow = flow;
        subscription.dialog.refresh_target(request.typed());
        subscription.refresh(now, seconds);
        if let Some(response) = self.response(id, StatusCode::OK) {
            let response = response.with(&contact(flow)).with(&Expires(seconds));
            self.answer(now, id, response);
        }
        self.notify(now, key);
    }

    /// Seconds granted to a SUBSCRIBE: what it asks, at most the longest; 423 and `None` for too
    /// brief a wish (RFC 6665 §4.2.1.1).
    fn granted(&mut self, now: Now, id: TransactionId, request: &Request) -> Option<u32> {
        let (least, most) = (self.settings.min_expires, self.settings.max_expires);
        let asked = request.typed::<Expires>().map_or(most, |expires| expires.0);
        if asked > 0 && asked < least {
            let response = self.response(id, StatusCode::INTERVAL_TOO_BRIEF)?;
            self.answer(now, id, response.with(&MinExpires(least)));
            return None;
        }
        Some(asked.min(most))
    }

    fn refuse_event(&mut self, now: Now, id: TransactionId) {
        if let Some(response) = self.response(id, StatusCode::BAD_EVENT) {
            self.answer(now, id, response.allow_events());
        }
    }

    /// A subscriber is owed a NOTIFY: now, or after the one that is on its way.
    pub(super) fn notify(&mut self, now: Now, id: SubscriptionId) {
        let act = self
            .subscriptions
            .get_mut(id)
            .map_or(SubscriptionAct::Nothing, Subscription::news);
        self.subscription_act(now, id, act);
    }

    fn subscription_act(&mut self, now: Now, id: SubscriptionId, act: SubscriptionAct) {
        match act {
            SubscriptionAct::Nothing => {}
            SubscriptionAct::Notify => self.send_notify(now, id),
            SubscriptionAct::Forget => self.subscriptions.remove(id),
        }
        self.arm_subscription(id);
    }

    fn send_notify(&mut self, now: Now, id: SubscriptionId) {
        let branch = self.branch();
        let Some(subscription) = self.subscriptions.get_mut(id) else {
            return;
        };
        let (request, flow) = subscription.dialog.request(Method::Notify, &branch);
        let state = if subscription.is_last(now) {
            SubscriptionState::terminated("timeout")
        } else {
            let left = subscription.expires.since(now.instant).as_secs();
            SubscriptionState::active(u32::try_from(left).unwrap_or(u32::MAX))
        };
        let package = subscription.package;
        let mut event = Event::new(package.as_str());
        if let Some(event_id) = &subscription.event_id {
            event.params.set("id", event_id);
        }
        let body = match self.to_tell(now, id) {
            Some(news) => self.body_of(id, news),
            None => bytes::Bytes::new(),
        };
        let request = request
            .with(&contact(flow))
            .with(&event)
            .with(&state)
            .with_body(package.content_type(), body);
        self.start(now, request, flow, Purpose::Notify(id));
    }

    /// Our NOTIFY was answered, or not (RFC 6665 §4.2.2: any failure but one that asks to wait ends
    /// the subscription).
    pub(super) fn notify_outcome(&mut self, now: Now, id: SubscriptionId, outcome: &Outcome) {
        if outcome.status < 200 {
            return;
        }
        let success = outcome.status < 300;
        let act = self
            .subscriptions
            .get_mut(id)
            .map_or(SubscriptionAct::Nothing, |subscription| {
                subscription.told(success)
            });
        self.subscription_act(now, id, act);
    }

    /// A subscription has run out: its last NOTIFY says so (RFC 6665 §4.2.2).
    pub(super) fn wake_subscription(&mut self, now: Now, id: SubscriptionId) {
        self.notify(now, id);
    }

    fn arm_subscription(&mut self, id: SubscriptionId) {
        let deadline = self.subscriptions.poll_timeout(id);
        self.agenda.set(&Wake::Subscription(id), deadline);
    }

    /// Tells a registered device that does not subscribe how many messages wait, if that is known:
    /// a NOTIFY without subscription, which most phones take (RFC 3842 leaves it open).
    pub(super) fn notify_device(&mut self, now: Now, user: &UserId, device: &Binding) {
        let Some(summary) = self.subscriptions.summary(user) else {
            return;
        };
        if self.subscriptions.covers(user, device.flow) {
            return;
        }
        let account = crate::uri::Uri::Sip(crate::uri::SipUri::at(
            self.users
                .by_id(user)
                .map_or("", |known| known.username.as_str()),
            device.flow.local,
        ));
        let (branch, tag) = (self.branch(), self.tag());
        let flow = device.flow;
        let essentials = Essentials {
            via: Via::new(transport_name(flow.transport), flow.local.into(), &branch),
            from: NameAddr::new(account.clone()).with_tag(&tag),
            to: NameAddr::new(account.clone()),
            call_id: self.random.token(24),
            cseq: CSeq::new(self.first_cseq(), Method::Notify),
        };
        let request = Request::new(device.contact.clone(), essentials)
            .with(&contact(flow))
            .with(&Event::new(Package::MessageSummary.as_str()))
            .with(&SubscriptionState::terminated("noresource"))
            .with_body(
                Package::MessageSummary.content_type(),
                summary.print(&account.to_string()),
            );
        self.start(now, request, flow, Purpose::Alone);
    }
}

/// Whether the subscriber reads the bodies of a package; one that says nothing does
/// (RFC 6665 §3.1.3).
fn takes(request: &Request, package: Package) -> bool {
    let wanted = package.content_type();
    let family = wanted.split('/').next().unwrap_or_default();
    let texts = request.headers().fields(&Name::Accept);
    let texts: Vec<String> = texts.map(|field| field.text().into_owned()).collect();
    let fits = |one: &str| {
        let name = one.split(';').next().unwrap_or_default().trim();
        let all = name.strip_suffix("/*");
        name.eq_ignore_ascii_case(wanted)
            || all.is_some_and(|all| all == "*" || all.eq_ignore_ascii_case(family))
    };
    texts.is_empty() || texts.iter().flat_map(|text| text.split(',')).any(fits)
}
