//! `queue`: wait for an agent. The room of queues decides who is next; this step speaks: where one
//! stands, how long it will take, and what else there is.

mod hold;
mod speech;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use rappel_model::{PromptKey, QueueName};

use self::hold::Holding;
use super::compound::Announcing;
use super::estimate::priority;
use super::{
    Answers, Facts, Fault, Key, Kind, Otherwise, Outcome, Presence, Reading, Step, Verb, Voice,
    Waits, Work,
};
use crate::words;
use crate::words::Help;

/// `queue`.
pub(super) const VERB: Verb = Verb {
    name: "queue",
    keys: &[
        Key::required("queue", Kind::Queue(Waits::Calls), "which queue").fr("quelle file"),
        Key::new(
            "priority",
            Kind::Number(0, 9),
            Some("5"),
            "0 low to 9 high; time waited also counts, so that nobody starves",
        )
        .fr("de 0 (basse) à 9 (haute) ; le temps attendu compte aussi, pour n'oublier personne"),
        Key::new("skills", Kind::Names, None, "skills the caller needs; relaxed as the queue says")
            .fr("les compétences nécessaires ; assouplies comme la file le dit"),
        Key::new(
            "max_wait",
            Kind::Duration("10s", "4h"),
            None,
            "longest wait, then on.timeout; else the queue's",
        )
        .fr("attente maximale, puis on.timeout ; sinon celle de la file"),
        Key::new(
            "keep_place",
            Kind::Duration("0s", "1h"),
            Some("3m"),
            "who leaves by a key may come back to the same place for this long",
        )
        .fr("qui part par une touche retrouve sa place pendant ce temps"),
        Key::new(
            "announce",
            Kind::Announce,
            None,
            "announce.first, estimate, unknown, every, never_up: what differs from the queue's plan",
        )
        .fr("announce.first, estimate, unknown, every, never_up : ce qui change du plan de la file"),
        Key::new(
            "ask_before",
            Kind::Prompt,
            None,
            "whispered to the agent before they are joined; else tags and wait are shown",
        )
        .fr("soufflé à l'agent avant de le relier ; sinon il voit les marques et l'attente"),
    ],
    outcomes: &[
        Outcome::new("answered", Otherwise::End, "after the conversation")
            .fr("après la conversation"),
        Outcome::new("timeout", Otherwise::As("on.not_served"), "the longest wait is over")
            .fr("l'attente maximale est passée"),
        Outcome::new("no_agents", Otherwise::As("on.not_served"), "nobody serves the queue now")
            .fr("personne ne sert la file en ce moment"),
        Outcome::new(
            "full",
            Otherwise::As("on.not_served"),
            "the queue holds as many as it may",
        )
        .fr("la file est pleine"),
        Outcome::new(
            "not_served",
            Otherwise::Error,
            "stands for on.timeout, on.no_agents and on.full where they are not given",
        )
        .fr("vaut pour on.timeout, on.no_agents et on.full quand ils ne sont pas écrits"),
        Outcome::new("closed", Otherwise::Error, "the queue is closed").fr("la file est fermée"),
        Outcome::new(
            "hangup",
            Otherwise::Never,
            "the caller hung up while waiting; only steps that need no caller may follow",
        )
        .fr("l'appelant a raccroché pendant l'attente ; seules suivent des étapes sans appelant"),
    ],
    next: Presence::None,
    press: Presence::Optional,
    answers: Answers::First,
    after_hangup: false,
    waits: false,
    voice: Voice::Closes(&["on.answered", "on.hangup"]),
    internal: false,
    help: Help {
        en: "Lets the caller wait for an agent and tells them honestly how long; a key leaves, and the place is kept.",
        fr: "Fait attendre un agent en disant honnêtement combien de temps ; une touche permet de partir, la place est gardée.",
    },
    example: r#"do = "queue"
queue = "ventes"
press.1 = "rappel"
on.not_served = "rappel"
on.closed = "ferme""#,
    served: true,
    read,
};

/// One step, read.
#[derive(Debug)]
struct Line {
    queue: QueueName,
    priority: u8,
    skills: Vec<String>,
    max_wait: Option<Duration>,
    keep_place: Duration,
    announce: Announcing,
    whisper: Vec<PromptKey>,
    press: BTreeSet<char>,
    /// `on.hangup` is given.
    on_hangup: bool,
}

fn read(keys: &Reading) -> Result<Arc<dyn Step>, Fault> {
    let missing = ["timeout", "no_agents", "full"]
        .into_iter()
        .find(|word| !keys.on.contains(*word) && !keys.on.contains("not_served"));
    if let Some(word) = missing {
        let message = words!(
            "\"queue\" needs the outcome \"on.{word}\"",
            "il faut la sortie « on.{word} » à « queue »"
        );
        let label = words!(
            "or on.not_served, for on.timeout, on.no_agents and on.full together",
            "ou on.not_served, pour on.timeout, on.no_agents et on.full à la fois"
        );
        return Err(Fault::new("R111", None, message).label(label));
    }
    Ok(Arc::new(Line {
        queue: QueueName::from(keys.name("queue").unwrap_or_default()),
        priority: priority(keys.number("priority")),
        skills: keys.names("skills"),
        max_wait: keys.duration_if_given("max_wait"),
        keep_place: keys.duration("keep_place"),
        announce: keys.announcing("announce"),
        whisper: keys.prompts("ask_before"),
        press: keys.press.clone(),
        on_hangup: keys.on.contains("hangup"),
    }))
}

impl Step for Line {
    fn facts(&self) -> Facts<'_> {
        Facts {
            human: true,
            ..Facts::default()
        }
    }

    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        Box::new(Holding::new(self))
    }
}
