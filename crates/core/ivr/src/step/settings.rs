//! The keys of one step, read and typed: what a verb builds itself from.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use rappel_model::{Language, PromptKey};

use super::compound::Announcing;
use super::{Key, Kind};
use crate::expression::Expression;
use crate::need::{Basis, TransferTo};
use crate::prompt::{Piece, split};
use crate::syntax::Text;
use crate::variables::{Type, parse_duration};
use crate::words;
use crate::words::Words;

/// The value of a key.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Setting {
    Duration(Duration),
    Number(i64),
    YesNo(bool),
    Word(&'static str),
    /// A calendar, person, team, mailbox, flow or variable.
    Name(String),
    Prompts(Vec<(PromptKey, Range<usize>)>),
    Template(Template),
    Key(char),
    Condition(Expression, Text),
    /// Conditions; where they lead is a way of the step, `case.1` …
    Cases(Vec<(Expression, Text)>),
    Assignments(Vec<(String, Range<usize>, Expression, Text)>),
    Fields(Vec<Field>),
    Readings(Vec<Mapping>),
    /// Name, percent, and where it stands.
    Shares(Vec<(String, u32, Range<usize>)>),
    Languages(Vec<(char, Language, Range<usize>)>),
    /// The way `else`.
    Step,
    /// Skills.
    Names(Vec<String>),
    /// A text by language.
    Bodies(Vec<(Language, Template)>),
    Handover(TransferTo),
    Basis(Basis),
    Announce(Announcing),
}

/// One `NAME = value` of a table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: String,
    /// Where the name stands.
    pub(crate) span: Range<usize>,
    pub(crate) value: FieldValue,
    /// Where the value stands.
    pub(crate) value_span: Range<usize>,
}

impl Field {
    /// The text with holes, when it is one.
    pub(crate) fn template(&self) -> Option<&Template> {
        match &self.value {
            FieldValue::Template(template) => Some(template),
            _ => None,
        }
    }
}

/// What stands right of the `=`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum FieldValue {
    Template(Template),
    Number(i64),
    /// A number with a fraction, as written.
    Fraction(String),
    YesNo(bool),
}

/// One `VARIABLE = "word"` of a table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mapping {
    pub(crate) variable: String,
    /// Where the variable stands.
    pub(crate) span: Range<usize>,
    pub(crate) word: Text,
}

/// A text with holes, for tags and reasons.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Template {
    pub(crate) parts: Vec<TemplatePart>,
    pub(crate) text: Text,
}

impl Template {
    /// A text without holes that stands in no file.
    pub(crate) fn plain(text: &str) -> Self {
        let source = crate::diagnostic::Source::new("", text);
        Self {
            parts: vec![TemplatePart::Words(text.to_owned())],
            text: Text::new(&source, 0..text.len(), text),
        }
    }
}

/// Words or a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TemplatePart {
    Words(String),
    /// The expression, and where it begins in the text.
    Value(Expression, usize),
}

/// What is wrong with the keys of a step together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) code: &'static str,
    /// The key it is shown at; the step's header without one.
    pub(crate) key: Option<&'static str>,
    pub(crate) message: Words,
    pub(crate) label: Option<Words>,
}

impl Fault {
    pub(crate) fn new(
        code: &'static str,
        key: Option<&'static str>,
        message: impl Into<Words>,
    ) -> Self {
        Self {
            code,
            key,
            message: message.into(),
            label: None,
        }
    }

    pub(crate) fn label(mut self, label: impl Into<Words>) -> Self {
        self.label = Some(label.into());
        self
    }
}

/// The keys of one step.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading {
    pub(crate) settings: BTreeMap<&'static str, (Setting, Range<usize>)>,
    /// The keys after `press.`.
    pub(crate) press: BTreeSet<char>,
    /// The words after `on.` that are given.
    pub(crate) on: BTreeSet<String>,
    /// Whether `next` is given.
    pub(crate) next: bool,
    /// Types of the flow's variables.
    pub(crate) variables: Arc<BTreeMap<String, Type>>,
}

