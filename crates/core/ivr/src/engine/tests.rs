//! Flows played in virtual time against a caller and a house made of paper.

mod calls;
mod collect;
mod house;
mod limits;
mod people;
mod queue;
mod rooms;
mod systems;

use std::time::Duration;

use proptest::prelude::*;
use rappel_model::{MessageId, UserName};

use self::house::{House, message};
use crate::builtin;
use crate::testing::{SENTENCE, caller, company, flows};

const DEMO: &str = include_str!("../testing/demo.toml");

fn one(step: &str) -> String {
    format!(
        "rappel = 1\n[flow]\nstart = \"a\"\n[vars]\nn = {{ type = \"number\" }}\nt = {{ type = \"text\" }}\ny = {{ type = \"yesno\" }}\n[step.a]\n{step}\n[step.fin]\ndo = \"hangup\"\nprompt = \"au-revoir\"\n[step.autre]\ndo = \"hangup\"\nprompt = \"ferme\"\n"
    )
}

/// Plays one step `a` with a script; what the house was asked, without diary entries.
fn run(step: &str, when: &str, script: &[&str]) -> Vec<String> {
    let mut house = House::new(&[("essai", &one(step))], when);
    house.start("essai", caller());
    house.play(script);
    house.asked()
}

const OPEN: &str = "2026-11-24 10:00";

#[test]
fn answer_play_and_hangup_speak_in_order() {
    let log = run("do = \"answer\"\nnext = \"fin\"", OPEN, &[]);
    assert_eq!(log, ["answer", "play au-revoir", "hangup"]);
    let log = run(
        "do = \"play\"\nprompt = [\"bonjour\", \"ferme\"]\nrepeat = 2\nnext = \"fin\"",
        OPEN,
        &[],
    );
    assert_eq!(
        log,
        [
            "answer",
            "play bonjour,ferme,bonjour,ferme",
            "play au-revoir",
            "hangup"
        ]
    );
    let log = run(
        "do = \"play\"\nprompt = \"bonjour\"\nearly = true\nnext = \"fin\"",
        OPEN,
        &[],
    );
    assert_eq!(log, ["play bonjour", "answer", "play au-revoir", "hangup"]);
}

#[test]
fn ring_waits_and_reject_refuses_without_answering() {
    let mut house = House::new(
        &[("essai", &one("do = \"ring\"\nfor = \"7s\"\nnext = \"fin\""))],
        OPEN,
    );
    house.start("essai", caller());
    house.play(&[]);
    assert_eq!(
        house.asked(),
        ["ring", "answer", "play au-revoir", "hangup"]
    );
    assert_eq!(house.elapsed(), Duration::from_secs(7) + SENTENCE);
    let log = run(
        "do = \"reject\"\nas = \"unavailable\"\nafter = \"2s\"",
        OPEN,
        &[],
    );
    assert_eq!(log, ["ring", "reject Unavailable"]);
    assert_eq!(run("do = \"reject\"", OPEN, &[]), ["reject Busy"]);
}

#[test]
fn pause_is_short_and_marks_are_written() {
    let log = run(
        "do = \"pause\"\nfor = \"2s\"\ntags.x = \"{called.line}/{caller.name}\"\ncount = \"c\"\nnext = \"fin\"",
        OPEN,
        &[],
    );
    assert_eq!(
        log,
        [
            "tag x=principal/",
            "count c",
            "answer",
            "play au-revoir",
            "hangup"
        ]
    );
    let log = run(
        "do = \"tag\"\ntags.a = \"b\"\nif = \"caller.number is not set\"\nnext = \"fin\"",
        OPEN,
        &[],
    );
    assert_eq!(log, ["answer", "play au-revoir", "hangup"], "skipped");
}

#[test]
fn a_menu_takes_a_key_at_any_time_and_gives_up_in_the_end() {
    let menu = "do = \"menu\"\nprompt = \"menu\"\nshort = \"court\"\nno_input = [\"rien\", \"encore\"]\npress.1 = \"fin\"\npress.2 = \"autre\"\non.give_up = \"autre\"";
    let log = run(menu, OPEN, &["wait:1s", "press:1"]);
    assert_eq!(
        log,
        [
            "answer",
            "play menu",
            "stop",
            "heard 1",
            "play au-revoir",
            "hangup"
        ]
    );
    let log = run(menu, OPEN, &["silence:1m"]);
    assert_eq!(
        log,
        [
            "answer",
            "play menu",
            "play rien,court",
            "play encore,court",
            "play ferme",
            "hangup"
        ]
    );
    let log = run(
        menu,
        OPEN,
        &[
            "wait:4s", "press:7", "wait:4s", "press:*", "wait:4s", "press:2",
        ],
    );
    assert_eq!(
        log,
        [
            "answer",
            "play menu",
            "heard 7",
            "play no-match,court",
            "stop",
            "heard *",
            "play no-match,court",
            "stop",
            "heard 2",
            "play ferme",
            "hangup"
        ]
    );
}

