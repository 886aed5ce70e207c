//! Messages: what flows want of them, and which phones show how many wait (RFC 3842).

use std::collections::BTreeSet;

use rappel_ivr::{Event, Refused};
use rappel_model::mailbox::{Mailbox, MailboxOwner};
use rappel_model::record::MessageRecord;
use rappel_model::{
    CallUid, Fact, MailboxName, MessageId, Now, PersonName, QuestionId, Secret, TenantId, UserName,
};
use rappel_sip::{MessageSummary, UserId};
use rappel_tenant::Version;

use crate::output::{Output, Question, Write};
use crate::questions::{About, Open};
use crate::switchboard::Switchboard;

impl Switchboard {
    /// Asks the store to keep a message, if the mailbox has room.
    pub(crate) fn keep(
        &mut self,
        now: Now,
        call: CallUid,
        question: QuestionId,
        message: Box<MessageRecord>,
    ) {
        let tenant = message.tenant.clone();
        let version = self.version(&tenant);
        let mailbox = version.and_then(|v| v.surroundings.mailboxes.get(&message.mailbox));
        let refused = match mailbox {
            Some(mailbox) if self.voicemail.may_keep(&tenant, mailbox) => None,
            Some(_) => Some((Refused::MailboxFull, "the mailbox is full")),
            None => Some((Refused::NotStored, "the mailbox is gone")),
        };
        if let Some((refused, why)) = refused {
            self.lost(now, call, &message, why.to_owned());
            let result = Err(refused);
            self.grant(now, call, Event::Kept { question, result });
            return;
        }
        let ask = Question::KeepMessage(message.clone());
        let open = Open {
            tenant,
            call,
            asked: question,
            about: About::Keep(message),
        };
        if let Err(open) = self.ask(open, ask)
            && let About::Keep(message) = open.about
        {
            self.lost(
                now,
                call,
                &message,
                "too many questions to the store".to_owned(),
            );
            let result = Err(Refused::NotStored);
            self.grant(now, call, Event::Kept { question, result });
        }
    }

    /// Asks whether a PIN is right.
    pub(crate) fn check_pin(
        &mut self,
        now: Now,
        (tenant, call, asked): (TenantId, CallUid, QuestionId),
        user: UserName,
        pin: Secret,
    ) {
        let ask = Question::CheckPin {
            tenant: tenant.clone(),
            user,
            pin,
        };
        let open = Open {
            tenant,
            call,
            asked,
            about: About::Pin,
        };
        if self.ask(open, ask).is_err() {
            let verdict = rappel_ivr::PinVerdict::Locked;
            let question = asked;
            self.grant(now, call, Event::PinChecked { question, verdict });
        }
    }

    /// Asks the store to delete a message of the tenant.
    pub(crate) fn delete(
        &mut self,
        now: Now,
        (tenant, call, asked): (TenantId, CallUid, QuestionId),
        message: MessageId,
    ) {
        let record = self.voicemail.message(message);
        let record = record.filter(|record| record.tenant == tenant);
        let asked_store = record
            .map(|record| record.recording)
            .is_some_and(|recording| {
                let ask = Question::DeleteMessage {
                    message,
                    recording,
                    at: now.wall,
                };
                let open = Open {
                    tenant,
                    call,
                    asked,
                    about: About::Delete(message),
                };
                self.ask(open, ask).is_ok()
            });
        if !asked_store {
            let (question, stored) = (asked, false);
            self.grant(now, call, Event::Done { question, stored });
        }
    }

    /// Lists the messages of a user's own mailboxes and of their teams'.
    pub(crate) fn list_messages(
        &mut self,
        now: Now,
        tenant: &TenantId,
        call: CallUid,
        question: QuestionId,
        user: UserName,
    ) {
        let mailboxes = self.version(tenant).map(|v| mailboxes_of(v, &user));
        let messages = self
            .voicemail
            .list(tenant, mailboxes.as_deref().unwrap_or_default());
        let event = Event::Messages { question, messages };
        self.grant(now, call, event);
    }

