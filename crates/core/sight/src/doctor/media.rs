//! Why nobody is heard, or only one side: addresses, codecs, directions, packets that never came.

use std::net::IpAddr;
use std::time::Duration;

use rappel_ivr::words;
use rappel_ivr::words::Words;
use rappel_sip::header::Warning;
use rappel_sip::message::Method;

use super::{Finding, View, packets};
use crate::captured::{Passage, is_private};
use crate::case::Transaction;
use crate::session::{Direction, Session};

/// Looks at offers and answers, at holds, and at what the store knows of packets.
pub(super) fn look(view: View<'_>, found: &mut Vec<Finding>) {
    for transaction in view.case.of(Method::Invite) {
        found.extend(no_common_codec(view, transaction));
    }
    if let Some(agreed) = view.case.agreed() {
        let before = found.len();
        for (place, session) in &agreed {
            found.extend(unreachable_address(view, *place, session));
        }
        let [(offered, offer), (answered, answer)] = &agreed;
        if answer.port == Some(0) && offer.port != Some(0) {
            found.push(no_voice(view, *offered, *answered));
        }
        found.extend(left_on_hold(view));
        // An address nobody reaches explains why nothing came.
        if found.len() == before {
            found.extend(packets::none(view, &agreed));
        }
    }
}

fn no_common_codec(view: View<'_>, transaction: &Transaction) -> Option<Finding> {
    let (place, response) = view.case.answer(transaction)?;
    let status = response.status().code();
    let is_passed_on = view.came_to_us(transaction) && !view.is_alone();
    if !matches!(status, 488 | 606) || is_passed_on {
        return None;
    }
    let sent = view.case.sent(transaction);
    let is_ours = view.known.sends(sent);
    // Who has to change: the engine offers what its files say, and G.711 always.
    let to = view.named(sent.destination);
    let (from, device) = match is_ours {
        true => (sent.source.to_string(), to.clone()),
        false => (sent.source.to_string(), sent.source.to_string()),
    };
    let places = [transaction.requests[0], place];
    let offer = view.case.messages[transaction.requests[0]].session();
    let voice: Vec<String> = offer
        .iter()
        .flat_map(Session::voice)
        .map(str::to_owned)
        .collect();
    let codecs = voice.join(", ");
    let wanted = offer.as_ref().and_then(|offer| offer.address);
    let profile = offer.map(|offer| offer.profile).unwrap_or_default();
    let warned = response.headers().all::<Warning>();
    let warned: Vec<u16> = warned.iter().map(|warning| warning.code).collect();
    let peer = match is_ours {
        true => sent.destination,
        false => sent.source,
    };
    let sides = Sides {
        from: &from,
        to: &to,
        trunk: match view.trunk_at(peer) {
            Some(trunk) => Words::same(format!("`[trunk.{}]`", trunk.name)),
            None => words!("`[trunk.NAME]`", "`[trunk.NOM]`"),
        },
        is_ours,
        status,
    };
    if warned.contains(&ADDRESS) {
        let (what, remedy) = sides.address(wanted, &device);
        return Some(view.finding("media-address", &places, what, remedy));
    }
    if let Some((code, what, remedy)) = sides.encryption(&profile, &warned) {
        return Some(view.finding(code, &places, what, remedy));
    }
    if warned.contains(&NO_AUDIO) {
        let (code, what, remedy) = sides.no_audio(&codecs, &device);
        return Some(view.finding(code, &places, what, remedy));
    }
    Some(view.finding(
        "codec-mismatch",
        &places,
        words!(
            "{from} offers {codecs}, and {to} takes none of them ({status}).",
            "{from} propose {codecs}, et {to} n'en prend aucun ({status})."
        ),
        words!(
            "Switch PCMA and PCMU (G.711) on in the codecs of {device}: every side knows them.",
            "Activez PCMA et PCMU (G.711) dans les codecs de {device} : tous les connaissent."
        ),
    ))
}

/// Who offered, and who refused.
struct Sides<'a> {
    from: &'a str,
    to: &'a str,
    /// The table of the trunk that is one of them.
    trunk: Words,
    is_ours: bool,
    status: u16,
}

