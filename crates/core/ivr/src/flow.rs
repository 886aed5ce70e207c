//! The flows of a tenant, read and checked.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use rappel_model::{FlowName, Language, LineName, StepName};

use crate::builtin;
use crate::check::{self, Around};
use crate::diagnostic::{Diagnostic, Place};
use crate::draft::{Draft, FlowDraft, Leads, Variable, resolve};
use crate::expression::Expression;
use crate::parse;
use crate::prompt::PromptTexts;
use crate::step::{Answers, Step, Template, Verb};
use crate::surroundings::Surroundings;

/// One file with a flow, as the tenant's folder holds it.
#[derive(Clone, Debug)]
pub struct FlowFile {
    /// The file's name without its ending.
    pub name: FlowName,
    /// The path shown to operators.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// How a line uses a flow: what the flow may do depends on it.
#[derive(Clone, Debug)]
pub struct Use {
    /// The line.
    pub line: LineName,
    /// The flow it starts.
    pub flow: FlowName,
    /// `answer = "never"`: no step may answer.
    pub never_answered: bool,
    /// The language of the first words; `None` for the tenant's first.
    pub language: Option<Language>,
    /// Where that language is written, when it is.
    pub language_at: Option<Place>,
}

/// The checked flows of one version of a tenant, with the words they say. A call keeps the set it
/// began with. The engine's own flows are always in it.
#[derive(Clone)]
pub struct FlowSet {
    prompts: Arc<PromptTexts>,
    flows: BTreeMap<FlowName, CheckedFlow>,
    never_answered: BTreeSet<LineName>,
}

/// One flow that may take calls.
#[derive(Clone, Debug)]
pub(crate) struct CheckedFlow {
    pub(crate) title: String,
    pub(crate) start: StepName,
    pub(crate) on_error: Option<StepName>,
    pub(crate) on_hangup: Option<StepName>,
    /// One of the engine's own flows.
    pub(crate) built_in: bool,
    /// What it speaks; nothing for a flow of the engine, which speaks all.
    pub(crate) languages: Vec<Language>,
    /// Variables, arguments and results with their types and first values.
    pub(crate) variables: BTreeMap<String, Variable>,
    pub(crate) steps: BTreeMap<StepName, Arc<StepNode>>,
}

/// One step that may run.
#[derive(Debug)]
pub(crate) struct StepNode {
    /// The flow it belongs to.
    pub(crate) flow: FlowName,
    pub(crate) name: StepName,
    pub(crate) title: Option<String>,
    pub(crate) verb: &'static Verb,
    pub(crate) ways: BTreeMap<String, String>,
    pub(crate) tags: Vec<(String, Template)>,
    pub(crate) count: Option<String>,
    pub(crate) max_visits: u32,
    pub(crate) condition: Option<Expression>,
    pub(crate) answers: Answers,
    pub(crate) after_hangup: bool,
    pub(crate) work: Arc<dyn Step>,
}

impl FlowSet {
    /// Reads and checks all flows of a tenant (FLOWS §9). The set and its warnings, or every problem
    /// found (warnings included); never both.
    pub fn load(
        files: &[FlowFile],
        prompts: Arc<PromptTexts>,
        around: &Surroundings,
        uses: &[Use],
    ) -> Result<(Self, Vec<Diagnostic>), Vec<Diagnostic>> {
        let mut drafts: Vec<_> = files
            .iter()
            .map(|file| parse::read(file, around, false))
            .collect();
        drafts.extend(
            builtin::files()
                .iter()
                .map(|file| parse::read(file, around, true)),
        );
        let (drafts, mut problems): (Vec<FlowDraft>, Vec<Vec<Diagnostic>>) =
            drafts.into_iter().unzip();
        let with = Around {
            prompts: &prompts,
            around,
            uses,
        };
        let found = check::check(&drafts, &problems, with);
        for (problems, more) in problems.iter_mut().zip(found) {
            problems.extend(more);
            problems.sort_by_key(|p| (p.severity, p.place.span.start));
        }
        let problems: Vec<Diagnostic> = problems.into_iter().flatten().collect();
        if problems.iter().any(Diagnostic::is_error) {
            return Err(problems);
        }
        let never = uses.iter().filter(|u| u.never_answered);
        let set = Self {
            prompts,
            never_answered: never.map(|u| u.line.clone()).collect(),
            flows: drafts.into_iter().filter_map(checked).collect(),
        };
        Ok((set, problems))
    }

    /// Flows that were read but not checked: for tests of what the engine does with flows that the
    /// check refuses.
    #[cfg(test)]
    pub(crate) fn unchecked(
        files: &[FlowFile],
        prompts: Arc<PromptTexts>,
        around: &Surroundings,
    ) -> Self {
        let read = files.iter().map(|file| parse::read(file, around, false));
        let own = builtin::files();
        let own = own.iter().map(|file| parse::read(file, around, true));
        let drafts = read.chain(own).map(|(draft, _)| draft);
        Self {
            prompts,
            never_answered: BTreeSet::new(),
            flows: drafts.filter_map(checked).collect(),
        }
    }

