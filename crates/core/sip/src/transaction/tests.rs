//! The four machines, walked along the arrows of their figures.

use std::time::Duration;

use rappel_model::{Deadline, Instant, Now};

use super::client_invite::ClientInvite;
use super::client_other::ClientOther;
use super::server_invite::ServerInvite;
use super::server_other::ServerOther;
use super::{ClientAct, Heard, ServerAct};

fn at(millis: u64) -> Now {
    Now::default().after(Duration::from_millis(millis))
}

fn millis(instant: Instant) -> u128 {
    (instant - Instant::ZERO).as_millis()
}

/// Every deadline of a machine until it has none, with its reason.
fn deadlines(mut next: impl FnMut(Option<Now>) -> Option<Deadline>) -> Vec<(u128, &'static str)> {
    let mut seen = Vec::new();
    let mut now = None;
    while let Some(deadline) = next(now) {
        seen.push((millis(deadline.at), deadline.why));
        now = Some(Now {
            instant: deadline.at,
            ..Now::default()
        });
        assert!(seen.len() < 100, "a machine that never rests");
    }
    seen
}

#[test]
fn an_unanswered_invite_is_sent_seven_times_in_32_seconds() {
    let mut machine = ClientInvite::new(at(0), false);
    let mut acts = Vec::new();
    let seen = deadlines(|now| {
        if let Some(now) = now {
            acts.push(machine.handle_timeout(now));
        }
        machine.poll_timeout()
    });
    let times: Vec<u128> = seen.iter().map(|(t, _)| *t).collect();
    assert_eq!(times, [500, 1500, 3500, 7500, 15_500, 31_500, 32_000]);
    assert_eq!(seen.last().map(|(_, why)| *why), Some("timer B"));
    assert_eq!(acts.last(), Some(&ClientAct::TimedOut));
    assert!(machine.is_terminated());
}

#[test]
fn an_unanswered_bye_is_sent_eleven_times_in_32_seconds() {
    let mut machine = ClientOther::new(at(0), false);
    let mut repeats = 0;
    let seen = deadlines(|now| {
        if let Some(now) = now {
            repeats += usize::from(machine.handle_timeout(now) == ClientAct::Repeat);
        }
        machine.poll_timeout()
    });
    assert_eq!(
        repeats, 10,
        "RFC 3261 §17.1.2.2: sent at 0, 500, 1500, 3500, 7500 …"
    );
    assert_eq!(seen.last(), Some(&(32_000, "timer F")));
}

#[test]
fn a_reliable_transport_repeats_nothing_and_leaves_at_once() {
    let mut invite = ClientInvite::new(at(0), true);
    assert_eq!(invite.poll_timeout().map(|d| d.why), Some("timer B"));
    assert_eq!(
        invite.handle_response(at(10), Heard::Failure),
        ClientAct::AckAndTell
    );
    assert!(invite.is_terminated(), "timer D is zero");

    let mut bye = ClientOther::new(at(0), true);
    assert_eq!(bye.handle_response(at(10), Heard::Success), ClientAct::Tell);
    assert!(bye.is_terminated(), "timer K is zero");

    let mut server = ServerInvite::new(true);
    server.answer(at(0), Heard::Failure);
    assert_eq!(server.poll_timeout().map(|d| d.why), Some("timer H"));
    server.handle_ack(at(5));
    assert!(server.is_terminated(), "timer I is zero");

    let mut other = ServerOther::new(true);
    other.answer(at(0), Heard::Success);
    assert!(other.is_terminated(), "timer J is zero");
}

#[test]
fn a_refusal_is_acknowledged_each_time_and_told_once() {
    let mut machine = ClientInvite::new(at(0), false);
    assert_eq!(
        machine.handle_response(at(100), Heard::Provisional),
        ClientAct::Tell
    );
    assert!(machine.may_cancel());
    assert_eq!(
        machine.handle_response(at(200), Heard::Failure),
        ClientAct::AckAndTell
    );
    assert_eq!(
        machine.handle_response(at(700), Heard::Failure),
        ClientAct::Ack
    );
    assert_eq!(machine.poll_timeout().map(|d| d.why), Some("timer D"));
    machine.handle_timeout(at(32_200));
    assert!(machine.is_terminated());
}

