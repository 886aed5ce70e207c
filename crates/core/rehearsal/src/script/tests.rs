//! Tests of tests: what a script hears, does and finds wrong.

use std::sync::Arc;
use std::time::Duration;

use rappel_model::TenantId;
use rappel_tenant::{Files, Version};

use super::*;
use crate::lengths::ByWords;
use crate::world::World;

const TENANT: &str = r#"
rappel = 1
[tenant]
title = "Garage"
timezone = "Europe/Paris"
languages = ["fr"]
mailbox = "accueil"
[calendar.garage]
mon-fri = ["08:30-12:00", "14:00-19:00"]
[person.sofia]
name = "Sofia"
phones = ["poste-11"]
[person.karim]
name = "Karim"
phones = ["poste-12"]
[team.ventes]
members = ["sofia", "karim"]
[mailbox.accueil]
team = "ventes"
[line.principal]
number = "+33199000010"
flow = "accueil"
[prompt.menu]
fr = "Tapez 1 pour les ventes, 2 pour laisser un message."
[prompt.ferme]
fr = "Nous rouvrons à {garage.next_open|time}."
[prompt.adieu]
fr = "Au revoir."
"#;

const FLOW: &str = r#"
rappel = 1
[flow]
start = "heures"
on_error = "message"
[step.heures]
do = "hours"
calendar = "garage"
on.open = "choix"
on.closed = "ferme"
[step.ferme]
do = "play"
prompt = "ferme"
tags.motif = "ferme"
next = "message"
[step.choix]
do = "menu"
prompt = "menu"
press.1 = "ventes"
press.2 = "message"
on.give_up = "message"
[step.ventes]
do = "reach"
team = "ventes"
count = "ventes"
on.answered = "fin"
on.no_answer = "message"
on.busy = "message"
on.declined = "message"
[step.message]
do = "voicemail"
mailbox = "accueil"
on.saved = "fin"
on.empty = "fin"
on.full = "fin"
[step.fin]
do = "hangup"
prompt = "adieu"
"#;

fn version() -> Arc<Version> {
    let mut files = Files::new("t");
    files.add("tenant.toml", TENANT).unwrap();
    files.add("flows/accueil.toml", FLOW).unwrap();
    let loaded = rappel_tenant::load(&TenantId::from("t"), &files, &Files::new("shared"));
    Arc::new(loaded.unwrap_or_else(|problems| {
        let shown: Vec<_> = problems.iter().map(ToString::to_string).collect();
        panic!("{}", shown.join("\n"))
    }))
}

/// Plays one test with these keys of its table; what failed, in English, and the call.
fn played(keys: &str) -> (Vec<String>, World) {
    let version = version();
    let text = format!("[[test]]\nname = \"t\"\nflow = \"accueil\"\n{keys}\n");
    let tests = read("t/tests/accueil.toml", &text, &version).unwrap_or_else(|problems| {
        let shown: Vec<_> = problems.iter().map(ToString::to_string).collect();
        panic!("{}", shown.join("\n"))
    });
    let report = perform(&version, &tests[0], 1, Box::new(ByWords));
    let failures = report.failures.iter().map(|(why, _)| why.en.clone());
    (failures.collect(), report.world)
}

const OPEN: &str = "at = \"2026-11-24 10:00\"\n";
const LUNCH: &str = "at = \"2026-11-24 12:15\"\n";

#[test]
fn a_call_is_played_to_its_end() {
    let (failures, world) = played(&format!(
        "{LUNCH}caller = \"+33639981234\"\n\
         say = [\"hears:ferme\", \"speaks:8s\", \"press:1\", \"hears:adieu\", \"ends\"]\n\
         expect = {{ tag = {{ motif = \"ferme\" }}, messages = {{ accueil = 1 }}, answered = true, \
         ends_at = \"fin\", max_silence = \"2s\" }}"
    ));
    assert_eq!(failures, Vec::<String>::new());
    assert!(world.length() > Duration::from_secs(10));
}

#[test]
fn people_answer_or_do_not() {
    let (failures, world) = played(&format!(
        "{OPEN}say = [\"press:1\", \"rings:sofia\", \"agent:answers\", \"hangup\"]\n\
         expect = {{ count = {{ ventes = 1 }}, messages = 0 }}"
    ));
    assert_eq!(failures, Vec::<String>::new());
    assert!(world.is_over());
    let (failures, _) = played(&format!(
        "{OPEN}say = [\"press:1\", \"agent:none\", \"speaks:5s\", \"ends\"]\nexpect = {{ at = \"message\" }}"
    ));
    assert_eq!(failures, Vec::<String>::new());
}

