//! Five hundred faults put into good companies by chance: each is reported, in the right file and line, and
//! nothing else is.

use std::collections::BTreeSet;

use rappel_ivr::step::{Otherwise, Presence, VERBS, Verb};
use rappel_model::Random;
use rappel_tenant::Diagnostic;

use crate::company::{Texts, load, problems, subjects};

/// A fault: the company with it, and what must be said.
struct Fault {
    texts: Texts,
    /// One of these codes.
    codes: &'static [&'static str],
    /// The files and lines, from 1, of which one must be shown.
    places: BTreeSet<(String, usize)>,
    what: String,
}

/// A step of a flow as it stands in its file: the line of its header, then its lines.
struct Block<'t> {
    name: &'t str,
    header: usize,
    lines: Vec<(usize, &'t str)>,
    verb: Option<&'static Verb>,
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut inside = false;
    for (index, line) in text.lines().enumerate() {
        if line.starts_with('[') {
            let name = line
                .strip_prefix("[step.")
                .and_then(|rest| rest.split(']').next());
            inside = name.is_some();
            if let Some(name) = name {
                blocks.push(Block {
                    name,
                    header: index + 1,
                    lines: Vec::new(),
                    verb: None,
                });
            }
        } else if let Some(block) = blocks.last_mut().filter(|_| inside) {
            if key(line) == Some("do") {
                let word = value(line).unwrap_or_default();
                block.verb = VERBS.iter().copied().find(|verb| verb.name == word);
            }
            block.lines.push((index + 1, line));
        }
    }
    blocks
}

/// `press.1` of `press.1    = "ventes"`.
fn key(line: &str) -> Option<&str> {
    let (key, _) = line.split_once('=')?;
    let key = key.trim();
    (!key.is_empty() && !key.starts_with('#')).then_some(key)
}

/// `ventes` of `press.1    = "ventes"`; `None` for anything but one text.
fn value(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once('=')?;
    let rest = rest.trim().strip_prefix('"')?;
    rest.split('"').next()
}

fn is_way(line: &str) -> bool {
    key(line).is_some_and(|k| k == "next" || k.starts_with("press.") || k.starts_with("on."))
}

/// The text with line `at` (from 1) replaced by `with`, or removed.
fn changed(text: &str, at: usize, with: Option<&str>) -> String {
    let lines = text.lines().enumerate();
    let lines = lines.filter_map(|(i, line)| if i + 1 == at { with } else { Some(line) });
    lines.map(|line| format!("{line}\n")).collect()
}

/// One of `all`, by chance.
fn one<T>(all: Vec<T>, random: &mut Random) -> Option<T> {
    let at = usize::try_from(random.below(all.len() as u64)).ok()?;
    all.into_iter().nth(at)
}

/// Everything a fault is made from.
struct Site<'t> {
    texts: &'t Texts,
    path: &'t str,
    text: &'t str,
    blocks: Vec<Block<'t>>,
}

impl<'t> Site<'t> {
    fn lines(
        &self,
        wanted: impl Fn(&Block<'t>, &'t str) -> bool,
    ) -> Vec<(&Block<'t>, usize, &'t str)> {
        let all = self
            .blocks
            .iter()
            .flat_map(|b| b.lines.iter().map(move |(at, l)| (b, *at, *l)));
        all.filter(|(block, _, line)| wanted(block, line)).collect()
    }

    /// The flow with line `at` replaced or removed; one of `lines` must be shown.
    fn fault(
        &self,
        codes: &'static [&'static str],
        (at, with): (usize, Option<&str>),
        lines: impl IntoIterator<Item = usize>,
        what: &str,
    ) -> Fault {
        let text = changed(self.text, at, with);
        self.whole(codes, text, lines, what)
    }

    fn whole(
        &self,
        codes: &'static [&'static str],
        text: String,
        lines: impl IntoIterator<Item = usize>,
        what: &str,
    ) -> Fault {
        let mut texts = self.texts.clone();
        texts.insert(self.path.to_owned(), text);
        Fault {
            texts,
            codes,
            places: lines
                .into_iter()
                .map(|line| (self.path.to_owned(), line))
                .collect(),
            what: what.to_owned(),
        }
    }

    /// Lines of all flows that name `word` between quotes.
    fn naming(&self, word: &str) -> BTreeSet<(String, usize)> {
        let quoted = format!("\"{word}\"");
        let flows = self
            .texts
            .iter()
            .filter(|(path, _)| path.starts_with("flows/"));
        let lines =
            flows.flat_map(|(path, text)| text.lines().enumerate().map(move |line| (path, line)));
        let found = lines.filter(|(_, (_, line))| line.contains(&quoted));
        found
            .map(|(path, (index, _))| (path.clone(), index + 1))
            .collect()
    }
}