impl Sides<'_> {
    /// How the two differ about encryption, by the profile of the offer (RFC 3711, 5763) and the codes
    /// of the refusal's warnings; `None` when it is not about that.
    fn encryption(&self, profile: &str, warned: &[u16]) -> Option<(&'static str, Words, Words)> {
        let Self {
            from,
            to,
            trunk,
            status,
            ..
        } = self;
        Some(match profile {
            _ if profile.contains("TLS") && warned.contains(&OTHER) => (
                "browser-incomplete",
                words!(
                    "{from} offers voice as browsers do ({profile}), but something is missing for {to} to take it ({status}): ICE, a fingerprint of SHA-256, or rtcp-mux.",
                    "{from} propose une voix à la manière des navigateurs ({profile}), mais il manque de quoi la prendre à {to} ({status}) : ICE, une empreinte SHA-256 ou rtcp-mux."
                ),
                words!(
                    "The Warning of the refusal says what: see it with `rappel calls --sip`. Browsers send all of it; a program between may take it out.",
                    "L'en-tête Warning du refus dit quoi : `rappel calls --sip`. Les navigateurs envoient tout ; un programme intermédiaire peut l'avoir ôté."
                ),
            ),
            _ if profile.contains("TLS") => (
                "browser-only",
                words!(
                    "{from} wants its voice encrypted as browsers do it (DTLS, {profile}), which {to} does not take ({status}).",
                    "{from} veut sa voix chiffrée à la manière des navigateurs (DTLS, {profile}), ce que {to} ne prend pas ({status})."
                ),
                words!(
                    "Set {from} to plain voice (RTP) or to SRTP with keys in the SDP (SDES).",
                    "Réglez {from} sur la voix en clair (RTP) ou sur SRTP avec clés dans le SDP (SDES)."
                ),
            ),
            _ if profile.contains("SAVP") && warned.contains(&OTHER) => (
                "no-common-key",
                words!(
                    "{from} offers encrypted voice ({profile}) without a key that {to} can use ({status}): none at all, or another cipher.",
                    "{from} propose une voix chiffrée ({profile}) sans clé utilisable par {to} ({status}) : aucune, ou un autre chiffre."
                ),
                words!(
                    "Switch AES_CM_128_HMAC_SHA1_80 on among the SRTP ciphers of {from}: every side knows it.",
                    "Activez AES_CM_128_HMAC_SHA1_80 parmi les chiffres SRTP de {from} : tous le connaissent."
                ),
            ),
            _ if profile.contains("SAVP") => self.mismatch(profile),
            _ if warned.contains(&TRANSPORT) => (
                "encryption-required",
                words!(
                    "{from} offers plain voice ({profile}), and {to} takes encrypted voice only ({status}).",
                    "{from} propose une voix en clair ({profile}), et {to} n'en prend que de chiffrée ({status})."
                ),
                match self.is_ours {
                    true => words!(
                        [trunk] "Offer {to} encrypted voice: `srtp = \"required\"` of the line or of {trunk}.",
                        "Proposez à {to} une voix chiffrée : `srtp = \"required\"` de la ligne ou de {trunk}."
                    ),
                    false => words!(
                        [trunk] "Switch media encryption (SRTP) on in {from}, or let the engine take plain voice too: `srtp` of the line, of {trunk} or of rappel.toml.",
                        "Activez le chiffrement de la voix (SRTP) dans {from}, ou laissez le moteur prendre aussi la voix en clair : `srtp` de la ligne, de {trunk} ou de rappel.toml."
                    ),
                },
            ),
            _ => return None,
        })
    }

    /// The refusal says that there was no voice to take. Of what the engine offered that is not so: voice is
    /// always in it.
    fn no_audio(&self, codecs: &str, device: &str) -> (&'static str, Words, Words) {
        let Self {
            from, to, status, ..
        } = self;
        if self.is_ours && !codecs.is_empty() {
            return (
                "voice-refused",
                words!(
                    "{to} refuses the voice that the engine offers it ({codecs}) as a medium it does not have ({status}).",
                    "{to} refuse la voix que le moteur lui propose ({codecs}), comme un média qu'il n'a pas ({status})."
                ),
                words!(
                    "Switch voice calls on in {device}, with PCMA and PCMU (G.711) among its codecs. What takes fax or video alone cannot be called with voice: take it out of what is rung.",
                    "Activez les appels vocaux dans {device}, avec PCMA et PCMU (G.711) parmi ses codecs. Ce qui ne prend que la télécopie ou la vidéo ne peut être appelé avec de la voix : retirez-le de ce qui sonne."
                ),
            );
        }
        (
            "no-audio-offered",
            words!(
                "{from} offers no voice that {to} could take ({status}): another medium only, or voice that is switched off.",
                "{from} ne propose pas de voix que {to} puisse prendre ({status}) : un autre média seul, ou une voix désactivée."
            ),
            words!(
                "Look whether {device} calls with fax (T.38) or video alone, and let it call with voice.",
                "Regardez si {device} appelle en télécopie (T.38) ou en vidéo seule, et faites-le appeler avec de la voix."
            ),
        )
    }

    /// Voice is wanted where the other cannot send it.
    fn address(&self, wanted: Option<IpAddr>, device: &str) -> (Words, Words) {
        let Self {
            from, to, status, ..
        } = self;
        let wanted = wanted.map_or_else(String::new, |address| format!(" ({address})"));
        let what = words!(
            "{from} wants voice at an address{wanted} that {to} cannot send to ({status}): of another family (IPv4, IPv6), a name, one that only its own machine or network knows (127.0.0.1, 169.254.x.x), one of `[media] blocked`, or not that of one machine.",
            "{from} veut la voix à une adresse{wanted} où {to} ne peut envoyer ({status}) : d'une autre famille (IPv4, IPv6), un nom, une que seule sa machine ou son réseau connaît (127.0.0.1, 169.254.x.x), une de `[media] blocked`, ou pas celle d'une seule machine."
        );
        let remedy = match self.is_ours {
            true => words!(
                "Let {to} be reached by the family of addresses it speaks: a `[[sip.listener]]` of rappel.toml with an address of that family.",
                "Faites joindre {to} par la famille d'adresses qu'il parle : un `[[sip.listener]]` de rappel.toml avec une adresse de cette famille."
            ),
            false => words!(
                "Let {device} write an IP address of its own in its SDP, of the family by which it calls: see its settings for NAT, IPv6 or \"external address\". An address that is right is taken once `[media] blocked` of rappel.toml does not name it.",
                "Faites écrire par {device} une adresse IP à lui dans son SDP, de la famille par laquelle il appelle : voyez ses réglages NAT, IPv6 ou « adresse externe ». Une adresse juste est prise dès que `[media] blocked` de rappel.toml ne la nomme plus."
            ),
        };
        (what, remedy)
    }

    fn mismatch(&self, profile: &str) -> (&'static str, Words, Words) {
        let Self {
            from,
            to,
            trunk,
            status,
            ..
        } = self;
        let remedy = match self.is_ours {
            true => words!(
                [trunk] "Switch media encryption (SRTP) on in {to}, or off in what the engine offers it: `srtp` of the line or of {trunk}.",
                "Activez le chiffrement de la voix (SRTP) dans {to}, ou retirez-le de ce que le moteur lui propose : `srtp` de la ligne ou de {trunk}."
            ),
            false => words!(
                "Switch media encryption (SRTP) off in {from}, or make it optional.",
                "Désactivez le chiffrement de la voix (SRTP) dans {from}, ou rendez-le facultatif."
            ),
        };
        (
            "encryption-mismatch",
            words!(
                "{from} wants its voice encrypted ({profile}), and {to} refuses ({status}).",
                "{from} veut sa voix chiffrée ({profile}), et {to} refuse ({status})."
            ),
            remedy,
        )
    }
}

