//! What steps ask of the world: directories, other systems, what is known of callers, consents.

use std::sync::Arc;
use std::time::Duration;

use rappel_ivr::{HttpFailure, HttpResult, Scalar};
use rappel_model::record::{CallerLanguage, PastCall};
use rappel_model::{PhoneNumber, Table};
use rappel_switchboard::{Input, Write};
use rappel_tenant::{Files, Version};

use crate::support::{Act, World};

const TENANT: &str = r#"
rappel = 1
[tenant]
title     = "Initech"
timezone  = "Europe/Paris"
languages = ["fr", "en"]
number    = "+33199000030"
[http]
allow = ["https://clients.example/v1/"]
[directory.clients]
file     = "clients.csv"
key      = "telephone"
contacts = true
[mailbox.accueil]
team = "ventes"
[person.hank]
phones = ["hank"]
[team.ventes]
members = ["hank"]
[line.principal]
number = "+33199000030"
flow   = "dossier"
[line.langue]
number = "+33199000031"
flow   = "langue"
"#;

const PROMPTS: &str = r#"
[prompt.trouve]
fr = "Trouvé."
en = "Found."
[prompt.inconnu]
fr = "Inconnu."
en = "Unknown."
[prompt.panne]
fr = "Panne."
en = "Failure."
[prompt.choisir]
fr = "Pour le français, tapez 1. Pour l'anglais, tapez 2."
en = "For French, press 1. For English, press 2."
"#;

const DOSSIER: &str = r#"
rappel = 1
[flow]
title     = "Dossier"
start     = "identifier"
languages = ["fr", "en"]
[vars]
contrat = { type = "text" }
vip     = { type = "yesno", default = false }
[step.identifier]
do           = "lookup"
directory    = "clients"
by           = "telephone"
value        = "{caller.number}"
read.contrat = "contrat"
on.found     = "dossier"
on.missing   = "inconnu"
on.error     = "panne"
[step.dossier]
do         = "http"
url        = "https://clients.example/v1/{contrat}"
read.vip   = "premium"
on.ok      = "connu"
on.missing = "inconnu"
on.failed  = "panne"
[step.connu]
do   = "switch"
case = [{ if = "vip and caller.known", then = "trouve" }]
else = "inconnu"
[step.trouve]
do     = "hangup"
prompt = "trouve"
[step.inconnu]
do     = "hangup"
prompt = "inconnu"
[step.panne]
do     = "hangup"
prompt = "panne"
"#;

const LANGUE: &str = r#"
rappel = 1
[flow]
title     = "Langue"
start     = "choisir"
languages = ["fr", "en"]
[step.choisir]
do         = "language"
prompt     = "choisir"
set.1      = "fr"
set.2      = "en"
press.1    = "fin"
press.2    = "fin"
remember   = true
on.give_up = "fin"
[step.fin]
do     = "hangup"
prompt = "trouve"
"#;

fn company() -> Version {
    let mut files = Files::new("tenants/initech");
    for (path, text) in [
        ("tenant.toml", TENANT),
        ("prompts.toml", PROMPTS),
        ("flows/dossier.toml", DOSSIER),
        ("flows/langue.toml", LANGUE),
    ] {
        files.add(path, text).expect("the fixture is good");
    }
    let columns = ["telephone", "contrat"].map(str::to_owned);
    files.set_columns("clients.csv", columns.to_vec());
    let shared = Files::new("shared");
    rappel_tenant::load(&"initech".into(), &files, &shared).unwrap_or_else(|problems| {
        let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
        panic!("the files are good:\n{}", shown.join("\n"))
    })
}

fn world(rows: Option<&[[&str; 2]]>) -> (World, usize) {
    let mut world = World::new(21);
    let trunk = world.trunk();
    world.input(Input::Tenant("initech".into(), Arc::new(company())));
    let table = rows.map(|rows| {
        let columns = ["telephone", "contrat"].map(str::to_owned).to_vec();
        let rows = rows.iter().map(|row| row.map(str::to_owned).to_vec());
        Arc::new(Table::new(columns, rows.collect(), Some("33")))
    });
    world.input(Input::Directory("initech".into(), "clients".into(), table));
    (world, trunk)
}

/// Calls once and says which sentence ended it.
fn ends_with(mut world: World, trunk: usize) -> String {
    world.call(trunk, "+33199000030");
    world.settle(Duration::from_secs(120));
    world.assert_quiet();
    let record = world.record();
    assert_eq!((record.status, record.cause), (Some(200), 16), "{record:?}");
    let (_, key) = world.plays.last().expect("something was said");
    key.clone()
}

fn caller() -> PhoneNumber {
    PhoneNumber::parse("+33612345678").expect("the fixture is good")
}

#[test]
fn callers_are_found_however_their_number_is_written_and_other_systems_answer() {
    let vip = |vip| HttpResult::Ok([("premium".to_owned(), Scalar::YesNo(vip))].into());
    let here = [["06 12 34 56 78", "87654321"]];
    for (rows, answer, said) in [
        (Some(&here[..]), vip(true), "trouve"),
        (Some(&here[..]), vip(false), "inconnu"),
        (Some(&here[..]), HttpResult::Missing, "inconnu"),
        (
            Some(&here[..]),
            HttpResult::Failed(HttpFailure::TimedOut),
            "panne",
        ),
        (Some(&[]), vip(true), "inconnu"),
        (None, vip(true), "panne"),
    ] {
        let (mut world, trunk) = world(rows);
        world.elsewhere = answer;
        assert_eq!(ends_with(world, trunk), said);
    }
}

#[test]
fn a_language_that_was_chosen_is_spoken_at_the_next_call_and_after_a_start() {
    let (mut world, trunk) = world(None);
    let call = world.call(trunk, "+33199000031");
    world.run(Duration::from_secs(3));
    world.press(trunk, call, '2');
    world.settle(Duration::from_secs(120));
    let chosen: Vec<_> = world
        .writes
        .iter()
        .filter_map(|write| match write {
            Write::CallerLanguage(chosen) => Some(chosen.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(chosen.len(), 1);
    assert_eq!(
        (&chosen[0].caller, chosen[0].language.as_str()),
        (&caller(), "en")
    );
    world.languages.clear();
    let again = world.call(trunk, "+33199000031");
    world.run(Duration::from_secs(2));
    world.act(trunk, again, Act::HangUp);
    world.settle(Duration::from_secs(120));
    assert_eq!(world.languages.first().map(String::as_str), Some("en"));
    // Another engine that is told what the store remembers.
    let (mut world, trunk) = self::world(None);
    let at = world.now.wall;
    let past = PastCall {
        tenant: "initech".into(),
        caller: caller(),
        started: at,
        reached: true,
    };
    let language = CallerLanguage {
        chosen: at,
        ..chosen[0].clone()
    };
    world.input(Input::Callers(vec![past], vec![language]));
    let call = world.call(trunk, "+33199000031");
    world.run(Duration::from_secs(2));
    world.act(trunk, call, Act::HangUp);
    world.settle(Duration::from_secs(120));
    assert_eq!(world.languages.first().map(String::as_str), Some("en"));
}