/// A kind of fault; `None` where the flow has no place for it.
type Kind = fn(&Site<'_>, &mut Random) -> Option<Fault>;

/// A target is renamed: the line is shown.
fn target_renamed(site: &Site<'_>, random: &mut Random) -> Option<Fault> {
    let (_, at, line) = one(
        site.lines(|_, line| is_way(line) && value(line).is_some()),
        random,
    )?;
    let line = line.replacen(value(line)?, "nulle_part", 1);
    Some(site.fault(&["R104"], (at, Some(&line)), [at], "target renamed"))
}

/// A way out that is required is removed: the header of the step is shown.
fn exit_removed(site: &Site<'_>, random: &mut Random) -> Option<Fault> {
    let required = |block: &Block<'_>, line: &str| {
        let (Some(verb), Some(key)) = (block.verb, key(line)) else {
            return false;
        };
        let named = |o: &rappel_ivr::step::Outcome| key.strip_prefix("on.") == Some(o.name);
        let outcome = verb.outcomes.iter().find(|outcome| named(outcome));
        outcome.is_some_and(|outcome| outcome.otherwise == Otherwise::Required)
            || (key == "next" && verb.next == Presence::Required)
    };
    let (block, at, _) = one(site.lines(required), random)?;
    Some(site.fault(
        &["R111", "R302"],
        (at, None),
        [block.header],
        "exit removed",
    ))
}

/// A required key is removed: the header of the step is shown.
fn key_removed(site: &Site<'_>, random: &mut Random) -> Option<Fault> {
    let required = |block: &Block<'_>, line: &str| {
        let keys = block.verb.map(|verb| verb.keys).unwrap_or_default();
        keys.iter().any(|k| k.required && key(line) == Some(k.name))
    };
    let (block, at, _) = one(site.lines(required), random)?;
    Some(site.fault(&["R103"], (at, None), [block.header], "key removed"))
}

/// A key is misspelt: the line is shown.
fn key_misspelt(site: &Site<'_>, random: &mut Random) -> Option<Fault> {
    let own = |block: &Block<'_>, line: &str| {
        let keys = block.verb.map(|verb| verb.keys).unwrap_or_default();
        keys.iter().any(|k| k.required && key(line) == Some(k.name))
    };
    let (_, at, line) = one(site.lines(own), random)?;
    let name = key(line)?;
    let line = line.replacen(name, &format!("{name}s"), 1);
    Some(site.fault(&["R101", "R103"], (at, Some(&line)), [at], "key misspelt"))
}

/// A verb is misspelt: the line is shown.
fn verb_misspelt(site: &Site<'_>, random: &mut Random) -> Option<Fault> {
    let (_, at, line) = one(site.lines(|_, line| key(line) == Some("do")), random)?;
    let line = line.replacen(value(line)?, "fairre", 1);
    Some(site.fault(&["R102"], (at, Some(&line)), [at], "verb misspelt"))
}

/// A duration loses its unit: the line is shown.
fn unit_lost(site: &Site<'_>, random: &mut Random) -> Option<Fault> {
    let duration = |block: &Block<'_>, line: &str| {
        let keys = block.verb.map(|verb| verb.keys).unwrap_or_default();
        let is = |k: &rappel_ivr::step::Key| matches!(k.kind, rappel_ivr::step::Kind::Duration(..));
        keys.iter().any(|k| is(k) && key(line) == Some(k.name))
    };
    let (_, at, line) = one(site.lines(duration), random)?;
    let line = line.replacen(value(line)?, "20", 1);
    Some(site.fault(&["R202"], (at, Some(&line)), [at], "unit lost"))
}

/// A step that does not wait leads to itself: the line is shown.
fn loop_closed(site: &Site<'_>, random: &mut Random) -> Option<Fault> {
    let quiet = |block: &Block<'_>, line: &str| {
        let quiet = block
            .verb
            .is_some_and(|verb| !verb.waits && verb.name != "language");
        quiet
            && is_way(line)
            && !key(line).is_some_and(|k| k.starts_with("press."))
            && reached(site, block)
    };
    let (block, at, line) = one(site.lines(quiet), random)?;
    let line = line.replacen(value(line)?, block.name, 1);
    Some(site.fault(&["R303"], (at, Some(&line)), [at], "loop closed"))
}

