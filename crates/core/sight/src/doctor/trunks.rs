//! Why a carrier refuses our calls.

use rappel_ivr::words;
use rappel_ivr::words::Words;
use rappel_sip::header::Reason;
use rappel_sip::message::{Method, Response};

use super::{Finding, View};
use crate::captured::Passage;
use crate::case::Transaction;

/// Looks at the INVITEs and REGISTERs that the engine sent to trunks.
pub(super) fn look(view: View<'_>, found: &mut Vec<Finding>) {
    for method in [Method::Invite, Method::Register] {
        let answered = view
            .case
            .of(method)
            .filter(|t| view.case.answer(t).is_some());
        if let Some(last) = answered.last() {
            at_trunk(view, last, found);
        }
    }
}

fn at_trunk(view: View<'_>, last: &Transaction, found: &mut Vec<Finding>) {
    let case = view.case;
    let sent = case.sent(last);
    let is_ours = match sent.passage {
        Passage::Out => true,
        Passage::In => false,
        Passage::Across => view.known.is_ours(sent.source),
    };
    let Some(trunk) = view.known.trunk_of(sent.destination).filter(|_| is_ours) else {
        return;
    };
    let Some((place, response)) = case.answer(last) else {
        return;
    };
    let name = trunk.name.as_str();
    found.extend(refused(view, last, place, response, name));
}

fn refused(
    view: View<'_>,
    last: &Transaction,
    place: usize,
    response: &Response,
    name: &str,
) -> Option<Finding> {
    let status = response.status().code();
    let phrase = said(response);
    let request = view.case.request(last);
    let registers = *request.method() == Method::Register;
    if registers && !matches!(status, 401 | 403 | 407) {
        return None;
    }
    let (code, what, remedy): (_, Words, Words) = match status {
        401 | 403 | 407 if registers || status != 403 => (
            "trunk-credentials",
            words!(
                "The trunk \"{name}\" wants a name and a password and accepted none ({status} {phrase}).",
                "L'opérateur « {name} » veut un nom et un mot de passe et n'en a accepté aucun ({status} {phrase})."
            ),
            words!(
                "Set `user` and `password` (and `username`, if the carrier gave a name of its own for it) in `[trunk.{name}]` of rappel.toml.",
                "Réglez `user` et `password` (et `username`, si l'opérateur a donné un nom à part) dans `[trunk.{name}]` de rappel.toml."
            ),
        ),
        403 | 433 => {
            let from = request.from().uri.user().unwrap_or_default();
            (
                "trunk-caller-id",
                words!(
                    "The trunk \"{name}\" forbids the call ({status} {phrase}) that shows \"sip:{from}\": most often the number shown is not one of yours.",
                    "L'opérateur « {name} » interdit l'appel ({status} {phrase}) qui montre \"sip:{from}\" : le plus souvent, le numéro montré n'est pas à vous."
                ),
                words!(
                    "Show a number that the carrier gave you, in the form it wants: `from`, `identity` and `show_callers` of `[trunk.{name}]` in rappel.toml. Else ask the carrier which destinations are open.",
                    "Montrez un numéro que l'opérateur vous a donné, dans la forme qu'il veut : `from`, `identity` et `show_callers` de `[trunk.{name}]` dans rappel.toml. Sinon, demandez-lui quelles destinations sont ouvertes."
                ),
            )
        }
        404 | 484 | 485 | 604 => {
            let dialled = request.uri().user().unwrap_or_default();
            (
                "trunk-number",
                words!(
                    "The trunk \"{name}\" does not know \"sip:{dialled}\" ({status} {phrase}): the number does not exist, or this carrier writes it in another form.",
                    "L'opérateur « {name} » ne connaît pas \"sip:{dialled}\" ({status} {phrase}) : le numéro n'existe pas, ou cet opérateur l'écrit autrement."
                ),
                words!(
                    "Compare with how the carrier wants numbers written (+33…, 0033…, 0…) and set `dial`, `strip` and `prefix` of `[trunk.{name}]` in rappel.toml.",
                    "Comparez avec l'écriture voulue par l'opérateur (+33…, 0033…, 0…) et réglez `dial`, `strip` et `prefix` de `[trunk.{name}]` dans rappel.toml."
                ),
            )
        }
        500 | 502 | 503 | 504 => (
            "trunk-unavailable",
            words!(
                "The trunk \"{name}\" cannot take the call now ({status} {phrase}): no channel is free, or it is down.",
                "L'opérateur « {name} » ne peut pas prendre l'appel ({status} {phrase}) : aucun canal libre, ou il est en panne."
            ),
            words!(
                "Ask the carrier how many calls at once are yours and whether it has a fault; set its `calls` to that; a second trunk takes over when its `priority` comes after (lower numbers come first).",
                "Demandez à l'opérateur combien d'appels simultanés vous avez et s'il a une panne ; réglez `calls` en conséquence ; un second opérateur prend le relais quand sa `priority` vient après (les nombres plus petits d'abord)."
            ),
        ),
        _ => return None,
    };
    let places = [last.requests[0], place];
    Some(view.finding(code, &places, what, remedy))
}

/// The phrase of a refusal, and what its Reason adds.
fn said(response: &Response) -> String {
    let phrase: String = response.reason().chars().take(MAX_PHRASE).collect();
    match response.typed::<Reason>() {
        Some(reason) => format!("{phrase}; {reason}")
            .chars()
            .take(MAX_PHRASE)
            .collect(),
        None => phrase,
    }
}

/// Most characters of a peer's words that are told.
const MAX_PHRASE: usize = 80;
