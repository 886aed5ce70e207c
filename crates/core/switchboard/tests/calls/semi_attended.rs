//! Calls handed over to a phone that still rings: nobody is lost, whoever hangs up, refuses or stays away.

use std::time::Duration;

use rappel_media::Command;
use rappel_model::record::{CallRecord, Outcome};
use rappel_model::{Random, Sound, Tone};

use crate::dial_out::town_with;
use crate::support::{Act, Manners, Then, World, settings};
use crate::transfers::{Office, RINGING};

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// A caller from outside talks with a colleague, whose other call rings at a third.
struct Left {
    office: Office,
    /// Who hands over.
    by: usize,
    /// The call of the caller, on the trunk.
    call: usize,
    /// The number of the conversation on the phone of who hands over, and that of the ringing call.
    first: usize,
    second: usize,
    /// The phone that rings, and its call.
    target: (usize, usize),
}

impl Left {
    /// Sofia holds the caller and calls Léa, who has no mailbox.
    fn sofia_calls_lea(seed: u64) -> Self {
        let mut office = Office::new(seed);
        let lea = office.lea;
        office.world.phones[lea].manners = Manners::default();
        let call = office.talk();
        Self::consult(office, call, 0, "13", (lea, 0))
    }

    /// Karim holds the caller and calls Sofia, who has a mailbox.
    fn karim_calls_sofia(seed: u64) -> Self {
        let mut office = Office::new(seed);
        let (sofia, karim) = (office.sofia, office.karim);
        office.world.phones[sofia].manners = Manners::default();
        office.world.phones[karim].manners = Manners::answers(1);
        let call = office.world.call(office.trunk, RINGING);
        office.world.run(secs(3));
        assert!(office.world.talk((office.trunk, call), (karim, 0)));
        Self::consult(office, call, karim, "11", (sofia, 1))
    }

    fn consult(
        mut office: Office,
        call: usize,
        by: usize,
        extension: &str,
        target: (usize, usize),
    ) -> Self {
        office.world.act(by, 0, Act::Hold);
        office.world.millis(100);
        let second = office.world.call(by, extension);
        office.world.millis(300);
        Self {
            office,
            by,
            call,
            first: 0,
            second,
            target,
        }
    }

    fn world(&mut self) -> &mut World {
        &mut self.office.world
    }

    fn refer(&mut self) {
        let (by, first, second) = (self.by, self.first, self.second);
        self.world().refer_to_call(by, first, second);
    }

    /// The hand-over is under way: the target rings on, the one who asked hears so.
    fn hand_over(&mut self) {
        self.refer();
        self.world().millis(300);
        assert_eq!(self.told(), ["100 Trying", "180 Ringing"]);
        assert_eq!(self.office.world.told(self.by).0, Some(202));
        assert!(
            !self.office.over(self.by, self.first),
            "the call stays theirs"
        );
        let left = &self.office.world.phones[self.by].calls[self.second];
        assert_eq!(left.failed, Some(487));
        assert!(self.target_rings() && !self.caller_is_over());
        assert!(self.caller_hears_ringing());
    }

    /// As many phones do: both calls are ended once REFER is accepted.
    fn hang_up_both(&mut self) {
        self.act(self.by, self.first, Act::HangUp);
        self.act(self.by, self.second, Act::HangUp);
    }

    fn act(&mut self, phone: usize, call: usize, act: Act) {
        self.world().act(phone, call, act);
    }

    fn target_does(&mut self, act: Act) {
        self.act(self.target.0, self.target.1, act);
    }

    fn told(&self) -> Vec<String> {
        self.office.world.told(self.by).1
    }

    fn caller_is_over(&self) -> bool {
        self.office.over(self.office.trunk, self.call)
    }

    fn talks_with(&self, phone: usize, call: usize) -> bool {
        let caller = (self.office.trunk, self.call);
        self.office.world.talk(caller, (phone, call))
    }

    fn target_rings(&self) -> bool {
        rings(&self.office.world, self.target)
    }

