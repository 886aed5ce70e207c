//! `kill -9` at random instants: every message that was acknowledged is there and plays, a recording
//! that was under way becomes a message, and that of a call is there on both channels.
//!
//! The test starts itself as a child that records and keeps messages as fast as it can and prints
//! each one that was acknowledged. `RAPPEL_KILLS` sets how many times one is killed (100 unless told,
//! 1,000 in `cargo xtask soak`), in a few folders side by side.

#![allow(clippy::unwrap_used)] // helpers of tests are tests

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rappel_audio::{FRAME_SAMPLES, Frame, RATE, Rate, wav};
use rappel_model::record::{CallRecording, RecordedSides, RecordingBegan};
use rappel_model::record::{MessageRecord, MessageState};
use rappel_model::{CallUid, MessageId, Random, RecordingId, Timestamp};
use rappel_store::{Folder, FrameSink, RecordingFilter, Settings, Store, Write as Keep};

const FOLDER: &str = "RAPPEL_KILL_FOLDER";
const SEED: &str = "RAPPEL_KILL_SEED";

/// Folders in which children work and are killed at the same time: most of a round is waiting.
const LANES: u64 = 5;

/// Frames of a message: more than two seconds, and no whole number of them.
const FRAMES: usize = 117;

fn settings(folder: &Path) -> Settings {
    Settings {
        folder: Folder::new(folder),
        max_pages: None,
    }
}

/// The value of every sample of a recording: sound that got into the wrong file shows.
fn value(recording: RecordingId) -> i16 {
    (recording.0 % 30_000) as i16 + 1
}

/// Every recording is made in a call of its own.
fn call_of(recording: RecordingId) -> CallUid {
    CallUid(recording.0 ^ 1)
}

fn wall() -> Timestamp {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    Timestamp::from_micros(since.as_micros() as i64)
}

/// Not a test of its own: what the child does when it is started with a folder.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else {
        return;
    };
    let seed: u64 = std::env::var(SEED).unwrap().parse().unwrap();
    let store = Arc::new(Store::open(settings(&folder)).await.unwrap());
    // One caller who never stops talking, and two who leave message after message.
    let mut random = Random::from_seed(seed);
    let endless = begin(&store, &mut random).await;
    let mut sink = store.frame_sink();
    let call = begin_call(&store, &mut random).await;
    speak(&mut sink, endless, FRAMES).await;
    talk(&mut sink, call, FRAMES).await;
    say(&format!("speaking {endless}"));
    let callers: Vec<_> = (0..2)
        .map(|n| tokio::spawn(leave_messages(store.clone(), random.fork(&n.to_string()))))
        .collect();
    loop {
        speak(&mut sink, endless, 1).await;
        talk(&mut sink, call, 1).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(callers.iter().all(|caller| !caller.is_finished()));
    }
}

async fn leave_messages(store: Arc<Store>, mut random: Random) {
    let mut sink = store.frame_sink();
    loop {
        let recording = begin(&store, &mut random).await;
        speak(&mut sink, recording, FRAMES).await;
        sink.end(recording, (FRAMES * FRAME_SAMPLES) as u64);
        if random.chance(20) {
            store.write(Keep::Discard(recording)).unwrap();
            continue;
        }
        let message = MessageRecord {
            id: MessageId::draw(wall(), &mut random),
            tenant: "garage".into(),
            mailbox: "accueil".into(),
            call: call_of(recording),
            recording,
            caller: None,
            left: wall(),
            length: rappel_audio::length_of((FRAMES * FRAME_SAMPLES) as u64),
            urgent: false,
            state: MessageState::New,
        };
        let (sender, answer) = tokio::sync::oneshot::channel();
        let id = message.id;
        store.keep_message(message, move |kept| sender.send(kept).unwrap());
        answer.await.unwrap().unwrap();
        say(&format!("kept {id}"));
    }
}

