//! Where calls can go: silent ends, loops without the caller, audio where there may be none (R3xx,
//! W1, W3).

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use rappel_model::{FlowName, LineName};

use crate::draft::{Draft, FlowDraft, Leads};
use crate::flow::Use;
use crate::step::{Answers, Setting, Voice};
use crate::syntax::Reader;
use crate::words;
use crate::words::Words;

/// What can be said of one flow alone.
pub(super) fn check(reader: &mut Reader<'_>, draft: &FlowDraft) {
    silent_ends(reader, draft);
    unreached(reader, draft);
    after_hangup(reader, draft);
    deep_menus(reader, draft);
    long_silences(reader, draft);
}

/// A step, and whether the caller has heard a last word by then.
type Place = (usize, bool);

/// Searches the shortest path to every silent end.
fn silent_ends(reader: &mut Reader<'_>, draft: &FlowDraft) {
    let mut parents: BTreeMap<Place, Option<(Place, String)>> = BTreeMap::new();
    let mut waiting = VecDeque::new();
    for (name, _) in [&draft.start, &draft.on_error].into_iter().flatten() {
        if let Some(step) = draft.index.get(name)
            && !parents.contains_key(&(*step, false))
        {
            parents.insert((*step, false), None);
            waiting.push_back((*step, false));
        }
    }
    let mut told = BTreeSet::new();
    while let Some(place) = waiting.pop_front() {
        let (index, consoled) = place;
        let step = &draft.steps[index];
        if is_silent_end(step) && !consoled {
            let parent = parents[&place].clone();
            let at = parent.as_ref().map_or(index, |((before, _), _)| *before);
            if told.insert(at) {
                silent_end(reader, draft, &parents, place);
            }
            continue;
        }
        for (way, leads) in step.exits() {
            let after = consoles(step, &way, consoled);
            match leads {
                Leads::To(name) => {
                    let Some(next) = draft.index.get(name) else {
                        continue;
                    };
                    if let Entry::Vacant(entry) = parents.entry((*next, after)) {
                        entry.insert(Some((place, way)));
                        waiting.push_back((*next, after));
                    }
                }
                Leads::End if !after && told.insert(index) => {
                    reader.error_label(
                        "R301",
                        step.header.clone(),
                        without_a_word(),
                        words!("{way} ends the call", "{way} met fin à l'appel"),
                    );
                }
                Leads::End | Leads::Error | Leads::Never => {}
            }
        }
    }
}

fn is_silent_end(step: &Draft) -> bool {
    let verb = step.verb.map(|verb| verb.name);
    verb == Some("hangup") && !step.reading.settings.contains_key("prompt")
}

fn consoles(step: &Draft, way: &str, before: bool) -> bool {
    match step.voice() {
        Voice::Speaks => true,
        Voice::Closes(ways) => ways.contains(&way),
        Voice::Opens => false,
        Voice::Quiet => before,
    }
}

fn without_a_word() -> Words {
    words!(
        "this path ends without a word",
        "ce chemin se termine sans un mot"
    )
}

fn silent_end(
    reader: &mut Reader<'_>,
    draft: &FlowDraft,
    parents: &BTreeMap<Place, Option<(Place, String)>>,
    end: Place,
) {
    let name = |place: Place| draft.steps[place.0].name.as_str();
    let mut path = vec![name(end).to_owned()];
    let mut place = end;
    while let Some(Some((before, way))) = parents.get(&place) {
        if path.len() > MAX_SHOWN {
            path.push("…".to_owned());
            break;
        }
        let way = way.trim_start_matches("on.").replace('.', " ");
        let step = name(*before);
        path.push(format!("{step} ({way})"));
        place = *before;
    }
    path.reverse();
    let message = without_a_word();
    let path = path.join(" -> ");
    let last = name(end);
    let problem = match &parents[&end] {
        Some(((before, _), way)) => draft
            .source
            .error("R301", draft.steps[*before].header.clone(), message)
            .label(words!("{way} leads to \"{last}\", which says nothing", "{way} mène à « {last} », qui ne dit rien"))
            .note(words!("path: {path}", "chemin : {path}"))
 .remedy(words!("lead {way} to a step that says something, or give \"{last}\" a prompt", "menez {way} à une étape qui dit quelque chose, ou donnez à « {last} » une phrase (prompt)")),
        None => draft
            .source
            .error("R301", draft.steps[end.0].header.clone(), message)
            .label(words!("the call is answered by nobody and refused by nobody", "personne ne répond à l'appel ni ne le refuse"))
 .remedy(words!("use do = \"reject\", or add a prompt", "écrivez do = \"reject\", ou ajoutez une phrase (prompt)")),
    };
    reader.keep(problem);
}

