//! Whole calls without a socket: INVITE in, record out, in virtual time.

use std::time::Duration;

use crate::support::{Act, Disk, Manners, Then, World};
use rappel_media::Command;
use rappel_model::Fact;
use rappel_model::record::{CallDirection, EndedBy, Origin, Outcome};
use rappel_rtp::Direction;
use rappel_switchboard::{Input, Write};

const PRINCIPAL: &str = "0199000010";
const MESSAGES: &str = "+33199000011";
const RINGING: &str = "+33199000012";
const IN_TURN: &str = "+33199000013";

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

#[test]
fn a_caller_leaves_a_message_and_the_record_tells_it() {
    let mut world = World::new(1);
    let trunk = world.trunk();
    let call = world.call(trunk, MESSAGES);
    world.settle(secs(120));
    let phone = &world.phones[trunk].calls[call];
    assert!(phone.answered && phone.over);
    let record = world.record();
    assert_eq!(record.outcome, Outcome::MessageLeft);
    assert_eq!(record.origin, Origin::Trunk("operateur".into()));
    assert_eq!(record.direction, CallDirection::Inbound);
    assert_eq!(record.line, Some("messages".into()));
    assert_eq!(record.flow, Some("repondeur".into()));
    assert_eq!((record.status, record.cause), (Some(200), 16));
    assert_eq!(record.ended_by, EndedBy::Engine);
    assert!(record.message.is_some() && record.version.is_some());
    assert!(record.started <= record.answered.unwrap());
    assert!(record.answered <= record.first_sound);
    assert!(record.first_sound.unwrap() < record.ended);
    assert_eq!(record.legs.len(), 1);
    assert!(record.legs[0].media.is_some());
    let caller = record.caller.as_ref().unwrap();
    assert_eq!(caller.reveal(), "+33612345678");
    assert!(!format!("{record:?}").contains("+33612345678"), "masked");
    let saved = |fact: &&&Fact| matches!(fact, Fact::MessageSaved { .. });
    assert_eq!(world.facts().iter().filter(saved).count(), 1);
    world.assert_quiet();
}

#[test]
fn hanging_up_after_speaking_keeps_the_message() {
    let mut world = World::new(2);
    world.sound.speech = secs(30);
    let trunk = world.trunk();
    let call = world.call(trunk, MESSAGES);
    world.run(secs(15));
    world.act(trunk, call, Act::HangUp);
    world.settle(secs(120));
    assert_eq!(world.record().outcome, Outcome::MessageLeft);
    assert_eq!(world.record().ended_by, EndedBy::Caller);
    world.assert_quiet();
}

#[test]
fn a_message_too_short_is_a_missed_call() {
    let mut world = World::new(3);
    world.sound.speech = secs(1);
    let trunk = world.trunk();
    world.call(trunk, MESSAGES);
    world.settle(secs(120));
    assert_eq!(world.record().outcome, Outcome::Missed);
    let discarded = |write: &&Write| matches!(write, Write::Discard(_));
    assert_eq!(world.writes.iter().filter(discarded).count(), 1);
    world.assert_quiet();
}

#[test]
fn a_full_disk_is_told_and_written_down() {
    let mut world = World::new(4);
    world.disk = Disk::Full;
    let trunk = world.trunk();
    world.call(trunk, MESSAGES);
    world.settle(secs(120));
    let record = world.record();
    assert_eq!(record.outcome, Outcome::Failed);
    assert_eq!(record.message, None);
    let lost = world.facts().iter().any(
        |fact| matches!(fact, Fact::MessageLost { why, .. } if why == "no space left on device"),
    );
    assert!(lost, "{}", world.diary_text());
    world.assert_quiet();
}

