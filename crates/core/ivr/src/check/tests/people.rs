//! What is said about steps that concern people and queues.

use super::{END, HEAD, found, step};
use crate::diagnostic::Diagnostic;
use crate::flow::FlowSet;
use crate::testing::{company, file, sentences};
use crate::words::Lang;

const WAYS: &str = "on.not_served = \"fin\"\non.closed = \"fin\"";

#[test]
fn every_mistake_has_its_code_and_place() {
    let queue = |rest: &str| format!("do = \"queue\"\n{rest}\n{WAYS}");
    let promises = "on.done = \"fin\"\non.bad_number = \"fin\"\non.not_allowed = \"fin\"\non.none_left = \"fin\"\non.give_up = \"fin\"";
    let callback = |rest: &str| format!("do = \"callback\"\n{rest}\n{promises}");
    let text = |rest: &str| format!("do = \"text\"\n{rest}\nnext = \"fin\"");
    let mut wrong: Vec<String> = Vec::new();
    for (body, expected) in [
        (queue("queue = \"vente\""), "R120 9:9"),
        (queue("queue = \"textos\""), "R120 9:9"),
        (queue("queue = \"nue\"\nskills = []"), "R203 10:10"),
        (queue("queue = \"nue\"\npriority = 10"), "R203 10:12"),
        (queue("queue = \"nue\"\nannounce.fist = \"bonjour\""), "R101 10:10"),
        (queue("queue = \"nue\"\nannounce.first = \"bonjuor\""), "R105 10:18"),
        (queue("queue = \"nue\"\nannounce.every = \"5s\""), "R203 10:18"),
        (queue("queue = \"nue\"\nannounce = \"bonjour\""), "R201 10:12"),
        ("do = \"queue\"\nqueue = \"nue\"\non.timeout = \"fin\"".into(), "R111 7:1"),
        ("do = \"transfer\"\nto = \"durand\"\nnext = \"fin\"".into(), "R209 9:6"),
        ("do = \"transfer\"\nto = \"person:durant\"\nnext = \"fin\"".into(), "R107 9:6"),
        ("do = \"transfer\"\nto = \"line:secondaire\"\nnext = \"fin\"".into(), "R122 9:6"),
        ("do = \"transfer\"\nto = \"destination:astrente\"\nnext = \"fin\"".into(), "R122 9:6"),
        (callback("queue = \"ventes\"\nperson = \"durand\""), "R103 10:10"),
        (callback(""), "R103 7:1"),
        (callback("queue = \"ventes\"\nwhen = \"at\""), "R103 10:8"),
        (callback("queue = \"ventes\"\nat = \"{magasin.next_open}\""), "R103 10:6"),
        (callback("queue = \"ventes\"\nwhen = \"at\"\nat = \"{n}\""), "R201 11:6"),
        (callback("queue = \"ventes\"\nwhen = \"at\"\nat = \"demain\""), "R201 11:6"),
        (callback("queue = \"ventes\"\nnumber = \"zéro\""), "R201 10:10"),
        ("do = \"callback\"\nqueue = \"ventes\"\non.done = \"fin\"\non.give_up = \"fin\"".into(), "R111 7:1"),
        (text("body.fr = \"a\""), "R401 9:1"),
        (text("body.fr = \"a\"\nbody.en = \"b\"\nbody.de = \"c\""), "R116 11:11"),
        (text("body = \"a\""), "R201 9:8"),
        (text("body.fr = \"a\"\nbody.en = \"b\"\nbasis = \"list:offres\""), "R121 11:9"),
        (text("body.fr = \"a\"\nbody.en = \"b\"\nbasis = \"pub\""), "R209 11:9"),
        ("do = \"text\"\nbody.fr = \"a\"\nbody.en = \"b\"\non.failed = \"fin\"".into(), "R302 7:1"),
        ("do = \"to_text\"\nqueue = \"ventes\"\nbody.fr = \"a\"\nbody.en = \"b\"\nnext = \"fin\"".into(), "R120 9:9"),
        ("do = \"task\"\ntitle = \"a\"\nnext = \"fin\"".into(), "R103 7:1"),
        ("do = \"consent\"\nkind = \"recording\"\nprompt = \"bonjour\"\nmode = \"ask\"\non.yes = \"fin\"".into(), "R111 7:1"),
    ] {
        let said = step(&body);
        wrong.extend((!said.contains(&expected.to_owned())).then(|| format!("{body}
{said:?} {expected}")));
    }
    assert_eq!(wrong, Vec::<String>::new());
}

fn warnings(text: &str) -> Vec<Diagnostic> {
    let files = [file("essai", text)];
    match FlowSet::load(&files, sentences(), &company(), &[]) {
        Ok((_, warnings)) => warnings,
        Err(problems) => panic!("{problems:?}"),
    }
}

#[test]
fn a_verb_that_is_not_served_is_warned_of_once_per_flow() {
    let task = |name: &str, next: &str| {
        format!(
            "[step.{name}]\ndo = \"task\"\nteam = \"ventes\"\ntitle = \"t\"\nnext = \"{next}\"\n"
        )
    };
    let text = format!("{HEAD}{}{}{END}", task("a", "b"), task("b", "fin"));
    let all = warnings(&text);
    let told: Vec<_> = all.iter().filter(|w| w.code == "W10").collect();
    assert_eq!(told.len(), 1, "{all:?}");
    assert_eq!(
        told[0].message.in_lang(Lang::Fr),
        "« task » n'est pas encore disponible"
    );
    let label = told[0].label.as_ref().unwrap();
    assert!(
        label
            .in_lang(Lang::Fr)
            .starts_with("D'ici là l'étape prend on.error")
    );
    let queue = format!("{HEAD}[step.a]\ndo = \"queue\"\nqueue = \"ventes\"\n{WAYS}\n{END}");
    assert!(warnings(&queue).iter().any(|w| w.code == "W10"));
    for kind in ["blind", "attended", "supervised"] {
        let all = found(&format!(
            "{HEAD}[step.a]\ndo = \"transfer\"\nto = \"team:ventes\"\nkind = \"{kind}\"\nnext = \"fin\"\n{END}"
        ));
        assert!(all.iter().all(|w| !w.starts_with("W10")), "{all:?}");
    }
}

#[test]
fn what_a_tenant_says_of_callbacks_stands_where_a_step_says_nothing() {
    let mut around = company();
    for word in ["bad_number", "not_allowed", "none_left", "give_up"] {
        around
            .callback_defaults
            .insert(word.to_owned(), "message".into());
    }
    let flow = |ways: &str, more: &str| {
        let text = format!(
            "{HEAD}[step.a]\ndo = \"callback\"\nqueue = \"ventes\"\non.done = \"fin\"\n{ways}{more}{END}"
        );
        let files = [file("essai", &text)];
        match FlowSet::load(&files, sentences(), &around, &[]) {
            Ok(_) => Vec::new(),
            Err(problems) => problems.into_iter().filter(Diagnostic::is_error).collect(),
        }
    };
    let message = "[step.message]\ndo = \"hangup\"\nprompt = \"ferme\"\n";
    assert_eq!(flow("", message), []);
    let missing = flow("", "");
    assert!(missing.iter().all(|p| p.code == "R104"), "{missing:?}");
    assert!(
        missing[0]
            .label
            .as_ref()
            .unwrap()
            .en
            .contains("[defaults.callback]")
    );
    let own = "on.bad_number = \"fin\"\non.not_allowed = \"fin\"\non.none_left = \"fin\"\non.give_up = \"fin\"\n";
    assert_eq!(flow(own, ""), [], "a step's own ways win");
}

#[test]
fn a_wait_may_be_said_by_an_announcement_and_nowhere_else() {
    let play = format!(
        "{HEAD}[step.a]\ndo = \"play\"\nprompt = \"attente-estimee\"\nnext = \"fin\"\n{END}"
    );
    assert!(found(&play).iter().any(|p| p.starts_with("R403")));
    let queue = format!(
        "{HEAD}[step.a]\ndo = \"queue\"\nqueue = \"ventes\"\nannounce.first = \"attente-estimee\"\n{WAYS}\n{END}"
    );
    assert!(
        found(&queue).iter().any(|p| p.starts_with("R403 10:18")),
        "{:?}",
        found(&queue)
    );
    let estimate = queue.replace("announce.first", "announce.estimate");
    assert!(
        found(&estimate).iter().all(|p| p.starts_with('W')),
        "{:?}",
        found(&estimate)
    );
    let promised =
        format!("{HEAD}[step.a]\ndo = \"play\"\nprompt = \"promis\"\nnext = \"fin\"\n{END}");
    assert!(found(&promised).iter().any(|p| p.starts_with("R403")));
}
