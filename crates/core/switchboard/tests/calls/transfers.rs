//! Calls handed over by the people who talk: blind, attended, and to another phone of theirs.

use std::time::Duration;

use rappel_media::Command;
use rappel_model::record::{EndedBy, Outcome};

use crate::support::{Act, Manners, World};

pub(crate) const RINGING: &str = "+33199000012";

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// Sofia, Karim and Léa; only Sofia answers a call to the sales team.
pub(crate) struct Office {
    pub(crate) world: World,
    pub(crate) trunk: usize,
    pub(crate) sofia: usize,
    pub(crate) karim: usize,
    pub(crate) lea: usize,
}

impl Office {
    pub(crate) fn new(seed: u64) -> Self {
        let mut world = World::new(seed);
        let refuses = Manners::refuses(486);
        let sofia = world.phone("198.51.100.21:5060", Some("sofia"), Manners::answers(1));
        let karim = world.phone("198.51.100.23:5060", Some("karim"), refuses);
        let lea = world.phone("198.51.100.24:5060", Some("lea"), Manners::answers(1));
        let trunk = world.trunk();
        Self {
            world,
            trunk,
            sofia,
            karim,
            lea,
        }
    }

    /// A caller from outside talks with Sofia; the number of the caller's call.
    pub(crate) fn talk(&mut self) -> usize {
        let call = self.world.call(self.trunk, RINGING);
        self.world.run(secs(3));
        assert!(self.world.talk((self.trunk, call), (self.sofia, 0)));
        call
    }

    pub(crate) fn over(&self, phone: usize, call: usize) -> bool {
        self.world.phones[phone].calls[call].over
    }

    pub(crate) fn finish(mut self) -> World {
        self.world.settle(secs(200));
        self.world.assert_quiet();
        self.world
    }
}

#[test]
fn a_colleague_hands_the_caller_to_another() {
    let mut office = Office::new(400);
    let call = office.talk();
    office.world.refer(office.sofia, 0, "sip:13@192.0.2.1");
    office.world.millis(500);
    let (status, told) = office.world.told(office.sofia);
    assert_eq!(status, Some(202));
    assert!(
        !office.over(office.sofia, 0),
        "she hears how it goes: {told:?}"
    );
    office.world.run(secs(3));
    let (_, told) = office.world.told(office.sofia);
    assert_eq!(
        told.first().map(String::as_str),
        Some("100 Trying"),
        "{told:?}"
    );
    assert_eq!(told.last().map(String::as_str), Some("200 OK"), "{told:?}");
    assert!(told.contains(&"180 Ringing".to_owned()), "{told:?}");
    assert!(office.over(office.sofia, 0), "her leg is ended");
    let lea = office.lea;
    assert!(office.world.talk((office.trunk, call), (lea, 0)));
    let seen = office.world.phones[lea].calls[0].seen.clone();
    assert!(seen.contains("+33612345678"), "{seen}");
    office.world.act(lea, 0, Act::HangUp);
    let world = office.finish();
    let record = world.record();
    assert_eq!(record.outcome, Outcome::Served);
    assert_eq!(record.legs.len(), 4);
    assert!(
        world.phones[world.phones.len() - 1].calls[call].over,
        "the flow has ended it"
    );
}

#[test]
fn the_one_who_called_may_hand_over_whom_they_called() {
    let mut office = Office::new(401);
    let call = office.world.call(office.karim, "11");
    office.world.run(secs(3));
    office.world.refer(office.karim, call, "sip:lea@192.0.2.1");
    office.world.run(secs(3));
    let (_, told) = office.world.told(office.karim);
    assert_eq!(told.last().map(String::as_str), Some("200 OK"), "{told:?}");
    assert!(office.over(office.karim, call));
    assert!(office.world.talk((office.sofia, 0), (office.lea, 0)));
    let seen = &office.world.phones[office.lea].calls[0].seen;
    assert!(
        seen.contains("\"Sofia Martin\" <sip:11@"),
        "she sees whom she gets: {seen}"
    );
    office.world.act(office.lea, 0, Act::HangUp);
    office.world.run(secs(1));
    assert!(
        office.over(office.sofia, 0),
        "nobody is left alone in silence"
    );
    let world = office.finish();
    assert_eq!(world.record().outcome, Outcome::Served);
    assert_eq!(world.record().ended_by, EndedBy::Caller);
}