async fn begin(store: &Store, random: &mut Random) -> RecordingId {
    let recording = RecordingId::draw(wall(), random);
    let began = RecordingBegan {
        recording,
        tenant: "garage".into(),
        mailbox: "accueil".into(),
        call: call_of(recording),
        caller: None,
        began: wall(),
    };
    store.write(Keep::RecordingBegan(Box::new(began))).unwrap();
    // Here two seconds of sound take no time; in life they take longer than the row does.
    store.settled().await.unwrap();
    recording
}

async fn begin_call(store: &Store, random: &mut Random) -> RecordingId {
    let recording = RecordingId::draw(wall(), random);
    let began = CallRecording {
        recording,
        tenant: "garage".into(),
        call: call_of(recording),
        caller: None,
        sides: RecordedSides::Both,
        why: None,
        began: wall(),
        keep_until: None,
        length: None,
        cut: false,
        removed: None,
    };
    let began = Keep::CallRecordingBegan(Box::new(began));
    store.write(began).unwrap();
    store.settled().await.unwrap();
    recording
}

/// The recordings of calls are of both rates.
fn rate_of(recording: RecordingId) -> Rate {
    match recording.0 % 2 {
        0 => Rate::Narrow,
        _ => Rate::Wide,
    }
}

/// Both sides of a call: what one says, the other says upside down.
async fn talk(sink: &mut FrameSink, recording: RecordingId, frames: usize) {
    let left = Frame([value(recording); FRAME_SAMPLES]);
    let right = Frame([-value(recording); FRAME_SAMPLES]);
    let rate = rate_of(recording);
    for _ in 0..frames * rate.frame_samples() / FRAME_SAMPLES {
        while sink.frame(recording, rate, &left, Some(&right)).is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

async fn speak(sink: &mut FrameSink, recording: RecordingId, frames: usize) {
    let frame = Frame([value(recording); FRAME_SAMPLES]);
    for _ in 0..frames {
        while sink.frame(recording, Rate::Narrow, &frame, None).is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").unwrap();
    out.flush().unwrap();
}

#[test]
fn nothing_acknowledged_is_lost_when_the_engine_is_killed() {
    let kills: u64 = std::env::var("RAPPEL_KILLS").map_or(100, |n| n.parse().unwrap());
    let share = |lane| kills / LANES + u64::from(lane < kills % LANES);
    let promised: usize = std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..LANES)
            .map(|lane| scope.spawn(move || killed_again_and_again(lane, share(lane))))
            .collect();
        lanes.into_iter().map(|lane| lane.join().unwrap()).sum()
    });
    println!("{kills} kills: {promised} messages were acknowledged, {kills} recordings revived");
    assert!(promised as u64 >= kills, "the children did work");
}

/// Kills children that work in one folder, one after the other; returns how many messages they were
/// promised.
#[tokio::main(flavor = "current_thread")]
async fn killed_again_and_again(lane: u64, kills: u64) -> usize {
    let folder = std::env::temp_dir().join(format!("rappel-kill-{}-{lane}", std::process::id()));
    let mut random = Random::from_seed(lane);
    let (mut promised, mut checked) = (BTreeSet::new(), BTreeSet::new());
    for round in 0..kills {
        let millis = random.below(350);
        let (kept, speaking) = killed_child(&folder, lane * kills + round, millis);
        promised.extend(kept);
        let what = format!("lane {lane}, round {round}, killed after {millis} ms");
        let store = Store::open(settings(&folder)).await.unwrap();
        let repaired = store.repaired();
        assert_eq!(repaired.silent, [], "{what}: a message without sound");
        assert_eq!(repaired.strays, 0, "{what}: a recording without a row");
        let revived = repaired.kept.contains(&MessageId(speaking.0));
        assert!(revived, "{what}: what was being said is gone");
        assert_eq!(repaired.recorded, 1, "{what}: the recording of the call");
        let all = RecordingFilter::default();
        let calls = store.database().call_recordings(&all).await.unwrap();
        assert_eq!(calls.len() as u64, round + 1, "{what}");
        assert_holds_both(&store, &calls[round as usize]);
        let messages = store.waiting_messages().await.unwrap();
        let there: BTreeSet<MessageId> = messages.iter().map(|m| m.id).collect();
        let lost: Vec<_> = promised.difference(&there).collect();
        assert!(lost.is_empty(), "{what}: lost {lost:?}");
        // In the end everything once more: later kills must not harm what was there.
        let all = round + 1 == kills;
        for message in messages {
            if checked.insert(message.id) || all {
                assert_plays(&store, &message);
                let call = store.database().call(message.call).await.unwrap();
                let call = call.unwrap_or_else(|| panic!("{what}: {message:?} has no call"));
                assert_eq!(call.message, Some(message.id), "{what}");
            }
        }
        store.close().await.unwrap();
    }
    std::fs::remove_dir_all(&folder).unwrap();
    promised.len()
}

