//! What callers hear before an answer and on hold, where phones may send calls, what passes between legs.

use std::time::Duration;

use rappel_media::{Command, Event};
use rappel_model::{LegId, Sound, Tone};
use rappel_sip::header::Warning;
use rappel_sip::message::{Message, Method};
use rappel_switchboard::{Input, OnHold};

use crate::support::{Act, Manners, OFFER, RawCall, Then, World, settings};

const RINGING: &str = "+33199000012";
const PRINCIPAL: &str = "+33199000010";

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn silent() -> Manners {
    Manners {
        rings: None,
        then: Then::Nothing,
        talks: None,
    }
}

/// How often a tone began on the session of a leg.
fn tones(world: &World, leg: u64, wanted: Tone) -> usize {
    let begun = |order: &&Command<Sound>| match order {
        Command::Play {
            leg: on, sounds, ..
        } => on.0 == leg && sounds.contains(&Sound::Tone(wanted)),
        _ => false,
    };
    world.sound.orders.iter().filter(begun).count()
}

#[test]
fn a_caller_hears_what_the_phone_says_before_it_answers() {
    let mut world = World::new(500);
    let sofia = world.phone("198.51.100.21:5060", Some("sofia"), silent());
    let trunk = world.trunk();
    let call = world.call(trunk, RINGING);
    world.run(secs(1));
    world.act(sofia, 0, Act::Early);
    world.run(secs(1));
    assert_eq!(world.phones[trunk].calls[call].progress, [183]);
    assert!(!world.phones[trunk].calls[call].answered);
    assert!(world.sound.hear_each_other(LegId(1), LegId(2)));
    let early = early_answer(&world, trunk);
    world.act(sofia, 0, Act::Accept);
    world.run(secs(1));
    assert!(world.phones[trunk].calls[call].answered);
    assert!(world.talk((trunk, call), (sofia, 0)));
    // A 183 that was acknowledged (RFC 3262) is not repeated by the 200; any other is, word for word.
    let last = final_answer(&world, trunk);
    assert!(last.is_empty() || last == early);
    world.act(trunk, call, Act::HangUp);
    world.settle(secs(120));
    world.assert_quiet();
}

fn bodies(world: &World, phone: usize, wanted: u16) -> Option<bytes::Bytes> {
    world.phones[phone]
        .heard
        .iter()
        .find_map(|message| match message {
            Message::Response(response)
                if response.status().code() == wanted
                    && response.cseq().method == Method::Invite =>
            {
                Some(response.body().clone())
            }
            _ => None,
        })
}

fn early_answer(world: &World, phone: usize) -> bytes::Bytes {
    bodies(world, phone, 183).expect("a 183")
}

fn final_answer(world: &World, phone: usize) -> bytes::Bytes {
    bodies(world, phone, 200).expect("a 200")
}

#[test]
fn a_caller_who_was_answered_hears_it_in_place_of_our_ringing_once_it_is_there() {
    let mut world = World::new(501);
    let sofia = world.phone("198.51.100.21:5060", Some("sofia"), silent());
    let trunk = world.trunk();
    let call = world.call(trunk, PRINCIPAL);
    world.run(secs(1));
    world.press(trunk, call, '1');
    world.run(secs(1));
    assert!(tones(&world, 1, Tone::Ringing) > 0);
    world.act(sofia, 0, Act::Early);
    world.run(secs(1));
    assert!(
        !world.sound.hear_each_other(LegId(1), LegId(2)),
        "no packet has come"
    );
    world.input(Input::Media(Event::Started { leg: LegId(2) }));
    assert!(world.sound.hear_each_other(LegId(1), LegId(2)));
    // A ringing phone that has been heard goes on being heard.
    world.act(sofia, 0, Act::Ring);
    world.run(secs(1));
    assert!(world.sound.hear_each_other(LegId(1), LegId(2)));
    // It refuses: our ringing is heard again for as long as anybody rings, here nobody.
    world.act(sofia, 0, Act::Reject(486));
    world.run(secs(1));
    assert!(!world.sound.hear_each_other(LegId(1), LegId(2)));
    world.settle(secs(120));
    world.assert_quiet();
}