#[test]
fn a_hand_over_that_fails_brings_the_caller_back_within_a_second() {
    let mut office = Office::new(402);
    let call = office.talk();
    // Karim is busy, and says so 300 ms after he was rung.
    office.world.refer(office.sofia, 0, "sip:karim@192.0.2.1");
    office.world.millis(900);
    let (_, told) = office.world.told(office.sofia);
    assert_eq!(
        told.last().map(String::as_str),
        Some("486 Busy Here"),
        "{told:?}"
    );
    assert!(!office.over(office.sofia, 0));
    assert!(
        office.world.talk((office.trunk, call), (office.sofia, 0)),
        "they talk again"
    );
    // And she may try again.
    office.world.refer(office.sofia, 0, "sip:13@192.0.2.1");
    office.world.run(secs(3));
    assert!(office.world.talk((office.trunk, call), (office.lea, 0)));
    office.world.act(office.trunk, call, Act::HangUp);
    assert_eq!(office.finish().record().ended_by, EndedBy::Caller);
}

#[test]
fn nobody_answers_and_the_caller_is_back_with_the_one_who_called() {
    let mut office = Office::new(403);
    office.world.phones[office.lea].manners = Manners::default();
    let call = office.world.call(office.karim, "11");
    office.world.run(secs(3));
    office.world.refer(office.karim, call, "sip:13@192.0.2.1");
    office.world.run(secs(27));
    let (_, told) = office.world.told(office.karim);
    assert_eq!(
        told.last().map(String::as_str),
        Some("480 Temporarily Unavailable"),
        "{told:?}"
    );
    assert!(office.world.talk((office.karim, call), (office.sofia, 0)));
    assert_eq!(office.world.phones[office.lea].calls[0].failed, Some(487));
    office.world.act(office.karim, call, Act::HangUp);
    let world = office.finish();
    assert!(world.phones[0].calls[0].over);
}

#[test]
fn who_hangs_up_at_once_has_handed_over_all_the_same() {
    for (busy, seed) in [(false, 404), (true, 405)] {
        let mut office = Office::new(seed);
        let call = office.talk();
        let target = if busy {
            "sip:12@192.0.2.1"
        } else {
            "sip:13@192.0.2.1"
        };
        office.world.refer(office.sofia, 0, target);
        office.world.millis(1);
        office.world.act(office.sofia, 0, Act::HangUp);
        office.world.run(secs(3));
        let reached = match busy {
            // Nobody is lost: her phone rings again.
            true => (office.sofia, 1),
            false => (office.lea, 0),
        };
        assert!(office.world.talk((office.trunk, call), reached));
        office.world.act(office.trunk, call, Act::HangUp);
        let world = office.finish();
        let busy_told = world
            .record()
            .stages
            .iter()
            .any(|s| s.what.contains("busy"));
        assert_eq!(busy_told, busy, "{:#?}", world.record());
    }
}

#[test]
fn the_caller_hangs_up_while_the_target_rings() {
    let mut office = Office::new(406);
    let call = office.talk();
    office.world.refer(office.sofia, 0, "sip:13@192.0.2.1");
    office.world.millis(500);
    office.world.act(office.trunk, call, Act::HangUp);
    let world = office.finish();
    assert!(world.phones[0].calls[0].over);
    assert_eq!(world.phones[2].calls[0].failed, Some(487));
}

#[test]
fn a_peer_outside_may_hand_nobody_over() {
    let mut office = Office::new(407);
    let call = office.talk();
    office.world.refer(office.trunk, call, "sip:13@192.0.2.1");
    office.world.run(secs(2));
    let (status, _) = office.world.told(office.trunk);
    assert_eq!(status, Some(603));
    assert!(office.world.talk((office.trunk, call), (office.sofia, 0)));
    for (target, refused) in [("sip:nobody@192.0.2.1", 404), ("sip:192.0.2.1", 404)] {
        office.world.refer(office.sofia, 0, target);
        office.world.run(secs(1));
        assert_eq!(office.world.told(office.sofia).0, Some(refused), "{target}");
    }
    assert!(office.world.talk((office.trunk, call), (office.sofia, 0)));
    office.world.act(office.trunk, call, Act::HangUp);
    office.finish();
}

