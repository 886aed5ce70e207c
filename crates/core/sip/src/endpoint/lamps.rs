//! Busy lamps and presence: what INVITE usages and registrations mean for whoever watches a user.
//!
//! Nothing is told by the rest of the house: an INVITE that a user proved, or that goes to a
//! registered device, is the user's, and its usage says how far it is.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use rappel_model::{Deadline, Now, TenantId, UserName};

use super::{Endpoint, Wake};
use crate::dialog::session::Phase;
use crate::dialog::usage::Usage;
use crate::input::Flow;
use crate::output::{DialogId, UserId};
use crate::subscribe::dialog_info::{self, Dialogs, Shown};
use crate::subscribe::lamps::{Direction, Lamp, State};
use crate::subscribe::{Package, Presence, SubscriptionId, Told};
use crate::uri::Uri;

/// Names of a tenant under which lamps are asked for, beside those of its users.
pub(super) type Names = BTreeMap<TenantId, BTreeMap<String, Vec<UserName>>>;

impl Endpoint {
    /// Replaces the names under which the lamps of a tenant's users may be watched, beside their
    /// own: extensions. Who watches one already is told of whom it stands for now.
    pub fn set_names(
        &mut self,
        now: Now,
        tenant: TenantId,
        names: BTreeMap<String, Vec<UserName>>,
    ) {
        self.clock = now;
        self.names.insert(tenant.clone(), names);
        let (names, users) = (&self.names, &self.users);
        let changed = self.subscriptions.rename(&tenant, |name| {
            resolve(names, users, &tenant, name).unwrap_or_default()
        });
        for id in changed {
            self.notify(now, id);
        }
    }

    /// Whom a name of a tenant stands for; `None` when it has none of that name.
    pub(super) fn watched(&self, tenant: &TenantId, name: &str) -> Option<Vec<UserId>> {
        resolve(&self.names, &self.users, tenant, name)
    }

    /// A user's INVITE arrived.
    pub(super) fn lamp_of_caller(&mut self, dialog: DialogId, user: &UserId, called: &Uri) {
        self.begin_lamp(dialog, user.clone(), Direction::Initiator, called);
    }

    /// An INVITE of ours leaves: if it goes to a registered device, it is its user's.
    pub(super) fn lamp_of_callee(
        &mut self,
        dialog: DialogId,
        flow: Flow,
        target: &Uri,
        caller: &Uri,
    ) {
        if let Some((user, _)) = self.registrar.owner(flow, target) {
            let user = user.clone();
            self.begin_lamp(dialog, user, Direction::Recipient, caller);
        }
    }

    fn begin_lamp(&mut self, dialog: DialogId, user: UserId, direction: Direction, peer: &Uri) {
        let shown = self.settings.lamps_show_numbers;
        let lamp = Lamp {
            user,
            direction,
            peer: shown.then(|| peer.to_string()),
        };
        self.lamps.begin(dialog, lamp);
        self.stir(dialog);
    }

    /// Something may have changed about a usage.
    pub(super) fn stir(&mut self, dialog: DialogId) {
        let Some(user) = self.lamps.owner(dialog).cloned() else {
            return;
        };
        if self.usages.usage(dialog).is_none() {
            self.lamps.end(dialog);
        }
        self.stir_user(&user);
    }

    /// Something may have changed about a user: whoever watches is told in a moment, of all that
    /// happened until then at once.
    pub(super) fn stir_user(&mut self, user: &UserId) {
        if !self.subscriptions.is_watched(user) {
            return;
        }
        self.lamps.stir(user);
        if !self.agenda.has(&Wake::Lamps) {
            let at = self.clock.instant + MOMENT;
            let deadline = Deadline::new(at, "lamps change");
            self.agenda.set(&Wake::Lamps, Some(deadline));
        }
    }

    /// The moment is over.
    pub(super) fn wake_lamps(&mut self, now: Now) {
        for user in self.lamps.take_stirred() {
            for id in self.subscriptions.lamps_of(&user) {
                let told = self.subscriptions.get(id).and_then(|one| one.told.clone());
                if told != self.to_tell(now, id) {
                    self.notify(now, id);
                }
            }
        }
    }

