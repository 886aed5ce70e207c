//! Waiting in a queue, asking how long it would take, and what is open with somebody.

use std::time::Duration;

use super::house::House;
use super::{OPEN, one, run};
use crate::testing::caller;

const QUEUE: &str = "do = \"queue\"\nqueue = \"ventes\"\npriority = 7\nskills = [\"vente\"]\npress.1 = \"fin\"\non.not_served = \"autre\"\non.closed = \"autre\"\n";
const ASKED: &str = "queue ventes 7 [vente] 240s keep 180s";

fn waits(script: &[&str]) -> (Vec<String>, House) {
    let mut house = House::new(&[("essai", &one(QUEUE))], OPEN);
    house.start("essai", caller());
    house.play(script);
    (house.asked(), house)
}

/// What was said, music aside.
fn said(log: &[String]) -> Vec<&str> {
    let words = log.iter().filter_map(|line| line.strip_prefix("play "));
    words.filter(|words| *words != "calme").collect()
}

#[test]
fn who_waits_is_welcomed_told_how_long_and_hears_music() {
    let (log, house) = waits(&[
        "room:place 3 4m 7m",
        "wait:70s",
        "room:joined",
        "wait:5m",
        "room:answered",
    ]);
    assert_eq!(log[..2], ["answer", ASKED]);
    assert!(
        log[2].starts_with("play un-instant,attente-estimee.1,"),
        "{log:?}"
    );
    assert_eq!(log[3], "play calme", "music between announcements");
    assert!(
        log[4].starts_with("play attente-estimee.1"),
        "every 60 s: {log:?}"
    );
    assert_eq!(log.last().unwrap(), "hangup");
    assert!(log.iter().all(|line| !line.starts_with("leave")), "{log:?}");
    assert!(house.longest_silence <= Duration::from_secs(2));
}

#[test]
fn a_wait_that_is_not_known_is_never_told() {
    let (log, _) = waits(&["room:place 3 4m 7m unsure", "wait:2s", "press:1"]);
    assert_eq!(said(&log)[0], "un-instant,attente-inconnue");
    let (log, _) = waits(&["room:place 1 free", "wait:2s", "press:1"]);
    assert_eq!(
        said(&log)[0],
        "un-instant",
        "somebody is free: no wait is told"
    );
}

#[test]
fn a_key_leaves_and_keeps_the_place_also_amid_an_announcement() {
    for wait in ["wait:1s", "wait:9s"] {
        let (log, _) = waits(&["room:place 3 4m 7m", wait, "press:7", "press:1"]);
        let end = log.len() - 6..;
        assert_eq!(log[end.start + 1], "heard 1", "{log:?}");
        assert!(log.contains(&"leave keep 180s".to_owned()), "{log:?}");
        assert_eq!(log[log.len() - 2..], ["play au-revoir", "hangup"]);
    }
}

#[test]
fn every_end_of_a_wait_has_its_way() {
    for (word, last) in [
        ("room:timeout", "play ferme"),
        ("room:no_agents", "play ferme"),
        ("room:full", "play ferme"),
        ("room:closed", "play ferme"),
    ] {
        let (log, _) = waits(&["room:place 3 4m 7m", "wait:20s", word]);
        assert_eq!(log[log.len() - 2..], [last, "hangup"], "{word}");
        let (log, _) = waits(&[word]);
        assert_eq!(log[2..], [last, "hangup"], "{word} at once: {log:?}");
    }
}

#[test]
fn a_later_estimate_is_said_with_an_apology_once() {
    let (log, _) = waits(&[
        "room:place 3 4m 7m",
        "wait:65s",
        "room:place 3 9m 15m",
        "wait:60s",
        "room:place 3 20m 30m",
        "wait:70s",
        "press:1",
    ]);
    let said = said(&log);
    assert!(
        said[2].starts_with("longer-wait,attente-estimee.1"),
        "{said:?}"
    );
    assert_eq!(said[3], "attente-inconnue", "never a second time: {said:?}");
    let apologies = said.iter().filter(|words| words.contains("longer-wait"));
    assert_eq!(apologies.count(), 1);
}

