//! Forwards are counted through the house: what an INVITE says of those before, and those followed here.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use rappel_model::PhoneNumber;
use rappel_model::office::{Forward, Leading, Owner, When};
use rappel_model::record::ForwardRecord;
use rappel_sip::header::{Diversion, HistoryInfo};
use rappel_sip::message::{Message, Method, Request};
use rappel_sip::{Listener, Listeners, Transport};
use rappel_switchboard::Input;
use rappel_tenant::{Files, Version};
use rappel_trunk::{Diverted, Host};

use crate::support::{Act, Manners, TENANT, World, board_address, settings};

const COMPANY: &str = r#"
rappel = 1
[tenant]
title     = "Acme"
timezone  = "Europe/Paris"
languages = ["fr"]
number    = "+33199000010"
[person.sofia]
name      = "Sofia"
extension = "11"
phones    = ["sofia"]
[person.karim]
name      = "Karim"
extension = "12"
phones    = ["karim"]
[person.lea]
name      = "Léa"
extension = "13"
phones    = ["lea"]
[line.accueil]
number = "+33199000010"
person = "lea"
[line.sofia]
number = "+33199000011"
person = "sofia"
[line.karim]
number = "+33199000012"
person = "karim"
"#;

const SOFIA: &str = "+33199000011";
const NIGHT: &str = "+33199000077";

fn company() -> Version {
    let mut files = Files::new("tenants/acme");
    let taken = files.add("tenant.toml", COMPANY);
    taken.expect("the fixture is good");
    rappel_tenant::load(&TENANT.into(), &files, &Files::new("shared")).unwrap_or_else(|problems| {
        let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
        panic!("the files are good:\n{}", shown.join("\n"))
    })
}

/// A carrier that is told of forwards in these headers, and Karim's phone. All calls for Sofia go to Karim's
/// extension or outside, and Karim's outside.
fn town(diverted: &[Diverted], sofia: &str) -> (World, usize, usize) {
    let mut settings = settings();
    let trunk = &mut settings.trunks[0];
    trunk.host = Some(Host {
        name: "198.51.100.7".to_owned(),
        port: None,
        transport: Some(rappel_trunk::Transport::Udp),
    });
    trunk.identity.diversion = BTreeSet::from_iter(diverted.iter().copied());
    settings.sip.listeners = Listeners::new(vec![Listener {
        transport: Transport::Udp,
        shown: board_address(),
        ipv6: false,
        networks: Vec::new(),
    }]);
    let mut world = World::with(81, settings);
    world.input(Input::Tenant(TENANT.into(), Arc::new(company())));
    let outside = Leading::Outside(PhoneNumber::parse(NIGHT).expect("the fixture is good"));
    let sofias = match sofia {
        NIGHT => outside.clone(),
        extension => Leading::Extension(extension.to_owned()),
    };
    let records = [("sofia", sofias), ("karim", outside)].map(|(person, to)| ForwardRecord {
        tenant: TENANT.into(),
        owner: Owner::Person(person.into()),
        when: When::Always,
        forward: Some(Forward { to, after: None }),
        at: world.now.wall,
    });
    world.input(Input::Forwards(records.to_vec()));
    let carrier = world.phone("198.51.100.7:5060", None, Manners::answers(1));
    let karim = world.phone("198.51.100.23:5060", Some("karim"), Manners::default());
    (world, carrier, karim)
}

/// The last INVITE that a carrier was sent.
fn invited(world: &World, carrier: usize) -> Option<Request> {
    let heard = world.phones[carrier].heard.iter().rev();
    let mut invites = heard.filter_map(|message| match message {
        Message::Request(request) if *request.method() == Method::Invite => Some(request.clone()),
        _ => None,
    });
    invites.next()
}

/// What an INVITE says of forwards: how many in Diversion, how many in History-Info.
fn told(request: &Request) -> (Option<u32>, Option<usize>) {
    let headers = request.headers();
    let counter = headers.typed::<Diversion>().map(|one| one.counter());
    let history = headers.all::<HistoryInfo>().len();
    (counter, history.checked_sub(1))
}

#[test]
fn forwards_before_us_and_ours_are_told_as_one_number_that_the_next_one_reads() {
    use Diverted::{Diversion, HistoryInfo};
    for (diverted, header) in [(Diversion, "Diversion"), (HistoryInfo, "History-Info")] {
        let (mut world, carrier, _) = town(&[diverted], "12");
        // Its own trunk: what we say comes back to us, as often as it likes.
        let mut came = Vec::new();
        for forwards in [2, 4] {
            let now = world.now;
            let call = world.phones[carrier].call_with(now, SOFIA, came);
            world.drain_phone(carrier);
            world.run(Duration::from_secs(3));
            let invite = invited(&world, carrier).expect("it goes outside");
            let number = match diverted {
                Diversion => (Some(forwards), None),
                HistoryInfo => (None, Some(forwards as usize)),
            };
            assert_eq!(told(&invite), number, "{header}");
            let name = rappel_sip::header::Name::read(header).expect("a token");
            let value = invite.headers().text(&name).expect("it is there");
            let first = format!("<sip:{SOFIA}@");
            assert!(value.starts_with(&first), "{value}");
            came = vec![(header.to_owned(), value.into_owned())];
            world.act(carrier, call, Act::HangUp);
            world.settle(Duration::from_secs(60));
            world.phones[carrier].heard.clear();
        }
        // Four, and one of ours: the fifth is followed, a sixth is not.
        let now = world.now;
        world.phones[carrier].call_with(now, SOFIA, came);
        world.drain_phone(carrier);
        world.run(Duration::from_secs(3));
        assert!(invited(&world, carrier).is_none(), "{header}");
        world.settle(Duration::from_secs(120));
        world.assert_quiet();
    }
}

#[test]
fn a_colleagues_call_that_is_forwarded_outside_says_by_whom() {
    let both = [Diverted::Diversion, Diverted::HistoryInfo];
    let (mut world, carrier, karim) = town(&both, NIGHT);
    // Whoever hides is still asserted by a number of theirs, not by one of the colleague's.
    let headers = vec![("Privacy".to_owned(), "id".to_owned())];
    let now = world.now;
    let call = world.phones[karim].call_with(now, "11", headers);
    world.drain_phone(karim);
    world.run(Duration::from_secs(3));
    let invite = invited(&world, carrier).expect("it goes outside");
    assert_eq!(told(&invite), (Some(1), Some(1)));
    let text = |name: &str| {
        let name = rappel_sip::header::Name::read(name).expect("a token");
        let text = invite.headers().text(&name);
        text.unwrap_or_default().into_owned()
    };
    assert!(text("Diversion").starts_with(&format!("<sip:{SOFIA}@")));
    let asserted = text("P-Asserted-Identity");
    assert!(asserted.starts_with("<sip:+33199000012@"), "{asserted}");
    world.act(karim, call, Act::HangUp);
    world.settle(Duration::from_secs(60));
    world.assert_quiet();
}