/// What the verb's table promises about its own keys.
const TABLE: &str = "the table of the verb gives this key a default or requires it";

impl Reading {
    fn get(&self, key: &str) -> Option<&Setting> {
        self.settings.get(key).map(|(setting, _)| setting)
    }

    /// Refuses a step that says neither `on.WORD` nor `next`, where `next` stands for that outcome.
    pub(crate) fn leads(&self, verb: &str, word: &str) -> Result<(), Fault> {
        if self.on.contains(word) || self.next {
            return Ok(());
        }
        let message = words!(
            "\"{verb}\" leads nowhere when it went as intended",
            "« {verb} » ne mène nulle part quand tout s'est bien passé"
        );
        let label = words!("add on.{word} = \"STEP\"", "ajoutez on.{word} = \"ÉTAPE\"");
        Err(Fault::new("R302", None, message).label(label))
    }

    /// A duration that has a default.
    pub(crate) fn duration(&self, key: &str) -> Duration {
        self.duration_if_given(key).expect(TABLE)
    }

    /// A duration, when it is given.
    pub(crate) fn duration_if_given(&self, key: &str) -> Option<Duration> {
        match self.get(key) {
            Some(Setting::Duration(length)) => Some(*length),
            _ => None,
        }
    }

    /// A number, when it is given.
    pub(crate) fn number(&self, key: &str) -> Option<u32> {
        match self.get(key) {
            Some(Setting::Number(number)) => u32::try_from(*number).ok(),
            _ => None,
        }
    }

    /// True or false; false when it has no default.
    pub(crate) fn yes(&self, key: &str) -> bool {
        self.yes_if_given(key).unwrap_or(false)
    }

    /// True or false, when it is given.
    pub(crate) fn yes_if_given(&self, key: &str) -> Option<bool> {
        match self.get(key) {
            Some(Setting::YesNo(yes)) => Some(*yes),
            _ => None,
        }
    }

