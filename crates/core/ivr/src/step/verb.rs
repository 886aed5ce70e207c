//! What describes a verb: its keys and what they take, its outcomes, and where a step of it may stand.

use std::sync::Arc;

use super::settings::{Fault, Reading};
use super::work::Step;
use crate::variables::Type;
use crate::words::Help;

/// One verb: what a step of it may say, and where it may stand.
#[derive(Clone, Copy, Debug)]
pub struct Verb {
    /// The word after `do =`.
    pub name: &'static str,
    /// Its keys, besides those of every step ([`COMMON_KEYS`](super::COMMON_KEYS)).
    pub keys: &'static [Key],
    /// The words after `on.`, besides `error` and `too_often`.
    pub outcomes: &'static [Outcome],
    /// Whether `next` must, may or cannot be given.
    pub next: Presence,
    /// Whether `press.K` must, may or cannot be given.
    pub press: Presence,
    /// What it does to a call that is not answered.
    pub answers: Answers,
    /// Whether it may run after the caller has gone.
    pub after_hangup: bool,
    /// Whether it waits for the caller to type or speak: a loop needs one.
    pub waits: bool,
    /// How it leaves the caller, for the check of silent ends.
    pub voice: Voice,
    /// True for a verb that only the engine's own flows use.
    pub internal: bool,
    /// One sentence of help.
    pub help: Help,
    /// A short step of it, as it is written under its header; a test reads it.
    pub example: &'static str,
    /// False for a verb that is read, checked and simulated while the engine cannot do its work yet:
    /// `rappel check` warns of it.
    pub served: bool,
    pub(crate) read: fn(&Reading) -> Result<Arc<dyn Step>, Fault>,
}

/// One key of a verb.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Used when the key is absent, as it would be written; `None` leaves it unset.
    pub default: Option<&'static str>,
    /// Whether it must be given.
    pub required: bool,
    /// What it means.
    pub help: Help,
}

/// What a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A prompt, or a list said one after the other.
    Prompt,
    /// A list of prompts: what to say the first, second … time.
    Prompts,
    /// A duration between two, both as written.
    Duration(&'static str, &'static str),
    /// A whole number between two.
    Number(i64, i64),
    /// True or false.
    YesNo,
    /// One of these words; then words that later releases bring.
    Word(&'static [&'static str], &'static [&'static str]),
    /// A calendar.
    Calendar,
    /// A person.
    Person,
    /// A team.
    Team,
    /// A mailbox.
    Mailbox,
    /// A flow.
    Flow,
    /// A variable of this flow.
    Variable,
    /// Words for reports.
    Text,
    /// A key of the telephone.
    Key,
    /// An expression that is true or false.
    Condition,
    /// `[{ if = "…", then = "STEP" }, …]`.
    Cases,
    /// `NAME = "expression"`, several.
    Assignments,
    /// A step: the way `else`.
    Step,
    /// A directory.
    Directory,
    /// A language of the tenant.
    Language,
    /// `K = "language"`, for keys of the telephone.
    Languages,
    /// An address; the values in its holes are escaped.
    Address,
    /// `secret:NAME`, declared by the administrator.
    Secret,
    /// `NAME = "text with holes"`, a number, true or false; several.
    Fields,
    /// `VARIABLE = "name"`, several: what is read into variables.
    Readings,
    /// `NAME = percent`, 100 in all; each name is an outcome, too.
    Shares,
    /// What is heard while another system is asked: prompts, or `"none"`.
    Meanwhile,
    /// A queue, of what may wait in it.
    Queue(Waits),
    /// A list of words: skills.
    Names,
    /// `NAME.LANGUAGE = "text with holes"`, one for each language of the flow.
    Bodies,
    /// One value of this type, written out or as one hole.
    Value(Type),
    /// `person:NAME`, `team:NAME`, `line:NAME` or `destination:NAME`.
    Handover,
    /// `service`, `asked` or `list:NAME`.
    Basis,
    /// What a step announces differently from its queue: `announce.first` and so on.
    Announce,
}

/// What waits in a queue that a key names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// Calls.
    Calls,
    /// Written dialogues.
    Texts,
    /// Either.
    Any,
}

/// A word after `on.`.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// The word.
    pub name: &'static str,
    /// Where the call goes when it is not given.
    pub otherwise: Otherwise,
    /// When it happens.
    pub help: Help,
}

/// Where a call goes when an outcome is not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Otherwise {
    /// It must be given.
    Required,
    /// Where this other way goes: `on.closed`, `next`.
    As(&'static str),
    /// The step has failed: `on.error` and so on (FLOWS §8).
    Error,
    /// The call ends.
    End,
    /// It does not happen unless it is given.
    Never,
}

/// Whether something must, may or cannot be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It must.
    Required,
    /// It may.
    Optional,
    /// It cannot.
    None,
}

/// What a step does to a call that is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// Nothing: it may stand before the answer (mark A).
    No,
    /// It answers first.
    First,
    /// It answers first unless the step says `early = true`.
    UnlessEarly,
    /// It answers first when it has a sentence to say.
    WhenSpeaking,
    /// The call is answered when somebody picks up.
    WhenReached,
}

/// How a step leaves the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// It says and asks nothing: what was heard before still stands.
    Quiet,
    /// It has said something that may be the last word.
    Speaks,
    /// These ways out need no further word; all others leave something open.
    Closes(&'static [&'static str]),
    /// It leaves the caller with something unfinished.
    Opens,
}

impl Key {
    /// A key that may be left out.
    pub(crate) const fn new(
        name: &'static str,
        kind: Kind,
        default: Option<&'static str>,
        help: &'static str,
    ) -> Self {
        Self {
            name,
            kind,
            default,
            required: false,
            help: Help::english(help),
        }
    }

    /// A key that must be given.
    pub(crate) const fn required(name: &'static str, kind: Kind, help: &'static str) -> Self {
        Self {
            name,
            kind,
            default: None,
            required: true,
            help: Help::english(help),
        }
    }

    /// The same key with its help in French.
    pub(crate) const fn fr(self, help: &'static str) -> Self {
        Self {
            help: self.help.and_french(help),
            ..self
        }
    }
}

impl Outcome {
    /// An outcome of a verb.
    pub(crate) const fn new(name: &'static str, otherwise: Otherwise, help: &'static str) -> Self {
        Self {
            name,
            otherwise,
            help: Help::english(help),
        }
    }

    /// The same outcome with its help in French.
    pub(crate) const fn fr(self, help: &'static str) -> Self {
        Self {
            help: self.help.and_french(help),
            ..self
        }
    }
}
