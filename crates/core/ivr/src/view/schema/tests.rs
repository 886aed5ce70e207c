//! What the check accepts the schema accepts, judged by a validator that is not ours; what is broken
//! it underlines.

use jsonschema::Validator;

use super::*;

fn validator() -> Validator {
    jsonschema::draft7::new(&flow_schema(Lang::Fr)).expect("the schema is one")
}

/// The faults a validator finds in a flow, as paths.
fn faults(validator: &Validator, text: &str) -> Vec<String> {
    let table: toml::Table = text.parse().unwrap();
    let value = serde_json::to_value(&table).unwrap();
    let errors = validator.iter_errors(&value);
    errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

/// A flow of one step.
fn step_of(lines: &str) -> String {
    format!("rappel = 1\n[flow]\nstart = \"a\"\n[step.a]\n{lines}\n")
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the examples are files")]
fn the_flows_of_the_demo_are_good() {
    let demo = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../shell/server/demo/tenants/garage-martin/flows"
    );
    let (mut count, validator) = (0, validator());
    for entry in std::fs::read_dir(demo).unwrap() {
        let path = entry.unwrap().path();
        let found = faults(&validator, &std::fs::read_to_string(&path).unwrap());
        assert_eq!(found, Vec::<String>::new(), "{}", path.display());
        count += 1;
    }
    assert!(count > 5);
}

#[test]
fn the_example_of_every_verb_is_good() {
    let validator = validator();
    for verb in VERBS.iter().filter(|verb| !verb.internal) {
        let found = faults(&validator, &step_of(verb.example));
        assert_eq!(found, Vec::<String>::new(), "{}", verb.name);
    }
}

/// The examples of the manual use every verb: they are judged once all of these are in the table.
#[test]
fn the_examples_of_the_manual_are_good() {
    let validator = validator();
    let examples = [
        include_str!("../../../../../../tests/examples/tenants/garage-martin/flows/accueil.toml"),
        include_str!("../../../../../../tests/examples/tenants/lumen/flows/accueil.toml"),
        include_str!("../../../../../../tests/examples/shared/flows/choisir-langue.toml"),
    ];
    for text in examples {
        let table: toml::Table = text.parse().unwrap();
        let steps = table["step"].as_table().unwrap();
        let known = |step: &toml::Value| {
            let name = step.get("do").and_then(toml::Value::as_str);
            name.and_then(crate::step::verb).is_some()
        };
        let unknown: Vec<&String> = steps
            .iter()
            .filter(|(_, s)| !known(s))
            .map(|(n, _)| n)
            .collect();
        let found = faults(&validator, text);
        for fault in &found {
            let expected = unknown
                .iter()
                .any(|name| fault.contains(&format!("/step/{name}")));
            assert!(expected, "{fault}");
        }
    }
}

#[test]
fn what_is_broken_is_underlined_where_it_stands() {
    let validator = validator();
    let menu = "do = \"menu\"\nprompt = \"p\"\npress.1 = \"a\"\non.give_up = \"a\"\n";
    let good = step_of(menu);
    assert_eq!(faults(&validator, &good), Vec::<String>::new());
    for (broken, place) in [
        (good.replace("rappel = 1", "rappel = 2"), "/rappel"),
        (good.replace("start", "strat"), "/flow"),
        (good.replace("\"menu\"", "\"mneu\""), "/step/a/do"),
        (good.replace("prompt", "promt"), "/step/a"),
        (good.replace("press.1", "press.12"), "/step/a/press"),
        (good.replace("press.1 = \"a\"\n", ""), "/step/a"),
        (good.replace("on.give_up", "on.giveup"), "/step/a/on"),
        (good.replace("on.give_up = \"a\"", "tries = 3"), "/step/a"),
        (step_of(&format!("{menu}tries = 11")), "/step/a/tries"),
        (step_of(&format!("{menu}tries = \"3\"")), "/step/a/tries"),
        (step_of(&format!("{menu}wait = \"5 s\"")), "/step/a/wait"),
        (step_of(&format!("{menu}wait = \"\"")), "/step/a/wait"),
        (
            step_of(&format!("{menu}max_visits = 51")),
            "/step/a/max_visits",
        ),
        (step_of(&format!("{menu}next = \"a\"")), "/step/a"),
        (step_of(&format!("{menu}no_input = []")), "/step/a/no_input"),
        (step_of("prompt = \"p\""), "/step/a"),
        (step_of("do = \"play\"\nprompt = \"p\""), "/step/a"),
        (
            step_of("do = \"play\"\nprompt = \"p\"\nnext = \"a\"\ninterrupt = 1"),
            "/step/a/interrupt",
        ),
        (step_of("do = \"reject\"\nas = \"engaged\""), "/step/a/as"),
        (
            step_of("do = \"switch\"\ncase = [{ if = \"x\" }]\nelse = \"a\""),
            "/step/a/case/0",
        ),
        (step_of("do = \"tag\"\nnext = \"a\""), "/step/a"),
        (good.replace("[step.a]", "[step.\"a b\"]"), "/step"),
        (
            format!("{good}[vars]\nx = {{ type = \"texte\" }}\n"),
            "/vars/x/type",
        ),
        (format!("{good}[queue.x]\n"), ": "),
    ] {
        let found = faults(&validator, &broken);
        let there = found.iter().any(|fault| fault.starts_with(place));
        assert!(there, "{place}: {found:?}\n{broken}");
    }
}

#[test]
fn every_key_is_explained_in_both_languages() {
    for lang in [Lang::En, Lang::Fr] {
        let schema = flow_schema(lang);
        for verb in VERBS.iter().filter(|verb| !verb.internal) {
            for key in verb.keys {
                let help = &schema["definitions"][verb.name]["properties"][key.name]["description"];
                assert!(
                    help.as_str().is_some_and(|text| !text.is_empty()),
                    "{}",
                    key.name
                );
            }
        }
    }
}
