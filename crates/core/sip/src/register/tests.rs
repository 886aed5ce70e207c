//! The machine alone: what follows what, and when.

use proptest::prelude::*;

use super::*;
use crate::input::ConnectionId;

fn registering(expires: u32) -> Registering {
    let uri: Uri = "sip:carrier.example".parse().unwrap();
    let wish = Registration {
        registrar: uri.clone(),
        way: Way::to(&uri).unwrap(),
        aor: NameAddr::new("sip:rappel@carrier.example".parse().unwrap()),
        account: None,
        contact_user: "rappel".to_owned(),
        expires,
        patience: None,
    };
    Registering::new(wish, "call".to_owned(), "tag".to_owned(), 1)
}

fn flow(transport: Transport) -> Flow {
    Flow {
        transport,
        local: "198.51.100.1:5060".parse().unwrap(),
        remote: "203.0.113.1:5060".parse().unwrap(),
        connection: transport.is_reliable().then_some(ConnectionId(7)),
    }
}

fn granted(seconds: u32) -> Heard {
    Heard::Granted {
        seconds,
        flow: flow(Transport::Tcp),
        seen: None,
    }
}

fn wait(machine: &Registering, now: Now) -> Duration {
    machine.poll_timeout().unwrap().at.since(now.instant)
}

#[test]
fn it_refreshes_in_time_whatever_is_granted() {
    for (seconds, least, most) in [
        (3600, 2880, 3240),
        (100, 80, 90),
        (60, 30, 30),
        (20, 10, 10),
        (1, 5, 5),
    ] {
        for seed in 0..20 {
            let mut random = Random::from_seed(seed);
            let mut machine = registering(3600);
            let now = Now::default();
            let (state, act) = machine.handle_heard(now, granted(seconds), &mut random);
            assert_eq!(act, RegisteringAct::Nothing);
            assert!(matches!(state, Some(RegistrationState::Registered { .. })));
            let pause = wait(&machine, now).as_secs();
            assert!((least..=most).contains(&pause), "{seconds}: {pause}");
            let now = now.after(wait(&machine, now));
            let (state, act) = machine.handle_timeout(now);
            // A refresh is no news.
            assert_eq!(state, None);
            assert_eq!(act, RegisteringAct::Register { seconds: 3600 });
        }
    }
}

#[test]
fn a_registrar_that_is_down_is_asked_every_half_minute_at_least() {
    let mut random = Random::from_seed(1);
    let mut machine = registering(3600);
    let mut now = Now::default();
    let mut pauses = Vec::new();
    for _ in 0..12 {
        let down = Heard::Unreachable {
            status: None,
            retry_after: None,
        };
        machine.handle_heard(now, down, &mut random);
        let pause = wait(&machine, now);
        pauses.push(pause.as_millis());
        now = now.after(pause);
        let (state, act) = machine.handle_timeout(now);
        assert_eq!(state, Some(RegistrationState::Registering));
        assert_eq!(act, RegisteringAct::Register { seconds: 3600 });
    }
    assert!(pauses[0] <= 4000, "{pauses:?}");
    assert!(pauses.iter().all(|pause| *pause <= 30_000), "{pauses:?}");
    assert!(
        pauses[6..].iter().all(|pause| *pause >= 15_000),
        "{pauses:?}"
    );
}

#[test]
fn a_refusal_is_repeated_ever_more_seldom_and_retry_after_is_obeyed() {
    let mut random = Random::from_seed(2);
    let mut machine = registering(3600);
    let mut now = Now::default();
    let refused = |retry_after| Heard::Refused {
        status: 403,
        reason: "Forbidden".to_owned(),
        retry_after,
    };
    let mut last = Duration::ZERO;
    for _ in 0..8 {
        let (state, _) = machine.handle_heard(now, refused(None), &mut random);
        assert!(matches!(
            state,
            Some(RegistrationState::Refused { status: 403, .. })
        ));
        last = wait(&machine, now);
        now = now.after(last);
        machine.handle_timeout(now);
    }
    assert!((300..=600).contains(&last.as_secs()), "{last:?}");
    let mut machine = registering(3600);
    machine.handle_heard(now, refused(Some(100)), &mut random);
    assert_eq!(wait(&machine, now).as_secs(), 100);
    let mut machine = registering(3600);
    machine.handle_heard(now, refused(Some(u32::MAX)), &mut random);
    assert_eq!(wait(&machine, now), MAX_RETRY_AFTER);
}

