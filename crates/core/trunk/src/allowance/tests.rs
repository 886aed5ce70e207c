//! Caps that hold whatever comes, in virtual time.

use proptest::prelude::*;
use rappel_model::Random;

use super::*;

fn at(seconds: u64) -> Now {
    // Noon of a day, so that an hour of test stays in it.
    let noon = Now {
        instant: Instant::ZERO,
        wall: Timestamp::from_micros(12 * 3_600_000_000),
    };
    noon.after(Duration::from_secs(seconds))
}

fn policy() -> Policy {
    Policy {
        calls: 3,
        calls_per_day: 5,
        cost_per_day: Cost(1_000_000),
        longest: Duration::from_secs(600),
        ..Policy::default()
    }
}

fn claim<'a>(
    leg: u64,
    policy: &'a Policy,
    names: &'a (TenantId, TrunkName),
    price: u64,
) -> Claim<'a> {
    Claim {
        leg: LegId(leg),
        call: CallUid(u128::from(leg)),
        tenant: &names.0,
        zone: const { &TimeZone::UTC },
        policy,
        price: Cost(price),
        trunk: &names.1,
        caps: Caps {
            calls: Some(4),
            channels: Some(5),
            per_second: None,
        },
    }
}

fn names() -> (TenantId, TrunkName) {
    ("acme".into(), "carrier".into())
}

fn used(allowance: &Allowance, now: Now) -> Used {
    allowance.used(now, &names().0, &TimeZone::UTC)
}

#[test]
fn calls_at_once_have_a_bound_for_the_company_and_for_the_trunk() {
    let (mut allowance, names) = (Allowance::default(), names());
    let mut policy = policy();
    for leg in 1..=3 {
        assert_eq!(
            allowance.begin(at(0), claim(leg, &policy, &names, 0)),
            Ok(())
        );
    }
    let full = Err(Barred::Full);
    assert_eq!(
        allowance.begin(at(0), claim(4, &policy, &names, 0)),
        Err(Barred::CompanyFull)
    );
    policy.calls = 30;
    assert_eq!(allowance.begin(at(0), claim(4, &policy, &names, 0)), Ok(()));
    policy.calls_per_day = 50;
    assert_eq!(
        allowance.begin(at(0), claim(5, &policy, &names, 0)),
        full,
        "the trunk's four"
    );
    allowance.ended(LegId(1));
    // Two that came by it leave no channel for a fourth.
    allowance.arrived(&names.1, CallUid(90));
    allowance.arrived(&names.1, CallUid(91));
    assert_eq!(
        allowance.begin(at(0), claim(5, &policy, &names, 0)),
        full,
        "the channels"
    );
    allowance.left(CallUid(90));
    assert_eq!(allowance.begin(at(0), claim(5, &policy, &names, 0)), Ok(()));
    for leg in 2..=5 {
        allowance.ended(LegId(leg));
    }
    allowance.left(CallUid(91));
    assert!(allowance.is_empty());
}

#[test]
fn new_calls_come_no_faster_than_the_trunk_takes_them() {
    let (mut allowance, names) = (Allowance::default(), names());
    let policy = Policy {
        calls: 1_000,
        calls_per_day: 1_000,
        ..policy()
    };
    let caps = Caps {
        per_second: Some(5),
        ..Caps::default()
    };
    let mut leg = 0;
    let mut begun = |allowance: &mut Allowance, now| {
        leg += 1;
        let claim = claim(leg, &policy, &names, 0);
        allowance.begin(now, Claim { caps, ..claim }).is_ok()
    };
    let now = at(0);
    let burst = (0..20).filter(|_| begun(&mut allowance, now)).count();
    assert_eq!(burst, 5);
    let later = at(0).after(Duration::from_millis(200));
    let next = (0..20).filter(|_| begun(&mut allowance, later)).count();
    assert_eq!(next, 1);
    let much_later = at(3_600);
    let refilled = (0..20)
        .filter(|_| begun(&mut allowance, much_later))
        .count();
    assert_eq!(refilled, 5, "no more than a second's worth is saved up");
}

#[test]
fn only_answered_calls_count_for_the_day_and_a_day_ends() {
    let (mut allowance, names, policy) = (Allowance::default(), names(), policy());
    for leg in 1..=20 {
        assert_eq!(
            allowance.begin(at(0), claim(leg, &policy, &names, 0)),
            Ok(())
        );
        allowance.ended(LegId(leg));
    }
    for leg in 21..=25 {
        assert_eq!(
            allowance.begin(at(0), claim(leg, &policy, &names, 0)),
            Ok(())
        );
        allowance.answered(at(0), LegId(leg));
        allowance.ended(LegId(leg));
    }
    let spent = Err(Barred::Spent);
    assert_eq!(allowance.begin(at(1), claim(26, &policy, &names, 0)), spent);
    assert_eq!(used(&allowance, at(1)).calls, 5);
    let tomorrow = at(12 * 3600);
    assert_eq!(used(&allowance, tomorrow).calls, 0);
    assert_eq!(
        allowance.begin(tomorrow, claim(26, &policy, &names, 0)),
        Ok(())
    );
}

