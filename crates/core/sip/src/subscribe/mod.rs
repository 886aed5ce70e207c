//! Subscriptions to message waiting (RFC 6665, RFC 3842): who is told when messages come or go.

mod summary;

use std::collections::BTreeMap;
use std::time::Duration;

use rappel_model::{Deadline, Instant, Now};

use crate::dialog::Dialog;
use crate::input::{ConnectionId, Flow};
use crate::output::UserId;

pub use summary::MessageSummary;
pub(crate) use summary::{CONTENT_TYPE, EVENT};

/// One subscription of the endpoint, never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SubscriptionId(u64);

/// One subscription to a user's message summary.
#[derive(Debug)]
pub(crate) struct Subscription {
    /// Whose messages.
    pub(crate) user: UserId,
    /// The dialog it lives in.
    pub(crate) dialog: Dialog,
    /// The `id` of the Event header, which every NOTIFY repeats (RFC 6665 §8.2.1).
    pub(crate) event_id: Option<String>,
    /// When it ends unless refreshed.
    pub(crate) expires: Instant,
    state: State,
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
        user: UserId,
        dialog: Dialog,
        event_id: Option<String>,
        seconds: u32,
    ) -> Self {
        Self {
            user,
            dialog,
            event_id,
            expires: now.instant + Duration::from_secs(u64::from(seconds)),
            state: State::Quiet,
        }
    }

    /// A SUBSCRIBE refreshed it, or ended it with 0 seconds.
    pub(crate) fn refresh(&mut self, now: Now, seconds: u32) {
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
    summaries: BTreeMap<UserId, MessageSummary>,
}

impl Subscriptions {
    /// Adds one.
    pub(crate) fn add(&mut self, subscription: Subscription) -> SubscriptionId {
        self.next += 1;
        let id = SubscriptionId(self.next);
        self.by_name.insert(name(&subscription.dialog), id);
        self.by_id.insert(id, subscription);
        id
    }

    /// Forgets one.
    pub(crate) fn remove(&mut self, id: SubscriptionId) {
        if let Some(gone) = self.by_id.remove(&id) {
            self.by_name.remove(&name(&gone.dialog));
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

    /// The subscriptions to one user's messages.
    pub(crate) fn of(&self, user: &UserId) -> Vec<SubscriptionId> {
        self.by_id
            .iter()
            .filter(|(_, subscription)| subscription.user == *user)
            .map(|(id, _)| *id)
            .collect()
    }

    /// Whether the device at the end of this flow subscribes by itself.
    pub(crate) fn covers(&self, user: &UserId, flow: Flow) -> bool {
        self.by_id.values().any(|subscription| {
            subscription.user == *user && subscription.dialog.flow.remote == flow.remote
        })
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