    /// What a subscriber should know.
    pub(super) fn to_tell(&self, now: Now, id: SubscriptionId) -> Option<Told> {
        let subscription = self.subscriptions.get(id)?;
        let watched = &subscription.watched;
        Some(match subscription.package {
            Package::MessageSummary => {
                let summary = self.subscriptions.summary(&subscription.user);
                Told::Summary(summary.unwrap_or_default())
            }
            Package::Dialog => Told::Dialogs(self.dialogs_of(watched)),
            Package::Presence => {
                let reachable = |user: &UserId| !self.registrar.bindings(now, user).is_empty();
                Told::Presence(match () {
                    () if !watched.iter().any(reachable) => Presence::Closed,
                    () if self.dialogs_of(watched).is_empty() => Presence::Open,
                    () => Presence::OnThePhone,
                })
            }
        })
    }

    /// The body that tells it, against what the subscriber knew before.
    pub(super) fn body_of(&mut self, id: SubscriptionId, news: Told) -> Bytes {
        let Some(subscription) = self.subscriptions.get_mut(id) else {
            return Bytes::new();
        };
        let entity = subscription.dialog.local.uri.to_string();
        let version = subscription.version;
        subscription.version = version.wrapping_add(1);
        let before = subscription.told.replace(news.clone());
        match (&news, &before) {
            (Told::Summary(summary), _) => summary.print(&entity),
            (Told::Presence(presence), _) => presence.print(&entity),
            (Told::Dialogs(now), Some(Told::Dialogs(before))) => {
                dialog_info::print(&entity, version, Some(before), now)
            }
            (Told::Dialogs(now), _) => dialog_info::print(&entity, version, None, now),
        }
    }

    fn dialogs_of(&self, users: &[UserId]) -> Dialogs {
        let all = users.iter().flat_map(|user| self.lamps.of(user));
        let shown = all.filter_map(|(id, lamp)| {
            let usage = self.usages.usage(id)?;
            let shown = Shown {
                direction: lamp.direction,
                state: state(usage)?,
                names: names(usage),
                peer: lamp.peer.clone(),
            };
            Some((id, shown))
        });
        shown.take(MAX_DIALOGS).collect()
    }
}

fn state(usage: &Usage) -> Option<State> {
    match usage {
        Usage::Asked(asked) if asked.is_early() => Some(State::Early),
        Usage::Calling(calling) if calling.is_unwanted() => None,
        Usage::Calling(calling) if calling.is_early() => Some(State::Early),
        Usage::Asked(_) | Usage::Calling(_) => Some(State::Trying),
        Usage::Session(session) => (session.phase != Phase::Ending).then_some(State::Confirmed),
    }
}

/// What the watched phone knows a usage by.
fn names(usage: &Usage) -> dialog_info::Names {
    let dialog = match usage {
        Usage::Asked(asked) => &asked.dialog,
        Usage::Session(session) => &session.dialog,
        Usage::Calling(calling) => {
            return dialog_info::Names {
                call_id: calling.call_id.clone(),
                local_tag: calling.early_tag().map(str::to_owned),
                remote_tag: calling.local_tag.clone(),
            };
        }
    };
    let theirs = Some(dialog.remote_tag()).filter(|tag| !tag.is_empty());
    dialog_info::Names {
        call_id: dialog.call_id.clone(),
        local_tag: theirs.map(str::to_owned),
        remote_tag: dialog.local_tag().to_owned(),
    }
}

/// An extension first, then a user's own name.
fn resolve(
    names: &Names,
    users: &crate::users::Users,
    tenant: &TenantId,
    name: &str,
) -> Option<Vec<UserId>> {
    let extension = names.get(tenant).and_then(|names| names.get(name));
    if let Some(phones) = extension {
        let user = |user: &UserName| UserId {
            tenant: tenant.clone(),
            user: user.clone(),
        };
        return Some(phones.iter().take(MAX_WATCHED).map(user).collect());
    }
    let own = users.of_tenant(tenant, name)?;
    Some(vec![own.id.clone()])
}

/// How long news are gathered before they are told: nobody sees a lamp change faster, and a phone
/// that rings and is answered at once makes one NOTIFY of it.
const MOMENT: Duration = Duration::from_millis(100);

/// Most users that one name stands for.
const MAX_WATCHED: usize = 32;

/// Most dialogs in one body: more lights than any lamp has.
const MAX_DIALOGS: usize = 32;
