//! The rooms a flow puts questions to, made of paper: queues, callbacks, transfers, texts.

use rappel_model::{MessageId, PromiseId, QuestionId, Timestamp};

use crate::ask::Ask;
use crate::event::Event;
use crate::need::{
    CallbackAnswer, CallbackWhen, Debtor, Estimated, Moved, Pending, Place, Promise, QueueNews,
    TaskOwner, Texted, TransferTo, Transferred,
};
use crate::testing::at;
use crate::variables::parse_duration;

/// What a room says to a question: `place 3 4m 7m`, `joined`, `sent`, `stored` …
pub(super) fn news(word: &str, question: QuestionId) -> Event {
    let (what, how) = word.split_once(' ').unwrap_or((word, ""));
    let queued = |news| Event::Queued { question, news };
    let answered = |answer| Event::CallbackAnswered { question, answer };
    let done = |stored| Event::Done { question, stored };
    match what {
        "place" => queued(QueueNews::Place(place(how))),
        "joined" => queued(QueueNews::Joined),
        "answered" => queued(QueueNews::Answered),
        "timeout" => queued(QueueNews::Timeout),
        "no_agents" => queued(QueueNews::NoAgents),
        "closed" => queued(QueueNews::Closed),
        "full" => queued(QueueNews::Full),
        "would" => estimated(question, Estimated::Place(place(how))),
        "is-closed" => estimated(question, Estimated::Closed),
        "is-full" => estimated(question, Estimated::Full),
        "promised" => answered(CallbackAnswer::Done(promise())),
        "already" => answered(CallbackAnswer::Already(promise())),
        "bad_number" => answered(CallbackAnswer::BadNumber),
        "not_allowed" => answered(CallbackAnswer::NotAllowed),
        "none_left" => answered(CallbackAnswer::NoneLeft),
        "not_open" => answered(CallbackAnswer::Gone),
        "unpromised" => answered(CallbackAnswer::NotStored),
        "slots" => Event::Slots {
            question,
            slots: how.split_whitespace().map(slot).collect(),
        },
        "pending" => Event::Pending {
            question,
            found: pending(how),
        },
        "transferred" => Event::Transferred {
            question,
            outcome: match how {
                "done" => Transferred::Done,
                "busy" => Transferred::Busy,
                "no_answer" => Transferred::NoAnswer,
                _ => Transferred::Failed,
            },
        },
        "texted" => Event::Texted {
            question,
            outcome: match how {
                "sent" => Texted::Sent,
                "not_possible" => Texted::NotPossible,
                _ => Texted::Failed,
            },
        },
        "moved" => Event::MovedToText {
            question,
            outcome: match how {
                "" => Moved::Done,
                "not_possible" => Moved::NotPossible,
                _ => Moved::Failed,
            },
        },
        "stored" => done(true),
        "lost" => done(false),
        "unavailable" => Event::NotAvailable { question },
        _ => panic!("{word}"),
    }
}

fn estimated(question: QuestionId, estimate: Estimated) -> Event {
    Event::Estimated { question, estimate }
}

/// `POSITION free`, `POSITION LOW HIGH` or `POSITION LOW HIGH unsure`.
fn place(how: &str) -> Place {
    let words: Vec<&str> = how.split_whitespace().collect();
    let length = |at: usize| words.get(at).and_then(|word| parse_duration(word));
    let wait = length(1).zip(length(2));
    Place {
        position: words[0].parse().unwrap(),
        waiting: 9,
        agents: 2,
        free: words.contains(&"free"),
        ready: wait.is_some() && !words.contains(&"unsure"),
        wait,
    }
}

fn moment(time: &str) -> Timestamp {
    at(&format!("2026-11-24 {time}")).wall
}

/// From two to twenty past on the day of the tests.
fn promise() -> Promise {
    Promise {
        id: PromiseId(7),
        from: moment("14:00"),
        to: moment("14:20"),
    }
}

/// `14:00/15:00`.
fn slot(text: &str) -> (Timestamp, Timestamp) {
    let (from, to) = text.split_once('/').unwrap();
    (moment(from), moment(to))
}

fn pending(how: &str) -> Pending {
    let has = |word| how.contains(word);
    Pending {
        callback: has("callback").then(promise),
        message: has("message").then_some((MessageId(5), std::time::Duration::from_secs(12))),
        thread: has("thread"),
        just_called: has("just_called"),
    }
}

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
