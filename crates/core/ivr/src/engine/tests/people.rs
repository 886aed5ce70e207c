//! Handing a call over, promising to call back, texts, tasks, consent, recording, rating.

use std::time::Duration;

use super::house::House;
use super::{OPEN, one, run};
use crate::testing::caller;

fn ends(log: &[String], words: &str) -> bool {
    log.len() >= 2
        && log[log.len() - 2] == format!("play {words}")
        && log[log.len() - 1] == "hangup"
}

const TRANSFER: &str = "do = \"transfer\"\nto = \"person:durand\"\nshow = \"line\"\non.done = \"fin\"\non.no_answer = \"autre\"\n";

#[test]
fn a_call_is_handed_over_or_comes_back() {
    let log = run(TRANSFER, OPEN, &["wait:9s", "room:transferred done"]);
    assert_eq!(log[0], "transfer person:durand Blind Line 25s");
    assert!(ends(&log, "au-revoir"), "{log:?}");
    for word in ["busy", "no_answer", "failed"] {
        let log = run(TRANSFER, OPEN, &[&format!("room:transferred {word}")]);
        assert!(ends(&log, "ferme"), "{word}: {log:?}");
    }
    let log = run(TRANSFER, OPEN, &["room:unavailable"]);
    assert!(ends(&log, "ferme"), "the caller is still here: {log:?}");
    let log = run(TRANSFER, "2026-11-05 10:00", &[]);
    assert!(
        ends(&log, "ferme") && log.len() == 3,
        "on leave: nobody rings: {log:?}"
    );
    assert_eq!(run(TRANSFER, OPEN, &["hangup"]).len(), 1);
    let answered = format!("do = \"answer\"\nnext = \"b\"\n[step.b]\n{TRANSFER}");
    let log = run(&answered, OPEN, &["room:transferred done"]);
    assert_eq!(
        log[..4],
        [
            "answer",
            "play ~Ringing",
            "transfer person:durand Blind Line 25s",
            "stop"
        ]
    );
    for (to, asked) in [
        ("team:ventes", "transfer team:ventes"),
        ("line:principal", "transfer line:principal"),
        ("destination:astreinte", "transfer destination:astreinte"),
    ] {
        let log = run(&TRANSFER.replace("person:durand", to), OPEN, &["hangup"]);
        assert!(log[0].starts_with(asked), "{log:?}");
    }
}

#[test]
fn who_stands_in_for_somebody_absent_rings_at_their_extension() {
    let mut house = House::new(&[], "2026-11-05 10:00");
    let mut dials = caller();
    dials.called = "12".to_owned();
    house.start("builtin/extension", dials.clone());
    house.play(&["until", "hangup"]);
    assert_eq!(
        house.asked()[..2],
        ["answer", "play leave-message"],
        "nobody stands in"
    );
    let mut persons = house.around.people.persons.clone();
    persons.get_mut("durand").unwrap().backup = Some("ventes".into());
    house.around.people.persons = persons;
    house.start("builtin/extension", dials);
    house.play(&["reached:no_answer", "until", "hangup"]);
    assert_eq!(
        house.asked()[..2],
        ["reach ventes", "answer"],
        "then their mailbox"
    );
}

#[test]
fn music_is_heard_only_where_it_is_wanted() {
    let step = "do = \"reach\"\nteam = \"ventes\"\nhear = \"music\"\nscreen = true\ncontext = \"VIP\"\nnext = \"autre\"\n";
    let log = run(step, OPEN, &["wait:5s", "reached:busy"]);
    assert_eq!(log[..4], ["answer", "play music", "reach ventes", "stop"]);
    assert!(ends(&log, "ferme"));
}

const CALLBACK: &str = "do = \"callback\"\nqueue = \"ventes\"\non.done = \"promis\"\non.bad_number = \"autre\"\non.not_allowed = \"autre\"\non.none_left = \"autre\"\non.give_up = \"autre\"\n";
const PROMISED: &str = "[step.promis]\ndo = \"play\"\nprompt = \"promis\"\nnext = \"fin\"\n";

