//! The index beside a plain list: order, bounds, tenants, restarts.

use std::time::Duration;

use proptest::prelude::*;
use rappel_model::mailbox::{Greetings, MailboxOwner};
use rappel_model::{CallUid, RecordingId};

use super::*;

const TENANTS: [&str; 2] = ["garage", "notaire"];
const BOXES: [&str; 3] = ["accueil", "atelier", "sofia"];

fn record(id: u128, tenant: &str, mailbox: &str, left: i64) -> MessageRecord {
    MessageRecord {
        id: MessageId(id),
        tenant: tenant.into(),
        mailbox: mailbox.into(),
        call: CallUid(id),
        recording: RecordingId(id),
        caller: None,
        left: Timestamp::from_micros(left),
        length: Duration::from_secs(3),
        urgent: false,
        state: MessageState::New,
    }
}

fn mailbox(name: &str, max_messages: u32) -> Mailbox {
    Mailbox {
        name: name.into(),
        owner: MailboxOwner::Person("sofia".into()),
        calendar: None,
        takes_voice: true,
        greeting: Greetings::default(),
        deliver: Vec::new(),
        hear_by: None,
        escalate: Vec::new(),
        receipt: false,
        keep: None,
        max_messages,
    }
}

fn ids(list: &[MessageRecord]) -> Vec<u128> {
    list.iter().map(|m| m.id.0).collect()
}

#[test]
fn new_messages_come_first_and_the_oldest_of_them() {
    let mut voicemail = Voicemail::restore(vec![
        record(4, "garage", "sofia", 40),
        record(1, "garage", "sofia", 30),
        record(3, "garage", "atelier", 10),
        record(2, "garage", "sofia", 20),
    ]);
    assert!(voicemail.heard(MessageId(2), Timestamp::from_micros(50)));
    let garage = "garage".into();
    let both = ["sofia".into(), "atelier".into(), "sofia".into()];
    assert_eq!(ids(&voicemail.list(&garage, &both)), [3, 1, 4, 2]);
    assert_eq!(voicemail.counts(&garage, &both), (3, 1));
}

#[test]
fn another_tenants_mailbox_of_the_same_name_is_another_mailbox() {
    let voicemail = Voicemail::restore(vec![record(1, "garage", "accueil", 0)]);
    assert_eq!(
        voicemail.counts(&"notaire".into(), &["accueil".into()]),
        (0, 0)
    );
    assert!(
        voicemail
            .list(&"notaire".into(), &["accueil".into()])
            .is_empty()
    );
}

#[test]
fn a_full_mailbox_takes_no_more_until_one_is_deleted() {
    let garage = "garage".into();
    let mut voicemail = Voicemail::default();
    voicemail.kept(record(1, "garage", "sofia", 0));
    assert!(voicemail.may_keep(&garage, &mailbox("sofia", 2)));
    voicemail.kept(record(2, "garage", "sofia", 0));
    assert!(!voicemail.may_keep(&garage, &mailbox("sofia", 2)));
    assert!(voicemail.may_keep(&garage, &mailbox("atelier", 2)));
    voicemail.heard(MessageId(1), Timestamp::from_micros(1));
    assert!(
        !voicemail.may_keep(&garage, &mailbox("sofia", 2)),
        "heard ones still take room"
    );
    voicemail.deleted(MessageId(1), Timestamp::from_micros(2));
    assert!(voicemail.may_keep(&garage, &mailbox("sofia", 2)));
    assert!(!voicemail.may_keep(&garage, &mailbox("atelier", 0)));
}

#[test]
fn no_mailbox_holds_more_than_the_bound_whatever_its_file_says() {
    let most = MAX_MESSAGES as u128;
    let records = (0..most)
        .map(|id| record(id, "garage", "sofia", 0))
        .collect();
    let mut voicemail = Voicemail::restore(records);
    let endless = mailbox("sofia", u32::MAX);
    assert!(!voicemail.may_keep(&"garage".into(), &endless));
    voicemail.deleted(MessageId(0), Timestamp::default());
    assert!(voicemail.may_keep(&"garage".into(), &endless));
}

#[test]
fn a_message_kept_twice_is_one_and_keeps_its_state() {
    let mut voicemail = Voicemail::restore(vec![record(1, "garage", "sofia", 0)]);
    voicemail.heard(MessageId(1), Timestamp::from_micros(9));
    voicemail.kept(record(1, "garage", "sofia", 0));
    assert_eq!(
        voicemail.counts(&"garage".into(), &["sofia".into()]),
        (0, 1)
    );
}

