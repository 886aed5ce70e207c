//! What the engine refuses of its own: calls outside that may not be made, calls no trunk carries,
//! calls for which it has no room.
//!
//! The engine says why by the Q.850 cause of its Reason header (RFC 3326); the same statuses are
//! passed on from whoever was called, so only a call without further legs is told of here.

use std::net::SocketAddr;

use rappel_ivr::words;
use rappel_ivr::words::Words;
use rappel_sip::header::Reason;
use rappel_sip::message::{Method, Response};

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
    let (code, what, remedy): (_, Words, Words) = match (response.status().code(), cause(response))
    {
        (403, Some(NOT_ALLOWED | REJECTED)) => (
            "outside-not-allowed",
            words!(
                "The engine did not let {from} call \"sip:{dialled}\" outside: the destination is not allowed, or the day's allowance of the company is used up. The password has nothing to do with it.",
                "Le moteur n'a pas laissé {from} appeler \"sip:{dialled}\" à l'extérieur : la destination n'est pas permise, ou l'entreprise a épuisé ce qu'elle peut appeler par jour. Le mot de passe n'y est pour rien."
            ),
            words!(
                "If the call is wanted, look at `allow`, `calls_per_day` and `cost_per_day` of `[outside]`, or of `[outside.company.NAME]`, in rappel.toml, and at who may call outside in the tenant.toml. If nobody of yours dialled it, somebody uses that phone: leave the guard as it is.",
                "Si l'appel est voulu, regardez `allow`, `calls_per_day` et `cost_per_day` de `[outside]`, ou de `[outside.company.NOM]`, dans rappel.toml, et qui peut appeler à l'extérieur dans le tenant.toml. Si personne de chez vous ne l'a composé, quelqu'un se sert de ce téléphone : laissez la garde en place."
            ),
        ),
        (503, Some(NO_CIRCUIT)) => (
            "no-trunk",
            words!(
                "No trunk could take the call of {from} to \"sip:{dialled}\": none leads there, all are full or down, or the company has as many calls outside as it may have.",
                "Aucun opérateur n'a pu prendre l'appel de {from} vers \"sip:{dialled}\" : aucun n'y mène, tous sont pleins ou en panne, ou l'entreprise a autant d'appels à l'extérieur qu'elle peut en avoir."
            ),
            words!(
                "Look at the numbers and at `calls` of each `[trunk.NAME]`, and at `calls` of `[outside]` or of `[outside.company.NAME]`, in rappel.toml.",
                "Regardez les numéros et `calls` de chaque `[trunk.NOM]`, et `calls` de `[outside]` ou de `[outside.company.NOM]`, dans rappel.toml."
            ),
        ),
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
    };
    let places = [invite.requests[0], place];
    Some(view.finding(code, &places, what, remedy))
}

fn stopping(from: SocketAddr) -> (&'static str, Words, Words) {
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

/// Bearer capability not authorized: whoever calls may not call there.
const NOT_ALLOWED: u8 = 57;
/// Call rejected.
const REJECTED: u8 = 21;
/// No circuit or channel available: no trunk.
const NO_CIRCUIT: u8 = 34;
/// Temporary failure: the engine is stopping.
const STOPPING: u8 = 41;
/// Switching equipment congestion: a bound of the engine.
const CONGESTION: u8 = 42;
/// Longest dialled text that is told, in characters.
const MAX_DIALLED: usize = 40;