fn callback(more: &str) -> String {
    format!("{CALLBACK}{more}{PROMISED}")
}

#[test]
fn a_number_is_read_back_then_promised() {
    let log = run(
        &callback(""),
        OPEN,
        &["wait:9s", "press:1", "room:promised"],
    );
    assert!(
        log[1].starts_with("play callback-number,") && log[1].ends_with(",callback-number-choices"),
        "{log:?}"
    );
    let asked = "callback Request queue:ventes +33639981234 keep_place";
    let at = log.iter().position(|line| line == asked).unwrap();
    assert!(log[at + 1].starts_with("play promis.1,"), "{log:?}");
    assert!(ends(&log, "au-revoir"));
    let log = run(
        &callback("confirm = false\nwhen = \"next_open\"\n"),
        OPEN,
        &["room:already"],
    );
    assert_eq!(
        log[1],
        "callback Request queue:ventes +33639981234 next_open"
    );
    assert!(ends(&log, "au-revoir"), "already is done: {log:?}");
    for word in ["bad_number", "not_allowed", "none_left", "not_open"] {
        let log = run(
            &callback("confirm = false\n"),
            OPEN,
            &[&format!("room:{word}")],
        );
        assert!(ends(&log, "ferme"), "{word}: {log:?}");
    }
    let log = run(&callback("confirm = false\n"), OPEN, &["room:unpromised"]);
    assert!(
        log.contains(&"tag error=a:not_stored".to_owned()),
        "{log:?}"
    );
}

#[test]
fn another_number_may_be_given_and_one_is_asked_where_none_is_shown() {
    let other = [
        "press:2",
        "wait:1s",
        "press:0639985678#",
        "wait:1s",
        "press:1",
        "room:promised",
    ];
    let log = run(&callback(""), OPEN, &other);
    assert!(
        log.contains(&"callback Request queue:ventes +33639985678 keep_place".to_owned()),
        "{log:?}"
    );
    let mut house = House::new(&[("essai", &one(&callback("")))], OPEN);
    let mut hidden = caller();
    hidden.number = None;
    house.start("essai", hidden.clone());
    house.play(&[
        "press:12#",
        "press:0639985678",
        "wait:4s",
        "press:1",
        "room:promised",
    ]);
    let log = house.asked();
    assert_eq!(log[1], "play number-ask");
    assert!(
        log.contains(&"play number-wrong,number-ask".to_owned()),
        "{log:?}"
    );
    assert!(log.contains(&"callback Request queue:ventes +33639985678 keep_place".to_owned()));
    house.start("essai", hidden.clone());
    house.play(&["press:063998"]);
    assert!(
        !house.debug().contains("063998"),
        "typed keys are shown nowhere"
    );
    house.play(&["press:*"]);
    assert!(ends(&house.asked(), "ferme"), "given up");
    house.start("essai", hidden);
    house.play(&["silence:2m"]);
    assert!(ends(&house.asked(), "ferme"), "nothing came");
    let log = run(&callback(""), OPEN, &["silence:2m"]);
    assert!(ends(&log, "ferme"), "nothing was answered: {log:?}");
    let log = run(&callback(""), OPEN, &["press:9", "press:9"]);
    assert!(ends(&log, "ferme"), "{log:?}");
}

