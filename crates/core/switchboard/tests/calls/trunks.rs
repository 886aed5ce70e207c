//! Calls outside: which trunk they go by, what stops them, who is shown.

use std::sync::Arc;
use std::time::Duration;

use rappel_model::{Fact, TrunkNews};
use rappel_sip::message::{Message, Method};
use rappel_sip::{Listener, Listeners, Transport};
use rappel_switchboard::{Input, Settings};
use rappel_tenant::{Files, Version};
use rappel_trunk::{Caps, DrainedBy, Host, Login, Policies, Policy, Register};

use crate::support::{Act, Manners, TENANT, World, board_address};

const COMPANY: &str = r#"
rappel = 1
[tenant]
title     = "Acme"
timezone  = "Europe/Paris"
languages = ["fr"]
number    = "+33199000011"
[destination.astreinte]
number = "+33199000077"
[line.dehors]
number = "+33199000011"
flow   = "dehors"
"#;

const PROMPTS: &str = "[prompt.personne]\nfr = \"Personne.\"\n";

const DEHORS: &str = r#"
rappel = 1
[flow]
title     = "Dehors"
start     = "passer"
languages = ["fr"]
[step.passer]
do           = "transfer"
to           = "destination:astreinte"
ring         = "20s"
on.busy      = "personne"
on.no_answer = "personne"
on.failed    = "personne"
on.done      = "personne"
[step.personne]
do     = "hangup"
prompt = "personne"
"#;

/// The company whose night number is this one.
fn company(number: &str) -> Version {
    let tenant = COMPANY.replace("+33199000077", number);
    let mut files = Files::new("tenants/acme");
    for (path, text) in [
        ("tenant.toml", tenant.as_str()),
        ("prompts.toml", PROMPTS),
        ("flows/dehors.toml", DEHORS),
    ] {
        files.add(path, text).expect("the fixture is good");
    }
    rappel_tenant::load(&TENANT.into(), &files, &Files::new("shared")).unwrap_or_else(|problems| {
        let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
        panic!("the files are good:\n{}", shown.join("\n"))
    })
}

fn carrier(name: &str, priority: u16) -> rappel_trunk::Settings {
    let address = format!("198.51.100.{}", 30 + priority);
    let mut trunk = rappel_trunk::Settings::new(name.into());
    trunk.addresses = vec![address.parse().expect("an address")];
    trunk.host = Some(Host {
        name: address,
        port: None,
        transport: Some(rappel_trunk::Transport::Udp),
    });
    trunk.country_code = Some("33".to_owned());
    trunk.priority = priority;
    trunk
}

/// Two carriers for calls outside beside the one that callers come by.
fn settings(change: impl FnOnce(&mut Settings)) -> Settings {
    let mut settings = crate::support::settings();
    settings.trunks[0].priority = 100;
    settings.trunks.push(carrier("premier", 1));
    settings.trunks.push(carrier("second", 2));
    settings.sip.listeners = Listeners::new(vec![Listener {
        transport: Transport::Udp,
        shown: board_address(),
        ipv6: false,
        networks: Vec::new(),
    }]);
    change(&mut settings);
    settings
}

/// A world with the caller's trunk and both carriers, in this order.
struct Town {
    world: World,
    caller: usize,
    first: usize,
    second: usize,
}

impl Town {
    fn new(number: &str, settings: Settings) -> Self {
        let mut world = World::with(71, settings);
        world.input(Input::Tenant(TENANT.into(), Arc::new(company(number))));
        let caller = world.trunk();
        let first = world.phone("198.51.100.31:5060", None, Manners::answers(1));
        let second = world.phone("198.51.100.32:5060", None, Manners::answers(1));
        Self {
            world,
            caller,
            first,
            second,
        }
    }

