//! Directories, other systems, languages and shares.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use rappel_model::{Language, PhoneNumber, Timestamp};

use super::house::House;
use super::{OPEN, run};
use crate::flow::FlowSet;
use crate::surroundings::{Known, Verified};
use crate::testing::{caller, company, file, sentences};

/// A flow whose step `a` is tried; every outcome is a tag.
fn flow(step: &str) -> String {
    let ends: String = ["ok", "manque", "rate", "un", "deux"]
        .iter()
        .map(|name| {
            format!("[step.{name}]\ndo = \"tag\"\ntags.voie = \"{name}\"\nnext = \"lire\"\n")
        })
        .collect();
    format!(
        "rappel = 1\n[flow]\nstart = \"a\"\n[vars]\nnom = {{ type = \"text\", default = \"?\" }}\nsolde = {{ type = \"money\" }}\nvip = {{ type = \"yesno\", default = false }}\nn = {{ type = \"number\", default = 7 }}\ntel = {{ type = \"phone\" }}\nle = {{ type = \"moment\" }}\n[step.a]\n{step}\n{ends}[step.lire]\ndo = \"tag\"\ntags.lu = \"{{nom}} {{solde}} {{vip}} {{n}} {{tel}} {{le}} {{caller.language}}\"\nnext = \"fin\"\n[step.fin]\ndo = \"hangup\"\nprompt = \"au-revoir\"\n"
    )
}

fn played(step: &str, script: &[&str]) -> Vec<String> {
    let mut house = House::new(&[("essai", &flow(step))], OPEN);
    house.start("essai", caller());
    house.play(script);
    house.asked()
}

const LOOKUP: &str = "do = \"lookup\"\ndirectory = \"clients\"\nread.nom = \"nom\"\nread.solde = \"solde\"\non.found = \"ok\"\non.missing = \"manque\"";

#[test]
fn a_directory_fills_variables() {
    assert_eq!(
        played(LOOKUP, &["row:Dupont|12,50"])[..3],
        [
            "lookup clients telephone=+33639981234 nom,solde",
            "tag voie=ok",
            "tag lu=Dupont 12.50 EUR false 7   "
        ]
    );
    assert_eq!(
        played(LOOKUP, &["row:|"])[2],
        "tag lu=?  false 7   ",
        "empty cells"
    );
    assert_eq!(played(LOOKUP, &["row:none"])[1], "tag voie=manque");
    for (script, cause) in [
        ("row:Dupont|douze", "wrong_type"),
        ("row:broken", "directory"),
        ("refuse", "not_available"),
    ] {
        assert_eq!(played(LOOKUP, &[script])[1], format!("tag error=a:{cause}"));
    }
    let by = LOOKUP.replace("read.nom", "by = \"contrat\"\nvalue = \"C{n}\"\nread.nom");
    assert_eq!(
        played(&by, &["row:none"])[0],
        "lookup clients contrat=C7 nom,solde"
    );
}

#[test]
fn who_has_no_number_is_not_looked_up() {
    let mut house = House::new(&[("essai", &flow(LOOKUP))], OPEN);
    let mut hidden = caller();
    hidden.number = None;
    house.start("essai", hidden);
    house.play(&[]);
    assert_eq!(house.asked()[0], "tag voie=manque");
}

const HTTP: &str = "do = \"http\"\nurl = \"https://crm.exemple.fr/v1/{caller.number}/{nom}\"\nauth = \"secret:clients\"\nread.vip = \"a.premium\"\nread.solde = \"solde\"\non.ok = \"ok\"\non.missing = \"manque\"\non.failed = \"rate\"";

#[test]
fn another_system_is_asked_and_its_values_taken_whole_or_not_at_all() {
    assert_eq!(
        played(HTTP, &["http:ok a.premium=true;solde=12.5"])[..3],
        [
            "http Get https://crm.exemple.fr/v1/%2B33639981234/%3F",
            "tag voie=ok",
            "tag lu=? 12.50 EUR true 7   "
        ]
    );
    let log = played(HTTP, &["http:ok a.premium=true"]);
    assert_eq!(log[1..3], ["tag voie=manque", "tag lu=?  false 7   "]);
    assert_eq!(played(HTTP, &["http:missing"])[1], "tag voie=manque");
    let log = played(HTTP, &["http:ok a.premium=\"peut-être\";solde=1"]);
    assert_eq!(log[1..3], ["tag error=a:wrong_type", "tag voie=rate"]);
    let log = played(HTTP, &["http:ok a.premium={};solde=1"]);
    assert_eq!(log[1], "tag error=a:wrong_type");
    assert_eq!(
        played(HTTP, &["http:failed"])[1..3],
        ["tag error=a:status", "tag voie=rate"]
    );
    assert_eq!(
        played(HTTP, &["wait:2s"])[1..3],
        ["tag error=a:timed_out", "tag voie=rate"]
    );
    assert_eq!(played(HTTP, &["refuse"])[1], "tag error=a:not_available");
}

