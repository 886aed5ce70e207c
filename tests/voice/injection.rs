//! What third parties send to the ports of a call is neither heard nor recorded, presses no key, moves
//! nothing and costs no memory; the call goes on as if nobody had tried. One side is encrypted, the other
//! is not.

use std::fs;
use std::time::{Duration, Instant};

use rappel_tests::handset::{Manners, assert_talk};
use rappel_tests::intruder::{INTRUDER, Intruder, Target};
use rappel_tests::listen::Sound;
use rappel_tests::wait::until;
use rappel_tests::{Engine, Phone, sipp};

use super::taping::{CALLER, LEA, channels, listed, studio};
use super::{company, handset, sentence};

/// Rounds of 40 ms each: three seconds.
const ROUNDS: u32 = 75;

/// Packets of the call that a busy machine may lose in the flood: its sockets hold so much and no more.
const LOST: usize = 3;

#[test]
fn strangers_are_neither_heard_nor_recorded_and_move_nothing() {
    let (engine, lea) = studio();
    let phone = Phone::dial_encrypted(engine.sip, sipp::TRUNK, "+33199000013");
    phone.await_sentence(&sentence("fr", "un-instant"), 0, Duration::from_secs(20));
    lea.await_call(0);
    until("a talk", Duration::from_secs(10), || {
        lea.seen(0).answered.then_some(())
    });
    lea.say(0, Some(LEA));
    phone.say(CALLER, Duration::from_secs(60));
    std::thread::sleep(Duration::from_secs(1));
    let targets = [
        Target {
            port: phone.seen().voice_at.expect("it is answered"),
            source: 0x0051_0001,
            overheard: phone.seen().sent.into(),
        },
        Target {
            port: lea.voice_at(0).expect("it is answered"),
            source: 0x0052_0001,
            overheard: Vec::new(),
        },
    ];
    // From a third host, and from other ports of those who talk.
    let mut intruder = Intruder::at(&[
        [127, 0, 0, 9].into(),
        [127, 0, 0, 1].into(),
        sipp::TRUNK.into(),
    ]);
    let (memory, from) = (memory(&engine), phone.heard().millis());
    let jumps = phone.seen().jumps;
    lea.forget(0);
    intruder.attack(&targets, ROUNDS);
    std::thread::sleep(Duration::from_millis(300));

    let grown = self::memory(&engine).saturating_sub(memory);
    assert!(
        grown < 4_096,
        "{grown} KiB more after {} packets",
        intruder.sent()
    );
    assert_eq!(intruder.answers(), 0, "a stream has moved");
    let heard = lea.heard(0);
    let came = lea.came(0);
    assert!(came.sources.len() == 1 && came.jumps <= LOST, "{came:?}");
    assert!(heard.tone_millis(CALLER) * 100 >= heard.millis() * 98);
    assert_eq!(heard.tone_millis(INTRUDER), 0);
    let all = phone.heard();
    let heard = all.part(from, all.millis());
    assert_eq!(phone.seen().sources.len(), 1, "{:?}", phone.seen().sources);
    assert!(phone.seen().jumps - jumps <= LOST);
    assert!(heard.millis() >= 2_500, "{} ms", heard.millis());
    assert!(heard.tone_millis(LEA) * 100 >= heard.millis() * 95);
    assert_eq!(heard.tone_millis(INTRUDER), 0);
    assert!(!phone.seen().ended && !lea.seen(0).ended);
    phone.hang_up();

    recorded(&engine);
    let call = told(&engine);
    assert!(call.contains("\"ended_by\":\"caller\""), "{call}");
    let told = ["strangers", "forged", "malformed"].map(|kind| counted(&call, kind));
    assert!(told.iter().all(|n| *n > 0), "{told:?}: {call}");
    println!(
        "{} sent; strangers, forged, malformed: {told:?}; {grown} KiB more",
        intruder.sent()
    );
    let told: u64 = told.iter().sum();
    // Loopback loses what a full socket does not take; little else goes uncounted.
    assert!(
        told * 10 >= intruder.sent() * 5,
        "{told} of {}: {call}",
        intruder.sent()
    );
}