    /// Somebody calls, is handed on, and all is over. What the carriers got of it: INVITEs each.
    fn call(&mut self) -> (usize, usize) {
        let before = (self.invites(self.first), self.invites(self.second));
        let call = self.world.call(self.caller, "+33199000011");
        self.world.run(Duration::from_secs(6));
        self.world.act(self.caller, call, Act::HangUp);
        self.world.settle(Duration::from_secs(180));
        let after = (self.invites(self.first), self.invites(self.second));
        (after.0 - before.0, after.1 - before.1)
    }

    /// INVITEs that came to a phone, the same one counted once.
    fn invites(&self, phone: usize) -> usize {
        let mut seen: Vec<String> = self
            .requests(phone, &Method::Invite)
            .map(|text| line(&text, "Call-ID"))
            .collect();
        seen.dedup();
        seen.len()
    }

    fn requests<'a>(
        &'a self,
        phone: usize,
        method: &'a Method,
    ) -> impl Iterator<Item = String> + 'a {
        let heard = self.world.phones[phone].heard.iter();
        heard.filter_map(move |message| match message {
            Message::Request(request) if request.method() == method => {
                let bytes = rappel_sip::wire::print(message);
                Some(String::from_utf8_lossy(&bytes).into_owned())
            }
            _ => None,
        })
    }

    fn was_connected(&self) -> bool {
        let record = self.world.records.last().expect("a call was made");
        record.connected.is_some()
    }
}

fn line(text: &str, name: &str) -> String {
    let prefix = format!("{name}: ");
    let mut lines = text.lines();
    let found = lines.find_map(|line| line.strip_prefix(&prefix));
    found.unwrap_or_default().to_owned()
}

const NIGHT: &str = "+33199000077";

#[test]
fn a_trunk_that_refuses_for_itself_is_followed_by_the_next_and_not_tried_first_again() {
    let mut town = Town::new(NIGHT, settings(|_| {}));
    town.world.phones[town.first].manners = Manners::refuses(503);
    assert_eq!(town.call(), (1, 1));
    assert!(town.was_connected());
    let record = town.world.records.last().expect("it was made");
    let trunks: Vec<_> = record.legs.iter().filter_map(|l| l.trunk.clone()).collect();
    assert_eq!(trunks, ["premier".into(), "second".into()]);
    let waited = record.legs[2].started.since(record.legs[1].started);
    assert!(waited < Duration::from_secs(2), "{waited:?}");
    assert_eq!(town.call(), (0, 1), "the second comes first for a while");
    town.world.assert_quiet();
}

#[test]
fn a_mute_trunk_is_followed_by_the_next_within_two_seconds() {
    let mut town = Town::new(NIGHT, settings(|_| {}));
    town.world.phones[town.first].is_deaf = true;
    assert_eq!(town.call(), (1, 1));
    assert!(town.was_connected());
    let record = town.world.records.last().expect("it was made");
    let waited = record.legs[2].started.since(record.legs[1].started);
    assert!(waited < Duration::from_secs(2), "{waited:?}");
    town.world.assert_quiet();
}

#[test]
fn whoever_is_busy_is_not_rung_by_another_trunk() {
    for status in [486, 603, 404] {
        let mut town = Town::new(NIGHT, settings(|_| {}));
        town.world.phones[town.first].manners = Manners::refuses(status);
        assert_eq!(town.call(), (1, 0), "{status}");
        assert_eq!(town.call(), (1, 0), "nothing is held against the trunk");
        town.world.assert_quiet();
    }
}

#[test]
fn what_may_not_be_called_meets_no_trunk() {
    for number in ["+33892123456", "+447700900123", "+881612345678"] {
        let mut town = Town::new(number, settings(|_| {}));
        assert_eq!(town.call(), (0, 0), "{number}");
        assert!(!town.was_connected());
        town.world.assert_quiet();
    }
}

