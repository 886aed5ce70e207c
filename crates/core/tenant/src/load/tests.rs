//! Folders of a company, whole and broken: what becomes of them and what is said.

mod examples;
mod hostile;
mod people;
mod strict;
mod tables;

use std::time::Duration;

use rappel_model::calendar::State;
use rappel_model::mailbox::MailboxOwner;
use rappel_model::{CalendarName, MailboxName, PersonName, PhoneNumber, Timestamp};

use super::*;

const TENANT: &str = r#"
rappel = 1
[tenant]
title     = "Garage Martin"
timezone  = "Europe/Paris"
languages = ["fr", "en"]
mailbox   = "accueil"
number    = "+33199000010"
"#;

const TABLES: &str = r#"
[calendar.garage]
timezone = "Europe/Paris"
holidays = ["FR"]
mon-fri  = ["08:30-12:00", "14:00-19:00"]
sat      = ["09:00-12:00"]

[[calendar.garage.except]]
on     = 2026-12-24
hours  = ["08:30-12:00"]

[[calendar.garage.except]]
from   = "2026-08-03"
to     = "2026-08-15"
reason = "congés annuels"

[person.lefevre]
name      = "Monsieur Lefèvre"
phones    = ["poste-10"]
extension = "10"
hours     = "garage"
backup    = "ventes"
focus     = ["14:00-15:00"]

[[person.lefevre.absence]]
from   = "2026-11-02"
to     = "2026-11-12"
reason = "congés"

[person.sofia]

[team.ventes]
members = ["sofia"]

[mailbox.accueil]
team     = "ventes"
calendar = "garage"
greeting = { open = "occupe", closed = "ferme" }
keep     = "30d"

[mailbox.lefevre]
person = "lefevre"
voice  = "off"

[line.principal]
number    = "+33 1 99 00 00 10"
extension = "100"
flow      = "accueil"

[line.english]
number   = "+33199000011"
flow     = "accueil"
language = "en"
answer   = "never"

[prompt.occupe]
fr = "Nous sommes occupés."
en = "We are busy."

[prompt.ferme]
fr = "Nous sommes fermés."
en = "We are closed."
"#;

const FLOW: &str = r#"
rappel = 1
[flow]
title     = "Accueil"
start     = "refuser"
languages = ["fr", "en"]
[step.refuser]
do = "reject"
"#;

/// The folder above, with some of its files replaced or added.
fn folder(changes: &[(&str, &str)]) -> Files {
    let mut files = Files::new("tenants/garage");
    let usual = [
        ("tenant.toml", TENANT),
        ("tables.toml", TABLES),
        ("flows/accueil.toml", FLOW),
    ];
    for (path, text) in usual.iter().chain(changes) {
        files.add(*path, *text).unwrap();
    }
    files
}

fn load_alone(files: &Files) -> Result<Version, Vec<Diagnostic>> {
    load(&TenantId::from("garage"), files, &Files::new("shared"))
}

/// The only problem of the folder with these changes, as shown to people.
fn problem(changes: &[(&str, &str)]) -> String {
    let problems = load_alone(&folder(changes)).expect_err("these files are wrong");
    let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown.len(),
        1,
        "one problem expected:\n{}",
        shown.join("\n\n")
    );
    shown.into_iter().next().unwrap()
}

/// The only problem of the tables with `from` replaced by `to`.
fn replaced(from: &str, to: &str) -> String {
    assert!(TABLES.contains(from), "{from}");
    problem(&[("tables.toml", &TABLES.replacen(from, to, 1))])
}

/// The only problem of the usual folder with more tables in a file of their own.
fn added(text: &str) -> String {
    problem(&[("more.toml", text)])
}

fn assert_shows(shown: &str, parts: &[&str]) {
    for part in parts {
        assert!(shown.contains(part), "{part:?} is not in\n{shown}");
    }
}

