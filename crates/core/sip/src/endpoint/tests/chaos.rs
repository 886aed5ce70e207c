//! Random calls over a bad network, with offers, session refreshes and transfers: whatever happens,
//! each usage ends once, each INVITE has one final answer, and nothing is left.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use rappel_model::Now;

use super::anybody::Anybody;
use super::world::{Weather, World};
use crate::output::{DialogId, DialogNews};
use crate::{Endpoint, Settings};

const STORM: Weather = Weather {
    loss_percent: 20,
    twice_percent: 15,
    delay: (5, 900),
};

/// How many storms there are: a slice, or `RAPPEL_STORMS` of them.
#[expect(
    clippy::disallowed_methods,
    reason = "a test may be told how long to run"
)]
fn storms() -> u64 {
    std::env::var("RAPPEL_STORMS").map_or(300, |n| n.parse().expect("RAPPEL_STORMS is a number"))
}

/// The seeds, dealt out to tests that run side by side.
mod calls_in_a_storm_end_once_and_leave_nothing {
    #[test]
    fn in_a_quarter_of_the_storms() {
        deal(0);
    }

    #[test]
    fn in_a_second_quarter() {
        deal(1);
    }

    #[test]
    fn in_a_third_quarter() {
        deal(2);
    }

    #[test]
    fn in_the_last_quarter() {
        deal(3);
    }

    fn deal(first: u64) {
        for seed in (first..super::storms()).step_by(4) {
            super::storm(seed);
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_day() {
    let diary = |seed| {
        let world = storm(seed);
        (world.news(0), world.news(1), world.now)
    };
    assert_eq!(diary(7), diary(7));
}

fn storm(seed: u64) -> World {
    let settings = Settings {
        session_expires: 40,
        min_session_expires: 10,
        ..Settings::default()
    };
    let mut world = World::with(1000 + seed, 2, &settings);
    world.weather = STORM;
    let mut chance = world.random.fork(&format!("script {seed}"));
    let calls: Vec<DialogId> = (0..3).map(|_| world.call(1, b"offer")).collect();
    let mut anybody = Anybody::new(chance.fork("anybody"));
    let mut refused = 0;
    for _ in 0..40 {
        // Now and then long enough for a session to want its refresh.
        let most = if chance.chance(10) { 25_000 } else { 1500 };
        world.run(Duration::from_millis(chance.below(most)));
        anybody.acts(&mut world);
        let caller = calls[usize::try_from(chance.below(3)).unwrap()];
        let callees = world.nodes[1].incoming.len() as u64;
        let callee = (callees > 0).then(|| {
            let index = usize::try_from(chance.below(callees)).unwrap();
            world.nodes[1].incoming[index].dialog
        });
        let body = Bytes::from_static(b"sdp");
        match (chance.below(15), callee) {
            (0, _) if chance.chance(30) => world.act(0, |e, now| e.hang_up(now, caller, None)),
            (1, _) => world.act(0, |e, now| e.offer(now, caller, body)),
            (2, _) => world.act(0, |e, now| e.answer_offer(now, caller, body)),
            (3, _) => world.act(0, |e, now| e.refuse_offer(now, caller, 488)),
            (4, Some(callee)) => world.act(1, |e, now| e.ring(now, callee, 180, body)),
            (5 | 6, Some(callee)) => world.act(1, |e, now| e.accept(now, callee, body)),
            (7, Some(callee)) if chance.chance(20) => {
                refused += refuses(&mut world, |e, now| e.reject(now, callee, 486, None));
            }
            (8, Some(callee)) if chance.chance(30) => {
                refused += refuses(&mut world, |e, now| e.hang_up(now, callee, None));
            }
            (9, Some(callee)) => world.act(1, |e, now| e.offer(now, callee, body)),
            (10, Some(callee)) => world.act(1, |e, now| e.answer_offer(now, callee, body)),
            (11, Some(callee)) => world.act(1, |e, now| e.accept_refer(now, callee)),
            (12, Some(callee)) => {
                let status = [180, 183, 200, 486][chance.below(4) as usize];
                world.act(1, |e, now| e.tell_referrer(now, callee, status));
            }
            (13, Some(callee)) if chance.chance(30) => {
                world.act(1, |e, now| e.refuse_refer(now, callee, 603));
            }
            _ => {}
        }
    }
    refused += end_all(&mut world, &calls);
    world.settle();
    world.assert_clean();
    anybody.assert_one_final_each(&world, seed);
    assert_each_ends_once(&world, &calls, refused, seed);
    world
}

/// The callee does something; gives 1 when that refused a call without a word to the callee itself.
fn refuses(world: &mut World, act: impl FnOnce(&mut Endpoint, Now)) -> usize {
    let count = |world: &World| {
        let node = &world.nodes[1];
        (node.endpoint.live().dialogs, node.news.len())
    };
    let before = count(world);
    world.act(1, act);
    let after = count(world);
    usize::from(after.0 < before.0 && after.1 == before.1)
}

/// Everybody hangs up, twice, with time between; gives how many INVITEs that refused.
fn end_all(world: &mut World, calls: &[DialogId]) -> usize {
    let mut refused = 0;
    for _ in 0..2 {
        for call in calls {
            world.act(0, |e, now| e.hang_up(now, *call, None));
        }
        let callees: Vec<DialogId> = world.nodes[1].incoming.iter().map(|i| i.dialog).collect();
        for callee in callees {
            refused += refuses(world, |e, now| e.hang_up(now, callee, None));
        }
        world.run(Duration::from_secs(100));
    }
    refused
}

fn assert_each_ends_once(world: &World, calls: &[DialogId], refused: usize, seed: u64) {
    let count = |node: usize| {
        let mut ends: BTreeMap<DialogId, usize> = BTreeMap::new();
        for (dialog, news) in &world.nodes[node].news {
            let is_end = matches!(
                news,
                DialogNews::Failed { .. } | DialogNews::Cancelled | DialogNews::Ended { .. }
            );
            let ends = ends.entry(*dialog).or_default();
            assert!(*ends == 0, "seed {seed}: news after the end: {news:?}");
            *ends += usize::from(is_end);
        }
        ends
    };
    let ours = count(0);
    for call in calls {
        assert_eq!(ours.get(call), Some(&1), "seed {seed}: {call:?}");
    }
    let theirs = count(1).values().sum::<usize>();
    assert_eq!(
        theirs + refused,
        world.nodes[1].incoming.len(),
        "seed {seed}: callees"
    );
}