    /// Somebody heard a message of the tenant.
    pub(crate) fn heard(&mut self, now: Now, tenant: TenantId, call: CallUid, message: MessageId) {
        let record = self.voicemail.message(message);
        let record = record.filter(|record| record.tenant == tenant);
        let Some(mailbox) = record.map(|record| record.mailbox.clone()) else {
            return;
        };
        if self.voicemail.heard(message, now.wall) {
            let at = now.wall;
            self.put(Output::Write(Write::Heard { message, at }));
            self.diary(
                now,
                Some(tenant.clone()),
                Some(call),
                Fact::MessageHeard(message),
            );
            self.tell_mailbox(now, &tenant, &mailbox);
        }
    }

    /// Tells the phones of everybody who may hear `mailbox` how many messages wait for them.
    pub(crate) fn tell_mailbox(&mut self, now: Now, tenant: &TenantId, mailbox: &MailboxName) {
        let Some(version) = self.version(tenant) else {
            return;
        };
        let users: Vec<UserId> = listeners(version, mailbox)
            .into_iter()
            .map(|user| UserId {
                tenant: tenant.clone(),
                user,
            })
            .filter(|user| self.users.contains(user))
            .collect();
        for user in users {
            self.tell_user(now, user);
        }
    }

    /// Tells all phones of a tenant.
    pub(crate) fn tell_tenant(&mut self, now: Now, tenant: &TenantId) {
        let all = self.users.iter().filter(|user| user.tenant == *tenant);
        let users: Vec<UserId> = all.cloned().collect();
        for user in users {
            self.tell_user(now, user);
        }
    }

    /// Tells all phones.
    pub(crate) fn tell_everybody(&mut self, now: Now) {
        let users: Vec<UserId> = self.users.iter().cloned().collect();
        for user in users {
            self.tell_user(now, user);
        }
    }

    /// Tells the phones of one user how many messages wait.
    pub(crate) fn tell_user(&mut self, now: Now, user: UserId) {
        let Some(version) = self.version(&user.tenant) else {
            return;
        };
        let mailboxes = mailboxes_of(version, &user.user);
        let (new, old) = self.voicemail.counts(&user.tenant, &mailboxes);
        let summary = MessageSummary { new, old };
        self.sip.set_message_summary(now, user, summary);
    }

    /// Puts a question to the world; gives it back when too many are open.
    pub(crate) fn ask(&mut self, open: Open, ask: Question) -> Result<(), Box<Open>> {
        let bound = self.settings.limits.questions;
        let question = self.questions.ask(open, bound)?;
        self.put(Output::Ask { question, ask });
        Ok(())
    }
}

/// The mailboxes a user may hear: of the persons whose phone it is, and of these persons' teams.
fn mailboxes_of(version: &Version, user: &UserName) -> Vec<MailboxName> {
    let people = &version.surroundings.people;
    let mine = |person: &PersonName| {
        let person = people.persons.get(person);
        person.is_some_and(|person| person.phones.contains(user))
    };
    let hears = |mailbox: &Mailbox| match &mailbox.owner {
        MailboxOwner::Person(person) => mine(person),
        MailboxOwner::Team(team) => people
            .teams
            .get(team)
            .is_some_and(|team| team.members.iter().any(mine)),
    };
    let all = version.surroundings.mailboxes.values();
    all.filter(|mailbox| hears(mailbox))
        .map(|mailbox| mailbox.name.clone())
        .collect()
}

/// The users who may hear a mailbox: the phones of its person, or of everybody in its team.
fn listeners(version: &Version, mailbox: &MailboxName) -> BTreeSet<UserName> {
    let people = &version.surroundings.people;
    let owner = version
        .surroundings
        .mailboxes
        .get(mailbox)
        .map(|m| &m.owner);
    let persons: &[PersonName] = match owner {
        None => &[],
        Some(MailboxOwner::Person(person)) => std::slice::from_ref(person),
        Some(MailboxOwner::Team(team)) => people
            .teams
            .get(team)
            .map_or(&[], |team| team.members.as_slice()),
    };
    let persons = persons.iter().filter_map(|name| people.persons.get(name));
    persons.flat_map(|person| person.phones.clone()).collect()
}