#[test]
fn a_whole_folder_becomes_a_version() {
    let version = load_alone(&folder(&[])).unwrap();
    assert_eq!(version.settings.title, "Garage Martin");
    assert_eq!(version.warnings, []);
    let number = PhoneNumber::parse("+33199000010").unwrap();
    let line = version.line_by_number(&number).unwrap();
    assert_eq!(
        (line.name.as_str(), line.flow.as_str()),
        ("principal", "accueil")
    );
    assert_eq!((line.language.as_str(), line.answer), ("fr", Answer::Auto));
    assert_eq!(version.line_by_extension("100"), Some(line));
    let english = version
        .lines
        .iter()
        .find(|line| line.name.as_str() == "english")
        .unwrap();
    assert_eq!(
        (english.language.as_str(), english.answer),
        ("en", Answer::Never)
    );

    let (name, person) = version.person_by_extension("10").unwrap();
    assert_eq!(name, &PersonName::from("lefevre"));
    assert_eq!(person.mailbox, Some(MailboxName::from("lefevre")));
    assert_eq!(person.focus[0].to_string(), "14:00-15:00");
    assert_eq!(person.absences[0].reason, "congés");
    let around = &version.surroundings;
    assert_eq!(around.people.persons["sofia"].name, "sofia");
    assert_eq!(around.mailbox, Some(MailboxName::from("accueil")));
    let mailbox = &around.mailboxes["accueil"];
    assert_eq!(mailbox.owner, MailboxOwner::Team("ventes".into()));
    assert_eq!(mailbox.keep, Some(Duration::from_secs(30 * 86_400)));
    assert!(mailbox.takes_voice && !around.mailboxes["lefevre"].takes_voice);
    assert!(version.prompts.prompt(&"occupe".into()).is_some());

    let calendar = &around.calendars[&CalendarName::from("garage")];
    let noon = |text: &str| Timestamp::from_jiff(text.parse().unwrap());
    assert_eq!(
        calendar.state_at(noon("2026-11-24T11:15:00Z")),
        State::Lunch
    );
    assert_eq!(
        calendar.state_at(noon("2026-12-24T11:15:00Z")),
        State::Closed
    );
    assert_eq!(
        calendar.state_at(noon("2026-08-04T09:00:00Z")),
        State::Exception
    );
}

#[test]
fn tables_may_be_split_over_files_in_any_way() {
    let (calendars, rest) = TABLES.split_once("[person.lefevre]").unwrap();
    let split = folder(&[
        ("tables.toml", ""),
        ("calendars.toml", calendars),
        ("rest.toml", &format!("rappel = 1\n[person.lefevre]{rest}")),
    ]);
    let one = load_alone(&folder(&[])).unwrap();
    let two = load_alone(&split).unwrap();
    assert_eq!(one.surroundings, two.surroundings);
    assert_eq!(one.lines, two.lines);
    assert_ne!(one.fingerprint, two.fingerprint);
    // Everything in one file.
    let mut files = Files::new("tenants/garage");
    files
        .add("tenant.toml", format!("{TENANT}{TABLES}"))
        .unwrap();
    files.add("flows/accueil.toml", FLOW).unwrap();
    assert_eq!(load_alone(&files).unwrap().surroundings, one.surroundings);
}

#[test]
fn a_fingerprint_changes_with_every_path_and_text() {
    let print = |files: &Files| load_alone(files).unwrap().fingerprint;
    let usual = print(&folder(&[]));
    assert_eq!(usual, print(&folder(&[])));
    assert_eq!(usual.len(), 12);
    assert!(usual.bytes().all(|b| b.is_ascii_hexdigit()));
    assert_ne!(usual, print(&folder(&[("x.toml", "")])));
    assert_ne!(
        print(&folder(&[("x.toml", "")])),
        print(&folder(&[("y.toml", "")]))
    );
    let mut shared = Files::new("shared");
    shared.add("x.toml", "").unwrap();
    let version = load(&TenantId::from("garage"), &folder(&[]), &shared).unwrap();
    assert_ne!(version.fingerprint, print(&folder(&[("x.toml", "")])));
}

