//! Calls that are picked up while they ring elsewhere, and calls that are parked and fetched.

use std::time::Duration;

use rappel_model::Secrecy;
use rappel_switchboard::Settings;

use crate::support::{Act, Manners, World, settings};

const TEAM: &str = "+33199000012";

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// Sofia and Karim, who are in a team, and Léa; nobody answers by themselves.
struct Office {
    world: World,
    trunk: usize,
    sofia: usize,
    karim: usize,
    lea: usize,
}

impl Office {
    fn new(seed: u64) -> Self {
        Self::with(seed, settings())
    }

    fn with(seed: u64, settings: Settings) -> Self {
        let mut world = World::with(seed, settings);
        let quiet = Manners::default();
        let sofia = world.phone("198.51.100.21:5060", Some("sofia"), quiet);
        let karim = world.phone("198.51.100.23:5060", Some("karim"), quiet);
        let lea = world.phone("198.51.100.24:5060", Some("lea"), quiet);
        let trunk = world.trunk();
        Self {
            world,
            trunk,
            sofia,
            karim,
            lea,
        }
    }

    fn is_answered(&self, (phone, call): (usize, usize)) -> bool {
        self.world.phones[phone].calls[call].answered
    }

    fn failed(&self, (phone, call): (usize, usize)) -> Option<u16> {
        self.world.phones[phone].calls[call].failed
    }

    /// A caller from outside talks with Sofia, who parks them.
    fn parked(&mut self, place: &str) -> usize {
        let call = self.world.call(self.trunk, TEAM);
        self.world.run(secs(1));
        self.world.takes((self.sofia, 0), (self.trunk, call));
        let target = format!("sip:{place}@192.0.2.1");
        self.world.refer(self.sofia, 0, &target);
        self.world.run(secs(15));
        assert!(self.world.phones[self.sofia].calls[0].over, "she is let go");
        assert!(!self.world.phones[self.trunk].calls[call].over);
        call
    }

    fn heard(&self, key: &str) -> bool {
        self.world.plays.iter().any(|(_, played)| played == key)
    }

    /// Everybody hangs up, and nothing is left.
    fn finish(mut self) {
        for phone in 0..self.world.phones.len() {
            for call in 0..self.world.phones[phone].calls.len() {
                if self.is_answered((phone, call)) {
                    self.world.act(phone, call, Act::HangUp);
                }
            }
        }
        self.world.settle(secs(300));
        self.world.assert_quiet();
    }
}

/// RFC 5627 §6.1: a GRUU is one device, not its user's others, and nobody's when it is not there.
#[test]
fn a_gruu_rings_one_device_of_its_user() {
    let mut office = Office::new(11);
    let quiet = Manners::default();
    let other = office
        .world
        .phone("198.51.100.31:5060", Some("sofia"), quiet);
    let lea = office.lea;
    let ringing =
        |office: &Office| [office.sofia, other].map(|phone| office.world.phones[phone].calls.len());
    office.world.call(lea, "sofia");
    office.world.run(secs(1));
    assert_eq!(ringing(&office), [1, 1], "a user has all devices");
    office.world.act(lea, 0, Act::HangUp);
    office.world.run(secs(1));
    office.world.call(lea, "sofia;gr=urn:phone:198.51.100.31");
    office.world.run(secs(1));
    assert_eq!(ringing(&office), [1, 2]);
    office.world.takes((other, 1), (lea, 1));
    office.world.act(lea, 1, Act::HangUp);
    office.world.run(secs(1));
    office.world.call(lea, "sofia;gr=urn:phone:198.51.100.99");
    office.world.run(secs(1));
    assert_eq!(ringing(&office), [1, 2], "that device is not there");
    office.world.act(lea, 2, Act::HangUp);
    office.finish();
}