#[test]
fn too_brief_raises_the_wish_and_never_loops() {
    let mut random = Random::from_seed(3);
    let mut machine = registering(60);
    let now = Now::default();
    let (_, act) = machine.handle_heard(now, Heard::TooBrief(1800), &mut random);
    assert_eq!(act, RegisteringAct::Register { seconds: 1800 });
    // A registrar that wants ever more, and one that wants what it was given.
    machine.handle_heard(now, Heard::TooBrief(1801), &mut random);
    machine.handle_heard(now, Heard::TooBrief(1802), &mut random);
    let (state, act) = machine.handle_heard(now, Heard::TooBrief(1803), &mut random);
    assert_eq!(act, RegisteringAct::Nothing);
    assert!(matches!(
        state,
        Some(RegistrationState::Refused { status: 423, .. })
    ));
}

#[test]
fn a_nat_changes_our_contact_once_and_makes_no_storm() {
    let mut random = Random::from_seed(4);
    let mut machine = registering(3600);
    let now = Now::default();
    let seen = |port| Heard::Granted {
        seconds: 3600,
        flow: flow(Transport::Udp),
        seen: Some(SocketAddr::from(([192, 0, 2, 200], port))),
    };
    let (_, act) = machine.handle_heard(now, seen(4000), &mut random);
    assert_eq!(act, RegisteringAct::Register { seconds: 3600 });
    assert_eq!(machine.outdated, Some("198.51.100.1:5060".parse().unwrap()));
    let (_, act) = machine.handle_heard(now, seen(4000), &mut random);
    assert_eq!((act, machine.outdated), (RegisteringAct::Nothing, None));
    // Keep-alives follow, and a symmetric NAT may change its mind.
    let now = now.after(Duration::from_secs(25));
    let (_, act) = machine.handle_timeout(now);
    assert_eq!(act, RegisteringAct::KeepAlive(flow(Transport::Udp)));
    assert_eq!(machine.renew(), RegisteringAct::Register { seconds: 3600 });
    let (_, act) = machine.handle_heard(now, seen(4001), &mut random);
    assert_eq!(act, RegisteringAct::Nothing);
}

#[test]
fn a_broken_connection_is_made_again_at_once() {
    let mut random = Random::from_seed(5);
    let mut machine = registering(3600);
    let now = Now::default();
    machine.handle_heard(now, granted(3600), &mut random);
    let on = |connection| move |flow: Flow| flow.connection == Some(ConnectionId(connection));
    assert_eq!(machine.flow_closed(on(8)), RegisteringAct::Nothing);
    let again = machine.flow_closed(on(7));
    assert_eq!(again, RegisteringAct::Register { seconds: 3600 });
    assert_eq!(machine.flow(), None);
}

