//! Why a carrier refuses our calls.

use rappel_ivr::words;
use rappel_ivr::words::Words;
use rappel_sip::header::Reason;
use rappel_sip::message::{Method, Request, Response};

use super::{Finding, View};
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
    let Some(trunk) = view.trunk_asked(last) else {
        return;
    };
    let Some((place, response)) = view.case.answer(last) else {
        return;
    };
    let name = trunk.name.as_str();
    let refusal = Refusal {
        status: response.status().code(),
        phrase: said(response),
        name,
    };
    let request = view.case.request(last);
    // A challenge whose answer is on its way refuses nobody.
    let is_pending = matches!(refusal.status, 401 | 407)
        && view.case.of(request.method().clone()).last() != Some(last);
    if is_pending {
        return;
    }
    let told = match *request.method() {
        Method::Register => refusal.of_registration(request),
        _ => refusal.of_call(request),
    };
    if let Some((code, what, remedy)) = told {
        found.push(view.finding(code, &[last.requests[0], place], what, remedy));
    }
}

/// A name, what happened, what to do.
type Told = (&'static str, Words, Words);

/// What a trunk answered.
struct Refusal<'a> {
    status: u16,
    phrase: String,
    name: &'a str,
}

impl Refusal<'_> {
    fn of_registration(&self, request: &Request) -> Option<Told> {
        let Self {
            status,
            phrase,
            name,
        } = self;
        let user = request.to().uri.user().unwrap_or_default();
        Some(match status {
            // The engine asks again for longer by itself.
            ..300 | 423 => return None,
            401 | 403 | 407 => self.credentials(),
            404 | 604 => (
                "trunk-account",
                words!(
                    "The trunk \"{name}\" knows no account \"{user}\" ({status} {phrase}): the engine is not registered there, and no call comes from it.",
                    "L'opérateur « {name} » ne connaît pas de compte « {user} » ({status} {phrase}) : le moteur n'y est pas inscrit, et aucun appel n'en vient."
                ),
                words!(
                    "Compare `user` and `domain` of `[trunk.{name}]` in rappel.toml with what the carrier gave you.",
                    "Comparez `user` et `domain` de `[trunk.{name}]` dans rappel.toml avec ce que l'opérateur vous a donné."
                ),
            ),
            408 | 429 | 480 | 500..600 => (
                "trunk-unavailable",
                words!(
                    "The trunk \"{name}\" cannot take our registration now ({status} {phrase}): it is busy, or down.",
                    "L'opérateur « {name} » ne peut pas prendre notre inscription maintenant ({status} {phrase}) : il est occupé, ou en panne."
                ),
                words!(
                    "The engine tries again by itself (`rappel trunks` tells how it stands). If it lasts, ask the carrier, and see that `host` and `port` of `[trunk.{name}]` in rappel.toml are those of its registrar.",
                    "Le moteur réessaie de lui-même (`rappel trunks` dit où il en est). Si cela dure, demandez à l'opérateur, et vérifiez que `host` et `port` de `[trunk.{name}]` dans rappel.toml sont ceux de son serveur d'inscription."
                ),
            ),
            _ => (
                "trunk-registration",
                words!(
                    "The trunk \"{name}\" refuses our registration as \"{user}\" ({status} {phrase}).",
                    "L'opérateur « {name} » refuse notre inscription comme « {user} » ({status} {phrase})."
                ),
                words!(
                    "Compare `host`, `domain`, `transport` and `user` of `[trunk.{name}]` in rappel.toml with what the carrier gave you; some trunks are known by their address and want no `register`.",
                    "Comparez `host`, `domain`, `transport` et `user` de `[trunk.{name}]` dans rappel.toml avec ce que l'opérateur vous a donné ; certains vous reconnaissent à votre adresse et ne veulent pas de `register`."
                ),
            ),
        })
    }

    fn of_call(&self, request: &Request) -> Option<Told> {
        Some(match self.status {
            401 | 407 => self.credentials(),
            403 | 433 => self.caller_id(request),
            404 | 484 | 485 | 604 => self.number(request),
            500 | 502 | 503 | 504 => self.unavailable(),
            _ => return None,
        })
    }

    fn credentials(&self) -> Told {
        let Self {
            status,
            phrase,
            name,
        } = self;
        (
            "trunk-credentials",
            words!(
                "The trunk \"{name}\" wants a name and a password and accepted none ({status} {phrase}).",
                "L'opérateur « {name} » veut un nom et un mot de passe et n'en a accepté aucun ({status} {phrase})."
            ),
            words!(
                "Set `user` and `password` (and `username`, if the carrier gave a name of its own for it) in `[trunk.{name}]` of rappel.toml.",
                "Réglez `user` et `password` (et `username`, si l'opérateur a donné un nom à part) dans `[trunk.{name}]` de rappel.toml."
            ),
        )
    }

    fn caller_id(&self, request: &Request) -> Told {
        let Self {
            status,
            phrase,
            name,
        } = self;
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

    fn number(&self, request: &Request) -> Told {
        let Self {
            status,
            phrase,
            name,
        } = self;
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

    fn unavailable(&self) -> Told {
        let Self {
            status,
            phrase,
            name,
        } = self;
        (
            "trunk-unavailable",
            words!(
                "The trunk \"{name}\" cannot take the call now ({status} {phrase}): no channel is free, or it is down.",
                "L'opérateur « {name} » ne peut pas prendre l'appel ({status} {phrase}) : aucun canal libre, ou il est en panne."
            ),
            words!(
                "Ask the carrier how many calls at once are yours and whether it has a fault; set its `calls` to that; a second trunk takes over when its `priority` comes after (lower numbers come first).",
                "Demandez à l'opérateur combien d'appels simultanés vous avez et s'il a une panne ; réglez `calls` en conséquence ; un second opérateur prend le relais quand sa `priority` vient après (les nombres plus petits d'abord)."
            ),
        )
    }
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