#[test]
fn who_is_handed_a_call_after_it_went_to_one_device_of_theirs_has_all_devices() {
    let mut office = Office::new(12);
    let other = office
        .world
        .phone("198.51.100.31:5060", Some("sofia"), Manners::default());
    let (lea, karim, sofia) = (office.lea, office.karim, office.sofia);
    let call = office.world.call(lea, "sofia;gr=urn:phone:198.51.100.31");
    office.world.run(secs(1));
    office.world.act(other, 0, Act::Accept);
    office.world.run(secs(1));
    office.world.refer(other, 0, "sip:12@192.0.2.1");
    office.world.run(secs(1));
    office.world.act(karim, 0, Act::Accept);
    office.world.run(secs(1));
    assert!(office.world.talk((lea, call), (karim, 0)));
    office.world.refer(karim, 0, "sip:11@192.0.2.1");
    office.world.run(secs(1));
    let rung = [sofia, other].map(|phone| office.world.phones[phone].calls.len());
    assert_eq!(rung, [1, 2], "both ring");
    office.world.takes((sofia, 0), (lea, call));
    office.finish();
}

#[test]
fn a_colleagues_ringing_call_is_picked_up_by_extension() {
    let mut office = Office::new(500);
    let (trunk, lea) = (office.trunk, office.lea);
    let call = office.world.call(trunk, TEAM);
    office.world.run(secs(2));
    let picked = office.world.call(lea, "*811");
    office.world.run(secs(1));
    assert!(office.world.talk((trunk, call), (lea, picked)));
    for phone in [office.sofia, office.karim] {
        assert_eq!(office.failed((phone, 0)), Some(487), "rings no more");
    }
    office.finish();
}

#[test]
fn whoever_rings_in_ones_team_is_picked_up_and_no_other() {
    let mut office = Office::new(501);
    let (karim, lea) = (office.karim, office.lea);
    let call = office.world.call(lea, "11");
    office.world.run(secs(1));
    let picked = office.world.call(karim, "*8");
    office.world.run(secs(1));
    assert!(office.world.talk((lea, call), (karim, picked)));
    office.world.act(lea, call, Act::HangUp);
    office.world.run(secs(1));
    // Léa is in no team with them; and where nothing rings, nothing is picked up.
    let trunk = office.trunk;
    let outside = office.world.call(trunk, TEAM);
    office.world.run(secs(1));
    let other = office.world.call(lea, "*8");
    office.world.run(secs(1));
    let none = office.world.call(lea, "*813");
    office.world.run(secs(1));
    assert_eq!(office.failed((lea, other)), Some(404));
    assert_eq!(office.failed((lea, none)), Some(404));
    office.world.act(trunk, outside, Act::HangUp);
    office.finish();
}

#[test]
fn a_ringing_call_is_picked_up_by_the_names_that_a_lamp_tells() {
    let mut office = Office::new(509);
    let (sofia, karim, lea) = (office.sofia, office.karim, office.lea);
    let call = office.world.call(lea, "11");
    office.world.run(secs(1));
    // Who calls may not take the call away from whom it is for.
    let own = office.world.take_place(lea, (sofia, 0));
    office.world.run(secs(1));
    assert_eq!(office.failed((lea, own)), Some(603));
    let picked = office.world.take_place(karim, (sofia, 0));
    office.world.run(secs(1));
    assert!(office.world.talk((lea, call), (karim, picked)));
    assert_eq!(office.failed((sofia, 0)), Some(487), "rings no more");
    office.finish();
}

#[test]
fn of_two_who_pick_up_one_gets_the_call() {
    let mut office = Office::new(502);
    let (trunk, karim, lea) = (office.trunk, office.karim, office.lea);
    let call = office.world.call(trunk, TEAM);
    office.world.run(secs(1));
    let first = office.world.call(lea, "*811");
    let second = office.world.call(karim, "*811");
    office.world.run(secs(1));
    let picked = [(lea, first), (karim, second)].map(|call| office.is_answered(call));
    assert_eq!(picked.iter().filter(|picked| **picked).count(), 1);
    let (winner, loser) = match picked[0] {
        true => ((lea, first), (karim, second)),
        false => ((karim, second), (lea, first)),
    };
    assert!(office.world.talk((trunk, call), winner));
    assert_eq!(office.failed(loser), Some(404));
    office.finish();
}

