//! The check ends whatever it is given, in time that grows as the files do.

use std::time::{Duration, Instant};

use rappel_model::Random;

use crate::company::{Texts, folder, problems, read, subjects};

/// The base company with this flow.
fn with_flow(text: String) -> Texts {
    let mut texts = read(&folder("base"));
    texts.insert("flows/accueil.toml".to_owned(), text);
    texts
}

/// How long a check takes: the least of three, so that a busy machine does not decide.
fn time(texts: &Texts) -> Duration {
    let once = |_| {
        let began = Instant::now();
        let _ = problems(texts);
        began.elapsed()
    };
    (0..3).map(once).min().unwrap_or_default()
}

/// Writes a flow of about so many steps.
type Shape = fn(usize) -> String;

/// Flows by their shape: chains, menus that lead everywhere, pauses, and flows full of mistakes.
const SHAPES: [(&str, Shape); 6] = [
    ("a chain", |size| {
        flow(size, |i| {
            format!("do = \"tag\"\ntags.x = \"{i}\"\nnext = \"s{}\"", i + 1)
        })
    }),
    ("menus that lead everywhere", |size| {
        flow(size, |i| {
            let to = |k: usize| (i * 7 + k * 13) % size;
            format!(
                "do = \"menu\"\nprompt = \"menu\"\npress.1 = \"s{}\"\npress.2 = \"s{}\"\non.give_up = \"s{}\"",
                to(1),
                to(2),
                i + 1
            )
        })
    }),
    ("pauses in a row", |size| {
        flow(size, |i| {
            format!("do = \"pause\"\nfor = \"1s\"\nnext = \"s{}\"", i + 1)
        })
    }),
    ("loops within loops", |size| {
        flow(size, |i| {
            format!(
                "do = \"hours\"\ncalendar = \"garage\"\non.open = \"s{}\"\non.closed = \"s{}\"",
                i + 1,
                i / 2
            )
        })
    }),
    ("silent ends", |size| {
        flow(size, |i| {
            format!(
                "do = \"reach\"\nteam = \"ventes\"\non.no_answer = \"s{}\"\non.answered = \"muette\"",
                i + 1
            )
        }) + "[step.muette]\ndo = \"hangup\"\n"
    }),
    ("unknown steps", |size| {
        flow(size, |i| {
            format!("do = \"tag\"\ntags.x = \"{{rien{i}}}\"\nnext = \"nulle_part_{i}\"")
        })
    }),
];

fn flow(size: usize, step: impl Fn(usize) -> String) -> String {
    let steps: String = (0..size)
        .map(|i| format!("[step.s{i}]\n{}\n", step(i)))
        .collect();
    format!(
        "rappel = 1\n[flow]\nstart = \"s0\"\n{steps}[step.s{size}]\ndo = \"hangup\"\nprompt = \"au-revoir\"\n"
    )
}

#[test]
fn time_grows_as_files_do() {
    for (name, shape) in SHAPES {
        let companies = [400, 800, 1600].map(|size| with_flow(shape(size)));
        // A busy machine makes one measurement slow, and never five alike.
        let mut measured = Vec::new();
        let grows = (0..5).all(|_| {
            let times = companies.each_ref().map(time);
            measured.push(times);
            times[2].as_secs_f64() / times[0].as_secs_f64().max(0.001) >= MOST_FOR_FOUR
        });
        assert!(!grows, "{name}: {measured:?}");
    }
}

/// Files torn, doubled and stirred by chance.
#[test]
fn stirred_files_are_judged() {
    let subjects = subjects();
    for seed in 0..STIRRED {
        let mut random = Random::from_seed(seed);
        let (_, texts) = &subjects[usize::try_from(seed).unwrap_or(0) % subjects.len()];
        let mut texts = texts.clone();
        let at = usize::try_from(random.below(texts.len() as u64)).unwrap_or(0);
        if let Some(text) = texts.values_mut().nth(at) {
            for _ in 0..=random.below(4) {
                *text = stirred(text, &mut random);
            }
        }
        for problem in problems(&texts) {
            assert!(
                problem.place.line > 0
                    && !problem.message.en.is_empty()
                    && !problem.message.fr.is_empty()
            );
        }
    }
}

/// A flow that is laid out anew says the same: printed and read again, it is judged alike, and printing it
/// once more changes nothing.
#[test]
fn what_is_printed_and_read_again_is_the_same() {
    for (name, texts) in subjects() {
        let printed = |texts: &Texts| -> Texts {
            let flows = |(path, text): (&String, &String)| {
                let is_flow = path.starts_with("flows/");
                let text = if is_flow {
                    rappel_ivr::layout(path, text).expect("it is good")
                } else {
                    text.clone()
                };
                (path.clone(), text)
            };
            texts.iter().map(flows).collect()
        };
        let (once, judged) = (printed(&texts), |texts: &Texts| {
            let problems = problems(texts);
            let told = problems.iter().map(|p| (p.code, p.message.en.clone()));
            let mut told: Vec<_> = told.collect();
            told.sort();
            told
        });
        assert_eq!(judged(&once), judged(&texts), "{name}");
        assert_eq!(printed(&once), once, "{name}");
        let exits = |texts: &Texts| crate::company::load(texts).map(|v| v.flows.exits());
        assert_eq!(exits(&once).ok(), exits(&texts).ok(), "{name}");
    }
}

/// The text with some of it gone, doubled, moved or replaced.
fn stirred(text: &str, random: &mut Random) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    if chars.is_empty() {
        return "=".to_owned();
    }
    let mut place = || usize::try_from(random.below(chars.len() as u64)).unwrap_or(0);
    let (a, b, c) = (place(), place(), place());
    let (from, to) = (a.min(b), a.max(b).min(a.min(b) + 60));
    match random.below(5) {
        0 => drop(chars.drain(from..to)),
        1 => {
            let copy = chars[from..to].to_vec();
            chars.splice(c..c, copy);
        }
        2 => chars[a] = ODD[usize::try_from(random.below(ODD.len() as u64)).unwrap_or(0)],
        3 => chars.insert(
            a,
            ODD[usize::try_from(random.below(ODD.len() as u64)).unwrap_or(0)],
        ),
        _ => chars.swap(a, b),
    }
    chars.into_iter().collect()
}

const ODD: [char; 14] = [
    '"',
    '[',
    ']',
    '{',
    '}',
    '=',
    '.',
    '|',
    '\n',
    '#',
    '\\',
    'é',
    '0',
    '\u{1f600}',
];
const STIRRED: u64 = 600;
/// Four times the steps may take this many times as long; squares would take sixteen.
const MOST_FOR_FOUR: f64 = 9.0;
