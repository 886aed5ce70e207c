//! Our own phones call numbers outside.

use std::sync::Arc;
use std::time::Duration;

use rappel_model::PhoneNumber;
use rappel_model::office::{Forward, Leading, Owner, When};
use rappel_model::record::{CallDirection, ForwardRecord};
use rappel_sip::header::Name;
use rappel_sip::message::{Message, Method, Request};
use rappel_sip::{Listener, Listeners, Transport};
use rappel_switchboard::{Input, Settings};
use rappel_trunk::Host;

use crate::support::{Act, Manners, TENANT, World, board_address, settings, version};

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// A carrier that does so with calls, and Karim, who calls: its phone and his.
fn town(manners: Manners) -> (World, usize, usize) {
    town_with(settings(), manners)
}

/// The same, in an engine with these settings.
pub(crate) fn town_with(mut settings: Settings, manners: Manners) -> (World, usize, usize) {
    settings.trunks[0].host = Some(Host {
        name: "198.51.100.7".to_owned(),
        port: None,
        transport: Some(rappel_trunk::Transport::Udp),
    });
    settings.sip.listeners = Listeners::new(vec![Listener {
        transport: Transport::Udp,
        shown: board_address(),
        ipv6: false,
        networks: Vec::new(),
    }]);
    let mut world = World::with(72, settings);
    let carrier = world.phone("198.51.100.7:5060", None, manners);
    let karim = world.phone("198.51.100.23:5060", Some("karim"), Manners::default());
    (world, carrier, karim)
}

#[test]
fn a_phone_dials_a_number_outside_hears_it_ring_and_talks() {
    for dialled in ["0199000077", "0033199000077", "+33199000077"] {
        let (mut world, carrier, karim) = town(Manners::answers(2));
        let call = world.call(karim, dialled);
        world.run(secs(1));
        assert!(world.phones[karim].calls[call].progress.contains(&180));
        world.run(secs(3));
        assert!(world.talk((karim, call), (carrier, 0)), "{dialled}");
        let seen = &world.phones[carrier].calls[0].seen;
        assert!(
            seen.contains("199000010"),
            "the company's own number: {seen}"
        );
        world.act(karim, call, Act::HangUp);
        world.settle(secs(60));
        world.assert_quiet();
        let record = world.record();
        assert_eq!(record.direction, CallDirection::Outbound);
        assert_eq!(record.legs[1].trunk, Some("operateur".into()));
    }
}

#[test]
fn a_number_outside_that_is_busy_is_busy_for_the_phone() {
    let (mut world, _, karim) = town(Manners::refuses(486));
    let call = world.call(karim, "0199000077");
    world.settle(secs(60));
    let call = &world.phones[karim].calls[call];
    assert_eq!((call.answered, call.failed), (false, Some(486)));
    world.assert_quiet();
}

#[test]
fn what_a_carrier_forbids_is_forbidden_and_what_a_person_declines_declined() {
    for (status, told) in [(403, 403), (603, 603), (607, 603), (503, 503), (404, 404)] {
        let (mut world, _, karim) = town(Manners::refuses(status));
        let call = world.call(karim, "0199000077");
        world.settle(secs(60));
        assert_eq!(world.phones[karim].calls[call].failed, Some(told));
        world.assert_quiet();
    }
    // A colleague's phone that forbids a call declines it.
    let told = [403, 603].map(|status| {
        let (mut world, _, karim) = town(Manners::answers(1));
        world.phone("198.51.100.24:5060", Some("lea"), Manners::refuses(status));
        let call = world.call(karim, "13");
        world.settle(secs(60));
        world.phones[karim].calls[call].failed
    });
    assert_eq!(told[0], told[1]);
    assert_ne!(told[0], Some(403));
}

/// The same town, where Karim may not call outside.
fn barred_town() -> (World, usize, usize) {
    let (mut world, carrier, karim) = town(Manners::answers(1));
    let mut company = version();
    let people = Arc::make_mut(&mut company.surroundings);
    let person = people.people.persons.get_mut("karim");
    person.expect("he is of the company").outside = Some(false);
    world.input(Input::Tenant(TENANT.into(), Arc::new(company)));
    (world, carrier, karim)
}

#[test]
fn who_may_not_call_outside_is_told_so_and_no_carrier_hears_of_it() {
    for dialled in ["0199000077", "+33199000077", "3631"] {
        let (mut world, carrier, karim) = barred_town();
        let call = world.call(karim, dialled);
        world.settle(secs(60));
        assert_eq!(world.phones[karim].calls[call].failed, Some(403));
        assert!(world.phones[carrier].calls.is_empty(), "{dialled}");
        assert_eq!(world.record().direction, CallDirection::Outbound);
        world.assert_quiet();
    }
}

#[test]
fn who_may_not_call_outside_can_still_call_for_help_and_colleagues() {
    for help in ["112", "15", "18"] {
        let (mut world, carrier, karim) = barred_town();
        let call = world.call(karim, help);
        world.run(secs(3));
        assert!(world.talk((karim, call), (carrier, 0)), "{help}");
        world.act(karim, call, Act::HangUp);
        world.settle(secs(60));
        world.assert_quiet();
    }
    let (mut world, _, karim) = barred_town();
    let lea = world.phone("198.51.100.24:5060", Some("lea"), Manners::answers(1));
    let call = world.call(karim, "13");
    world.run(secs(3));
    assert!(world.talk((karim, call), (lea, 0)));
}