/// Steps of this flow that can be reached from `roots`.
fn reached<'a>(draft: &FlowDraft, roots: impl IntoIterator<Item = &'a str>) -> BTreeSet<usize> {
    let mut seen = BTreeSet::new();
    let mut waiting: Vec<usize> = roots
        .into_iter()
        .filter_map(|name| draft.index.get(name).copied())
        .collect();
    while let Some(step) = waiting.pop() {
        if !seen.insert(step) {
            continue;
        }
        for (_, leads) in draft.steps[step].exits() {
            if let Leads::To(name) = leads {
                waiting.extend(draft.index.get(name));
            }
        }
    }
    seen
}

fn unreached(reader: &mut Reader<'_>, draft: &FlowDraft) {
    let roots = [&draft.start, &draft.on_error, &draft.on_hangup];
    let seen = reached(
        draft,
        roots.into_iter().flatten().map(|(name, _)| name.as_str()),
    );
    for (index, step) in draft.steps.iter().enumerate() {
        if !seen.contains(&index) && reader.has_room() {
            let name = &step.name;
            let message = words!(
                "the step \"{name}\" is never reached",
                "aucun chemin ne mène à l'étape « {name} »"
            );
            reader.keep(draft.source.warning("W1", step.header.clone(), message));
        }
    }
}

fn after_hangup(reader: &mut Reader<'_>, draft: &FlowDraft) {
    let root = draft.on_hangup.iter().map(|(name, _)| name.as_str());
    for index in reached(draft, root) {
        let step = &draft.steps[index];
        if let Some(verb) = step.verb
            && !step.runs_after_hangup()
        {
            let (name, verb) = (&step.name, verb.name);
            let message = words!(
                "\"{name}\" may run after the caller has hung up",
                "« {name} » peut arriver après que l'appelant a raccroché"
            );
            let label = words!(
                "\"{verb}\" needs a caller",
                "« {verb} » a besoin de quelqu'un au bout du fil"
            );
            reader.error_label("R305", step.header.clone(), message, label);
        }
    }
}

/// Counts the menus before each menu, along the shortest way.
fn deep_menus(reader: &mut Reader<'_>, draft: &FlowDraft) {
    let Some(start) = draft
        .start
        .as_ref()
        .and_then(|(name, _)| draft.index.get(name))
    else {
        return;
    };
    let mut depth: Vec<Option<usize>> = vec![None; draft.steps.len()];
    depth[*start] = Some(0);
    let mut waiting = VecDeque::from([(*start, 0)]);
    while let Some((index, before)) = waiting.pop_front() {
        let step = &draft.steps[index];
        if depth[index].is_some_and(|known| known < before) {
            continue;
        }
        let cost = usize::from(step.verb.is_some_and(|verb| verb.name == "menu"));
        for (_, leads) in step.exits() {
            let Leads::To(name) = leads else { continue };
            let Some(next) = draft.index.get(name) else {
                continue;
            };
            let reaches = before + cost;
            if depth[*next].is_none_or(|known| reaches < known) {
                depth[*next] = Some(reaches);
                if cost == 0 {
                    waiting.push_front((*next, reaches));
                } else {
                    waiting.push_back((*next, reaches));
                }
            }
        }
    }
    for (step, depth) in draft.steps.iter().zip(depth) {
        let menu = step.verb.is_some_and(|verb| verb.name == "menu");
        if menu && depth.is_some_and(|depth| depth >= MAX_DEPTH) {
            let name = &step.name;
            let message = words!(
                "the menu \"{name}\" stands behind {MAX_DEPTH} others",
                "le menu « {name} » vient après {MAX_DEPTH} autres"
            );
            reader.keep(draft.source.warning("W3", step.header.clone(), message));
        }
    }
}