#[test]
fn silence_and_hanging_up_lead_somewhere() {
    let (failures, _) = played(&format!(
        "{OPEN}say = [\"silence:90s\", \"ends\"]\nexpect = {{ at = \"message\", max_silence = \"2s\" }}"
    ));
    assert_eq!(failures, Vec::<String>::new());
    let (failures, world) = played(&format!("{OPEN}say = [\"hears:menu\", \"hangup\"]"));
    assert_eq!(failures, Vec::<String>::new());
    assert!(world.is_over() && world.length() < Duration::from_secs(5));
}

#[test]
fn what_is_otherwise_is_told() {
    for (keys, expected) in [
        ("say = [\"hears:ferme\"]", "\"ferme\" is not heard"),
        (
            "say = [\"at:ferme\"]",
            "the call does not come to \"ferme\"",
        ),
        ("say = [\"agent:answers\"]", "nobody is rung"),
        (
            "say = [\"hangup\", \"hangup\"]",
            "the call was over already",
        ),
        (
            "say = [\"press:2\", \"hangup\"]\nexpect = { messages = 2 }",
            "2 messages expected, 0 found",
        ),
        (
            "say = [\"hangup\"]\nexpect = { tag = { motif = \"x\" } }",
            "\"motif\" has no value, \"x\" was expected",
        ),
        (
            "say = [\"hangup\"]\nexpect = { answered = false }",
            "the call was answered",
        ),
        (
            "say = [\"hangup\"]\nexpect = { ends_at = \"fin\" }",
            "the call ended in \"choix\", not in \"fin\"",
        ),
        (
            "say = [\"hangup\"]\nexpect = { trouble = \"choix\" }",
            "\"choix\" did not fail",
        ),
    ] {
        let (failures, _) = played(&format!("{OPEN}{keys}"));
        let found = failures.first().map(String::as_str);
        assert_eq!(found, Some(expected), "{keys}");
    }
}

#[test]
fn a_wrong_test_file_is_explained_all_at_once() {
    let version = version();
    let text = "[[test]]\nflow = \"acceuil\"\nat = \"noon\"\nsay = [\"heers:menu\", \"press:x\", \"hears:mneu\"]\n\
                expect = { mesages = 1, at = \"fni\" }\ngiven = { queue = { x = { agents = 1 } } }\nfoo = 1\n\
                caller = \"0612345678\"\n";
    let problems = read("t/tests/accueil.toml", text, &version).unwrap_err();
    let found: Vec<_> = problems.iter().map(|p| (p.code, p.place.line)).collect();
    let expected = [
        ("R804", 1),
        ("R802", 2),
        ("R803", 3),
        ("R802", 4),
        ("R802", 4),
        ("R802", 4),
        ("R802", 5),
        ("R802", 5),
        ("R802", 6),
        ("R802", 7),
        ("R803", 8),
    ];
    let shown: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(found, expected, "{}", shown.join("\n"));
    assert!(
        shown
            .iter()
            .any(|text| text.contains("did you mean \"hears\"?"))
    );
    assert!(
        shown
            .iter()
            .any(|text| text.contains("did you mean \"menu\"?"))
    );
}

#[test]
fn a_bad_test_leaves_the_others() {
    let good = |name: &str| format!("[[test]]\nname = \"{name}\"\n{OPEN}say = [\"ends\"]\n");
    let text = format!("{}[[test]]\nname = \"bad\"\n{}", good("one"), good("two"));
    let (tests, problems) = read_each("t/tests/accueil.toml", &text, &version());
    let names: Vec<_> = tests.iter().map(|test| test.name.as_str()).collect();
    let codes: Vec<_> = problems.iter().map(|p| p.code).collect();
    assert_eq!((names, codes), (vec!["one", "two"], vec!["R804", "R804"]));
    let (tests, problems) = read_each("t/tests/accueil.toml", &format!("{text}x =\n"), &version());
    assert_eq!((tests.len(), problems[0].code), (0, "R801"));
}

#[test]
fn a_menu_that_hears_nothing_has_taken_its_way_to_give_up() {
    let (_, world) = played(&format!("{OPEN}say = [\"silence:90s\", \"ends\"]"));
    let mut cover = crate::Cover::default();
    cover.add(world.taken());
    let ways = cover.of(&version().flows);
    let given_up = ways
        .iter()
        .find(|((_, step, way), _)| step.as_str() == "choix" && way == "on.give_up");
    assert!(given_up.is_some_and(|(_, taken)| *taken), "{ways:?}");
}

#[test]
fn hostile_test_files_are_refused_in_time() {
    let version = version();
    for text in [
        "[[test]]\n".repeat(3_000),
        "[".repeat(100_000),
        "\u{0}".to_owned(),
        "test = 1".to_owned(),
    ] {
        assert!(read("t/tests/x.toml", &text, &version).is_err());
    }
}

#[test]
fn the_same_seed_plays_the_same_call() {
    let keys = format!("{OPEN}say = [\"press:1\", \"agent:answers\", \"after:2h\", \"ends\"]");
    let (_, once) = played(&keys);
    let (_, again) = played(&keys);
    assert_eq!(once.scenes(), again.scenes());
}