#[test]
fn a_menu_leads_to_a_person_and_back() {
    let mut world = World::new(5);
    let sofia = world.phone("198.51.100.21:5060", Some("sofia"), Manners::answers(2));
    let trunk = world.trunk();
    let call = world.call(trunk, PRINCIPAL);
    world.run(secs(1));
    world.press(trunk, call, '1');
    world.run(secs(5));
    let facts = world.facts();
    let bridged = facts.iter().find_map(|fact| match fact {
        Fact::Bridged(a, b) => Some((*a, *b)),
        _ => None,
    });
    let (caller, callee) = bridged.expect("they talk");
    assert!(world.sound.hear_each_other(caller, callee));
    world.act(sofia, 0, Act::HangUp);
    world.run(secs(1));
    assert!(!world.phones[trunk].calls[call].over, "the flow goes on");
    world.settle(secs(120));
    let record = world.record();
    assert_eq!(record.outcome, Outcome::Served);
    assert!(record.connected > record.answered);
    assert_eq!(record.legs.len(), 2);
    assert_eq!(record.legs[1].status, Some(200));
    assert!(
        record
            .stages
            .iter()
            .any(|s| s.what == "reach ventes: answered")
    );
    world.assert_quiet();
}

#[test]
fn the_caller_is_answered_when_the_person_answers() {
    let mut world = World::new(6);
    world.phone("198.51.100.21:5060", Some("sofia"), Manners::answers(3));
    let trunk = world.trunk();
    let call = world.call(trunk, RINGING);
    world.run(secs(2));
    let phone = &world.phones[trunk].calls[call];
    assert_eq!(phone.progress, [180]);
    assert!(!phone.answered);
    world.run(secs(2));
    assert!(world.phones[trunk].calls[call].answered);
    world.act(trunk, call, Act::HangUp);
    world.settle(secs(120));
    let record = world.record();
    assert_eq!(record.ended_by, EndedBy::Caller);
    assert_eq!(record.outcome, Outcome::Served);
    assert!(world.phones[0].calls[0].over, "BYE reaches the other side");
    assert!(record.ringing < record.answered);
    world.assert_quiet();
}

#[test]
fn nothing_of_the_caller_but_number_and_name_reaches_the_device() {
    let mut world = World::new(7);
    let sofia = world.phone("198.51.100.21:5060", Some("sofia"), Manners::answers(1));
    let trunk = world.trunk();
    world.call(trunk, RINGING);
    world.run(secs(3));
    let seen = &world.phones[sofia].calls[0].seen;
    assert!(seen.contains("+33612345678"), "{seen}");
    for hidden in ["198.51.100.7", "operateur", "+33199000012"] {
        assert!(!seen.contains(hidden), "{hidden} in {seen}");
    }
}

#[test]
fn cancel_silences_every_phone() {
    let mut world = World::new(8);
    let phones = [
        world.phone("198.51.100.21:5060", Some("sofia"), Manners::default()),
        world.phone(
            "198.51.100.22:5060",
            Some("sofia-mobile"),
            Manners::default(),
        ),
        world.phone("198.51.100.23:5060", Some("karim"), Manners::default()),
    ];
    let trunk = world.trunk();
    let call = world.call(trunk, RINGING);
    world.run(secs(3));
    world.act(trunk, call, Act::HangUp);
    world.settle(secs(120));
    for phone in phones {
        assert_eq!(world.phones[phone].calls[0].failed, Some(487));
    }
    let record = world.record();
    assert_eq!(record.outcome, Outcome::Missed);
    assert_eq!((record.status, record.cause), (Some(487), 16));
    assert_eq!(record.ended_by, EndedBy::Caller);
    assert_eq!(record.legs.len(), 4);
    world.assert_quiet();
}

#[test]
fn the_first_to_answer_wins_and_the_others_are_cancelled() {
    let mut world = World::new(9);
    world.phone("198.51.100.21:5060", Some("sofia"), Manners::answers(5));
    world.phone("198.51.100.23:5060", Some("karim"), Manners::answers(2));
    let trunk = world.trunk();
    let call = world.call(trunk, RINGING);
    world.run(secs(8));
    assert_eq!(world.phones[0].calls[0].failed, Some(487));
    assert!(world.phones[1].calls[0].answered);
    world.act(trunk, call, Act::HangUp);
    world.settle(secs(120));
    world.assert_quiet();
}

