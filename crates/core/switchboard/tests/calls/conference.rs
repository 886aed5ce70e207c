//! Three and more who talk with each other: how they come, who hears whom, who may leave.

use std::sync::Arc;
use std::time::Duration;

use rappel_call::MAX_PARTIES;
use rappel_media::{Command, Event, Part};
use rappel_model::{Fact, RoomId};
use rappel_switchboard::Input;

use crate::support::{Act, Manners, TENANT, World, ending_conferences};

const RINGING: &str = "+33199000012";

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// A phone and its call.
type Party = (usize, usize);

/// Sofia, who talks with somebody outside and holds them, then with Karim and holds him.
struct Floor {
    world: World,
    sofia: usize,
    outside: Party,
    karim: Party,
    lea: usize,
}

impl Floor {
    fn new(seed: u64) -> Self {
        Self::in_world(World::new(seed))
    }

    fn in_world(mut world: World) -> Self {
        let quiet = Manners::default();
        let sofia = world.phone("198.51.100.21:5060", Some("sofia"), quiet);
        let karim = world.phone("198.51.100.23:5060", Some("karim"), quiet);
        let lea = world.phone("198.51.100.24:5060", Some("lea"), quiet);
        let trunk = world.trunk();
        let call = world.call(trunk, RINGING);
        world.run(secs(1));
        world.act(sofia, 0, Act::Accept);
        world.run(secs(1));
        let mut floor = Self {
            world,
            sofia,
            outside: (trunk, call),
            karim: (karim, 0),
            lea,
        };
        assert!(floor.talk(floor.outside, (sofia, 0)));
        floor.hold((sofia, 0));
        let rings = floor.world.phones[karim].calls.len();
        floor.karim = (karim, rings);
        let second = floor.dial(sofia, "12");
        floor.world.act(karim, rings, Act::Accept);
        floor.world.run(secs(1));
        assert!(floor.talk((sofia, second), floor.karim));
        floor.hold((sofia, second));
        floor
    }

    fn dial(&mut self, phone: usize, digits: &str) -> usize {
        let call = self.world.call(phone, digits);
        self.world.run(secs(1));
        call
    }

    fn hold(&mut self, (phone, call): Party) {
        self.world.act(phone, call, Act::Hold);
        self.world.run(secs(1));
    }

    /// Sofia dials the code.
    fn joined(&mut self) -> Party {
        let call = self.dial(self.sofia, "*3");
        (self.sofia, call)
    }

    fn talk(&self, one: Party, other: Party) -> bool {
        self.world.talk(one, other)
    }

    fn all_talk(&self, parties: &[Party]) -> bool {
        let mut pairs = parties
            .iter()
            .flat_map(|a| parties.iter().map(move |b| (a, b)));
        pairs.all(|(a, b)| a == b || self.talk(*a, *b))
    }

    fn is_over(&self, (phone, call): Party) -> bool {
        self.world.phones[phone].calls[call].over
    }

    fn part(&self, (phone, call): Party) -> Option<Part> {
        let port = self.world.phones[phone].calls[call]
            .remote
            .expect("it is connected");
        let leg = self.world.sound.leg_at(port).expect("the port has a leg");
        self.world.sound.part(leg)
    }

    fn leave(&mut self, (phone, call): Party) {
        self.world.act(phone, call, Act::HangUp);
        self.world.run(secs(1));
    }

    /// Who came and left, as parties that remain.
    fn told(&self) -> Vec<(bool, u32)> {
        let facts = self.world.facts();
        let told = facts.iter().filter_map(|fact| match fact {
            Fact::Conference {
                joined, parties, ..
            } => Some((*joined, *parties)),
            _ => None,
        });
        told.collect()
    }

    fn finish(mut self) {
        for phone in 0..self.world.phones.len() {
            for call in 0..self.world.phones[phone].calls.len() {
                if self.world.phones[phone].calls[call].answered || phone != self.outside.0 {
                    self.world.act(phone, call, Act::HangUp);
                }
            }
        }
        self.world.settle(secs(300));
        self.world.assert_quiet();
    }
}

#[test]
fn all_whom_a_phone_holds_are_joined_with_it() {
    let mut floor = Floor::new(810);
    let sofia = floor.joined();
    let all = [sofia, floor.outside, floor.karim];
    assert!(floor.all_talk(&all));
    assert!(
        all.iter()
            .all(|party| floor.part(*party) == Some(Part::Full))
    );
    for held in 0..2 {
        assert!(
            floor.is_over((floor.sofia, held)),
            "its lines are free again"
        );
    }
    // A key of one goes to both others, once.
    floor.world.press(floor.karim.0, floor.karim.1, '7');
    let sent = |order: &&Command<_>| matches!(order, Command::SendDigit { digit: '7', .. });
    assert_eq!(floor.world.sound.orders.iter().filter(sent).count(), 2);
    floor.leave(floor.karim);
    assert!(floor.talk(sofia, floor.outside));
    assert_eq!(floor.part(sofia), None, "two are joined by relay");
    assert_eq!(floor.told(), [(true, 3), (false, 2)]);
    floor.leave(sofia);
    floor.world.settle(secs(300));
    assert!(floor.is_over(floor.outside));
    floor.finish();
}

