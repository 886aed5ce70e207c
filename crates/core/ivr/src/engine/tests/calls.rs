//! Flows that run flows: arguments, results, depth, failures and hang-ups within them.

use super::OPEN;
use super::house::House;
use crate::flow::FlowSet;
use crate::testing::{caller, company, file, sentences};

/// A flow that runs `deux`, then says goodbye.
fn main_flow(call: &str, more: &str) -> String {
    format!(
        "rappel = 1\n[flow]\nstart = \"a\"\n{more}\n[vars]\nn = {{ type = \"number\", default = 1 }}\nt = {{ type = \"text\" }}\n[step.a]\ndo = \"flow\"\nflow = \"deux\"\nnext = \"b\"\n{call}\n[step.b]\ndo = \"tag\"\ntags.n = \"{{n}}/{{t}}\"\nnext = \"fin\"\n[step.fin]\ndo = \"hangup\"\nprompt = \"au-revoir\"\n[step.autre]\ndo = \"hangup\"\nprompt = \"ferme\"\n[step.note]\ndo = \"tag\"\ntags.dehors = \"oui\"\nnext = \"rien\"\n[step.rien]\ndo = \"hangup\"\n"
    )
}

const SECOND: &str = "rappel = 1\n[flow]\nstart = \"z\"\n[args]\nn = { type = \"number\" }\nqui = { type = \"text\", default = \"personne\" }\n[results]\nsomme = { type = \"number\" }\n[step.z]\ndo = \"set\"\nset.somme = \"n + 1\"\ntags.dedans = \"{n} {qui}\"\nnext = \"y\"\n[step.y]\ndo = \"return\"\n";

fn played(main: &str, second: &str, script: &[&str]) -> Vec<String> {
    let mut house = House::new(&[("essai", main), ("deux", second)], OPEN);
    house.start("essai", caller());
    house.play(script);
    house.asked()
}

#[test]
fn arguments_go_in_and_results_come_back() {
    let main = main_flow(
        "args.n = \"{n + 40}\"\nargs.qui = \"M. {t ?? 'X'}\"\nresults.n = \"somme\"",
        "",
    );
    assert_eq!(
        played(&main, SECOND, &[]),
        [
            "tag dedans=41 M. X",
            "tag n=42/",
            "answer",
            "play au-revoir",
            "hangup"
        ]
    );
    let plain = main_flow("args.n = 7", "");
    assert_eq!(
        played(&plain, SECOND, &[])[..2],
        ["tag dedans=7 personne", "tag n=1/"],
        "variables of the same name are two"
    );
}

#[test]
fn a_return_that_nobody_waits_for_ends_the_call() {
    let mut house = House::new(
        &[(
            "deux",
            "rappel = 1\n[flow]\nstart = \"z\"\n[step.z]\ndo = \"play\"\nprompt = \"ferme\"\nnext = \"y\"\n[step.y]\ndo = \"return\"\n",
        )],
        OPEN,
    );
    house.start("deux", caller());
    house.play(&[]);
    assert_eq!(house.asked(), ["answer", "play ferme", "hangup"]);
}

#[test]
fn eight_flows_may_wait_and_no_more() {
    let again = "rappel = 1\n[flow]\nstart = \"z\"\n[step.z]\ndo = \"menu\"\nprompt = \"menu\"\npress.1 = \"x\"\non.give_up = \"x\"\n[step.x]\ndo = \"flow\"\nflow = \"deux\"\nnext = \"y\"\n[step.y]\ndo = \"return\"\n";
    // The check refuses it: flows in a circle can always come to nine.
    let set = FlowSet::unchecked(&[file("deux", again)], sentences(), &company());
    let mut house = House::with(set.into(), company(), OPEN);
    house.start("deux", caller());
    house.play(&["press:1"; 9]);
    let log = house.asked();
    assert_eq!(log.iter().filter(|line| *line == "play menu").count(), 9);
    assert!(log.contains(&"tag error=x:too_deep".to_owned()), "{log:?}");
    assert!(log.contains(&"play incident".to_owned()), "{log:?}");
}

const FAILING: &str = "rappel = 1\n[flow]\nstart = \"z\"\n[step.z]\ndo = \"voicemail\"\nmailbox = \"durand\"\nnext = \"y\"\non.empty = \"y\"\n[step.y]\ndo = \"return\"\n";

fn failing(main: &str) -> Vec<String> {
    let mut house = House::new(&[("essai", main), ("deux", FAILING)], OPEN);
    house.around.mailboxes.remove("durand");
    house.start("essai", caller());
    house.play(&[]);
    house.asked()
}

#[test]
fn what_fails_inside_is_rescued_by_whoever_called() {
    assert_eq!(
        failing(&main_flow("on.error = \"autre\"", "on_error = \"fin\"")),
        ["tag error=z:no_mailbox", "answer", "play ferme", "hangup"]
    );
    assert_eq!(
        failing(&main_flow("", "on_error = \"b\"")),
        [
            "tag error=z:no_mailbox",
            "tag n=1/",
            "answer",
            "play au-revoir",
            "hangup"
        ],
        "the variables of the caller are back"
    );
    assert_eq!(
        failing(&main_flow("", ""))[..3],
        ["tag error=z:no_mailbox", "answer", "play incident"]
    );
}