#[test]
fn an_answer_that_crosses_the_cancel_is_ended() {
    // The answer of the second phone leaves it before the CANCEL arrives.
    let mut world = World::new(10);
    world.network.delay = (100_000, 100_000);
    world.phone("198.51.100.21:5060", Some("sofia"), Manners::answers(2));
    world.phone("198.51.100.23:5060", Some("karim"), Manners::answers(2));
    let trunk = world.trunk();
    let call = world.call(trunk, RINGING);
    world.run(secs(5));
    assert!(world.phones[0].calls[0].answered && world.phones[1].calls[0].answered);
    let over: Vec<bool> = (0..2).map(|p| world.phones[p].calls[0].over).collect();
    assert!(over.contains(&true) && over.contains(&false), "{over:?}");
    world.act(trunk, call, Act::HangUp);
    world.settle(secs(120));
    world.assert_quiet();
}

#[test]
fn the_callers_cancel_crosses_the_persons_answer() {
    // Messages take 100 ms; the person answers 2,200 ms after the call began. Once our CANCEL
    // crosses their answer, once the caller's CANCEL crosses ours.
    for cancelled_after in [2_150, 2_220] {
        let mut world = World::new(30);
        let sofia = world.phone("198.51.100.21:5060", Some("sofia"), Manners::answers(2));
        world.network.delay = (100_000, 100_000);
        let trunk = world.trunk();
        let call = world.call(trunk, RINGING);
        world.run(Duration::from_millis(cancelled_after));
        world.act(trunk, call, Act::HangUp);
        world.settle(secs(120));
        assert!(
            world.phones[sofia].calls[0].answered,
            "it was too late for them"
        );
        assert!(world.phones[sofia].calls[0].over, "and they are told");
        let missed = cancelled_after == 2_150;
        let outcome = if missed {
            Outcome::Missed
        } else {
            Outcome::Served
        };
        assert_eq!(world.record().outcome, outcome);
        assert_eq!(world.record().ended_by, EndedBy::Caller);
        world.assert_quiet();
    }
}

#[test]
fn busy_everywhere_is_told_to_the_flow() {
    let mut world = World::new(11);
    world.phone("198.51.100.21:5060", Some("sofia"), Manners::refuses(486));
    world.phone("198.51.100.23:5060", Some("karim"), Manners::refuses(600));
    let trunk = world.trunk();
    let call = world.call(trunk, RINGING);
    world.settle(secs(120));
    assert_eq!(world.phones[trunk].calls[call].failed, Some(486));
    let record = world.record();
    assert_eq!(record.outcome, Outcome::Refused);
    assert_eq!((record.status, record.cause), (Some(486), 17));
    assert!(record.stages.iter().any(|s| s.what == "reach ventes: busy"));
    world.assert_quiet();
}

#[test]
fn nobody_answers_and_the_caller_leaves_a_message() {
    let mut world = World::new(12);
    world.phone("198.51.100.21:5060", Some("sofia"), Manners::default());
    let trunk = world.trunk();
    let call = world.call(trunk, PRINCIPAL);
    world.run(secs(1));
    world.press(trunk, call, '1');
    world.run(secs(19));
    assert!(
        !world.phones[0].calls[0].over,
        "it rings for twenty seconds"
    );
    world.settle(secs(120));
    assert_eq!(world.phones[0].calls[0].failed, Some(487));
    let record = world.record();
    assert_eq!(record.outcome, Outcome::MessageLeft);
    assert!(
        record
            .stages
            .iter()
            .any(|s| s.what == "reach ventes: no answer")
    );
    world.assert_quiet();
}

