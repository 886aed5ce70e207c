//! What callers type: kinds, reading back, secrets.

use super::house::House;
use super::{OPEN, one, run};
use crate::testing::caller;

#[test]
fn collect_reads_digits_and_confirms_them() {
    let step = "do = \"collect\"\nprompt = \"dossier\"\ninto = \"t\"\nmin = 2\nmax = 4\nconfirm = \"relire\"\ntags.x = \"{t}\"\nnext = \"b\"\non.give_up = \"autre\"\non.cancel = \"autre\"\n[step.b]\ndo = \"tag\"\ntags.lu = \"{t}\"\nnext = \"fin\"";
    let log = run(step, OPEN, &["press:12#", "wait:1s", "press:1"]);
    assert_eq!(
        log,
        [
            "tag x=",
            "answer",
            "play dossier",
            "stop",
            "heard 1",
            "heard 2",
            "heard #",
            "play relire.1,number/1,-,number/2,relire.2",
            "stop",
            "heard 1",
            "tag lu=12",
            "play au-revoir",
            "hangup"
        ]
    );
    let log = run(
        step,
        OPEN,
        &[
            "press:1",
            "silence:4s",
            "press:4567",
            "wait:1s",
            "press:2",
            "wait:1s",
            "press:*",
        ],
    );
    let all_and_end = run(step, OPEN, &["press:1234#", "wait:1s", "press:1"]);
    assert!(!all_and_end.iter().any(|said| said.contains("no-match")));
    assert!(all_and_end.contains(&"tag lu=1234".to_owned()));
    assert!(
        log.contains(&"play no-match,dossier".to_owned()),
        "too short: {log:?}"
    );
    assert!(
        log.contains(
            &"play relire.1,number/4,-,number/5,-,number/6,-,number/7,relire.2".to_owned()
        )
    );
    assert_eq!(log[log.len() - 2..], ["play ferme", "hangup"], "cancelled");
}

#[test]
fn collect_understands_its_kinds() {
    let number = "do = \"collect\"\nask = \"number\"\nprompt = \"dossier\"\ninto = \"n\"\ncheck = \"n ?? 0 < 50 or length(keys) = 2\"\nnext = \"b\"\non.give_up = \"autre\"\n[step.b]\ndo = \"tag\"\ntags.lu = \"{n + 1}\"\nnext = \"fin\"";
    assert!(run(number, OPEN, &["press:0042#"]).contains(&"tag lu=43".to_owned()));
    let yes = "do = \"collect\"\nask = \"yesno\"\nprompt = \"dossier\"\ninto = \"y\"\nnext = \"b\"\non.give_up = \"autre\"\n[step.b]\ndo = \"switch\"\ncase = [{ if = \"y\", then = \"fin\" }]\nelse = \"autre\"";
    assert_eq!(
        run(yes, OPEN, &["press:1"]).iter().rev().nth(1).unwrap(),
        "play au-revoir"
    );
    assert_eq!(
        run(yes, OPEN, &["press:2"]).iter().rev().nth(1).unwrap(),
        "play ferme"
    );
    let log = run(yes, OPEN, &["press:3", "press:3", "press:3"]);
    assert_eq!(log[log.len() - 2..], ["play ferme", "hangup"]);
}

#[test]
fn collect_understands_dates_times_amounts_and_numbers() {
    for (ask, kind, keys, read) in [
        ("date", "date", "2412#", "2026-12-24"),
        ("date", "date", "01021980", "1980-02-01"),
        ("time", "time", "1430", "14:30"),
        ("time", "time", "9#", "09:00"),
        ("money", "money", "12*5#", "12.50 EUR"),
        ("money", "money", "200#", "200.00 EUR"),
        ("phone", "phone", "0639981234#", "+33639981234"),
        ("phone", "phone", "0032470123456#", "+32470123456"),
    ] {
        let step = format!(
            "do = \"collect\"\nask = \"{ask}\"\nprompt = \"dossier\"\ninto = \"v\"\nconfirm = \"court\"\nnext = \"b\"\non.give_up = \"autre\"\non.cancel = \"autre\"\n[step.b]\ndo = \"tag\"\ntags.lu = \"{{v}}\"\nnext = \"fin\""
        );
        let flow = one(&step).replace(
            "[step.a]",
            &format!("v = {{ type = \"{kind}\" }}\n[step.a]"),
        );
        let mut house = House::new(&[("essai", &flow)], OPEN);
        house.start("essai", caller());
        house.play(&[&format!("press:{keys}"), "wait:1s", "press:1"]);
        let log = house.asked();
        assert!(log.contains(&format!("tag lu={read}")), "{keys}: {log:?}");
        house.start("essai", caller());
        house.play(&["press:*"]);
        assert_eq!(
            house.asked().iter().rev().nth(1).unwrap(),
            "play ferme",
            "{ask} cancelled"
        );
    }
}

#[test]
fn what_was_read_back_and_refused_does_not_count() {
    let step = "do = \"collect\"\nprompt = \"dossier\"\ninto = \"t\"\nconfirm = \"relire\"\ntries = 2\nnext = \"fin\"\non.give_up = \"b\"\n[step.b]\ndo = \"tag\"\ntags.lu = \"{t}\"\nnext = \"autre\"";
    let text = one(step).replace(
        "t = { type = \"text\" }",
        "t = { type = \"text\", default = \"avant\" }",
    );
    let played = |script: &[&str]| {
        let mut house = House::new(&[("essai", &text)], OPEN);
        house.start("essai", caller());
        house.play(script);
        house.asked()
    };
    let log = played(&["press:12#", "press:2", "press:34#", "press:2"]);
    assert!(log.contains(&"tag lu=avant".to_owned()), "{log:?}");
    let plays: Vec<_> = log
        .iter()
        .filter(|line| line.starts_with("play dossier"))
        .collect();
    assert_eq!(plays.len(), 2, "asked again without reproach: {log:?}");
    let log = played(&["press:12#", "press:5", "press:1"]);
    assert!(
        log.iter()
            .any(|line| line.starts_with("play no-match,relire.1")),
        "{log:?}"
    );
    assert_eq!(log[log.len() - 2..], ["play au-revoir", "hangup"]);
    let log = played(&["press:12#", "silence:1m"]);
    assert!(
        log.iter()
            .any(|line| line.starts_with("play no-input,relire.1")),
        "{log:?}"
    );
    assert!(log.contains(&"tag lu=avant".to_owned()), "{log:?}");
}

#[test]
fn a_code_is_seen_nowhere() {
    let step = "do = \"collect\"\nask = \"pin\"\nprompt = \"dossier\"\ninto = \"t\"\nnext = \"b\"\non.give_up = \"autre\"\n[step.b]\ndo = \"switch\"\ncase = [{ if = \"t = '73914'\", then = \"fin\" }]\nelse = \"autre\"\ntags.k = \"{keys}\"";
    let mut house = House::new(&[("essai", &one(step))], OPEN);
    house.start("essai", caller());
    house.play(&["press:7391"]);
    assert!(!house.debug().contains("7391"));
    house.play(&["press:4#"]);
    assert!(!house.debug().contains("7391"));
    let log = house.everything().join("\n");
    assert!(!log.contains('7') && !log.contains("73914"), "{log}");
    assert!(
        log.contains("tag k=***") && log.contains("heard ?") && log.contains("case.1"),
        "{log}"
    );
}
