//! The companies of the tests and of the demo fit the schema, judged by a validator that is not
//! ours; broken tables do not.

use std::path::{Path, PathBuf};

use jsonschema::Validator;

use super::*;

fn validator() -> Validator {
    jsonschema::draft7::new(&tenant_schema(Lang::Fr)).expect("the schema is one")
}

fn faults(validator: &Validator, text: &str) -> Vec<String> {
    let table: toml::Table = text.parse().unwrap();
    let value = serde_json::to_value(&table).unwrap();
    let errors = validator.iter_errors(&value);
    errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

/// The tables beside `tenant.toml` of every company below a folder.
fn tables(folder: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let companies = std::fs::read_dir(root.join("tenants")).unwrap();
    let companies = companies.map(|entry| entry.unwrap().path());
    let files = companies.flat_map(|company| std::fs::read_dir(company).unwrap());
    let paths = files.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .collect()
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the examples are files")]
fn the_tables_of_all_our_companies_are_good() {
    let validator = validator();
    let mut files = tables("../../../tests/examples");
    files.extend(tables("../../shell/server/demo"));
    assert!(files.len() > 8, "{files:?}");
    for path in files {
        let found = faults(&validator, &std::fs::read_to_string(&path).unwrap());
        assert_eq!(found, Vec::<String>::new(), "{}", path.display());
    }
}

#[test]
fn what_is_broken_is_underlined_where_it_stands() {
    let validator = validator();
    for (broken, place) in [
        ("rappel = 2", "/rappel"),
        ("[tenan]\n", ""),
        ("[tenant]\nlanguages = [\"fr\"]", "/tenant"),
        (
            "[calendar.c]\nmon-fri = [\"8h-12h\"]",
            "/calendar/c/mon-fri/0",
        ),
        ("[calendar.c]\nmonday = []", "/calendar/c"),
        (
            "[[calendar.c.except]]\non = \"24/12/2026\"",
            "/calendar/c/except/0/on",
        ),
        ("[person.p]\nvoice = \"maybe\"", "/person/p/voice"),
        ("[team.t]\n", "/team/t"),
        (
            "[queue.q]\nteam = \"t\"\nmax_wait = \"soon\"",
            "/queue/q/max_wait",
        ),
        (
            "[queue.q]\nteam = \"t\"\n[queue.q.announce]\nfirts = \"x\"",
            "/queue/q/announce",
        ),
        ("[line.l]\nnumber = \"0199000010\"", "/line/l/number"),
        (
            "[mailbox.m]\nescalate = [{ to = \"team:t\" }]",
            "/mailbox/m/escalate/0",
        ),
        (
            "[call_me.c]\nqueue = \"q\"\norigins = []\nper_number = \"often\"",
            "/call_me/c/per_number",
        ),
        ("[prompt.p]\nfrench = \"x\"", "/prompt/p"),
        ("[limits]\ncalls = -1", "/limits/calls"),
    ] {
        let found = faults(&validator, broken);
        assert!(
            found.iter().any(|fault| fault.starts_with(place)),
            "{place}: {found:?}"
        );
    }
}