#[test]
fn in_turn_rings_one_after_the_other() {
    let mut world = World::new(13);
    world.phone("198.51.100.21:5060", Some("sofia"), Manners::default());
    world.phone("198.51.100.23:5060", Some("karim"), Manners::answers(2));
    let trunk = world.trunk();
    let call = world.call(trunk, IN_TURN);
    world.run(secs(9));
    assert!(world.phones[1].calls.is_empty(), "it is not Karim's turn");
    world.run(secs(6));
    assert_eq!(world.phones[0].calls[0].failed, Some(487));
    assert!(world.phones[1].calls[0].answered);
    world.act(trunk, call, Act::HangUp);
    world.settle(secs(120));
    world.assert_quiet();
}

#[test]
fn extension_to_extension_with_hold_and_resume() {
    let mut world = World::new(14);
    let karim = world.phone("198.51.100.23:5060", Some("karim"), Manners::default());
    let sofia = world.phone("198.51.100.21:5060", Some("sofia"), Manners::answers(1));
    let call = world.call(karim, "11");
    world.run(secs(3));
    assert!(world.phones[karim].calls[call].answered);
    let seen = &world.phones[sofia].calls[0].seen;
    assert!(seen.contains("\"Karim\" <sip:12@"), "{seen}");
    world.act(karim, call, Act::Hold);
    world.run(secs(1));
    let held = world.phones[karim].calls[call].stream.clone().unwrap();
    assert_eq!(held.direction, Direction::SendOnly);
    let other = world.phones[sofia].calls[0].stream.clone().unwrap();
    assert_eq!(
        other.direction,
        Direction::SendRecv,
        "the other leg keeps its session"
    );
    world.act(karim, call, Act::Resume);
    world.run(secs(1));
    let resumed = world.phones[karim].calls[call].stream.clone().unwrap();
    assert_eq!(resumed.direction, Direction::SendRecv);
    let held: Vec<bool> = world
        .facts()
        .iter()
        .filter_map(|fact| match fact {
            Fact::Held { held, .. } => Some(*held),
            _ => None,
        })
        .collect();
    assert_eq!(held, [true, false]);
    world.act(sofia, 0, Act::HangUp);
    world.settle(secs(120));
    let record = world.record();
    assert!(world.phones[karim].calls[call].over);
    assert_eq!(record.outcome, Outcome::Served);
    assert_eq!(record.direction, CallDirection::Internal);
    assert_eq!(record.origin, Origin::User("karim".into()));
    assert_eq!(record.ended_by, EndedBy::Callee);
    world.assert_quiet();
}

#[test]
fn a_busy_extension_without_a_mailbox_is_busy_for_the_caller() {
    let mut world = World::new(31);
    let sofia = world.phone("198.51.100.21:5060", Some("sofia"), Manners::default());
    world.phone("198.51.100.23:5060", Some("karim"), Manners::refuses(486));
    let call = world.call(sofia, "12");
    world.settle(secs(120));
    assert_eq!(world.phones[sofia].calls[call].failed, Some(486));
    assert_eq!(
        (world.record().status, world.record().cause),
        (Some(486), 17)
    );
    world.assert_quiet();
}

#[test]
fn nobody_is_promised_ringing_where_no_device_rings() {
    let mut world = World::new(38);
    let sofia = world.phone("198.51.100.21:5060", Some("sofia"), Manners::default());
    let call = world.call(sofia, "12");
    world.settle(secs(120));
    let phone = &world.phones[sofia].calls[call];
    assert_eq!(
        (phone.progress.as_slice(), phone.failed),
        (&[][..], Some(480))
    );
    assert_eq!(world.record().ringing, None);
    world.assert_quiet();
}