    fn caller_hears_ringing(&self) -> bool {
        let world = &self.office.world;
        let port = world.phones[self.office.trunk].calls[self.call].remote;
        let caller = port.and_then(|port| world.sound.leg_at(port));
        let last = world
            .sound
            .orders
            .iter()
            .rev()
            .find_map(|order| match order {
                Command::Play { leg, sounds, .. } if Some(*leg) == caller => Some(sounds),
                _ => None,
            });
        last.is_some_and(|sounds| sounds.contains(&Sound::Tone(Tone::Ringing)))
    }

    /// What was said to callers since everything began.
    fn said(&self, key: &str) -> bool {
        self.office.world.plays.iter().any(|(_, said)| said == key)
    }

    fn finish(self) -> Vec<CallRecord> {
        self.office.finish().records
    }
}

/// Whether a call rings at a phone.
fn rings(world: &World, (phone, call): (usize, usize)) -> bool {
    let calls = &world.phones[phone].calls;
    calls
        .get(call)
        .is_some_and(|call| !call.answered && !call.over && call.failed.is_none())
}

/// The record of the call that rang: the trace says what became of it.
fn trace(records: &[CallRecord], what: &str) -> bool {
    let stages = records.iter().flat_map(|record| &record.stages);
    stages.into_iter().any(|stage| stage.what.contains(what))
}

#[test]
fn who_is_left_to_ring_talks_with_whoever_answers() {
    for early in [false, true] {
        let mut left = Left::sofia_calls_lea(414);
        if early {
            left.target_does(Act::Early);
            left.world().millis(300);
        }
        left.hand_over();
        left.target_does(Act::Accept);
        left.world().run(secs(1));
        assert_eq!(left.told().last().map(String::as_str), Some("200 OK"));
        assert!(left.office.over(left.by, left.first), "and is let go");
        let (lea, call) = left.target;
        assert!(left.talks_with(lea, call));
        left.act(lea, call, Act::HangUp);
        let records = left.finish();
        assert_eq!(records.len(), 2);
        let served = |record: &CallRecord| record.outcome == Outcome::Served;
        assert!(records.iter().all(served), "early media: {early}");
    }
}

#[test]
fn who_is_refused_or_not_answered_is_back_at_once_with_the_one_who_asked() {
    let (none, busy) = (None, Some(486));
    for (refusal, status) in [
        (busy, "486 Busy Here"),
        (Some(603), "603 Decline"),
        (none, "480 Temporarily Unavailable"),
    ] {
        let mut left = Left::sofia_calls_lea(415);
        left.hand_over();
        match refusal {
            Some(status) => {
                left.target_does(Act::Reject(status));
                left.world().millis(100);
            }
            None => left.world().run(secs(26)),
        }
        assert_eq!(left.told().last().map(String::as_str), Some(status));
        let (by, first) = (left.by, left.first);
        assert!(left.talks_with(by, first), "{status}");
        // They talk on for as long as they like, and the second try is answered.
        left.world().run(secs(5));
        left.office.world.phones[left.office.lea].manners = Manners::answers(1);
        left.world().refer(by, first, "sip:13@192.0.2.1");
        left.world().run(secs(3));
        assert!(left.talks_with(left.office.lea, 1));
        left.act(left.office.trunk, left.call, Act::HangUp);
        let records = left.finish();
        assert!(trace(&records, "joined again"));
    }
}

#[test]
fn who_has_hung_up_is_rung_again_when_nobody_takes_the_call() {
    for refused in [true, false] {
        let mut left = Left::sofia_calls_lea(416);
        left.hand_over();
        left.hang_up_both();
        left.world().run(secs(3));
        assert!(left.target_rings() && !left.caller_is_over());
        match refused {
            true => left.target_does(Act::Reject(486)),
            false => left.world().run(secs(21)),
        }
        left.world().millis(500);
        let again = (left.by, left.second + 1);
        assert!(rings(&left.office.world, again), "her phone rings");
        assert!(left.caller_hears_ringing() && !left.caller_is_over());
        let seen = &left.office.world.phones[left.by].calls[again.1].seen;
        assert!(seen.contains("+33612345678"), "who comes back: {seen}");
        left.world().run(secs(2));
        assert!(left.talks_with(again.0, again.1));
        left.act(again.0, again.1, Act::HangUp);
        left.world().run(secs(1));
        assert!(left.caller_is_over(), "that was the end of the talk");
        let records = left.finish();
        assert!(trace(&records, "recalled"), "{records:#?}");
        assert!(
            records
                .iter()
                .all(|record| record.outcome == Outcome::Served)
        );
    }
}

