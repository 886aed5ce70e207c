//! What the engine refuses of its own: calls outside (`outside.rs`), calls for which it has no room.
//!
//! The engine says why by the Q.850 cause of its Reason header (RFC 3326); the same statuses are
//! passed on from whoever was called, so only a call without further legs is told of here.

use std::net::SocketAddr;

use rappel_ivr::words;
use rappel_sip::header::Reason;
use rappel_sip::message::{Method, Response};

use super::leading::Leading;
use super::outside::{Refused, Told};
use super::{Finding, View};
use crate::captured::Passage;
use crate::case::Transaction;

/// Looks at the INVITEs that the engine refused.
pub(super) fn look(view: View<'_>, found: &mut Vec<Finding>) {
    for invite in view.case.of(Method::Invite) {
        let Some((place, response)) = view.case.answer(invite) else {
            continue;
        };
        if view.came_to_us(invite) && view.is_alone() && !view.was_passed_on(invite, place) {
            found.extend(refused(view, invite, place, response));
        }
    }
}

/// The Q.850 cause of a response, when it has one.
pub(super) fn cause(response: &Response) -> Option<u8> {
    let reasons = response.headers().all::<Reason>();
    reasons.iter().find_map(Reason::q850_cause)
}

fn refused(
    view: View<'_>,
    invite: &Transaction,
    place: usize,
    response: &Response,
) -> Option<Finding> {
    let from = view.case.sent(invite).source;
    let dialled = view.case.request(invite).uri().user().unwrap_or_default();
    let dialled: String = dialled.chars().take(MAX_DIALLED).collect();
    let (status, q850) = (response.status().code(), cause(response));
    let trunk = view.trunk_at(from).map(|trunk| trunk.name);
    let call = Refused {
        from,
        trunk: trunk.as_ref(),
        dialled: &dialled,
        leading: Leading::of(view, invite, &dialled),
    };
    let told = call.barred(status, q850);
    let (code, what, remedy) = told.or_else(|| unable(status, q850, from))?;
    let places = [invite.requests[0], place];
    Some(view.finding(code, &places, what, remedy))
}

/// What the engine had no room or no time for.
fn unable(status: u16, cause: Option<u8>, from: SocketAddr) -> Option<Told> {
    Some(match (status, cause) {
        (503, Some(CONGESTION)) => (
            "engine-full",
            words!(
                "The engine refused a call of {from}: as many calls are up as it takes, or no media port is free.",
                "Le moteur a refusé un appel de {from} : il y a autant d'appels qu'il en prend, ou aucun port de son n'est libre."
            ),
            words!(
                "Raise `[limits] calls` in rappel.toml if the machine has room, and see that `[media] ports` has two ports for each leg.",
                "Augmentez `[limits] calls` dans rappel.toml si la machine le permet, et vérifiez que `[media] ports` a deux ports par branche."
            ),
        ),
        (503, Some(STOPPING)) => stopping(from),
        // Before a call is looked at there is no cause to tell.
        (503, None) => (
            "overload",
            words!(
                "The engine refused a call of {from} before looking at it: more came at once than it can take.",
                "Le moteur a refusé un appel de {from} sans le regarder : il en arrivait plus à la fois qu'il ne peut en prendre."
            ),
            words!(
                "Look who sends so much (`rappel trace --live`) and how busy the machine is.",
                "Regardez qui envoie tant de messages (`rappel trace --live`) et si la machine est chargée."
            ),
        ),
        _ => return None,
    })
}

fn stopping(from: SocketAddr) -> Told {
    (
        "engine-stopping",
        words!(
            "The engine refused a call of {from} because it was being stopped.",
            "Le moteur a refusé un appel de {from} parce qu'on l'arrêtait."
        ),
        words!(
            "Nothing, if the stop was meant: it takes calls again when it runs again.",
            "Rien, si l'arrêt était voulu : il reprend les appels dès qu'il tourne de nouveau."
        ),
    )
}

impl View<'_> {
    /// Without the engine's diary, as in a saved capture: whether the engine sent an INVITE between
    /// this one and its answer, so that the refusal may be another's.
    pub(super) fn was_passed_on(&self, invite: &Transaction, place: usize) -> bool {
        if !self.trace.legs.is_empty() {
            return false;
        }
        let came = self.case.sent(invite);
        let answered = self.case.messages[place].captured.at;
        self.trace.messages.iter().any(|message| {
            let is_ours = match message.passage {
                Passage::Out => true,
                Passage::In => false,
                Passage::Across => message.source.ip() == came.destination.ip(),
            };
            let is_between = message.at >= came.at && message.at <= answered;
            is_ours && is_between && message.bytes.starts_with(b"INVITE ")
        })
    }
}

/// Temporary failure: the engine is stopping.
const STOPPING: u8 = 41;
/// Switching equipment congestion: a bound of the engine.
const CONGESTION: u8 = 42;
/// Longest dialled text that is told, in characters.
const MAX_DIALLED: usize = 40;