/// A caller who presses nothing comes back to the same menu: the line is shown.
fn silence_goes_round(site: &Site<'_>, random: &mut Random) -> Option<Fault> {
    let gives_up = |block: &Block<'_>, line: &str| {
        key(line) == Some("on.give_up")
            && !block
                .lines
                .iter()
                .any(|(_, l)| key(l) == Some("on.no_input"))
    };
    let (block, at, line) = one(site.lines(gives_up), random)?;
    let line = line.replacen(value(line)?, block.name, 1);
    Some(site.fault(&["R303"], (at, Some(&line)), [at], "silence goes round"))
}

/// A choice of a menu leads to a step that hangs up without a word: the line is shown.
fn dead_end(site: &Site<'_>, random: &mut Random) -> Option<Fault> {
    let asks = |block: &Block<'_>, line: &str| {
        let asks = block
            .verb
            .is_some_and(|verb| verb.press == Presence::Required);
        asks && is_way(line)
    };
    let (_, at, line) = one(site.lines(asks), random)?;
    let line = line.replacen(value(line)?, "muette", 1);
    let text = changed(site.text, at, Some(&line)) + "\n[step.muette]\ndo = \"hangup\"\n";
    Some(site.whole(&["R301"], text, [at], "dead end"))
}

/// Something to hear stands where the caller has gone: the header of the step is shown.
fn audio_after_hangup(site: &Site<'_>, random: &mut Random) -> Option<Fault> {
    let speaks = |block: &&Block<'_>| {
        let verbs = ["play", "menu", "voicemail", "reach"];
        block.verb.is_some_and(|verb| verbs.contains(&verb.name))
    };
    let block = one(site.blocks.iter().filter(speaks).collect(), random)?;
    let start = site
        .text
        .lines()
        .position(|line| key(line) == Some("start"))?
        + 1;
    let hangup = site
        .text
        .lines()
        .position(|line| key(line) == Some("on_hangup"));
    let (text, moved) = match hangup {
        Some(at) => {
            let line = format!("on_hangup = \"{}\"", block.name);
            (changed(site.text, at + 1, Some(&line)), 0)
        }
        None => {
            let line = site.text.lines().nth(start - 1)?;
            let lines = format!("{line}\non_hangup = \"{}\"", block.name);
            (changed(site.text, start, Some(&lines)), 1)
        }
    };
    Some(site.whole(
        &["R305"],
        text,
        [block.header + moved],
        "audio after hang-up",
    ))
}

/// Two steps of one name: the second header is shown.
fn step_twice(site: &Site<'_>, random: &mut Random) -> Option<Fault> {
    let block = one(site.blocks.iter().collect(), random)?;
    let at = site.text.lines().count() + 1;
    let text: String = site.text.lines().map(|line| format!("{line}\n")).collect();
    let text = text + &format!("[step.{}]\ndo = \"hangup\"\nprompt = \"x\"\n", block.name);
    Some(site.whole(&["R110"], text, [at], "step twice"))
}

/// A quote is lost: the line is shown.
fn quote_lost(site: &Site<'_>, random: &mut Random) -> Option<Fault> {
    let (_, at, line) = one(site.lines(|_, line| value(line).is_some()), random)?;
    let end = line.rfind('"').filter(|_| line.matches('"').count() == 2)?;
    let line = format!("{}{}", &line[..end], &line[end + 1..]);
    Some(site.fault(&["R001"], (at, Some(&line)), [at], "quote lost"))
}

/// A calendar gets another name: a line that names it is shown.
fn calendar_renamed(site: &Site<'_>, random: &mut Random) -> Option<Fault> {
    let (_, _, line) = one(site.lines(|_, line| key(line) == Some("calendar")), random)?;
    let name = value(line)?;
    let (path, text) = site.texts.iter().find(|(_, text)| {
        text.lines()
            .any(|line| line == format!("[calendar.{name}]"))
    })?;
    let mut fault = site.whole(
        &["R106", "R403"],
        site.text.to_owned(),
        [],
        "calendar renamed",
    );
    fault.places = site.naming(name);
    fault.texts.insert(
        path.clone(),
        text.replace(&format!("calendar.{name}"), "calendar.autre"),
    );
    Some(fault)
}

/// The sentences of a prompt in `prompts.toml`, as key, language and line.
fn sentences(texts: &Texts) -> Vec<(&str, &str, usize)> {
    let text = texts.get("prompts.toml").map_or("", String::as_str);
    let mut prompt = "";
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if let Some(name) = line.strip_prefix("[prompt.") {
            prompt = name.trim_end_matches(']');
        } else if let Some(language) = key(line) {
            found.push((prompt, language, index + 1));
        }
    }
    found
}