#[test]
fn ringing_after_an_announcement_that_never_came_is_ours() {
    let mut world = World::new(502);
    let sofia = world.phone("198.51.100.21:5060", Some("sofia"), silent());
    let trunk = world.trunk();
    let call = world.call(trunk, RINGING);
    world.run(secs(1));
    world.act(sofia, 0, Act::Early);
    world.run(secs(1));
    world.act(sofia, 0, Act::Ring);
    world.run(secs(1));
    assert!(!world.sound.hear_each_other(LegId(1), LegId(2)));
    assert_eq!(tones(&world, 1, Tone::Ringing), 1, "in the early session");
    world.takes((sofia, 0), (trunk, call));
    world.act(trunk, call, Act::HangUp);
    world.settle(secs(120));
    world.assert_quiet();
}

#[test]
fn early_media_is_a_rule_and_one_of_several_phones_is_not_heard() {
    for (rule, second) in [(false, false), (true, true)] {
        let mut settings = settings();
        settings.early_media = rule;
        let mut world = World::with(503, settings);
        let sofia = world.phone("198.51.100.21:5060", Some("sofia"), silent());
        if second {
            world.phone("198.51.100.23:5060", Some("karim"), silent());
        }
        let trunk = world.trunk();
        let call = world.call(trunk, RINGING);
        world.run(secs(1));
        world.act(sofia, 0, Act::Early);
        world.run(secs(1));
        assert_eq!(world.phones[trunk].calls[call].progress, [180]);
        assert!(!world.sound.hear_each_other(LegId(1), LegId(2)));
        // The early answer still counts when the 2xx repeats none.
        world.takes((sofia, 0), (trunk, call));
        world.act(trunk, call, Act::HangUp);
        world.settle(secs(120));
        world.assert_quiet();
    }
}

#[test]
fn a_caller_without_an_offer_hears_ringing_only() {
    let mut world = World::new(504);
    let sofia = world.phone("198.51.100.21:5060", Some("sofia"), silent());
    let trunk = world.trunk();
    let mut call = RawCall::new(&world, trunk, RINGING, "<sip:+33612345678@198.51.100.7>");
    call.invite(&mut world, "");
    world.run(secs(1));
    world.act(sofia, 0, Act::Early);
    world.run(secs(1));
    assert!(bodies(&world, trunk, 183).is_none());
    assert!(bodies(&world, trunk, 180).is_some_and(|body| body.is_empty()));
    world.act(sofia, 0, Act::Accept);
    world.run(secs(1));
    call.answer(&world).expect("200 with our offer");
    call.ack(&mut world, OFFER);
    world.run(secs(1));
    assert!(world.sound.hear_each_other(LegId(1), LegId(2)));
    call.bye(&mut world);
    world.settle(secs(120));
    world.assert_quiet();
}

