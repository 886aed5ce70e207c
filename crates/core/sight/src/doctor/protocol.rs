//! What one side does not understand: methods, extensions, bodies, broken messages, loops.

use std::net::SocketAddr;

use rappel_ivr::words;
use rappel_ivr::words::Words;
use rappel_sip::header::{Accept, Require, TypedHeader, Unsupported};
use rappel_sip::message::{Method, Request, Response};

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
    let sent = view.case.sent(transaction);
    let refusal = Refusal {
        request: view.case.request(transaction),
        response,
        status: response.status().code(),
        from: sent.source,
        to: view.named(sent.destination),
        is_ours: view.known.sends(sent),
    };
    let method = refusal.request.method();
    let (code, what, remedy) = match refusal.status {
        420 => refusal.extension(),
        482 | 483 => refusal.goes_round(),
        405 | 501 if !is_optional(method) => refusal.unknown_method(),
        415 => refusal.unread_body(),
        400 | 414 | 416 | 505 | 513 => refusal.bad_request(),
        // A BYE that crosses another meets nothing and harms nobody.
        481 if matches!(method, Method::Invite | Method::Update | Method::Info) => {
            refusal.dead_dialog()
        }
        _ => return None,
    };
    Some(view.finding(code, &[transaction.requests[0], place], what, remedy))
}

/// A name, what happened, what to do.
type Told = (&'static str, Words, Words);

/// A request that was not understood. When the engine sent it, there is nothing to change in whoever
/// sent it: whoever refuses has to learn.
struct Refusal<'a> {
    request: &'a Request,
    response: &'a Response,
    status: u16,
    from: SocketAddr,
    /// With the name of the trunk that is there.
    to: String,
    is_ours: bool,
}

impl Refusal<'_> {
    fn extension(&self) -> Told {
        let Self { from, to, .. } = self;
        let method = self.request.method();
        let wanted = self.response.headers().all::<Unsupported>();
        let wanted: Vec<String> = wanted.into_iter().map(|u| u.0).collect();
        let wanted = wanted.join(", ");
        let is_demanded = self.request.headers().has(&Require::NAME);
        if self.is_ours && !is_demanded {
            return (
                "extension-required",
                words!(
                    "{to} refuses the {method} of the engine because of \"{wanted}\", which the engine offers and does not insist on (Supported).",
                    "{to} refuse le {method} du moteur à cause de « {wanted} », que le moteur propose sans l'exiger (Supported)."
                ),
                words!(
                    "Update {to}: what is merely supported may not be refused (RFC 3261 §8.2.2.3). If it has a setting for \"{wanted}\", switch it on there.",
                    "Mettez {to} à jour : ce qui est seulement possible ne se refuse pas (RFC 3261 §8.2.2.3). S'il a un réglage pour « {wanted} », activez-le."
                ),
            );
        }
        let remedy = match self.is_ours {
            true => words!(
                "Switch {wanted} on in the settings of {to}, or update it.",
                "Activez {wanted} dans les réglages de {to}, ou mettez-le à jour."
            ),
            false => words!(
                "Set {wanted} to \"supported\" instead of \"required\" in the settings of {from}, or switch it off.",
                "Réglez {wanted} sur « possible » au lieu de « exigé » dans {from}, ou désactivez-le."
            ),
        };
        (
            "extension-required",
            words!(
                "{from} insists on \"{wanted}\" in its {method} (Require), which {to} does not know.",
                "{from} exige « {wanted} » dans son {method} (Require), que {to} ne connaît pas."
            ),
            remedy,
        )
    }

    fn goes_round(&self) -> Told {
        let Self { to, status, .. } = self;
        let method = self.request.method();
        (
            "loop",
            words!(
                "{method} goes round in circles: {to} has seen it before, or it passed too many systems ({status}).",
                "{method} tourne en rond : {to} l'a déjà vu, ou il a traversé trop de systèmes ({status})."
            ),
            words!(
                "Look for a forwarding of this number that leads back to itself: here, at the carrier, or in a phone.",
                "Cherchez un renvoi de ce numéro qui revient à lui-même : ici, chez l'opérateur, ou dans un téléphone."
            ),
        )
    }

    fn unknown_method(&self) -> Told {
        let Self {
            from, to, status, ..
        } = self;
        let method = self.request.method();
        let remedy = match self.is_ours {
            true => words!(
                "Update {to}; what needs {method} does not work with it.",
                "Mettez {to} à jour ; ce qui a besoin de {method} ne marche pas avec lui."
            ),
            false => words!(
                "Switch off in {from} what needs {method}.",
                "Désactivez dans {from} ce qui a besoin de {method}."
            ),
        };
        (
            "method",
            words!(
                "{to} does not know {method} ({status}).",
                "{to} ne connaît pas {method} ({status})."
            ),
            remedy,
        )
    }

    fn unread_body(&self) -> Told {
        let Self { from, to, .. } = self;
        let method = self.request.method();
        let kind = self.request.typed::<rappel_sip::header::ContentType>();
        let kind = kind.map_or_else(|| "?".to_owned(), |kind| kind.to_string());
        (
            "content-type",
            words!(
                "{from} sends {kind} in its {method}, which {to} does not read.",
                "{from} envoie {kind} dans son {method}, que {to} ne lit pas."
            ),
            self.readable(),
        )
    }

    /// What to send instead of a body that was refused: what the refusal says it reads (RFC 3261
    /// §21.4.13).
    fn readable(&self) -> Words {
        let Self { from, to, .. } = self;
        if self.is_ours {
            return words!(
                "Update {to}, or switch its telephony over SIP on: nothing can be set in the engine that changes what it sends.",
                "Mettez {to} à jour, ou activez-y la téléphonie SIP : rien dans le moteur ne change ce qu'il envoie."
            );
        }
        let all = self.response.headers().all::<Accept>();
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

    fn bad_request(&self) -> Told {
        let Self {
            from, to, status, ..
        } = self;
        let method = self.request.method();
        let phrase: String = self.response.reason().chars().take(80).collect();
        let broken = match self.is_ours {
            true => to.clone(),
            false => from.to_string(),
        };
        (
            "bad-request",
            words!(
                "{to} cannot use the {method} of {from}: {status} {phrase}.",
                "{to} ne peut rien faire du {method} de {from} : {status} {phrase}."
            ),
            words!(
                "Update {broken}, and switch off SIP ALG in the routers on the way: some damage messages.",
                "Mettez {broken} à jour, et désactivez SIP ALG dans les routeurs du chemin : certains abîment les messages."
            ),
        )
    }

    fn dead_dialog(&self) -> Told {
        let Self { from, to, .. } = self;
        let method = self.request.method();
        (
            "dead-dialog",
            words!(
                "{from} goes on with a call that {to} does not know any more ({method}, 481).",
                "{from} poursuit un appel que {to} ne connaît plus ({method}, 481)."
            ),
            words!(
                "One side restarted or hung up unheard: look at the end of the call before, and at findings about lost messages.",
                "Un côté a redémarré ou raccroché sans être entendu : regardez la fin de l'appel précédent, et les constats sur des messages perdus."
            ),
        )
    }
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