fn of_sentence(
    site: &Site<'_>,
    random: &mut Random,
    codes: &'static [&'static str],
    (what, change): (&str, fn(&str) -> Option<String>),
) -> Option<Fault> {
    let all = sentences(site.texts);
    let used = all
        .into_iter()
        .filter(|(prompt, ..)| !site.naming(prompt).is_empty());
    let (prompt, _, at) = one(used.collect(), random)?;
    let text = site.texts.get("prompts.toml")?;
    let line = text.lines().nth(at - 1)?;
    let with = change(line);
    let mut fault = site.whole(codes, site.text.to_owned(), [], what);
    fault.places = site.naming(prompt);
    fault.texts.insert(
        "prompts.toml".to_owned(),
        changed(text, at, with.as_deref()),
    );
    Some(fault)
}

/// A sentence is lost in a language: a line that says the prompt is shown.
fn sentence_lost(site: &Site<'_>, random: &mut Random) -> Option<Fault> {
    of_sentence(site, random, &["R401"], ("sentence lost", |_| None))
}

/// A hole takes a value it cannot say: a line that says the prompt is shown.
fn hole_of_wrong_type(site: &Site<'_>, random: &mut Random) -> Option<Fault> {
    let change = |line: &str| {
        let at = line.rfind('"')?;
        Some(format!("{} {{call.id|date}}\"", &line[..at]))
    };
    of_sentence(site, random, &["R403"], ("hole of the wrong type", change))
}

/// Whether something leads to a step: a loop nobody comes to is told as one all the same.
fn reached(site: &Site<'_>, block: &Block<'_>) -> bool {
    !site.naming(block.name).is_empty()
}

const KINDS: [Kind; 16] = [
    target_renamed,
    exit_removed,
    key_removed,
    key_misspelt,
    verb_misspelt,
    unit_lost,
    loop_closed,
    silence_goes_round,
    dead_end,
    audio_after_hangup,
    step_twice,
    quote_lost,
    calendar_renamed,
    sentence_lost,
    hole_of_wrong_type,
    target_renamed,
];

fn fault(texts: &Texts, kind: Kind, random: &mut Random) -> Option<Fault> {
    let flows = texts.iter().filter(|(path, _)| path.starts_with("flows/"));
    let (path, text) = one(flows.collect(), random)?;
    let site = Site {
        texts,
        path,
        text,
        blocks: blocks(text),
    };
    kind(&site, random)
}

/// What is wrong with what is said of a fault.
fn judge(fault: &Fault, told: &[Diagnostic]) -> Option<String> {
    let right = |problem: &&Diagnostic| {
        fault.codes.contains(&problem.code)
            && fault
                .places
                .contains(&(problem.place.file.clone(), problem.place.line))
    };
    let errors = || told.iter().filter(|problem| problem.is_error());
    let strange = errors().find(|problem| !fault.codes.contains(&problem.code));
    let what = match (told.iter().find(right), strange) {
        (Some(_), None) => return None,
        (None, _) => "not told at its place",
        (Some(_), Some(_)) => "something else is told",
    };
    let all: Vec<String> = errors().map(ToString::to_string).collect();
    let all = all.join("\n\n");
    Some(format!(
        "{}: {what} {:?}
{all}",
        fault.what, fault.places
    ))
}

#[test]
fn five_hundred_faults_are_reported_at_their_place() {
    let subjects = subjects();
    for (name, texts) in &subjects {
        if let Err(problems) = load(texts) {
            panic!("{name} is not good: {}", problems[0]);
        }
    }
    let (mut tried, mut seed) = (0, 0);
    let mut wrong = Vec::new();
    let mut kinds = BTreeSet::new();
    while tried < FAULTS {
        seed += 1;
        assert!(seed < 20 * FAULTS, "there is no place for {FAULTS} faults");
        let mut random = Random::from_seed(seed);
        let (_, texts) = &subjects[usize::try_from(seed).unwrap_or(0) % subjects.len()];
        let kind = usize::try_from(random.below(KINDS.len() as u64)).unwrap_or(0);
        let Some(fault) = fault(texts, KINDS[kind], &mut random) else {
            continue;
        };
        tried += 1;
        kinds.insert(fault.what.clone());
        wrong.extend(judge(&fault, &problems(&fault.texts)).map(|w| format!("seed {seed}: {w}")));
    }
    assert!(kinds.len() >= 15, "only {kinds:?}");
    assert!(
        wrong.is_empty(),
        "{} of {FAULTS}:\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
}

const FAULTS: u64 = 500;