#[test]
fn a_full_trunk_is_passed_over_and_a_spent_day_stops_all() {
    let full = settings(|s| {
        s.trunks[1].caps = Caps {
            calls: Some(0),
            ..Caps::default()
        };
    });
    let mut town = Town::new(NIGHT, full);
    assert_eq!(town.call(), (0, 1));
    assert!(town.was_connected());
    let spent = settings(|s| {
        let usual = Policy {
            calls_per_day: 2,
            ..Policy::default()
        };
        s.policies = Policies {
            usual,
            ..Policies::default()
        };
    });
    let mut town = Town::new(NIGHT, spent);
    assert_eq!(
        (town.call(), town.call(), town.call()),
        ((1, 0), (1, 0), (0, 0))
    );
    town.world.assert_quiet();
}

#[test]
fn a_far_end_that_is_gone_raises_an_alarm_and_gets_no_call_until_it_is_back() {
    let probed = settings(|s| s.trunks[1].probe = Some(Duration::from_secs(5)));
    let mut town = Town::new(NIGHT, probed);
    town.world.run(Duration::from_secs(12));
    assert!(town.requests(town.first, &Method::Options).count() >= 2);
    town.world.phones[town.first].is_deaf = true;
    town.world.run(Duration::from_secs(20));
    let news = |town: &Town| -> Vec<TrunkNews> {
        let facts = town.world.facts().into_iter();
        facts
            .filter_map(|fact| match fact {
                Fact::Trunk { trunk, news } if trunk.as_str() == "premier" => Some(*news),
                _ => None,
            })
            .collect()
    };
    assert_eq!(news(&town), [TrunkNews::Lost]);
    assert_eq!(town.call(), (0, 1));
    assert!(town.was_connected());
    town.world.phones[town.first].is_deaf = false;
    town.world.run(Duration::from_secs(10));
    assert!(
        matches!(news(&town)[..], [_, TrunkNews::Back(_)]),
        "{:?}",
        news(&town)
    );
    assert_eq!(town.call(), (1, 0));
}

#[test]
fn a_trunk_that_an_operator_drains_carries_its_calls_to_their_end_and_gets_no_other() {
    let mut town = Town::new(NIGHT, settings(|_| {}));
    let caller = town.world.call(town.caller, "+33199000011");
    town.world.run(Duration::from_secs(6));
    town.world
        .input(Input::DrainTrunk(7, "premier".into(), true));
    let report = town.world.trunks.take().expect("the engine answers");
    let first = report.trunks.iter().find(|t| t.name.as_str() == "premier");
    let first = first.expect("it is a trunk");
    assert_eq!((first.drained, first.out), (Some(DrainedBy::Operator), 1));
    assert_eq!(town.call(), (0, 1));
    let byes = |town: &Town| town.requests(town.first, &Method::Bye).count();
    assert_eq!(byes(&town), 0);
    town.world.act(town.caller, caller, Act::HangUp);
    town.world.settle(Duration::from_secs(180));
    assert_eq!(byes(&town), 1);
    town.world
        .input(Input::DrainTrunk(8, "premier".into(), false));
    assert_eq!(town.call(), (1, 0));
    let facts = town.world.facts().into_iter();
    let news: Vec<TrunkNews> = facts
        .filter_map(|fact| match fact {
            Fact::Trunk { news, .. } => Some(*news),
            _ => None,
        })
        .collect();
    assert_eq!(news, [TrunkNews::Drained, TrunkNews::Undrained]);
}

#[test]
fn the_company_is_shown_and_the_line_that_was_called_is_told() {
    let mut town = Town::new(NIGHT, settings(|_| {}));
    assert_eq!(town.call(), (1, 0));
    let invites: Vec<String> = town.requests(town.first, &Method::Invite).collect();
    let invite = &invites[0];
    assert!(
        invite.starts_with("INVITE sip:+33199000077@198.51.100.31 SIP/2.0"),
        "{invite}"
    );
    let asserted = line(invite, "P-Asserted-Identity");
    assert_eq!(asserted, "<sip:+33199000011@198.51.100.31>");
    assert!(
        line(invite, "From").starts_with("<sip:+33199000011@198.51.100.31>"),
        "{invite}"
    );
    assert!(
        line(invite, "Diversion").starts_with("<sip:+33199000011@"),
        "{invite}"
    );
    let shows = settings(|s| s.trunks[1].identity.show_callers = true);
    let mut town = Town::new(NIGHT, shows);
    town.call();
    let invites: Vec<String> = town.requests(town.first, &Method::Invite).collect();
    assert!(
        line(&invites[0], "From").starts_with("<sip:+33612345678@"),
        "{}",
        invites[0]
    );
}