#[test]
fn leaving_waits_for_the_answer_but_not_for_ever() {
    let mut random = Random::from_seed(6);
    let now = Now::default();
    let left = (Some(RegistrationState::Left), RegisteringAct::Forget);
    // Answered.
    let mut machine = registering(3600);
    machine.handle_heard(now, granted(3600), &mut random);
    assert_eq!(
        machine.unregister(now),
        RegisteringAct::Register { seconds: 0 }
    );
    assert_eq!(machine.handle_heard(now, granted(0), &mut random), left);
    // Silent.
    let mut machine = registering(3600);
    machine.handle_heard(now, granted(3600), &mut random);
    machine.unregister(now);
    assert_eq!(machine.handle_timeout(now.after(FAREWELL)), left);
    // While the first REGISTER is on its way.
    let mut machine = registering(3600);
    assert_eq!(machine.unregister(now), RegisteringAct::Nothing);
    let (_, act) = machine.handle_heard(now, granted(3600), &mut random);
    assert_eq!(act, RegisteringAct::Register { seconds: 0 });
    assert_eq!(machine.handle_heard(now, granted(0), &mut random), left);
    // Never registered.
    let mut machine = registering(3600);
    machine.handle_heard(
        now,
        Heard::Unreachable {
            status: None,
            retry_after: None,
        },
        &mut random,
    );
    assert_eq!(machine.unregister(now), RegisteringAct::Forget);
}

#[derive(Clone, Copy, Debug)]
enum Chance {
    Granted(u32),
    TooBrief(u32),
    Refused(u16),
    Down,
    Wait,
    Renew,
    Broken,
}

fn chance() -> impl Strategy<Value = Chance> {
    prop_oneof![
        (0_u32..5000).prop_map(Chance::Granted),
        any::<u32>().prop_map(Chance::TooBrief),
        (300_u16..700).prop_map(Chance::Refused),
        Just(Chance::Down),
        Just(Chance::Wait),
        Just(Chance::Wait),
        Just(Chance::Renew),
        Just(Chance::Broken),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever happens, it never stands still and never storms: a REGISTER is on its way, or the
    /// next has its time, within ten minutes where nothing holds; and asking ends when we leave.
    #[test]
    fn it_never_stands_still(chances in prop::collection::vec(chance(), 0..60), seed in any::<u64>()) {
        let mut random = Random::from_seed(seed);
        let mut machine = registering(3600);
        let mut now = Now::default();
        let mut on_its_way = true;
        for chance in chances {
            let heard = match chance {
                Chance::Granted(seconds) => Some(granted(seconds)),
                Chance::TooBrief(seconds) => Some(Heard::TooBrief(seconds)),
                Chance::Refused(status) => Some(Heard::Refused {
                    status,
                    reason: String::new(),
                    retry_after: None,
                }),
                Chance::Down => Some(Heard::Unreachable {
            status: None,
            retry_after: None,
        }),
                Chance::Wait | Chance::Renew | Chance::Broken => None,
            };
            let act = match (heard, chance) {
                // An answer comes to what was asked only.
                (Some(heard), _) if on_its_way => {
                    on_its_way = false;
                    machine.handle_heard(now, heard, &mut random).1
                }
                (Some(_), _) => RegisteringAct::Nothing,
                (None, Chance::Renew) => machine.renew(),
                (None, Chance::Broken) => machine.flow_closed(|_| true),
                (None, _) => match machine.poll_timeout() {
                    Some(due) => {
                        now = now.after(due.at.since(now.instant));
                        machine.handle_timeout(now).1
                    }
                    None => RegisteringAct::Nothing,
                },
            };
            if let RegisteringAct::Register { seconds } = act {
                prop_assert!(!on_its_way, "two at once after {chance:?}");
                prop_assert!((MIN_ASKED..=MAX_ASKED).contains(&seconds));
                on_its_way = true;
            }
            match machine.poll_timeout() {
                _ if on_its_way => {}
                Some(due) => {
                    let most = if machine.flow().is_some() { 5000 } else { 600 };
                    prop_assert!(due.at.since(now.instant) <= Duration::from_secs(most));
                }
                None => prop_assert!(false, "it stands still after {chance:?}"),
            }
        }
        let mut act = machine.unregister(now);
        for _ in 0..3 {
            if act == RegisteringAct::Forget {
                break;
            }
            if let Some(due) = machine.poll_timeout() {
                now = now.after(due.at.since(now.instant));
            }
            act = machine.handle_timeout(now).1;
        }
        prop_assert_eq!(act, RegisteringAct::Forget);
    }
}