#[test]
fn who_finds_the_port_of_a_silent_caller_is_not_taken_for_the_caller() {
    let (engine, lea) = studio();
    let phone = Phone::dial_mute(engine.sip, sipp::TRUNK, "+33199000013");
    phone.await_answer();
    let answered = Instant::now();
    let port = phone.seen().voice_at.expect("it is answered");
    // Alone with an announcement at first, then in a talk, all within the time in which others are learned.
    let mut intruder = Intruder::at(&[[127, 0, 0, 9].into(), [127, 0, 0, 1].into()]);
    intruder.pretend(port, 8);
    phone.await_sentence(&sentence("fr", "un-instant"), 0, Duration::from_secs(20));
    lea.await_call(0);
    until("a talk", Duration::from_secs(10), || {
        lea.seen(0).answered.then_some(())
    });
    lea.say(0, Some(LEA));
    lea.forget(0);
    intruder.pretend(port, 50);
    intruder.pretend(port, 500);
    eprintln!("{} sent by {:?}", intruder.sent(), answered.elapsed());
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(intruder.answers(), 0, "the stream has moved");
    let heard = lea.heard(0);
    assert_eq!(heard.tone_millis(INTRUDER), 0, "it is relayed");
    assert_eq!(lea.came(0).sources.len(), 1);

    // The caller speaks at last, is heard, and hears what was said all the time.
    let from = phone.heard().millis();
    lea.forget(0);
    phone.say(CALLER, Duration::from_secs(20));
    until("the caller to be heard", Duration::from_secs(10), || {
        (lea.heard(0).tone_millis(CALLER) > 500).then_some(())
    });
    let all = phone.heard();
    assert_eq!(phone.seen().sources.len(), 1, "{:?}", phone.seen().sources);
    let heard = all.part(from, all.millis());
    assert!(heard.tone_millis(LEA) * 100 >= heard.millis() * 95);
    assert_eq!(all.tone_millis(INTRUDER), 0);
    assert_eq!(intruder.answers(), 0, "the stream has moved");
    phone.hang_up();

    let [caller, _] = recorded(&engine);
    assert!(caller.tone_millis(CALLER) > 300, "the caller is");
    let call = told(&engine);
    let strangers = counted(&call, "strangers");
    // A busy machine loses some at the door.
    assert!(strangers * 10 >= intruder.sent() * 8, "{strangers}: {call}");
}

#[test]
fn a_voice_that_goes_on_at_another_port_is_followed_and_another_voice_there_is_not() {
    let engine = company(|_| {});
    let lea = handset(&engine, "poste-20", Manners::Answers);
    let paul = handset(&engine, "poste-21", Manners::Answers);
    let call = lea.talk_to("21");
    assert_talk((&lea, call), (&paul, 0), Duration::from_secs(2));
    // Silent for as long as it takes; somebody else on the same host speaks in her place.
    lea.mute(call, true);
    std::thread::sleep(Duration::from_millis(700));
    paul.forget(0);
    let port = lea.voice_at(call).expect("it is agreed");
    let mut intruder = Intruder::at(&[[127, 0, 0, 1].into(), [127, 0, 0, 9].into()]);
    intruder.pretend(port, 500);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(intruder.answers(), 0, "the stream has moved");
    assert_eq!(paul.heard(0).tone_millis(INTRUDER), 0, "it is relayed");
    lea.rebind(call);
    lea.mute(call, false);
    assert_talk((&lea, call), (&paul, 0), Duration::from_secs(3));
    // While she speaks.
    lea.rebind(call);
    assert_talk((&lea, call), (&paul, 0), Duration::from_secs(3));
    intruder.pretend(port, 100);
    assert_eq!(intruder.answers(), 0, "the stream has moved");
    lea.hang_up(call);
}

/// Both channels of the one recording, once it is over: nothing of an intruder is in them.
fn recorded(engine: &Engine) -> [Sound; 2] {
    let file = until("the end of the recording", Duration::from_secs(5), || {
        let (line, file) = listed(engine);
        (!line.contains("\"length_ms\":null")).then_some(file)
    });
    let channels = channels(&file);
    for channel in &channels {
        assert_eq!(channel.tone_millis(INTRUDER), 0, "it is recorded");
    }
    channels
}

/// The record of the one call.
fn told(engine: &Engine) -> String {
    until("a record of the call", Duration::from_secs(5), || {
        let calls = engine.rappel(&["calls", "--json"]);
        calls.lines().last().map(str::to_owned)
    })
}

/// How many of one kind were refused, of all legs of a record.
fn counted(call: &str, kind: &str) -> u64 {
    let name = format!("\"{kind}\":");
    let number = |part: &str| -> Option<u64> {
        let end = part.find(|c: char| !c.is_ascii_digit())?;
        part[..end].parse().ok()
    };
    call.split(&name).skip(1).filter_map(number).sum()
}

/// Resident memory of the engine in KiB.
fn memory(engine: &Engine) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", engine.pid())).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|n| n.parse().ok()).expect("a number")
}