#[test]
fn who_reaches_nobody_at_all_comes_to_the_mailbox_of_whoever_was_called() {
    let mut left = Left::karim_calls_sofia(417);
    left.hand_over();
    left.office.world.phones[left.by].manners = Manners::default();
    left.hang_up_both();
    left.world().run(secs(27));
    assert!(rings(&left.office.world, (left.by, left.second + 1)));
    left.world().run(secs(24));
    let again = &left.office.world.phones[left.by].calls[left.second + 1];
    assert_eq!(again.failed, Some(487), "it has rung long enough");
    assert!(!left.caller_is_over(), "a message is asked for");
    let records = left.finish();
    let message = records.iter().find(|record| record.message.is_some());
    let message = message.expect("a message was left");
    assert_eq!(message.outcome, Outcome::MessageLeft);
    assert!(trace(&records, "does not answer either"));
}

#[test]
fn where_there_is_no_mailbox_words_come_before_the_end() {
    let mut left = Left::sofia_calls_lea(418);
    left.hand_over();
    left.office.world.phones[left.by].manners = Manners::refuses(486);
    left.hang_up_both();
    left.world().millis(100);
    left.target_does(Act::Reject(486));
    left.world().millis(600);
    assert!(!left.caller_is_over());
    assert!(left.said("not-available"));
    left.world().run(secs(3));
    assert!(left.caller_is_over(), "said in two seconds");
    let records = left.finish();
    let last = records.last().expect("there are two");
    assert_eq!((last.outcome, last.cause), (Outcome::Refused, 17));
}

#[test]
fn the_caller_may_hang_up_at_any_time() {
    for (hung_up, refused) in [(false, false), (true, false), (true, true)] {
        let mut left = Left::sofia_calls_lea(419);
        left.hand_over();
        left.office.world.phones[left.by].manners = Manners::default();
        if hung_up {
            left.hang_up_both();
        }
        if refused {
            left.target_does(Act::Reject(486));
        }
        left.world().millis(300);
        left.act(left.office.trunk, left.call, Act::HangUp);
        left.world().millis(300);
        assert!(!left.target_rings());
        assert!(!rings(&left.office.world, (left.by, left.second + 1)));
        assert!(
            left.office.over(left.by, left.first),
            "nobody is left alone"
        );
        let records = left.finish();
        let last = records.last().expect("there are two");
        assert_eq!(last.outcome, Outcome::Missed);
    }
}

#[test]
fn a_cancel_that_crosses_the_hand_over_ends_nothing_but_its_own_call() {
    for cancel_first in [false, true] {
        let mut left = Left::sofia_calls_lea(420);
        let (by, second) = (left.by, left.second);
        if cancel_first {
            left.refer_after(|left| left.act(by, second, Act::HangUp));
            left.world().run(secs(1));
            // There is nothing any more to leave anybody to.
            assert_eq!(left.office.world.told(by).0, Some(404));
            assert!(left.talks_with(by, left.first));
        } else {
            left.refer();
            left.act(by, second, Act::HangUp);
            left.world().run(secs(1));
            assert!(left.target_rings() && !left.caller_is_over());
            left.target_does(Act::Accept);
            left.world().run(secs(1));
            let (lea, call) = left.target;
            assert!(left.talks_with(lea, call));
        }
        left.act(left.office.trunk, left.call, Act::HangUp);
        left.finish();
    }
}

