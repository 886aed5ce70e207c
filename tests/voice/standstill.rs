//! The engine stands still for longer than a call may be silent or a phone may ring, as a virtual machine does
//! that is paused. What came meanwhile is heard before anything ends.

use std::path::Path;
use std::time::Duration;

use rappel_tests::handset::{Manners, assert_talk};
use rappel_tests::wait::until;
use rappel_tests::{Handset, Phone, sipp};

use super::{company, handset};

/// Longer than a call with [`DEAD_AFTER`] may be silent.
const STOP: Duration = Duration::from_secs(6);

/// The shortest life of a call without sound, in seconds.
const DEAD_AFTER: &str = "dead_after = 5";

/// Of the shortest ringing, 15 s, so much is left when the engine stops: less than [`STOP`].
const LEFT: Duration = Duration::from_secs(3);

const SOON: Duration = Duration::from_secs(2);

const LONG: Duration = Duration::from_secs(5);

/// The company in which calls are soon taken for dead, and in which whoever calls [`LINE`] rings lea, as
/// shortly as can be.
fn impatient(config: &Path) {
    sipp::add_carrier(config);
    let change = |name: &str, change: &dyn Fn(String) -> String| {
        let path = config.join(name);
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        std::fs::write(path, change(text)).expect("the fixture is ours");
    };
    change("rappel.toml", &|text| {
        text.replace("dead_after = 30", DEAD_AFTER)
    });
    change("tenants/garage-martin/lines.toml", &|text| {
        format!("{text}\n[line.lea]\nnumber = \"{LINE}\"\nflow = \"lea\"\n")
    });
    change("tenants/garage-martin/flows/lea.toml", &|_| FLOW.to_owned());
}

const LINE: &str = "+33199000029";

const FLOW: &str = r#"
rappel = 1
[flow]
title = "Léa, or nobody"
start = "ring"
languages = ["fr"]
[step.ring]
do = "reach"
person = "lea"
ring = "15s"
on.no_answer = "end"
on.busy = "end"
on.declined = "end"
on.absent = "end"
on.focus = "end"
[step.end]
do = "hangup"
prompt = "goodbye"
"#;

#[test]
fn who_talks_while_the_engine_stands_still_talks_on() {
    let engine = company(impatient);
    let phones: [Handset; 3] =
        ["poste-20", "poste-21", "poste-22"].map(|user| handset(&engine, user, Manners::Answers));
    let [lea, paul, nour] = &phones;
    let calls = [
        ((lea, lea.talk_to("21")), (paul, 0)),
        ((nour, nour.talk_to("20")), (lea, 1)),
    ];
    for (one, other) in calls {
        assert_talk(one, other, SOON);
    }
    for _ in 0..2 {
        engine.stand_still(STOP, || ());
        for (one, other) in calls {
            assert_talk(one, other, SOON);
            for (phone, call) in [one, other] {
                let seen = phone.seen(call);
                assert!(!seen.ended, "{}", seen.reason);
            }
        }
    }
    let log = engine.log();
    assert!(!log.contains("LegEnded"), "a call has ended");
}

#[test]
fn who_answers_while_the_engine_stands_still_has_answered() {
    let engine = company(impatient);
    let lea = handset(&engine, "poste-20", Manners::Rings);
    // As many as make it likely that some are heard late, whichever thread wakes up first.
    let callers = [(); 8].map(|()| Phone::dial(engine.sip, sipp::TRUNK, LINE));
    (0..callers.len()).for_each(|call| lea.await_call(call));
    std::thread::sleep(Duration::from_secs(15).saturating_sub(LEFT));
    engine.stand_still(STOP, || {
        (0..callers.len()).for_each(|call| lea.answer(call));
    });
    callers.iter().for_each(Phone::await_answer);
    callers.iter().for_each(|caller| caller.say(700.0, LONG));
    for call in 0..callers.len() {
        until("a caller to be heard", LONG, || {
            (lea.heard(call).tone_millis(700.0) >= 500).then_some(())
        });
        assert!(!lea.seen(call).ended, "{}", lea.seen(call).reason);
    }
    let calls = 0..callers.len();
    callers.into_iter().for_each(Phone::hang_up);
    calls.for_each(|call| lea.await_seen(call, "the end", |seen| seen.ended));
}