#[test]
fn rows_that_are_deleted_are_not_restored() {
    let mut gone = record(1, "garage", "sofia", 0);
    gone.state = MessageState::Deleted(Timestamp::from_micros(1));
    let voicemail = Voicemail::restore(vec![gone]);
    assert!(voicemail.message(MessageId(1)).is_none());
    assert_eq!(voicemail.held(&"garage".into(), &"sofia".into()), 0);
}

#[derive(Clone, Debug)]
enum Step {
    Kept(u128, usize, usize, i64),
    Heard(u128, i64),
    Deleted(u128, i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0u128..24, 0usize..2, 0usize..3, 0i64..1000)
            .prop_map(|(id, tenant, place, at)| Step::Kept(id, tenant, place, at)),
        1 => (0u128..24, 0i64..1000).prop_map(|(id, at)| Step::Heard(id, at)),
        1 => (0u128..24, 0i64..1000).prop_map(|(id, at)| Step::Deleted(id, at)),
    ]
}

/// What the index must agree with: a plain list, searched from end to end.
#[derive(Default)]
struct Reference(Vec<MessageRecord>);

impl Reference {
    fn apply(&mut self, step: &Step) {
        match *step {
            Step::Kept(id, tenant, place, at) => {
                if self.0.iter().all(|m| m.id.0 != id) {
                    self.0.push(record(id, TENANTS[tenant], BOXES[place], at));
                }
            }
            Step::Heard(id, at) => {
                let found = self.0.iter_mut().find(|m| m.id.0 == id);
                if let Some(m) = found.filter(|m| m.state == MessageState::New) {
                    m.state = MessageState::Heard(Timestamp::from_micros(at));
                }
            }
            Step::Deleted(id, _) => self.0.retain(|m| m.id.0 != id),
        }
    }
}

fn apply(voicemail: &mut Voicemail, step: &Step) {
    match *step {
        Step::Kept(id, tenant, place, at) => {
            voicemail.kept(record(id, TENANTS[tenant], BOXES[place], at));
        }
        Step::Heard(id, at) => {
            voicemail.heard(MessageId(id), Timestamp::from_micros(at));
        }
        Step::Deleted(id, at) => {
            voicemail.deleted(MessageId(id), Timestamp::from_micros(at));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn the_index_agrees_with_a_plain_list(steps in prop::collection::vec(step(), 0..80)) {
        let mut voicemail = Voicemail::default();
        let mut reference = Reference::default();
        for step in &steps {
            apply(&mut voicemail, step);
            // An answer that comes twice does no harm: only a deletion frees its identity again.
            apply(&mut voicemail, step);
            reference.apply(step);
            for tenant in TENANTS {
                let places: Vec<MailboxName> = BOXES.iter().map(|b| (*b).into()).collect();
                let list = voicemail.list(&tenant.into(), &places);
                let mut expected: Vec<_> =
                    reference.0.iter().filter(|m| m.tenant.as_str() == tenant).cloned().collect();
                expected.sort_by_key(|m| (m.state != MessageState::New, m.left, m.id));
                prop_assert_eq!(&list, &expected);
                let new = list.iter().filter(|m| m.state == MessageState::New).count() as u32;
                let old = list.len() as u32 - new;
                prop_assert_eq!(voicemail.counts(&tenant.into(), &places), (new, old));
            }
        }
        let held: usize = voicemail.mailboxes.values().map(BTreeSet::len).sum();
        prop_assert_eq!(held, voicemail.messages.len());
        prop_assert!(voicemail.mailboxes.values().all(|m| !m.is_empty()));
    }

    #[test]
    fn a_restart_changes_nothing(steps in prop::collection::vec(step(), 0..80)) {
        let mut voicemail = Voicemail::default();
        for step in &steps {
            apply(&mut voicemail, step);
        }
        let mut rows: Vec<_> = voicemail.messages.values().cloned().collect();
        rows.reverse();
        let restored = Voicemail::restore(rows);
        prop_assert_eq!(restored.messages, voicemail.messages);
        prop_assert_eq!(restored.mailboxes, voicemail.mailboxes);
    }
}