#[test]
fn a_time_is_chosen_among_those_that_can_be_kept() {
    let step = callback("confirm = false\nwhen = \"choose\"\nslot = \"30m\"\n");
    let offered = [
        "room:slots 14:00/14:30 15:00/15:30",
        "wait:1s",
        "press:2",
        "room:promised",
    ];
    let log = run(&step, OPEN, &offered);
    assert_eq!(log[1], "slots queue:ventes 1800s");
    assert!(
        log[2].contains("callback-slot,") && log[2].contains(",press-2"),
        "{log:?}"
    );
    assert!(!log[2].contains("press-3"), "{log:?}");
    assert!(
        log[5].starts_with("callback Request") && log[5].contains('/'),
        "{log:?}"
    );
    let log = run(&step, OPEN, &["room:slots"]);
    assert!(ends(&log, "ferme") && log.len() == 4, "none left: {log:?}");
    let log = run(&step, OPEN, &["room:slots 14:00/14:30", "silence:3m"]);
    assert!(ends(&log, "ferme"), "nothing chosen: {log:?}");
    let log = run(
        &step,
        OPEN,
        &["room:slots 14:00/14:30", "press:3", "press:*"],
    );
    assert!(ends(&log, "ferme"), "{log:?}");
    let at = callback("confirm = false\nwhen = \"at\"\nat = \"{magasin.next_open}\"\n");
    assert!(
        run(&at, OPEN, &["room:promised"])[1]
            .starts_with("callback Request queue:ventes +33639981234 at 2026-11-24")
    );
}

#[test]
fn the_reason_is_written_or_spoken() {
    let step = callback("confirm = false\nreason = \"record\"\n");
    let log = run(&step, OPEN, &["until", "speak:5s", "room:promised"]);
    assert_eq!(log[1..3], ["play callback-reason,~Beep", "record"]);
    assert_eq!(
        log[3],
        "callback Request queue:ventes +33639981234 keep_place"
    );
    let log = run(&step, OPEN, &["until", "broken:5s", "room:promised"]);
    assert_eq!(
        log[3..5],
        [
            "discard",
            "callback Request queue:ventes +33639981234 keep_place"
        ]
    );
    let log = run(&step, OPEN, &["until", "hangup"]);
    assert_eq!(log[3..], ["stop-recording", "discard"], "{log:?}");
}

#[test]
fn a_promise_that_was_found_is_kept_moved_or_given_up() {
    let found = |action: &str, more: &str| {
        format!(
            "do = \"pending\"\non.none = \"b\"\non.callback = \"b\"\n[step.b]\ndo = \"callback\"\naction = \"{action}\"\n{more}on.done = \"fin\"\non.none_left = \"autre\"\non.give_up = \"autre\"\n"
        )
    };
    for (action, shown) in [("keep", "Keep"), ("cancel", "Cancel"), ("now", "Now")] {
        let log = run(
            &found(action, ""),
            OPEN,
            &["room:pending callback", "room:promised"],
        );
        assert_eq!(
            log[2],
            format!("callback {shown} - - keep_place"),
            "{log:?}"
        );
        assert!(ends(&log, "au-revoir"), "{log:?}");
        let log = run(&found(action, ""), OPEN, &["room:pending"]);
        assert!(ends(&log, "ferme"), "nothing to act on: {log:?}");
    }
    let move_it = found("move", "when = \"choose\"\n");
    let log = run(
        &move_it,
        OPEN,
        &[
            "room:pending callback",
            "room:slots 14:00/15:00",
            "press:1",
            "room:promised",
        ],
    );
    assert!(
        log.iter()
            .any(|line| line.starts_with("callback Move - - ")),
        "{log:?}"
    );
    let log = run(
        &found("keep", ""),
        OPEN,
        &["room:pending callback", "hangup", "room:promised"],
    );
    assert_eq!(log.len(), 3, "stored though the caller has gone: {log:?}");
}

#[test]
fn hanging_up_amid_a_callback_promises_nothing_that_was_not_agreed() {
    for script in [
        vec!["hangup"],
        vec!["press:2", "hangup"],
        vec!["press:2", "press:06", "hangup"],
    ] {
        let log = run(&callback(""), OPEN, &script);
        assert!(
            log.iter().all(|line| !line.starts_with("callback ")),
            "{log:?}"
        );
    }
}

const CONSENT: &str = "do = \"consent\"\nkind = \"recording\"\nprompt = \"bonjour\"\non.yes = \"fin\"\non.no = \"autre\"\n";