#[test]
fn a_line_serves_whoever_is_handed_to_it() {
    let mut office = Office::new(408);
    let call = office.talk();
    office.world.refer(office.sofia, 0, "sip:10@192.0.2.1");
    office.world.run(secs(2));
    assert!(office.over(office.sofia, 0));
    assert_eq!(
        office.world.plays.last().map(|p| p.1.as_str()),
        Some("bienvenue")
    );
    office.world.press(office.trunk, call, '2');
    let world = office.finish();
    assert_eq!(world.record().outcome, Outcome::Served);
    assert!(world.record().message.is_some(), "the line took a message");
}

#[test]
fn an_attended_hand_over_joins_the_two_others() {
    let mut office = Office::new(409);
    let call = office.talk();
    office.world.act(office.sofia, 0, Act::Hold);
    office.world.millis(100);
    let second = office.world.call(office.sofia, "13");
    office.world.run(secs(3));
    assert!(office.world.talk((office.sofia, second), (office.lea, 0)));
    let sessions = office.world.sound.open();
    assert_eq!(sessions, 4);
    office.world.refer_to_call(office.sofia, 0, second);
    office.world.millis(200);
    let (status, told) = office.world.told(office.sofia);
    assert_eq!(
        (status, told.last().map(String::as_str)),
        (Some(202), Some("200 OK"))
    );
    assert!(office.over(office.sofia, 0) && office.over(office.sofia, second));
    assert!(office.world.talk((office.trunk, call), (office.lea, 0)));
    let offered = office.world.phones[office.lea].heard.iter();
    let offers = offered
        .filter(|m| format!("{m:?}").contains("Reinvite"))
        .count();
    assert_eq!(offers, 0, "one thread: nobody's session changes");
    office.world.act(office.lea, 0, Act::HangUp);
    let world = office.finish();
    assert_eq!(world.records.len(), 2);
    assert!(
        world
            .records
            .iter()
            .all(|record| record.outcome == Outcome::Served)
    );
}

#[test]
fn both_called_her_and_live_on_different_threads() {
    let mut office = Office::new(410);
    office.world.phones[office.karim].manners = Manners::default();
    let call = office.talk();
    office.world.act(office.sofia, 0, Act::Hold);
    office.world.millis(100);
    let second = office.world.call(office.karim, "11");
    office.world.run(secs(3));
    assert!(office.world.talk((office.karim, second), (office.sofia, 1)));
    let before = office.world.phones[office.karim].calls[second].remote;
    office.world.refer_to_call(office.sofia, 0, 1);
    office.world.millis(300);
    let after = office.world.phones[office.karim].calls[second].remote;
    assert_eq!(before, after, "Karim's port moves, and he is told nothing");
    let moved = office
        .world
        .sound
        .orders
        .iter()
        .filter_map(|order| match order {
            Command::Leave { leg, to } => Some((*leg, *to)),
            _ => None,
        });
    assert_eq!(moved.count(), 1);
    assert!(
        office
            .world
            .talk((office.trunk, call), (office.karim, second))
    );
    assert!(office.over(office.sofia, 0) && office.over(office.sofia, 1));
    office.world.act(office.trunk, call, Act::HangUp);
    let world = office.finish();
    assert!(world.phones[1].calls[second].over);
    assert_eq!(world.records.len(), 2);
}

#[test]
fn who_called_both_leaves_them_together() {
    let mut office = Office::new(411);
    let first = office.world.call(office.karim, "11");
    office.world.run(secs(3));
    office.world.act(office.karim, first, Act::Hold);
    office.world.millis(100);
    let second = office.world.call(office.karim, "13");
    office.world.run(secs(3));
    office.world.refer_to_call(office.karim, second, first);
    office.world.millis(300);
    assert!(office.over(office.karim, first) && office.over(office.karim, second));
    assert!(office.world.talk((office.sofia, 0), (office.lea, 0)));
    office.world.act(office.sofia, 0, Act::HangUp);
    office.world.run(secs(1));
    assert!(office.over(office.lea, 0));
    office.finish();
}