#[test]
fn a_name_declared_twice_shows_both_places() {
    let shown = problem(&[("z.toml", "[person.sofia]\nname = \"Sofia\"\n")]);
    assert_shows(
        &shown,
        &[
            "error[R110]: the person \"sofia\" is declared twice",
            "z.toml:1:1",
            "tables.toml:30:9",
        ],
    );
    let tables = format!("{TABLES}\n[person.sofia]\n");
    let shown = problem(&[("tables.toml", &tables)]);
    assert_shows(
        &shown,
        &[
            "\"sofia\" is declared twice",
            "first declared at tenants/garage/tables.toml:",
        ],
    );
    let shown = replaced("reason = \"congés\"", "reason = \"a\"\nreason = \"b\"");
    assert_shows(&shown, &["\"reason\" is declared twice", "tables.toml:28"]);
    let shown = problem(&[("z.toml", "[tenant]\ntimezone = \"UTC\"\n")]);
    assert_shows(&shown, &["[tenant] is declared twice", "z.toml:1:1"]);
}

#[test]
fn unknown_keys_and_names_are_refused_with_the_nearest() {
    let shown = replaced("backup    = ", "bakup    = ");
    assert_shows(
        &shown,
        &[
            "R101",
            "[person.lefevre] has no key \"bakup\"",
            "did you mean \"backup\"?",
        ],
    );
    let shown = replaced("hours     = \"garage\"", "hours     = \"garrage\"");
    assert_shows(
        &shown,
        &[
            "R106",
            "no calendar is named \"garrage\"",
            "did you mean \"garage\" (line 2)?",
            "^^^^^^^^^",
        ],
    );
    let shown = replaced("members = [\"sofia\"]", "members = [\"sofya\", \"sofia\"]");
    assert_shows(
        &shown,
        &[
            "no person is named \"sofya\"",
            "did you mean \"sofia\" (line 30)?",
        ],
    );
    let shown = replaced("mon-fri  =", "mon-fry  =");
    assert_shows(&shown, &["[calendar.garage] has no key \"mon-fry\""]);
    let shown = replaced("open = \"occupe\"", "open = \"occupé\"");
    assert_shows(
        &shown,
        &["no prompt is named \"occupé\"", "did you mean \"occupe\""],
    );
    let shown = replaced("flow      = \"accueil\"", "flow      = \"acueil\"");
    assert_shows(
        &shown,
        &["no flow is named \"acueil\"", "did you mean \"accueil\"?"],
    );
    let shown = added("[calender.x]\n");
    assert_shows(
        &shown,
        &["a tenant has no \"calender\"", "did you mean \"calendar\"?"],
    );
    let shown = problem(&[("tenant.toml", &TENANT.replace("\"accueil\"", "\"acceuil\""))]);
    assert_shows(
        &shown,
        &[
            "no mailbox is named \"acceuil\"",
            "did you mean \"accueil\"?",
        ],
    );
}