#[test]
fn who_is_on_hold_hears_so_by_rule_until_the_other_comes_back() {
    for (rule, tone, music, aside, quiet) in [
        (OnHold::Music, 0, 1, 0, 2),
        (OnHold::Tone, 1, 0, 0, 2),
        (OnHold::Theirs, 0, 1, 1, 2),
        // Any silence is borne.
        (OnHold::Theirs, 0, 0, 0, 0),
        (OnHold::Silence, 0, 0, 0, 2),
    ] {
        let mut settings = settings();
        settings.on_hold = rule;
        settings.quiet_after = secs(quiet);
        let mut world = World::with(505, settings);
        let sofia = world.phone("198.51.100.21:5060", Some("sofia"), Manners::answers(1));
        let trunk = world.trunk();
        let call = world.call(trunk, RINGING);
        world.run(secs(3));
        world.act(sofia, 0, Act::Hold);
        world.run(secs(1));
        assert_eq!(tones(&world, 1, Tone::Hold), tone, "{rule:?}");
        let played = world.plays.iter().filter(|(_, key)| key == "music");
        assert_eq!(played.count(), music, "{rule:?}");
        let orders = world.sound.orders.iter();
        let stands = orders.filter(|o| matches!(o, Command::StandAside { leg, .. } if leg.0 == 1));
        assert_eq!(stands.count(), aside, "{rule:?}");
        let stopped = |world: &World| {
            let orders = world.sound.orders.iter();
            orders
                .filter(|o| matches!(o, Command::Stop { leg, .. } if leg.0 == 1))
                .count()
        };
        let before = stopped(&world);
        world.act(sofia, 0, Act::Resume);
        world.run(secs(1));
        let more = usize::from(rule != OnHold::Theirs || quiet > 0);
        assert_eq!(stopped(&world), before + more, "{rule:?}");
        // A hold that lasts to the end of the call leaves no tone to whoever stays.
        world.act(sofia, 0, Act::Hold);
        world.run(secs(1));
        world.act(sofia, 0, Act::HangUp);
        world.run(secs(1));
        assert_eq!(stopped(&world), before + 2 * more, "{rule:?}");
        world.act(trunk, call, Act::HangUp);
        world.settle(secs(120));
        world.assert_quiet();
    }
}

#[test]
fn a_phone_may_send_calls_to_colleagues_and_nowhere_else() {
    for (contact, rings) in [
        ("<sip:12@192.0.2.1>", true),
        ("<sip:karim@192.0.2.1>", true),
        ("<sip:+33899000000@192.0.2.1>", false),
        ("<sip:+33899000000@198.51.100.7>, <sip:12@192.0.2.1>", true),
        ("<tel:+33899000000>", false),
    ] {
        let mut world = World::new(506);
        let sofia = world.phone("198.51.100.21:5060", Some("sofia"), silent());
        let karim = world.phone("198.51.100.23:5060", Some("karim"), Manners::answers(1));
        let lea = world.phone("198.51.100.24:5060", Some("lea"), silent());
        let call = world.call(lea, "11");
        world.run(secs(1));
        redirect(&mut world, sofia, contact);
        world.run(secs(3));
        let asked = world.phones[karim].calls.len();
        assert_eq!(asked, usize::from(rings), "{contact}");
        // Where nobody rings, her mailbox answers.
        assert!(world.phones[lea].calls[call].answered, "{contact}");
        world.act(lea, call, Act::HangUp);
        world.settle(secs(120));
        world.assert_quiet();
    }
}

/// Answers the INVITE that a phone heard last with 302.
fn redirect(world: &mut World, phone: usize, contact: &str) {
    let invite = world.phones[phone]
        .heard
        .iter()
        .rev()
        .find_map(|message| match message {
            Message::Request(request) if *request.method() == Method::Invite => {
                Some(request.clone())
            }
            _ => None,
        });
    let invite = invite.expect("it was called");
    let via = invite.via().to_string();
    let text = format!(
        "SIP/2.0 302 Moved Temporarily\r\nVia: {via}\r\nFrom: {}\r\nTo: {};tag=moved\r\n\
         Call-ID: {}\r\nCSeq: {} INVITE\r\nContact: {contact}\r\nContent-Length: 0\r\n\r\n",
        invite.from(),
        invite.to(),
        invite.call_id(),
        invite.cseq().number,
    );
    world.send_to_board(phone, bytes::Bytes::from(text));
}