#[test]
fn hours_know_the_calendar_and_the_person() {
    let step = "do = \"hours\"\ncalendar = \"magasin\"\nsoon = \"15m\"\non.open = \"o\"\non.closed = \"c\"\non.lunch = \"l\"\non.soon = \"s\"\non.exception = \"e\"\n";
    let marks: String = "oclse"
        .chars()
        .map(|c| format!("[step.{c}]\ndo = \"tag\"\ntags.way = \"{c}\"\nnext = \"fin\"\n"))
        .collect();
    for (when, way) in [
        ("2026-11-24 10:00", "o"),
        ("2026-11-24 12:15", "l"),
        ("2026-11-24 13:50", "s"),
        ("2026-11-24 20:00", "c"),
        ("2026-12-23 10:00", "e"),
    ] {
        let log = run(&format!("{step}{marks}"), when, &[]);
        assert_eq!(log[0], format!("tag way={way}"), "{when}");
    }
    let person = "do = \"hours\"\nperson = \"durand\"\non.open = \"o\"\non.closed = \"c\"\n[step.o]\ndo = \"tag\"\ntags.way = \"o\"\nnext = \"fin\"\n[step.c]\ndo = \"tag\"\ntags.way = \"c\"\nnext = \"fin\"";
    assert_eq!(run(person, "2026-11-24 10:00", &[])[0], "tag way=o");
    assert_eq!(
        run(person, "2026-11-05 10:00", &[])[0],
        "tag way=c",
        "on leave"
    );
}

#[test]
fn set_and_switch_compute() {
    let step = "do = \"set\"\nset.n = \"2 + 3\"\nset.t = \"'nn'\"\nnext = \"b\"\n[step.b]\ndo = \"switch\"\ncase = [{ if = \"n = 4\", then = \"autre\" }, { if = \"n > 4 and t = 'nn'\", then = \"fin\" }]\nelse = \"autre\"";
    assert_eq!(run(step, OPEN, &[]), ["answer", "play au-revoir", "hangup"]);
}

#[test]
fn goto_goes_on_in_the_other_flow() {
    let second =
        "rappel = 1\n[flow]\nstart = \"z\"\n[step.z]\ndo = \"hangup\"\nprompt = \"ferme\"\n";
    let mut house = House::new(
        &[
            ("essai", &one("do = \"goto\"\nflow = \"deux\"")),
            ("deux", second),
        ],
        OPEN,
    );
    house.start("essai", caller());
    house.play(&[]);
    assert_eq!(house.asked(), ["answer", "play ferme", "hangup"]);
}

#[test]
fn reach_rings_by_the_network_before_the_answer_and_by_tone_after_it() {
    let step = "do = \"reach\"\nperson = \"durand\"\non.absent = \"autre\"\non.focus = \"autre\"\non.closed = \"autre\"\non.no_answer = \"fin\"";
    let log = run(step, OPEN, &["reached:answered"]);
    // Ringing begins with the first device that rings, which the call sees.
    assert_eq!(log, ["reach durand", "hangup"]);
    let log = run(step, OPEN, &["reached:unreachable"]);
    assert_eq!(log, ["reach durand", "answer", "play au-revoir", "hangup"]);
    let answered = format!("do = \"answer\"\nnext = \"b\"\n[step.b]\n{step}");
    let log = run(&answered, OPEN, &["silence:20s", "reached:busy"]);
    assert_eq!(
        log,
        [
            "answer",
            "play ~Ringing",
            "reach durand",
            "stop",
            "play au-revoir",
            "hangup"
        ]
    );
    for when in ["2026-11-05 10:00", "2026-11-24 15:30", "2026-11-24 20:00"] {
        assert_eq!(
            run(step, when, &[]),
            ["answer", "play ferme", "hangup"],
            "{when}"
        );
    }
}

const VOICEMAIL: &str = "do = \"voicemail\"\nmailbox = \"accueil\"\nnext = \"fin\"\non.empty = \"autre\"\non.full = \"autre\"";