#[test]
fn hanging_up_inside_runs_the_ends_of_all_flows_from_inside_out() {
    let inside = "rappel = 1\n[flow]\nstart = \"z\"\non_hangup = \"h\"\n[step.z]\ndo = \"menu\"\nprompt = \"menu\"\npress.1 = \"y\"\non.give_up = \"y\"\n[step.y]\ndo = \"return\"\n[step.h]\ndo = \"tag\"\ntags.dedans = \"oui\"\nnext = \"y\"\n";
    let main = main_flow("", "on_hangup = \"note\"");
    assert_eq!(
        played(&main, inside, &["hangup"]),
        [
            "answer",
            "play menu",
            "tag dedans=oui",
            "tag n=1/",
            "tag dehors=oui"
        ],
        "a return after hanging up goes on with what may still run"
    );
    let abrupt = inside.replace(
        "next = \"y\"\n",
        "next = \"e\"\n[step.e]\ndo = \"hangup\"\n",
    );
    assert_eq!(
        played(&main, &abrupt, &["hangup"])[2..],
        ["tag dedans=oui", "tag dehors=oui"]
    );
}

#[test]
fn a_flow_of_another_language_is_spoken_in_it_and_left_again() {
    let english = "rappel = 1\n[flow]\nstart = \"z\"\nlanguages = [\"en\"]\n[step.z]\ndo = \"play\"\nprompt = \"bonjour\"\nnext = \"y\"\n[step.y]\ndo = \"return\"\n";
    assert_eq!(
        played(&main_flow("", ""), english, &[]),
        [
            "speak en",
            "answer",
            "play bonjour",
            "speak fr",
            "tag n=1/",
            "play au-revoir",
            "hangup"
        ]
    );
}

/// The checker refuses a tag of `code`; of `keys` only the engine knows what was typed.
#[test]
fn secrets_stay_secrets_on_their_way() {
    let main = "rappel = 1\n[flow]\nstart = \"a\"\n[vars]\ncode = { type = \"text\" }\ncopie = { type = \"text\" }\n[step.a]\ndo = \"collect\"\nask = \"pin\"\nprompt = \"dossier\"\ninto = \"code\"\nnext = \"c\"\non.give_up = \"fin\"\n[step.c]\ndo = \"set\"\nset.copie = \"keys\"\nnext = \"b\"\n[step.b]\ndo = \"flow\"\nflow = \"deux\"\nargs.code = \"{copie}\"\nnext = \"fin\"\n[step.fin]\ndo = \"hangup\"\nprompt = \"au-revoir\"\n";
    let second = "rappel = 1\n[flow]\nstart = \"z\"\n[args]\ncode = { type = \"text\" }\n[step.z]\ndo = \"tag\"\ntags.code = \"{code}\"\nnext = \"y\"\n[step.y]\ndo = \"return\"\n";
    let log = played(main, second, &["press:7391#"]).join("\n");
    assert!(
        log.contains("tag code=***") && !log.contains("7391"),
        "{log}"
    );
}

/// Codes and lines of what is wrong with two flows.
fn problems(main: &str, second: &str) -> Vec<String> {
    let files = [file("essai", main), file("deux", second)];
    match FlowSet::load(&files, sentences(), &company(), &[]) {
        Ok(_) => Vec::new(),
        Err(found) => {
            let errors = found.iter().filter(|p| p.is_error());
            errors
                .map(|p| format!("{} {}", p.code, p.place.shown))
                .collect()
        }
    }
}

#[test]
fn arguments_and_results_are_checked() {
    for (call, wrong) in [
        ("args.n = 7", vec![]),
        ("args.n = \"7\"", vec![]),
        ("", vec!["R103 [step.a]"]),
        ("args.n = \"sept\"", vec!["R201 args.n = \"sept\""]),
        (
            "args.n = \"{t ?? 'x'}\"",
            vec!["R201 args.n = \"{t ?? 'x'}\""],
        ),
        ("args.n = true", vec!["R201 args.n = true"]),
        ("args.n = 7\nargs.q = 1", vec!["R119 args.q = 1"]),
        (
            "args.n = 7\nresults.n = \"some\"",
            vec!["R119 results.n = \"some\""],
        ),
        (
            "args.n = 7\nresults.t = \"somme\"",
            vec!["R201 results.t = \"somme\""],
        ),
        (
            "args.n = 7\nresults.x = \"somme\"",
            vec!["R204 results.x = \"somme\""],
        ),
    ] {
        assert_eq!(problems(&main_flow(call, ""), SECOND), wrong, "{call}");
    }
    let goes = main_flow("args.n = 7", "").replace(
        "do = \"tag\"\ntags.n = \"{n}/{t}\"\nnext = \"fin\"",
        "do = \"goto\"\nflow = \"deux\"",
    );
    assert_eq!(problems(&goes, SECOND), ["R119 flow = \"deux\""]);
    let twice = SECOND.replace(
        "[results]\nsomme",
        "[results]\nn = { type = \"text\" }\nsomme",
    );
    assert_eq!(
        problems(&main_flow("args.n = 7", ""), &twice),
        ["R110 n = { type = \"text\" }"]
    );
}

/// What a flow surely gives back may be used without asking; what it may give back may not.
#[test]
fn results_are_sure_or_not() {
    let uses = "args.n = 7\nresults.t = \"nom\"\n[step.u]\ndo = \"set\"\nset.n = \"length(t)\"\nnext = \"b\"";
    let main = main_flow(uses, "").replacen("next = \"b\"\n", "next = \"u\"\n", 1);
    let sure = "rappel = 1\n[flow]\nstart = \"z\"\n[args]\nn = { type = \"number\" }\n[results]\nnom = { type = \"text\" }\n[step.z]\ndo = \"set\"\nset.nom = \"'x'\"\nnext = \"y\"\n[step.y]\ndo = \"return\"\n";
    assert_eq!(problems(&main, sure), [""; 0]);
    let unsure = sure.replace("next = \"y\"", "if = \"n > 3\"\nnext = \"y\"");
    assert_eq!(problems(&main, &unsure), ["R205 set.n = \"length(t)\""]);
}
