//! Calls that are handed to somebody: a queue's team, a number outside.

use std::sync::Arc;
use std::time::Duration;

use rappel_media::Command;
use rappel_model::Sound;
use rappel_switchboard::Input;
use rappel_tenant::{Files, Version};

use crate::support::{Act, Manners, TENANT, World};

const COMPANY: &str = r#"
rappel = 1
[tenant]
title     = "Acme"
timezone  = "Europe/Paris"
languages = ["fr"]
mailbox   = "accueil"
number    = "+33199000010"
[person.sofia]
phones = ["sofia"]
[team.ventes]
members = ["sofia"]
[mailbox.accueil]
team = "ventes"
[queue.ventes]
team = "ventes"
ring = "20s"
[destination.astreinte]
number = "+33199000077"
[line.file]
number = "+33199000010"
flow   = "file"
[line.dehors]
number = "+33199000011"
flow   = "dehors"
[line.avis]
number = "+33199000012"
flow   = "avis"
[line.personne]
number = "+33199000013"
flow   = "personne"
[line.annonce]
number = "+33199000014"
flow   = "annonce"
[line.ligne]
number = "+33199000015"
flow   = "ligne"
[line.retour]
number = "+33199000016"
flow   = "retour"
[line.suivie]
number = "+33199000017"
flow   = "suivie"
"#;

const PROMPTS: &str =
    "[prompt.personne]\nfr = \"Personne.\"\n[prompt.note]\nfr = \"Votre note ?\"\n";

/// Asks for a mark, and leaves a task behind, which is not served yet.
const AVIS: &str = r#"
rappel = 1
[flow]
title     = "Avis"
start     = "noter"
languages = ["fr"]
on_hangup = "noter_appel"
[step.noter]
do         = "survey"
questions  = ["note"]
on.done    = "fin"
on.refused = "fin"
[step.fin]
do     = "hangup"
prompt = "personne"
[step.noter_appel]
do    = "task"
team  = "ventes"
title = "Appel"
"#;

/// Hands the call to a person.
const PERSONNE: &str = r#"
rappel = 1
[flow]
title     = "Personne"
start     = "passer"
languages = ["fr"]
[step.passer]
do           = "transfer"
to           = "person:sofia"
ring         = "20s"
on.busy      = "personne"
on.no_answer = "personne"
on.failed    = "personne"
on.done      = "personne"
[step.personne]
do     = "hangup"
prompt = "personne"
"#;

/// Hands the call to somebody, or to a line.
fn handing(to: &str, kind: &str) -> String {
    PERSONNE
        .replace("person:sofia", to)
        .replace("ring ", &format!("kind = \"{kind}\"\nring "))
}

const FILE: &str = r#"
rappel = 1
[flow]
title     = "File"
start     = "ventes"
languages = ["fr"]
[step.ventes]
do            = "queue"
queue         = "ventes"
on.not_served = "personne"
on.closed     = "personne"
[step.personne]
do     = "hangup"
prompt = "personne"
"#;

const DEHORS: &str = r#"
rappel = 1
[flow]
title     = "Dehors"
start     = "passer"
languages = ["fr"]
[step.passer]
do           = "transfer"
to           = "destination:astreinte"
ring         = "20s"
on.busy      = "personne"
on.no_answer = "personne"
on.failed    = "personne"
on.done      = "personne"
[step.personne]
do     = "hangup"
prompt = "personne"
"#;

fn company() -> Version {
    load(COMPANY, FILE)
}

/// The same company once somebody has removed its queue.
fn without_queue() -> Version {
    let (before, rest) = COMPANY
        .split_once("[queue.ventes]")
        .expect("the fixture is good");
    let (_, after) = rest
        .split_once("[destination")
        .expect("the fixture is good");
    let end = FILE
        .split_once("[step.personne]")
        .expect("the fixture is good")
        .1;
    let head = FILE
        .split_once("[step.ventes]")
        .expect("the fixture is good")
        .0;
    let flow = format!("{head}[step.ventes]{end}");
    load(&format!("{before}[destination{after}"), &flow)
}

fn load(company: &str, file: &str) -> Version {
    let mut files = Files::new("tenants/acme");
    for (path, text) in [
        ("tenant.toml", company),
        ("prompts.toml", PROMPTS),
        ("flows/file.toml", file),
        ("flows/dehors.toml", DEHORS),
        ("flows/avis.toml", AVIS),
        ("flows/personne.toml", PERSONNE),
        ("flows/annonce.toml", &handing("person:sofia", "attended")),
        ("flows/ligne.toml", &handing("line:personne", "blind")),
        ("flows/retour.toml", &handing("line:retour", "blind")),
        ("flows/suivie.toml", &handing("person:sofia", "supervised")),
    ] {
        files.add(path, text).expect("the fixture is good");
    }
    rappel_tenant::load(&TENANT.into(), &files, &Files::new("shared")).unwrap_or_else(|problems| {
        let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
        panic!("the files are good:\n{}", shown.join("\n"))
    })
}