#[test]
fn a_message_is_greeted_recorded_reviewed_and_kept() {
    let log = run(
        VOICEMAIL,
        OPEN,
        &[
            "until:record",
            "speak:8s",
            "wait:1s",
            "press:2",
            "wait:1s",
            "press:4",
            "silence:1m",
        ],
    );
    assert_eq!(
        log,
        [
            "answer",
            "play leave-message",
            "play ~Beep",
            "record",
            "play review",
            "stop",
            "heard 2",
            "play @,review",
            "stop",
            "heard 4",
            "play marked-urgent,review",
            "play review",
            "keep accueil urgent 8s",
            "play au-revoir",
            "hangup"
        ]
    );
    let log = run(
        VOICEMAIL,
        "2026-11-24 21:00",
        &[
            "until:record",
            "press:#",
            "speak:5s",
            "wait:1s",
            "press:3",
            "until:record",
            "speak:4s",
            "wait:1s",
            "press:1",
        ],
    );
    assert_eq!(
        log,
        [
            "answer",
            "play ferme",
            "play ~Beep",
            "record",
            "heard #",
            "stop-recording",
            "play review",
            "stop",
            "heard 3",
            "discard",
            "play ~Beep",
            "record",
            "play review",
            "stop",
            "heard 1",
            "keep accueil 4s",
            "play au-revoir",
            "hangup"
        ]
    );
}

#[test]
fn hanging_up_after_speaking_keeps_the_message() {
    let log = run(VOICEMAIL, OPEN, &["until:record", "hangup", "speak:8s"]);
    assert_eq!(log[4..], ["stop-recording", "keep accueil 8s"]);
    let log = run(VOICEMAIL, OPEN, &["until:record", "speak:8s", "hangup"]);
    assert_eq!(log[5..], ["stop", "keep accueil 8s"]);
    let log = run(VOICEMAIL, OPEN, &["until:record", "hangup", "speak:1s"]);
    assert_eq!(log[4..], ["stop-recording", "discard"]);
    let log = run(VOICEMAIL, OPEN, &["until:record", "speak:1s"]);
    assert_eq!(log[4..], ["discard", "play ferme", "hangup"], "too short");
}

#[test]
fn what_is_not_on_disk_is_never_promised() {
    let mut house = House::new(&[("essai", &one(VOICEMAIL))], OPEN);
    house.disk_full = true;
    house.start("essai", caller());
    house.play(&[
        "until:record",
        "speak:8s",
        "press:1",
        "until:record",
        "speak:9s",
    ]);
    let log = house.asked();
    assert_eq!(
        log[7..],
        [
            "keep accueil 8s",
            "play message-not-saved",
            "tag error=a:not_saved",
            "play incident",
            "play ~Beep",
            "record",
            "keep accueil 9s",
            "play message-not-saved",
            "tag error=message:not_saved",
            "play apology",
            "hangup error"
        ]
    );
    assert!(
        !log.iter()
            .any(|line| line.contains("saved") && line.starts_with("play message-saved"))
    );
    house.disk_full = false;
    house.mailbox_full = true;
    house.start("essai", caller());
    house.play(&["until:record", "speak:8s", "press:1"]);
    let log = house.asked();
    assert_eq!(
        log[7..],
        [
            "keep accueil 8s",
            "discard",
            "play mailbox-full",
            "play ferme",
            "hangup"
        ]
    );
}

#[test]
fn a_slow_store_is_covered_by_one_moment() {
    let mut house = House::new(&[("essai", &one(VOICEMAIL))], OPEN);
    house.store_silent = true;
    house.start("essai", caller());
    house.play(&["until:record", "speak:8s", "press:1"]);
    let log = house.asked();
    assert_eq!(
        log[7..10],
        [
            "keep accueil 8s",
            "play one-moment",
            "play message-not-saved"
        ]
    );
    assert!(
        house.longest_silence <= Duration::from_secs(2),
        "{:?}",
        house.longest_silence
    );
}

#[test]
fn a_recording_that_failed_is_told() {
    let mut house = House::new(&[("essai", &one(VOICEMAIL))], OPEN);
    house.start("essai", caller());
    house.play(&["until:record", "broken:8s"]);
    let log = house.asked();
    assert_eq!(log[4..6], ["discard", "play message-not-saved"]);
}

