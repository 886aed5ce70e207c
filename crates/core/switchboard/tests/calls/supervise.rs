//! Supervisors: who may listen, what they and the others hear, and what is told of it.

use std::time::Duration;

use rappel_media::{Command, Part};
use rappel_model::{Fact, LegId, Oversight};

use crate::support::{Act, Manners, World};

const TEAM: &str = "+33199000012";

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// A caller from outside talks with Sofia; Léa and Karim are supervisors.
struct Floor {
    world: World,
    trunk: usize,
    call: usize,
    sofia: usize,
    karim: usize,
    lea: usize,
}

impl Floor {
    fn new(seed: u64) -> Self {
        let mut world = World::new(seed);
        let quiet = Manners::default();
        let sofia = world.phone("198.51.100.21:5060", Some("sofia"), quiet);
        let karim = world.phone("198.51.100.23:5060", Some("karim"), quiet);
        let lea = world.phone("198.51.100.24:5060", Some("lea"), quiet);
        let trunk = world.trunk();
        let call = world.call(trunk, TEAM);
        world.run(secs(1));
        world.takes((sofia, 0), (trunk, call));
        Self {
            world,
            trunk,
            call,
            sofia,
            karim,
            lea,
        }
    }

    fn dial(&mut self, phone: usize, digits: &str) -> usize {
        let call = self.world.call(phone, digits);
        self.world.run(secs(1));
        call
    }

    fn failed(&self, phone: usize, call: usize) -> Option<u16> {
        self.world.phones[phone].calls[call].failed
    }

    fn leg(&self, phone: usize, call: usize) -> LegId {
        let port = self.world.phones[phone].calls[call]
            .remote
            .expect("it is connected");
        self.world.sound.leg_at(port).expect("the port has a leg")
    }

    fn part(&self, phone: usize, call: usize) -> Option<Part> {
        self.world.sound.part(self.leg(phone, call))
    }

    /// Whether the caller and Sofia hear each other.
    fn talks(&self) -> bool {
        self.world.talk((self.trunk, self.call), (self.sofia, 0))
    }

    fn oversight(&self) -> Vec<Oversight> {
        let facts = self.world.facts();
        let told = facts.iter().filter_map(|fact| match fact {
            Fact::Supervised { how, .. } => Some(*how),
            _ => None,
        });
        told.collect()
    }

    fn finish(mut self) {
        for phone in 0..self.world.phones.len() {
            for call in 0..self.world.phones[phone].calls.len() {
                if self.world.phones[phone].calls[call].answered {
                    self.world.act(phone, call, Act::HangUp);
                }
            }
        }
        self.world.settle(secs(300));
        self.world.assert_quiet();
    }
}

#[test]
fn a_supervisor_listens_whispers_joins_in_and_leaves() {
    let mut floor = Floor::new(700);
    let lea = floor.lea;
    let watch = floor.dial(lea, "*5511");
    assert!(floor.world.phones[lea].calls[watch].answered);
    assert!(floor.talks());
    assert_eq!(floor.part(lea, watch), Some(Part::Listen));
    floor.world.press(lea, watch, '5');
    let to = floor.leg(floor.sofia, 0);
    assert_eq!(floor.part(lea, watch), Some(Part::Whisper { to }));
    floor.world.press(lea, watch, '9');
    assert_eq!(floor.part(lea, watch), Some(Part::Whisper { to }));
    floor.world.press(lea, watch, '6');
    assert!(floor.world.talk((floor.trunk, floor.call), (lea, watch)));
    floor.world.press(lea, watch, '4');
    assert_eq!(floor.part(lea, watch), Some(Part::Listen));
    floor.world.act(lea, watch, Act::HangUp);
    floor.world.run(secs(1));
    assert!(floor.talks());
    assert_eq!(floor.part(floor.sofia, 0), None, "joined by relay again");
    use Oversight::{Joins, Left, Listens, Whispers};
    assert_eq!(floor.oversight(), [Listens, Whispers, Joins, Listens, Left]);
    floor.world.act(floor.sofia, 0, Act::HangUp);
    floor.world.settle(secs(300));
    let record = floor.world.record();
    assert_eq!(record.legs.len(), 4, "caller, two phones rung, supervisor");
    let stages: Vec<&str> = record.stages.iter().map(|s| s.what.as_str()).collect();
    for what in [
        "supervisor lea listens",
        "supervisor lea whispers",
        "supervisor lea has left",
    ] {
        assert!(stages.contains(&what), "{stages:?}");
    }
    floor.finish();
}