#[test]
fn hanging_up_keeps_the_place_and_may_lead_somewhere() {
    for script in [
        vec!["hangup"],
        vec!["room:place 3 4m 7m", "hangup"],
        vec!["room:place 3 4m 7m", "wait:30s", "hangup"],
    ] {
        let (log, house) = waits(&script);
        assert_eq!(log.last().unwrap(), "leave keep 3600s", "{log:?}");
        assert!(house.is_over());
    }
    let step = format!(
        "{QUEUE}on.hangup = \"b\"\n[step.b]\ndo = \"tag\"\ntags.parti = \"oui\"\nnext = \"c\"\n[step.c]\ndo = \"hangup\""
    );
    let log = run(&step, OPEN, &["room:place 3 4m 7m", "hangup"]);
    assert_eq!(
        log[log.len() - 2..],
        ["leave keep 3600s", "tag parti=oui"],
        "{log:?}"
    );
    let (log, _) = waits(&["room:place 1 free", "room:joined", "hangup"]);
    assert!(
        !log.last().unwrap().starts_with("leave"),
        "they talked: {log:?}"
    );
}

#[test]
fn the_quiet_key_turns_the_music_off() {
    let (log, house) = waits(&[
        "room:place 1 free",
        "wait:5s",
        "press:5",
        "wait:10s",
        "hangup",
    ]);
    assert!(log.contains(&"play ~Ringing".to_owned()), "{log:?}");
    assert!(house.longest_silence <= Duration::from_secs(2));
}

#[test]
fn a_room_that_says_nothing_is_no_silence() {
    let (log, house) = waits(&["wait:3m"]);
    assert_eq!(said(&log)[0], "un-instant");
    assert!(
        log.contains(&"leave".to_owned()) && log.contains(&"tag error=a:no_answer".to_owned()),
        "{log:?}"
    );
    assert!(house.longest_silence <= Duration::from_secs(2), "{log:?}");
}

#[test]
fn until_there_are_queues_the_team_rings_once() {
    let (log, _) = waits(&["room:unavailable", "wait:9s", "reached:answered"]);
    assert_eq!(
        log[2..5],
        ["play un-instant", "reach ventes", "play calme"],
        "{log:?}"
    );
    assert_eq!(log.last().unwrap(), "hangup");
    let (log, house) = waits(&["room:unavailable", "wait:9s", "reached:no_answer"]);
    assert_eq!(log[log.len() - 2..], ["play ferme", "hangup"]);
    assert!(house.longest_silence <= Duration::from_secs(2));
    let (log, _) = waits(&["room:unavailable", "press:1", "reached:no_answer"]);
    assert_eq!(
        log[log.len() - 2..],
        ["play au-revoir", "hangup"],
        "the key was taken"
    );
    let nobody = QUEUE.replace("\"ventes\"", "\"vide\"");
    let log = run(&nobody, OPEN, &["room:unavailable"]);
    assert_eq!(log[2..], ["play ferme", "hangup"]);
    let log = run(QUEUE, "2026-11-24 20:00", &["room:unavailable"]);
    assert_eq!(log[2..], ["play ferme", "hangup"], "closed");
}

#[test]
fn a_step_may_announce_otherwise_than_its_queue() {
    let step = format!(
        "{QUEUE}announce.first = \"bonjour\"\nannounce.every = \"20s\"\nask_before = \"bonjour\"\nmax_wait = \"30s\"\nkeep_place = \"0s\"\n"
    );
    let log = run(&step, OPEN, &["room:place 3 4m 7m", "wait:50s", "press:1"]);
    assert_eq!(log[1], "queue ventes 7 [vente] 30s keep 0s");
    assert!(
        said(&log)[0].starts_with("bonjour,attente-estimee.1"),
        "{log:?}"
    );
    assert!(said(&log).len() >= 3, "every 20 s: {log:?}");
    assert!(log.contains(&"leave".to_owned()), "no place is kept");
}

