//! The limits that no flow can lift, each at its bound.

use std::fmt::Write;
use std::time::Duration;

use super::OPEN;
use super::house::House;
use crate::flow::FlowSet;
use crate::testing::{caller, company, file, sentences};

/// `count` marks in a row, then goodbye.
fn marks(count: usize) -> String {
    let mut text = "rappel = 1\n[flow]\nstart = \"s0\"\n".to_owned();
    for i in 0..count {
        writeln!(
            text,
            "[step.s{i}]\ndo = \"count\"\ncount = \"c\"\nnext = \"s{}\"",
            i + 1
        )
        .unwrap();
    }
    writeln!(
        text,
        "[step.s{count}]\ndo = \"hangup\"\nprompt = \"au-revoir\""
    )
    .unwrap();
    text
}

#[test]
fn two_hundred_steps_without_input_are_allowed_and_no_more() {
    for (count, ends) in [(199, "play au-revoir"), (200, "play incident")] {
        let mut house = House::new(&[("essai", &marks(count))], OPEN);
        house.start("essai", caller());
        let log = house.asked();
        assert!(log.contains(&ends.to_owned()), "{count}: {:?}", log.last());
        let failed = log.iter().any(|line| line.ends_with(":too_many_steps"));
        assert_eq!(failed, count == 200);
    }
}

#[test]
fn a_step_is_entered_as_often_as_it_says() {
    let flow = |most: u32| {
        format!(
            "rappel = 1\n[flow]\nstart = \"a\"\n[step.a]\ndo = \"menu\"\nprompt = \"menu\"\nmax_visits = {most}\npress.1 = \"a\"\non.give_up = \"fin\"\non.too_often = \"fin\"\n[step.fin]\ndo = \"hangup\"\nprompt = \"ferme\"\n"
        )
    };
    for most in [1, 50] {
        let mut house = House::new(&[("essai", &flow(most))], OPEN);
        house.start("essai", caller());
        house.play(&vec!["press:1"; 60]);
        let log = house.asked();
        let plays = log.iter().filter(|line| *line == "play menu").count();
        assert_eq!(plays, most as usize);
        assert_eq!(log[log.len() - 2..], ["play ferme", "hangup"]);
    }
}

/// Other systems that never answer hold a call that is over for two minutes at most.
#[test]
fn work_after_the_hang_up_ends_after_two_minutes() {
    let mut text = "rappel = 1\n[flow]\nstart = \"a\"\non_hangup = \"h0\"\n[step.a]\ndo = \"menu\"\nprompt = \"menu\"\npress.1 = \"fin\"\non.give_up = \"fin\"\n[step.fin]\ndo = \"hangup\"\nprompt = \"ferme\"\n".to_owned();
    for i in 0..20 {
        let next = match i {
            19 => "rien".to_owned(),
            _ => format!("h{}", i + 1),
        };
        writeln!(
            text,
            "[step.h{i}]\ndo = \"http\"\nurl = \"https://crm.exemple.fr/v1/x\"\ntimeout = \"10s\"\nmeanwhile = \"ferme\"\nnext = \"{next}\"\non.failed = \"{next}\""
        )
        .unwrap();
    }
    text.push_str("[step.rien]\ndo = \"hangup\"\n");
    let mut house = House::new(&[("essai", &text)], OPEN);
    house.start("essai", caller());
    house.play(&["wait:1s", "hangup"]);
    assert!(house.is_over());
    let log = house.asked();
    let asked = log.iter().filter(|line| line.starts_with("http")).count();
    assert_eq!(asked, 12);
    assert!(!log.contains(&"play ferme".to_owned()), "nobody hears it");
    assert_eq!(house.elapsed(), Duration::from_secs(121));
}

/// Codes and lines of what is wrong with the steps of a flow.
fn problems(steps: &str) -> Vec<String> {
    let text = format!(
        "rappel = 1\n[flow]\nstart = \"a\"\n[vars]\nt = {{ type = \"text\" }}\nn = {{ type = \"number\", default = 0 }}\n{steps}\n[step.fin]\ndo = \"hangup\"\nprompt = \"age\"\n"
    );
    match FlowSet::load(&[file("essai", &text)], sentences(), &company(), &[]) {
        Ok(_) => Vec::new(),
        Err(found) => found
            .iter()
            .filter(|p| p.is_error())
            .map(|p| format!("{} {}", p.code, p.place.shown))
            .collect(),
    }
}

/// Whoever asks whether a value is there may use it where it is.
#[test]
fn conditions_prove_what_has_a_value() {
    let switch = |case: &str, to: &str, or: &str| {
        format!(
            "[step.a]\ndo = \"switch\"\ncase = [{{ if = \"{case}\", then = \"{to}\" }}]\nelse = \"{or}\"\n[step.use]\ndo = \"set\"\nset.n = \"length(t)\"\nnext = \"fin\""
        )
    };
    let unset = ["R205 set.n = \"length(t)\""];
    assert_eq!(problems(&switch("t is set", "use", "fin")), [""; 0]);
    assert_eq!(problems(&switch("t is not set", "fin", "use")), [""; 0]);
    assert_eq!(
        problems(&switch("n > 1 and t is set", "use", "fin")),
        [""; 0]
    );
    assert_eq!(problems(&switch("t is set", "fin", "use")), unset);
    assert_eq!(problems(&switch("n > 1 or t is set", "use", "fin")), unset);
    let own = "[step.a]\ndo = \"set\"\nif = \"t is set\"\nset.n = \"length(t)\"\nnext = \"fin\"";
    assert_eq!(problems(own), [""; 0]);
    assert_eq!(
        problems(&own.replace("is set", "is not set")),
        ["R205 set.n = \"length(t)\""]
    );
}