impl Left {
    /// REFER in the names that the ringing call has before `act`.
    fn refer_after(&mut self, act: impl FnOnce(&mut Self)) {
        let names = self.office.world.phones[self.by].names(self.second);
        let replaces = names.replaces().replace(';', "%3B").replace('=', "%3D");
        act(self);
        let (by, first) = (self.by, self.first);
        let target = format!("sip:whoever@192.0.2.1?Replaces={replaces}");
        self.world().refer(by, first, &target);
    }
}

#[test]
fn an_answer_or_a_refusal_crosses_the_one_who_hangs_up() {
    for late in [0, 2, 4, 5, 6, 8, 12, 40] {
        for (answers, target_first) in [(true, true), (true, false), (false, true), (false, false)]
        {
            let mut left = Left::sofia_calls_lea(421 + late);
            left.hand_over();
            let act = match answers {
                true => Act::Accept,
                false => Act::Reject(486),
            };
            if target_first {
                left.target_does(act);
                left.world().millis(late);
                left.hang_up_both();
            } else {
                left.hang_up_both();
                left.world().millis(late);
                left.target_does(act);
            }
            left.world().run(secs(2));
            let (phone, call) = match answers {
                true => left.target,
                false => (left.by, left.second + 1),
            };
            let what = format!("answers: {answers}, first: {target_first}, late: {late}");
            assert!(left.talks_with(phone, call), "{what}");
            left.act(left.office.trunk, left.call, Act::HangUp);
            left.finish();
        }
    }
}

#[test]
fn whom_somebody_called_and_handed_over_comes_back_as_a_call_for_them() {
    let mut office = Office::new(460);
    let call = office.world.call(office.karim, "11");
    office.world.run(secs(3));
    office.world.phones[office.lea].manners = Manners::refuses(486);
    office.world.phones[office.karim].manners = Manners::answers(1);
    office.world.refer(office.karim, call, "sip:13@192.0.2.1");
    office.world.millis(1);
    office.world.act(office.karim, call, Act::HangUp);
    office.world.run(secs(3));
    assert!(
        office
            .world
            .talk((office.sofia, 0), (office.karim, call + 1))
    );
    office.world.act(office.karim, call + 1, Act::HangUp);
    office.world.run(secs(1));
    assert!(office.over(office.sofia, 0));
    office.finish();
}

#[test]
fn a_call_for_help_that_is_left_to_somebody_tries_on_for_them() {
    let (mut world, carrier, karim) = town_with(settings(), Manners::default());
    let lea = world.phone("198.51.100.24:5060", Some("lea"), Manners::default());
    let call = world.call(lea, "12");
    world.millis(300);
    world.takes((karim, 0), (lea, call));
    let help = world.call(karim, "112");
    world.millis(300);
    world.refer_to_call(karim, 0, help);
    world.millis(300);
    world.act(carrier, 0, Act::Reject(486));
    world.millis(300);
    assert!(rings(&world, (carrier, 1)), "tried again at once");
    assert!(!world.phones[lea].calls[call].over);
    world.takes((carrier, 1), (lea, call));
    let (_, told) = world.told(karim);
    assert_eq!(told.last().map(String::as_str), Some("200 OK"));
    world.act(lea, call, Act::HangUp);
    world.settle(secs(60));
    world.assert_quiet();
}

#[test]
fn the_record_says_why_a_number_outside_was_not_reached_whoever_was_rung_after_it() {
    let (mut world, carrier, karim) = town_with(settings(), Manners::default());
    let lea = world.phone("198.51.100.24:5060", Some("lea"), Manners::default());
    let call = world.call(lea, "12");
    world.millis(300);
    world.takes((karim, 0), (lea, call));
    let outside = world.call(karim, "0199000077");
    world.millis(300);
    world.refer_to_call(karim, 0, outside);
    world.millis(300);
    world.act(karim, 0, Act::HangUp);
    world.phones[karim].manners = Manners::refuses(486);
    world.act(carrier, 0, Act::Reject(404));
    world.settle(secs(60));
    world.assert_quiet();
    assert!(world.phones[lea].calls[call].over);
    assert!(world.plays.iter().any(|(_, said)| said == "not-available"));
    let records = &world.records;
    assert!(trace(records, "recalled"));
    assert_eq!(records.last().map(|record| record.cause), Some(1));
}