#[test]
fn nobody_leaves_calls_of_others() {
    let mut office = Office::new(416);
    office.world.phones[office.karim].manners = Manners::default();
    let call = office.talk();
    let other = office.world.call(office.lea, "12");
    office.world.millis(300);
    let names = office.world.phones[office.lea].names(other).replaces();
    let escaped = names.replace(';', "%3B").replace('=', "%3D");
    let target = format!("sip:x@192.0.2.1?Replaces={escaped}");
    office.world.refer(office.sofia, 0, &target);
    office.world.run(secs(1));
    assert_eq!(office.world.told(office.sofia).0, Some(603));
    assert!(office.world.talk((office.trunk, call), (office.sofia, 0)));
    office.world.act(office.trunk, call, Act::HangUp);
    office.world.act(office.lea, other, Act::HangUp);
    office.finish();
}

#[test]
fn nobody_joins_calls_of_others() {
    let mut office = Office::new(412);
    office.world.phones[office.karim].manners = Manners::default();
    let call = office.talk();
    // Karim and Léa talk; Sofia is in a team with Karim, not with Léa.
    let other = office.world.call(office.karim, "13");
    office.world.run(secs(3));
    let lea = office.lea;
    let names = office.world.phones[lea].names(0).replaces();
    let escaped = names.replace(';', "%3B").replace('=', "%3D");
    let target = format!("sip:x@192.0.2.1?Replaces={escaped}");
    office.world.refer(office.sofia, 0, &target);
    office.world.run(secs(1));
    assert_eq!(office.world.told(office.sofia).0, Some(603));
    assert!(office.world.talk((office.trunk, call), (office.sofia, 0)));
    assert!(office.world.talk((office.karim, other), (lea, 0)));
    office.world.act(office.trunk, call, Act::HangUp);
    office.world.act(office.karim, other, Act::HangUp);
    office.finish();
}

#[test]
fn a_call_goes_on_at_another_phone_of_hers() {
    let mut office = Office::new(413);
    let manners = Manners::default();
    let mobile = office
        .world
        .phone("198.51.100.22:5060", Some("sofia-mobile"), manners);
    let call = office.talk();
    let taken = office.world.take_place(mobile, (office.sofia, 0));
    office.world.run(secs(1));
    assert!(office.world.phones[mobile].calls[taken].answered);
    assert!(office.over(office.sofia, 0));
    assert!(office.world.talk((office.trunk, call), (mobile, taken)));
    // Léa is in no team with her.
    let refused = office.world.take_place(office.lea, (mobile, taken));
    office.world.run(secs(1));
    assert_eq!(
        office.world.phones[office.lea].calls[refused].failed,
        Some(603)
    );
    assert!(office.world.talk((office.trunk, call), (mobile, taken)));
    office.world.act(mobile, taken, Act::HangUp);
    assert_eq!(office.finish().record().legs.len(), 5);
}

#[test]
fn refer_and_bye_cross_in_every_order() {
    for (delay, seed) in [(0, 420), (2, 421), (5, 422), (6, 423), (9, 424), (12, 425)] {
        for first in [false, true] {
            let mut office = Office::new(seed + 10 * u64::from(first));
            let call = office.talk();
            if first {
                office.world.act(office.trunk, call, Act::HangUp);
                office.world.millis(delay);
                if !office.over(office.sofia, 0) {
                    office.world.refer(office.sofia, 0, "sip:13@192.0.2.1");
                }
            } else {
                office.world.refer(office.sofia, 0, "sip:13@192.0.2.1");
                office.world.millis(delay);
                office.world.act(office.trunk, call, Act::HangUp);
            }
            office.finish();
        }
    }
}

#[test]
fn the_answer_of_a_target_crosses_our_cancel() {
    let mut office = Office::new(440);
    let call = office.talk();
    office.world.network.delay = (100_000, 100_000);
    office.world.refer(office.sofia, 0, "sip:13@192.0.2.1");
    // REFER 100 ms, INVITE 100 ms, answered a second later; our CANCEL passes the 200.
    office.world.millis(1_150);
    office.world.act(office.trunk, call, Act::HangUp);
    office.world.run(secs(2));
    assert!(
        office.world.phones[office.lea].calls[0].answered,
        "too late for her"
    );
    assert!(office.over(office.lea, 0), "and she is told");
    office.finish();
}
