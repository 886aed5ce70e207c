//! Answers that are repeated because nobody acknowledges them: the call is cut after 32 seconds.

use rappel_ivr::words;
use rappel_ivr::words::Words;
use rappel_sip::header::{Contact, RecordRoute};
use rappel_sip::message::Method;

use super::{Finding, View};

/// Looks for final answers of INVITEs without ACK (RFC 3261 §13.3.1.4, §17.2.1).
pub(super) fn look(view: View<'_>, found: &mut Vec<Finding>) {
    let case = view.case;
    for transaction in case.of(Method::Invite) {
        let Some((first, response)) = case.answer(transaction) else {
            continue;
        };
        let status = response.status();
        let same = |place: &&usize| {
            case.messages[**place]
                .response()
                .is_some_and(|again| again.status() == status)
        };
        let repeated: Vec<usize> = transaction.responses.iter().filter(same).copied().collect();
        if repeated.len() < REPEATED || case.is_acknowledged(transaction) {
            continue;
        }
        let last = repeated[repeated.len() - 1];
        let (who, to) = (
            case.messages[first].source(),
            case.messages[first].captured.destination,
        );
        let (times, code) = (repeated.len(), status.code());
        let route = response.headers().all::<RecordRoute>();
        let contact = response.typed::<Contact>();
        let target = match (route.first(), &contact) {
            // The ACK of a refusal goes the way the INVITE went (RFC 3261 §17.1.1.3).
            _ if !status.is_success() => who.to_string(),
            (Some(route), _) => route.to_string(),
            (None, Some(contact)) => contact.to_string(),
            (None, None) => "?".to_owned(),
        };
        let cut = case
            .of(Method::Bye)
            .next()
            .map(|bye| case.between(first, bye.requests[0]).as_secs());
        let cut = match cut {
            Some(seconds) => words!(
                " The call was ended after {seconds} s.",
                " L'appel a été coupé après {seconds} s."
            ),
            None => Words::default(),
        };
        let mut places = vec![transaction.requests[0], first, last];
        places.extend(case.of(Method::Bye).next().map(|bye| bye.requests[0]));
        found.push(view.finding(
            "ack-missing",
            &places,
            words!(
                [cut] "{who} answered {code} {times} times, and {to} never acknowledged it: the ACK goes to {target} and does not arrive.{cut}",
                "{who} a répondu {code} {times} fois, et {to} n'a jamais confirmé : l'ACK va à {target} et n'arrive pas.{cut}"
            ),
            words!(
                "See that {to} can reach {target}: `[sip] advertise` in rappel.toml must be the address that peers see, and routers on the way must let its answers pass (no SIP ALG).",
                "Vérifiez que {to} peut atteindre {target} : `[sip] advertise` dans rappel.toml doit être l'adresse vue par les autres, et les routeurs doivent laisser passer (pas de SIP ALG)."
            ),
        ));
    }
}

/// So often was it sent: once, and twice again. Two may be one that was lost.
const REPEATED: usize = 3;
