//! What two versions of one company say they change.

use rappel_ivr::words::Lang;
use rappel_model::TenantId;

use super::*;
use crate::files::Files;
use crate::load::load;

const TABLES: &str = r#"
rappel = 1
[tenant]
title     = "Garage Martin"
timezone  = "Europe/Paris"
languages = ["fr"]
mailbox   = "accueil"

[calendar.garage]
mon-fri  = ["08:30-12:00", "14:00-19:00"]
sat      = ["09:00-12:00"]

[person.sofia]
phones = ["poste-11"]
[person.karim]
phones = ["poste-12"]

[team.ventes]
members = ["sofia"]

[queue.ventes]
team     = "ventes"
calendar = "garage"
max_wait = "4m"

[mailbox.accueil]
team = "ventes"

[line.principal]
number = "+33199000010"
flow   = "accueil"

[prompt.bonjour]
fr = "Bonjour."
"#;

const FLOW: &str = r#"
rappel = 1
[flow]
start     = "ouverture"
languages = ["fr"]
[step.ouverture]
do        = "hours"
calendar  = "garage"
on.open   = "bonjour"
on.closed = "fin"
[step.bonjour]
do     = "play"
prompt = "bonjour"
next   = "fin"
[step.fin]
do     = "hangup"
prompt = "bonjour"
"#;

fn version(tables: &str, flow: &str) -> Version {
    let mut files = Files::new("tenants/garage");
    files.add("tenant.toml", tables).unwrap();
    files.add("flows/accueil.toml", flow).unwrap();
    load(&TenantId::from("garage"), &files, &Files::default()).unwrap_or_else(|problems| {
        let shown: Vec<_> = problems.iter().map(ToString::to_string).collect();
        panic!("{}", shown.join("\n"))
    })
}

/// What replacing parts of the usual company changes, in English.
fn told(tables: &[(&str, &str)], flow: &[(&str, &str)]) -> Vec<String> {
    let replace = |text: &str, with: &[(&str, &str)]| {
        with.iter().fold(text.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        })
    };
    let new = version(&replace(TABLES, tables), &replace(FLOW, flow));
    let changes = changes(&version(TABLES, FLOW), &new);
    assert!(
        changes
            .windows(2)
            .all(|pair| pair[0].subject <= pair[1].subject)
    );
    for change in &changes {
        let (en, fr) = (
            change.words.in_lang(Lang::En),
            change.words.in_lang(Lang::Fr),
        );
        assert!(
            !en.is_empty() && !fr.is_empty() && !fr.contains('"'),
            "{fr}"
        );
    }
    changes.into_iter().map(|change| change.words.en).collect()
}

#[test]
fn comments_and_order_change_nothing() {
    let moved = TABLES.replace("[prompt.bonjour]\nfr = \"Bonjour.\"\n", "");
    let moved = moved.replace(
        "[person.sofia]",
        "# quelqu'un\n[prompt.bonjour]\nfr = 'Bonjour.'\n\n[person.sofia]",
    );
    let (start, steps) = FLOW.split_once("[step.bonjour]").unwrap();
    let (middle, end) = steps.split_once("[step.fin]").unwrap();
    let flow = format!("{start}[step.fin]{end}note = \"x\"\n[step.bonjour]{middle}");
    assert_eq!(changes(&version(TABLES, FLOW), &version(&moved, &flow)), []);
}

#[test]
fn lines_come_go_and_lead_elsewhere() {
    let second = (
        "[prompt.bonjour]",
        "[line.deux]\nnumber = \"+33199000011\"\nperson = \"sofia\"\n[prompt.bonjour]",
    );
    assert_eq!(told(&[second], &[]), ["+33199000011: new, rings \"sofia\""]);
    assert_eq!(
        told(&[("+33199000010", "+33199000012")], &[]),
        [
            "+33199000010: no longer answered (leads to the flow \"accueil\")",
            "+33199000012: new, leads to the flow \"accueil\"",
        ]
    );
    assert_eq!(
        told(
            &[(
                "flow   = \"accueil\"",
                "person = \"karim\"\nextension = \"20\""
            )],
            &[]
        ),
        [
            "+33199000010: rings \"karim\"; before, leads to the flow \"accueil\"",
            "+33199000010: extension – → 20",
        ]
    );
}