#[test]
fn one_s_messages_are_heard_after_the_code() {
    let mut house = House::new(&[], OPEN);
    house.messages = vec![
        message(1, true, true),
        message(2, true, false),
        message(3, false, false),
    ];
    let mut user = caller();
    user.user = Some(UserName::from("poste-12"));
    house.start(builtin::messages().as_str(), user);
    house.play(&[
        "press:9999#",
        "press:1234#",
        "wait:30s",
        "press:3",
        "wait:12s",
        "press:2",
        "wait:1s",
        "press:1",
        "silence:2m",
    ]);
    let log = house.asked();
    let heard: Vec<_> = log
        .iter()
        .filter(|l| !l.starts_with("heard") && *l != "stop")
        .map(String::as_str)
        .collect();
    let id = |n| MessageId(n).to_string();
    assert_eq!(
        heard,
        [
            "answer",
            "play pin-ask",
            "check",
            "play pin-wrong,pin-ask",
            "check",
            "list",
            "play you-have,number/2,new-messages,and,number/1,old-message,this-message-urgent,this-message-new,@",
            &format!("mark {}", id(1)),
            "play listen-menu",
            &format!("delete {}", id(1)),
            "play message-deleted,this-message-new,@",
            &format!("mark {}", id(2)),
            "play listen-menu",
            "play this-message-old,@",
            "play this-message-old,@",
            "play listen-menu",
            "play listen-menu",
            "play listen-menu",
            "play goodbye",
            "hangup"
        ]
    );
    assert!(
        !log.iter()
            .any(|line| line.starts_with("heard 9") || line.starts_with("heard 4"))
    );
}

#[test]
fn without_a_code_nobody_hears_messages() {
    let mut house = House::new(&[], OPEN);
    let messages = builtin::messages();
    house.start(messages.as_str(), caller());
    house.play(&[]);
    assert_eq!(house.asked(), ["answer", "play not-a-user", "hangup"]);
    let mut user = caller();
    user.user = Some(UserName::from("poste-12"));
    house.start(messages.as_str(), user.clone());
    house.play(&["press:1#", "press:2#", "press:3#"]);
    let log = house.asked();
    assert_eq!(log[log.len() - 2..], ["play pin-wrong,goodbye", "hangup"]);
    house.start(messages.as_str(), user);
    house.play(&["press:1234#"]);
    assert_eq!(house.asked().last().unwrap(), "hangup");
    assert!(
        house
            .asked()
            .contains(&"play no-messages,goodbye".to_owned())
    );
}

#[test]
fn an_extension_rings_then_takes_a_message_or_refuses() {
    let mut house = House::new(&[], OPEN);
    let extension = builtin::extension();
    let dial = |called: &str| {
        let mut caller = caller();
        caller.called = called.to_owned();
        caller
    };
    house.start(extension.as_str(), dial("poste-12"));
    house.play(&["reached:no_answer", "until:record", "speak:9s", "press:1"]);
    let log = house.asked();
    assert_eq!(
        log[..4],
        [
            "reach @poste-12",
            "answer",
            "play leave-message",
            "play ~Beep"
        ]
    );
    assert_eq!(
        log[log.len() - 3..],
        ["keep durand 9s", "play message-saved", "hangup"]
    );
    house.start(extension.as_str(), dial("12"));
    house.play(&["reached:answered"]);
    assert_eq!(house.asked(), ["reach durand", "hangup"]);
    house.start(extension.as_str(), dial("poste-13"));
    house.play(&["reached:busy"]);
    assert_eq!(
        house.asked(),
        ["reach @poste-13", "reject Busy"],
        "no mailbox"
    );
    house.start(extension.as_str(), dial("poste-13"));
    house.play(&["reached:no_answer"]);
    assert_eq!(
        house.asked(),
        ["reach @poste-13", "reject Unavailable"],
        "no mailbox"
    );
    house.start(extension.as_str(), dial("inconnu"));
    house.play(&["reached:unreachable"]);
    assert_eq!(house.asked(), ["reach @inconnu", "reject Unavailable"]);
}