fn world() -> World {
    let mut world = World::new(31);
    world.input(Input::Tenant(TENANT.into(), Arc::new(company())));
    world
}

fn said(world: &World) -> usize {
    let said = |(_, key): &&(u32, String)| key == "personne";
    world.plays.iter().filter(said).count()
}

#[test]
fn a_queue_rings_its_team_once_and_says_when_nobody_serves() {
    let mut world = world();
    let sofia = world.phone("198.51.100.21:5060", Some("sofia"), Manners::answers(2));
    let trunk = world.trunk();
    let served = world.call(trunk, "+33199000010");
    world.run(Duration::from_secs(10));
    assert!(
        world.phones[sofia]
            .calls
            .last()
            .is_some_and(|call| call.answered)
    );
    world.act(trunk, served, Act::HangUp);
    world.settle(Duration::from_secs(120));
    world.assert_quiet();
    assert!(world.record().connected.is_some());
    assert_eq!(said(&world), 0);
    world.phones[sofia].manners = Manners::refuses(486);
    world.call(trunk, "+33199000010");
    world.settle(Duration::from_secs(180));
    world.assert_quiet();
    assert_eq!(said(&world), 1, "{:#?}", world.records.last());
}

#[test]
fn a_queue_that_is_removed_still_serves_who_is_in_it() {
    let mut world = world();
    world.phone("198.51.100.21:5060", Some("sofia"), Manners::answers(5));
    let trunk = world.trunk();
    let waiting = world.call(trunk, "+33199000010");
    world.run(Duration::from_secs(2));
    for version in [without_queue(), company(), without_queue()] {
        world.input(Input::Tenant(TENANT.into(), Arc::new(version)));
        world.run(Duration::from_millis(500));
    }
    world.run(Duration::from_secs(6));
    world.act(trunk, waiting, Act::HangUp);
    world.settle(Duration::from_secs(120));
    world.assert_quiet();
    assert!(world.record().connected.is_some(), "{:#?}", world.record());
}

#[test]
fn who_is_left_in_a_queue_is_served_there_and_comes_back_to_nobody() {
    for answers in [true, false] {
        let mut world = world();
        let sofia = world.phone("198.51.100.21:5060", Some("sofia"), Manners::default());
        let karim = world.phone("198.51.100.23:5060", Some("karim"), Manners::default());
        let lea = world.phone("198.51.100.24:5060", Some("lea"), Manners::default());
        let call = world.call(lea, "karim");
        world.millis(300);
        world.takes((karim, 0), (lea, call));
        let queue = world.call(karim, "+33199000010");
        world.run(Duration::from_secs(1));
        world.refer_to_call(karim, 0, queue);
        world.millis(300);
        let (_, told) = world.told(karim);
        assert_eq!(told.last().map(String::as_str), Some("200 OK"));
        assert!(world.phones[karim].calls.iter().all(|call| call.over));
        match answers {
            true => world.takes((sofia, 0), (lea, call)),
            false => {
                world.act(sofia, 0, Act::Reject(486));
                world.run(Duration::from_secs(1));
                assert_eq!((said(&world), world.phones[karim].calls.len()), (1, 2));
            }
        }
        world.act(lea, call, Act::HangUp);
        world.settle(Duration::from_secs(120));
        world.assert_quiet();
    }
}

#[test]
fn a_number_outside_is_rung_by_the_trunk_the_call_came_by_and_the_caller_comes_back() {
    for (manners, connected) in [
        (Manners::answers(2), true),
        (Manners::refuses(486), false),
        (Manners::default(), false),
    ] {
        let mut world = world();
        let trunk = world.trunk();
        world.phones[trunk].manners = manners;
        world.call(trunk, "+33199000011");
        world.run(Duration::from_secs(12));
        if connected {
            let outside = world.phones[trunk].calls.len() - 1;
            assert!(world.phones[trunk].calls[outside].answered);
            world.act(trunk, outside, Act::HangUp);
        }
        world.settle(Duration::from_secs(180));
        world.assert_quiet();
        let record = world.record();
        assert_eq!(record.connected.is_some(), connected, "{record:#?}");
        assert_eq!(record.legs.len(), 2);
        assert_eq!(said(&world), 1, "the caller came back: {record:#?}");
    }
}

#[test]
fn a_person_is_rung_by_a_transfer_and_the_caller_comes_back_when_they_do_not_answer() {
    for (manners, connected) in [(Manners::answers(2), true), (Manners::refuses(486), false)] {
        let mut world = world();
        let sofia = world.phone("198.51.100.21:5060", Some("sofia"), manners);
        let trunk = world.trunk();
        world.call(trunk, "+33199000013");
        world.run(Duration::from_secs(12));
        if connected {
            let rung = world.phones[sofia].calls.len() - 1;
            assert!(world.phones[sofia].calls[rung].answered);
            world.act(sofia, rung, Act::HangUp);
        }
        world.settle(Duration::from_secs(180));
        world.assert_quiet();
        let record = world.record();
        assert_eq!(record.connected.is_some(), connected, "{record:#?}");
        assert_eq!(said(&world), 1, "the caller came back: {record:#?}");
    }
}

