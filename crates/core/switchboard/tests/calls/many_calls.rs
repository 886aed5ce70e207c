//! Many random calls over a network that loses, delays and reorders: nothing may be left behind,
//! every call has one record, and the same seed tells the same story.

use std::collections::BTreeSet;
use std::hash::Hasher;
use std::time::Duration;

use crate::support::{Act, Manners, Network, Then, World};
use rappel_model::{CallUid, Random};

/// Calls of one day.
const CALLS: u32 = 50;

/// Days of 50 calls: a thousand in all, or `RAPPEL_SEEDS` of them.
#[expect(
    clippy::disallowed_methods,
    reason = "a test may be told how long to run"
)]
fn seeds() -> u64 {
    std::env::var("RAPPEL_SEEDS").map_or(20, |days| days.parse().expect("RAPPEL_SEEDS is a number"))
}

/// The numbers random callers dial; the last belongs to nobody.
const NUMBERS: [&str; 5] = [
    "+33199000010",
    "+33199000011",
    "+33199000012",
    "+33199000013",
    "+33199999999",
];

/// One day of random calls.
fn day(seed: u64) -> World {
    let mut world = World::new(seed);
    let mut random = Random::from_seed(seed).fork("callers");
    world.phone("198.51.100.21:5060", Some("sofia"), Manners::answers(2));
    world.phone(
        "198.51.100.22:5060",
        Some("sofia-mobile"),
        Manners::refuses(486),
    );
    world.phone("198.51.100.23:5060", Some("karim"), Manners::default());
    let trunk = world.trunk();
    world.network = Network {
        loss: 10,
        delay: (1_000, 120_000),
    };
    for _ in 0..CALLS {
        change_manners(&mut world, &mut random);
        let call = if random.chance(25) {
            let target = ["11", "12", "10", "sofia", "nobody"][random.below(5) as usize];
            (2, world.call(2, target))
        } else {
            let number = NUMBERS[random.below(5) as usize];
            (trunk, world.call(trunk, number))
        };
        live(&mut world, &mut random, call);
    }
    world.network.loss = 0;
    // Whoever never hangs up is ended by the longest call, four hours.
    world.settle(Duration::from_secs(5 * 3600));
    world
}

/// What the phones do next, and for how long they talk.
fn change_manners(world: &mut World, random: &mut Random) {
    for phone in 0..3 {
        let after = Duration::from_millis(random.below(6_000));
        let then = match random.below(5) {
            0 | 1 => Then::Answer(after),
            2 => Then::Refuse(after, [486, 603, 480, 503][random.below(4) as usize]),
            _ => Then::Nothing,
        };
        let manners = &mut world.phones[phone].manners;
        manners.then = then;
        manners.rings = random.chance(80).then_some(Duration::from_millis(60));
        let talk = Duration::from_millis(500 + random.below(9_000));
        manners.talks = random.chance(60).then_some(talk);
    }
}

/// What happens in a call, and how long it takes until the next one begins.
fn live(world: &mut World, random: &mut Random, (phone, call): (usize, usize)) {
    for _ in 0..random.below(4) {
        world.run(Duration::from_millis(random.below(4_000)));
        let is_up = {
            let call = &world.phones[phone].calls[call];
            call.answered && !call.over
        };
        match random.below(6) {
            0 | 1 if is_up => {
                world.try_press(phone, call, ['1', '2', '5'][random.below(3) as usize])
            }
            2 if is_up => world.act(phone, call, Act::Hold),
            3 if is_up => world.act(phone, call, Act::Resume),
            4 if is_up => world.try_lose_media(phone, call),
            _ => {}
        }
    }
    if random.chance(50) {
        world.act(phone, call, Act::HangUp);
    }
    world.run(Duration::from_millis(random.below(3_000)));
}

/// The diary, and a hash over every output.
fn check(seed: u64) -> (String, u64) {
    let world = day(seed);
    world.assert_quiet();
    let uids: BTreeSet<CallUid> = world.records.iter().map(|record| record.uid).collect();
    assert_eq!(uids.len(), world.records.len(), "one record per call");
    let arrived = world
        .facts()
        .iter()
        .filter(|fact| matches!(fact, rappel_model::Fact::Arrived { .. }))
        .count();
    assert_eq!(arrived, world.records.len(), "every call has a record");
    assert!(
        arrived >= CALLS as usize / 2,
        "seed {seed}: only {arrived} arrived"
    );
    for record in &world.records {
        assert!(
            record.legs.iter().all(|leg| leg.ended.is_some()),
            "{record:?}"
        );
    }
    (world.diary_text(), world.transcript.finish())
}

#[test]
fn random_calls_leave_nothing_behind() {
    for seed in 0..seeds() {
        check(seed);
    }
}

#[test]
fn the_same_seed_tells_the_same_story() {
    let (one, other) = (check(7), check(7));
    assert!(!one.0.is_empty());
    assert_eq!(one, other);
    assert_ne!(one, check(8));
}