/// Sound is wanted where it cannot be sent.
fn unreachable_address(view: View<'_>, place: usize, session: &Session) -> Option<Finding> {
    let seen = &view.case.messages[place];
    let wanted = session.address?;
    // An address of nothing is an old way to ask for hold (RFC 3264 §8.4).
    if wanted.is_unspecified() || session.port == Some(0) {
        return None;
    }
    let (from, to) = (seen.captured.source, seen.captured.destination);
    let is_ours = seen.captured.passage == Passage::Out || view.known.is_ours(from);
    let (from_ip, to_ip) = (from.ip(), to.ip());
    if is_ours {
        let is_wrong = is_private(wanted) && !is_private(to_ip);
        return is_wrong.then(|| {
            view.finding(
                "advertised-address",
                &[place],
                words!(
                    "The engine asks {to} to send the voice to {wanted}, which cannot be reached from there: nothing of what they say will be heard.",
                    "Le moteur demande à {to} d'envoyer la voix à {wanted}, injoignable de là-bas : rien de ce qu'ils disent ne sera entendu."
                ),
                words!(
                    "Set `[sip] advertise` in rappel.toml to the public address of this site, and let the router forward `[media] ports` to this machine.",
                    "Réglez `[sip] advertise` dans rappel.toml sur l'adresse publique du site, et faites suivre `[media] ports` par le routeur vers cette machine."
                ),
            )
        });
    }
    if session.is_of_browser() {
        return None;
    }
    let is_loopback = wanted.is_loopback() && !from_ip.is_loopback();
    let is_hidden = is_private(wanted) && !is_private(from_ip);
    (is_loopback || is_hidden).then(|| private_media(view, &[place], wanted))
}