#[test]
fn an_unusable_answer_is_told_as_what_it_is() {
    let mut world = World::new(39);
    let sofia = world.phone("198.51.100.21:5060", Some("sofia"), Manners::default());
    let manners = Manners {
        then: Then::AnswerWrongly(secs(1)),
        ..Manners::default()
    };
    world.phone("198.51.100.23:5060", Some("karim"), manners);
    let call = world.call(sofia, "12");
    world.settle(secs(120));
    assert_eq!(world.phones[sofia].calls[call].failed, Some(488));
    let record = world.record();
    assert_eq!((record.status, record.cause), (Some(488), 88));
    let told = |what: &str| record.stages.iter().any(|stage| stage.what == what);
    assert!(told("reach karim: media refused"), "{:?}", record.stages);
    let why = "voice refused: the answer does not fit the offer: the audio line is missing";
    assert!(told(why), "{:?}", record.stages);
    world.assert_quiet();
}

#[test]
fn what_was_dialled_is_kept_in_bounds() {
    let mut world = World::new(37);
    let trunk = world.trunk();
    for (length, kept) in [
        (64, "7".repeat(64)),
        (3_000, format!("{}…", "7".repeat(63))),
    ] {
        let call = world.call(trunk, &"7".repeat(length));
        world.run(secs(2));
        assert_eq!(world.phones[trunk].calls[call].failed, Some(404));
        assert_eq!(world.records.last().map(|r| &r.called), Some(&kept));
    }
    world.settle(secs(120));
    world.assert_quiet();
}

#[test]
fn an_unknown_number_is_refused_with_a_record() {
    let mut world = World::new(15);
    let trunk = world.trunk();
    let call = world.call(trunk, "+33199999999");
    world.settle(secs(120));
    assert_eq!(world.phones[trunk].calls[call].failed, Some(404));
    let record = world.record();
    assert_eq!(record.outcome, Outcome::Refused);
    assert_eq!((record.status, record.cause), (Some(404), 1));
    assert_eq!((&record.tenant, record.answered), (&None, None));
    assert_eq!(record.called, "+33199999999");
    assert!(world.sound.orders.is_empty(), "no port is used for it");
    world.assert_quiet();
}

#[test]
fn a_stranger_is_challenged_and_leaves_no_record() {
    let mut world = World::new(16);
    let stranger = world.phone("203.0.113.66:5060", None, Manners::default());
    let call = world.call(stranger, PRINCIPAL);
    world.settle(secs(120));
    assert!(world.phones[stranger].calls[call].failed.is_some() || world.records.is_empty());
    assert!(world.records.is_empty());
    world.assert_quiet();
}

#[test]
fn a_call_whose_media_is_dead_ends() {
    let mut world = World::new(17);
    world.phone("198.51.100.21:5060", Some("sofia"), Manners::answers(1));
    let trunk = world.trunk();
    let call = world.call(trunk, RINGING);
    world.run(secs(4));
    world.lose_media(trunk, call);
    world.settle(secs(120));
    assert!(world.phones[trunk].calls[call].over);
    assert!(world.phones[0].calls[0].over);
    let record = world.record();
    assert_eq!(record.ended_by, EndedBy::Network);
    assert_eq!(record.outcome, Outcome::Served);
    world.assert_quiet();
}

#[test]
fn a_device_whose_media_is_dead_leaves_the_caller_with_the_flow() {
    let mut world = World::new(18);
    let sofia = world.phone("198.51.100.21:5060", Some("sofia"), Manners::answers(1));
    let trunk = world.trunk();
    let call = world.call(trunk, PRINCIPAL);
    world.run(secs(1));
    world.press(trunk, call, '1');
    world.run(secs(4));
    world.lose_media(sofia, 0);
    world.run(secs(1));
    assert!(world.phones[sofia].calls[0].over);
    assert!(!world.phones[trunk].calls[call].over);
    world.settle(secs(120));
    world.assert_quiet();
}

#[test]
fn over_the_limit_a_call_is_refused_with_a_record() {
    let mut settings = crate::support::settings();
    settings.limits.calls = 1;
    let mut world = World::with(19, settings);
    let trunk = world.trunk();
    world.call(trunk, PRINCIPAL);
    world.run(secs(1));
    let second = world.call(trunk, PRINCIPAL);
    world.run(secs(1));
    assert_eq!(world.phones[trunk].calls[second].failed, Some(503));
    assert_eq!(world.record().cause, 42);
    world.settle(secs(120));
    assert_eq!(world.records.len(), 2);
    world.assert_quiet();
}

