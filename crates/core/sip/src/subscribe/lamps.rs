//! Whose phones ring or talk: which INVITE usages belong to which user, and who must be told.

use std::collections::{BTreeMap, BTreeSet};

use crate::output::{DialogId, UserId};

/// Who began a dialog, seen from the watched phone (RFC 4235 §4.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// The phone called.
    Initiator,
    /// The phone is called.
    Recipient,
}

impl Direction {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Initiator => "initiator",
            Self::Recipient => "recipient",
        }
    }
}

/// How far a dialog is (RFC 4235 §3.7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// An INVITE is under way.
    Trying,
    /// It rings.
    Early,
    /// They talk.
    Confirmed,
}

impl State {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Trying => "trying",
            Self::Early => "early",
            Self::Confirmed => "confirmed",
        }
    }
}

/// One usage of a user of ours.
#[derive(Clone, Debug)]
pub(crate) struct Lamp {
    /// Whose phone.
    pub(crate) user: UserId,
    /// Who began it.
    pub(crate) direction: Direction,
    /// The other party, where the operator shows it.
    pub(crate) peer: Option<String>,
}

/// All of them, and the users of whom there are news.
#[derive(Debug, Default)]
pub(crate) struct Lamps {
    by_dialog: BTreeMap<DialogId, Lamp>,
    by_user: BTreeMap<UserId, BTreeSet<DialogId>>,
    stirred: BTreeSet<UserId>,
}

impl Lamps {
    /// A usage of a user begins.
    pub(crate) fn begin(&mut self, dialog: DialogId, lamp: Lamp) {
        let mine = self.by_user.entry(lamp.user.clone()).or_default();
        mine.insert(dialog);
        self.by_dialog.insert(dialog, lamp);
    }

    /// A usage is over.
    pub(crate) fn end(&mut self, dialog: DialogId) {
        let Some(lamp) = self.by_dialog.remove(&dialog) else {
            return;
        };
        if let Some(mine) = self.by_user.get_mut(&lamp.user) {
            mine.remove(&dialog);
            if mine.is_empty() {
                self.by_user.remove(&lamp.user);
            }
        }
    }

    /// Whose usage it is.
    pub(crate) fn owner(&self, dialog: DialogId) -> Option<&UserId> {
        self.by_dialog.get(&dialog).map(|lamp| &lamp.user)
    }

    /// The usages of a user.
    pub(crate) fn of(&self, user: &UserId) -> impl Iterator<Item = (DialogId, &Lamp)> {
        let mine = self.by_user.get(user).into_iter().flatten();
        mine.filter_map(|id| Some((*id, self.by_dialog.get(id)?)))
    }

    /// There is news of a user.
    pub(crate) fn stir(&mut self, user: &UserId) {
        self.stirred.insert(user.clone());
    }

    /// The users of whom there were news since the last time.
    pub(crate) fn take_stirred(&mut self) -> BTreeSet<UserId> {
        std::mem::take(&mut self.stirred)
    }
}
