//! A person joins two others by code: each hears the two others and not itself, and who stays when one
//! leaves goes on without a gap.

use std::thread;
use std::time::Duration;

use rappel_tests::Handset;
use rappel_tests::handset::{Manners, assert_talk};

use super::supervise::{PITCH, hearers};
use super::{company, handset};

const SOON: Duration = Duration::from_secs(2);

fn hold(phone: &Handset, call: usize) {
    phone.hold(call);
    phone.await_seen(call, "hold to be agreed", |seen| seen.agreed == 1);
}

#[test]
fn three_hear_each_other_and_two_go_on_without_a_gap() {
    let engine = company(|_| {});
    let lea = handset(&engine, "poste-20", Manners::Answers);
    let paul = handset(&engine, "poste-21", Manners::Answers);
    let nour = handset(&engine, "poste-22", Manners::Answers);
    for (held, number) in [(0, "21"), (1, "22")] {
        assert_eq!(lea.talk_to(number), held);
        hold(&lea, held);
    }
    let call = lea.talk_to("*3");
    for held in 0..2 {
        lea.await_seen(held, "the end", |seen| seen.ended);
    }
    thread::sleep(SETTLED);
    let parties = [(&lea, call), (&paul, 0), (&nour, 0)];
    let heard = [0, 1, 2].map(|n| hearers(&parties, n));
    assert_eq!(heard, [vec![1, 2], vec![0, 2], vec![0, 1]]);

    // Nour goes while Paul speaks: Léa hears every word of his.
    paul.say(0, Some(PITCH));
    thread::sleep(SETTLED);
    lea.forget(call);
    nour.hang_up(0);
    thread::sleep(Duration::from_secs(2));
    let sound = lea.heard(call);
    let missing = sound.millis() - sound.tone_millis(PITCH).min(sound.millis());
    assert!(sound.millis() >= 1_500, "{} ms", sound.millis());
    assert!(missing <= 60, "{missing} of {} ms", sound.millis());
    paul.say(0, None);

    // Léa, who began it, leaves them: here the call of two ends as any does.
    assert_talk((&lea, call), (&paul, 0), SOON);
    lea.hang_up(call);
    paul.await_seen(0, "the end", |seen| seen.ended);
}

/// After this the beep has been heard, and what was said before is no more.
const SETTLED: Duration = Duration::from_millis(800);
