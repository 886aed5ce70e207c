//! A flow as it is written, with the defaults that decide where calls go: what drawings and
//! explanations are made from.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::draft::{Leads, resolve};
use crate::step::{Kind, Otherwise, Verb, verb};

/// Ways that steps of a verb take unless they say otherwise: verb → `on.bad_number` → step
/// (`[defaults.callback]`, FLOWS §15).
pub type Defaults = BTreeMap<String, BTreeMap<String, String>>;

/// One flow.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowView {
    /// Its name: what lines and other flows call it.
    pub name: String,
    /// Its title; the name when it has none.
    pub title: String,
    /// The first step.
    pub start: String,
    /// Where a failed step sends the call.
    pub on_error: Option<String>,
    /// The step that runs after the caller has gone.
    pub on_hangup: Option<String>,
    /// What it remembers during a call: names and types.
    pub variables: Vec<(String, String)>,
    /// Its steps, in the order of the file.
    pub steps: Vec<StepView>,
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub struct StepView {
    /// Its name.
    pub name: String,
    /// Its title, when it has one.
    pub title: Option<String>,
    /// The word after `do =`.
    pub verb: String,
    /// The condition without which it is skipped.
    pub condition: Option<String>,
    /// The tags it writes: names and texts.
    pub tags: Vec<(String, String)>,
    /// The counter it adds to.
    pub count: Option<String>,
    /// The keys of its verb as they are written.
    pub settings: BTreeMap<String, Shown>,
    /// Where it leads: ways that are written or declared as defaults, then those that end the call.
    pub ways: Vec<Way>,
}

/// The value of a key as it is written.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    /// A text, a name, a duration.
    Text(String),
    /// A whole number.
    Number(i64),
    /// True or false.
    YesNo(bool),
    /// A list of texts.
    List(Vec<String>),
    /// Names with texts, as in `set.NAME`.
    Table(Vec<(String, String)>),
}

/// A way out of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// `next`, `press.2`, `on.closed`, `case.1`, `else`.
    pub name: String,
    /// The condition of a case.
    pub condition: Option<String>,
    /// Where it leads.
    pub to: Target,
}

/// Where a way leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// To the step of this name.
    Step(String),
    /// The call ends.
    End,
    /// The step has failed: `on_error` and so on (FLOWS §8).
    Error,
}

impl FlowView {
    /// Reads the flow `name` from its text. A text that is not TOML or declares no `[flow]` gives
    /// `None`; what the check would refuse is read as far as it goes, so that drafts can be drawn.
    pub fn read(name: &str, text: &str, defaults: &Defaults) -> Option<Self> {
        if text.len() > crate::parse::MAX_FILE {
            return None;
        }
        let root: Table = text.parse().ok()?;
        let flow = root.get("flow")?.as_table()?;
        let word = |key: &str| flow.get(key).and_then(Value::as_str).map(str::to_owned);
        let steps = root.get("step").and_then(Value::as_table);
        let steps = steps.into_iter().flatten().take(crate::parse::MAX_STEPS);
        let variables = root.get("vars").and_then(Value::as_table).into_iter();
        let variables = variables.flatten().map(|(name, value)| {
            let kind = value.get("type").and_then(Value::as_str);
            (name.clone(), kind.unwrap_or_default().to_owned())
        });
        Some(Self {
            title: word("title").unwrap_or_else(|| name.to_owned()),
            name: name.to_owned(),
            start: word("start").unwrap_or_default(),
            on_error: word("on_error"),
            on_hangup: word("on_hangup"),
            variables: variables.collect(),
            steps: steps
                .filter_map(|(name, step)| Some(StepView::read(name, step.as_table()?, defaults)))
                .collect(),
        })
    }

    /// The step `name`.
    pub fn step(&self, name: &str) -> Option<&StepView> {
        self.steps.iter().find(|step| step.name == name)
    }
}

impl StepView {
    fn read(name: &str, table: &Table, defaults: &Defaults) -> Self {
        let word = |key: &str| table.get(key).and_then(Value::as_str).map(str::to_owned);
        let word_of = word("do").unwrap_or_default();
        let own = |key: &str| verb(&word_of).is_some_and(|v| v.keys.iter().any(|k| k.name == key));
        let is_common = |key: &str| COMMON.contains(&key) && !own(key);
        let settings = table.iter().filter(|(key, _)| !is_common(key));
        let settings = settings.map(|(key, value)| (key.clone(), Shown::read(value)));
        Self {
            name: name.to_owned(),
            title: word("title").filter(|_| !own("title")),
            condition: word("if"),
            tags: texts(table.get("tags")),
            count: word("count"),
            settings: settings.collect(),
            ways: ways(&word_of, table, defaults.get(&word_of)),
            verb: word_of,
        }
    }

    /// The title, or the name.
    pub fn shown(&self) -> &str {
        self.title.as_deref().unwrap_or(&self.name)
    }