#[test]
fn a_pick_up_that_crosses_an_answer_leaves_one_conversation() {
    for offset in 0..16 {
        let mut office = Office::new(510 + offset);
        let (trunk, sofia, lea) = (office.trunk, office.sofia, office.lea);
        let call = office.world.call(trunk, TEAM);
        office.world.run(secs(1));
        // The INVITE is challenged first: two round trips of 10 ms.
        let picked = office.world.call(lea, "*811");
        office.world.millis(offset);
        office.world.act(sofia, 0, Act::Accept);
        office.world.run(secs(1));
        let with_lea = office.world.talk((trunk, call), (lea, picked));
        let with_sofia = office.world.talk((trunk, call), (sofia, 0));
        assert!(with_lea != with_sofia, "{offset}: {with_lea} {with_sofia}");
        let left = match with_lea {
            true => office.world.phones[sofia].calls[0].over,
            false => office.failed((lea, picked)) == Some(404),
        };
        assert!(left, "{offset}: the other is let go");
        office.finish();
    }
}

#[test]
fn a_caller_who_gives_up_as_somebody_picks_up_leaves_nothing_behind() {
    for offset in 0..16 {
        let mut office = Office::new(530 + offset);
        let (trunk, lea) = (office.trunk, office.lea);
        let call = office.world.call(trunk, TEAM);
        office.world.run(secs(1));
        office.world.call(lea, "*811");
        office.world.millis(offset);
        office.world.act(trunk, call, Act::HangUp);
        office.finish();
    }
}

#[test]
fn a_parked_call_is_fetched_from_any_phone() {
    for (place, fetch) in [("*68", "701"), ("703", "*68703"), ("*68*704%23", "704")] {
        let mut office = Office::new(550);
        let (trunk, lea) = (office.trunk, office.lea);
        let call = office.parked(place);
        let (status, told) = office.world.told(office.sofia);
        assert_eq!(status, Some(202), "{place}");
        assert_eq!(told.last().map(String::as_str), Some("200 OK"), "{told:?}");
        assert!(office.heard("parked-at") && office.heard("number/7"));
        assert!(
            office.heard("music"),
            "the caller hears that the call stands"
        );
        let fetched = office.world.call(lea, fetch);
        office.world.run(secs(1));
        assert!(office.world.talk((trunk, call), (lea, fetched)), "{place}");
        // Once.
        let again = office.world.call(office.karim, fetch);
        office.world.run(secs(1));
        assert_eq!(office.failed((office.karim, again)), Some(404));
        office.finish();
    }
}

#[test]
fn whom_one_has_called_can_be_parked_too() {
    let mut office = Office::new(551);
    let (sofia, karim, lea) = (office.sofia, office.karim, office.lea);
    let call = office.world.call(lea, "11");
    office.world.run(secs(1));
    office.world.act(sofia, 0, Act::Accept);
    office.world.run(secs(1));
    office.world.refer(lea, call, "sip:*68@192.0.2.1");
    office.world.run(secs(15));
    assert!(office.world.phones[lea].calls[call].over);
    let fetched = office.world.call(karim, "701");
    office.world.run(secs(1));
    assert!(office.world.talk((sofia, 0), (karim, fetched)));
    office.finish();
}

#[test]
fn a_call_nobody_fetches_returns_to_whoever_parked_it_and_then_to_their_mailbox() {
    let mut office = Office::new(552);
    let (trunk, sofia) = (office.trunk, office.sofia);
    let call = office.parked("*68");
    office.world.run(secs(180));
    assert_eq!(office.world.phones[sofia].calls.len(), 2, "it rings again");
    assert!(
        office.world.phones[sofia].calls[1]
            .seen
            .contains("+33612345678")
    );
    office.world.takes((sofia, 1), (trunk, call));
    office.finish();
    let mut office = Office::new(553);
    office.parked("*68");
    office.world.plays.clear();
    office.world.run(secs(240));
    assert!(office.heard("leave-message"), "{:?}", office.world.plays);
    office.finish();
}

