//! Queues, mailboxes, campaigns, lists and surveys.

use rappel_ivr::variables::show_duration;
use rappel_ivr::{Words, words};
use rappel_model::mailbox::{Mailbox, MailboxOwner};
use rappel_model::queue::{Queue, QueueKind, Strategy, VoiceQueue};

use super::{Difference, Subject, Told, arrow, differences, in_short, tell};
use crate::version::Version;

/// What a value is called and how it differs; `None` when it does not.
type Row = Option<(Words, Words)>;

/// A value that is shown as it was and is.
fn row(what: Words, was: Option<String>, is: Option<String>) -> Row {
    let shown = || Words::same(arrow(was.as_deref(), is.as_deref()));
    (was != is).then(|| (what, shown()))
}

/// A value that is too long to be shown.
fn other(what: Words, differs: bool) -> Row {
    differs.then(|| (what, words!("changed", "modifié")))
}

/// Queues, setting by setting where callers feel it.
pub(super) fn queues(old: &Version, new: &Version, told: &mut Told) {
    let what = words!("queue", "file");
    let (before, after) = (&old.surroundings.queues, &new.surroundings.queues);
    for (name, difference) in differences(before, after) {
        match difference {
            Difference::Changed(old, new) => {
                let rows = queue_rows(old, new);
                told_rows(Subject::Queues, &what, name.as_str(), rows, told);
            }
            _ => told.push(Subject::Queues, in_short(&what, name.as_str(), &difference)),
        }
    }
}

fn queue_rows(old: &Queue, new: &Queue) -> Vec<Row> {
    let team = |queue: &Queue| Some(queue.team.to_string());
    let hours = |queue: &Queue| queue.calendar.as_ref().map(ToString::to_string);
    let mut rows = vec![
        row(words!("served by", "servie par"), team(old), team(new)),
        row(words!("hours", "horaires"), hours(old), hours(new)),
    ];
    match (&old.kind, &new.kind) {
        (QueueKind::Voice(old), QueueKind::Voice(new)) => rows.extend(voice_rows(old, new)),
        (QueueKind::Text(old), QueueKind::Text(new)) => {
            let time = |length| Some(show_duration(length));
            let what = words!("reply by", "réponse sous");
            rows.push(row(what, time(old.reply_by), time(new.reply_by)));
        }
        _ => rows.push(other(words!("kind", "genre"), true)),
    }
    rows
}

fn voice_rows(old: &VoiceQueue, new: &VoiceQueue) -> [Row; 5] {
    let time = |length| Some(show_duration(length));
    let size = |queue: &VoiceQueue| Some(queue.max_size.to_string());
    let rings = |queue: &VoiceQueue| {
        let found = Strategy::WORDS
            .iter()
            .find(|(_, each)| *each == queue.strategy);
        found.map(|(word, _)| (*word).to_owned())
    };
    [
        row(words!("rings", "sonne"), rings(old), rings(new)),
        row(
            words!("longest wait", "attente maximale"),
            time(old.max_wait),
            time(new.max_wait),
        ),
        row(
            words!("most callers", "appelants au plus"),
            size(old),
            size(new),
        ),
        other(
            words!("announcements", "annonces"),
            old.announce != new.announce,
        ),
        other(
            words!("callback rules", "règles de rappel"),
            old.callback != new.callback,
        ),
    ]
}

/// Tells the rows that differ; where none does, that something else changes.
fn told_rows(subject: Subject, what: &Words, name: &str, rows: Vec<Row>, told: &mut Told) {
    let mut any = false;
    for (key, shown) in rows.into_iter().flatten() {
        any = true;
        told.push(
            subject,
            words!(
                [what, key, shown] "{what} \"{name}\": {key}: {shown}",
                "{what} « {name} » : {key} : {shown}"
            ),
        );
    }
    if !any {
        told.push(
            subject,
            words!([what] "{what} \"{name}\": changed", "{what} « {name} » : modifiée"),
        );
    }
}

/// Mailboxes: whose they are, and whether they take messages.
pub(super) fn mailboxes(old: &Version, new: &Version, told: &mut Told) {
    let what = words!("mailbox", "messagerie");
    let (before, after) = (&old.surroundings.mailboxes, &new.surroundings.mailboxes);
    for (name, difference) in differences(before, after) {
        match difference {
            Difference::Changed(old, new) => {
                let rows = mailbox_rows(old, new);
                told_rows(Subject::Mailboxes, &what, name.as_str(), rows, told);
            }
            _ => told.push(
                Subject::Mailboxes,
                in_short(&what, name.as_str(), &difference),
            ),
        }
    }
}

fn mailbox_rows(old: &Mailbox, new: &Mailbox) -> Vec<Row> {
    let owner = |mailbox: &Mailbox| {
        Some(match &mailbox.owner {
            MailboxOwner::Person(name) => format!("person:{name}"),
            MailboxOwner::Team(name) => format!("team:{name}"),
        })
    };
    let voice = |mailbox: &Mailbox| {
        let word = if mailbox.takes_voice { "on" } else { "off" };
        Some(word.to_owned())
    };
    let keep = |mailbox: &Mailbox| mailbox.keep.map(show_duration);
    vec![
        row(words!("heard by", "écoutée par"), owner(old), owner(new)),
        row(words!("voice", "voix"), voice(old), voice(new)),
        row(words!("kept for", "gardée"), keep(old), keep(new)),
        other(
            words!("greetings", "annonces"),
            old.greeting != new.greeting,
        ),
        other(
            words!("escalations", "relances"),
            old.escalate != new.escalate,
        ),
    ]
}

/// Campaigns, lists, surveys and buttons of web pages.
pub(super) fn campaigns(old: &Version, new: &Version, told: &mut Told) {
    let subject = Subject::Campaigns;
    let what = words!("campaign", "campagne");
    tell(subject, &what, (&old.campaigns, &new.campaigns), told);
    let (was, is) = (&old.surroundings, &new.surroundings);
    tell(
        subject,
        &words!("list", "liste"),
        (&was.lists, &is.lists),
        told,
    );
    tell(
        subject,
        &words!("survey", "sondage"),
        (&was.surveys, &is.surveys),
        told,
    );
    let buttons = |version: &Version| -> std::collections::BTreeMap<_, _> {
        let all = version.call_me.iter();
        all.map(|button| (button.name.clone(), button.clone()))
            .collect()
    };
    let what = words!("button", "bouton");
    tell(subject, &what, (&buttons(old), &buttons(new)), told);
}
