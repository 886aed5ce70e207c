//! `callback`: promise to call back, or act on a promise that `pending` found. Never a call to a
//! phone without a person already on our side: that is the room's part; here the number, the time
//! and the reason are agreed with the caller.

mod agree;

use std::sync::Arc;
use std::time::Duration;

use rappel_model::{PersonName, PromptKey, QueueName};

use self::agree::Agreeing;
use super::known::PROMISE_KNOWN;
use super::{
    Answers, Facts, Fault, Key, Kind, Otherwise, Outcome, Presence, Reading, Step, Template, Verb,
    Voice, Waits, Work,
};
use crate::need::{CallbackAction, Debtor};
use crate::variables::Type;
use crate::words;
use crate::words::Help;

/// `callback`.
pub(super) const VERB: Verb = Verb {
    name: "callback",
    keys: &[
        Key::new(
            "action",
            Kind::Word(&["request", "keep", "move", "cancel", "now"], &[]),
            Some("request"),
            "request a new promise; keep, move, cancel or hasten the one that pending found",
        )
        .fr("request : un nouveau rappel ; keep, move, cancel, now : celui que pending a trouvé"),
        Key::new("queue", Kind::Queue(Waits::Calls), None, "who will call: the agents of a queue")
            .fr("qui rappellera : les agents d'une file"),
        Key::new("person", Kind::Person, None, "or one person").fr("ou une personne"),
        Key::new(
            "number",
            Kind::Value(Type::Phone),
            None,
            "where; else the caller's number, and when it is hidden the caller is asked",
        )
        .fr("à quel numéro ; sinon celui de l'appelant, et s'il est masqué on le lui demande"),
        Key::new(
            "confirm",
            Kind::YesNo,
            Some("true"),
            "read the number back and let the caller change it",
        )
        .fr("relire le numéro et laisser l'appelant en donner un autre"),
        Key::new(
            "when",
            Kind::Word(&["keep_place", "next_open", "choose", "at"], &[]),
            Some("keep_place"),
            "at their turn in the queue, at the next opening, at a time they choose, or at a moment",
        )
        .fr("à leur tour dans la file, à la réouverture, à une heure choisie, ou à un moment donné"),
        Key::new("at", Kind::Value(Type::Moment), None, "the moment, for when = \"at\"")
            .fr("le moment, pour when = \"at\""),
        Key::new(
            "slot",
            Kind::Duration("10m", "4h"),
            Some("1h"),
            "how long the times are that are offered, for when = \"choose\"",
        )
        .fr("durée des créneaux proposés, pour when = \"choose\""),
        Key::new(
            "reason",
            Kind::Text,
            None,
            "what it is about: a text, or \"record\" to let the caller say it",
        )
        .fr("le motif : un texte, ou \"record\" pour que l'appelant le dise"),
        Key::new("receipt", Kind::Prompt, None, "the text that confirms it; else the company's")
            .fr("le texte qui le confirme ; sinon celui de l'entreprise"),
    ],
    outcomes: &[
        Outcome::new("done", Otherwise::As("next"), "it is promised: callback.* are set")
            .fr("c'est promis : callback.* sont connus"),
        Outcome::new(
            "already",
            Otherwise::As("on.done"),
            "one is open for this number and queue: callback.* are set",
        )
        .fr("un rappel est déjà prévu pour ce numéro : callback.* sont connus"),
        Outcome::new("bad_number", Otherwise::Error, "no number that can be called")
            .fr("ce n'est pas un numéro qu'on puisse appeler"),
        Outcome::new(
            "not_allowed",
            Otherwise::Error,
            "a destination that is not permitted, or does not want to be called",
        )
        .fr("destination non permise, ou qui ne veut pas être appelée"),
        Outcome::new("none_left", Otherwise::Error, "no time can be promised honestly")
            .fr("aucune heure ne peut être promise honnêtement"),
        Outcome::new(
            "give_up",
            Otherwise::Required,
            "the caller answered nothing, or there is no promise to act on",
        )
        .fr("l'appelant n'a rien répondu, ou il n'y a aucun rappel en cours"),
    ],
    next: Presence::Optional,
    press: Presence::None,
    answers: Answers::First,
    after_hangup: false,
    waits: true,
    voice: Voice::Opens,
    internal: false,
    help: Help {
        en: "Promises to call back, or keeps, moves or cancels such a promise; an agent is on the line before the phone rings.",
        fr: "Promet de rappeler, ou garde, déplace ou annule un rappel ; un agent est en ligne avant que le téléphone sonne.",
    },
    example: r#"do = "callback"
queue = "ventes"
when = "next_open"
on.done = "rappel_confirme"
on.bad_number = "message"
on.not_allowed = "message"
on.none_left = "message"
on.give_up = "message""#,
    served: false,
    read,
};