#[test]
fn the_losers_of_a_race_are_told_that_somebody_else_answered() {
    let mut world = World::new(507);
    let sofia = world.phone("198.51.100.21:5060", Some("sofia"), Manners::default());
    world.phone("198.51.100.23:5060", Some("karim"), Manners::answers(1));
    let trunk = world.trunk();
    let call = world.call(trunk, RINGING);
    world.run(secs(3));
    let cancel = world.phones[sofia]
        .heard
        .iter()
        .find_map(|message| match message {
            Message::Request(request) if *request.method() == Method::Cancel => {
                Some(String::from_utf8_lossy(&rappel_sip::wire::print(message)).into_owned())
            }
            _ => None,
        });
    let cancel = cancel.expect("a CANCEL");
    assert!(
        cancel.contains("SIP;cause=200;text=\"Call completed elsewhere\""),
        "{cancel}"
    );
    assert!(cancel.contains("Q.850;cause=26"), "{cancel}");
    world.act(trunk, call, Act::HangUp);
    world.settle(secs(120));
}

#[test]
fn no_name_of_one_leg_is_found_in_any_byte_of_the_other() {
    let mut world = World::new(508);
    let sofia = world.phone("198.51.100.21:5060", Some("sofia"), Manners::answers(1));
    let trunk = world.trunk();
    let headers = [
        ("User-to-User", "56a3;encoding=hex"),
        ("Call-Info", "<http://secret.example/>;answer-after=0"),
        ("P-Asserted-Identity", "<sip:+33999999999@secret.example>"),
        ("Diversion", "<sip:+33888888888@secret.example>"),
        ("X-Secret", "secret.example"),
    ];
    let headers = headers
        .iter()
        .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
        .collect();
    let call = world.phones[trunk].call_with(world.now, RINGING, headers);
    world.drain_phone(trunk);
    world.run(secs(3));
    world.act(sofia, 0, Act::Hold);
    world.run(secs(1));
    let of = |world: &World, phone: usize, call: usize| {
        let names = world.phones[phone].names(call);
        let at = world.phones[phone].address;
        vec![names.id, names.local, names.remote, at.ip().to_string()]
    };
    let (mut outside, inside) = (of(&world, trunk, call), of(&world, sofia, 0));
    outside.push("secret.example".to_owned());
    world.act(sofia, 0, Act::HangUp);
    world.settle(secs(120));
    for (phone, hidden) in [(sofia, outside), (trunk, inside)] {
        for message in &world.phones[phone].heard {
            let text = String::from_utf8_lossy(&rappel_sip::wire::print(message)).into_owned();
            for name in &hidden {
                assert!(!text.contains(name.as_str()), "{name} in {text}");
            }
        }
    }
    assert!(
        world.phones[sofia].calls[0]
            .seen
            .contains("User-to-User: 56a3;encoding=hex")
    );
    world.assert_quiet();
}

/// `[media] blocked`: an offer that wants voice there is refused, and an answer ends its call.
#[test]
fn nobody_is_sent_voice_at_a_blocked_address() {
    let blocked = ["198.51.100.21".parse().expect("an address")];
    let settings = rappel_switchboard::Settings {
        blocked: blocked.into(),
        ..settings()
    };
    let mut world = World::with(520, settings);
    let sofia = world.phone("198.51.100.21:5060", Some("sofia"), Manners::answers(1));
    let trunk = world.trunk();
    let from_there = world.call(sofia, RINGING);
    world.run(secs(1));
    assert_eq!(world.phones[sofia].calls[from_there].failed, Some(488));
    let warned = world.phones[sofia]
        .heard
        .iter()
        .any(|message| match message {
            Message::Response(response) => matches!(
                response.typed::<Warning>(),
                Some(warning) if warning.text.contains("not sent to 198.51.100.21")
            ),
            Message::Request(_) => false,
        });
    assert!(warned, "it is told why");
    let call = world.call(trunk, RINGING);
    world.run(secs(5));
    assert!(!world.talk((trunk, call), (sofia, from_there + 1)));
    let sent = |order: &Command<Sound>| match order {
        Command::Connect { stream, .. } => stream.remote.ip().to_string() == "198.51.100.21",
        _ => false,
    };
    assert!(!world.sound.orders.iter().any(sent), "nothing goes there");
    world.act(trunk, call, Act::HangUp);
    world.settle(secs(120));
    world.assert_quiet();
}
