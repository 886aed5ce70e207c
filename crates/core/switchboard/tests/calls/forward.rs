//! Calls forwarded by phone codes.

use std::time::Duration;

use rappel_model::PhoneNumber;
use rappel_model::office::{Forward, Leading, Owner, When};
use rappel_model::record::ForwardRecord;
use rappel_sip::header::MaxForwards;
use rappel_sip::message::{Message, Method};
use rappel_switchboard::Input;

use crate::support::{Act, Disk, Manners, TENANT, World};

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// Sofia, Karim and Léa at their phones.
struct Office {
    world: World,
    sofia: usize,
    karim: usize,
    lea: usize,
}

fn office(seed: u64) -> Office {
    let mut world = World::new(seed);
    let sofia = world.phone("198.51.100.21:5060", Some("sofia"), Manners::default());
    let karim = world.phone("198.51.100.22:5060", Some("karim"), Manners::default());
    let lea = world.phone("198.51.100.23:5060", Some("lea"), Manners::default());
    Office {
        world,
        sofia,
        karim,
        lea,
    }
}

impl Office {
    /// A phone dials a code and listens to the end; what it heard.
    fn dials(&mut self, phone: usize, code: &str) -> Vec<String> {
        self.world.plays.clear();
        let call = self.world.call(phone, code);
        self.world.settle(secs(60));
        self.world.assert_quiet();
        let call = &self.world.phones[phone].calls[call];
        assert!(call.answered && call.over, "{code}");
        self.heard()
    }

    fn heard(&self) -> Vec<String> {
        self.world
            .plays
            .iter()
            .map(|(_, key)| key.clone())
            .collect()
    }

    /// How many calls rang at each of the three.
    fn rang(&self) -> [usize; 3] {
        [self.sofia, self.karim, self.lea].map(|phone| {
            let calls = &self.world.phones[phone].calls;
            calls.iter().filter(|call| !call.seen.is_empty()).count()
        })
    }

    /// Somebody calls an extension for some seconds, then gives up.
    fn calls_for(&mut self, phone: usize, extension: &str, seconds: u64) {
        let call = self.world.call(phone, extension);
        self.world.run(secs(seconds));
        self.world.act(phone, call, Act::HangUp);
        self.world.settle(secs(120));
        self.world.assert_quiet();
    }

    fn set(&mut self, forwards: &[(&str, When, &str)]) {
        let records = forwards.iter().map(|(person, when, to)| ForwardRecord {
            tenant: TENANT.into(),
            owner: Owner::Person((*person).into()),
            when: *when,
            forward: Some(Forward {
                to: Leading::Extension((*to).to_owned()),
                after: None,
            }),
            at: self.world.now.wall,
        });
        self.world.input(Input::Forwards(records.collect()));
    }
}

#[test]
fn a_forward_is_set_asked_for_and_cleared_by_telephone() {
    let mut office = office(41);
    let (sofia, karim) = (office.sofia, office.karim);
    assert_eq!(office.dials(sofia, "*#21#"), ["forward-none"]);
    let set = office.dials(sofia, "*21*13#");
    assert_eq!(set, ["forward-always", "number/1", "number/3"]);
    office.calls_for(karim, "11", 3);
    assert_eq!(office.rang(), [0, 0, 1], "Léa rings for Sofia");
    let asked = office.dials(sofia, "*#21#");
    assert_eq!(asked, ["forward-always", "number/1", "number/3"]);
    assert_eq!(
        office.dials(karim, "*#21#"),
        ["forward-none"],
        "each their own"
    );
    assert_eq!(office.dials(sofia, "#21#"), ["forward-cleared"]);
    office.calls_for(karim, "11", 3);
    assert_eq!(office.rang(), [1, 0, 1]);
}

#[test]
fn nobody_is_promised_a_forward_that_is_not_stored_or_leads_nowhere() {
    let mut office = office(42);
    let sofia = office.sofia;
    for (code, said) in [
        ("*21*99#", "forward-refused"),
        ("*21*11#", "forward-refused"),
        ("*21*10#", "forward-refused"),
        ("*21#", "forward-refused"),
    ] {
        assert_eq!(office.dials(sofia, code), [said], "{code}");
    }
    office.world.disk = Disk::Full;
    assert_eq!(office.dials(sofia, "*21*12#"), ["forward-not-saved"]);
    office.world.disk = Disk::Fine;
    assert_eq!(office.dials(sofia, "*#21#"), ["forward-none"]);
}

#[test]
fn who_is_busy_or_does_not_answer_is_followed() {
    let mut office = office(43);
    let (sofia, karim) = (office.sofia, office.karim);
    office.set(&[("sofia", When::Busy, "13")]);
    office.world.phones[sofia].manners = Manners::refuses(486);
    office.calls_for(karim, "11", 3);
    assert_eq!(office.rang(), [1, 0, 1]);
    // Nobody answers within the time said: five seconds.
    office.world.phones[sofia].manners = Manners::default();
    let said = office.dials(sofia, "*61*13*5#");
    assert_eq!(said, ["forward-no-answer", "number/1", "number/3"]);
    let call = office.world.call(karim, "11");
    office.world.run(secs(4));
    assert_eq!(office.rang(), [2, 0, 1]);
    office.world.run(secs(3));
    assert_eq!(office.rang(), [2, 0, 2]);
    let (lea, rung) = (office.lea, office.world.phones[office.lea].calls.len() - 1);
    office.world.act(lea, rung, Act::Accept);
    office.world.run(secs(1));
    assert!(office.world.phones[karim].calls[call].answered);
    office.world.act(karim, call, Act::HangUp);
    office.world.settle(secs(60));
    office.world.assert_quiet();
    let record = office.world.records.last();
    assert!(record.is_some_and(|record| record.connected.is_some()));
}