#[test]
fn both_go_to_the_ringing_call_from_another_thread_and_stay_as_they_are() {
    for answers in [true, false] {
        let mut office = Office::new(465);
        let (trunk, karim, lea) = (office.trunk, office.karim, office.lea);
        let world = &mut office.world;
        for phone in [office.sofia, lea] {
            world.phones[phone].manners = Manners::default();
        }
        world.phones[karim].manners = Manners::answers(1);
        // It rings before the caller comes: the two calls live on two threads.
        let ringing = world.call(karim, "13");
        world.millis(300);
        let call = world.call(trunk, RINGING);
        world.run(secs(3));
        assert!(world.talk((trunk, call), (karim, 1)));
        world.refer_to_call(karim, 1, ringing);
        world.millis(300);
        let moved = |order: &&Command<Sound>| matches!(order, Command::Leave { .. });
        assert_eq!(world.sound.orders.iter().filter(moved).count(), 2);
        if answers {
            world.takes((lea, 0), (trunk, call));
        } else {
            world.act(lea, 0, Act::Reject(486));
            world.millis(300);
            assert!(world.talk((trunk, call), (karim, 1)));
        }
        world.act(trunk, call, Act::HangUp);
        office.finish();
    }
}

/// Whatever everybody does and whenever: nobody's call ends while somebody could be rung for it, or without
/// a word; nothing is left behind.
#[test]
fn no_caller_is_lost_by_chance() {
    for seed in 0..SEEDS {
        by_chance(seed);
    }
}

fn by_chance(seed: u64) {
    let mut random = Random::from_seed(seed).fork("people");
    let mut left = match random.chance(50) {
        true => Left::sofia_calls_lea(5_000 + seed),
        false => Left::karim_calls_sofia(5_000 + seed),
    };
    left.office.world.network.delay = (1_000, 1_000 + random.below(60_000));
    left.refer();
    let mut at = |chance, act: (usize, usize, Act)| {
        // Once the REFER has come in, which nothing is to overtake.
        let after = Duration::from_millis(65 + random.below(600));
        random.chance(chance).then_some((after, act))
    };
    let (by, target, trunk) = (left.by, left.target, left.office.trunk);
    let mut plan: Vec<_> = [
        at(70, (by, left.first, Act::HangUp)),
        at(70, (by, left.second, Act::HangUp)),
        at(40, (target.0, target.1, Act::Accept)),
        at(40, (target.0, target.1, Act::Reject(486))),
        at(10, (trunk, left.call, Act::HangUp)),
    ]
    .into_iter()
    .flatten()
    .collect();
    plan.sort_by_key(|(after, _)| *after);
    let then = match random.below(3) {
        0 => Then::Answer(secs(2)),
        1 => Then::Refuse(Duration::from_millis(200), 486),
        _ => Then::Nothing,
    };
    let manners = Manners {
        then,
        ..Manners::default()
    };
    left.office.world.phones[by].manners = manners;
    let (mut passed, mut hung_up) = (Duration::ZERO, false);
    for (after, (phone, call, act)) in plan {
        left.world().run(after.saturating_sub(passed));
        passed = after;
        hung_up |= phone == trunk;
        left.act(phone, call, act);
    }
    for _ in 0..800 {
        left.world().millis(100);
        if hung_up || !left.caller_is_over() {
            continue;
        }
        let told = left.said("not-available") || left.said("message-saved");
        let rung = left.target_rings() || rings(&left.office.world, (by, left.second + 1));
        let talks = |(phone, call): (usize, usize)| {
            let calls = &left.office.world.phones[phone].calls;
            calls.get(call).is_some_and(|c| c.answered && !c.over)
        };
        let parted = talks(target) || talks((by, left.second + 1));
        let heard = left.said("goodbye") || told;
        assert!(heard && !rung && !parted, "{seed}: lost");
    }
    left.act(trunk, left.call, Act::HangUp);
    left.finish();
}

/// Courses of one run, of some milliseconds each.
const SEEDS: u64 = 100;