#[test]
fn answers_are_kept_with_the_call_and_what_is_not_served_is_no_failure_of_it() {
    let mut world = world();
    let trunk = world.trunk();
    let call = world.call(trunk, "+33199000012");
    world.run(Duration::from_secs(2));
    world.press(trunk, call, '4');
    world.settle(Duration::from_secs(60));
    world.assert_quiet();
    let record = world.record();
    assert_eq!(
        record.tags.get("survey.note").map(String::as_str),
        Some("4"),
        "{record:#?}"
    );
    assert_eq!(said(&world), 1);
    let mut world = self::world();
    let trunk = world.trunk();
    let call = world.call(trunk, "+33199000012");
    world.run(Duration::from_secs(1));
    world.act(trunk, call, Act::HangUp);
    world.settle(Duration::from_secs(60));
    world.assert_quiet();
    let record = world.record();
    assert_ne!(
        record.outcome,
        rappel_model::record::Outcome::Failed,
        "{record:#?}"
    );
}

#[test]
fn an_announced_call_is_joined_once_it_is_taken() {
    for (key, taken) in [(Some('1'), true), (Some('2'), false), (None, false)] {
        let mut world = world();
        let sofia = world.phone("198.51.100.21:5060", Some("sofia"), Manners::answers(2));
        let trunk = world.trunk();
        let call = world.call(trunk, "+33199000014");
        world.run(Duration::from_secs(4));
        assert!(world.phones[sofia].calls[0].answered);
        assert!(!world.talk((trunk, call), (sofia, 0)), "she is asked first");
        let asked = world.sound.orders.iter().any(|order| match order {
            Command::Play { leg, sounds, .. } if leg.0 == 2 => sounds
                .iter()
                .any(|sound| matches!(sound, Sound::Speech { text, .. } if text.contains("3 3 6"))),
            _ => false,
        });
        assert!(asked, "she hears who calls");
        match key {
            Some(key) => world.press(sofia, 0, key),
            None => world.run(Duration::from_secs(21)),
        }
        world.run(Duration::from_secs(1));
        assert_eq!(world.talk((trunk, call), (sofia, 0)), taken, "{key:?}");
        if taken {
            world.act(sofia, 0, Act::HangUp);
        } else {
            assert!(world.phones[sofia].calls[0].over);
        }
        world.settle(Duration::from_secs(180));
        world.assert_quiet();
        assert_eq!(said(&world), 1, "the caller came back");
        assert_eq!(world.record().connected.is_some(), taken);
    }
}

#[test]
fn who_is_asked_may_hang_up_and_so_may_the_caller() {
    for callee in [true, false] {
        let mut world = world();
        let sofia = world.phone("198.51.100.21:5060", Some("sofia"), Manners::answers(2));
        let trunk = world.trunk();
        let call = world.call(trunk, "+33199000014");
        world.run(Duration::from_secs(4));
        match callee {
            true => world.act(sofia, 0, Act::HangUp),
            false => world.act(trunk, call, Act::HangUp),
        }
        world.settle(Duration::from_secs(180));
        world.assert_quiet();
        assert!(world.phones[sofia].calls[0].over);
        assert_eq!(said(&world), usize::from(callee));
    }
}

#[test]
fn a_line_takes_a_call_from_a_flow_and_two_lines_do_not_play_ball_for_ever() {
    let mut world = world();
    let sofia = world.phone("198.51.100.21:5060", Some("sofia"), Manners::answers(2));
    let trunk = world.trunk();
    let call = world.call(trunk, "+33199000015");
    world.run(Duration::from_secs(5));
    assert!(world.talk((trunk, call), (sofia, 0)));
    world.act(sofia, 0, Act::HangUp);
    world.settle(Duration::from_secs(180));
    world.assert_quiet();
    assert_eq!(said(&world), 1);
    world.call(trunk, "+33199000016");
    world.settle(Duration::from_secs(180));
    world.assert_quiet();
    assert_eq!(said(&world), 2, "the last one says that nobody is there");
}

#[test]
fn a_supervised_conversation_that_is_cut_off_brings_the_caller_back() {
    for cut in [true, false] {
        let mut world = world();
        let sofia = world.phone("198.51.100.21:5060", Some("sofia"), Manners::answers(2));
        let trunk = world.trunk();
        let call = world.call(trunk, "+33199000017");
        world.run(Duration::from_secs(5));
        assert!(world.talk((trunk, call), (sofia, 0)));
        match cut {
            true => world.lose_media(sofia, 0),
            false => world.act(sofia, 0, Act::HangUp),
        }
        world.settle(Duration::from_secs(180));
        world.assert_quiet();
        let left = |way: &str| world.diary_text().contains(way);
        assert_eq!(left("on.failed"), cut, "{}", world.diary_text());
    }
}
