//! The verbs of the flow language, one per file, each describing itself: parser, checker, help and
//! schema come from the table [`VERBS`] and cannot disagree (FLOWS §6).

mod answer;
mod asked;
mod asking;
mod background;
mod callback;
mod collect;
mod compound;
mod consent;
mod count;
mod estimate;
mod facts;
mod flow;
mod foreign;
mod forward;
mod goto;
mod hangup;
mod hours;
mod http;
mod known;
mod language;
mod listen;
mod lookup;
mod menu;
mod number;
mod pause;
mod pending;
mod play;
mod queue;
mod reach;
mod reading;
mod record;
mod reject;
mod return_flow;
mod ring;
mod self_test;
mod served;
mod set;
mod settings;
mod split;
mod survey;
mod switch;
mod tables;
mod tag;
mod task;
mod text;
mod to_text;
mod transfer;
mod typed;
mod voicemail;
mod waiting;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use rappel_model::FlowName;

use crate::engine::Desk;
use crate::event::Event;
use crate::variables::{Type, Value};
use crate::words::Help;

pub(crate) use facts::{Facts, Notice, Onward};
pub(crate) use foreign::{begins as address_begins, climbs, currency_of};
pub(crate) use known::{PLACE_KNOWN, PROMISE_KNOWN, WAIT_KNOWN};
pub(crate) use reading::{condition, one_key, read_step, read_template};
pub(crate) use served::not_served;
pub(crate) use settings::{
    Fault, Field, FieldValue, Mapping, Reading, Setting, Template, TemplatePart,
};
pub(crate) use split::bucket;

/// One verb: what a step of it may say, and where it may stand.
#[derive(Clone, Copy, Debug)]
pub struct Verb {
    /// The word after `do =`.
    pub name: &'static str,
    /// Its keys, besides those of every step ([`COMMON_KEYS`]).
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

/// What a step of a flow is made of, once read.
pub(crate) trait Step: fmt::Debug + Send + Sync {
    /// A run of this step for one caller.
    fn begin(self: Arc<Self>) -> Box<dyn Work>;

    /// Names that have a value once the step is left by `way`.
    fn gives(&self, way: &str) -> Vec<&str> {
        let _ = way;
        Vec::new()
    }

    /// Variables that may be back at their first value, or without one, once the step is left,
    /// unless it [`Step::gives`] them.
    fn resets(&self) -> Vec<&str> {
        Vec::new()
    }

    /// What the checks of paths must know besides.
    fn facts(&self) -> Facts<'_> {
        Facts::default()
    }

    /// Whether what is typed and said in it belongs into no recording of the call.
    fn is_discreet(&self) -> bool {
        self.secret().is_some()
    }

    /// The variable it fills with a secret.
    fn secret(&self) -> Option<&str> {
        None
    }

    /// Whether this step asks and says nothing although others of its verb do: it may run before the
    /// answer and after the caller has gone, and waits for nobody.
    fn is_quiet(&self) -> bool {
        false
    }
}

/// One run of a step.
pub(crate) trait Work: fmt::Debug + Send {
    /// It begins.
    fn enter(&mut self, desk: &mut Desk<'_>) -> Turn;

    /// Something happened. The end of the caller is news like any other; [`Turn::Stay`] then means
    /// that there is still something to finish.
    fn on_event(&mut self, desk: &mut Desk<'_>, event: &Event) -> Turn {
        let _ = desk;
        match event {
            Event::CallerGone => Turn::Abandon,
            _ => Turn::Stay,
        }
    }

    /// A question of this step cannot be answered by this engine.
    fn on_refused(&mut self, desk: &mut Desk<'_>) -> Turn {
        let _ = desk;
        Turn::Fail("not_available")
    }

    /// The deadline it set has passed.
    fn on_timeout(&mut self, desk: &mut Desk<'_>) -> Turn {
        let _ = desk;
        Turn::Stay
    }
}

/// What follows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Turn {
    /// The step goes on.
    Stay,
    /// It is done and leaves by this way: `next`, `press.2`, `on.closed`.
    Leave(Cow<'static, str>),
    /// The call goes on in another flow.
    Goto(FlowName),
    /// Another flow runs and comes back to this step's `next`.
    Call(Called),
    /// The flow goes back to the one that called it.
    Return,
    /// It cannot do its work, for this cause.
    Fail(&'static str),
    /// The call has been ended by an ask.
    End,
    /// The caller has gone and nothing is left to finish.
    Abandon,
}

/// A flow that is run by another.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Called {
    pub(crate) flow: FlowName,
    pub(crate) arguments: Arguments,
    /// Which variable of the calling flow receives which result.
    pub(crate) results: Vec<(String, String)>,
}

/// Names, values, and whether each is a secret. Its `Debug` shows names only.
#[derive(Clone, PartialEq)]
pub(crate) struct Arguments(pub(crate) Vec<(String, Value, bool)>);

impl fmt::Debug for Arguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.iter().map(|(name, ..)| name);
        f.debug_list().entries(names).finish()
    }
}

impl Turn {
    /// Leaves by `next`.
    pub(crate) const NEXT: Self = Self::Leave(Cow::Borrowed("next"));

    /// Leaves by a fixed way.
    pub(crate) const fn leave(way: &'static str) -> Self {
        Self::Leave(Cow::Borrowed(way))
    }