#[test]
fn whoever_leaves_the_others_go_on() {
    for (seed, who) in [(811, 0), (812, 1), (813, 2)] {
        let mut floor = Floor::new(seed);
        let sofia = floor.joined();
        let all = [sofia, floor.outside, floor.karim];
        floor.leave(all[who]);
        let rest: Vec<Party> = all.into_iter().filter(|party| *party != all[who]).collect();
        assert!(floor.all_talk(&rest), "without {who}");
        assert_eq!(floor.part(rest[0]), None);
        floor.world.run(secs(600));
        assert!(floor.all_talk(&rest), "nothing ends them later");
        floor.leave(rest[0]);
        floor.world.settle(secs(300));
        assert!(floor.is_over(rest[1]), "one alone is no conversation");
        floor.finish();
    }
}

#[test]
fn by_rule_it_ends_with_who_began_it_and_with_nobody_else() {
    for (seed, host) in [(814, true), (815, false)] {
        let mut world = World::new(seed);
        let company = Arc::new(ending_conferences());
        world.input(Input::Tenant(TENANT.into(), company));
        let mut floor = Floor::in_world(world);
        let sofia = floor.joined();
        let (outside, karim) = (floor.outside, floor.karim);
        assert!(floor.all_talk(&[sofia, outside, karim]));
        floor.leave(if host { sofia } else { karim });
        assert_eq!(floor.is_over(outside), host);
        floor.finish();
    }
}

#[test]
fn a_conference_grows_by_the_same_code() {
    let mut floor = Floor::new(816);
    let sofia = floor.joined();
    floor.hold(sofia);
    assert!(
        floor.talk(floor.outside, floor.karim),
        "they talk meanwhile"
    );
    let asked = floor.dial(floor.sofia, "13");
    let rings = floor.world.phones[floor.lea].calls.len() - 1;
    floor.world.act(floor.lea, rings, Act::Accept);
    floor.world.run(secs(1));
    floor.hold((floor.sofia, asked));
    let sofia = floor.joined();
    let all = [sofia, floor.outside, floor.karim, (floor.lea, rings)];
    assert!(floor.all_talk(&all));
    assert_eq!(floor.told(), [(true, 3), (true, 4)]);
    floor.leave(all[3]);
    floor.leave(sofia);
    assert!(floor.talk(floor.outside, floor.karim));
    assert_eq!(floor.part(floor.karim), None);
    floor.finish();
}

#[test]
fn who_holds_nobody_is_refused_and_who_holds_one_has_them_back() {
    let mut floor = Floor::new(817);
    let none = floor.dial(floor.lea, "*3");
    assert_eq!(floor.world.phones[floor.lea].calls[none].failed, Some(404));
    floor.leave(floor.karim);
    let sofia = floor.joined();
    assert!(floor.talk(sofia, floor.outside));
    assert_eq!(floor.part(sofia), None);
    assert!(floor.told().is_empty());
    floor.finish();
}

#[test]
fn nobody_is_handed_over_out_of_a_conference_and_a_full_room_keeps_the_two() {
    let mut floor = Floor::new(818);
    let sofia = floor.joined();
    floor.world.refer(sofia.0, sofia.1, "sip:13@192.0.2.1");
    floor.world.run(secs(1));
    assert!(
        floor.all_talk(&[sofia, floor.outside, floor.karim]),
        "refused"
    );
    let port = floor.world.phones[floor.karim.0].calls[floor.karim.1].remote;
    let leg = floor.world.sound.leg_at(port.unwrap()).unwrap();
    let room = RoomId(1);
    let full = Event::RoomFull { leg, room };
    floor.world.input(Input::Media(full));
    floor.world.run(secs(1));
    assert!(floor.is_over(floor.karim));
    assert!(floor.talk(sofia, floor.outside));
    floor.finish();
}

#[test]
fn a_conference_has_room_for_so_many_and_no_more() {
    let mut floor = Floor::new(819);
    let mut sofia = floor.joined();
    for n in 3..=MAX_PARTIES {
        floor.hold(sofia);
        let call = floor.world.call(floor.outside.0, RINGING);
        floor.world.run(secs(1));
        let rings = floor.world.phones[floor.sofia].calls.len() - 1;
        floor.world.act(floor.sofia, rings, Act::Accept);
        floor.world.run(secs(1));
        floor.hold((floor.sofia, rings));
        sofia = floor.joined();
        let came = floor.talk(sofia, (floor.outside.0, call));
        assert_eq!(came, n < MAX_PARTIES, "the {}th", n + 1);
    }
    floor.finish();
}
