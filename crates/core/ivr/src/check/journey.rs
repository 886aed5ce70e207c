//! How long a caller listens before a human being is tried (W5).

use super::graph::{Graph, Node, To};
use super::{Around, Found};
use crate::step::{Onward, Setting};
use crate::words;

/// The longest way from a step to somebody, in tenths of a second, and the step after it; `None` when
/// none leads there.
type Longest = Option<(u64, usize)>;

/// What is known of a step once all steps after it are.
#[derive(Clone, Copy, Default)]
struct Ahead {
    human: Longest,
    /// To the end of its flow, when the flow comes back from here.
    back: Option<u64>,
}

pub(super) fn check(graph: &Graph<'_>, with: Around<'_>, found: &mut Found<'_>) {
    let ahead = Search {
        graph,
        with,
        ahead: vec![None; graph.nodes.len()],
        open: vec![false; graph.nodes.len()],
    }
    .whole();
    let roots = graph.roots(|name| with.uses.iter().any(|line| line.flow == *name));
    let starts = roots.iter().enumerate().filter(|(_, is_root)| **is_root);
    for start in starts.filter_map(|(flow, _)| graph.start(flow)) {
        let Some((tenths, _)) = ahead[start].human.filter(|(tenths, _)| *tenths > LONGEST) else {
            continue;
        };
        let mut path = Vec::new();
        let mut at = start;
        let flow = graph.nodes[start].flow;
        while let Some((_, next)) = ahead[at].human.filter(|_| !graph.nodes[at].facts.human) {
            let spoken = speech(graph, with, &graph.nodes[at]);
            if spoken > 0 {
                path.push(format!(
                    "{} ({} s)",
                    graph.shown(at, flow),
                    spoken.div_ceil(10)
                ));
            }
            at = next;
        }
        path.push(graph.shown(at, flow));
        let (seconds, path) = (tenths / 10, path.join(" -> "));
        let most = LONGEST / 10;
        let node = &graph.nodes[start];
        let reader = found.of(flow);
        let message = words!(
            "a caller may listen {seconds} s before anybody is called",
            "un appelant peut écouter {seconds} s avant qu'on appelle quelqu'un"
        );
        let problem = reader.source.warning("W5", node.header(), message);
        let problem = problem.note(words!("path: {path}", "chemin : {path}"));
        reader.keep(problem.remedy(words!(
            "shorten the sentences to {most} s in all, or call somebody sooner",
            "raccourcissez les phrases à {most} s en tout, ou appelez quelqu'un plus tôt"
        )));
    }
}

/// What a step says before it leads on, in tenths of a second, in the first language of its flow.
fn speech(graph: &Graph<'_>, with: Around<'_>, node: &Node<'_>) -> u64 {
    let settings = &node.step.reading.settings;
    let language = graph
        .draft(node.flow)
        .and_then(|draft| draft.languages.first());
    let (Some(language), Some((Setting::Prompts(prompts), _))) = (language, settings.get("prompt"))
    else {
        return tenths(node);
    };
    let said = prompts
        .iter()
        .filter_map(|(key, _)| with.prompts.prompt(key));
    let sentences = said.filter_map(|prompt| Some(prompt.sentence(language, &[])?.1));
    let once: u64 = sentences.map(|sentence| sentence.tenths()).sum();
    let times = match settings.get("repeat") {
        Some((Setting::Number(times), _)) => u64::try_from(*times).unwrap_or(1),
        _ => 1,
    };
    once.saturating_mul(times) + tenths(node)
}

fn tenths(node: &Node<'_>) -> u64 {
    u64::try_from(node.facts.silence.as_millis() / 100).unwrap_or(u64::MAX)
}

/// Depth first, without recursion; a way back to a step still open is a loop and not followed.
struct Search<'g> {
    graph: &'g Graph<'g>,
    with: Around<'g>,
    ahead: Vec<Option<Ahead>>,
    open: Vec<bool>,
}

impl Search<'_> {
    fn whole(mut self) -> Vec<Ahead> {
        for root in 0..self.graph.nodes.len() {
            let mut waiting = vec![root];
            while let Some(index) = waiting.last().copied() {
                if self.ahead[index].is_some() {
                    waiting.pop();
                } else if self.open[index] {
                    self.open[index] = false;
                    self.ahead[index] = Some(self.join(index));
                    waiting.pop();
                } else {
                    self.open[index] = true;
                    let nexts = self.nexts(index);
                    let fresh = |next: &usize| !self.open[*next] && self.ahead[*next].is_none();
                    waiting.extend(nexts.into_iter().filter(fresh));
                }
            }
        }
        self.ahead
            .into_iter()
            .map(Option::unwrap_or_default)
            .collect()
    }

    fn nexts(&self, index: usize) -> Vec<usize> {
        let node = &self.graph.nodes[index];
        let sent = node.sends_to.and_then(|flow| self.graph.start(flow));
        targets(node).chain(sent).collect()
    }

    fn join(&self, index: usize) -> Ahead {
        let node = &self.graph.nodes[index];
        if node.facts.human {
            return Ahead {
                human: Some((0, index)),
                back: None,
            };
        }
        let own = speech(self.graph, self.with, node);
        let inside = node.sends_to.and_then(|flow| self.graph.start(flow));
        let through = matches!(node.facts.onward, Onward::Through(_));
        let within = inside
            .and_then(|start| self.ahead[start])
            .unwrap_or_default();
        let mut ahead = Ahead::default();
        if node.facts.onward == Onward::Back {
            ahead.back = Some(own);
        }
        if let (Some((time, _)), Some(start)) = (within.human, inside) {
            ahead.human = Some((own + time, start));
        }
        let spent = if through {
            own + within.back.unwrap_or(0)
        } else {
            own
        };
        for next in targets(node) {
            let Some(after) = self.ahead[next] else {
                continue;
            };
            if let Some((time, _)) = after.human
                && ahead.human.is_none_or(|(most, _)| spent + time > most)
            {
                ahead.human = Some((spent + time, next));
            }
            ahead.back = ahead.back.max(after.back.map(|time| spent + time));
        }
        if !through {
            ahead.back = ahead.back.max(within.back.map(|time| own + time));
        }
        ahead
    }
}

fn targets(node: &Node<'_>) -> impl Iterator<Item = usize> {
    node.exits.iter().filter_map(|exit| match exit.to {
        To::Node(next) => Some(next),
        To::End | To::Failure | To::Unknown => None,
    })
}

/// What callers bear before anybody is called, in tenths of a second (FLOWS §9).
const LONGEST: u64 = 600;
