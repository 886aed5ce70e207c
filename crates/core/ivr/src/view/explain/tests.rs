//! Sentences as a shop owner reads them.

use super::*;

fn explained(text: &str, tables: &str, lang: Lang) -> String {
    let mut known = Tables::default();
    known.add(tables);
    let flow = FlowView::read("f", text, &known.defaults).unwrap();
    // Where a line is broken is no part of what is said.
    let page = explain(&flow, &known, lang);
    let page = page.replace('\u{a0}', " ");
    page.split_whitespace().collect::<Vec<_>>().join(" ")
}

const GARAGE: &str =
    include_str!("../../../../../../tests/examples/tenants/garage-martin/flows/accueil.toml");
const PROMPTS: &str =
    include_str!("../../../../../../tests/examples/tenants/garage-martin/prompts.toml");
const CENTRE: &str =
    include_str!("../../../../../../tests/examples/tenants/lumen/flows/accueil.toml");

#[test]
fn the_lunch_break_of_the_garage_reads_as_the_manual_shows() {
    let page = explained(GARAGE, PROMPTS, Lang::Fr);
    let expected = "Pendant la pause du midi, l'appelant entend « Nous sommes à table et revenons \
        [jour et heure de la réouverture].";
    assert!(page.contains(expected), "{page}");
    assert!(
        page.contains("1, être rappelé à la réouverture ("),
        "{page}"
    );
    assert!(page.contains(" ; 2, laisser un message ("), "{page}");
    let page = explained(GARAGE, PROMPTS, Lang::En);
    assert!(
        page.contains("During the lunch break, the caller hears “We are at lunch"),
        "{page}"
    );
}

#[test]
fn every_step_is_told_once_and_the_opening_first() {
    for text in [GARAGE, CENTRE] {
        let flow = FlowView::read("f", text, &Default::default()).unwrap();
        let page = explain(&flow, &Tables::default(), Lang::Fr);
        for (i, _) in flow.steps.iter().enumerate() {
            let heading = format!("\n{}. ", i + 1);
            assert_eq!(page.matches(&heading).count(), 1, "{page}");
        }
        let first = page.find("\n1. ").unwrap();
        assert!(page[first..].starts_with(&format!("\n1. {}", flow.start)));
        assert!(
            page.lines().all(|line| line.chars().count() <= PAGE + 10),
            "{page}"
        );
    }
}

#[test]
fn defaults_are_told_as_they_apply() {
    let flow = "[flow]\nstart = \"a\"\non_error = \"m\"\n\
        [step.a]\ndo = \"reach\"\nperson = \"d\"\non.no_answer = \"q\"\n\
        [step.q]\ndo = \"queue\"\nqueue = \"ventes\"\non.not_served = \"r\"\non.timeout = \"m\"\n\
        [step.r]\ndo = \"callback\"\nqueue = \"ventes\"\nnext = \"m\"\non.give_up = \"q\"\n\
        [step.m]\ndo = \"voicemail\"\nmailbox = \"x\"\nmax = \"1m30s\"\non.empty = \"m\"\nnext = \"m\"\n";
    let tables = "[person.d]\nname = \"Madame Durand\"\n[defaults.callback]\n\
        on.bad_number = \"m\"\non.give_up = \"m\"\n";
    let page = explained(flow, tables, Lang::Fr);
    for part in [
        "On fait sonner Madame Durand, pendant 25 secondes.",
        "si personne ne répond, si c'est occupé, si l'appel est refusé",
        "après la conversation : terminer l'appel",
        "si l'attente dure trop : laisser un message",
        "s'il n'y a personne pour répondre, si la file est pleine : être rappelé",
        "si le numéro n'est pas bon",
        "s'il renonce : attendre quelqu'un",
        "(1 minute 30 secondes au plus)",
        "Quand une étape échoue sans rien dire d'autre : laisser un message",
        "si la messagerie est pleine, si la messagerie ne prend pas la voix : comme quand une étape échoue",
    ] {
        assert!(page.contains(part), "{part} is missing in\n{page}");
    }
}

#[test]
fn holes_are_words_and_braces_of_the_operator_stay() {
    let flow = FlowView::read("f", "[flow]\nstart = \"a\"\n", &Default::default()).unwrap();
    let chart = Chart::new(&flow, Lang::Fr);
    let teller = Teller {
        flow: &flow,
        tables: &Tables::default(),
        chart: &chart,
        lang: Lang::Fr,
    };
    let shown = teller.with_words("Attente {wait|between}, {{x}}, {nom|odd}, {a|money} { ");
    assert_eq!(
        shown,
        "Attente [entre … et … minutes], {x}, [nom], [montant] "
    );
    assert_eq!(teller.duration("90s"), "1 minute 30 secondes");
    assert_eq!(teller.duration("bientôt"), "bientôt");
}
