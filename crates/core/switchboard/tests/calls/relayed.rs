//! Callers who speak nothing the house speaks: passed on to a phone that speaks it, refused otherwise.

use std::time::Duration;

use rappel_media::Command;
use rappel_model::LegId;
use rappel_model::record::Stage;
use rappel_rtp::sdp::Carried;
use rappel_rtp::{Foreign, Format, Stream};
use rappel_sip::message::Message;

use crate::support::{Act, Manners, World};

const RINGING: &str = "+33199000012";
const PRINCIPAL: &str = "+33199000010";

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn carried(name: &str, payload_type: u8, parameters: Option<&str>) -> Carried {
    Carried {
        format: Foreign::new(name, 8_000, 1).expect("a codec"),
        payload_type,
        parameters: parameters.map(str::to_owned),
    }
}

/// A caller from outside and Sofia, who speak these.
fn world(seed: u64, caller: Vec<Carried>, called: Vec<Carried>) -> (World, usize, usize) {
    let mut world = World::new(seed);
    let sofia = world.phone("198.51.100.21:5060", Some("sofia"), Manners::default());
    let trunk = world.trunk();
    world.phones[trunk].speaks = caller;
    world.phones[sofia].speaks = called;
    world.phones[sofia].picky = true;
    (world, trunk, sofia)
}

/// What media was last told of a leg.
fn stream(world: &World, wanted: u64) -> &Stream {
    let mut told = world.sound.orders.iter().rev();
    let told = told.find_map(|order| match order {
        Command::Connect { leg, stream } if *leg == LegId(wanted) => Some(stream),
        _ => None,
    });
    told.expect("it was connected")
}

/// Why the last INVITE of a phone was refused, in words.
fn warned(world: &World, phone: usize) -> String {
    let mut heard = world.phones[phone].heard.iter().rev();
    let refusal = heard.find_map(|message| match message {
        Message::Response(response) if response.status().code() == 488 => Some(response),
        _ => None,
    });
    let headers = refusal.expect("a 488").headers();
    let warning = headers
        .iter()
        .find(|field| field.name().to_string().eq_ignore_ascii_case("warning"))
        .expect("it says why");
    String::from_utf8(warning.value().to_vec()).expect("a header is text")
}

#[test]
fn two_who_speak_the_same_are_joined_with_what_either_said_of_it() {
    let offered = vec![
        carried("AMR", 97, Some("octet-align=1")),
        carried("iLBC", 98, Some("mode=30")),
        carried("G729", 18, None),
    ];
    let spoken = vec![carried("iLBC", 98, Some("mode=20"))];
    let (mut world, trunk, sofia) = world(800, offered, spoken);
    let call = world.call(trunk, RINGING);
    world.run(secs(1));
    assert_eq!(world.phones[trunk].calls[call].progress, [180]);
    world.takes((sofia, 0), (trunk, call));
    let ilbc = Format::Foreign(Foreign::new("ILBC", 8_000, 1).unwrap());
    assert_eq!(stream(&world, 1).format, ilbc);
    assert_eq!(stream(&world, 2).format, ilbc);
    let heard = &world.phones[trunk].calls[call];
    assert_eq!(heard.stream.as_ref().unwrap().format, ilbc);
    assert_eq!(heard.carried()[0].parameters.as_deref(), Some("mode=20"));
    // A hold and its end change nothing of that.
    world.act(sofia, 0, Act::Hold);
    world.run(secs(1));
    world.act(sofia, 0, Act::Resume);
    world.run(secs(1));
    assert!(world.talk((trunk, call), (sofia, 0)));
    assert_eq!(stream(&world, 2).format, ilbc);
    world.act(trunk, call, Act::HangUp);
    world.settle(secs(120));
    world.assert_quiet();
}