#[test]
fn a_call_that_returns_can_still_be_fetched() {
    for offset in 0..12 {
        let mut office = Office::new(560 + offset);
        let (trunk, sofia, lea) = (office.trunk, office.sofia, office.lea);
        let call = office.parked("*68");
        // Parked for some 15 s by now; it returns around here, and Sofia picks up at once.
        office.world.phones[sofia].manners = Manners::answers(2);
        office
            .world
            .run(secs(162) + Duration::from_millis(500 * offset));
        let fetched = office.world.call(lea, "701");
        office.world.run(secs(8));
        let with_lea = office.world.talk((trunk, call), (lea, fetched));
        let returned = office.world.phones[sofia].calls.len() - 1;
        let with_sofia = returned > 0 && office.world.talk((trunk, call), (sofia, returned));
        assert!(with_lea != with_sofia, "{offset}: {with_lea} {with_sofia}");
        if with_sofia {
            assert_eq!(office.failed((lea, fetched)), Some(404), "{offset}");
        }
        office.finish();
    }
}

#[test]
fn a_caller_who_hangs_up_while_parked_is_nowhere_any_more() {
    let mut office = Office::new(554);
    let (trunk, lea) = (office.trunk, office.lea);
    let call = office.parked("*68");
    office.world.act(trunk, call, Act::HangUp);
    office.world.run(secs(1));
    let fetched = office.world.call(lea, "701");
    office.world.run(secs(1));
    assert_eq!(office.failed((lea, fetched)), Some(404));
    office.finish();
}

#[test]
fn a_place_that_is_taken_is_refused_and_the_two_talk_on() {
    let mut office = Office::new(555);
    let (karim, lea) = (office.karim, office.lea);
    office.parked("701");
    let call = office.world.call(lea, "12");
    office.world.run(secs(1));
    let rung = office.world.phones[karim].calls.len() - 1;
    office.world.act(karim, rung, Act::Accept);
    office.world.run(secs(1));
    office.world.refer(karim, rung, "sip:701@192.0.2.1");
    office.world.run(secs(1));
    assert_eq!(office.world.told(karim).0, Some(486));
    assert!(office.world.talk((lea, call), (karim, rung)));
    office.finish();
}

/// Sofia holds a caller whom she has answered; the number of the caller's call.
fn holding(office: &mut Office) -> usize {
    let call = office.world.call(office.trunk, TEAM);
    office.world.run(secs(1));
    office.world.act(office.sofia, 0, Act::Accept);
    office.world.run(secs(1));
    office.world.act(office.sofia, 0, Act::Hold);
    call
}

#[test]
fn who_holds_for_three_minutes_is_rung_for_a_moment_and_may_take_the_caller_back() {
    let mut office = Office::new(560);
    let (trunk, sofia) = (office.trunk, office.sofia);
    let call = holding(&mut office);
    office.world.run(secs(1));
    let plays = office.world.plays.len();
    office.world.run(secs(177));
    assert_eq!(office.world.phones[sofia].calls.len(), 1, "not yet");
    office.world.run(secs(4));
    let rung = office.world.phones[sofia].calls.len() - 1;
    assert_eq!(rung, 1, "it rings once");
    assert!(!office.world.phones[sofia].calls[rung].over);
    assert_eq!(
        office.world.plays.len(),
        plays,
        "the caller hears no ringing"
    );
    // Nobody answers: it is over, the hold goes on, and is not reminded of again.
    office.world.run(secs(60));
    assert_eq!(office.failed((sofia, rung)), Some(487));
    assert_eq!(office.world.phones[sofia].calls.len(), 2);
    assert!(!office.world.phones[sofia].calls[0].over);
    // Another hold is reminded of anew, and that is answered.
    office.world.act(sofia, 0, Act::Resume);
    office.world.run(secs(1));
    office.world.act(sofia, 0, Act::Hold);
    office.world.run(secs(182));
    let again = office.world.phones[sofia].calls.len() - 1;
    assert_eq!(again, 2);
    office.world.takes((sofia, again), (trunk, call));
    assert!(
        office.world.phones[sofia].calls[0].over,
        "the held call is over"
    );
    office.finish();
}

