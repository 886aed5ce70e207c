//! Routers between: addresses that only one side knows, and routers that rewrite messages.

use std::net::IpAddr;

use rappel_ivr::words;
use rappel_sip::header::Contact;
use rappel_sip::message::Message;

use super::{Finding, View};
use crate::captured::is_private;

/// Looks at the addresses within messages, and whether requests sent there were heard.
pub(super) fn look(view: View<'_>, found: &mut Vec<Finding>) {
    found.extend(half_rewritten(view));
    found.extend(unheard_contact(view));
}

/// A router put the public address into the headers and forgot the body.
fn half_rewritten(view: View<'_>) -> Option<Finding> {
    let mut messages = view.case.messages.iter().enumerate();
    let (place, source, body) = messages.find_map(|(place, seen)| {
        let message = seen.sip.as_ref().ok()?;
        let source = seen.source().ip();
        let via =
            matches!(message, Message::Request(_)).then(|| message.via().sent_by.host.ip())??;
        let contact = contact(message)?;
        let body = seen.session()?.address?;
        let rewritten =
            contact == source && !is_private(source) && is_private(via) && is_private(body);
        rewritten.then_some((place, source, body))
    })?;
    Some(view.finding(
        "alg",
        &[place],
        words!(
            "A router rewrote the Contact to {source} and left {body} in the body: a half-done SIP ALG. Voice will go one way at best.",
            "Un routeur a réécrit le Contact en {source} et laissé {body} dans le corps : un SIP ALG à moitié fait. La voix n'ira au mieux que dans un sens."
        ),
        words!(
            "Switch off \"SIP ALG\" (also \"SIP helper\", \"SIP passthrough\") in the router at {source}.",
            "Désactivez « SIP ALG » (ou « SIP helper », « SIP passthrough ») dans le routeur à {source}."
        ),
    ))
}

/// A peer gave a private Contact, and requests sent to it were not answered.
fn unheard_contact(view: View<'_>) -> Option<Finding> {
    let case = view.case;
    let (place, source, contact) = case.messages.iter().enumerate().find_map(|(place, seen)| {
        let source = seen.source();
        let contact = contact(seen.sip.as_ref().ok()?)?;
        (is_private(contact) && !is_private(source.ip())).then_some((place, source, contact))
    })?;
    let unheard = case.transactions.iter().find(|transaction| {
        case.sent(transaction).destination.ip() == contact
            && transaction.responses.is_empty()
            && transaction.requests.len() > 2
    })?;
    Some(view.finding(
        "nat-contact",
        &[place, unheard.requests[0]],
        words!(
            "{source} says that it is reached at {contact}, an address that only its own network knows; what was sent there was never answered.",
            "{source} dit être joignable à {contact}, une adresse que seul son réseau connaît ; ce qui y a été envoyé est resté sans réponse."
        ),
        words!(
            "Give the device its public address (NAT, STUN or \"external address\" in its settings), or let it register here, so that its own way back is used.",
            "Donnez à l'appareil son adresse publique (NAT, STUN ou « adresse externe »), ou faites-le s'enregistrer ici, pour que son propre chemin soit pris."
        ),
    ))
}

fn contact(message: &Message) -> Option<IpAddr> {
    let contact = message.typed::<Contact>()?;
    contact.address()?.uri.as_sip()?.host.ip()
}
