//! The index of messages by tenant and mailbox.

use std::collections::{BTreeMap, BTreeSet};

use rappel_model::mailbox::Mailbox;
use rappel_model::record::{MessageRecord, MessageState};
use rappel_model::{MailboxName, MessageId, TenantId, Timestamp};

/// All messages that are not deleted, of all tenants.
#[derive(Clone, Debug, Default)]
pub struct Voicemail {
    messages: BTreeMap<MessageId, MessageRecord>,
    /// The same messages by where they are; never an empty set.
    mailboxes: BTreeMap<Place, BTreeSet<MessageId>>,
}

/// Every look-up takes the tenant: there is no key without one.
type Place = (TenantId, MailboxName);

impl Voicemail {
    /// The index after a restart, from every row of the store; deleted ones are passed over.
    pub fn restore(records: Vec<MessageRecord>) -> Self {
        let mut voicemail = Self::default();
        for record in records {
            voicemail.kept(record);
        }
        voicemail
    }

    /// Whether `mailbox` has room for one more: its own `max_messages`, and never more than
    /// [`MAX_MESSAGES`]. Messages whose row is still being written do not count, so a mailbox may
    /// exceed its number by the calls that were leaving one at that moment.
    pub fn may_keep(&self, tenant: &TenantId, mailbox: &Mailbox) -> bool {
        let limit = usize::try_from(mailbox.max_messages).unwrap_or(usize::MAX);
        self.held(tenant, &mailbox.name) < limit.min(MAX_MESSAGES)
    }

    /// A message is durable. A second telling, and one that is deleted already, change nothing;
    /// there is no limit here, because what is on disk exists.
    pub fn kept(&mut self, record: MessageRecord) {
        if matches!(record.state, MessageState::Deleted(_))
            || self.messages.contains_key(&record.id)
        {
            return;
        }
        let place = (record.tenant.clone(), record.mailbox.clone());
        self.mailboxes.entry(place).or_default().insert(record.id);
        self.messages.insert(record.id, record);
    }

    /// Somebody heard a message. True when it was new until now: the caller then stores it and
    /// tells the phones. The time of the first hearing stays.
    pub fn heard(&mut self, message: MessageId, at: Timestamp) -> bool {
        match self.messages.get_mut(&message) {
            Some(record) if record.state == MessageState::New => {
                record.state = MessageState::Heard(at);
                true
            }
            _ => false,
        }
    }

    /// A message was deleted, new or heard: it leaves the index. True when it was there.
    pub fn deleted(&mut self, message: MessageId, _at: Timestamp) -> bool {
        let Some(record) = self.messages.remove(&message) else {
            return false;
        };
        let place = (record.tenant, record.mailbox);
        if let Some(messages) = self.mailboxes.get_mut(&place) {
            messages.remove(&message);
            if messages.is_empty() {
                self.mailboxes.remove(&place);
            }
        }
        true
    }

    /// One message, for whoever has its identity: its mailbox and its sound.
    pub fn message(&self, message: MessageId) -> Option<&MessageRecord> {
        self.messages.get(&message)
    }

    /// The newest message that a caller left and nobody has heard.
    pub fn waiting_from(&self, tenant: &TenantId, caller: &str) -> Option<&MessageRecord> {
        let theirs = self.messages.values().filter(|message| {
            let same = message
                .caller
                .as_ref()
                .is_some_and(|c| c.reveal() == caller);
            same && message.tenant == *tenant && message.state == MessageState::New
        });
        theirs.max_by_key(|message| message.left)
    }

    /// The messages of some mailboxes as they are heard by phone: new ones first, the oldest first
    /// within new and heard. A mailbox named twice is listed once.
    pub fn list(&self, tenant: &TenantId, mailboxes: &[MailboxName]) -> Vec<MessageRecord> {
        let mut found: Vec<&MessageRecord> = self.inside(tenant, mailboxes).collect();
        found.sort_by_key(|m| (m.state != MessageState::New, m.left, m.id));
        found.into_iter().cloned().collect()
    }

    /// How many messages of some mailboxes are new, and how many were heard and not deleted: the
    /// two numbers of a message summary (RFC 3842 §5.2).
    pub fn counts(&self, tenant: &TenantId, mailboxes: &[MailboxName]) -> (u32, u32) {
        let (mut new, mut old) = (0u32, 0u32);
        for message in self.inside(tenant, mailboxes) {
            let count = match message.state {
                MessageState::New => &mut new,
                MessageState::Heard(_) | MessageState::Deleted(_) => &mut old,
            };
            *count = count.saturating_add(1);
        }
        (new, old)
    }

    /// How many messages one mailbox holds, new and heard.
    pub fn held(&self, tenant: &TenantId, mailbox: &MailboxName) -> usize {
        self.mailboxes
            .get(&(tenant.clone(), mailbox.clone()))
            .map_or(0, BTreeSet::len)
    }

    fn inside<'a>(
        &'a self,
        tenant: &TenantId,
        mailboxes: &[MailboxName],
    ) -> impl Iterator<Item = &'a MessageRecord> + use<'a> {
        let places: BTreeSet<Place> = mailboxes
            .iter()
            .map(|mailbox| (tenant.clone(), mailbox.clone()))
            .collect();
        places
            .into_iter()
            .filter_map(|place| self.mailboxes.get(&place))
            .flatten()
            .map(|id| {
                self.messages
                    .get(id)
                    .expect("both maps hold the same messages")
            })
    }
}

/// Most messages one mailbox holds, whatever its file says: what a person could hear in a week.
pub const MAX_MESSAGES: usize = 5_000;

#[cfg(test)]
mod tests;
