//! From one address to the next: silence, 503, broken transports (RFC 3263 §4.3), and what the
//! addresses left behind still say.

use std::time::Duration;

use super::outbound::{Carrier, PATIENCE, challenge, ok, response};
use crate::Output;
use crate::message::Method;
use crate::records::Answer;

const MOMENT: Duration = Duration::from_millis(50);

#[test]
fn a_mute_address_is_left_within_its_patience() {
    let mut carrier = Carrier::new(1, 2);
    let dialog = carrier.call();
    assert_eq!(carrier.name(), 1);
    carrier.run(MOMENT);
    let first = carrier.only(1, Method::Invite);
    carrier.run(PATIENCE);
    let second = carrier.only(2, Method::Invite);
    // RFC 3263 §4.3: identical but for the branch.
    assert_eq!(first.call_id(), second.call_id());
    assert_eq!(first.cseq(), second.cseq());
    assert_eq!(first.from(), second.from());
    assert_ne!(first.via().branch(), second.via().branch());
    carrier.answer(2, ok(&second, 2, "two"));
    assert_eq!(carrier.news(), ["Answered { body: \"answer\" }"]);
    carrier.only(2, Method::Ack);
    // The first is not bothered again.
    carrier.take(1);
    carrier.run(Duration::from_secs(10));
    assert_eq!(carrier.take(1), []);
    carrier.world.act(0, |e, now| e.hang_up(now, dialog, None));
    carrier.run(MOMENT);
    let bye = carrier.only(2, Method::Bye);
    carrier.reply(2, &bye, 200);
    carrier.assert_clean();
}

#[test]
fn a_late_answer_of_an_address_left_behind_is_ended() {
    let mut carrier = Carrier::new(2, 2);
    carrier.call();
    carrier.name();
    carrier.run(MOMENT);
    let first = carrier.only(1, Method::Invite);
    carrier.run(PATIENCE);
    let second = carrier.only(2, Method::Invite);
    carrier.take(1);
    // It rings after all: CANCEL, once.
    carrier.reply(1, &first, 180);
    carrier.reply(1, &first, 180);
    let cancel = carrier.only(1, Method::Cancel);
    assert_eq!(cancel.via().branch(), first.via().branch());
    carrier.reply(1, &cancel, 200);
    // Its 200 crossed the CANCEL.
    carrier.answer(1, ok(&first, 1, "late"));
    let late = carrier.take(1);
    let methods: Vec<_> = late
        .iter()
        .map(|request| request.method().clone())
        .collect();
    assert_eq!(methods, [Method::Ack, Method::Bye]);
    carrier.reply(1, &late[1], 200);
    // The same 200 again gets the same ACK, and no second BYE.
    carrier.answer(1, ok(&first, 1, "late"));
    assert_eq!(carrier.only(1, Method::Ack).to(), late[0].to());
    assert!(carrier.news().is_empty());
    carrier.reply(2, &second, 486);
    carrier.only(2, Method::Ack);
    assert!(carrier.news()[0].starts_with("Failed { status: 486"));
    carrier.assert_clean();
}

#[test]
fn one_that_says_trying_has_all_the_time_it_needs() {
    let mut carrier = Carrier::new(3, 2);
    carrier.call();
    carrier.name();
    carrier.run(MOMENT);
    let first = carrier.only(1, Method::Invite);
    carrier.answer(1, response(&first, 100));
    carrier.run(Duration::from_secs(60));
    assert_eq!(carrier.take(2), []);
    carrier.answer(1, ok(&first, 1, "slow"));
    assert_eq!(carrier.news(), ["Answered { body: \"answer\" }"]);
}

#[test]
fn service_unavailable_and_broken_transports_mean_the_next_and_other_refusals_do_not() {
    let mut carrier = Carrier::new(4, 3);
    carrier.call();
    carrier.name();
    carrier.run(MOMENT);
    let first = carrier.only(1, Method::Invite);
    carrier.reply(1, &first, 503);
    carrier.only(1, Method::Ack);
    carrier.only(2, Method::Invite);
    carrier.send_failed(2);
    let third = carrier.only(3, Method::Invite);
    carrier.reply(3, &third, 503);
    assert!(carrier.news()[0].starts_with("Failed { status: 503"));
    carrier.assert_clean();
    let mut carrier = Carrier::new(5, 3);
    carrier.call();
    carrier.name();
    carrier.run(MOMENT);
    let first = carrier.only(1, Method::Invite);
    carrier.reply(1, &first, 486);
    assert_eq!(carrier.take(2), []);
    assert_eq!(carrier.news().len(), 1);
    carrier.assert_clean();
}