#[test]
fn hours_are_read_strictly() {
    for (hours, says) in [
        ("[\"08:30-25:00\"]", "a day has no such time"),
        ("[\"08:30\"]", "opening hours are written like"),
        ("[\"19:00-08:30\"]", "this ends before it begins"),
        (
            "[\"08:30-12:00\", \"11:00-14:00\"]",
            "08:30-12:00 and 11:00-14:00 overlap",
        ),
        ("\"08:30-12:00\"", "write a list of openings"),
        ("[8]", "is a number"),
    ] {
        assert_shows(
            &replaced("[\"08:30-12:00\", \"14:00-19:00\"]", hours),
            &[says],
        );
    }
    assert_shows(
        &replaced("sat      =", "fri-sat      ="),
        &["fri is in \"mon-fri\" and in \"fri-sat\""],
    );
    assert_shows(
        &replaced("[\"FR\"]", "[\"FR\", \"ZZ\"]"),
        &["holidays of \"ZZ\"", "GB-ENG"],
    );
    assert_shows(
        &replaced("timezone = \"Europe/Paris\"", "timezone = \"Europe/Pari\""),
        &[
            "no time zone is named \"Europe/Pari\"",
            "did you mean \"Europe/Paris\"?",
        ],
    );
    assert_shows(
        &added("[calendar.jamais]\nholidays = [\"FR\"]\n"),
        &["R503", "is never open", "remedy"],
    );
    let many = vec!["\"00:00-00:01\""; 25].join(",");
    assert_shows(
        &added(&format!("[calendar.x]\nmon = [{many}]\n")),
        &["a day may have 24 openings"],
    );
}

#[test]
fn days_off_are_read_strictly() {
    for (from, to, says) in [
        ("2026-12-24", "2026-12-24T10:00:00", "write a date alone"),
        ("\"2026-08-03\"", "\"2026-02-30\"", "is not a date"),
        ("\"2026-08-03\"", "\"3 août\"", "write 2026-12-24"),
        (
            "\"2026-08-03\"",
            "\"2026-08-16\"",
            "this ends on 2026-08-15, before it begins",
        ),
        ("from   = \"2026-08-03\"\n", "", "has no \"from\""),
        ("to     = \"2026-11-12\"\n", "", "has no \"to\""),
        (
            "on     = 2026-12-24",
            "on = 2026-12-24\nfrom = 2026-12-24",
            "write \"on\" for one day",
        ),
        (
            "keep     = \"30d\"",
            "keep     = \"30 days\"",
            "is not a duration",
        ),
    ] {
        assert_shows(&replaced(from, to), &[says]);
    }
    let twice = TABLES.replacen(
        "[person.lefevre]",
        "[[calendar.garage.except]]\non = 2026-12-24\n[person.lefevre]",
        1,
    );
    assert_shows(
        &problem(&[("tables.toml", &twice)]),
        &["these days have an exception already"],
    );
}

#[test]
fn numbers_and_extensions_belong_to_one() {
    let shown = replaced("\"+33199000011\"", "\"+33199000010\"");
    assert_shows(
        &shown,
        &[
            "R504",
            "the number +33199000010 belongs to the line \"english\" already",
            "first declared at",
        ],
    );
    let shown = replaced("extension = \"100\"", "extension = \"10\"");
    assert_shows(
        &shown,
        &["the extension 10 belongs to the line \"principal\" already"],
    );
    for (extension, says) in [
        ("*98", "engine's own codes"),
        ("112", "calls for help"),
        ("15", "calls for help"),
        ("7", "two to six digits"),
        ("1234567", "two to six digits"),
        ("1a", "two to six digits"),
        ("", "two to six digits"),
    ] {
        assert_shows(&replaced("\"100\"", &format!("\"{extension}\"")), &[says]);
    }
    assert_shows(
        &replaced("\"+33199000011\"", "\"0199000011\""),
        &["R214", "+33199000010"],
    );
    assert_shows(
        &replaced("number   = \"+33199000011\"\n", ""),
        &["[line.english] has no \"number\""],
    );
    assert_shows(
        &replaced("flow     = \"accueil\"\n", ""),
        &["nothing answers this line", "write one of  flow"],
    );
    assert_shows(
        &replaced("\"never\"", "\"nevre\""),
        &["is one of: auto, never", "did you mean \"never\"?"],
    );
    assert_shows(
        &replaced("language = \"en\"", "language = \"en-US\""),
        &["the tenant does not speak \"en-US\""],
    );
    assert_shows(
        &replaced("language = \"en\"", "language = \"de\""),
        &["the language \"de\" is not spoken here"],
    );
}