/// Starts a child, lets it work `millis` after its first message, kills it. Returns the messages it
/// was promised, and the recording it was making all the time.
fn killed_child(folder: &Path, seed: u64, millis: u64) -> (Vec<MessageId>, RecordingId) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["child", "--exact", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .env(SEED, (seed + wall().as_micros() as u64).to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (mut kept, mut speaking) = (Vec::new(), None);
    let mut take = |line: &str| {
        if let Some(id) = line.strip_prefix("kept ") {
            kept.extend(MessageId::parse(id));
        } else if let Some((_, id)) = line.split_once("speaking ") {
            speaking = RecordingId::parse(id);
        }
        line.starts_with("kept ")
    };
    while !take(&lines.next().expect("the child lives").unwrap()) {}
    std::thread::sleep(Duration::from_millis(millis));
    // SIGKILL: nothing of the child runs after this.
    child.kill().unwrap();
    child.wait().unwrap();
    for line in lines.map_while(Result::ok) {
        take(&line);
    }
    (kept, speaking.expect("the child told what it records"))
}

/// Both channels are there, as long as the row says, at least what was said before the kill.
fn assert_holds_both(store: &Store, call: &CallRecording) {
    let path = store.recording(call.recording);
    let length = call.length.expect("its length was found");
    let samples = rappel_audio::samples_in(length) as usize;
    assert!(call.cut && samples >= RATE as usize, "{call:?}");
    let file = std::fs::File::open(&path).unwrap();
    assert_eq!(wav::read(file).unwrap().len(), samples, "{call:?}");
    let file = std::fs::read(&path).unwrap();
    let (left, right) = (value(call.recording), -value(call.recording));
    let pair = [left.to_le_bytes(), right.to_le_bytes()].concat();
    let scale = rate_of(call.recording).frame_samples() / FRAME_SAMPLES;
    let sound = &file[44..44 + 4 * samples * scale];
    assert!(sound.chunks(4).all(|p| p == pair), "{}", path.display());
}

/// It is a WAV, as long as its message says.
fn assert_plays(store: &Store, message: &MessageRecord) {
    let path = store.recording(message.recording);
    let samples = wav::read(std::fs::File::open(&path).unwrap()).unwrap();
    let expected = rappel_audio::samples_in(message.length) as usize;
    assert_eq!(samples.len(), expected, "{}", path.display());
    assert_intact(store, message);
}

/// The sound is all there, and it is nobody else's.
fn assert_intact(store: &Store, message: &MessageRecord) {
    let path = store.recording(message.recording);
    let file = std::fs::read(&path).unwrap();
    let sound = value(message.recording).to_le_bytes();
    let sound = sound.repeat(rappel_audio::samples_in(message.length) as usize);
    // Not `assert_eq!`: nobody wants to read two whole recordings.
    assert!(file.get(44..) == Some(&sound[..]), "{}", path.display());
}
