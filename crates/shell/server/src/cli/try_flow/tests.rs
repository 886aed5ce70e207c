//! Calls played with `rappel try` to the demo company.

use rappel_model::TenantId;

use super::*;
use crate::config::tenant_files::Folder;

/// Plays the demo company's `flow` with these lines typed; what the terminal shows.
fn tried(flow: &str, at: &str, lines: &str) -> String {
    let args = TryArgs {
        flow: flow.to_owned(),
        at: Some(at.to_owned()),
        caller: Some("+33639981234".to_owned()),
        language: None,
        listen: None,
        as_served: false,
        seed: 1,
        company: Company::default(),
        spoken: Spoken::default(),
    };
    let company = demo();
    let call = Call::prepare(&args, &company, Timestamp::default()).unwrap();
    let recordings = Rc::new(Recordings::new(company.catalog, company.tenant));
    let mut out = Vec::new();
    play(
        call,
        &recordings,
        Lang::En,
        lines.as_bytes(),
        true,
        &mut out,
    )
    .unwrap();
    String::from_utf8(out).unwrap()
}

fn demo() -> Opened {
    let folder = Folder::from_table(crate::cli::demo::files::FILES);
    let tenant = TenantId::from("garage-martin");
    Opened {
        version: Arc::new(folder.load(&tenant).unwrap()),
        tenant,
        folder,
        catalog: rappel_prompts::Catalog::embedded(),
        tables: std::collections::BTreeMap::new(),
    }
}

fn assert_shows(told: &str, parts: &[&str]) {
    let mut rest = told;
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => panic!("{part:?} does not come (in this order) in\n{told}"),
        }
    }
}

#[test]
fn lunch_offers_a_message_and_keeps_it() {
    let told = tried("accueil", "2026-11-24 12:15", "2\nsay 8s\n1\n");
    assert_shows(
        &told,
        &[
            "Tuesday 24 November 2026, 12:15: +33639981234 calls the flow \"accueil\"",
            "ouverture (hours)",
            "on.lunch",
            "Nous sommes à table",
            "> 2",
            "(beep)",
            "(the caller speaks for 8 s)",
            "(kept in the mailbox \"accueil\": 8 s)",
            "Au revoir",
            "(the engine hangs up",
            "tag motif = midi",
            "a message of 8 s in the mailbox \"accueil\"",
        ],
    );
}

#[test]
fn the_same_call_is_played_the_same() {
    let lines = "2\nnone\nsay 4s\n1\n";
    let once = tried("menu", "2026-11-24 10:00", lines);
    assert_eq!(once, tried("menu", "2026-11-24 10:00", lines));
    assert_shows(
        &once,
        &["menu-garage", "rings atelier (Karim), for 20 s"].map(|part| {
            if part == "menu-garage" {
                "Pour un véhicule"
            } else {
                part
            }
        }),
    );
}

#[test]
fn a_conversation_ends_the_call() {
    let told = tried("menu", "2026-11-24 10:00", "1\nanswer 2m\n");
    assert_shows(
        &told,
        &[
            "rings ventes (Sofia, Karim",
            "they talk for 2 min",
            "The call lasted 2 min",
        ],
    );
}

#[test]
fn somebody_on_leave_is_not_rung() {
    let told = tried("menu", "2026-11-05 10:00", "3\nhang\n");
    assert_shows(&told, &["on.absent", "est en congés", "> hang"]);
    assert!(!told.contains("(rings"), "{told}");
    let told = tried("absente", "2031-01-01 10:00", "hang\n");
    assert_shows(&told, &["Moreau est en voyage"]);
}

#[test]
fn english_begins_in_english_and_nine_changes_to_it() {
    assert_shows(
        &tried("welcome", "2026-11-24 10:00", "hang\n"),
        &["For a vehicle, press 1"],
    );
    let told = tried("menu", "2026-11-24 10:00", "9\nhang\n");
    assert_shows(
        &told,
        &["Pour un véhicule", "> 9", "For a vehicle, press 1"],
    );
}

#[test]
fn silence_comes_to_an_end() {
    let told = tried("menu", "2026-11-24 10:00", "\n\n\n\n\n\n\n\n");
    assert_shows(
        &told,
        &["Je n'ai rien entendu", "Toujours rien", "rings ventes"],
    );
}

#[test]
fn a_line_that_is_never_answered_is_refused() {
    let told = tried("refus", "2026-11-24 10:00", "");
    assert_shows(&told, &["(refused: busy)", "never answered"]);
}

#[test]
fn digits_are_said_again() {
    let told = tried("nombre", "2026-11-24 10:00", "21#\n");
    assert_shows(&told, &["Vous avez tapé", "vingt et un"]);
}

#[test]
fn strange_lines_are_explained_and_the_end_of_input_hangs_up() {
    let told = tried("midi", "2026-11-24 10:00", "hello\n+3s\n");
    assert_shows(
        &told,
        &[
            "> hello",
            "(not understood",
            "(the caller hangs up)",
            "The call lasted",
        ],
    );
}

#[test]
fn wrong_names_and_times_are_explained() {
    let company = demo();
    let prepare = |flow: &str, at: &str| {
        let args = TryArgs {
            flow: flow.to_owned(),
            at: Some(at.to_owned()),
            caller: None,
            language: None,
            listen: None,
            as_served: false,
            seed: 1,
            company: Company::default(),
            spoken: Spoken::default(),
        };
        Call::prepare(&args, &company, Timestamp::default())
            .map(drop)
            .unwrap_err()
    };
    let error = prepare("acueil", "2026-11-24 10:00");
    assert!(error.contains("did you mean \"accueil\"?"), "{error}");
    let error = prepare("accueil", "noon");
    assert!(
        error.contains("is not a time: write \"2026-11-24 12:15\""),
        "{error}"
    );
}