#[test]
fn hours_are_told_day_by_day() {
    let changed = told(
        &[(
            "sat      = [\"09:00-12:00\"]",
            "sat = [\"09:00-13:00\"]\nsun = [\"10:00-11:00\"]",
        )],
        &[],
    );
    assert_eq!(
        changed,
        [
            "calendar \"garage\": sat 09:00-12:00 → 09:00-13:00",
            "calendar \"garage\": sun nothing → 10:00-11:00",
        ]
    );
    let closed = (
        "[person.sofia]",
        "[[calendar.garage.except]]\nfrom = 2026-08-03\nto = 2026-08-15\n[person.sofia]",
    );
    assert_eq!(
        told(&[closed], &[]),
        ["calendar \"garage\": exception from 2026-08-03 to 2026-08-15, open: nothing"]
    );
    let lunch = (
        "[person.sofia]",
        "[calendar.autre]\nmon = [\"09:00-10:00\"]\n[person.sofia]",
    );
    assert_eq!(told(&[lunch], &[]), ["calendar \"autre\": new"]);
    assert_eq!(
        told(&[("mon-fri  =", "lunch = \"1h\"\nmon-fri  =")], &[]),
        ["calendar \"garage\": time zone, holidays or lunch change"]
    );
}

#[test]
fn flows_are_told_step_by_step() {
    assert_eq!(
        told(
            &[],
            &[(
                "on.closed = \"fin\"",
                "on.closed = \"bonjour\"\non.lunch = \"fin\""
            )]
        ),
        [
            "flow \"accueil\", step \"ouverture\": on \"closed\" it leads to: fin → bonjour",
            "flow \"accueil\", step \"ouverture\": on \"lunch\" it leads to: – → fin",
        ]
    );
    let added = (
        "[step.fin]",
        "[step.ferme]\ndo = \"hangup\"\nprompt = \"bonjour\"\n[step.fin]",
    );
    assert_eq!(
        told(
            &[],
            &[("on.closed = \"fin\"", "on.closed = \"ferme\""), added]
        ),
        [
            "flow \"accueil\", step \"ferme\": new",
            "flow \"accueil\", step \"ouverture\": on \"closed\" it leads to: fin → ferme",
        ]
    );
    assert_eq!(
        told(
            &[],
            &[(
                "start     = \"ouverture\"",
                "start = \"bonjour\"\ntitle = \"Accueil\""
            )]
        )
        .first(),
        Some(&"flow \"accueil\": start: ouverture → bonjour".to_owned())
    );
    assert_eq!(
        told(&[("\"Bonjour.\"", "\"Bonjour, garage Martin.\"")], &[]),
        ["\"bonjour\" (fr): Bonjour. → Bonjour, garage Martin."]
    );
}

#[test]
fn people_queues_and_mailboxes_are_told() {
    assert_eq!(
        told(
            &[
                ("[\"sofia\"]", "[\"sofia\", \"karim\"]"),
                ("\"poste-12\"", "\"poste-13\"")
            ],
            &[]
        ),
        [
            "person \"karim\": phones: poste-12 → poste-13",
            "team \"ventes\": sofia → sofia, karim",
        ]
    );
    assert_eq!(
        told(
            &[(
                "max_wait = \"4m\"",
                "max_wait = \"6m\"\nannounce.first = \"bonjour\""
            )],
            &[]
        ),
        [
            "queue \"ventes\": longest wait: 4m → 6m",
            "queue \"ventes\": announcements: changed",
        ]
    );
    assert_eq!(
        told(
            &[(
                "[mailbox.accueil]\nteam = \"ventes\"",
                "[mailbox.accueil]\nperson = \"karim\""
            )],
            &[]
        ),
        [
            "person \"karim\": changed",
            "mailbox \"accueil\": heard by: team:ventes → person:karim",
        ]
    );
    assert_eq!(
        told(
            &[
                ("\"Garage Martin\"", "\"Garage Petit\""),
                ("\"Europe/Paris\"", "\"Europe/Brussels\"")
            ],
            &[]
        )
        .into_iter()
        .filter(|change| !change.starts_with("calendar"))
        .collect::<Vec<_>>(),
        [
            "title: Garage Martin → Garage Petit",
            "time zone: Europe/Paris → Europe/Brussels"
        ]
    );
}

#[test]
fn what_is_told_is_bounded() {
    let many: String = (0..MAX_CHANGES + 50)
        .map(|n| format!("[prompt.p{n}]\nfr = \"Bonjour.\"\n"))
        .collect();
    let new = version(&format!("{TABLES}\n{many}"), FLOW);
    let changes = changes(&version(TABLES, FLOW), &new);
    assert_eq!(changes.len(), MAX_CHANGES);
    assert_eq!(changes.last().unwrap().words.en, "and 51 more changes");
    assert_eq!(
        cut(&"é".repeat(MAX_SHOWN + 1)).chars().count(),
        MAX_SHOWN + 1
    );
    assert_eq!(cut("court"), "court");
}
