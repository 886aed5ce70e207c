//! Voice that never came, by what the store counted of a leg: not heard, not understood, or nobody at all.

use std::net::SocketAddr;
use std::time::Duration;

use rappel_ivr::words;
use rappel_ivr::words::Words;
use rappel_sip::message::Method;

use super::media::private_media;
use super::{Finding, View};
use crate::captured::{Passage, is_private};
use crate::session::{Direction, Session};

/// Looks at a leg of which the store counted no packet although it was up for some time.
pub(super) fn none(view: View<'_>, agreed: &[(usize, Session); 2]) -> Option<Finding> {
    let case = view.case;
    let legs = view.trace.legs.iter();
    let (call, leg, _) = legs.clone().find(|(_, _, id)| *id == case.call_id)?;
    let media = view.known.media.get(&(*call, *leg))?;
    let (invite, answer) = case.answered()?;
    let bye = case.of(Method::Bye).next()?.requests[0];
    let length = case.between(answer, bye);
    if media.received > 0 || length < SHORT_CALL {
        return None;
    }
    let sent = case.sent(invite);
    let peer = match sent.passage {
        Passage::Out => sent.destination,
        Passage::In | Passage::Across => sent.source,
    };
    let theirs = agreed
        .iter()
        .find(|(place, _)| case.messages[*place].source() == peer);
    let (places, seconds, packets) = ([answer, bye], length.as_secs(), media.sent);
    if media.unread > 0 {
        return Some(unread(view, &places, peer, media.unread, agreed));
    }
    if media.sent == 0 {
        return nobody_heard(view, [answer, bye], peer);
    }
    if let Some((place, session)) = theirs {
        // It said that it would send nothing.
        if matches!(session.direction, Direction::RecvOnly | Direction::Inactive) {
            return None;
        }
        let elsewhere = session.address.filter(|wanted| {
            let is_one_machine = wanted.is_loopback() && peer.ip().is_loopback();
            let is_other = wanted.to_canonical() != peer.ip().to_canonical();
            is_private(*wanted) && is_other && !is_one_machine
        });
        if let Some(wanted) = elsewhere {
            return Some(private_media(view, &[*place, answer, bye], wanted));
        }
    }
    Some(view.finding(
        "no-audio-from-peer",
        &places,
        words!(
            "Not one packet of voice came from {peer} in {seconds} s, while {packets} were sent there: it is not heard, and whether it hears is not known.",
            "Pas un paquet de voix n'est venu de {peer} en {seconds} s, alors que {packets} y ont été envoyés : on ne l'entend pas, et rien ne dit s'il entend."
        ),
        words!(
            "Let the firewalls on the way pass UDP to `[media] ports` of rappel.toml, and see that `[sip] advertise` is the address that {peer} reaches. A phone of the company hears itself by dialling 600.",
            "Faites laisser passer l'UDP vers `[media] ports` de rappel.toml par les pare-feux, et vérifiez que `[sip] advertise` est l'adresse que {peer} atteint. Un téléphone de l'entreprise s'entend lui-même en composant le 600."
        ),
    ))
}

/// Packets came, in an encoding that was not agreed on.
fn unread(
    view: View<'_>,
    places: &[usize],
    peer: SocketAddr,
    count: u64,
    agreed: &[(usize, Session); 2],
) -> Finding {
    let [_, (_, answer)] = agreed;
    let codecs: Vec<&str> = answer.voice().collect();
    let codecs = codecs.join(", ");
    view.finding(
        "wrong-codec",
        places,
        words!(
            "{peer} sent {count} packets of voice, none of them in a codec that was agreed on ({codecs}): nobody hears it.",
            "{peer} a envoyé {count} paquets de voix, dont aucun dans un codec convenu ({codecs}) : personne ne l'entend."
        ),
        words!(
            "Update {peer}, and switch every codec off in it but PCMA and PCMU (G.711), which are sent as they are agreed.",
            "Mettez {peer} à jour, et n'y laissez activés que PCMA et PCMU (G.711), envoyés tels qu'ils sont convenus."
        ),
    )
}

/// Nothing came and nothing was sent. Who asked for silence (`sendonly`, `inactive`) got it; a hold after a
/// conversation has packets behind it.
fn nobody_heard(view: View<'_>, [answer, bye]: [usize; 2], peer: SocketAddr) -> Option<Finding> {
    let said = view.case.messages[..bye].iter().enumerate();
    let (place, session) = said
        .filter(|(_, seen)| seen.source() == peer)
        .filter_map(|(place, seen)| Some((place, seen.session()?)))
        .last()?;
    // Without keys there is no voice of a browser either: told of as such.
    if session.direction != Direction::SendRecv || session.is_of_browser() {
        return None;
    }
    let seconds = view.case.between(answer, bye).as_secs();
    let is_nowhere = session.address.is_none_or(|wanted| wanted.is_unspecified());
    let (why, remedy) = match is_nowhere {
        true => (
            words!(
                ": it names no address for its voice (`c=`), as if it was on hold from the first moment",
                " : il ne donne aucune adresse pour sa voix (`c=`), comme s'il était en attente dès le premier instant"
            ),
            words!(
                "Let {peer} write an IP address of its own in its SDP: a name, or 0.0.0.0, asks for silence. See its settings for network, NAT or \"external address\", or the program that placed the call for it.",
                "Faites écrire par {peer} une adresse IP à lui dans son SDP : un nom, ou 0.0.0.0, demande le silence. Voyez ses réglages réseau, NAT ou « adresse externe », ou le programme qui a passé l'appel pour lui."
            ),
        ),
        false => (
            Words::default(),
            words!(
                "What one side says is what the other is sent: look at the other legs of the call, too (`rappel calls --sip`), and let the firewalls pass UDP to `[media] ports` of rappel.toml. A phone of the company hears itself by dialling 600.",
                "Ce que dit un côté est ce qui est envoyé à l'autre : regardez aussi les autres branches de l'appel (`rappel calls --sip`), et faites laisser passer l'UDP vers `[media] ports` de rappel.toml par les pare-feux. Un téléphone de l'entreprise s'entend lui-même en composant le 600."
            ),
        ),
    };
    Some(view.finding(
        "nobody-heard",
        &[place, answer, bye],
        words!(
            [why] "In {seconds} s no voice came from {peer}, and none was sent there{why}.",
            "En {seconds} s, aucune voix n'est venue de {peer}, et aucune n'y a été envoyée{why}."
        ),
        remedy,
    ))
}

/// In a shorter call nobody may have said a word yet.
const SHORT_CALL: Duration = Duration::from_secs(3);