#[test]
fn every_2xx_reaches_the_user_until_timer_m() {
    let mut machine = ClientInvite::new(at(0), false);
    for t in [100, 600, 1600, 3600] {
        assert_eq!(
            machine.handle_response(at(t), Heard::Success),
            ClientAct::Tell
        );
    }
    assert_eq!(
        machine.handle_response(at(4000), Heard::Failure),
        ClientAct::Nothing,
        "RFC 6026 §7.2: a refusal after a 2xx says nothing"
    );
    assert_eq!(
        machine.poll_timeout().map(|d| (millis(d.at), d.why)),
        Some((32_100, "timer M"))
    );
    machine.handle_timeout(at(32_100));
    assert!(machine.is_terminated());
}

#[test]
fn a_ringing_invite_has_no_deadline() {
    let mut machine = ClientInvite::new(at(0), false);
    machine.handle_response(at(1), Heard::Provisional);
    assert_eq!(machine.poll_timeout(), None);
}

#[test]
fn a_provisional_answer_slows_timer_e_down_to_t2() {
    let mut machine = ClientOther::new(at(0), false);
    machine.handle_response(at(100), Heard::Provisional);
    assert_eq!(
        machine.poll_timeout().map(|d| (millis(d.at), d.why)),
        Some((4100, "timer E"))
    );
}

#[test]
fn a_transport_error_is_told_once() {
    let mut machine = ClientInvite::new(at(0), false);
    assert_eq!(
        machine.handle_transport_error(at(5)),
        ClientAct::Unreachable
    );
    assert_eq!(machine.handle_transport_error(at(6)), ClientAct::Nothing);
    assert!(machine.is_terminated());
}

#[test]
fn a_refused_invite_is_answered_again_until_acknowledged() {
    let mut machine = ServerInvite::new(false);
    assert_eq!(
        machine.answer(at(0), Heard::Provisional),
        ServerAct::SendLast
    );
    assert_eq!(machine.handle_repeat(at(10)), ServerAct::SendLast);
    assert_eq!(machine.answer(at(100), Heard::Failure), ServerAct::SendLast);
    assert_eq!(machine.handle_timeout(at(600)), ServerAct::SendLast);
    assert_eq!(
        machine.answer(at(650), Heard::Success),
        ServerAct::Nothing,
        "one final answer"
    );
    machine.handle_ack(at(700));
    assert_eq!(machine.poll_timeout().map(|d| d.why), Some("timer I"));
    assert_eq!(machine.handle_repeat(at(800)), ServerAct::Nothing);
    machine.handle_timeout(at(5_700));
    assert!(machine.is_terminated());
}

#[test]
fn a_refusal_nobody_acknowledges_ends_with_timer_h() {
    let mut machine = ServerInvite::new(false);
    machine.answer(at(0), Heard::Failure);
    let seen = deadlines(|now| {
        if let Some(now) = now {
            machine.handle_timeout(now);
        }
        machine.poll_timeout()
    });
    assert_eq!(seen.last(), Some(&(32_000, "timer H")));
    assert_eq!(
        seen.iter().filter(|(_, why)| *why == "timer G").count(),
        10,
        "T1 doubling to T2"
    );
}

#[test]
fn an_accepted_invite_absorbs_repetitions_and_passes_the_ack() {
    let mut machine = ServerInvite::new(false);
    machine.answer(at(0), Heard::Success);
    assert_eq!(machine.handle_repeat(at(500)), ServerAct::Nothing);
    assert_eq!(machine.handle_ack(at(600)), ServerAct::TellAck);
    assert_eq!(machine.poll_timeout().map(|d| d.why), Some("timer L"));
}

#[test]
fn a_repeated_request_gets_its_answer_again_until_timer_j() {
    let mut machine = ServerOther::new(false);
    assert_eq!(machine.handle_repeat(at(1)), ServerAct::Nothing);
    assert_eq!(machine.answer(at(2), Heard::Success), ServerAct::SendLast);
    assert_eq!(machine.handle_repeat(at(600)), ServerAct::SendLast);
    assert_eq!(machine.answer(at(601), Heard::Failure), ServerAct::Nothing);
    machine.handle_timeout(at(32_002));
    assert!(machine.is_terminated());
}
