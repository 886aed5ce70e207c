//! Callers who do anything at any time, on paper, in every good company: no call is left in a dead end.

use std::sync::Arc;
use std::time::Duration;

use rappel_ivr::Reached;
use rappel_model::{Instant, Now, PhoneNumber, Random, Timestamp};
use rappel_rehearsal::world::caller;
use rappel_rehearsal::{ByWords, Given, Scene, Wait, World};
use rappel_tenant::Version;

use crate::company::{load, subjects};

/// A moment of a day and a week by chance: from Monday 23 November 2026, 00:00 UTC, on.
fn moment(random: &mut Random) -> Now {
    let seconds = MONDAY + i64::try_from(random.below(7 * 86_400)).unwrap_or(0);
    Now {
        wall: Timestamp::from_micros(seconds * 1_000_000),
        instant: Instant::default(),
    }
}

/// Plays one call to its end.
fn call(version: &Arc<Version>, seed: u64) -> World {
    let mut random = Random::from_seed(seed);
    let flows: Vec<_> = version.lines.iter().map(|line| &line.flow).collect();
    let flow = flows[usize::try_from(random.below(flows.len() as u64)).unwrap_or(0)];
    let now = moment(&mut random);
    let given = Given {
        nobody: random.chance(20),
        known: random.chance(50),
        message: random.chance(10),
        thread: random.chance(10),
        just_called: random.chance(10),
        as_served: random.chance(50),
        attempts_today: u32::try_from(random.below(3)).unwrap_or(0),
        ..Given::default()
    };
    let number = PhoneNumber::parse("+33639981234").filter(|_| random.chance(80));
    let who = caller(version, flow, number, None, &given, now.wall, &mut random);
    let mut world = World::new(
        Arc::clone(version),
        now,
        random.fork("world"),
        given,
        Box::new(ByWords),
    );
    world.begin(flow, who);
    let patient = random.chance(60);
    for _ in 0..MOVES {
        if world.is_over() {
            break;
        }
        act(&mut world, &mut random, patient);
    }
    world
}

/// One thing a caller or the house does.
fn act(world: &mut World, random: &mut Random, patient: bool) {
    if !patient && random.chance(3) {
        return world.hang_up();
    }
    match world.wait() {
        None if world.takes_key() && random.chance(20) => world.press(key(random)),
        None => {
            if !world.step_on() {
                world.pass(Duration::from_secs(1));
            }
        }
        Some(Wait::Keys) if random.chance(65) => world.press(key(random)),
        Some(Wait::Recording) if random.chance(60) => {
            world.speak(Duration::from_secs(random.below(40)));
        }
        Some(Wait::Recording) => world.stay_silent(),
        Some(Wait::Ringing) => ring(world, random),
        Some(Wait::Queue) if random.chance(25) => world.press(key(random)),
        Some(Wait::Queue) if random.chance(40) => {
            world.answer(Duration::from_secs(random.below(120)));
        }
        Some(Wait::Keys | Wait::Queue) => {
            world.step_on();
        }
    }
}

fn ring(world: &mut World, random: &mut Random) {
    let ends = [
        Reached::NoAnswer,
        Reached::Busy,
        Reached::Declined,
        Reached::Unreachable,
    ];
    if random.chance(40) && world.answer(Duration::from_secs(random.below(120))) {
        return;
    }
    let end = ends[usize::try_from(random.below(4)).unwrap_or(0)];
    world.fail(end);
}

fn key(random: &mut Random) -> char {
    // Low keys lead somewhere more often than high ones.
    let keys = b"11122233345678901290*#";
    char::from(keys[usize::try_from(random.below(keys.len() as u64)).unwrap_or(0)])
}

/// What must not have happened in a call that is over.
fn fault(world: &World) -> Option<String> {
    if !world.is_over() {
        return Some("the call does not end".to_owned());
    }
    if world.longest_silence() > MAX_SILENCE {
        return Some(format!("a silence of {:?}", world.longest_silence()));
    }
    let troubles = world.books().troubles();
    if let Some(trouble) = troubles.iter().find(|t| t.ends_with("too_many_steps")) {
        return Some(trouble.clone());
    }
    let scenes = || world.scenes().iter().map(|(_, scene)| scene);
    let rescues = |scene: &&Scene| matches!(scene, Scene::Said { clips, .. } if clips.iter().any(|clip| clip == "apology"));
    if scenes().filter(rescues).count() > 1 {
        return Some("two apologies".to_owned());
    }
    let heard = |scene: &Scene| {
        matches!(
            scene,
            Scene::Said { .. } | Scene::Talk(_) | Scene::Kept { .. } | Scene::Refused(_)
        )
    };
    let left = scenes().any(|scene| matches!(scene, Scene::CallerHungUp));
    (!left && !scenes().any(heard)).then(|| "nothing was heard".to_owned())
}

fn play(calls: u64) {
    let subjects: Vec<_> = subjects()
        .into_iter()
        .map(|(name, texts)| (name, Arc::new(load(&texts).expect("it is good"))))
        .filter(|(_, version)| !version.lines.is_empty())
        .collect();
    for seed in 0..calls {
        let (name, version) = &subjects[usize::try_from(seed).unwrap_or(0) % subjects.len()];
        let world = call(version, seed);
        if let Some(fault) = fault(&world) {
            let scenes: Vec<_> = world
                .scenes()
                .iter()
                .map(|(at, s)| format!("{at:?} {s:?}"))
                .collect();
            panic!("{name}, seed {seed}: {fault}\n{}", scenes.join("\n"));
        }
    }
}

/// A slice; `cargo xtask soak` plays a million.
#[test]
fn random_callers_come_to_an_end() {
    let calls = std::env::var("RAPPEL_CALLERS").ok();
    play(calls.and_then(|calls| calls.parse().ok()).unwrap_or(SLICE));
}

const SLICE: u64 = 20_000;
/// Things done in one call, at most; then it does not end.
const MOVES: usize = 4_000;
const MAX_SILENCE: Duration = Duration::from_secs(2);
/// 2026-11-23 00:00 UTC, a Monday.
const MONDAY: i64 = 1_795_392_000;