#[test]
fn values_of_every_type_are_read() {
    let step = "do = \"http\"\nurl = \"https://crm.exemple.fr/v1/x\"\nmethod = \"POST\"\nsend.n = \"{n}\"\nsend.vip = true\nsend.mot = \"no {n}\"\nsend.part = 1.5\nsend.solde = \"{solde}\"\nread.nom = \"a\"\nread.n = \"b\"\nread.tel = \"c\"\nread.le = \"d\"\nnext = \"ok\"\non.failed = \"rate\"";
    let log = played(
        step,
        &["http:ok a=3;b=4.0;c=\"06 39 98 12 34\";d=\"2026-11-24T14:00\""],
    );
    assert_eq!(
        log[0],
        "http Post https://crm.exemple.fr/v1/x n=Number(\"7\") vip=YesNo(true) mot=Text(\"no 7\") part=Number(\"1.5\")"
    );
    assert_eq!(
        log[2],
        "tag lu=3  false 4 +33639981234 2026-11-24T13:00:00.000Z "
    );
}

/// Before the answer nobody listens to us; after it, nobody waits in silence.
#[test]
fn a_slow_system_is_covered_by_a_sentence() {
    let slow = HTTP.replace("auth", "timeout = \"8s\"\nmeanwhile = \"ferme\"\nauth");
    let answered = format!("do = \"answer\"\nnext = \"h\"\n[step.h]\n{slow}");
    let mut house = House::new(&[("essai", &flow(&answered))], OPEN);
    house.start("essai", caller());
    house.play(&["wait:2s", "http:ok a.premium=true;solde=1"]);
    let log = house.asked();
    assert_eq!(
        log[1],
        "http Get https://crm.exemple.fr/v1/%2B33639981234/%3F"
    );
    assert_eq!(
        log[2..4],
        ["play ferme", "tag voie=ok"],
        "said to its end: {log:?}"
    );
    assert!(house.longest_silence <= Duration::from_secs(1));
    house.start("essai", caller());
    house.play(&["wait:10s"]);
    let log = house.asked();
    assert_eq!(
        log[2..5],
        ["play ferme", "play ferme", "tag error=h:timed_out"],
        "{log:?}"
    );
    assert!(house.longest_silence <= Duration::from_secs(1));
    assert!(
        !played(&slow, &["wait:9s"]).contains(&"play ferme".to_owned()),
        "not answered"
    );
}

#[test]
fn silent_requests_in_a_row_last_two_seconds_together() {
    let quiet = |name: &str, next: &str| {
        format!(
            "do = \"http\"\nurl = \"https://crm.exemple.fr/v1/{name}\"\ntimeout = \"1s\"\nmeanwhile = \"none\"\nnext = \"{next}\"\non.failed = \"{next}\"\n"
        )
    };
    let steps = format!(
        "do = \"answer\"\nnext = \"h1\"\n[step.h1]\n{}[step.h2]\n{}",
        quiet("1", "h2"),
        quiet("2", "ok"),
    );
    let mut house = House::new(&[("essai", &flow(&steps))], OPEN);
    house.start("essai", caller());
    house.play(&["wait:9s"]);
    let log = house.asked();
    assert!(
        log.contains(&"tag error=h1:timed_out".to_owned()),
        "{log:?}"
    );
    assert!(
        log.contains(&"tag error=h2:timed_out".to_owned()),
        "{log:?}"
    );
    assert_eq!(house.longest_silence, Duration::from_secs(2));
}