#[test]
fn a_reminder_ends_with_its_hold_and_with_its_caller() {
    for gone in [false, true] {
        let mut office = Office::new(561);
        let (trunk, sofia) = (office.trunk, office.sofia);
        let call = holding(&mut office);
        office.world.run(secs(181));
        assert!(!office.world.phones[sofia].calls[1].over);
        match gone {
            true => office.world.act(trunk, call, Act::HangUp),
            false => office.world.act(sofia, 0, Act::Resume),
        }
        office.world.run(secs(1));
        assert_eq!(office.failed((sofia, 1)), Some(487), "{gone}");
        if !gone {
            assert!(office.world.talk((trunk, call), (sofia, 0)));
        }
        office.finish();
    }
}

#[test]
fn a_reminder_goes_on_whatever_the_caller_who_is_held_agrees_on() {
    let mut office = Office::new(562);
    let (trunk, sofia) = (office.trunk, office.sofia);
    let call = holding(&mut office);
    office.world.run(secs(181));
    assert!(!office.world.phones[sofia].calls[1].over);
    office.world.act(trunk, call, Act::Resume);
    office.world.run(secs(1));
    assert_eq!(office.failed((sofia, 1)), None, "the hold goes on");
    office.world.takes((sofia, 1), (trunk, call));
    office.finish();
}

#[test]
fn a_phone_that_wants_srtp_alone_is_reminded_too() {
    for answers in [false, true] {
        let offered = Settings {
            secrecy: Secrecy::Offered,
            ..settings()
        };
        let mut office = Office::with(563, offered);
        let (trunk, sofia) = (office.trunk, office.sofia);
        office.world.phones[sofia].wants_savp = true;
        let call = holding(&mut office);
        office.world.run(secs(181));
        let calls = &office.world.phones[sofia].calls;
        assert_eq!((calls.len(), calls[1].over), (2, false), "it rings");
        match answers {
            true => office.world.act(sofia, 1, Act::Accept),
            false => office.world.act(sofia, 0, Act::Resume),
        }
        office.world.run(secs(1));
        let with = usize::from(answers);
        assert!(office.world.talk((trunk, call), (sofia, with)));
        assert!(office.world.phones[sofia].calls[1 - with].over);
        office.finish();
    }
}

#[test]
fn a_caller_who_is_forgotten_on_hold_rings_again_at_whoever_holds() {
    let mut office = Office::new(512);
    let (trunk, sofia) = (office.trunk, office.sofia);
    let call = office.world.call(trunk, TEAM);
    office.world.run(secs(1));
    office.world.act(sofia, 0, Act::Accept);
    office.world.run(secs(1));
    office.world.act(sofia, 0, Act::Hold);
    office.world.run(secs(298));
    assert!(
        !office.world.phones[sofia].calls[0].over,
        "within the five minutes"
    );
    office.world.run(secs(5));
    assert!(office.world.phones[sofia].calls[0].over);
    assert!(!office.world.phones[trunk].calls[call].over);
    let again = office.world.phones[sofia].calls.len() - 1;
    assert!(again > 0, "it rings with the caller");
    office.world.takes((sofia, again), (trunk, call));
    // One that is taken back in time is not disturbed.
    office.world.act(sofia, again, Act::Hold);
    office.world.run(secs(200));
    office.world.act(sofia, again, Act::Resume);
    office.world.run(secs(200));
    assert!(office.world.talk((trunk, call), (sofia, again)));
    office.finish();
}