/// One step, read.
#[derive(Debug)]
struct Owing {
    action: CallbackAction,
    debtor: Option<Debtor>,
    number: Option<Template>,
    confirm: bool,
    when: When,
    reason: Option<Why>,
    receipt: Option<PromptKey>,
}

/// When, as it is written.
#[derive(Debug)]
enum When {
    KeepPlace,
    NextOpen,
    Choose(Duration),
    At(Template),
}

/// What it is about, as it is written.
#[derive(Debug)]
enum Why {
    Text(Template),
    Record,
}

fn read(keys: &Reading) -> Result<Arc<dyn Step>, Fault> {
    keys.leads("callback", "done")?;
    let action = match keys.word("action") {
        "keep" => CallbackAction::Keep,
        "move" => CallbackAction::Move,
        "cancel" => CallbackAction::Cancel,
        "now" => CallbackAction::Now,
        _ => CallbackAction::Request,
    };
    let debtor = match (keys.name("queue"), keys.name("person")) {
        (Some(queue), None) => Some(Debtor::Queue(QueueName::from(queue))),
        (None, Some(person)) => Some(Debtor::Person(PersonName::from(person))),
        (None, None) if action != CallbackAction::Request => None,
        (queue, _) => {
            let message = words!(
                "a request needs either \"queue\" or \"person\": who will call",
                "une demande de rappel indique soit « queue », soit « person » : qui rappellera"
            );
            return Err(Fault::new("R103", queue.map(|_| "person"), message));
        }
    };
    for word in outcomes_of(action) {
        if !keys.on.contains(*word) {
            let message = words!(
                "\"callback\" needs the outcome \"on.{word}\"",
                "il faut la sortie « on.{word} » à « callback »"
            );
            let label = words!(
                "give it here, or in [defaults.callback]",
                "écrivez-la ici, ou dans [defaults.callback]"
            );
            return Err(Fault::new("R111", None, message).label(label));
        }
    }
    Ok(Arc::new(Owing {
        action,
        when: when(keys, &debtor)?,
        debtor,
        number: keys.template("number"),
        confirm: keys.yes("confirm"),
        reason: keys.template("reason").map(|reason| {
            if reason.text.value == "record" {
                Why::Record
            } else {
                Why::Text(reason)
            }
        }),
        receipt: keys.prompts("receipt").into_iter().next(),
    }))
}

fn when(keys: &Reading, debtor: &Option<Debtor>) -> Result<When, Fault> {
    let at = keys.template("at");
    match (keys.word("when"), at) {
        ("at", Some(at)) => Ok(When::At(at)),
        ("at", None) => {
            let message = words!(
                "when = \"at\" needs the key \"at\"",
                "when = \"at\" demande le réglage « at »"
            );
            Err(Fault::new("R103", Some("when"), message))
        }
        (_, Some(_)) => {
            let message = words!(
                "\"at\" is read with when = \"at\" only",
                "« at » ne se lit qu'avec when = \"at\""
            );
            Err(Fault::new("R103", Some("at"), message))
        }
        ("choose", None) => Ok(When::Choose(keys.duration("slot"))),
        ("next_open", None) => Ok(When::NextOpen),
        // One person has no queue in which a place could be kept.
        _ if matches!(debtor, Some(Debtor::Person(_))) => Ok(When::NextOpen),
        _ => Ok(When::KeepPlace),
    }
}

/// The outcomes that an action must say besides `on.give_up`.
fn outcomes_of(action: CallbackAction) -> &'static [&'static str] {
    match action {
        CallbackAction::Request => &["bad_number", "not_allowed", "none_left"],
        CallbackAction::Move => &["none_left"],
        CallbackAction::Keep | CallbackAction::Cancel | CallbackAction::Now => &[],
    }
}

impl Step for Owing {
    fn facts(&self) -> Facts<'_> {
        let leaves: &[&str] = match self.action {
            CallbackAction::Cancel => &[],
            _ => &["on.done", "on.already", "next"],
        };
        Facts {
            leaves,
            ..Facts::default()
        }
    }

    fn gives(&self, way: &str) -> Vec<&str> {
        let promised = matches!(way, "on.done" | "on.already" | "next");
        if promised && self.action != CallbackAction::Cancel {
            PROMISE_KNOWN.to_vec()
        } else {
            Vec::new()
        }
    }

    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        Box::new(Agreeing::new(self))
    }
}
