//! All INVITE usages (RFC 5057 §4.1) of an endpoint, found by handle or by Call-ID and our tag.

use std::collections::BTreeMap;
use std::net::IpAddr;

use rappel_model::Deadline;

use super::Dialog;
use super::offers::Offers;
use super::session::Session;
use super::uac::Calling;
use super::uas::Asked;
use crate::output::DialogId;

/// One INVITE usage.
#[derive(Debug)]
pub(crate) enum Usage {
    /// Their INVITE, not answered.
    Asked(Box<Asked>),
    /// Our INVITE, not answered.
    Calling(Box<Calling>),
    /// Up, or ending.
    Session(Box<Session>),
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Usages {
    next: u64,
    by_id: BTreeMap<DialogId, Usage>,
    by_name: BTreeMap<(String, String), DialogId>,
    /// Where INVITEs came from that wait for their final answer, and how many.
    asked: BTreeMap<DialogId, IpAddr>,
    asked_from: BTreeMap<IpAddr, usize>,
}

impl Usages {
    /// A handle for a new usage.
    pub(crate) fn draw(&mut self) -> DialogId {
        self.next += 1;
        DialogId(self.next)
    }

    /// Puts a usage under its handle, in place of what it was before.
    pub(crate) fn put(&mut self, id: DialogId, usage: Usage) {
        if let Usage::Asked(asked) = &usage {
            let source = asked.dialog.flow.remote.ip();
            if self.asked.insert(id, source).is_none() {
                *self.asked_from.entry(source).or_default() += 1;
            }
        }
        self.by_name.insert(usage.name(), id);
        self.by_id.insert(id, usage);
    }

    /// Takes a usage out: to change its kind, or to forget it.
    pub(crate) fn take(&mut self, id: DialogId) -> Option<Usage> {
        let usage = self.by_id.remove(&id)?;
        if let Some(source) = self.asked.remove(&id)
            && let Some(count) = self.asked_from.get_mut(&source)
        {
            *count -= 1;
            if *count == 0 {
                self.asked_from.remove(&source);
            }
        }
        self.by_name.remove(&usage.name());
        Some(usage)
    }

    /// How many INVITEs from there wait for their final answer.
    pub(crate) fn asked_from(&self, source: IpAddr) -> usize {
        self.asked_from.get(&source).copied().unwrap_or_default()
    }

    /// The usage a request names by Call-ID and To tag (RFC 3261 §12.2.2). Our tag is enough: the
    /// peer's is compared by whoever asks.
    pub(crate) fn find(&self, call_id: &str, local_tag: &str) -> Option<DialogId> {
        // A tuple of borrowed texts cannot look into a map of owned ones.
        let name = (call_id.to_owned(), local_tag.to_owned());
        self.by_name.get(&name).copied()
    }

    /// One usage.
    pub(crate) fn usage(&self, id: DialogId) -> Option<&Usage> {
        self.by_id.get(&id)
    }

    /// One usage, to change.
    pub(crate) fn usage_mut(&mut self, id: DialogId) -> Option<&mut Usage> {
        self.by_id.get_mut(&id)
    }

    /// One session.
    pub(crate) fn session(&self, id: DialogId) -> Option<&Session> {
        match self.by_id.get(&id) {
            Some(Usage::Session(session)) => Some(session),
            _ => None,
        }
    }

    /// One session, to change.
    pub(crate) fn session_mut(&mut self, id: DialogId) -> Option<&mut Session> {
        match self.by_id.get_mut(&id) {
            Some(Usage::Session(session)) => Some(session),
            _ => None,
        }
    }

    /// All usages, to change.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Usage> {
        self.by_id.values_mut()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }
}

impl Usage {
    /// Its dialog; `None` while our INVITE may still make several.
    pub(crate) fn dialog(&self) -> Option<&Dialog> {
        match self {
            Self::Asked(asked) => Some(&asked.dialog),
            Self::Calling(_) => None,
            Self::Session(session) => Some(&session.dialog),
        }
    }

    /// The offer under way in it.
    pub(crate) fn offers_mut(&mut self) -> &mut Offers {
        match self {
            Self::Asked(asked) => &mut asked.offers,
            Self::Calling(calling) => &mut calling.offers,
            Self::Session(session) => &mut session.offers,
        }
    }

    /// The dialog with the peer that has this tag, early or not.
    pub(crate) fn dialog_with(&mut self, tag: &str) -> Option<&mut Dialog> {
        match self {
            Self::Asked(asked) => Some(&mut asked.dialog),
            Self::Calling(calling) => Some(&mut calling.early_mut(tag)?.dialog),
            Self::Session(session) => Some(&mut session.dialog),
        }
    }

    /// When to wake it.
    pub(crate) fn poll_timeout(&self) -> Option<Deadline> {
        match self {
            Self::Asked(asked) => asked.poll_timeout(),
            Self::Calling(calling) => calling.poll_timeout(),
            Self::Session(session) => session.poll_timeout(),
        }
    }

    /// The Call-ID of its messages.
    pub(crate) fn call_id(&self) -> &str {
        match self {
            Self::Asked(asked) => &asked.dialog.call_id,
            Self::Calling(calling) => &calling.call_id,
            Self::Session(session) => &session.dialog.call_id,
        }
    }

    fn name(&self) -> (String, String) {
        let tag = match self {
            Self::Asked(asked) => asked.dialog.local_tag(),
            Self::Calling(calling) => calling.local_tag.as_str(),
            Self::Session(session) => session.dialog.local_tag(),
        };
        (self.call_id().to_owned(), tag.to_owned())
    }
}