#[test]
fn what_a_phone_says_before_it_answers_is_passed_on_too() {
    let both = vec![carried("G729", 18, Some("annexb=no"))];
    let (mut world, trunk, sofia) = world(801, both.clone(), both);
    let call = world.call(trunk, RINGING);
    world.run(secs(1));
    world.act(sofia, 0, Act::Early);
    world.run(secs(1));
    assert_eq!(world.phones[trunk].calls[call].progress, [180, 183]);
    assert!(world.sound.hear_each_other(LegId(1), LegId(2)));
    world.takes((sofia, 0), (trunk, call));
    world.act(trunk, call, Act::HangUp);
    world.settle(secs(120));
    world.assert_quiet();
}

#[test]
fn a_menu_refuses_who_could_only_be_passed_on_and_says_why() {
    let (mut world, trunk, _) = world(802, vec![carried("G729", 18, None)], Vec::new());
    let call = world.call(trunk, PRINCIPAL);
    world.run(secs(2));
    assert_eq!(world.phones[trunk].calls[call].failed, Some(488));
    let why = warned(&world, trunk);
    assert!(why.starts_with("305 "), "{why}");
    assert!(why.contains("can only be passed on"), "{why}");
    world.settle(secs(120));
    world.assert_quiet();
}

#[test]
fn a_phone_that_speaks_something_else_does_not_ring_and_the_caller_is_told_why() {
    let (mut world, trunk, sofia) = world(803, vec![carried("G729", 18, None)], Vec::new());
    let call = world.call(trunk, RINGING);
    world.run(secs(60));
    assert!(world.phones[sofia].calls.is_empty());
    assert_eq!(world.phones[trunk].calls[call].failed, Some(488));
    assert!(warned(&world, trunk).contains("can only be passed on"));
    world.settle(secs(120));
    world.assert_quiet();
}

/// A caller in G.729 talks with Sofia, whose phone speaks that and ours; Léa's phone speaks ours alone.
struct Relayed {
    world: World,
    trunk: usize,
    call: usize,
    sofia: usize,
    lea: usize,
}

impl Relayed {
    fn new(seed: u64) -> Self {
        let g729 = || vec![carried("G729", 18, None)];
        let (mut world, trunk, sofia) = world(seed, g729(), g729());
        let lea = world.phone("198.51.100.24:5060", Some("lea"), Manners::answers(1));
        world.phones[lea].picky = true;
        let call = world.call(trunk, RINGING);
        world.run(secs(1));
        world.takes((sofia, 0), (trunk, call));
        Self {
            world,
            trunk,
            call,
            sofia,
            lea,
        }
    }

    /// Sofia holds the caller and talks with Léa in a codec of ours; the number of her call.
    fn consults(&mut self) -> usize {
        let world = &mut self.world;
        world.act(self.sofia, 0, Act::Hold);
        world.millis(100);
        world.phones[self.sofia].speaks.clear();
        let second = world.call(self.sofia, "13");
        world.run(secs(3));
        second
    }

    /// The caller and Sofia still hear each other.
    fn assert_talk_on(&mut self) {
        self.world.act(self.sofia, 0, Act::Resume);
        self.world.run(secs(1));
        let (caller, sofia) = ((self.trunk, self.call), (self.sofia, 0));
        assert!(self.world.talk(caller, sofia), "they talk on");
    }

    fn finish(mut self) {
        self.world.act(self.trunk, self.call, Act::HangUp);
        self.world.settle(secs(200));
        self.world.assert_quiet();
    }
}

#[test]
fn nobody_is_joined_to_who_would_hear_nothing_of_them() {
    let mut relayed = Relayed::new(804);
    let second = relayed.consults();
    let (sofia, lea) = (relayed.sofia, relayed.lea);
    assert!(relayed.world.talk((sofia, second), (lea, 0)));
    for (from, to) in [(0, second), (second, 0)] {
        relayed.world.refer_to_call(sofia, from, to);
        relayed.world.millis(300);
        assert_eq!(relayed.world.told(sofia).0, Some(488), "from {from}");
        assert!(relayed.world.talk((sofia, second), (lea, 0)), "from {from}");
    }
    relayed.world.act(sofia, second, Act::HangUp);
    relayed.world.run(secs(1));
    relayed.assert_talk_on();
    relayed.finish();
}