#[test]
fn without_a_free_port_a_call_is_refused() {
    let mut world = World::new(20);
    world.input(Input::Ports(vec![Vec::new()]));
    let trunk = world.trunk();
    let call = world.call(trunk, PRINCIPAL);
    world.settle(secs(120));
    assert_eq!(world.phones[trunk].calls[call].failed, Some(503));
    assert_eq!(world.record().outcome, Outcome::Refused);
}

#[test]
fn draining_refuses_new_calls_and_ends_old_ones() {
    let mut world = World::new(21);
    let trunk = world.trunk();
    let first = world.call(trunk, PRINCIPAL);
    world.run(secs(1));
    world.input(Input::Drain);
    let second = world.call(trunk, PRINCIPAL);
    world.run(secs(1));
    assert_eq!(world.phones[trunk].calls[second].failed, Some(503));
    assert!(
        !world.phones[trunk].calls[first].over,
        "it may go on for a while"
    );
    assert!(!world.drained);
    world.run(secs(40));
    assert!(world.phones[trunk].calls[first].over);
    assert!(world.drained);
    assert_eq!(world.records.len(), 2);
}

#[test]
fn message_waiting_follows_the_mailbox() {
    let mut world = World::new(22);
    let sofia = world.phone("198.51.100.21:5060", Some("sofia"), Manners::default());
    let trunk = world.trunk();
    world.call(trunk, MESSAGES);
    world.settle(secs(120));
    let last = world.phones[sofia].notified.last().expect("a NOTIFY came");
    assert!(last.contains("Voice-Message: 1/0"), "{last}");
    world.assert_quiet();
}

#[test]
fn messages_are_heard_by_phone_and_the_pin_is_nowhere() {
    let mut world = World::new(23);
    let trunk = world.trunk();
    world.call(trunk, MESSAGES);
    world.settle(secs(120));
    let karim = world.phone("198.51.100.23:5060", Some("karim"), Manners::default());
    let call = world.call(karim, "*98");
    world.run(secs(2));
    for digit in ['4', '7', '1', '1'] {
        world.press(karim, call, digit);
        world.run(Duration::from_millis(300));
    }
    world.run(secs(30));
    world.act(karim, call, Act::HangUp);
    world.settle(secs(120));
    let heard = |fact: &&&Fact| matches!(fact, Fact::MessageHeard(_));
    assert_eq!(
        world.facts().iter().filter(heard).count(),
        1,
        "{}",
        world.diary_text()
    );
    let keys = |fact: &&&Fact| matches!(fact, Fact::Key(Some(_)));
    assert_eq!(world.facts().iter().filter(keys).count(), 0);
    let text = format!("{}{:?}", world.diary_text(), world.records);
    assert!(!text.contains("4711"));
    let digits: Vec<&str> = world.records[1]
        .stages
        .iter()
        .map(|s| s.what.as_str())
        .collect();
    assert!(
        !digits
            .iter()
            .any(|what| ["key 4", "key 7", "key 1"].contains(what))
    );
    world.assert_quiet();
}

#[test]
fn callers_who_are_answered_hear_ringing_while_phones_ring() {
    let mut world = World::new(24);
    world.phone("198.51.100.21:5060", Some("sofia"), Manners::answers(4));
    let trunk = world.trunk();
    let call = world.call(trunk, PRINCIPAL);
    world.run(secs(1));
    world.press(trunk, call, '1');
    world.run(secs(8));
    let orders: Vec<&str> = world
        .sound
        .orders
        .iter()
        .filter_map(|order| match order {
            Command::Play { forever: true, .. } => Some("ringing"),
            Command::Stop { .. } => Some("stop"),
            Command::Bridge { .. } => Some("bridge"),
            _ => None,
        })
        .collect();
    let ends_well = orders.ends_with(&["ringing", "stop", "bridge"]);
    assert!(ends_well, "{orders:?}");
}

