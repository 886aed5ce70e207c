//! Probes: who answers, how fast, and who does not.

use std::time::Duration;

use super::outbound::{Carrier, PATIENCE, challenge};
use crate::header::{Authorization, NameAddr};
use crate::message::Method;
use crate::records::Answer;
use crate::{Output, Probe, ProbeId, ProbeOutcome};

const MOMENT: Duration = Duration::from_millis(50);

fn probe(carrier: &mut Carrier) -> ProbeId {
    let probe = Probe {
        target: "sip:carrier.example".parse().unwrap(),
        way: Carrier::way(),
        from: NameAddr::new("sip:rappel@192.0.2.1".parse().unwrap()),
        account: Some(Carrier::account()),
        patience: PATIENCE,
    };
    let mut id = None;
    carrier
        .world
        .act(0, |e, now| id = Some(e.probe(now, probe)));
    id.unwrap()
}

fn outcomes(carrier: &Carrier) -> Vec<(ProbeId, ProbeOutcome)> {
    let outputs = carrier.world.nodes[0].other.iter();
    outputs
        .filter_map(|output| match output {
            Output::Probed { probe, outcome } => Some((*probe, *outcome)),
            _ => None,
        })
        .collect()
}

#[test]
fn any_answer_says_that_somebody_is_there_and_how_far() {
    let mut carrier = Carrier::new(60, 1);
    let id = probe(&mut carrier);
    carrier.name();
    carrier.run(MOMENT);
    let options = carrier.only(1, Method::Options);
    assert_eq!(options.to().tag(), None);
    carrier.reply(1, &options, 404);
    let round_trip = MOMENT;
    let answered = ProbeOutcome::Answered {
        status: 404,
        round_trip,
    };
    assert_eq!(outcomes(&carrier), [(id, answered)]);
    carrier.assert_clean();
}

#[test]
fn a_challenge_is_answered() {
    let mut carrier = Carrier::new(61, 1);
    probe(&mut carrier);
    carrier.name();
    carrier.run(MOMENT);
    let options = carrier.only(1, Method::Options);
    carrier.answer(1, challenge(&options, 401, "n", false));
    let again = carrier.only(1, Method::Options);
    assert!(again.typed::<Authorization>().is_some());
    carrier.reply(1, &again, 200);
    let (_, outcome) = outcomes(&carrier)[0];
    assert!(matches!(
        outcome,
        ProbeOutcome::Answered { status: 200, .. }
    ));
    carrier.assert_clean();
}

#[test]
fn the_round_trip_is_that_of_the_address_that_answered() {
    let mut carrier = Carrier::new(66, 2);
    probe(&mut carrier);
    carrier.run(Duration::from_secs(1));
    carrier.name();
    carrier.run(PATIENCE + MOMENT);
    let options = carrier.only(2, Method::Options);
    carrier.reply(2, &options, 200);
    let (_, outcome) = outcomes(&carrier)[0];
    let round_trip = MOMENT;
    let expected = ProbeOutcome::Answered {
        status: 200,
        round_trip,
    };
    assert_eq!(outcome, expected);
}

#[test]
fn silence_takes_the_patience_of_each_address() {
    let mut carrier = Carrier::new(62, 2);
    let id = probe(&mut carrier);
    carrier.name();
    carrier.run(PATIENCE * 2 - MOMENT);
    assert_eq!(outcomes(&carrier), []);
    carrier.run(MOMENT * 2);
    assert_eq!(outcomes(&carrier), [(id, ProbeOutcome::Silent)]);
    carrier.assert_clean();
}

#[test]
fn what_cannot_be_sent_is_told_at_once() {
    let mut carrier = Carrier::new(63, 1);
    let id = probe(&mut carrier);
    carrier.name();
    carrier.run(MOMENT);
    carrier.send_failed(1);
    assert_eq!(outcomes(&carrier), [(id, ProbeOutcome::Unreachable)]);
    carrier.assert_clean();
    let mut carrier = Carrier::new(64, 1);
    let id = probe(&mut carrier);
    let Some(Output::Lookup { lookup, .. }) = carrier.world.nodes[0].other.pop() else {
        panic!("a look-up")
    };
    carrier.found(lookup, Answer::Nothing);
    assert_eq!(outcomes(&carrier), [(id, ProbeOutcome::Unreachable)]);
    carrier.assert_clean();
}

#[test]
fn probes_are_bounded() {
    let mut carrier = Carrier::new(65, 1);
    let most = crate::Limits::default().probes;
    for _ in 0..most {
        probe(&mut carrier);
    }
    let id = probe(&mut carrier);
    assert_eq!(outcomes(&carrier), [(id, ProbeOutcome::Unreachable)]);
    assert_eq!(carrier.world.nodes[0].endpoint.live().probes, most);
}