#[test]
fn a_failing_step_is_rescued_once_then_excused() {
    let house = |text: &str| {
        let mut house = House::new(&[("essai", text)], OPEN);
        house.around.mailboxes.remove("durand");
        house.around.people.persons.remove("durand");
        house.start("essai", caller());
        house.play(&["until:record", "speak:9s"]);
        house.asked()
    };
    let fails = "do = \"voicemail\"\nmailbox = \"durand\"\nnext = \"fin\"\non.empty = \"fin\"\n";
    let log = house(&one(fails));
    assert_eq!(
        log[..3],
        ["tag error=a:no_mailbox", "answer", "play incident"]
    );
    assert_eq!(
        log[log.len() - 3..],
        ["keep accueil 9s", "play message-saved", "hangup"]
    );
    let log = house(&one(&format!("{fails}on.error = \"autre\"")));
    assert_eq!(
        log,
        ["tag error=a:no_mailbox", "answer", "play ferme", "hangup"]
    );
    let twice = one(fails).replace("start = \"a\"", "start = \"a\"\non_error = \"b\"").replace("[step.fin]", "[step.b]\ndo = \"reach\"\nperson = \"durand\"\non.absent = \"fin\"\nnext = \"fin\"\n[step.fin]");
    let log = house(&twice);
    assert_eq!(
        log,
        [
            "tag error=a:no_mailbox",
            "tag error=b:no_person",
            "answer",
            "play apology",
            "hangup error"
        ]
    );
    let mut lost = House::new(&[], OPEN);
    lost.around.mailbox = None;
    lost.start("absent", caller());
    lost.play(&[]);
    assert_eq!(
        lost.asked(),
        [
            "tag error=absent:no_flow",
            "answer",
            "play apology",
            "hangup error"
        ]
    );
}

#[test]
fn loops_and_long_calls_come_to_an_end() {
    let menu = "do = \"menu\"\nprompt = \"menu\"\ntries = 1\npress.1 = \"fin\"\non.give_up = \"a\"";
    // The check refuses what turns without the caller, unless hours could end it.
    let hours = "\n[step.heures]\ndo = \"hours\"\ncalendar = \"magasin\"\non.open = \"a\"\non.closed = \"fin\"";
    let by_hours = menu.replace("give_up = \"a\"", "give_up = \"heures\"") + hours;
    let log = run(&by_hours, OPEN, &["silence:30m"]);
    assert!(log.contains(&"tag error=a:too_often".to_owned()), "{log:?}");
    assert_eq!(log.iter().filter(|line| *line == "play menu").count(), 10);
    let often = format!("{menu}\nmax_visits = 2\non.too_often = \"autre\"");
    let log = run(&often, OPEN, &["silence:30m"]);
    assert_eq!(
        log,
        ["answer", "play menu", "play menu", "play ferme", "hangup"]
    );
    let step = "do = \"reach\"\nteam = \"ventes\"\nnext = \"fin\"";
    let log = run(step, OPEN, &["silence:5h"]);
    assert_eq!(log[1..], ["answer", "play apology", "hangup error"]);
}

#[test]
fn after_the_caller_has_gone_only_silent_steps_run() {
    let mut house = House::new(&[("accueil", DEMO)], OPEN);
    house.start("accueil", caller());
    house.play(&["wait:1s", "hangup"]);
    let log = house.asked();
    assert_eq!(
        log,
        [
            "tag quand=open",
            "answer",
            "play bonjour,menu",
            "tag fin=raccroché"
        ]
    );
    assert!(house.is_over());
}

#[test]
fn holes_are_filled_with_recorded_pieces() {
    let mut house = House::new(&[("accueil", DEMO)], "2026-11-24 20:00");
    house.start("accueil", caller());
    house.play(&["wait:1s"]);
    let log = house.asked();
    assert_eq!(log[2], "play ferme,age.1,number/21,age.2,hours/8,number/30");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever callers and the house do, a call ends, and the caller never waits in silence.
    #[test]
    fn random_callers_are_never_left_alone(seed in any::<u64>()) {
        let flows = flows(&[("accueil", DEMO)]);
        for call in 0..160 {
            let mut house = House::with(flows.clone(), company(), house::WEEK[(seed % 7) as usize]);
            house.random(seed.wrapping_add(call));
            prop_assert!(house.is_over(), "{:?}", house.asked());
            prop_assert!(house.longest_silence <= Duration::from_secs(2), "{:?} {:?}", house.longest_silence, house.everything());
            let log = house.asked();
            let last = log.last().cloned().unwrap_or_default();
            prop_assert!(house.caller_left() || last.starts_with("hangup") || last.starts_with("reject"), "{log:?}");
        }
    }

    /// News that nobody asked for changes nothing and breaks nothing.
    #[test]
    fn unexpected_news_is_harmless(seed in any::<u64>()) {
        let mut house = House::with(flows(&[("accueil", DEMO)]), company(), OPEN);
        house.nonsense(seed);
    }
}