#[test]
fn people_teams_and_mailboxes_have_somebody() {
    assert_shows(
        &added("[team.vide]\n"),
        &["R501", "the team \"vide\" has no members"],
    );
    assert_shows(&added("[mailbox.x]\n"), &["nobody hears the mailbox \"x\""]);
    let both = "[mailbox.x]\nteam = \"ventes\"\nperson = \"sofia\"\n";
    assert_shows(&added(both), &["has a person and a team"]);
    let second = "[mailbox.x]\nperson = \"lefevre\"\n";
    assert_shows(
        &added(second),
        &["\"lefevre\" has a mailbox already", "tables.toml"],
    );
    assert_shows(
        &replaced("[\"sofia\"]", "[\"sofia\", \"sofia\"]"),
        &["in the team twice"],
    );
    assert_shows(
        &replaced("[\"poste-10\"]", "[\"poste-10\", \"poste-10\"]"),
        &["listed twice"],
    );
    assert_shows(
        &replaced("[\"poste-10\"]", "[\"sip:poste@10\"]"),
        &["cannot be a user"],
    );
    let many: Vec<_> = (0..11).map(|n| format!("\"poste-{n}\"")).collect();
    assert_shows(
        &replaced("\"poste-10\"", &many.join(",")),
        &["may have 10 phones"],
    );
    assert_shows(&added("[person.\"a b\"]\n"), &["R115", "cannot be a name"]);
    assert_shows(
        &added("[prompt.\"../x\"]\nfr = \"x\"\n"),
        &["cannot be a name"],
    );
    assert_shows(&added("[person]\nx = 1\n"), &["\"x\" is not a table"]);
    assert_shows(&added("person = 1\n"), &["\"person\" is a table"]);
}

#[test]
fn sentences_have_words_and_recordings() {
    let shown = replaced("en = \"We are busy.\"\n", "");
    assert_shows(
        &shown,
        &["R401", "the prompt \"occupe\" has no words in \"en\""],
    );
    assert_shows(&added("[prompt.vide]\n"), &["has no words"]);
    assert_shows(
        &added("[prompt.x]\nfrench = \"x\"\n"),
        &["a prompt has no key \"french\""],
    );
    assert_shows(
        &added("[prompt.x]\nfr = 3\n"),
        &["the words in \"fr\" are not a text"],
    );

    for (key, meant) in [("lundi-vendredi", "mon-fri"), ("sunday", "sun")] {
        let day = added(&format!("[calendar.x]\n{key} = [\"08:00-12:00\"]\n"));
        assert_shows(&day, &[&format!("write {meant}")]);
    }
    let voice = added("[mailbox.x]\nteam = \"ventes\"\nvoice = \"non\"\n");
    assert_shows(&voice, &["is one of: on, off"]);
    assert!(!voice.contains("did you mean \"on\""), "{voice}");
    let unspoken = folder(&[("more.toml", "[prompt.x]\nfr = \"Oui.\"\nde = \"Ja.\"\n")]);
    let warnings = load_alone(&unspoken).unwrap().warnings;
    let unspoken: Vec<_> = warnings
        .iter()
        .filter(|w| w.code == codes::UNSPOKEN)
        .collect();
    assert_eq!(unspoken.len(), 1);
    assert_shows(
        &unspoken[0].to_string(),
        &["more.toml:3", "the company does not speak \"de\""],
    );

    let with = |clips: &[&str]| {
        let mut files = folder(&[(
            "more.toml",
            "[prompt.reste]\nfr = \"Il reste {2|number} places.\"\n",
        )]);
        files.set_recordings(clips.iter().map(ToString::to_string));
        let mut shared = Files::new("shared");
        shared
            .add("prompts.toml", "[prompt.bip]\nfr = \"Bip.\"\n")
            .unwrap();
        shared.set_recordings(["en/occupe".to_owned(), "en/ferme".to_owned()]);
        load(&TenantId::from("garage"), &files, &shared)
    };
    let complete = ["fr/occupe", "fr/ferme", "fr/reste.1", "fr/reste.2"];
    let warnings = with(&complete).unwrap().warnings;
    assert_eq!(warnings.len(), 1);
    assert_shows(
        &warnings[0].to_string(),
        &["warning[R405]", "shared/prompts.toml", "\"bip\""],
    );
    let problems = with(&complete[..3]).unwrap_err();
    let errors: Vec<_> = problems
        .iter()
        .filter(|problem| problem.is_error())
        .collect();
    assert_eq!(errors.len(), 1);
    assert_shows(
        &errors[0].to_string(),
        &[
            "\"reste\" is not recorded in \"fr\"",
            "record prompts/fr/reste.2.wav",
        ],
    );
}

