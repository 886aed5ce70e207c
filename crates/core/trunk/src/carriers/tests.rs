//! The room as its neighbours use it.

use proptest::prelude::*;

use super::*;
use crate::policy::Cost;
use crate::settings::{Caps, Host, Register};

fn at(seconds: u64) -> Now {
    let noon = Now {
        instant: rappel_model::Instant::ZERO,
        wall: Timestamp::from_micros(12 * 3_600_000_000),
    };
    noon.after(Duration::from_secs(seconds))
}

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text).expect("a number")
}

fn host(name: &str) -> Host {
    Host {
        name: name.to_owned(),
        port: None,
        transport: None,
    }
}

fn trunk(name: &str, change: impl FnOnce(&mut Settings)) -> Settings {
    let mut settings = Settings::new(name.into());
    settings.host = Some(host(&format!("{name}.example")));
    settings.probe = Some(Duration::from_secs(10));
    change(&mut settings);
    settings
}

fn carriers(trunks: Vec<Settings>, policy: Policy) -> Carriers {
    let mut carriers = Carriers::new(Random::from_seed(5));
    let policies = Policies {
        usual: policy,
        ..Policies::default()
    };
    carriers.configure(at(0), trunks, policies);
    carriers
}

fn with_asker<T>(text: &str, act: impl FnOnce(&Asker<'_>) -> T) -> T {
    act(&Asker {
        tenant: &"acme".into(),
        home: Country::FRANCE,
        zone: &TimeZone::UTC,
        number: &number(text),
        came_by: None,
    })
}

fn routes(carriers: &mut Carriers, now: Now, text: &str) -> Result<Vec<String>, Barred> {
    let told = with_asker(text, |asker| carriers.routes(now, asker));
    told.map(|(_, names)| names.iter().map(ToString::to_string).collect())
}

fn admit(
    carriers: &mut Carriers,
    now: Now,
    text: &str,
    leg: u64,
    name: &str,
) -> Result<(), Barred> {
    let ids = (LegId(leg), CallUid(u128::from(leg)));
    with_asker(text, |asker| carriers.admit(now, asker, ids, &name.into()))
}

fn outputs(carriers: &mut Carriers) -> Vec<Output> {
    std::iter::from_fn(|| carriers.poll_output()).collect()
}

fn two() -> Vec<Settings> {
    vec![
        trunk("first", |t| t.priority = 1),
        trunk("second", |t| t.priority = 2),
    ]
}

const LYON: &str = "0472001122";

#[test]
fn a_trunk_in_trouble_is_not_tried_first_until_a_call_gets_through() {
    let mut carriers = carriers(two(), Policy::default());
    assert_eq!(
        routes(&mut carriers, at(0), LYON),
        Ok(vec!["first".into(), "second".into()])
    );
    for (status, q850, first) in [
        (486, None, "first"),
        (404, None, "first"),
        (403, None, "first"),
        (503, Some(17), "first"),
        (503, None, "second"),
        (408, None, "second"),
    ] {
        admit(&mut carriers, at(1), LYON, 1, "first").expect("it may");
        carriers.refused(at(1), LegId(1), status, q850);
        carriers.ended(LegId(1));
        let told = routes(&mut carriers, at(2), LYON).expect("both lead there");
        assert_eq!((told[0].as_str(), told.len()), (first, 2), "{status}");
    }
    admit(&mut carriers, at(3), LYON, 2, "first").expect("it may");
    carriers.answered(at(3), LegId(2));
    carriers.ended(LegId(2));
    assert_eq!(
        routes(&mut carriers, at(5), LYON).expect("both")[0],
        "first"
    );
    assert_eq!(carriers.counted(), 0);
}

#[test]
fn a_trunk_that_does_not_answer_gets_no_call_and_is_told_once() {
    let mut carriers = carriers(two(), Policy::default());
    carriers.handle_timeout(at(1));
    let asked = outputs(&mut carriers);
    let probes = [
        Output::Probe("first".into()),
        Output::Probe("second".into()),
    ];
    assert_eq!(asked, probes);
    for miss in 1..=4 {
        carriers.handle_probe_result(at(miss * 10), &"first".into(), None);
        carriers.handle_probe_result(at(miss * 10), &"second".into(), Some(200));
    }
    assert_eq!(outputs(&mut carriers), [Output::Lost("first".into())]);
    assert_eq!(
        routes(&mut carriers, at(41), LYON),
        Ok(vec!["second".into()])
    );
    assert_eq!(
        routes(&mut carriers, at(41), "112"),
        Ok(vec!["second".into(), "first".into()])
    );
    carriers.handle_probe_result(at(50), &"first".into(), Some(200));
    let back = Output::Back("first".into(), Duration::from_secs(20));
    assert_eq!(outputs(&mut carriers), [back]);
    assert_eq!(
        routes(&mut carriers, at(51), LYON).expect("both")[0],
        "first"
    );
}

#[test]
fn a_trunk_is_registered_with_again_when_it_is_back_or_has_changed_and_only_then() {
    let registered = |expires| {
        let registrar = None;
        trunk("first", |t| {
            t.register = Some(Register {
                registrar,
                expires: Duration::from_secs(expires),
            });
        })
    };
    let mut carriers = carriers(vec![registered(600)], Policy::default());
    assert_eq!(outputs(&mut carriers), [Output::Register("first".into())]);
    let contact = |carriers: &Carriers| carriers.contact(&"first".into()).map(str::to_owned);
    let first = contact(&carriers);
    let granted = Ok(Duration::from_secs(600));
    carriers.handle_registration(at(1), &"first".into(), granted, None);
    for second in 2..5 {
        carriers.handle_probe_result(at(second), &"first".into(), None);
    }
    outputs(&mut carriers);
    carriers.handle_probe_result(at(6), &"first".into(), Some(200));
    assert_eq!(
        outputs(&mut carriers),
        [
            Output::Back("first".into(), Duration::from_secs(2)),
            Output::Renew("first".into())
        ]
    );
    // The same settings again leave all as it is; others are told to a contact of their own.
    carriers.configure(at(7), vec![registered(600)], Policies::default());
    assert_eq!(outputs(&mut carriers), []);
    assert_eq!(contact(&carriers), first);
    carriers.configure(at(8), vec![registered(900)], Policies::default());
    assert_eq!(outputs(&mut carriers), [Output::Register("first".into())]);
    assert_ne!(contact(&carriers), first);
}

#[test]
fn a_registration_is_wanted_at_once_and_its_state_is_told_when_it_changes() {
    let register = Some(Register {
        registrar: None,
        expires: Duration::from_secs(600),
    });
    let one = trunk("sip", |t| t.register = register);
    let mut carriers = carriers(vec![one], Policy::default());
    let name = TrunkName::from("sip");
    assert_eq!(outputs(&mut carriers), [Output::Register(name.clone())]);
    let granted = Ok(Duration::from_secs(300));
    let by = Some("192.0.2.9".parse().expect("an address"));
    carriers.handle_registration(at(1), &name, granted, by);
    carriers.handle_registration(at(200), &name, granted, by);
    assert_eq!(outputs(&mut carriers), [Output::Registered(name.clone())]);
    // Its calls are known by the Contact that nobody else was told, and by its registrar's address.
    let contact = carriers.contact(&name).expect("it has one").to_owned();
    let stranger = "203.0.113.1:5060".parse().expect("an address");
    let registrar = "192.0.2.9:40000".parse().expect("an address");
    let known = |c: &Carriers, peer, user: &str| c.arrival(peer, user).map(|t| t.name.to_string());
    assert_eq!(known(&carriers, stranger, &contact).as_deref(), Some("sip"));
    assert_eq!(known(&carriers, registrar, "x").as_deref(), Some("sip"));
    assert_eq!(known(&carriers, stranger, "x"), None);
    assert!(contact.len() >= 20);
    for second in [300, 310] {
        carriers.handle_registration(at(second), &name, Err(Some(403)), None);
    }
    assert_eq!(
        outputs(&mut carriers),
        [Output::NotRegistered(name.clone(), Some(403))]
    );
    assert_eq!(carriers.states(at(310))[0].standing, Standing::Strained);
    carriers.handle_registration(at(320), &name, granted, by);
    assert_eq!(outputs(&mut carriers), [Output::Registered(name.clone())]);
    carriers.unregistered(&name);
    assert_eq!(carriers.states(at(321))[0].registration, Registration::None);
    carriers.handle_registration(at(322), &name, granted, by);
    assert_eq!(outputs(&mut carriers), [Output::Registered(name.clone())]);
    carriers.configure(at(330), Vec::new(), Policies::default());
    assert_eq!(outputs(&mut carriers), [Output::Unregister(name)]);
}

#[test]
fn what_is_not_allowed_has_no_way_and_no_leave() {
    let mut carriers = carriers(two(), Policy::default());
    for barred in ["0892123456", "+32470123456", "3631", "*98", "+8811234567"] {
        assert_eq!(
            routes(&mut carriers, at(0), barred),
            Err(Barred::Destination),
            "{barred}"
        );
        let leave = admit(&mut carriers, at(0), barred, 1, "first");
        assert_eq!(leave, Err(Barred::Destination), "{barred}");
    }
    assert_eq!(carriers.counted(), 0);
}

#[test]
fn a_drained_trunk_takes_no_new_call_and_keeps_its_old_ones() {
    let mut carriers = carriers(two(), Policy::default());
    admit(&mut carriers, at(0), LYON, 1, "first").expect("it may");
    carriers.answered(at(1), LegId(1));
    let mut drained = two();
    drained[0].drained = true;
    carriers.configure(at(2), drained, Policies::default());
    assert_eq!(
        routes(&mut carriers, at(3), LYON),
        Ok(vec!["second".into()])
    );
    assert_eq!(
        admit(&mut carriers, at(3), LYON, 2, "first"),
        Err(Barred::Drained)
    );
    let states = carriers.states(at(3));
    assert_eq!(states[0].drained, Some(DrainedBy::Settings));
    assert_eq!(states[0].out, 1);
    carriers.ended(LegId(1));
    assert_eq!(carriers.states(at(4))[0].out, 0);
}

#[test]
fn an_operator_drains_a_trunk_until_it_is_put_back_whatever_settings_change() {
    let mut carriers = carriers(two(), Policy::default());
    let first = TrunkName::from("first");
    outputs(&mut carriers);
    carriers.drain(&first, true);
    carriers.drain(&first, true);
    carriers.drain(&"third".into(), true);
    assert_eq!(
        outputs(&mut carriers),
        [Output::Drained(first.clone(), true)],
        "told once, and of none that is not there"
    );
    let mut other = two();
    other[0].priority = 7;
    carriers.configure(at(1), other, Policies::default());
    let by = |carriers: &Carriers| carriers.states(at(2))[0].drained;
    assert_eq!(by(&carriers), Some(DrainedBy::Operator));
    assert_eq!(
        routes(&mut carriers, at(2), LYON),
        Ok(vec!["second".into()])
    );
    let leave = admit(&mut carriers, at(2), LYON, 1, "first");
    assert_eq!(leave, Err(Barred::Drained), "chosen before it was drained");
    let help = routes(&mut carriers, at(2), "112").expect("help has a way");
    assert!(help.contains(&"first".to_owned()));
    // What the settings say is not the operator's to undo.
    let mut drained = two();
    drained[0].drained = true;
    carriers.configure(at(3), drained, Policies::default());
    carriers.drain(&first, false);
    assert_eq!(by(&carriers), Some(DrainedBy::Settings));
    carriers.configure(at(4), two(), Policies::default());
    assert_eq!(by(&carriers), None);
    let again = routes(&mut carriers, at(5), LYON).expect("it may be called");
    assert!(again.contains(&"first".to_owned()));
}

#[test]
fn a_trunk_that_was_gone_comes_back_in_use() {
    let mut carriers = carriers(two(), Policy::default());
    carriers.drain(&"first".into(), true);
    carriers.configure(at(1), Vec::new(), Policies::default());
    carriers.configure(at(2), two(), Policies::default());
    assert_eq!(carriers.states(at(2))[0].drained, None);
}

#[test]
fn without_a_host_a_call_only_goes_back_where_it_came_from() {
    let mut carriers = carriers(vec![trunk("pbx", |t| t.host = None)], Policy::default());
    carriers.handle_timeout(at(5));
    assert_eq!(outputs(&mut carriers), [], "nobody to ask");
    assert_eq!(routes(&mut carriers, at(5), LYON), Err(Barred::NoTrunk));
    let number = number(LYON);
    let asker = Asker {
        tenant: &"acme".into(),
        home: Country::FRANCE,
        zone: &TimeZone::UTC,
        number: &number,
        came_by: Some(&"pbx".into()),
    };
    assert!(carriers.routes(at(5), &asker).is_ok());
}

#[test]
fn a_restart_does_not_reset_the_money_guard() {
    let prices = crate::policy::Prices::new([("+33".parse().expect("a prefix"), Cost(500_000))]);
    let policy = Policy {
        prices,
        cost_per_day: Cost(1_000_000),
        ..Policy::default()
    };
    let mut carriers = carriers(two(), policy);
    let spoke = (at(0).wall, at(70).wall);
    with_asker("+33472001122", |asker| {
        carriers.restore(at(100), asker, spoke)
    });
    let used = carriers.used(at(100), &"acme".into(), &TimeZone::UTC);
    assert_eq!((used.calls, used.spent), (1, Cost(1_000_000)));
    assert_eq!(
        admit(&mut carriers, at(100), LYON, 1, "first"),
        Err(Barred::Spent)
    );
    assert_eq!(admit(&mut carriers, at(100), "15", 1, "first"), Ok(()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is used up, drained, down or forbidden: a call for help has a way and leave.
    #[test]
    fn help_is_always_let_through(
        calls in 0u32..2,
        drained in any::<bool>(),
        down in any::<bool>(),
        others in any::<bool>(),
        dialled in prop::sample::select(vec!["112", "15", "17", "18", "114", "115", "119", "191", "196"]),
    ) {
        let policy = Policy {
            allow: Vec::new(),
            deny: vec!["all".parse().expect("an area"), "emergency".parse().expect("an area")],
            calls,
            calls_per_day: 0,
            cost_per_day: Cost(0),
            ..Policy::default()
        };
        let one = trunk("only", |t| {
            t.drained = drained;
            t.tenants = others.then(|| ["other".into()].into());
            t.takes = vec!["BE".parse().expect("an area")];
            t.caps = Caps { calls: Some(0), channels: Some(0), per_second: Some(0) };
        });
        let mut carriers = carriers(vec![one], policy);
        if down {
            for _ in 0..3 {
                carriers.handle_probe_result(at(1), &"only".into(), None);
            }
        }
        prop_assert_eq!(routes(&mut carriers, at(2), dialled), Ok(vec!["only".to_owned()]));
        for leg in 0..20 {
            prop_assert_eq!(admit(&mut carriers, at(2), dialled, leg, "only"), Ok(()));
        }
        let used = carriers.used(at(2), &"acme".into(), &TimeZone::UTC);
        prop_assert_eq!((used.now, used.calls), (0, 0), "nothing is used up");
        prop_assert_eq!(carriers.states(at(2))[0].out, 20, "operators see that somebody calls");
        for leg in 0..20 {
            carriers.ended(LegId(leg));
        }
        prop_assert_eq!((carriers.counted(), carriers.states(at(2))[0].out), (0, 0));
        prop_assert!(admit(&mut carriers, at(2), LYON, 99, "only").is_err());
    }
}