/// A peer wants its voice sent where only its own network leads.
pub(super) fn private_media(view: View<'_>, places: &[usize], wanted: IpAddr) -> Finding {
    let from = view.case.messages[places[0]].source();
    let from_ip = from.ip();
    view.finding(
            "private-media",
            places,
            words!(
                "{from} wants the voice sent to {wanted}, an address that only its own network knows, while its messages come from {from_ip}: it will hear nothing until it sends voice itself.",
                "{from} veut recevoir la voix à {wanted}, une adresse que seul son réseau connaît, alors que ses messages viennent de {from_ip} : il n'entendra rien tant qu'il n'envoie pas lui-même."
            ),
            words!(
                "Give the device its public address (its setting for NAT, STUN or \"external address\"), and switch off SIP ALG in its router.",
                "Donnez à l'appareil son adresse publique (réglage NAT, STUN ou « adresse externe »), et désactivez SIP ALG dans son routeur."
            ),
        )
}

fn no_voice(view: View<'_>, offered: usize, answered: usize) -> Finding {
    let who = view.case.messages[answered].source();
    view.finding(
        "voice-refused",
        &[offered, answered],
        words!(
            "{who} answered the call and refused its voice (port 0).",
            "{who} a répondu à l'appel et en a refusé la voix (port 0)."
        ),
        words!(
            "Look at the codecs of {who}: PCMA and PCMU (G.711) should be switched on.",
            "Regardez les codecs de {who} : PCMA et PCMU (G.711) devraient être activés."
        ),
    )
}

/// The last word about direction was hold, and nobody took it back for long.
fn left_on_hold(view: View<'_>) -> Option<Finding> {
    let case = view.case;
    let bodies = case.messages.iter().enumerate();
    let (place, session) = bodies
        .filter_map(|(place, seen)| Some((place, seen.session()?)))
        .rfind(|(_, session)| session.direction != Direction::RecvOnly)?;
    let held = matches!(session.direction, Direction::SendOnly | Direction::Inactive)
        || session
            .address
            .is_some_and(|address| address.is_unspecified());
    let bye = case.of(Method::Bye).next()?.requests[0];
    let (seconds, who) = (case.between(place, bye), case.messages[place].source());
    if !held || seconds < LONG_HOLD {
        return None;
    }
    let seconds = seconds.as_secs();
    Some(view.finding(
        "left-on-hold",
        &[place, bye],
        words!(
            "{who} put the call on hold and did not take it back for {seconds} s, until somebody hung up.",
            "{who} a mis l'appel en attente et ne l'a pas repris pendant {seconds} s, jusqu'à ce que quelqu'un raccroche."
        ),
        words!(
            "If nobody pressed hold, it was the phone: some hold by themselves when a second call comes (\"auto hold\").",
            "Si personne n'a appuyé sur attente, c'est le téléphone : certains le font seuls quand un second appel arrive."
        ),
    ))
}

/// A hold is part of calls; one this long that ends the call is worth a look.
const LONG_HOLD: Duration = Duration::from_secs(20);
/// Incompatible network address formats (RFC 3261 §20.43).
const ADDRESS: u16 = 301;
/// Incompatible transport protocol (RFC 3261 §20.43): plain or encrypted.
const TRANSPORT: u16 = 302;
/// Media type not available.
const NO_AUDIO: u16 = 304;
/// Anything else.
const OTHER: u16 = 399;