#[test]
fn an_address_that_leads_elsewhere_is_not_asked() {
    let mut house = House::new(
        &[(
            "essai",
            &flow(&HTTP.replace("{caller.number}/{nom}", "{caller.name}/x")),
        )],
        OPEN,
    );
    for (name, asked) in [("..", false), ("a/../b", true), (".", false), ("Zoé", true)] {
        let mut other = caller();
        other.name = Some(name.to_owned());
        house.start("essai", other);
        house.play(&[]);
        assert_eq!(house.asked()[0].starts_with("http"), asked, "{name}");
    }
    house.around.http_allow.clear();
    house.start("essai", caller());
    house.play(&[]);
    assert_eq!(house.asked()[0], "tag voie=manque", "no name, no address");
    let mut named = caller();
    named.name = Some("x".to_owned());
    house.start("essai", named);
    house.play(&[]);
    assert_eq!(house.asked()[0], "tag error=a:not_allowed");
}

#[test]
fn a_language_is_chosen_changed_and_remembered() {
    let asks = "do = \"language\"\nprompt = \"menu\"\nset.1 = \"fr\"\nset.9 = \"en\"\npress.1 = \"un\"\npress.9 = \"deux\"\npress.0 = \"ok\"\nremember = true\non.give_up = \"rate\"";
    let log = played(asks, &["wait:1s", "press:9"]);
    assert_eq!(
        log,
        [
            "answer",
            "play menu",
            "stop",
            "heard 9",
            "speak en",
            "remember en",
            "tag voie=deux",
            "tag lu=?  false 7   en",
            "play au-revoir",
            "hangup"
        ]
    );
    let log = played(asks, &["press:0"]);
    assert_eq!(
        log[log.len() - 3],
        "tag lu=?  false 7   ",
        "a key without a language"
    );
    let log = played(asks, &["silence:1m"]);
    assert_eq!(log[log.len() - 4], "tag voie=rate");
    assert_eq!(
        run("do = \"language\"\nto = \"en\"\nnext = \"fin\"", OPEN, &[]),
        ["speak en", "answer", "play au-revoir", "hangup"],
        "without asking, and before the answer"
    );
}

#[test]
fn a_remembered_language_wins_over_the_line() {
    let mut house = House::new(
        &[(
            "essai",
            &flow("do = \"tag\"\ntags.x = \"x\"\nnext = \"lire\""),
        )],
        OPEN,
    );
    let mut known = caller();
    known.known = Known {
        language: Some(Language::from("en")),
        ..Known::default()
    };
    house.start("essai", known);
    house.play(&[]);
    assert_eq!(
        house.asked()[..3],
        ["speak en", "tag x=x", "tag lu=?  false 7   en"]
    );
}

#[test]
fn what_is_known_of_a_caller_can_be_read() {
    let step = "do = \"tag\"\ntags.x = \"{caller.known} {caller.verified} {caller.attempts_today} {caller.last_attempt} {caller.reached_today} {wait.ready}\"\nnext = \"lire\"";
    let mut house = House::new(&[("essai", &flow(step))], OPEN);
    house.start("essai", caller());
    assert_eq!(house.asked()[0], "tag x=false none 0  false ");
    let mut regular = caller();
    regular.known = Known {
        contact: true,
        verified: Verified::Full,
        attempts_today: 3,
        last_attempt: Some(Timestamp::from_micros(0)),
        reached_today: true,
        ..Known::default()
    };
    house.start("essai", regular);
    assert_eq!(
        house.asked()[0],
        "tag x=true full 3 1970-01-01T00:00:00.000Z true "
    );
}

/// A code that was typed is compared, and goes nowhere.
#[test]
fn secrets_are_neither_sent_nor_looked_up() {
    let asks = |step: &str| {
        problems(&format!(
            "do = \"collect\"\nask = \"pin\"\nprompt = \"dossier\"\ninto = \"nom\"\nnext = \"b\"\non.give_up = \"fin\"\n[step.b]\n{step}"
        ))
    };
    let http = HTTP.replace("{caller.number}/", "");
    let post = "do = \"http\"\nurl = \"https://crm.exemple.fr/v1/x\"\nmethod = \"POST\"\nsend.code = \"{nom}\"\nnext = \"ok\"\non.failed = \"rate\"";
    let lookup = "do = \"lookup\"\ndirectory = \"clients\"\nvalue = \"{nom}\"\nnext = \"ok\"";
    for (step, line) in [
        (http.as_str(), "url = \"https://crm.exemple.fr/v1/{nom}\""),
        (post, "send.code = \"{nom}\""),
        (lookup, "value = \"{nom}\""),
    ] {
        assert!(
            asks(step).contains(&format!("R210 {line}")),
            "{:?}",
            asks(step)
        );
    }
}