#[test]
fn a_connection_that_breaks_while_it_rings_rings_nobody_else() {
    let mut carrier = Carrier::new(13, 2);
    carrier.call();
    carrier.name();
    carrier.run(MOMENT);
    let first = carrier.only(1, Method::Invite);
    carrier.reply(1, &first, 180);
    carrier.send_failed(1);
    assert_eq!(carrier.take(2), []);
    assert!(carrier.news()[1].starts_with("Failed { status: 503"));
    carrier.assert_clean();
}

#[test]
fn failure_is_told_after_the_last_address_only() {
    let mut carrier = Carrier::new(6, 3);
    carrier.call();
    carrier.name();
    carrier.run(PATIENCE * 2 + MOMENT);
    assert!(carrier.news().is_empty());
    carrier.run(PATIENCE);
    assert_eq!(carrier.news().len(), 1);
    assert!(carrier.news()[0].starts_with("Failed { status: 408"));
    for number in 1..=3 {
        assert!(!carrier.take(number).is_empty());
    }
    carrier.assert_clean();
}

#[test]
fn hanging_up_goes_to_the_address_in_use_and_ends_the_search() {
    // While the name is looked up.
    let mut carrier = Carrier::new(7, 2);
    let dialog = carrier.call();
    carrier.world.act(0, |e, now| e.hang_up(now, dialog, None));
    assert!(carrier.news()[0].starts_with("Failed { status: 487"));
    carrier.name();
    carrier.run(MOMENT);
    assert_eq!(carrier.take(1), []);
    carrier.assert_clean();
    // While the second rings.
    let mut carrier = Carrier::new(8, 2);
    let dialog = carrier.call();
    carrier.name();
    carrier.run(PATIENCE + MOMENT);
    carrier.take(1);
    let second = carrier.only(2, Method::Invite);
    carrier.reply(2, &second, 180);
    carrier.world.act(0, |e, now| e.hang_up(now, dialog, None));
    carrier.run(MOMENT);
    let cancel = carrier.only(2, Method::Cancel);
    assert_eq!(cancel.via(), second.via());
    assert_eq!(carrier.take(1), []);
    carrier.reply(2, &cancel, 200);
    carrier.reply(2, &second, 487);
    carrier.assert_clean();
    // While the first is mute: the second is not tried.
    let mut carrier = Carrier::new(9, 2);
    let dialog = carrier.call();
    carrier.name();
    carrier.run(MOMENT);
    carrier.world.act(0, |e, now| e.hang_up(now, dialog, None));
    carrier.run(PATIENCE);
    assert_eq!(carrier.take(2), []);
    assert_eq!(carrier.news().len(), 1);
    carrier.assert_clean();
}

#[test]
fn a_name_that_leads_nowhere_fails_here() {
    let mut carrier = Carrier::new(10, 1);
    carrier.call();
    let Some(Output::Lookup { lookup, .. }) = carrier.world.nodes[0].other.pop() else {
        panic!("a look-up")
    };
    carrier.found(lookup, Answer::Failed);
    assert!(carrier.news()[0].starts_with("Failed { status: 503"));
    carrier.assert_clean();
    // Nobody answers the look-up at all.
    let mut carrier = Carrier::new(11, 1);
    carrier.call();
    carrier.run(Duration::from_secs(6));
    assert!(carrier.news()[0].starts_with("Failed { status: 503"));
    carrier.assert_clean();
}

#[test]
fn a_challenge_is_answered_where_it_was_made_and_the_rest_still_counts() {
    let mut carrier = Carrier::new(12, 2);
    carrier.call();
    carrier.name();
    carrier.run(MOMENT);
    let first = carrier.only(1, Method::Invite);
    carrier.answer(1, challenge(&first, 407, "n1", false));
    let again = carrier.take(1);
    let methods: Vec<_> = again
        .iter()
        .map(|request| request.method().clone())
        .collect();
    assert_eq!(methods, [Method::Ack, Method::Invite]);
    carrier.reply(1, &again[1], 503);
    let second = carrier.only(2, Method::Invite);
    carrier.answer(2, ok(&second, 2, "two"));
    assert_eq!(carrier.news(), ["Answered { body: \"answer\" }"]);
}
