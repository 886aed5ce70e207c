//! Subscriptions (RFC 6665): who is told when messages come or go (RFC 3842), when colleagues' phones
//! ring and talk (RFC 4235), and who can be reached (RFC 3856).

pub(crate) mod dialog_info;
pub(crate) mod lamps;
mod package;
mod presence;
mod summary;
mod xml;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rappel_model::{Deadline, Instant, Now, TenantId};

use crate::dialog::Dialog;
use crate::input::{ConnectionId, Flow};
use crate::output::UserId;

use dialog_info::Dialogs;

pub(crate) use package::Package;
pub(crate) use presence::Presence;
pub use summary::MessageSummary;

/// One subscription of the endpoint, never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SubscriptionId(u64);

/// One subscription.
#[derive(Debug)]
pub(crate) struct Subscription {
    /// Who subscribed.
    pub(crate) user: UserId,
    /// To what kind of news.
    pub(crate) package: Package,
    /// To news of whom: an extension may stand for several users.
    pub(crate) watched: Vec<UserId>,
    /// The name under which they were asked for.
    pub(crate) name: String,
    /// What was told last; nothing before the first NOTIFY and after a refresh, which wants all.
    pub(crate) told: Option<Told>,
    /// The number of the next body (RFC 4235 §4.1).
    pub(crate) version: u32,
    /// The dialog it lives in.
    pub(crate) dialog: Dialog,
    /// The `id` of the Event header, which every NOTIFY repeats (RFC 6665 §8.2.1).
    pub(crate) event_id: Option<String>,
    /// When it ends unless refreshed.
    pub(crate) expires: Instant,
    state: State,
}

/// What a subscriber knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// How many messages wait.
    Summary(MessageSummary),
    /// Which dialogs there are.
    Dialogs(Dialogs),
    /// Whether somebody can be reached.
    Presence(Presence),
}

/// One NOTIFY at a time; what changes meanwhile goes into the next (RFC 6665 §4.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The subscriber knows all.
    Quiet,
    /// A NOTIFY is on its way.
    Telling,
    /// A NOTIFY is on its way and another must follow.
    Owing,
    /// The last NOTIFY is on its way.
    Ending,
}

/// What to do for a subscriber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SubscriptionAct {
    /// Nothing.
    Nothing,
    /// Send a NOTIFY.
    Notify,
    /// It is over: forget it.
    Forget,
}

impl Subscription {
    /// A new subscription; its first NOTIFY is due at once (RFC 6665 §4.2.1.1).
    pub(crate) fn new(
        now: Now,
        (user, package): (UserId, Package),
        (name, watched): (String, Vec<UserId>),
        dialog: Dialog,
        event_id: Option<String>,
        seconds: u32,
    ) -> Self {
        Self {
            user,
            package,
            watched,
            name,
            told: None,
            version: 0,
            dialog,
            event_id,
            expires: now.instant + Duration::from_secs(u64::from(seconds)),
            state: State::Quiet,
        }
    }

    /// A SUBSCRIBE refreshed it, or ended it with 0 seconds.
    pub(crate) fn refresh(&mut self, now: Now, seconds: u32) {
        self.told = None;
        self.expires = now.instant + Duration::from_secs(u64::from(seconds));
    }

    /// There is news, or the subscriber is owed a NOTIFY.
    pub(crate) fn news(&mut self) -> SubscriptionAct {
        match self.state {
            State::Quiet => {
                self.state = State::Telling;
                SubscriptionAct::Notify
            }
            State::Telling | State::Owing => {
                self.state = State::Owing;
                SubscriptionAct::Nothing
            }
            State::Ending => SubscriptionAct::Nothing,
        }
    }

    /// Whether the NOTIFY that is being built is the last: it is noted as such.
    pub(crate) fn is_last(&mut self, now: Now) -> bool {
        let last = self.expires <= now.instant;
        if last {
            self.state = State::Ending;
        }
        last
    }

    /// The NOTIFY was answered.
    pub(crate) fn told(&mut self, success: bool) -> SubscriptionAct {
        match self.state {
            _ if !success => SubscriptionAct::Forget,
            State::Ending => SubscriptionAct::Forget,
            State::Owing => {
                self.state = State::Telling;
                SubscriptionAct::Notify
            }
            State::Quiet | State::Telling => {
                self.state = State::Quiet;
                SubscriptionAct::Nothing
            }
        }
    }

    /// When it expires; nothing more once the last NOTIFY is on its way.
    fn poll_timeout(&self) -> Option<Deadline> {
        match self.state {
            State::Quiet => Some(Deadline::new(self.expires, "subscription expires")),
            // The NOTIFY's transaction ends first, and looks at the clock again.
            State::Telling | State::Owing | State::Ending => None,
        }
    }
}

/// All subscriptions, and what is known of everybody's messages.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    next: u64,
    by_id: BTreeMap<SubscriptionId, Subscription>,
    by_name: BTreeMap<(String, String), SubscriptionId>,
    by_watched: BTreeMap<UserId, BTreeSet<SubscriptionId>>,
    by_user: BTreeMap<UserId, usize>,
    summaries: BTreeMap<UserId, MessageSummary>,
}