#[test]
fn an_extension_nobody_answers_takes_a_message_for_its_person() {
    let mut world = World::new(25);
    let karim = world.phone("198.51.100.23:5060", Some("karim"), Manners::default());
    let sofia = world.phone("198.51.100.21:5060", Some("sofia"), Manners::default());
    let call = world.call(karim, "11");
    world.run(secs(24));
    assert!(!world.phones[karim].calls[call].answered, "it only rings");
    world.run(secs(60));
    world.act(karim, call, Act::HangUp);
    world.settle(secs(120));
    let record = world.record();
    assert_eq!(record.outcome, Outcome::MessageLeft, "{:#?}", record.stages);
    let waiting = |phone: usize| {
        world.phones[phone]
            .notified
            .last()
            .cloned()
            .unwrap_or_default()
    };
    assert!(waiting(sofia).contains("Voice-Message: 1/0"));
    assert!(
        !waiting(karim).contains("Voice-Message: 1/0"),
        "it is hers alone"
    );
    world.assert_quiet();
}

#[test]
fn a_phone_that_registers_learns_how_many_messages_wait() {
    let mut world = World::new(26);
    let trunk = world.trunk();
    world.call(trunk, MESSAGES);
    world.settle(secs(120));
    let karim = world.phone("198.51.100.23:5060", Some("karim"), Manners::default());
    world.run(secs(1));
    let last = world.phones[karim].notified.last().expect("a NOTIFY came");
    assert!(last.contains("Voice-Message: 1/0"), "{last}");
}

#[test]
fn a_line_that_is_never_answered_rings_and_is_busy() {
    let mut world = World::new(27);
    let trunk = world.trunk();
    let call = world.call(trunk, "+33199000014");
    world.settle(secs(120));
    let phone = &world.phones[trunk].calls[call];
    assert_eq!(
        (phone.progress.as_slice(), phone.failed),
        (&[180][..], Some(486))
    );
    assert_eq!(world.record().answered, None);
    world.assert_quiet();
}

#[test]
fn tenants_share_a_trunk_and_nothing_else() {
    let mut world = World::new(28);
    let neighbour = std::sync::Arc::new(crate::support::neighbour());
    world.input(Input::Tenant("globex".into(), neighbour));
    let karim = world.phone("198.51.100.23:5060", Some("karim"), Manners::default());
    let trunk = world.trunk();
    for (phone, number, status) in [
        (trunk, "+33199000090", 486),
        // Neither its line nor its people are dialled from another tenant's phone: its number is one
        // outside, to which no trunk leads.
        (karim, "+33199000090", 404),
        (karim, "77", 404),
        (karim, "hank", 404),
    ] {
        let call = world.call(phone, number);
        world.run(secs(2));
        assert_eq!(
            world.phones[phone].calls[call].failed,
            Some(status),
            "{number}"
        );
    }
    let tenants: Vec<_> = world.records.iter().map(|r| r.tenant.clone()).collect();
    let (ours, theirs) = (Some("acme".into()), Some("globex".into()));
    assert_eq!(tenants, [theirs, ours.clone(), ours.clone(), ours]);
    world.settle(secs(120));
    world.assert_quiet();
}

#[test]
fn a_message_being_spoken_when_the_engine_stops_is_kept() {
    let mut world = World::new(29);
    world.sound.speech = secs(60);
    let trunk = world.trunk();
    world.call(trunk, MESSAGES);
    world.run(secs(12));
    world.input(Input::Drain);
    world.run(secs(40));
    assert!(world.drained);
    assert_eq!(world.record().outcome, Outcome::MessageLeft);
    assert_eq!(world.record().ended_by, EndedBy::Engine);
}