fn pause_of(step: &Draft) -> Option<Duration> {
    match (step.verb?.name, step.reading.settings.get("for")) {
        ("pause", Some((Setting::Duration(length), _))) => Some(*length),
        _ => None,
    }
}

/// Pauses in a row, with nothing to hear between them, are one silence.
fn long_silences(reader: &mut Reader<'_>, draft: &FlowDraft) {
    let pauses = draft.steps.iter().enumerate();
    for (index, first) in pauses
        .filter_map(|(i, step)| Some((i, pause_of(step)?)))
        .take(MAX_PAUSES)
    {
        let mut seen = BTreeSet::new();
        let mut waiting: Vec<usize> = vec![index];
        while let Some(at) = waiting.pop() {
            for (_, leads) in draft.steps[at].exits() {
                let Leads::To(name) = leads else { continue };
                let Some(next) = draft.index.get(name).filter(|next| seen.insert(**next)) else {
                    continue;
                };
                let step = &draft.steps[*next];
                if let Some(second) = pause_of(step) {
                    if first + second > MAX_SILENCE {
                        let name = &step.name;
                        let message = words!(
                            "\"{name}\" makes the silence longer than 2s",
                            "« {name} » porte le silence au-delà de 2s"
                        );
                        reader.error_label(
                            "R306",
                            step.header.clone(),
                            message,
                            words!(
                                "say something between two pauses",
                                "dites quelque chose entre deux pauses"
                            ),
                        );
                    }
                } else if step.verb.is_some() && step.voice() == Voice::Quiet {
                    waiting.push(*next);
                }
            }
        }
    }
}

/// A step of any flow.
type Spot = (FlowName, usize);

/// What can be said once all flows are known: loops and lines that are never answered.
pub(super) fn check_across(
    reader: &mut Reader<'_>,
    draft: &FlowDraft,
    flows: &BTreeMap<&FlowName, &FlowDraft>,
    never: &BTreeMap<Spot, LineName>,
) {
    loops(reader, draft, flows);
    for ((_, index), line) in never.iter().filter(|((flow, _), _)| *flow == draft.name) {
        let step = &draft.steps[*index];
        if answers(step) {
            let verb = step.verb.map_or("", |verb| verb.name);
            let name = &step.name;
            let message = words!(
                "the line \"{line}\" is never answered, and \"{name}\" would answer it",
                "la ligne « {line} » ne décroche jamais, et « {name} » décrocherait"
            );
            let label = words!(
                "\"{verb}\" needs an answered call",
                "« {verb} » a besoin d'un appel décroché"
            );
            reader.error_label("R304", step.header.clone(), message, label);
        }
    }
}

/// The steps that calls to lines never answered can come to, each with the first such line.
pub(super) fn never_answered(
    flows: &BTreeMap<&FlowName, &FlowDraft>,
    uses: &[Use],
) -> BTreeMap<Spot, LineName> {
    let mut seen = BTreeMap::new();
    for line in uses.iter().filter(|line| line.never_answered) {
        let start = flows
            .get(&line.flow)
            .and_then(|d| d.index.get(&d.start.as_ref()?.0));
        let mut waiting: Vec<Spot> = start.map(|s| (line.flow.clone(), *s)).into_iter().collect();
        while let Some(spot) = waiting.pop() {
            if let Entry::Vacant(entry) = seen.entry(spot.clone()) {
                entry.insert(line.line.clone());
                waiting.extend(nexts(&spot.0, spot.1, flows));
            }
        }
    }
    seen
}

fn answers(step: &Draft) -> bool {
    let settings = &step.reading.settings;
    match step.verb.map(|verb| verb.answers) {
        Some(Answers::First | Answers::WhenReached) => true,
        Some(Answers::UnlessEarly) => {
            !matches!(settings.get("early"), Some((Setting::YesNo(true), _)))
        }
        Some(Answers::WhenSpeaking) => {
            settings.contains_key("prompt") || settings.contains_key("mailbox")
        }
        Some(Answers::No) | None => false,
    }
}

fn goto_of(step: &Draft) -> Option<FlowName> {
    match (step.verb?.name, step.reading.settings.get("flow")) {
        ("goto", Some((Setting::Name(name), _))) => Some(FlowName::from(name.as_str())),
        _ => None,
    }
}