    /// A word that has a default.
    pub(crate) fn word(&self, key: &str) -> &'static str {
        match self.get(key) {
            Some(Setting::Word(word)) => word,
            _ => panic!("{TABLE}"),
        }
    }

    /// A name, when it is given.
    pub(crate) fn name(&self, key: &str) -> Option<&str> {
        match self.get(key) {
            Some(Setting::Name(name)) => Some(name),
            _ => None,
        }
    }

    /// Prompts; none when the key is absent.
    pub(crate) fn prompts(&self, key: &str) -> Vec<PromptKey> {
        match self.get(key) {
            Some(Setting::Prompts(prompts)) => prompts.iter().map(|(key, _)| key.clone()).collect(),
            _ => Vec::new(),
        }
    }

    /// A text with holes, when it is given.
    pub(crate) fn template(&self, key: &str) -> Option<Template> {
        match self.get(key) {
            Some(Setting::Template(template)) => Some(template.clone()),
            _ => None,
        }
    }

    /// Words of a list; none when the key is absent.
    pub(crate) fn names(&self, key: &str) -> Vec<String> {
        match self.get(key) {
            Some(Setting::Names(names)) => names.clone(),
            _ => Vec::new(),
        }
    }

    /// Texts by language; none when the key is absent.
    pub(crate) fn bodies(&self, key: &str) -> Vec<(Language, Template)> {
        match self.get(key) {
            Some(Setting::Bodies(bodies)) => bodies.clone(),
            _ => Vec::new(),
        }
    }

    /// Where a call may be handed, when it is given.
    pub(crate) fn handover(&self, key: &str) -> Option<TransferTo> {
        match self.get(key) {
            Some(Setting::Handover(to)) => Some(to.clone()),
            _ => None,
        }
    }

    /// Why a text may be sent, when it is given.
    pub(crate) fn basis(&self, key: &str) -> Option<Basis> {
        match self.get(key) {
            Some(Setting::Basis(basis)) => Some(basis.clone()),
            _ => None,
        }
    }

    /// What is announced differently from the queue's plan; nothing when the key is absent.
    pub(crate) fn announcing(&self, key: &str) -> Announcing {
        match self.get(key) {
            Some(Setting::Announce(plan)) => plan.clone(),
            _ => Announcing::default(),
        }
    }

    /// A key of the telephone that has a default.
    pub(crate) fn key(&self, key: &str) -> char {
        match self.get(key) {
            Some(Setting::Key(key)) => *key,
            _ => panic!("{TABLE}"),
        }
    }

    /// A condition, when it is given.
    pub(crate) fn condition(&self, key: &str) -> Option<Expression> {
        match self.get(key) {
            Some(Setting::Condition(expression, _)) => Some(expression.clone()),
            _ => None,
        }
    }

    /// The conditions of `case`.
    pub(crate) fn cases(&self, key: &str) -> Vec<Expression> {
        match self.get(key) {
            Some(Setting::Cases(cases)) => cases.iter().map(|(e, _)| e.clone()).collect(),
            _ => Vec::new(),
        }
    }

    /// Fields; none when the key is absent.
    pub(crate) fn fields(&self, key: &str) -> &[Field] {
        match self.get(key) {
            Some(Setting::Fields(fields)) => fields,
            _ => &[],
        }
    }

    /// What is read into variables; nothing when the key is absent.
    pub(crate) fn readings(&self, key: &str) -> &[Mapping] {
        match self.get(key) {
            Some(Setting::Readings(readings)) => readings,
            _ => &[],
        }
    }

    /// Shares in percent; none when the key is absent.
    pub(crate) fn shares(&self, key: &str) -> &[(String, u32, Range<usize>)] {
        match self.get(key) {
            Some(Setting::Shares(shares)) => shares,
            _ => &[],
        }
    }

    /// Languages by key of the telephone; none when the key is absent.
    pub(crate) fn languages(&self, key: &str) -> &[(char, Language, Range<usize>)] {
        match self.get(key) {
            Some(Setting::Languages(languages)) => languages,
            _ => &[],
        }
    }

    /// The assignments of `set`.
    pub(crate) fn assignments(&self, key: &str) -> Vec<(String, Expression)> {
        match self.get(key) {
            Some(Setting::Assignments(list)) => list
                .iter()
                .map(|(name, _, e, _)| (name.clone(), e.clone()))
                .collect(),
            _ => Vec::new(),
        }
    }
}

/// The default of a key; `None` when it has none (or when the table is wrong, which a test finds).
pub(crate) fn default_of(key: &Key) -> Option<Setting> {
    let text = key.default?;
    Some(match key.kind {
        Kind::Duration(..) => Setting::Duration(parse_duration(text)?),
        Kind::Number(..) => Setting::Number(text.parse().ok()?),
        Kind::YesNo => Setting::YesNo(text.parse().ok()?),
        Kind::Word(words, _) => Setting::Word(words.iter().find(|word| **word == text)?),
        Kind::Text => Setting::Template(template_of(text)?),
        Kind::Key => Setting::Key(text.chars().next()?),
        Kind::Prompt | Kind::Prompts | Kind::Meanwhile => {
            Setting::Prompts(vec![(PromptKey::from(text), 0..0)])
        }
        Kind::Basis if text == "service" => Setting::Basis(Basis::Service),
        _ => return None,
    })
}

/// A text with holes of the table of verbs.
fn template_of(text: &str) -> Option<Template> {
    let source = crate::diagnostic::Source::new("", text);
    let mut problems = Vec::new();
    let mut parts = Vec::new();
    for (span, piece) in split(text, &mut problems) {
        parts.push(match piece {
            Piece::Words(words) => TemplatePart::Words(words),
            Piece::Hole => {
                let inside = span.start + 1..span.end - 1;
                let expression = Expression::parse(&text[inside.clone()]).ok()?;
                TemplatePart::Value(expression, inside.start)
            }
        });
    }
    let text = Text::new(&source, 0..text.len(), text);
    problems.is_empty().then_some(Template { parts, text })
}
