//! What flows cost: checking a large company beside merely parsing its TOML, one step, a simulated
//! call of two hours. No network, one thread.

use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rappel_ivr::{Ask, FlowRun};
use rappel_model::{FlowName, Now, Random, TenantId};
use rappel_rehearsal::{ByWords, Given, script, world};
use rappel_tenant::{Files, Version};
use serde_json::{Value, json};

/// The figures, each with what it is held against.
#[derive(Clone, Debug)]
pub(crate) struct Figures {
    steps: usize,
    check: Duration,
    parse: Duration,
    step: Duration,
    call: Duration,
}

/// Measures everything; a few seconds.
pub(crate) fn measure() -> Result<Figures, String> {
    let files = company(FLOWS, STEPS);
    let tenant = TenantId::from("bench");
    let shared = Files::new("shared");
    let load = || rappel_tenant::load(&tenant, &files, &shared).map_err(|p| shown(&p));
    let version = Arc::new(load()?);
    let check = best(|| load().map(drop))?;
    let parse = best(|| {
        for (_, text) in files.iter() {
            let table = toml::de::DeTable::parse(text).map_err(|error| error.to_string())?;
            std::hint::black_box(table);
        }
        Ok(())
    })?;
    Ok(Figures {
        steps: FLOWS * STEPS,
        check,
        parse,
        step: best(|| run_once(&version, "etapes").map(drop))? / WALKED,
        call: best(|| wait_two_hours(&version))?,
    })
}

impl Figures {
    /// As a table for people.
    pub(crate) fn table(&self) -> String {
        let ms = |length: Duration| length.as_secs_f64() * 1_000.0;
        let mut text = String::new();
        let ratio = self.check.as_secs_f64() / self.parse.as_secs_f64();
        let lines = [
            format!(
                "check of {FLOWS} flows, {} steps   {:8.2} ms",
                self.steps,
                ms(self.check)
            ),
            format!(
                "  the same text parsed as TOML   {:8.2} ms   ({ratio:.1} times that)",
                ms(self.parse)
            ),
            format!(
                "one step of a running flow       {:8.2} µs",
                ms(self.step) * 1_000.0
            ),
            format!("a simulated call of two hours    {:8.2} ms", ms(self.call)),
        ];
        for line in lines {
            writeln!(text, "{line}").expect("a String takes everything");
        }
        text
    }

    /// For programs.
    pub(crate) fn json(&self) -> Value {
        json!({
            "check_ms": self.check.as_secs_f64() * 1_000.0,
            "parse_ms": self.parse.as_secs_f64() * 1_000.0,
            "step_us": self.step.as_secs_f64() * 1_000_000.0,
            "two_hours_ms": self.call.as_secs_f64() * 1_000.0,
        })
    }
}

/// A flow run to its end without a world: how many things it asked.
fn run_once(version: &Version, flow: &str) -> Result<usize, String> {
    let now = Now::default();
    let mut random = Random::from_seed(1);
    let flow = FlowName::from(flow);
    let given = Given::default();
    let caller = world::caller(version, &flow, None, None, &given, now.wall, &mut random);
    let flows = Arc::clone(&version.flows);
    let mut run = FlowRun::start(now, &version.surroundings, flows, &flow, caller, random);
    let mut entered = 0;
    while let Some(ask) = run.poll_output() {
        entered += usize::from(matches!(ask, Ask::Entered { .. }));
    }
    if entered < WALKED as usize {
        return Err(format!("only {entered} steps were walked"));
    }
    Ok(entered)
}

/// A caller waits in a queue for two hours and hears an announcement every minute.
fn wait_two_hours(version: &Arc<Version>) -> Result<(), String> {
    let tests = script::read("tests/bench.toml", WAITING, version).map_err(|p| shown(&p))?;
    let test = tests.first().ok_or("the test of the bench is missing")?;
    let report = script::perform(version, test, 1, Box::new(ByWords));
    match report.failures.first() {
        Some((why, _)) => Err(format!("the simulated call: {why}")),
        None if report.world.length() < TWO_HOURS => Err("the simulated call was short".to_owned()),
        None => Ok(()),
    }
}

/// The shortest of some runs.
fn best(mut work: impl FnMut() -> Result<(), String>) -> Result<Duration, String> {
    let mut least = Duration::MAX;
    for _ in 0..RUNS {
        let began = Instant::now();
        work()?;
        least = least.min(began.elapsed());
    }
    Ok(least)
}

fn shown(problems: &[rappel_tenant::Diagnostic]) -> String {
    let all: Vec<_> = problems.iter().take(5).map(ToString::to_string).collect();
    all.join("\n")
}

