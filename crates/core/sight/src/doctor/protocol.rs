//! What one side does not understand: methods, extensions, bodies, broken messages, loops.

use std::net::SocketAddr;

use rappel_ivr::words;
use rappel_ivr::words::Words;
use rappel_sip::header::{Accept, Unsupported};
use rappel_sip::message::{Method, Response};

use super::{Finding, View};
use crate::case::Transaction;

/// Looks at what could not be read, and at the refusals of every transaction.
pub(super) fn look(view: View<'_>, found: &mut Vec<Finding>) {
    for (place, seen) in view.case.messages.iter().enumerate() {
        if let Err(why) = &seen.sip {
            let source = seen.source();
            found.push(view.finding(
                "malformed",
                &[place],
                words!(
                    "{source} sends what cannot be read: {why}.",
                    "{source} envoie ce qui ne peut être lu : {why}."
                ),
                words!(
                    "Update that device, and switch off SIP ALG in the routers on the way: some damage messages.",
                    "Mettez cet appareil à jour, et désactivez SIP ALG dans les routeurs du chemin : certains abîment les messages."
                ),
            ));
            break;
        }
    }
    for transaction in &view.case.transactions {
        if let Some((place, response)) = view.case.answer(transaction) {
            found.extend(refused(view, transaction, place, response));
        }
    }
}

fn refused(
    view: View<'_>,
    transaction: &Transaction,
    place: usize,
    response: &Response,
) -> Option<Finding> {
    let request = view.case.request(transaction);
    let sent = view.case.sent(transaction);
    let (method, status) = (request.method(), response.status().code());
    let (from, to) = (sent.source, sent.destination);
    let (code, what, remedy): (_, Words, Words) = match status {
        420 => {
            let wanted: Vec<String> = response
                .headers()
                .all::<Unsupported>()
                .into_iter()
                .map(|u| u.0)
                .collect();
            let wanted = wanted.join(", ");
            (
                "extension-required",
                words!(
                    "{from} insists on \"{wanted}\" in its {method} (Require), which {to} does not know.",
                    "{from} exige « {wanted} » dans son {method} (Require), que {to} ne connaît pas."
                ),
                words!(
                    "Set {wanted} to \"supported\" instead of \"required\" in the settings of {from}, or switch it off.",
                    "Réglez {wanted} sur « possible » au lieu de « exigé » dans {from}, ou désactivez-le."
                ),
            )
        }
        482 | 483 => (
            "loop",
            words!(
                "A {method} goes round in circles: {to} has seen it before, or it passed too many systems ({status}).",
                "Un {method} tourne en rond : {to} l'a déjà vu, ou il a traversé trop de systèmes ({status})."
            ),
            words!(
                "Look for a forwarding of this number that leads back to itself: here, at the carrier, or in a phone.",
                "Cherchez un renvoi de ce numéro qui revient à lui-même : ici, chez l'opérateur, ou dans un téléphone."
            ),
        ),
        405 | 501 if !is_optional(method) => (
            "method",
            words!(
                "{to} does not know {method} ({status}).",
                "{to} ne connaît pas {method} ({status})."
            ),
            words!(
                "Switch off in {from} what needs {method}.",
                "Désactivez dans {from} ce qui a besoin de {method}."
            ),
        ),
        415 => {
            let kind = request.typed::<rappel_sip::header::ContentType>();
            let kind = kind.map_or_else(|| "?".to_owned(), |kind| kind.to_string());
            (
                "content-type",
                words!(
                    "{from} sends {kind} in its {method}, which {to} does not read.",
                    "{from} envoie {kind} dans son {method}, que {to} ne lit pas."
                ),
                readable(from, response),
            )
        }
        400 | 414 | 416 | 505 | 513 => {
            let phrase: String = response.reason().chars().take(80).collect();
            (
                "bad-request",
                words!(
                    "{to} cannot use the {method} of {from}: {status} {phrase}.",
                    "{to} ne peut rien faire du {method} de {from} : {status} {phrase}."
                ),
                words!(
                    "Update {from}, and switch off SIP ALG in the routers on the way: some damage messages.",
                    "Mettez {from} à jour, et désactivez SIP ALG dans les routeurs du chemin : certains abîment les messages."
                ),
            )
        }
        // A BYE that crosses another meets nothing and harms nobody.
        481 if matches!(method, Method::Invite | Method::Update | Method::Info) => (
            "dead-dialog",
            words!(
                "{from} goes on with a call that {to} does not know any more ({method}, 481).",
                "{from} poursuit un appel que {to} ne connaît plus ({method}, 481)."
            ),
            words!(
                "One side restarted or hung up unheard: look at the end of the call before, and at findings about lost messages.",
                "Un côté a redémarré ou raccroché sans être entendu : regardez la fin de l'appel précédent, et les constats sur des messages perdus."
            ),
        ),
        _ => return None,
    };
    let places = [transaction.requests[0], place];
    Some(view.finding(code, &places, what, remedy))
}

/// What to send instead of a body that was refused: what the refusal says it reads (RFC 3261 §21.4.13).
fn readable(from: SocketAddr, response: &Response) -> Words {
    let all = response.headers().all::<Accept>();
    let kinds: Vec<String> = all
        .iter()
        .take(MAX_KINDS)
        .map(|kind| format!("{}/{}", kind.main, kind.sub))
        .collect();
    if kinds.is_empty() {
        return words!(
            "Let {from} send another kind of body, or none; the refusal does not say which is read.",
            "Faites envoyer à {from} un autre type de contenu, ou aucun ; le refus ne dit pas lequel est lu."
        );
    }
    let kinds = kinds.join(", ");
    words!(
        "Let {from} send what is read there: {kinds}.",
        "Faites envoyer à {from} ce qui est lu là : {kinds}."
    )
}

/// What phones try without need: nothing is lost when it is refused.
fn is_optional(method: &Method) -> bool {
    match method {
        Method::Options | Method::Subscribe | Method::Message | Method::Info => true,
        other => matches!(other.as_str(), "PUBLISH" | "NOTIFY"),
    }
}

/// Kinds of bodies that are told.
const MAX_KINDS: usize = 8;