#[test]
fn nobody_is_left_to_ring_a_phone_that_was_rung_in_another_codec() {
    let mut relayed = Relayed::new(805);
    let (sofia, lea) = (relayed.sofia, relayed.lea);
    relayed.world.phones[lea].manners = Manners::default();
    let second = relayed.consults();
    relayed.world.refer_to_call(sofia, 0, second);
    relayed.world.millis(300);
    assert_eq!(relayed.world.told(sofia).0, Some(488));
    assert!(
        !relayed.world.phones[sofia].calls[second].over,
        "it rings on"
    );
    relayed.world.act(sofia, second, Act::HangUp);
    relayed.world.run(secs(1));
    relayed.assert_talk_on();
    relayed.finish();
}

#[test]
fn a_blind_hand_over_to_another_codec_fails_and_the_caller_is_back() {
    let mut relayed = Relayed::new(806);
    let sofia = relayed.sofia;
    // A person in another codec; a line and a place, whose words and music would not be heard.
    for (target, status, last) in [
        ("13", 202, Some("488 Not Acceptable Here")),
        ("10", 488, None),
        ("*68", 488, None),
        ("703", 488, None),
    ] {
        relayed
            .world
            .refer(sofia, 0, &format!("sip:{target}@192.0.2.1"));
        relayed.world.run(secs(2));
        let (answer, told) = relayed.world.told(sofia);
        assert_eq!(answer, Some(status), "{target}");
        if let Some(last) = last {
            assert_eq!(told.last().map(String::as_str), Some(last), "{told:?}");
        }
        let (caller, hers) = ((relayed.trunk, relayed.call), (sofia, 0));
        assert!(relayed.world.talk(caller, hers), "{target}: they talk on");
    }
    relayed.finish();
}

#[test]
fn nobody_listens_to_what_is_only_passed_on_and_is_told_why() {
    let mut relayed = Relayed::new(807);
    let lea = relayed.lea;
    let listens = relayed.world.call(lea, "*5511");
    relayed.world.run(secs(1));
    assert_eq!(relayed.world.phones[lea].calls[listens].failed, Some(488));
    assert!(warned(&relayed.world, lea).contains("can only be passed on"));
    // Nor is a conference made of it.
    relayed.world.act(relayed.sofia, 0, Act::Hold);
    relayed.world.millis(100);
    relayed.world.phones[relayed.sofia].speaks.clear();
    let conference = relayed.world.call(relayed.sofia, "*3");
    relayed.world.run(secs(1));
    let refused = relayed.world.phones[relayed.sofia].calls[conference].failed;
    assert_eq!(refused, Some(488));
    relayed.assert_talk_on();
    relayed.finish();
}

#[test]
fn a_flow_that_would_go_on_with_who_cannot_hear_it_ends_the_call() {
    let g729 = || vec![carried("G729", 18, None)];
    let (mut world, _, sofia) = world(808, g729(), g729());
    let karim = world.phone("198.51.100.23:5060", Some("karim"), Manners::default());
    let lea = world.phone("198.51.100.24:5060", Some("lea"), Manners::default());
    world.phones[lea].picky = true;
    world.phones[karim].speaks = g729();
    // Her extension: words of her mailbox come after her.
    let call = world.call(karim, "11");
    world.run(secs(1));
    world.takes((sofia, 0), (karim, call));
    // Sofia hands him to Léa, whose phone takes nothing of it, and hangs up at once. Nor does she answer
    // when he comes back to her.
    world.refer(sofia, 0, "sip:13@192.0.2.1");
    world.act(sofia, 0, Act::HangUp);
    world.run(secs(5));
    assert!(!world.phones[karim].calls[call].over, "she is rung");
    world.run(secs(25));
    assert!(world.phones[karim].calls[call].over, "not left in silence");
    assert!(world.plays.is_empty(), "{:?}", world.plays);
    world.settle(secs(200));
    world.assert_quiet();
    let stages = &world.record().stages;
    let why = |stage: &Stage| stage.what.starts_with("cannot be spoken to");
    assert!(stages.iter().any(why), "{stages:?}");
}