/// Where a step leads, other flows included.
fn nexts(flow: &FlowName, index: usize, flows: &BTreeMap<&FlowName, &FlowDraft>) -> Vec<Spot> {
    let Some(draft) = flows.get(flow) else {
        return Vec::new();
    };
    let step = &draft.steps[index];
    let mut all: Vec<Spot> = step
        .exits()
        .into_iter()
        .filter_map(|(_, leads)| match leads {
            Leads::To(name) => Some((flow.clone(), *draft.index.get(name)?)),
            _ => None,
        })
        .collect();
    if let Some(target) = goto_of(step)
        && let Some(draft) = flows.get(&target)
        && let Some(start) = draft
            .start
            .as_ref()
            .and_then(|(name, _)| draft.index.get(name))
    {
        all.push((target, *start));
    }
    all
}

/// A loop in which no step waits for the caller would turn until the engine stops it.
fn loops(reader: &mut Reader<'_>, draft: &FlowDraft, flows: &BTreeMap<&FlowName, &FlowDraft>) {
    let waits = |flow: &FlowName, index: usize| {
        let step = flows.get(flow).map(|draft| &draft.steps[index]);
        step.is_none_or(Draft::waits)
    };
    // Depth first, without recursion: a step met again while still on the way closes a loop.
    let mut done: BTreeSet<Spot> = BTreeSet::new();
    let mut closed: BTreeSet<usize> = BTreeSet::new();
    for root in 0..draft.steps.len() {
        let root = (draft.name.clone(), root);
        if waits(&root.0, root.1) || done.contains(&root) {
            continue;
        }
        let mut way: Vec<(Spot, Vec<Spot>)> = Vec::new();
        let mut on_way: BTreeSet<Spot> = BTreeSet::new();
        on_way.insert(root.clone());
        let first = nexts(&root.0, root.1, flows);
        way.push((root, first));
        while let Some((place, rest)) = way.last_mut() {
            let Some(next) = rest.pop() else {
                on_way.remove(place);
                done.insert(place.clone());
                way.pop();
                continue;
            };
            if waits(&next.0, next.1) || done.contains(&next) {
                continue;
            }
            if on_way.contains(&next) {
                if next.0 == draft.name && closed.insert(next.1) {
                    told(reader, draft, &way, &next, flows);
                }
                continue;
            }
            on_way.insert(next.clone());
            let more = nexts(&next.0, next.1, flows);
            way.push((next, more));
        }
    }
}

fn told(
    reader: &mut Reader<'_>,
    draft: &FlowDraft,
    way: &[(Spot, Vec<Spot>)],
    closes: &Spot,
    flows: &BTreeMap<&FlowName, &FlowDraft>,
) {
    let from = way
        .iter()
        .position(|(place, _)| place == closes)
        .unwrap_or(0);
    let name = |(flow, index): &Spot| {
        flows
            .get(flow)
            .map_or("", |d| d.steps[*index].name.as_str())
    };
    let mut path: Vec<&str> = way[from..]
        .iter()
        .take(MAX_SHOWN)
        .map(|(place, _)| name(place))
        .collect();
    path.push(name(closes));
    let step = &draft.steps[closes.1];
    let (path, name) = (path.join(" -> "), &step.name);
    let message = words!(
        "\"{name}\" is in a loop without input from the caller",
        "« {name} » est dans une boucle où l'appelant n'a rien à faire"
    );
    let problem = draft.source.error("R303", step.header.clone(), message);
    reader.keep(
        problem
            .note(words!("path: {path}", "chemin : {path}"))
            .remedy(words!(
                "put a menu or a voicemail into the loop",
                "mettez un menu ou une messagerie dans la boucle"
            )),
    );
}

/// Steps of a path that are shown.
const MAX_SHOWN: usize = 12;
/// Menus before a menu.
const MAX_DEPTH: usize = 3;
/// Nothing to hear for longer is refused.
const MAX_SILENCE: Duration = Duration::from_secs(2);
/// Pauses of a flow whose neighbours are looked at; a flow with more has other problems.
const MAX_PAUSES: usize = 200;