    /// What the table says of its verb; `None` for a word that is no verb of this release.
    pub fn known(&self) -> Option<&'static Verb> {
        verb(&self.verb)
    }

    /// The text of a key, as written or by default.
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.settings.get(key) {
            Some(Shown::Text(text)) => Some(text),
            Some(_) => None,
            None => self.known()?.keys.iter().find(|k| k.name == key)?.default,
        }
    }

    /// Whether a key is true, as written or by default.
    pub fn yes(&self, key: &str) -> bool {
        match self.settings.get(key) {
            Some(Shown::YesNo(yes)) => *yes,
            _ => self.text(key) == Some("true"),
        }
    }

    /// A whole number, as written or by default.
    pub fn number(&self, key: &str) -> Option<i64> {
        match self.settings.get(key) {
            Some(Shown::Number(number)) => Some(*number),
            _ => self.text(key)?.parse().ok(),
        }
    }

    /// A list of texts; one text is a list of one.
    pub fn list(&self, key: &str) -> Vec<&str> {
        match self.settings.get(key) {
            Some(Shown::List(list)) => list.iter().map(String::as_str).collect(),
            _ => self.text(key).into_iter().collect(),
        }
    }

    /// Names with texts, as in `set.NAME`.
    pub fn table(&self, key: &str) -> &[(String, String)] {
        match self.settings.get(key) {
            Some(Shown::Table(table)) => table,
            _ => &[],
        }
    }

    /// Where `way` leads once the defaults of the verb are applied; `None` when it never happens.
    pub fn leads(&self, way: &str) -> Option<Target> {
        let given = |way: &str| self.ways.iter().find(|given| given.name == way);
        let Some(verb) = self.known() else {
            return given(way).map(|way| way.to.clone());
        };
        let step = |way: &str| match given(way).map(|way| &way.to) {
            Some(Target::Step(step)) => Some(step.as_str()),
            _ => None,
        };
        match resolve(verb, way, step) {
            Leads::To(step) => Some(Target::Step(step.to_owned())),
            Leads::End => Some(Target::End),
            Leads::Error => Some(Target::Error),
            Leads::Never => None,
        }
    }
}

impl Shown {
    fn read(value: &Value) -> Self {
        match value {
            Value::String(text) => Self::Text(text.clone()),
            Value::Integer(number) => Self::Number(*number),
            Value::Boolean(yes) => Self::YesNo(*yes),
            Value::Array(items) => Self::List(items.iter().map(plain).collect()),
            Value::Table(_) => Self::Table(texts(Some(value))),
            other => Self::Text(other.to_string()),
        }
    }
}

/// The ways out of a step in the order people look for them: conditions, `next`, keys as on a
/// telephone, outcomes as in the table of the verb.
fn ways(word: &str, table: &Table, defaults: Option<&BTreeMap<String, String>>) -> Vec<Way> {
    let mut ways = Vec::new();
    let mut add = |name: String, condition: Option<String>, to: &str| {
        let to = Target::Step(to.to_owned());
        ways.push(Way {
            name,
            condition,
            to,
        });
    };
    let cases = table.get("case").and_then(Value::as_array);
    for (i, case) in cases.into_iter().flatten().enumerate() {
        let part = |key: &str| case.get(key).and_then(Value::as_str);
        if let Some(then) = part("then") {
            add(
                format!("case.{}", i + 1),
                part("if").map(str::to_owned),
                then,
            );
        }
    }
    let known = verb(word);
    let steps = known.into_iter().flat_map(|verb| verb.keys);
    let mut steps: Vec<&str> = steps
        .filter(|key| key.kind == Kind::Step)
        .map(|key| key.name)
        .collect();
    if known.is_none() {
        steps.push("else");
    }
    for key in steps.into_iter().chain(["next"]) {
        if let Some(to) = table.get(key).and_then(Value::as_str) {
            add(key.to_owned(), None, to);
        }
    }
    let mut press = texts(table.get("press"));
    press.sort_by_key(|(key, _)| "1234567890*#".find(key.as_str()));
    for (key, to) in press {
        add(format!("press.{key}"), None, &to);
    }
    let mut on = texts(table.get("on"));
    for (way, to) in defaults.into_iter().flatten() {
        if let Some(outcome) = way.strip_prefix("on.")
            && on.iter().all(|(given, _)| given != outcome)
        {
            on.push((outcome.to_owned(), to.clone()));
        }
    }
    unserved(&mut on);
    let outcomes = known.map_or(&[][..], |verb| verb.outcomes);
    let place = |word: &str| outcomes.iter().position(|o| o.name == word);
    on.sort_by_key(|(word, _)| place(word).unwrap_or(usize::MAX));
    for (outcome, to) in &on {
        add(format!("on.{outcome}"), None, to);
    }
    for outcome in outcomes {
        if outcome.otherwise == Otherwise::End && on.iter().all(|(word, _)| word != outcome.name) {
            ways.push(Way {
                name: format!("on.{}", outcome.name),
                condition: None,
                to: Target::End,
            });
        }
    }
    ways
}

/// `on.not_served` stands for the outcomes of a queue that it names, where these are absent.
fn unserved(on: &mut Vec<(String, String)>) {
    let Some(at) = on.iter().position(|(word, _)| word == "not_served") else {
        return;
    };
    let (_, to) = on.remove(at);
    for word in ["timeout", "no_agents", "full"] {
        if on.iter().all(|(given, _)| given != word) {
            on.push((word.to_owned(), to.clone()));
        }
    }
}

/// The texts of a table, in the order of the file.
fn texts(value: Option<&Value>) -> Vec<(String, String)> {
    let table = value.and_then(Value::as_table).into_iter().flatten();
    table
        .map(|(key, value)| (key.clone(), plain(value)))
        .collect()
}

/// A value as one word.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Keys of every step.
const COMMON: [&str; 10] = [
    "do",
    "title",
    "next",
    "press",
    "on",
    "tags",
    "count",
    "max_visits",
    "if",
    "note",
];