const ESTIMATE: &str = "do = \"estimate\"\nqueue = \"ventes\"\non.ready = \"r\"\non.wait = \"w\"\non.unknown = \"u\"\non.closed = \"c\"\non.full = \"f\"\n";

#[test]
fn an_estimate_does_not_answer_and_sets_what_it_knows() {
    let marks: String = [
        ("r", "{queue.position}/{queue.agents}"),
        ("w", "{wait}/{wait.low}/{wait.ready}/{queue.waiting}"),
        ("u", "{wait.ready}"),
        ("c", "closed"),
        ("f", "full"),
    ]
    .iter()
    .map(|(name, tag)| format!("[step.{name}]\ndo = \"tag\"\ntags.x = \"{tag}\"\nnext = \"fin\"\n"))
    .collect();
    for (word, tag) in [
        ("room:would 1 free", "tag x=1/2"),
        ("room:would 4 4m 7m", "tag x=4m/7m/4m/true/9"),
        ("room:would 4 4m 7m unsure", "tag x=false"),
        ("room:would 4", "tag x=false"),
        ("room:is-closed", "tag x=closed"),
        ("room:is-full", "tag x=full"),
    ] {
        let log = run(&format!("{ESTIMATE}{marks}"), OPEN, &[word]);
        assert_eq!(log[0], "estimate ventes 5 []");
        assert_eq!(log[1], tag, "{word}");
    }
}

#[test]
fn an_answer_that_never_comes_fails_the_step_within_silence() {
    let mut house = House::new(
        &[(
            "essai",
            &one(&format!(
                "do = \"answer\"\nnext = \"b\"\n[step.b]\n{}",
                ESTIMATE
                    .replace("\"r\"", "\"fin\"")
                    .replace("\"w\"", "\"fin\"")
                    .replace("\"u\"", "\"fin\"")
                    .replace("\"c\"", "\"fin\"")
                    .replace("\"f\"", "\"fin\"")
            )),
        )],
        OPEN,
    );
    house.start("essai", caller());
    house.play(&["wait:10s"]);
    let log = house.asked();
    assert_eq!(log[2], "play one-moment", "{log:?}");
    assert!(log.contains(&"tag error=b:no_answer".to_owned()), "{log:?}");
    assert!(
        house.longest_silence <= Duration::from_secs(2),
        "{:?}",
        house.longest_silence
    );
}

#[test]
fn what_is_pending_takes_the_first_way_that_is_given() {
    let step = "do = \"pending\"\nrecent = \"10m\"\non.none = \"n\"\non.callback = \"c\"\non.thread = \"t\"\non.just_called = \"j\"\n[step.n]\ndo = \"tag\"\ntags.x = \"none\"\nnext = \"fin\"\n[step.c]\ndo = \"tag\"\ntags.x = \"{callback.window}\"\nnext = \"fin\"\n[step.t]\ndo = \"tag\"\ntags.x = \"thread\"\nnext = \"fin\"\n[step.j]\ndo = \"tag\"\ntags.x = \"just\"\nnext = \"fin\"\n";
    for (word, tag) in [
        ("room:pending", "tag x=none"),
        ("room:pending message", "tag x=none"),
        ("room:pending message thread just_called", "tag x=thread"),
        ("room:pending just_called", "tag x=just"),
    ] {
        let log = run(step, OPEN, &[word]);
        assert_eq!(log[..2], ["pending 600s", tag], "{word}");
    }
    let log = run(step, OPEN, &["room:pending callback thread"]);
    assert!(log[1].starts_with("tag x=2026-11-24"), "{log:?}");
    let log = run(step, OPEN, &["room:unavailable"]);
    assert_eq!(log[1], "tag error=a:not_available");
    let log = run(step, OPEN, &["hangup", "room:pending"]);
    assert_eq!(
        log,
        ["pending 600s", "tag x=none"],
        "steps that need no caller go on"
    );
}