#[test]
fn consent_is_told_or_asked_and_kept_before_it_counts() {
    let log = run(CONSENT, OPEN, &["wait:4s", "room:stored"]);
    assert_eq!(
        log[1..3],
        ["play bonjour", "consent Recording Informed fr: Bonjour."]
    );
    assert!(ends(&log, "au-revoir"));
    let ask = format!("{CONSENT}mode = \"ask\"\n");
    for (keys, answer, last) in [
        ("press:1", "Yes", "au-revoir"),
        ("press:2", "No", "ferme"),
        ("silence:30s", "Silence", "ferme"),
    ] {
        let log = run(&ask, OPEN, &[keys, "room:stored"]);
        assert!(
            log.contains(&format!("consent Recording {answer} fr: Bonjour.")),
            "{log:?}"
        );
        assert!(ends(&log, last), "{log:?}");
    }
    let log = run(&ask, OPEN, &["press:1", "room:lost"]);
    assert!(
        log.contains(&"tag error=a:not_stored".to_owned()),
        "a yes without proof: {log:?}"
    );
    for word in ["room:lost", "room:unavailable"] {
        assert!(
            ends(&run(&ask, OPEN, &["press:2", word]), "ferme"),
            "a no stays a no"
        );
    }
    let log = run(&ask, OPEN, &["wait:1s", "hangup"]);
    assert!(
        log.iter().all(|line| !line.starts_with("consent")),
        "{log:?}"
    );
    let mut house = House::new(&[("essai", &one(&ask))], OPEN);
    house.start("essai", caller());
    house.play(&["press:1", "wait:9s"]);
    assert!(house.asked().contains(&"play one-moment".to_owned()));
    assert!(house.longest_silence <= Duration::from_secs(2));
}

#[test]
fn a_call_is_recorded_once_that_is_so() {
    let step = format!(
        "{}[step.b]\ndo = \"record\"\naction = \"start\"\nsides = \"agent\"\nnext = \"fin\"\n",
        CONSENT.replace("on.yes = \"fin\"", "on.yes = \"b\"")
    );
    let log = run(&step, OPEN, &["wait:3s", "room:stored", "room:stored"]);
    assert_eq!(log[3], "record-call Start Agent");
    assert!(ends(&log, "au-revoir"));
    let log = run(&step, OPEN, &["wait:3s", "room:stored", "room:lost"]);
    assert!(
        log.contains(&"tag error=b:not_recorded".to_owned()),
        "{log:?}"
    );
}

const TEXT: &str = "do = \"text\"\nbody.fr = \"Bonjour {caller.number}\"\nbody.en = \"Hello\"\nbasis = \"asked\"\non.sent = \"fin\"\non.not_possible = \"autre\"\non.failed = \"autre\"\n";

#[test]
fn a_text_goes_where_texts_go() {
    let log = run(TEXT, OPEN, &["room:texted sent"]);
    assert_eq!(log[1], "text +33639981234 Sms Asked: Bonjour +33639981234");
    assert!(ends(&log, "au-revoir"));
    for word in ["not_possible", "failed"] {
        assert!(ends(
            &run(TEXT, OPEN, &[&format!("room:texted {word}")]),
            "ferme"
        ));
    }
    let landline = format!("{TEXT}to = \"+33199000010\"\n");
    let log = run(&landline, OPEN, &[]);
    assert!(
        ends(&log, "ferme") && log.len() == 3,
        "nobody is asked: {log:?}"
    );
    let mail = format!("{TEXT}by = \"email\"\nto = \"qui@exemple.fr\"\n");
    assert!(run(&mail, OPEN, &["room:texted sent"])[1].starts_with("text qui@exemple.fr Email"));
    let log = run(TEXT, OPEN, &["hangup", "room:texted sent"]);
    assert_eq!(log.len(), 2, "sent though the caller has gone: {log:?}");
}

const TO_TEXT: &str = "do = \"to_text\"\nqueue = \"textos\"\nbody.fr = \"Dites-nous.\"\nbody.en = \"Tell us.\"\non.moved = \"fin\"\non.not_possible = \"autre\"\n";

