//! How long a large company is checked: 50 flows with 2,000 steps within 100 ms (a release build), and
//! in time that grows with the length of the files alone.
//! `cargo test --release -p rappel-tenant --test speed -- --nocapture` prints the figures.
#![allow(missing_docs, clippy::disallowed_methods, clippy::disallowed_types)]

use std::fmt::Write;
use std::time::{Duration, Instant};

use rappel_model::TenantId;
use rappel_tenant::{Files, load};

/// A company with this many flows of this many steps: menus, hours, people, mailboxes, conditions and
/// sentences with holes in two languages, as a large tenant has them.
fn company(flows: usize, steps: usize) -> Files {
    let mut files = Files::new("tenants/grande");
    files
        .add("tenant.toml", TENANT)
        .expect("the fixture is good");
    let mut tables = String::new();
    let mut prompts = String::new();
    for n in 0..flows {
        write!(
            tables,
            "[person.p{n}]\nname = \"Personne {n}\"\nphones = [\"poste-{n}\"]\nhours = \"bureau\"\n\
             [line.l{n}]\nnumber = \"+331990{n:05}\"\nflow = \"flux{n}\"\n"
        )
        .expect("the fixture is good");
        files
            .add(format!("flows/flux{n}.toml"), flow(n, steps, &mut prompts))
            .expect("the fixture is good");
    }
    for (part, text) in parts(&prompts).into_iter().enumerate() {
        files
            .add(format!("prompts-{part}.toml"), text)
            .expect("the fixture is good");
    }
    files
        .add("tables.toml", tables)
        .expect("the fixture is good");
    files
}

/// One flow: groups of four steps, each group leading to the next.
fn flow(n: usize, steps: usize, prompts: &mut String) -> String {
    let groups = steps / 4;
    let mut text = format!(
        "rappel = 1\n[flow]\ntitle = \"Flux {n}\"\nstart = \"menu0\"\nlanguages = [\"fr\", \"en\"]\n\
         on_error = \"message0\"\n[vars]\nessais = {{ type = \"number\", default = 0 }}\n"
    );
    for g in 0..groups {
        let next = (g + 1) % groups;
        let key = format!("f{n}-choix{g}");
        write!(
            prompts,
            "[prompt.{key}]\nfr = \"Nous ouvrons {{bureau.next_open|moment}}. Pour les ventes, tapez 1. \
             Pour la suite, tapez 2.\"\nen = \"We open {{bureau.next_open|moment}}. For sales, press 1. \
             For more, press 2.\"\n"
        )
        .expect("the fixture is good");
        write!(
            text,
            "[step.menu{g}]\ndo = \"menu\"\ntitle = \"Choix {g}\"\nprompt = \"{key}\"\n\
             press.1 = \"qui{g}\"\npress.2 = \"heures{g}\"\non.give_up = \"message{g}\"\n\
             tags.motif = \"choix-{g}\"\n\
             [step.heures{g}]\ndo = \"hours\"\ncalendar = \"bureau\"\non.open = \"menu{next}\"\n\
             on.closed = \"message{g}\"\n\
             [step.qui{g}]\ndo = \"reach\"\nperson = \"p{n}\"\nring = \"20s\"\nif = \"essais < 3\"\n\
             next = \"message{g}\"\non.absent = \"message{g}\"\non.no_answer = \"message{g}\"\n\
             [step.message{g}]\ndo = \"voicemail\"\nmailbox = \"accueil\"\non.saved = \"fin\"\n\
             on.empty = \"fin\"\n"
        )
        .expect("the fixture is good");
    }
    text + "[step.fin]\ndo = \"hangup\"\nprompt = \"fin\"\n"
}

/// The prompts in files that may be that long.
fn parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for prompt in text.split_inclusive('\n').collect::<Vec<_>>().chunks(3) {
        if parts.last().is_some_and(|part| part.len() > 200_000) {
            parts.push(String::new());
        }
        parts
            .last_mut()
            .expect("the fixture is good")
            .extend(prompt.iter().copied());
    }
    parts
}

fn check(files: &Files) -> Duration {
    let begun = Instant::now();
    let version = load(&TenantId::from("grande"), files, &Files::default());
    let took = begun.elapsed();
    let problems = version.err().unwrap_or_default();
    let shown: Vec<_> = problems.iter().take(3).map(ToString::to_string).collect();
    assert!(shown.is_empty(), "{}", shown.join("\n"));
    took
}

/// What the TOML library alone needs for the same text.
fn parse(files: &Files) -> Duration {
    let begun = Instant::now();
    for (_, text) in files.iter() {
        assert!(toml::de::DeTable::parse(text).is_ok());
    }
    begun.elapsed()
}

fn best(work: impl Fn() -> Duration) -> Duration {
    (0..5).map(|_| work()).min().expect("the fixture is good")
}

#[test]
fn a_large_company_is_checked_at_once() {
    let files = company(50, 40);
    let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
    let (whole, plain) = (best(|| check(&files)), best(|| parse(&files)));
    let ratio = whole.as_secs_f64() / plain.as_secs_f64();
    println!(
        "50 flows, 2,000 steps, {bytes} bytes: {whole:?}; TOML alone {plain:?}; ratio {ratio:.1}"
    );
    // A machine with other work slows both; the ratio stays.
    let quick = whole < Duration::from_millis(100);
    let most = if cfg!(debug_assertions) { 60.0 } else { 25.0 };
    assert!(
        quick || ratio < most,
        "{whole:?}, {ratio:.1} times the parsing"
    );
}

/// Four times the flows in about four times the time; eight leaves room for a machine that has other
/// work, and finds anything that grows with the square.
#[test]
fn time_grows_with_the_length() {
    let (small, large) = (company(10, 40), company(40, 40));
    let (small, large) = (best(|| check(&small)), best(|| check(&large)));
    println!("10 flows {small:?}, 40 flows {large:?}");
    assert!(
        large < small * 8 + Duration::from_millis(20),
        "{small:?} {large:?}"
    );
    let (small, large) = (company(1, 100), company(1, 400));
    let (small, large) = (best(|| check(&small)), best(|| check(&large)));
    println!("100 steps {small:?}, 400 steps {large:?}");
    assert!(
        large < small * 8 + Duration::from_millis(20),
        "{small:?} {large:?}"
    );
}

const TENANT: &str = r#"
rappel = 1
[tenant]
title     = "Grande société"
timezone  = "Europe/Paris"
languages = ["fr", "en"]
mailbox   = "accueil"
[calendar.bureau]
holidays = ["FR"]
mon-fri  = ["08:30-12:00", "14:00-19:00"]
[person.garde]
phones = ["garde"]
[mailbox.accueil]
person   = "garde"
calendar = "bureau"
[prompt.fin]
fr = "Au revoir."
en = "Goodbye."
"#;
