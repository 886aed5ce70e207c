//! An engine that is killed and started again rings the phones that had registered: none of them has to
//! register anew first.

use std::time::Duration;

use rappel_tests::handset::{Manners, assert_talk};
use rappel_tests::wait::until;
use rappel_tests::{Handset, sipp};

use super::{company, handset};

#[test]
fn a_phone_rings_after_kill_9_without_a_new_registration() {
    let mut engine = company(sipp::add_carrier);
    let lea = handset(&engine, "poste-20", Manners::Answers);
    let paul = handset(&engine, "poste-21", Manners::Answers);
    assert!(lea.calls() + paul.calls() == 0);
    // What is written nobody waits for: it is on disk within 50 ms.
    std::thread::sleep(Duration::from_millis(500));
    engine.kill_and_restart_after(|log| assert!(log.contains("Registered")));
    assert!(!engine.log().contains("Registered"), "nobody registered");
    let asked = lea.talk_to("21");
    paul.await_call(0);
    assert_talk((&lea, asked), (&paul, 0), Duration::from_secs(3));
    lea.hang_up(asked);
    assert!(!engine.log().contains("Registered"), "nobody registered");
}

#[test]
fn a_user_that_is_removed_and_one_with_a_new_password_do_not_come_back() {
    let mut engine = company(sipp::add_carrier);
    let caller = handset(&engine, "poste-22", Manners::Answers);
    let lea = handset(&engine, "poste-20", Manners::Answers);
    let paul = handset(&engine, "poste-21", Manners::Answers);
    engine.rappel(&["user", "remove", "poste-20"]);
    engine.rappel_with_input(
        &["user", "set", "poste-21", "--password-stdin"],
        "another-secret-8\n",
    );
    // Both are told, and what was told is on disk: records are written within half a second.
    until("both to be dropped", Duration::from_secs(5), || {
        (engine.log().matches("devices: 0").count() >= 2).then_some(())
    });
    std::thread::sleep(Duration::from_millis(500));
    engine.kill_and_restart_after(|_| ());
    for (number, phone) in [("20", &lea), ("21", &paul)] {
        let call = caller.call(number);
        caller.await_seen(call, "a refusal", |seen| seen.failed == Some(480));
        assert_eq!(phone.calls(), 0, "{number} rang");
    }
    drop(paul);
    let paul = Handset::of(engine.sip, "poste-21", "another-secret-8", Manners::Answers);
    caller.talk_to("21");
    paul.await_call(0);
}