const SPLIT: &str = "do = \"split\"\nname = \"ordre\"\nshare.un = 30\nshare.deux = 70\nsticky = \"caller\"\non.un = \"un\"\non.deux = \"deux\"";

#[test]
fn shares_are_kept_and_stick_to_callers() {
    let mut house = House::new(&[("essai", &flow(SPLIT))], OPEN);
    let mut shares: BTreeMap<String, u32> = BTreeMap::new();
    for i in 0..400 {
        let mut other = caller();
        other.number = PhoneNumber::parse(&format!("+336399{i:05}"));
        house.start("essai", other.clone());
        house.play(&[]);
        let first = house.asked()[0].clone();
        house.start("essai", other);
        house.play(&[]);
        assert_eq!(house.asked()[0], first, "the same caller");
        *shares.entry(first).or_default() += 1;
    }
    assert!((90..150).contains(&shares["tag ordre=un"]), "{shares:?}");
    assert_eq!(shares.values().sum::<u32>(), 400);
}

/// Codes of what is wrong with a step.
fn problems(step: &str) -> Vec<String> {
    match FlowSet::load(&[file("essai", &flow(step))], sentences(), &company(), &[]) {
        Ok(_) => Vec::new(),
        Err(found) => found
            .iter()
            .filter(|p| p.is_error())
            .map(|p| format!("{} {}", p.code, p.place.shown))
            .collect(),
    }
}

#[test]
fn what_is_asked_of_others_is_checked_before() {
    for (step, from, to, wrong) in [
        (
            LOOKUP,
            "\"clients\"",
            "\"client\"",
            "R117 directory = \"client\"",
        ),
        (
            LOOKUP,
            "= \"solde\"",
            "= \"sold\"",
            "R117 read.solde = \"sold\"",
        ),
        (
            LOOKUP,
            "read.nom",
            "read.prenom",
            "R204 read.prenom = \"nom\"",
        ),
        (
            LOOKUP,
            "read.nom",
            "by = \"tel\"\nread.nom",
            "R117 by = \"tel\"",
        ),
        (LOOKUP, "on.found = \"ok\"\n", "", "R302 [step.a]"),
        (
            HTTP,
            "crm",
            "crn",
            "R606 url = \"https://crn.exemple.fr/v1/{caller.number}/{nom}\"",
        ),
        (
            HTTP,
            "crm.exemple.fr/v1/",
            "",
            "R606 url = \"https://{caller.number}/{nom}\"",
        ),
        (
            HTTP,
            "secret:clients",
            "secret:client",
            "R118 auth = \"secret:client\"",
        ),
        (HTTP, "secret:clients", "hunter2", "R213 auth = \"hunter2\""),
        (
            HTTP,
            "auth",
            "timeout = \"3s\"\nauth",
            "R306 timeout = \"3s\"",
        ),
        (
            HTTP,
            "auth",
            "timeout = \"11s\"\nauth",
            "R203 timeout = \"11s\"",
        ),
        (
            HTTP,
            "auth",
            "timeout = \"3s\"\nmeanwhile = \"none\"\nauth",
            "R306 timeout = \"3s\"",
        ),
        (
            HTTP,
            "auth",
            "meanwhile = \"nun\"\nauth",
            "R105 meanwhile = \"nun\"",
        ),
        (HTTP, "auth", "send.x = 1\nauth", "R103 send.x = 1"),
        (
            HTTP,
            "auth",
            "read.t = \"a..b\"\nauth",
            "R213 read.t = \"a..b\"",
        ),
        (HTTP, "on.ok = \"ok\"\n", "", "R302 [step.a]"),
        (HTTP, "on.failed = \"rate\"", "", "R111 [step.a]"),
        (SPLIT, "30", "31", "R203 share.un = 31"),
        (SPLIT, "on.un = \"un\"\n", "", "R111 share.un = 30"),
        (SPLIT, "on.un = ", "on.uns = ", "R112 on.uns = \"un\""),
        (SPLIT, "30", "\"30\"", "R201 share.un = \"30\""),
        (
            SPLIT,
            "\"caller\"",
            "\"callers\"",
            "R209 sticky = \"callers\"",
        ),
    ] {
        let text = step.replacen(from, to, 1);
        assert!(
            problems(&text).contains(&wrong.to_owned()),
            "{to}: {:?}",
            problems(&text)
        );
    }
    for step in [LOOKUP, HTTP, SPLIT] {
        assert_eq!(problems(step), [""; 0]);
    }
}

