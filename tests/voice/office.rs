//! What people of an office do with their phones: take a colleague's call, park one and fetch it,
//! have their calls go elsewhere.

use std::time::Duration;

use rappel_tests::handset::{Manners, assert_talk};
use rappel_tests::wait::until;
use rappel_tests::{Handset, sipp};

use super::{PASSWORD, company, handset};

const SOON: Duration = Duration::from_secs(2);

#[test]
fn a_call_that_rings_at_a_colleague_is_taken() {
    let engine = company(|_| {});
    let lea = handset(&engine, "poste-20", Manners::Answers);
    let paul = handset(&engine, "poste-21", Manners::Rings);
    let nour = handset(&engine, "poste-22", Manners::Answers);
    let call = nour.call("21");
    paul.await_call(0);
    let taken = lea.talk_to("*821");
    nour.await_seen(call, "the answer", |seen| seen.answered);
    paul.await_seen(0, "the ringing to end", |seen| seen.ended);
    assert!(
        paul.seen(0).reason.contains("cause=200"),
        "{}",
        paul.seen(0).reason
    );
    assert_talk((&nour, call), (&lea, taken), SOON);
    lea.hang_up(taken);
    nour.await_seen(call, "the end", |seen| seen.ended);
    // Nothing rings there any more.
    let late = lea.call("*821");
    lea.await_seen(late, "a refusal", |seen| seen.failed.is_some());
    assert_eq!(lea.seen(late).failed, Some(404));
}

#[test]
fn a_parked_call_hears_that_it_stands_and_is_fetched_from_another_phone() {
    let engine = company(|_| {});
    let lea = handset(&engine, "poste-20", Manners::Answers);
    let paul = handset(&engine, "poste-21", Manners::Answers);
    let nour = handset(&engine, "poste-22", Manners::Answers);
    let call = lea.talk_to("21");
    assert_talk((&lea, call), (&paul, 0), SOON);
    lea.forget(call);
    paul.refer(0, "*68");
    paul.await_seen(0, "202", |seen| seen.referred == Some(202));
    // He is told the place, and let go.
    paul.await_seen(0, "the transferor to be let go", |seen| seen.ended);
    assert_eq!(paul.seen(0).told.last().map(String::as_str), Some("200 OK"));
    until(
        "something to be heard while parked",
        Duration::from_secs(8),
        || {
            let heard = lea.heard(call);
            let levels = heard.levels();
            (levels.iter().filter(|level| **level > -45.0).count() > 5).then_some(())
        },
    );
    let fetched = nour.talk_to("701");
    assert_talk((&lea, call), (&nour, fetched), SOON);
    nour.hang_up(fetched);
    lea.await_seen(call, "the end", |seen| seen.ended);
    let empty = nour.call("701");
    nour.await_seen(empty, "a refusal", |seen| seen.failed == Some(404));
}

#[test]
fn a_parking_lot_that_is_full_says_busy_and_the_two_go_on_talking() {
    let engine = company(|config| {
        let path = config.join("tenants/garage-martin/tenant.toml");
        let mut text = std::fs::read_to_string(&path).expect("there is a tenant.toml");
        text.push_str("\n[codes]\nslots = \"701-701\"\n");
        std::fs::write(path, text).expect("the fixture is ours");
    });
    let lea = handset(&engine, "poste-20", Manners::Answers);
    let paul = handset(&engine, "poste-21", Manners::Answers);
    let nour = handset(&engine, "poste-22", Manners::Answers);
    let parked = lea.talk_to("21");
    paul.refer(0, "*68");
    paul.await_seen(0, "the transferor to be let go", |seen| seen.ended);
    let call = nour.talk_to("21");
    for place in ["*68", "701"] {
        paul.refer(1, place);
        paul.await_seen(1, "an answer to REFER", |seen| seen.referred == Some(486));
    }
    assert_talk((&nour, call), (&paul, 1), SOON);
    let fetched = nour.talk_to("701");
    assert_talk((&lea, parked), (&nour, fetched), SOON);
}

#[test]
fn calls_forwarded_by_telephone_go_elsewhere_even_after_kill_9() {
    let mut engine = company(sipp::add_carrier);
    let lea = handset(&engine, "poste-20", Manners::Answers);
    let paul = handset(&engine, "poste-21", Manners::Answers);
    let nour = handset(&engine, "poste-22", Manners::Answers);
    let code = paul.talk_to("*21*22#");
    paul.await_seen(code, "the announcement to end", |seen| seen.ended);
    let call = lea.talk_to("21");
    nour.await_call(0);
    assert_talk((&lea, call), (&nour, 0), SOON);
    assert_eq!(paul.calls(), 1, "his phone does not ring");
    lea.hang_up(call);
    nour.await_seen(0, "the end", |seen| seen.ended);
    engine.kill_and_restart_after(|_| {});
    drop((lea, paul, nour));
    let again = |user| Handset::of(engine.sip, user, PASSWORD, Manners::Answers);
    let (lea, paul, nour) = (again("poste-20"), again("poste-21"), again("poste-22"));
    let call = lea.talk_to("21");
    assert_talk((&lea, call), (&nour, 0), SOON);
    lea.hang_up(call);
    let code = paul.talk_to("#21#");
    paul.await_seen(code, "the announcement to end", |seen| seen.ended);
    let call = lea.talk_to("21");
    paul.await_call(1);
    assert_talk((&lea, call), (&paul, 1), SOON);
}