/// The town, where all calls for Léa go to a number outside, as the store says.
fn town_with_forward(to: &str, manners: Manners) -> (World, usize, usize) {
    let (mut world, carrier, karim) = town(manners);
    let number = PhoneNumber::parse(to).expect("the fixture is good");
    let record = ForwardRecord {
        tenant: TENANT.into(),
        owner: Owner::Person("lea".into()),
        when: When::Always,
        forward: Some(Forward {
            to: Leading::Outside(number),
            after: None,
        }),
        at: world.now.wall,
    };
    world.input(Input::Forwards(vec![record]));
    (world, carrier, karim)
}

#[test]
fn no_forward_that_was_stored_ever_calls_for_help_or_a_service() {
    for to in ["112", "17", "911", "3631", "118712"] {
        let (mut world, carrier, karim) = town_with_forward(to, Manners::answers(1));
        let call = world.call(karim, "13");
        world.settle(secs(60));
        assert!(world.phones[carrier].calls.is_empty(), "{to}");
        assert_eq!(world.phones[karim].calls[call].failed, Some(480), "{to}");
        world.assert_quiet();
    }
    let (mut world, carrier, karim) = town_with_forward(PHONE, Manners::answers(1));
    let call = world.call(karim, "13");
    world.run(secs(3));
    assert!(world.talk((karim, call), (carrier, 0)), "a phone may be");
}

#[test]
fn a_phone_cannot_forward_its_calls_to_help_or_a_service() {
    for (code, said) in [
        ("*21*112#", "forward-refused"),
        ("*21*17#", "forward-refused"),
        ("*61*15#", "forward-refused"),
        ("*67*911#", "forward-refused"),
        ("*21*3631#", "forward-refused"),
        ("*21*0199000077#", "forward-always"),
    ] {
        let (mut world, carrier, karim) = town(Manners::answers(1));
        world.plays.clear();
        world.call(karim, code);
        world.settle(secs(60));
        let heard = world.plays.first().map(|(_, key)| key.as_str());
        assert_eq!(heard, Some(said), "{code}");
        assert!(world.phones[carrier].calls.is_empty(), "{code}");
        world.assert_quiet();
    }
}

#[test]
fn what_a_carrier_says_of_a_forward_is_no_word_on_the_number_that_was_called() {
    for (said, told) in [(404, 480), (503, 480), (480, 480), (486, 486)] {
        let (mut world, carrier, karim) = town_with_forward(PHONE, Manners::refuses(said));
        let call = world.call(karim, "13");
        world.settle(secs(120));
        assert!(!world.phones[carrier].calls.is_empty());
        assert_eq!(world.phones[karim].calls[call].failed, Some(told), "{said}");
        world.assert_quiet();
    }
}

/// A phone at home.
const PHONE: &str = "+33199000077";

/// Karim calls with this Privacy; the call is up.
fn hidden(world: &mut World, karim: usize, dialled: &str, privacy: &str) -> usize {
    let headers = vec![("Privacy".to_owned(), privacy.to_owned())];
    let now = world.now;
    let call = world.phones[karim].call_with(now, dialled, headers);
    world.drain_phone(karim);
    world.run(secs(3));
    call
}

/// The last INVITE that came to a phone.
fn invited(world: &World, phone: usize) -> Request {
    let heard = world.phones[phone].heard.iter().rev();
    let mut invites = heard.filter_map(|message| match message {
        Message::Request(request) if *request.method() == Method::Invite => Some(request.clone()),
        _ => None,
    });
    invites.next().expect("it was rung")
}

fn header(request: &Request, name: &str) -> String {
    let name = Name::read(name).expect("a token");
    let text = request.headers().text(&name).unwrap_or_default();
    text.into_owned()
}

#[test]
fn a_phone_that_asks_for_privacy_is_anonymous_to_the_carrier_and_to_colleagues() {
    for privacy in ["id", "user;critical", "header"] {
        let (mut world, carrier, karim) = town(Manners::answers(1));
        let lea = world.phone("198.51.100.24:5060", Some("lea"), Manners::answers(1));
        let call = hidden(&mut world, karim, "0199000077", privacy);
        assert!(world.talk((karim, call), (carrier, 0)), "{privacy}");
        let invite = invited(&world, carrier);
        let from = header(&invite, "From");
        assert!(from.contains("<sip:anonymous@anonymous.invalid>"), "{from}");
        assert_eq!(header(&invite, "Privacy"), "id");
        let asserted = header(&invite, "P-Asserted-Identity");
        assert!(asserted.contains("199000010"), "who pays: {asserted}");
        world.act(karim, call, Act::HangUp);
        world.run(secs(40));
        let call = hidden(&mut world, karim, "13", privacy);
        assert!(world.talk((karim, call), (lea, 0)), "{privacy}");
        let invite = format!("{:?}", invited(&world, lea)).to_lowercase();
        assert!(invite.contains("anonymous.invalid"), "{invite}");
        assert!(!invite.contains("karim"), "{invite}");
        world.act(karim, call, Act::HangUp);
        world.settle(secs(60));
        world.assert_quiet();
    }
}

#[test]
fn a_phone_that_wants_no_privacy_is_shown_and_so_is_who_calls_for_help() {
    for (dialled, privacy) in [("0199000077", "none"), ("112", "id")] {
        let (mut world, carrier, karim) = town(Manners::answers(1));
        let call = hidden(&mut world, karim, dialled, privacy);
        let invite = invited(&world, carrier);
        let from = header(&invite, "From");
        assert!(from.contains("199000010"), "{dialled}: {from}");
        assert_eq!(header(&invite, "Privacy"), "");
        world.act(karim, call, Act::HangUp);
        world.settle(secs(60));
        world.assert_quiet();
    }
}