#[test]
fn only_supervisors_may_and_only_one_and_only_where_somebody_talks() {
    let mut floor = Floor::new(701);
    let (sofia, karim, lea) = (floor.sofia, floor.karim, floor.lea);
    let barred = floor.dial(sofia, "*5512");
    assert_eq!(floor.failed(sofia, barred), Some(403));
    let nobody = floor.dial(lea, "*5512");
    assert_eq!(
        floor.failed(lea, nobody),
        Some(404),
        "Karim talks with nobody"
    );
    let watch = floor.dial(lea, "*55*11#");
    assert_eq!(floor.part(lea, watch), Some(Part::Listen));
    let second = floor.dial(karim, "*5511");
    assert_eq!(floor.failed(karim, second), Some(404));
    assert_eq!(floor.oversight(), [Oversight::Listens]);
    floor.finish();
}

#[test]
fn supervision_ends_with_the_conversation_whoever_ends_it() {
    for (seed, who) in [(702, "caller"), (703, "colleague")] {
        let mut floor = Floor::new(seed);
        let watch = floor.dial(floor.lea, "*5511");
        floor.world.press(floor.lea, watch, '5');
        match who {
            "caller" => floor.world.act(floor.trunk, floor.call, Act::HangUp),
            _ => floor.world.act(floor.sofia, 0, Act::HangUp),
        }
        floor.world.run(secs(2));
        assert!(floor.world.phones[floor.lea].calls[watch].over, "{who}");
        assert_eq!(floor.oversight().last(), Some(&Oversight::Left), "{who}");
        floor.finish();
    }
}

#[test]
fn a_call_that_is_handed_over_is_listened_to_no_more() {
    let mut floor = Floor::new(704);
    let watch = floor.dial(floor.lea, "*5511");
    floor.world.refer(floor.sofia, 0, "sip:12@192.0.2.1");
    floor.world.run(secs(1));
    assert!(floor.world.phones[floor.lea].calls[watch].over);
    let rung = floor.world.phones[floor.karim].calls.len() - 1;
    floor.world.act(floor.karim, rung, Act::Accept);
    floor.world.run(secs(1));
    assert!(
        floor
            .world
            .talk((floor.trunk, floor.call), (floor.karim, rung))
    );
    assert_eq!(floor.part(floor.karim, rung), None);
    floor.finish();
}

#[test]
fn a_supervisor_may_not_hand_the_call_over_and_keys_of_the_others_still_cross() {
    let mut floor = Floor::new(705);
    let watch = floor.dial(floor.lea, "*5511");
    floor.world.refer(floor.lea, watch, "sip:12@192.0.2.1");
    floor.world.run(secs(1));
    assert!(floor.talks(), "refused");
    let sofia = floor.leg(floor.sofia, 0);
    floor.world.press(floor.trunk, floor.call, '7');
    let sent = |order: &&Command<_>| matches!(order, Command::SendDigit { leg, digit: '7', .. } if *leg == sofia);
    assert_eq!(floor.world.sound.orders.iter().filter(sent).count(), 1);
    floor.finish();
}

#[test]
fn a_room_that_is_full_leaves_the_conversation_as_it_was() {
    let mut floor = Floor::new(706);
    let watch = floor.dial(floor.lea, "*5511");
    let (leg, room) = (floor.leg(floor.lea, watch), rappel_model::RoomId(1));
    let full = rappel_media::Event::RoomFull { leg, room };
    floor.world.input(rappel_switchboard::Input::Media(full));
    floor.world.run(secs(1));
    assert!(floor.talks());
    assert_eq!(floor.part(floor.sofia, 0), None);
    assert!(floor.world.phones[floor.lea].calls[watch].over);
    floor.finish();
}