#[test]
fn a_call_is_charged_by_begun_minutes_and_ended_when_the_day_is_spent() {
    let (mut allowance, names, policy) = (Allowance::default(), names(), policy());
    // Three minutes at 0.30 fit into 1.00, a fourth does not.
    assert_eq!(
        allowance.begin(at(0), claim(1, &policy, &names, 300_000)),
        Ok(())
    );
    assert_eq!(used(&allowance, at(0)).spent, Cost(0));
    allowance.answered(at(5), LegId(1));
    assert_eq!(used(&allowance, at(5)).spent, Cost(300_000));
    assert!(allowance.handle_timeout(at(64)).is_empty());
    assert!(allowance.handle_timeout(at(65)).is_empty());
    assert_eq!(used(&allowance, at(65)).spent, Cost(600_000));
    assert!(allowance.handle_timeout(at(125)).is_empty());
    assert_eq!(
        allowance.begin(at(126), claim(2, &policy, &names, 300_000)),
        Err(Barred::Spent)
    );
    assert_eq!(allowance.handle_timeout(at(185)), [(LegId(1), CallUid(1))]);
    assert!(allowance.handle_timeout(at(300)).is_empty(), "told once");
    assert_eq!(used(&allowance, at(300)).spent, Cost(900_000));
    allowance.ended(LegId(1));
    assert!(allowance.is_empty());
}

#[test]
fn a_call_that_costs_nothing_ends_when_it_has_lasted_long_enough() {
    let (mut allowance, names, policy) = (Allowance::default(), names(), policy());
    assert_eq!(allowance.begin(at(0), claim(1, &policy, &names, 0)), Ok(()));
    allowance.answered(at(0), LegId(1));
    let due = allowance.poll_timeout().expect("it is looked at");
    assert_eq!(due.at, at(600).instant);
    assert!(allowance.handle_timeout(at(599)).is_empty());
    assert_eq!(allowance.handle_timeout(at(600)), [(LegId(1), CallUid(1))]);
}

#[test]
fn a_restart_forgets_nothing_of_today_and_all_of_yesterday() {
    let (mut allowance, names, policy) = (Allowance::default(), names(), policy());
    let wall = |seconds: u64| at(seconds).wall;
    let yesterday = Timestamp::from_micros(-1);
    for (answered, ended) in [
        (yesterday, yesterday),
        (wall(0), wall(59)),
        (wall(0), wall(60)),
    ] {
        let told = (answered, ended, Cost(200_000));
        allowance.restore(at(100), &names.0, &TimeZone::UTC, told);
    }
    let today = used(&allowance, at(100));
    assert_eq!((today.calls, today.spent), (2, Cost(600_000)));
    // Two more minutes fit into 1.00, not three.
    for (leg, let_through) in [(1, Ok(())), (2, Ok(())), (3, Err(Barred::Spent))] {
        let told = allowance.begin(at(100), claim(leg, &policy, &names, 200_000));
        assert_eq!(told, let_through, "{leg}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever begins, is answered and ends in whatever order: no cap is ever exceeded, and nothing
    /// is left when all is over.
    #[test]
    fn caps_hold_under_any_order(seed in any::<u64>(), steps in 10usize..120) {
        let (mut allowance, names, policy) = (Allowance::default(), names(), policy());
        let mut random = Random::from_seed(seed);
        let mut live: Vec<LegId> = Vec::new();
        let mut seconds = 0;
        for leg in 1..=steps as u64 {
            seconds += random.below(40);
            let now = at(seconds);
            for (over, _) in allowance.handle_timeout(now) {
                live.retain(|leg| *leg != over);
                allowance.ended(over);
            }
            match random.below(3) {
                0 => {
                    let price = [0, 70_000, 310_000][random.below(3) as usize];
                    if allowance.begin(now, claim(leg, &policy, &names, price)).is_ok() {
                        live.push(LegId(leg));
                    }
                }
                1 if !live.is_empty() => {
                    let one = live[random.below(live.len() as u64) as usize];
                    allowance.answered(now, one);
                }
                2 if !live.is_empty() => {
                    let one = live.swap_remove(random.below(live.len() as u64) as usize);
                    allowance.ended(one);
                }
                _ => {}
            }
            let used = used(&allowance, now);
            prop_assert!(used.now <= policy.calls && used.now as usize == live.len());
            prop_assert!(used.calls <= policy.calls_per_day);
            prop_assert!(used.spent <= policy.cost_per_day);
            prop_assert!(allowance.trunks.get(&names.1).map_or(0, |load| load.out) <= 4);
        }
        for leg in live {
            allowance.ended(leg);
        }
        prop_assert!(allowance.is_empty());
        let account = &allowance.companies.get(&names.0);
        if let Some(account) = account {
            prop_assert_eq!((account.live, account.ringing, account.reserved), (0, 0, Cost(0)));
        }
    }
}
