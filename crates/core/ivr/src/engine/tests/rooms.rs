//! The rooms a flow puts questions to, made of paper: queues, callbacks, transfers, texts.

use crate::ask::Ask;
use crate::need::{CallbackWhen, Debtor, TaskOwner, TransferTo};

/// One ask of these rooms, in a few words; `None` for the others.
pub(super) fn line(ask: &Ask) -> Option<String> {
    Some(match ask {
        Ask::Queue(wanted) => {
            let skills = wanted.skills.join("+");
            let (queue, priority) = (&wanted.queue, wanted.priority);
            let (most, keep) = (wanted.max_wait.as_secs(), wanted.keep_place.as_secs());
            format!("queue {queue} {priority} [{skills}] {most}s keep {keep}s")
        }
        Ask::LeaveQueue { keep_place, .. } => match keep_place {
            Some(keep) => format!("leave keep {}s", keep.as_secs()),
            None => "leave".to_owned(),
        },
        Ask::Estimate(asked) => {
            let skills = asked.skills.join("+");
            format!("estimate {} {} [{skills}]", asked.queue, asked.priority)
        }
        Ask::Callback(asked) => {
            let number = asked.number.as_ref().map_or("-", |n| n.as_str());
            let when = match asked.when {
                CallbackWhen::KeepPlace => "keep_place".to_owned(),
                CallbackWhen::NextOpen => "next_open".to_owned(),
                CallbackWhen::Slot { from, to } => format!("{from}/{to}"),
                CallbackWhen::At(moment) => format!("at {moment}"),
            };
            let (action, debtor) = (asked.action, debtor(asked.debtor.as_ref()));
            format!("callback {action:?} {debtor} {number} {when}")
        }
        Ask::Slots(asked) => format!(
            "slots {} {}s",
            debtor(asked.debtor.as_ref()),
            asked.length.as_secs()
        ),
        Ask::Pending { recent, .. } => format!("pending {}s", recent.as_secs()),
        Ask::Transfer(asked) => {
            let to = match &asked.to {
                TransferTo::Person(name) => format!("person:{name}"),
                TransferTo::Team(name) => format!("team:{name}"),
                TransferTo::Line(name) => format!("line:{name}"),
                TransferTo::Destination(name) => format!("destination:{name}"),
            };
            let (kind, show, ring) = (asked.kind, asked.show, asked.ring.as_secs());
            format!("transfer {to} {kind:?} {show:?} {ring}s")
        }
        Ask::Text(asked) => {
            let (by, basis) = (asked.by, &asked.basis);
            format!(
                "text {} {by:?} {basis:?}: {}",
                asked.to.reveal(),
                asked.body.reveal()
            )
        }
        Ask::ToText(asked) => {
            let (queue, number, keep) = (&asked.queue, &asked.number, asked.keep_place);
            format!("to_text {queue} {number} {keep}: {}", asked.body.reveal())
        }
        Ask::Task(asked) => {
            let owner = match &asked.owner {
                TaskOwner::Queue(name) => format!("queue:{name}"),
                TaskOwner::Team(name) => format!("team:{name}"),
            };
            format!(
                "task {owner} {}s: {}",
                asked.due.as_secs(),
                asked.title.reveal()
            )
        }
        Ask::Survey(asked) => {
            let answers: Vec<String> = asked
                .answers
                .iter()
                .map(|answer| format!("{}={}", answer.prompt, answer.key))
                .collect();
            format!("survey {}", answers.join(" "))
        }
        Ask::Consent(asked) => {
            let (kind, answer, language) = (asked.kind, asked.answer, &asked.language);
            format!("consent {kind:?} {answer:?} {language}: {}", asked.wording)
        }
        Ask::RecordCall(asked) => format!("record-call {:?} {:?}", asked.action, asked.sides),
        _ => return None,
    })
}

fn debtor(debtor: Option<&Debtor>) -> String {
    match debtor {
        Some(Debtor::Queue(name)) => format!("queue:{name}"),
        Some(Debtor::Person(name)) => format!("person:{name}"),
        None => "-".to_owned(),
    }
}