#[test]
fn a_company_says_how_values_are_said() {
    let spoken = "huitante = true\nlongest_wait = \"4h\"\nmailbox";
    let text = TENANT.replace("mailbox", spoken);
    let version = load_alone(&folder(&[("tenant.toml", &text)])).unwrap();
    let around = &version.surroundings;
    assert!(around.spoken.huitante && !around.spoken.voice);
    assert_eq!(around.spoken.ceiling, Duration::from_secs(4 * 3_600));
}

#[test]
fn the_company_is_read_strictly() {
    let tenant = |from: &str, to: &str| problem(&[("tenant.toml", &TENANT.replace(from, to))]);
    assert_shows(
        &tenant("rappel = 1", "rappel = 2"),
        &["R002", "write  rappel = 1"],
    );
    assert_shows(
        &tenant("rappel = 1", ""),
        &["the version of the language is missing"],
    );
    assert_shows(
        &tenant("timezone  = \"Europe/Paris\"\n", ""),
        &["[tenant] has no \"timezone\""],
    );
    assert_shows(
        &tenant("mailbox", "huitante = 80\nmailbox"),
        &["\"huitante\" is a number", "write true or false"],
    );
    for wait in ["59s", "241m"] {
        assert_shows(
            &tenant("mailbox", &format!("longest_wait = \"{wait}\"\nmailbox")),
            &["tenant.toml:7", "between 1m and 4h"],
        );
    }
    assert_shows(
        &tenant("[\"fr\", \"en\"]", "[\"fr\", \"fr\", \"en\"]"),
        &["\"fr\" is listed twice"],
    );
    assert_shows(
        &tenant("number    =", "domain = \"a b\"\nnumber    ="),
        &["is not a domain"],
    );
    assert_shows(
        &tenant("number    =", "on_error = \"x\"\nnumber    ="),
        &["no flow is named \"x\""],
    );
    let mut files = folder(&[]);
    files.add("notes.txt", "x").unwrap();
    files.add("a/b.toml", "x").unwrap();
    files.add("flows/x.TOML", "rappel = 1").unwrap();
    let problems = load_alone(&files).unwrap_err();
    assert!(problems.iter().all(|p| p.code == codes::STRAY_FILE) && problems.len() == 3);
    let problems = load_alone(&Files::new("tenants/x")).unwrap_err();
    assert_shows(
        &problems[0].to_string(),
        &["there is no tenant.toml", "tenants/x/tenant.toml"],
    );
}

#[test]
fn what_is_wrong_with_a_flow_is_told_with_its_path() {
    let wrong = FLOW.replace("\"refuser\"", "\"refusr\"");
    let shown = problem(&[("flows/accueil.toml", &wrong)]);
    assert_shows(
        &shown,
        &[
            "error[R104]: no step is named \"refusr\"",
            "--> tenants/garage/flows/accueil.toml:5:13",
            "did you mean \"refuser\" (line 7)?",
        ],
    );
    // Problems of several files come together.
    let files = folder(&[
        ("flows/accueil.toml", &wrong),
        ("more.toml", "[team.vide]\n"),
    ]);
    let codes: Vec<_> = load_alone(&files)
        .unwrap_err()
        .iter()
        .map(|p| p.code)
        .collect();
    assert_eq!(codes, ["R104", "R501"]);
}