impl Subscriptions {
    /// Adds one.
    pub(crate) fn add(&mut self, subscription: Subscription) -> SubscriptionId {
        self.next += 1;
        let id = SubscriptionId(self.next);
        self.by_name.insert(name(&subscription.dialog), id);
        *self.by_user.entry(subscription.user.clone()).or_default() += 1;
        self.watch(id, &subscription.watched);
        self.by_id.insert(id, subscription);
        id
    }

    /// The same subscriptions of a tenant, to whom their names stand for now.
    pub(crate) fn rename(
        &mut self,
        tenant: &TenantId,
        resolve: impl Fn(&str) -> Vec<UserId>,
    ) -> Vec<SubscriptionId> {
        let lamps = |one: &Subscription| {
            one.user.tenant == *tenant && one.package != Package::MessageSummary
        };
        let mut changed = Vec::new();
        for (id, subscription) in self.by_id.iter_mut().filter(|(_, one)| lamps(one)) {
            let watched = resolve(&subscription.name);
            if watched != subscription.watched {
                let before = std::mem::replace(&mut subscription.watched, watched);
                changed.push((*id, before, subscription.watched.clone()));
            }
        }
        for (id, before, now) in &changed {
            self.unwatch(*id, before);
            self.watch(*id, now);
        }
        changed.into_iter().map(|(id, ..)| id).collect()
    }

    fn watch(&mut self, id: SubscriptionId, watched: &[UserId]) {
        for user in watched {
            self.by_watched.entry(user.clone()).or_default().insert(id);
        }
    }

    fn unwatch(&mut self, id: SubscriptionId, watched: &[UserId]) {
        for user in watched {
            if let Some(ids) = self.by_watched.get_mut(user) {
                ids.remove(&id);
                if ids.is_empty() {
                    self.by_watched.remove(user);
                }
            }
        }
    }

    /// Forgets one.
    pub(crate) fn remove(&mut self, id: SubscriptionId) {
        if let Some(gone) = self.by_id.remove(&id) {
            self.by_name.remove(&name(&gone.dialog));
            self.unwatch(id, &gone.watched);
            if let Some(count) = self.by_user.get_mut(&gone.user) {
                *count -= 1;
                if *count == 0 {
                    self.by_user.remove(&gone.user);
                }
            }
        }
    }

    /// The subscription a request names by Call-ID and our tag.
    pub(crate) fn find(&self, call_id: &str, local_tag: &str) -> Option<SubscriptionId> {
        let name = (call_id.to_owned(), local_tag.to_owned());
        self.by_name.get(&name).copied()
    }

    /// One subscription, to change.
    pub(crate) fn get_mut(&mut self, id: SubscriptionId) -> Option<&mut Subscription> {
        self.by_id.get_mut(&id)
    }

    /// When to wake one.
    pub(crate) fn poll_timeout(&self, id: SubscriptionId) -> Option<Deadline> {
        self.by_id.get(&id).and_then(Subscription::poll_timeout)
    }

    /// One subscription.
    pub(crate) fn get(&self, id: SubscriptionId) -> Option<&Subscription> {
        self.by_id.get(&id)
    }

    /// The subscriptions to one user's messages.
    pub(crate) fn of(&self, user: &UserId) -> Vec<SubscriptionId> {
        self.watchers(user, |package| package == Package::MessageSummary)
    }

    /// The subscriptions to one user's calls and presence.
    pub(crate) fn lamps_of(&self, user: &UserId) -> Vec<SubscriptionId> {
        self.watchers(user, |package| package != Package::MessageSummary)
    }

    fn watchers(&self, user: &UserId, of: impl Fn(Package) -> bool) -> Vec<SubscriptionId> {
        let all = self.by_watched.get(user).into_iter().flatten();
        let wanted = |id: &&SubscriptionId| self.by_id.get(id).is_some_and(|one| of(one.package));
        all.filter(wanted).copied().collect()
    }

    /// Whether anybody subscribes to news of a user.
    pub(crate) fn is_watched(&self, user: &UserId) -> bool {
        self.by_watched.contains_key(user)
    }

    /// How many subscriptions a user has.
    pub(crate) fn count_of(&self, user: &UserId) -> usize {
        self.by_user.get(user).copied().unwrap_or_default()
    }

    /// Whether the device at the end of this flow subscribes to its messages by itself.
    pub(crate) fn covers(&self, user: &UserId, flow: Flow) -> bool {
        let mine = self.of(user).into_iter();
        mine.filter_map(|id| self.by_id.get(&id))
            .any(|subscription| subscription.dialog.flow.remote == flow.remote)
    }

    /// Notes how many messages wait; false when that was known.
    pub(crate) fn set_summary(&mut self, user: UserId, summary: MessageSummary) -> bool {
        self.summaries.insert(user, summary) != Some(summary)
    }

    /// How many messages wait, if anybody said so.
    pub(crate) fn summary(&self, user: &UserId) -> Option<MessageSummary> {
        self.summaries.get(user).copied()
    }

    /// A connection is gone: its subscribers are reached by a new one, or not at all.
    pub(crate) fn flow_closed(&mut self, connection: ConnectionId) {
        for subscription in self.by_id.values_mut() {
            let flow = &mut subscription.dialog.flow;
            if flow.connection == Some(connection) {
                flow.connection = None;
            }
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }
}

fn name(dialog: &Dialog) -> (String, String) {
    (dialog.call_id.clone(), dialog.local_tag().to_owned())
}