#[test]
fn a_language_step_asks_or_changes_but_not_both() {
    for (step, wrong) in [
        ("do = \"language\"\nnext = \"fin\"", "R103"),
        ("do = \"language\"\nto = \"en\"", "R302"),
        ("do = \"language\"\nto = \"de\"\nnext = \"fin\"", "R116"),
        (
            "do = \"language\"\nto = \"en\"\nprompt = \"menu\"\nnext = \"fin\"",
            "R103",
        ),
        (
            "do = \"language\"\nprompt = \"menu\"\non.give_up = \"fin\"",
            "R103",
        ),
        (
            "do = \"language\"\nprompt = \"menu\"\nset.1 = \"fr\"\npress.1 = \"fin\"",
            "R111",
        ),
        (
            "do = \"language\"\nprompt = \"menu\"\nset.1 = \"fr\"\npress.2 = \"fin\"\non.give_up = \"fin\"",
            "R111",
        ),
        (
            "do = \"language\"\nprompt = \"menu\"\nset.1 = \"it\"\npress.1 = \"fin\"\non.give_up = \"fin\"",
            "R116",
        ),
    ] {
        assert!(
            problems(step)[0].starts_with(wrong),
            "{step}: {:?}",
            problems(step)
        );
    }
}

/// Everything that asks outside, one after the other, ways back included.
const ALL: &str = r#"do = "language"
prompt = "menu"
set.1 = "fr"
set.9 = "en"
press.1 = "client"
press.9 = "client"
on.give_up = "client"
[step.client]
do = "lookup"
directory = "clients"
read.nom = "nom"
on.found = "vite"
on.missing = "vite"
on.error = "vite"
[step.vite]
do = "http"
url = "https://crm.exemple.fr/v1/a"
timeout = "1s"
meanwhile = "none"
next = "lent"
on.failed = "lent"
[step.lent]
do = "http"
url = "https://crm.exemple.fr/v1/b"
timeout = "8s"
meanwhile = "ferme"
read.n = "n"
next = "jour"
on.failed = "jour"
[step.jour]
do = "collect"
ask = "date"
prompt = "dossier"
into = "quand"
confirm = "court"
next = "autre_flux"
on.give_up = "autre_flux"
on.cancel = "client"
[step.autre_flux]
do = "flow"
flow = "deux"
args.x = "{nom}"
results.n = "y"
next = "part"
[step.part]
do = "split"
name = "ordre"
share.a = 50
share.b = 50
on.a = "ok"
on.b = "client""#;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever the world answers and whenever, a call ends and nobody waits in silence.
    #[test]
    fn whatever_the_world_answers_nobody_waits_in_silence(script in prop::collection::vec(
        prop::sample::select(vec!["press:1", "press:9", "press:2412", "press:*", "press:#", "wait:1s",
            "wait:3s", "http:ok", "http:ok n=4", "http:ok n={}", "http:missing", "http:failed",
            "row:Dupont", "row:none", "row:broken", "refuse", "hangup"]), 0..60)) {
        let first = flow(ALL).replace("[step.a]", "quand = { type = \"date\" }\n[step.a]");
        let second = "rappel = 1\n[flow]\nstart = \"z\"\non_hangup = \"h\"\n[args]\nx = { type = \"text\" }\n[results]\ny = { type = \"number\" }\n[step.z]\ndo = \"http\"\nurl = \"https://crm.exemple.fr/v1/{x}\"\nread.y = \"n\"\nnext = \"r\"\non.failed = \"r\"\n[step.r]\ndo = \"return\"\n[step.h]\ndo = \"http\"\nurl = \"https://crm.exemple.fr/v1/fin\"\nmethod = \"POST\"\nsend.x = \"{x}\"\nnext = \"r\"\non.failed = \"r\"\n";
        let mut house = House::new(&[("essai", &first), ("deux", second)], OPEN);
        house.start("essai", caller());
        for word in &script {
            house.play(&[word]);
        }
        house.play(&["wait:1h"]);
        house.play(&["hangup", "wait:3m"]);
        prop_assert!(house.is_over(), "{:?}", house.asked());
        prop_assert!(house.longest_silence <= Duration::from_secs(2), "{:?} {:?}", house.longest_silence, house.everything());
    }
}
