//! A whole day at the pace of 100,000 calls in 24 hours, calls upon calls, over a network that loses
//! some of what is sent: whatever was live is given back.

use std::time::Duration;

use rappel_model::{Instant, Random};

use crate::support::{Act, Manners, Network, Then, World};

/// Calls of the day: a thousandth of it, or `RAPPEL_DAY_CALLS`.
#[expect(
    clippy::disallowed_methods,
    reason = "a test may be told how long to run"
)]
fn calls() -> u64 {
    let told = std::env::var("RAPPEL_DAY_CALLS");
    told.map_or(1_000, |calls| {
        calls.parse().expect("RAPPEL_DAY_CALLS is a number")
    })
}

/// Between two calls, on average: 100,000 of them make 24 hours.
const PACE: Duration = Duration::from_millis(864);

/// The numbers that are dialled from outside; the last belongs to nobody.
const NUMBERS: [&str; 5] = [
    "+33199000010",
    "+33199000011",
    "+33199000012",
    "+33199000013",
    "+33199999999",
];

/// A call in progress, and when its caller hangs up at the latest.
struct Pending {
    phone: usize,
    call: usize,
    until: Instant,
}

#[test]
fn a_busy_day_gives_everything_back() {
    let mut world = World::new(24);
    let mut random = Random::from_seed(24).fork("callers");
    world.phone("198.51.100.21:5060", Some("sofia"), Manners::answers(2));
    world.phone(
        "198.51.100.22:5060",
        Some("sofia-mobile"),
        Manners::refuses(486),
    );
    world.phone("198.51.100.23:5060", Some("karim"), Manners::default());
    let trunk = world.trunk();
    world.network = Network {
        loss: 2,
        delay: (1_000, 80_000),
    };
    let (calls, mut ended, mut pending) = (calls(), 0, Vec::new());
    let begun = world.now.instant;
    for n in 0..calls {
        pending.push(begin(&mut world, &mut random, trunk));
        let gap = random.below(2 * PACE.as_millis() as u64);
        world.run(Duration::from_millis(gap));
        hang_up_who_is_due(&mut world, &mut pending);
        if n % 500 == 499 {
            ended += world.records.len();
            forget_the_past(&mut world);
        }
    }
    let length = world.now.instant.since(begun);
    world.network.loss = 0;
    // Whoever never hangs up is ended by the longest call, four hours.
    world.settle(Duration::from_secs(5 * 3600));
    world.assert_quiet();
    ended += world.records.len();
    println!(
        "{ended} calls ended in {} s of virtual time",
        length.as_secs()
    );
    assert!(length > PACE * u32::try_from(calls).expect("a day") / 2);
    // An INVITE that is lost seven times never arrives.
    assert!(
        ended as u64 > calls * 9 / 10,
        "only {ended} of {calls} arrived"
    );
}

fn begin(world: &mut World, random: &mut Random, trunk: usize) -> Pending {
    for phone in 0..3 {
        let after = Duration::from_millis(random.below(4_000));
        let manners = &mut world.phones[phone].manners;
        manners.then = match random.below(4) {
            0 | 1 => Then::Answer(after),
            2 => Then::Refuse(after, [486, 603, 480, 503][random.below(4) as usize]),
            _ => Then::Nothing,
        };
        let talk = Duration::from_millis(500 + random.below(20_000));
        manners.talks = random.chance(60).then_some(talk);
    }
    let (phone, call) = if random.chance(25) {
        let target = ["11", "12", "10", "sofia", "nobody"][random.below(5) as usize];
        (2, world.call(2, target))
    } else {
        let number = NUMBERS[random.below(5) as usize];
        (trunk, world.call(trunk, number))
    };
    let patience = Duration::from_millis(500 + random.below(40_000));
    Pending {
        phone,
        call,
        until: world.now.instant + patience,
    }
}

fn hang_up_who_is_due(world: &mut World, pending: &mut Vec<Pending>) {
    let now = world.now.instant;
    let due: Vec<Pending> = pending.extract_if(.., |call| call.until <= now).collect();
    for Pending { phone, call, .. } in due {
        world.act(phone, call, Act::HangUp);
    }
}

/// Neither a day's diary nor its messages are kept: what is counted, and what takes memory, is what is
/// live.
fn forget_the_past(world: &mut World) {
    for phone in &mut world.phones {
        phone.heard.clear();
        phone.sent.clear();
        phone.notified.clear();
    }
    world.sound.orders.clear();
    world.records.clear();
    world.diary.clear();
    world.writes.clear();
    world.plays.clear();
    world.languages.clear();
}