    /// The words of this version.
    pub fn prompts(&self) -> &Arc<PromptTexts> {
        &self.prompts
    }

    /// The names of the flows, the engine's own included.
    pub fn names(&self) -> impl Iterator<Item = &FlowName> {
        self.flows.keys()
    }

    /// Whether there is a flow of this name.
    pub fn contains(&self, name: &FlowName) -> bool {
        self.flows.contains_key(name)
    }

    /// Every way out of every step of the tenant's own flows that can be taken, given or by default:
    /// flow, step and way. What ends a call or never happens is no way out.
    pub fn exits(&self) -> Vec<(FlowName, StepName, String)> {
        let own = self.flows.iter().filter(|(_, flow)| !flow.built_in);
        let steps = own.flat_map(|(_, flow)| flow.steps.values());
        steps
            .flat_map(|step| {
                let ways = step.ways.keys().cloned();
                ways.map(|way| (step.flow.clone(), step.name.clone(), way))
            })
            .collect()
    }

    /// The way of [`Self::exits`] by which `step` is left when this happens, defaults applied: a menu
    /// that hears nothing gives up. `None` when that ends the call, or is not there.
    pub fn exit_taken(&self, flow: &FlowName, step: &StepName, way: &str) -> Option<&str> {
        let node = self.flows.get(flow)?.steps.get(step)?;
        let given = |way: &str| node.ways.get_key_value(way).map(|(way, _)| way.as_str());
        match resolve(node.verb, way, given) {
            Leads::To(way) => Some(way),
            _ => None,
        }
    }

    /// The names of all steps of the tenant's own flows.
    pub fn steps(&self) -> Vec<StepName> {
        let own = self.flows.values().filter(|flow| !flow.built_in);
        own.flat_map(|flow| flow.steps.keys().cloned()).collect()
    }

    /// The title of a flow, for people.
    pub fn title(&self, name: &FlowName) -> Option<&str> {
        self.flows.get(name).map(|flow| flow.title.as_str())
    }

    /// The title of a step, for people: its name when it has none.
    pub fn step_title(&self, flow: &FlowName, step: &StepName) -> Option<&str> {
        let node = self.flows.get(flow)?.steps.get(step)?;
        Some(node.title.as_deref().unwrap_or(node.name.as_str()))
    }

    pub(crate) fn flow(&self, name: &FlowName) -> Option<&CheckedFlow> {
        self.flows.get(name)
    }

    pub(crate) fn never_answers(&self, line: &LineName) -> bool {
        self.never_answered.contains(line)
    }
}

/// The names of the flows: their texts are in their files.
impl fmt::Debug for FlowSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.flows.keys()).finish()
    }
}

/// The engine's own flows alone.
impl Default for FlowSet {
    fn default() -> Self {
        let around = Surroundings::bare(rappel_model::TenantId::from("default"));
        let (set, _) = Self::load(&[], Arc::new(PromptTexts::new()), &around, &[])
            .expect("a test checks the engine's own flows");
        set
    }
}

impl CheckedFlow {
    /// Whether it speaks a language, perhaps as it is spoken elsewhere (`fr` for `fr-CH`).
    pub(crate) fn speaks(&self, language: &Language) -> bool {
        let primary = |tag: &Language| tag.as_str().split('-').next().map(str::to_owned);
        self.languages.is_empty()
            || self
                .languages
                .iter()
                .any(|known| known == language || primary(known) == primary(language))
    }
}

impl StepNode {
    /// Where `way` leads, defaults applied.
    pub(crate) fn leads(&self, way: &str) -> Leads<'_> {
        resolve(self.verb, way, |way| self.ways.get(way).map(String::as_str))
    }
}

/// A draft without problems as a flow that may run.
fn checked(draft: FlowDraft) -> Option<(FlowName, CheckedFlow)> {
    let step = |written: Option<(String, _)>| written.map(|(name, _)| StepName::from(name));
    let flow = CheckedFlow {
        title: draft.title.unwrap_or_else(|| draft.name.to_string()),
        start: step(draft.start)?,
        on_error: step(draft.on_error),
        on_hangup: step(draft.on_hangup),
        built_in: draft.built_in,
        languages: if draft.built_in {
            Vec::new()
        } else {
            draft.languages
        },
        variables: draft.variables,
        steps: draft
            .steps
            .into_iter()
            .filter_map(|step| node(&draft.name, step))
            .collect(),
    };
    Some((draft.name, flow))
}

fn node(flow: &FlowName, draft: Draft) -> Option<(StepName, Arc<StepNode>)> {
    let verb = draft.verb?;
    let after_hangup = draft.runs_after_hangup();
    let name = StepName::from(draft.name);
    let ways = draft.ways.into_iter().map(|(way, (step, _))| (way, step));
    let node = StepNode {
        flow: flow.clone(),
        name: name.clone(),
        title: draft.title,
        verb,
        ways: ways.collect(),
        tags: draft.tags,
        count: draft.count,
        max_visits: draft.max_visits,
        condition: draft.condition.map(|(expression, _)| expression),
        answers: verb.answers,
        after_hangup,
        work: draft.work?,
    };
    Some((name, Arc::new(node)))
}