#[test]
fn text_that_is_not_toml_is_refused_alone() {
    let shown = problem(&[("tenant.toml", "rappel = 1\n[tenant\n")]);
    assert_shows(
        &shown,
        &[
            "error[R001]: this is not TOML",
            "tenants/garage/tenant.toml:2:",
        ],
    );
}

#[test]
fn the_shared_folder_offers_and_never_takes_over() {
    let mut shared = Files::new("shared");
    let tables = "[calendar.garage]\nmon = [\"00:00-24:00\"]\n[calendar.commun]\nsun = [\"10:00-11:00\"]\n\
                  [prompt.occupe]\nfr = \"x\"\n[prompt.commun]\nfr = \"Bonjour.\"\n";
    shared.add("tables.toml", tables).unwrap();
    shared.add("flows/commun.toml", FLOW).unwrap();
    shared.add("flows/autre.toml", FLOW).unwrap();
    let load = |files: &Files| load(&TenantId::from("garage"), files, &shared);
    let files = folder(&[(
        "more.toml",
        "[line.x]\nnumber = \"+33199000020\"\nflow = \"commun\"\n",
    )]);
    let version = load(&files).unwrap();
    assert!(version.surroundings.calendars.contains_key("commun"));
    assert!(version.prompts.prompt(&"commun".into()).is_some());
    assert_eq!(
        version.surroundings.calendars["garage"],
        load_alone(&folder(&[])).unwrap().surroundings.calendars["garage"]
    );
    let offered = |files: &Files, named: &[&str]| -> Vec<String> {
        let mut problems = Problems::default();
        let flows = flow_files(files, &shared, named, &mut problems);
        flows.iter().map(|flow| flow.name.to_string()).collect()
    };
    assert_eq!(offered(&folder(&[]), &["accueil"]), ["accueil"]);
    assert_eq!(offered(&files, &["commun"]), ["accueil", "commun"]);
    let goes = folder(&[("flows/va.toml", "[step.x]\ndo = \"goto\"\nflow = 'autre'\n")]);
    assert_eq!(offered(&goes, &[]), ["accueil", "va", "autre"]);

    let mut wrong = Files::new("shared");
    wrong.add("people.toml", "[person.x]\n").unwrap();
    let problems = super::load(&TenantId::from("garage"), &folder(&[]), &wrong).unwrap_err();
    assert_shows(
        &problems[0].to_string(),
        &["the shared folder may not declare [person]"],
    );
}

#[test]
fn a_calendar_that_does_not_open_soon_is_a_warning_with_a_date() {
    let files = folder(&[(
        "more.toml",
        "[calendar.foire]\n[[calendar.foire.except]]\non = 2027-05-01\nhours = [\"09:00-18:00\"]\n",
    )]);
    let version = load_alone(&files).unwrap();
    let at = |text: &str| Timestamp::from_jiff(text.parse().unwrap());
    let warnings = version.warnings_at(at("2026-11-24T10:00:00Z"));
    assert_eq!(warnings.len(), 1);
    assert_shows(
        &warnings[0].to_string(),
        &["warning[W9]", "\"foire\"", "more.toml:1:11"],
    );
    assert_eq!(version.warnings_at(at("2027-04-15T10:00:00Z")), []);
}

#[test]
fn two_tenants_cannot_claim_one_number() {
    let one = load_alone(&folder(&[])).unwrap();
    let two = load(&TenantId::from("autre"), &folder(&[]), &Files::default()).unwrap();
    assert_eq!(crate::clashes([&one]), []);
    let problems = crate::clashes([&one, &two]);
    assert_eq!(problems.len(), 2);
    assert_shows(
        &problems[0].to_string(),
        &["R504", "belongs to the tenant \"garage\" already"],
    );
}
