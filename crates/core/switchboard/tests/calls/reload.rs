//! Tenants that change, come and go while calls are in progress (FLOWS §11).

use std::sync::Arc;
use std::time::Duration;

use rappel_model::record::{CallRecord, Outcome};
use rappel_model::{Fact, Random};
use rappel_switchboard::Input;
use rappel_tenant::Version;

use crate::support::{Act, Manners, TENANT, World, changed, neighbour};

/// Reloads of the whole test.
const RELOADS: u32 = 1_000;

/// How many different versions take turns.
const VARIANTS: u32 = 8;

fn reload(world: &mut World, version: Version) {
    world.input(Input::Tenant(version.tenant.clone(), Arc::new(version)));
}

fn number(record: &CallRecord) -> u32 {
    record.version.as_ref().map_or(0, |version| version.number)
}

#[test]
fn a_thousand_reloads_change_no_call_in_progress_and_drop_none() {
    let mut world = World::new(11);
    let mut random = Random::from_seed(11).fork("callers");
    world.phone("198.51.100.21:5060", Some("sofia"), Manners::answers(1));
    let trunk = world.trunk();
    let variants: Vec<Version> = (0..VARIANTS).map(changed).collect();
    let mut calls = Vec::new();
    for n in 1..=RELOADS {
        let mut version = variants[(n % VARIANTS) as usize].clone();
        version.number = n;
        reload(&mut world, version);
        if n % 4 == 0 {
            calls.push(world.call(trunk, "+33199000010"));
        }
        world.run(Duration::from_millis(200 + random.below(400)));
        // Somebody in the middle of a menu, a conversation or a message presses a key or leaves.
        let call = calls[random.below(calls.len().max(1) as u64) as usize..].first();
        match (call, random.below(4)) {
            (Some(call), 0) => world.try_press(trunk, *call, ['1', '2', '5'][(n % 3) as usize]),
            (Some(call), 1) if random.chance(20) => world.act(trunk, *call, Act::HangUp),
            _ => {}
        }
        while calls.len() > MOST {
            world.act(trunk, calls.remove(0), Act::HangUp);
        }
    }
    for call in calls {
        world.act(trunk, call, Act::HangUp);
    }
    world.settle(Duration::from_secs(5 * 3600));
    world.assert_quiet();
    assert_eq!(world.records.len(), (RELOADS / 4) as usize);
    for record in &world.records {
        assert!(
            number(record).is_multiple_of(4) && number(record) > 0,
            "{record:?}"
        );
        let fine = !matches!(record.outcome, Outcome::Failed | Outcome::Refused);
        assert!(fine, "{record:?}");
    }
    // The flow says which version it is of by the prompt of its menu.
    let menus = world
        .plays
        .iter()
        .filter(|(_, key)| key.starts_with("bienvenue"));
    let mut seen = 0;
    for (version, key) in menus {
        assert_eq!(*key, format!("bienvenue-{}", version % VARIANTS));
        seen += 1;
    }
    assert!(seen > RELOADS / 4, "every caller heard a menu: {seen}");
}

/// Calls at once in the test above; the house has ports for 80 legs.
const MOST: usize = 20;

#[test]
fn a_line_that_is_gone_refuses_new_calls_and_its_callers_stay() {
    let mut world = World::new(12);
    let trunk = world.trunk();
    reload(&mut world, changed(2));
    let before = world.call(trunk, "+33199000011");
    world.run(Duration::from_secs(2));
    reload(&mut world, changed(3));
    let after = world.call(trunk, "+33199000011");
    world.run(Duration::from_secs(2));
    assert!(world.phones[trunk].calls[before].answered);
    assert!(!world.phones[trunk].calls[before].over, "it goes on");
    assert_eq!(world.phones[trunk].calls[after].failed, Some(404));
    world.act(trunk, before, Act::HangUp);
    world.settle(Duration::from_secs(120));
    world.assert_quiet();
    let kept: Vec<_> = world.records.iter().map(number).collect();
    assert_eq!(kept, [0, 2], "the refused call has no version");
}

#[test]
fn a_company_that_is_withdrawn_refuses_new_calls_and_keeps_its_messages() {
    let mut world = World::new(13);
    let trunk = world.trunk();
    reload(&mut world, neighbour());
    let before = world.call(trunk, "+33199000011");
    world.run(Duration::from_secs(4));
    world.input(Input::Withdraw(TENANT.into()));
    assert_eq!(world.board.live().leaving, 1);
    let after = world.call(trunk, "+33199000011");
    world.run(Duration::from_secs(20));
    assert_eq!(world.phones[trunk].calls[after].failed, Some(404));
    world.act(trunk, before, Act::HangUp);
    world.settle(Duration::from_secs(120));
    world.assert_quiet();
    assert_eq!(world.board.live().leaving, 0);
    let facts = world.facts();
    assert!(facts.iter().any(|fact| matches!(fact, Fact::Withdrawn)));
    let saved = |fact: &&&Fact| matches!(fact, Fact::MessageSaved { .. });
    assert_eq!(facts.iter().filter(saved).count(), 1, "{facts:?}");
    // Back again, as if nothing had been.
    reload(&mut world, changed(4));
    let back = world.call(trunk, "+33199000010");
    world.run(Duration::from_secs(2));
    assert!(world.phones[trunk].calls[back].answered);
    world.act(trunk, back, Act::HangUp);
    world.settle(Duration::from_secs(120));
    world.assert_quiet();
}