/// A company with `flows` flows of `steps` steps, like those operators write, and the two that the
/// figures need.
fn company(flows: usize, steps: usize) -> Files {
    let mut files = Files::new("bench");
    let mut add = |path: String, text: String| {
        files
            .add(path, text)
            .expect("the company of the bench is within the bounds");
    };
    add("tenant.toml".to_owned(), TENANT.to_owned());
    for flow in 0..flows {
        add(format!("flows/parcours-{flow}.toml"), menus(flow, steps));
    }
    let mut walk = String::from(
        "rappel = 1\n[flow]\nstart = \"pas-0\"\n[vars]\nn = { type = \"number\", default = 0 }\n",
    );
    for step in 0..WALKED {
        let next = if step + 1 < WALKED {
            format!("pas-{}", step + 1)
        } else {
            "fin".to_owned()
        };
        write!(
            walk,
            "[step.pas-{step}]\ndo = \"set\"\nset.n = \"n + 1\"\nnext = \"{next}\"\n"
        )
        .expect("a String takes everything");
    }
    walk.push_str("[step.fin]\ndo = \"reject\"\n");
    add("flows/etapes.toml".to_owned(), walk);
    add("flows/attente.toml".to_owned(), QUEUE.to_owned());
    files
}

/// A flow of hours, menus, sentences and switches.
fn menus(flow: usize, steps: usize) -> String {
    let mut text = format!(
        "rappel = 1\n[flow]\ntitle = \"Parcours {flow}\"\nstart = \"choix-0\"\n[vars]\nn = {{ type = \"number\", default = 0 }}\n"
    );
    let menus = steps.saturating_sub(2) / 4;
    for menu in 0..menus {
        let next = if menu + 1 < menus {
            format!("choix-{}", menu + 1)
        } else {
            "fin".to_owned()
        };
        write!(
            text,
            "[step.choix-{menu}]\ndo = \"menu\"\nprompt = \"choix\"\npress.1 = \"dire-{menu}\"\n\
             press.2 = \"horaires-{menu}\"\non.give_up = \"fin\"\n\
             [step.dire-{menu}]\ndo = \"play\"\nprompt = \"nombre\"\nnext = \"compter-{menu}\"\n\
             [step.compter-{menu}]\ndo = \"set\"\nset.n = \"min(n + 1, 99)\"\nnext = \"{next}\"\n\
             [step.horaires-{menu}]\ndo = \"hours\"\ncalendar = \"bureau\"\non.open = \"dire-{menu}\"\non.closed = \"fin\"\n"
        )
        .expect("a String takes everything");
    }
    text.push_str("[step.fin]\ndo = \"hangup\"\nprompt = \"adieu\"\n");
    text
}

/// How often each figure is taken; the least counts.
const RUNS: usize = 15;
const FLOWS: usize = 50;
const STEPS: usize = 40;
/// Steps walked without a caller; the engine stops at 200.
const WALKED: u32 = 190;
const TWO_HOURS: Duration = Duration::from_secs(7_200);

const TENANT: &str = r#"
rappel = 1
[tenant]
title = "Banc"
timezone = "Europe/Paris"
languages = ["fr", "en"]
mailbox = "accueil"
[calendar.bureau]
mon-sun = ["00:00-24:00"]
[person.sofia]
name = "Sofia"
phones = ["poste-11"]
[team.ventes]
members = ["sofia"]
[mailbox.accueil]
team = "ventes"
[queue.ventes]
team = "ventes"
calendar = "bureau"
max_wait = "4h"
[queue.ventes.announce]
first = "patience"
unknown = "patience"
every = "60s"
[line.banc]
number = "+33199000010"
flow = "attente"
[prompt.choix]
fr = "Tapez 1 pour entendre le nombre, 2 pour les horaires."
en = "Press 1 to hear the number, 2 for the hours."
[prompt.nombre]
fr = "Le nombre est {n|number}."
en = "The number is {n|number}."
[prompt.patience]
fr = "Nous cherchons un conseiller."
en = "We are looking for an adviser."
[prompt.adieu]
fr = "Au revoir."
en = "Goodbye."
"#;

const QUEUE: &str = r#"
rappel = 1
[flow]
start = "attendre"
[step.attendre]
do = "queue"
queue = "ventes"
on.answered = "fin"
on.timeout = "fin"
on.no_agents = "fin"
on.full = "fin"
on.closed = "fin"
[step.fin]
do = "hangup"
prompt = "adieu"
"#;

const WAITING: &str = r#"
[[test]]
name = "two hours"
flow = "attente"
at = "2026-11-24 10:00"
say = ["silence:2h", "hangup"]
expect = { max_silence = "2s" }
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_company_of_the_bench_is_good_and_the_figures_are_taken() {
        let figures = measure().expect("its files are good");
        assert!(figures.check > Duration::ZERO && figures.steps == 2_000);
        assert!(figures.table().contains("two hours"));
        assert!(
            figures.json()["step_us"]
                .as_f64()
                .is_some_and(|us| us > 0.0)
        );
    }
}