#[test]
fn a_registered_trunk_is_told_a_contact_nobody_guesses_and_its_calls_are_known_by_it() {
    let registered = settings(|s| {
        s.trunks[1].login = Some(Login {
            user: "33199000011".to_owned(),
            username: "compte".to_owned(),
            password: rappel_model::Secret::new("mot"),
        });
        s.trunks[1].register = Some(Register {
            registrar: None,
            expires: Duration::from_secs(600),
        });
    });
    // The first REGISTER leaves with the settings: whoever is to hear it must be there.
    let mut town = Town::new(NIGHT, settings(|_| {}));
    town.world.input(Input::Settings(Arc::new(registered)));
    town.world.run(Duration::from_secs(1));
    let registers: Vec<String> = town.requests(town.first, &Method::Register).collect();
    let register = registers.first().expect("it registers within a second");
    assert!(
        line(register, "To").starts_with("<sip:33199000011@198.51.100.31>"),
        "{register}"
    );
    let contact = line(register, "Contact");
    let user = contact.trim_start_matches("<sip:");
    let user = user.split('@').next().expect("it has a user").to_owned();
    assert!(user.len() >= 20, "{contact}");
    // From an address that is nobody's: the Contact tells the trunk, To the number.
    let stranger = town
        .world
        .phone("203.0.113.9:5060", None, Manners::default());
    let call = town.world.call(stranger, &user);
    town.world.run(Duration::from_secs(2));
    town.world.act(stranger, call, Act::HangUp);
    town.world.run(Duration::from_secs(40));
    let record = town
        .world
        .records
        .last()
        .expect("it was taken, not challenged");
    let origin = format!("{:?}", record.origin);
    assert!(origin.contains("premier"), "{origin}");
}

#[test]
fn a_call_beyond_the_channels_of_its_trunk_is_503_and_help_calls_back_all_the_same() {
    let narrow = settings(|s| {
        s.trunks[0].caps = Caps {
            channels: Some(1),
            ..Caps::default()
        };
    });
    let mut town = Town::new(NIGHT, narrow);
    let caller = town.caller;
    let first = town.world.call(caller, "+33199000011");
    town.world.run(Duration::from_secs(4));
    let beyond = town.world.call(caller, "+33199000011");
    town.world.run(Duration::from_secs(1));
    let failed = |town: &Town, call: usize| town.world.phones[caller].calls[call].failed;
    assert_eq!(
        (failed(&town, first), failed(&town, beyond)),
        (None, Some(503))
    );
    let waits = town.world.phones[caller].heard.iter().any(|message| {
        matches!(message, Message::Response(response) if response.status().code() == 503
            && response.headers().has(&rappel_sip::header::Name::RetryAfter))
    });
    assert!(waits, "it is told when to come again");
    let helps = vec![("Priority".to_owned(), "psap-callback".to_owned())];
    let now = town.world.now;
    let help = town.world.phones[caller].call_with(now, "+33199000011", helps);
    town.world.drain_phone(caller);
    town.world.run(Duration::from_secs(4));
    assert!(town.world.phones[caller].calls[help].answered);
    for call in [first, help] {
        town.world.act(caller, call, Act::HangUp);
    }
    town.world.settle(Duration::from_secs(180));
    assert_eq!(town.call(), (1, 0), "its channel is free again");
    assert!(town.was_connected());
    town.world.assert_quiet();
}