#[test]
fn a_caller_goes_on_in_writing() {
    let log = run(TO_TEXT, OPEN, &["room:moved"]);
    assert_eq!(log[1], "to_text textos +33639981234 true: Dites-nous.");
    assert!(ends(&log, "au-revoir"));
    assert!(ends(
        &run(TO_TEXT, OPEN, &["room:moved not_possible"]),
        "ferme"
    ));
    let log = run(TO_TEXT, OPEN, &["room:moved failed"]);
    assert!(
        log.contains(&"tag error=a:not_stored".to_owned()),
        "{log:?}"
    );
    let asked = format!("{TO_TEXT}number = \"+33199000010\"\nkeep_place = false\n");
    let log = run(
        &asked,
        OPEN,
        &["wait:1s", "press:0639985678#", "room:moved"],
    );
    assert_eq!(log[1], "play mobile-ask", "a landline: {log:?}");
    assert!(
        log.contains(&"to_text textos +33639985678 false: Dites-nous.".to_owned()),
        "{log:?}"
    );
    assert!(
        ends(&run(&asked, OPEN, &["press:0199000012#"]), "ferme"),
        "no mobile was given"
    );
    assert!(ends(&run(&asked, OPEN, &["press:*"]), "ferme"));
    assert!(
        run(&asked, OPEN, &["press:06", "hangup"])
            .iter()
            .all(|line| !line.starts_with("to_text"))
    );
}

#[test]
fn a_task_is_left_also_after_the_caller_has_gone() {
    let step =
        "do = \"task\"\nteam = \"ventes\"\ntitle = \"Rappeler {caller.number}\"\nnext = \"fin\"\n";
    let log = run(step, OPEN, &["room:stored"]);
    assert_eq!(log[1], "task team:ventes 7200s: Rappeler +33639981234");
    assert!(ends(&log, "au-revoir"));
    let log = run(step, OPEN, &["room:lost"]);
    assert!(
        log.contains(&"tag error=a:not_stored".to_owned()),
        "{log:?}"
    );
    let later = "do = \"play\"\nprompt = \"bonjour\"\nnext = \"fin\"\n[step.note]\ndo = \"task\"\nqueue = \"ventes\"\ntitle = \"Appel manqué\"\n";
    let flow = one(later).replace("start = \"a\"", "start = \"a\"\non_hangup = \"note\"");
    let mut house = House::new(&[("essai", &flow)], OPEN);
    house.start("essai", caller());
    house.play(&["hangup", "room:stored"]);
    assert_eq!(
        house.asked()[2..],
        ["task queue:ventes 7200s: Appel manqué"]
    );
    assert!(house.is_over());
}

const SURVEY: &str = "do = \"survey\"\nquestions = [\"avis-note\", \"avis-encore\"]\non.done = \"fin\"\non.refused = \"autre\"\n";

#[test]
fn what_was_answered_counts_whatever_comes_then() {
    let log = run(
        SURVEY,
        OPEN,
        &["wait:1s", "press:4", "wait:1s", "press:1", "room:stored"],
    );
    assert!(
        log.contains(&"survey avis-note=4 avis-encore=1".to_owned()),
        "{log:?}"
    );
    assert!(ends(&log, "au-revoir"));
    for script in [
        vec!["press:4", "hangup", "room:stored"],
        vec!["press:4", "press:*", "room:stored"],
        vec!["press:4", "silence:1m", "room:stored"],
    ] {
        let log = run(SURVEY, OPEN, &script);
        assert!(
            log.contains(&"survey avis-note=4".to_owned()),
            "{script:?}: {log:?}"
        );
    }
    for script in [
        vec!["press:*"],
        vec!["silence:1m"],
        vec!["press:#", "press:#"],
    ] {
        let log = run(SURVEY, OPEN, &script);
        assert!(ends(&log, "ferme"), "{script:?}: {log:?}");
    }
    assert!(
        run(SURVEY, OPEN, &["hangup"])
            .iter()
            .all(|line| !line.starts_with("survey"))
    );
    let log = run(SURVEY, OPEN, &["press:4", "press:1", "room:lost"]);
    assert!(
        log.contains(&"tag error=a:not_stored".to_owned()),
        "{log:?}"
    );
}