#[test]
fn who_has_no_phone_on_is_followed_too() {
    let mut world = World::new(44);
    let karim = world.phone("198.51.100.22:5060", Some("karim"), Manners::default());
    let lea = world.phone("198.51.100.23:5060", Some("lea"), Manners::answers(1));
    let mut office = Office {
        world,
        sofia: karim,
        karim,
        lea,
    };
    office.set(&[("sofia", When::NoAnswer, "13")]);
    office.calls_for(karim, "11", 4);
    let record = office.world.records.last();
    assert!(record.is_some_and(|record| record.connected.is_some()));
}

#[test]
fn forwards_that_lead_in_a_circle_end_at_a_phone() {
    let mut office = office(45);
    let always = When::Always;
    office.set(&[("sofia", always, "12"), ("karim", always, "11")]);
    let lea = office.lea;
    office.calls_for(lea, "11", 3);
    assert_eq!(office.rang(), [0, 1, 0], "Karim, whose forward leads back");
    // And when nobody answers anywhere, the caller is told by the mailbox of whom they called.
    let no_answer = When::NoAnswer;
    office.set(&[("sofia", no_answer, "12"), ("karim", no_answer, "11")]);
    office.world.plays.clear();
    office.world.call(lea, "11");
    office.world.settle(secs(180));
    office.world.assert_quiet();
    assert!(
        office.heard().contains(&"leave-message".to_owned()),
        "{:?}",
        office.heard()
    );
}

/// RFC 7332 §5: a call that leads back to us comes with fewer hops left each time, and with its forwards
/// counted (RFC 5806 §4.2): it ends.
#[test]
fn a_circle_through_others_comes_to_its_end() {
    let mut office = office(66);
    office.set(&[("sofia", When::Always, "12")]);
    let call = office.world.call(office.lea, "11");
    office.world.run(secs(1));
    let karim = &office.world.phones[office.karim];
    let hops: Vec<String> = karim
        .heard
        .iter()
        .filter_map(|message| match message {
            Message::Request(request) if *request.method() == Method::Invite => {
                Some(request.typed::<MaxForwards>()?.0.to_string())
            }
            _ => None,
        })
        .collect();
    assert_eq!(hops, ["69"], "one less than the caller's 70");
    office.world.act(office.lea, call, Act::HangUp);
    office.world.run(secs(1));
    for (counter, rung) in [(4, [0, 2, 0]), (5, [1, 2, 0])] {
        let diverted = ("Diversion", "<sip:+33612345678@198.51.100.7>;counter=");
        let header = (diverted.0.to_owned(), format!("{}{counter}", diverted.1));
        let (phone, now) = (office.lea, office.world.now);
        let call = office.world.phones[phone].call_with(now, "11", vec![header]);
        office.world.run(secs(1));
        assert_eq!(office.rang(), rung, "after {counter} forwards elsewhere");
        office.world.act(phone, call, Act::HangUp);
        office.world.run(secs(1));
    }
    office.world.settle(secs(120));
    office.world.assert_quiet();
}

#[test]
fn a_team_skips_who_has_all_calls_forwarded() {
    let mut office = office(46);
    office.set(&[("sofia", When::Always, "13")]);
    let trunk = office.world.trunk();
    let call = office.world.call(trunk, "+33199000012");
    office.world.run(secs(3));
    assert_eq!(office.rang(), [0, 1, 0]);
    office.world.act(trunk, call, Act::HangUp);
    office.world.settle(secs(60));
    office.world.assert_quiet();
}

#[test]
fn a_number_outside_that_nothing_leads_to_is_refused_without_a_word() {
    let mut office = office(47);
    let karim = office.karim;
    for (number, status) in [
        ("0199000077", 404),
        ("3631", 404),
        ("99", 404),
        ("*99", 404),
    ] {
        let call = office.world.call(karim, number);
        office.world.settle(secs(60));
        let call = &office.world.phones[karim].calls[call];
        assert_eq!(
            (call.answered, call.failed),
            (false, Some(status)),
            "{number}"
        );
    }
    office.world.assert_quiet();
    let record = &office.world.records[0];
    let outbound = rappel_model::record::CallDirection::Outbound;
    assert_eq!(record.direction, outbound);
}

#[test]
fn who_calls_somebody_whose_forward_no_trunk_can_carry_is_told_that_nobody_is_there() {
    for number in ["+33199000077", "0199000077", "3631", "112"] {
        let mut office = office(48);
        let number = PhoneNumber::parse(number).expect("the fixture is good");
        let record = ForwardRecord {
            tenant: TENANT.into(),
            owner: Owner::Person("lea".into()),
            when: When::Always,
            forward: Some(Forward {
                to: Leading::Outside(number.clone()),
                after: None,
            }),
            at: office.world.now.wall,
        };
        office.world.input(Input::Forwards(vec![record]));
        let karim = office.karim;
        let call = office.world.call(karim, "13");
        office.world.settle(secs(60));
        let failed = office.world.phones[karim].calls[call].failed;
        assert_eq!(failed, Some(480), "{number}");
        office.world.assert_quiet();
    }
}

#[test]
fn a_colleague_whose_phones_are_dead_or_silent_is_away_and_no_bound_of_ours() {
    let silent = Manners {
        rings: None,
        ..Manners::default()
    };
    for manners in [silent, Manners::refuses(503), Manners::refuses(404)] {
        let mut office = office(49);
        let (karim, lea) = (office.karim, office.lea);
        office.world.phones[lea].manners = manners;
        let call = office.world.call(karim, "13");
        office.world.settle(secs(120));
        let failed = office.world.phones[karim].calls[call].failed;
        assert_eq!(failed, Some(480), "{manners:?}");
        office.world.assert_quiet();
    }
}