    /// Leaves by `press.K`.
    pub(crate) fn press(key: char) -> Self {
        Self::Leave(Cow::Owned(format!("press.{key}")))
    }
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
            help: Help { en: help, fr: "" },
        }
    }

    /// A key that must be given.
    pub(crate) const fn required(name: &'static str, kind: Kind, help: &'static str) -> Self {
        Self {
            name,
            kind,
            default: None,
            required: true,
            help: Help { en: help, fr: "" },
        }
    }

    /// The same key with its help in French.
    pub(crate) const fn fr(self, help: &'static str) -> Self {
        Self {
            help: Help {
                en: self.help.en,
                fr: help,
            },
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
            help: Help { en: help, fr: "" },
        }
    }

    /// The same outcome with its help in French.
    pub(crate) const fn fr(self, help: &'static str) -> Self {
        Self {
            help: Help {
                en: self.help.en,
                fr: help,
            },
            ..self
        }
    }
}

/// The verb `name`.
pub fn verb(name: &str) -> Option<&'static Verb> {
    VERBS.iter().copied().find(|verb| verb.name == name)
}

/// Every verb of this release.
pub const VERBS: &[&Verb] = &[
    &answer::VERB,
    &ring::VERB,
    &reject::VERB,
    &hangup::VERB,
    &pause::VERB,
    &play::VERB,
    &menu::VERB,
    &collect::VERB,
    &language::VERB,
    &hours::VERB,
    &switch::VERB,
    &set::VERB,
    &lookup::VERB,
    &http::VERB,
    &split::VERB,
    &flow::VERB,
    &goto::VERB,
    &return_flow::VERB,
    &reach::VERB,
    &voicemail::VERB,
    &tag::VERB,
    &count::VERB,
    &transfer::VERB,
    &consent::VERB,
    &record::VERB,
    &survey::VERB,
    &queue::VERB,
    &estimate::VERB,
    &callback::VERB,
    &pending::VERB,
    &text::VERB,
    &to_text::VERB,
    &task::VERB,
    &listen::VERB,
    &forward::VERB,
    &self_test::VERB,
];

/// Verbs of the language that later releases bring.
pub const LATER_VERBS: [&str; 8] = [
    "recognize",
    "screen",
    "park",
    "conference",
    "page",
    "follow",
    "event",
    "stream",
];

/// Keys of every step, with what they mean (FLOWS §3).
pub const COMMON_KEYS: [(&str, Help); 10] = [
    (
        "do",
        help(
            "the verb; decides which other keys are allowed",
            "le verbe ; il décide des autres réglages permis",
        ),
    ),
    (
        "title",
        help(
            "a sentence for diagrams and reports",
            "une phrase pour les schémas et les rapports",
        ),
    ),
    (
        "next",
        help(
            "step to go to when the work is done",
            "l'étape suivante, une fois le travail fait",
        ),
    ),
    (
        "press",
        help(
            "press.K: step to go to when the caller presses K",
            "press.K : l'étape suivante quand l'appelant appuie sur K",
        ),
    ),
    (
        "on",
        help(
            "on.WORD: step to go to when WORD happened; on.error when the step itself fails",
            "on.MOT : l'étape suivante quand MOT arrive ; on.error quand l'étape elle-même échoue",
        ),
    ),
    (
        "tags",
        help(
            "tags.NAME: writes a tag on the call when the step is entered",
            "tags.NOM : écrit une étiquette sur l'appel à l'entrée de l'étape",
        ),
    ),
    (
        "count",
        help(
            "adds one to a named counter when the step is entered",
            "ajoute un à un compteur à l'entrée de l'étape",
        ),
    ),
    (
        "max_visits",
        help(
            "how often one call may enter this step: 1 to 50, 10 when absent",
            "combien de fois un appel peut entrer dans cette étape : 1 à 50, sinon 10",
        ),
    ),
    (
        "if",
        help(
            "the step is skipped, by next, unless this is true",
            "l'étape est sautée, vers next, sauf si ceci est vrai",
        ),
    ),
    (
        "note",
        help("free text for colleagues", "texte libre pour les collègues"),
    ),
];

const fn help(en: &'static str, fr: &'static str) -> Help {
    Help { en, fr }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table is the manual: it must be whole.
    #[test]
    fn every_verb_describes_itself() {
        for verb in VERBS {
            assert!(
                verb.help.en.ends_with('.') && verb.help.fr.ends_with('.'),
                "{}",
                verb.name
            );
            let helps = verb.keys.iter().map(|key| key.help);
            for help in helps.chain(verb.outcomes.iter().map(|o| o.help)) {
                assert!(
                    !help.en.is_empty() && !help.fr.is_empty(),
                    "{}: {}",
                    verb.name,
                    help.en
                );
            }
            assert!(!LATER_VERBS.contains(&verb.name));
            for outcome in verb.outcomes {
                if let Otherwise::As(way) = outcome.otherwise
                    && let Some(word) = way.strip_prefix("on.")
                {
                    assert!(
                        verb.outcomes.iter().any(|o| o.name == word),
                        "{}",
                        verb.name
                    );
                }
            }
        }
    }

    /// Examples are shown to operators: they must be right.
    #[test]
    fn every_example_is_a_step_of_its_verb() {
        for verb in VERBS {
            let example = verb.example;
            let text = format!("rappel = 1\n[flow]\nstart = \"x\"\n[step.x]\n{example}\n");
            let file = crate::testing::file("example", &text);
            let (draft, problems) = crate::parse::read(&file, &crate::testing::company(), true);
            assert_eq!(problems, [], "{}", verb.name);
            assert_eq!(draft.steps[0].verb.map(|v| v.name), Some(verb.name));
        }
    }

    #[test]
    fn every_default_is_a_value_of_its_key() {
        for key in VERBS.iter().flat_map(|verb| verb.keys) {
            if let Some(text) = key.default {
                assert!(settings::default_of(key).is_some(), "{} = {text}", key.name);
            }
        }
    }
}
