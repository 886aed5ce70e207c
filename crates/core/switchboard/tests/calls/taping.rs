//! Recordings of calls: begun and paused by a flow, silent over secrets, kept however the call ends.

use std::sync::Arc;
use std::time::Duration;

use rappel_media::{Command, Event, RecordEnd, Subject, Tracks};
use rappel_model::record::{CallRecording, RecordedRate, RecordedSides};
use rappel_model::{Fact, RecordingId};
use rappel_switchboard::{Input, Write};

use crate::support::{Act, World, recording};

const LINE: &str = "+33199000010";

/// A caller of the line that records, past its notice.
fn recorded(seed: u64) -> (World, usize, usize) {
    let mut world = World::new(seed);
    world.sound.speech = Duration::from_secs(600);
    let version = recording();
    world.input(Input::Tenant(version.tenant.clone(), Arc::new(version)));
    let trunk = world.trunk();
    let call = world.call(trunk, LINE);
    world.run(Duration::from_secs(4));
    (world, trunk, call)
}

/// The orders about recordings, in words.
fn orders(world: &World) -> Vec<String> {
    let orders = world.sound.orders.iter().filter_map(|order| match order {
        Command::Record {
            subject: Subject::Call(tracks, RecordedRate::Auto),
            ..
        } => Some(format!("{tracks:?}")),
        Command::HushRecording { hushed, .. } => Some(format!("hush {hushed}")),
        Command::StopRecording { .. } => Some("stop".to_owned()),
        _ => None,
    });
    orders.collect()
}

fn began(world: &World) -> Vec<&CallRecording> {
    let writes = world.writes.iter().filter_map(|write| match write {
        Write::CallRecordingBegan(began) => Some(&**began),
        _ => None,
    });
    writes.collect()
}

fn ended(world: &World) -> Vec<(RecordingId, bool)> {
    let writes = world.writes.iter().filter_map(|write| match write {
        Write::CallRecordingEnded { recording, cut, .. } => Some((*recording, *cut)),
        _ => None,
    });
    writes.collect()
}

#[test]
fn a_flow_records_its_call_and_nothing_of_a_secret() {
    let (mut world, trunk, call) = recorded(1);
    // Begun, and silent from the moment the code is asked for.
    let both = format!("{:?}", Tracks::Both);
    assert_eq!(orders(&world), [&both, "hush true"]);
    for key in "1234".chars() {
        world.press(trunk, call, key);
    }
    world.run(Duration::from_secs(1));
    let since = &orders(&world)[2..];
    assert_eq!(
        since,
        ["hush false", "hush true", "hush false"],
        "code, pause"
    );
    world.settle(Duration::from_secs(120));
    let began = began(&world);
    assert_eq!(began.len(), 1);
    let told = began[0];
    assert_eq!((told.sides, told.length), (RecordedSides::Both, None));
    assert_eq!(told.why.as_ref().unwrap().reveal(), "qualité");
    assert_eq!(told.call, world.record().uid);
    let days = told.keep_until.unwrap().as_micros() - told.began.as_micros();
    assert_eq!(days, 30 * 86_400 * 1_000_000);
    assert_eq!(ended(&world), [(told.recording, false)]);
    let stages: Vec<_> = world.record().stages.iter().map(|s| &*s.what).collect();
    for stage in ["call recording began: both", "call recording paused"] {
        assert!(stages.contains(&stage), "{stages:?}");
    }
    assert!(!format!("{:?}", world.record()).contains("1234"));
    world.assert_quiet();
}

#[test]
fn a_disk_that_refuses_ends_the_recording_and_not_the_call() {
    let (mut world, trunk, call) = recorded(2);
    let (leg, recording) = world
        .sound
        .orders
        .iter()
        .find_map(|order| match order {
            Command::Record { leg, recording, .. } => Some((*leg, *recording)),
            _ => None,
        })
        .expect("it is recorded");
    world.input(Input::Media(Event::RecordingEnded {
        leg,
        recording,
        why: RecordEnd::WriterFailed,
        length: Duration::from_secs(1),
        speech: Duration::ZERO,
    }));
    assert_eq!(ended(&world), [(recording, true)]);
    world.run(Duration::from_secs(1));
    assert!(!world.phones[trunk].calls[call].over, "the call goes on");
    let told = |fact: &&Fact| matches!(fact, Fact::Trouble(what) if what.contains("disk"));
    assert!(world.facts().into_iter().any(|fact| told(&fact)));
    world.act(trunk, call, Act::HangUp);
    world.settle(Duration::from_secs(120));
    let stages = &world.record().stages;
    assert!(
        stages
            .iter()
            .any(|s| s.what == "call recording failed: disk")
    );
    world.assert_quiet();
}

#[test]
fn hanging_up_keeps_the_recording() {
    let (mut world, trunk, call) = recorded(3);
    world.act(trunk, call, Act::HangUp);
    world.settle(Duration::from_secs(120));
    assert_eq!(ended(&world).len(), 1);
    world.assert_quiet();
}
