//! Our own account at somebody else's server: challenges answered, counted, and never for ever
//! (RFC 3261 §22.2, RFC 7616).

use std::time::Duration;

use super::outbound::{Carrier, challenge, ok, response};
use crate::header::{Authorization, Field, Name, ProxyAuthorization};
use crate::message::{Method, Request};

const MOMENT: Duration = Duration::from_millis(50);

/// An INVITE at the carrier's first address.
fn called(seed: u64) -> (Carrier, Request, crate::DialogId) {
    let mut carrier = Carrier::new(seed, 1);
    let dialog = carrier.call();
    carrier.name();
    carrier.run(MOMENT);
    let invite = carrier.only(1, Method::Invite);
    assert!(invite.typed::<Authorization>().is_none());
    (carrier, invite, dialog)
}

/// Nonce and count of the credentials a request brings.
fn proof(request: &Request) -> (String, u32) {
    let credentials = request.typed::<Authorization>().map(|header| header.0);
    let credentials =
        credentials.or_else(|| request.typed::<ProxyAuthorization>().map(|header| header.0));
    let credentials = credentials.expect("credentials");
    let digest = credentials.as_digest().unwrap();
    (digest.nonce.clone(), digest.nonce_count.unwrap())
}

fn count(nonce: &str, count: u32) -> (String, u32) {
    (nonce.to_owned(), count)
}

#[test]
fn the_whole_call_is_proved_once_asked() {
    let (mut carrier, invite, dialog) = called(20);
    carrier.answer(1, challenge(&invite, 407, "n", false));
    let both = carrier.take(1);
    assert_eq!(*both[0].method(), Method::Ack);
    assert_eq!(both[0].via().branch(), invite.via().branch());
    let again = &both[1];
    assert_eq!(proof(again), count("n", 1));
    assert_eq!(again.cseq().number, invite.cseq().number + 1);
    assert_eq!(
        (again.call_id(), again.from()),
        (invite.call_id(), invite.from())
    );
    carrier.answer(1, ok(again, 1, "up"));
    // RFC 3261 §22.1: the ACK has the credentials of its INVITE.
    let ack = carrier.only(1, Method::Ack);
    assert_eq!(proof(&ack), count("n", 1));
    // A re-INVITE brings them before anybody asks, is asked nevertheless, and takes the new nonce.
    carrier
        .world
        .act(0, |e, now| e.offer(now, dialog, "hold".into()));
    carrier.run(MOMENT);
    let hold = carrier.only(1, Method::Invite);
    assert_eq!(proof(&hold), count("n", 2));
    carrier.answer(1, challenge(&hold, 407, "m", true));
    let both = carrier.take(1);
    assert_eq!(proof(&both[1]), count("m", 1));
    assert_eq!(both[1].cseq().number, hold.cseq().number + 1);
    carrier.answer(1, ok(&both[1], 1, "up"));
    carrier.only(1, Method::Ack);
    assert!(
        carrier
            .news()
            .contains(&"OfferAnswered { body: \"answer\" }".to_owned())
    );
    carrier.world.act(0, |e, now| e.hang_up(now, dialog, None));
    carrier.run(MOMENT);
    let bye = carrier.only(1, Method::Bye);
    assert_eq!(proof(&bye), count("m", 2));
    assert_eq!(bye.cseq().number, both[1].cseq().number + 1);
    // Even a BYE may be asked once more.
    carrier.answer(1, challenge(&bye, 401, "o", false));
    let bye = carrier.only(1, Method::Bye);
    assert_eq!(proof(&bye).0, "o");
    carrier.reply(1, &bye, 200);
    assert!(carrier.news().last().unwrap().contains("ByeSent"));
    carrier.assert_clean();
}

#[test]
fn the_nonce_that_a_server_names_next_is_used() {
    let (mut carrier, invite, dialog) = called(21);
    carrier.answer(1, challenge(&invite, 401, "n", false));
    let again = carrier.only(1, Method::Invite);
    let mut answer = ok(&again, 1, "up");
    answer.push_field(Field::new(Name::AuthenticationInfo, "nextnonce=\"later\""));
    carrier.answer(1, answer);
    carrier.take(1);
    carrier.world.act(0, |e, now| e.hang_up(now, dialog, None));
    carrier.run(MOMENT);
    assert_eq!(proof(&carrier.only(1, Method::Bye)), count("later", 1));
}

#[test]
fn a_wrong_password_fails_and_nobody_is_answered_for_ever() {
    let (mut carrier, invite, _) = called(22);
    carrier.answer(1, challenge(&invite, 401, "1", false));
    let again = carrier.only(1, Method::Invite);
    carrier.answer(1, challenge(&again, 401, "2", false));
    carrier.only(1, Method::Ack);
    assert!(carrier.news()[0].starts_with("Failed { status: 401"));
    carrier.assert_clean();
    // A server that finds every nonce too old.
    let (mut carrier, mut invite, _) = called(23);
    let mut invites = 1;
    for nonce in ["a", "b", "c", "d", "e"] {
        carrier.answer(1, challenge(&invite, 401, nonce, true));
        let mut next = carrier.take(1);
        next.retain(|request| *request.method() == Method::Invite);
        match next.pop() {
            Some(next) => invite = next,
            None => break,
        }
        invites += 1;
    }
    assert_eq!(invites, 2);
    assert!(carrier.news()[0].starts_with("Failed { status: 401"));
    carrier.assert_clean();
}

#[test]
fn without_an_account_a_challenge_is_a_refusal() {
    let mut carrier = Carrier::new(24, 1);
    let mut invite = super::world::invite(carrier.flow(1), b"offer");
    invite.account = None;
    carrier.world.act(0, |e, now| {
        e.invite(now, invite);
    });
    carrier.run(MOMENT);
    let invite = carrier.only(1, Method::Invite);
    carrier.answer(1, challenge(&invite, 407, "n", false));
    assert!(carrier.news()[0].starts_with("Failed { status: 407"));
    carrier.assert_clean();
}

#[test]
fn a_call_that_was_cancelled_answers_no_challenge() {
    let (mut carrier, invite, dialog) = called(25);
    carrier.answer(1, response(&invite, 100));
    carrier.world.act(0, |e, now| e.hang_up(now, dialog, None));
    carrier.run(MOMENT);
    let cancel = carrier.only(1, Method::Cancel);
    assert!(cancel.typed::<ProxyAuthorization>().is_none());
    carrier.reply(1, &cancel, 200);
    carrier.answer(1, challenge(&invite, 407, "n", false));
    let after: Vec<_> = carrier.take(1).iter().map(|r| r.method().clone()).collect();
    assert_eq!(after, [Method::Ack]);
    assert_eq!(carrier.news().len(), 1);
    carrier.assert_clean();
}
