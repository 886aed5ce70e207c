//! A supervisor listens to a conversation, whispers and joins in: who hears whom, judged by ear.

use std::thread;
use std::time::Duration;

use rappel_tests::Handset;
use rappel_tests::handset::{Manners, assert_talk};
use rappel_tests::wait::until;

use super::{company, handset};

const SOON: Duration = Duration::from_secs(2);

/// A phone and its call.
pub(super) type Party<'a> = (&'a Handset, usize);

/// Who hears a tone that the `n`-th party says, the party itself included; each hears it whole or not
/// at all.
pub(super) fn hearers(parties: &[Party<'_>], n: usize) -> Vec<usize> {
    let (speaker, said) = parties[n];
    speaker.say(said, Some(PITCH));
    thread::sleep(Duration::from_millis(400));
    for (phone, call) in parties {
        phone.forget(*call);
    }
    let mut hearers = Vec::new();
    for (place, (phone, call)) in parties.iter().enumerate() {
        until("half a second of sound", SOON, || {
            (phone.heard(*call).millis() >= 500).then_some(())
        });
        let heard = phone.heard(*call);
        let share = heard.tone_millis(PITCH) * 100 / heard.millis();
        assert!(
            share >= 90 || share <= 2,
            "{place} hears {n} {share} % of the time"
        );
        if share >= 90 {
            let level = heard.tone_level(PITCH).expect("it is heard");
            assert!((level + 13.0).abs() < 1.0, "at {level} dB");
            hearers.push(place);
        }
    }
    speaker.say(said, None);
    // What waits in jitter buffers is heard out.
    thread::sleep(Duration::from_millis(300));
    hearers
}

#[test]
fn a_supervisor_hears_both_and_is_heard_as_the_keys_say() {
    let engine = company(|config| {
        let path = config.join("tenants/garage-martin/people.toml");
        let text = std::fs::read_to_string(&path).expect("the demo has people");
        let own = format!("{text}\n[phones]\nsupervisors = [\"nour\"]\n");
        std::fs::write(path, own).expect("the fixture is ours");
    });
    let lea = handset(&engine, "poste-20", Manners::Answers);
    let paul = handset(&engine, "poste-21", Manners::Answers);
    let nour = handset(&engine, "poste-22", Manners::Answers);
    let call = lea.talk_to("21");
    assert_talk((&lea, call), (&paul, 0), SOON);
    let watch = nour.talk_to("*5521");
    let parties = [(&lea, call), (&paul, 0), (&nour, watch)];
    let heard = || [0, 1, 2].map(|n| hearers(&parties, n));
    assert_eq!(heard(), [vec![1, 2], vec![0, 2], vec![]], "listens");
    nour.press(watch, 5);
    thread::sleep(SETTLED);
    assert_eq!(heard(), [vec![1, 2], vec![0, 2], vec![1]], "whispers");
    nour.press(watch, 6);
    thread::sleep(SETTLED);
    assert_eq!(heard(), [vec![1, 2], vec![0, 2], vec![0, 1]], "joins in");
    nour.hang_up(watch);
    assert_talk((&lea, call), (&paul, 0), SOON);
    // Whoever is no supervisor is refused.
    let other = paul.call("*5520");
    paul.await_seen(other, "a refusal", |seen| seen.failed.is_some());
    assert_eq!(paul.seen(other).failed, Some(403));
    lea.hang_up(call);
    paul.await_seen(0, "the end", |seen| seen.ended);
}

/// In hertz; no tone of the engine's and no harmonic of one.
pub(super) const PITCH: f32 = 700.0;

/// After this a key has been told, its beep has been heard, and its tones are no more.
const SETTLED: Duration = Duration::from_millis(800);
