//! Secure connections that are not made: whose certificate is not believed, and why.

use std::net::SocketAddr;

use rappel_ivr::words;
use rappel_ivr::words::Words;
use rappel_model::Timestamp;
use rappel_model::trouble::SecureFault;

use super::Finding;
use crate::known::Known;

/// What one connection that was not made says; nothing where nothing can be said for certain: whoever
/// breaks off before a word may be a scanner, or a phone that was switched off.
pub(super) fn finding(
    known: &Known,
    at: Timestamp,
    peer: SocketAddr,
    name: Option<&str>,
    fault: SecureFault,
) -> Option<Finding> {
    let (code, what, remedy) = match name {
        Some(name) => ours(known, peer, name, fault)?,
        None => theirs(peer, fault)?,
    };
    Some(Finding::below(code, at, what, remedy))
}

/// A connection that we opened: what we found of the peer.
fn ours(
    known: &Known,
    peer: SocketAddr,
    name: &str,
    fault: SecureFault,
) -> Option<(&'static str, Words, Words)> {
    let shown = match name {
        "" => peer.ip().to_string(),
        name => name.to_owned(),
    };
    let who = whose(known, peer, name);
    Some(match fault {
        SecureFault::Expired => (
            "tls-expired",
            words!(
                [who] "{who} at {peer} shows a certificate that has run out: no call goes there over TLS.",
                "{who} à {peer} montre un certificat périmé : aucun appel n'y va en TLS."
            ),
            words!(
                "Tell the carrier. Check this machine's clock, too: a wrong date makes every certificate look old.",
                "Prévenez l'opérateur. Vérifiez aussi l'horloge de cette machine : avec une date fausse, tout certificat semble périmé."
            ),
        ),
        SecureFault::NotYetValid => (
            "tls-not-yet-valid",
            words!(
                [who] "{who} at {peer} shows a certificate that is not valid yet.",
                "{who} à {peer} montre un certificat qui n'est pas encore valable."
            ),
            words!(
                "Check this machine's clock (NTP); if it is right, tell the carrier.",
                "Vérifiez l'horloge de cette machine (NTP) ; si elle est juste, prévenez l'opérateur."
            ),
        ),
        SecureFault::OtherName => (
            "tls-name",
            words!(
                [who] "{who} at {peer} shows a certificate that is not for \"{shown}\", the name it is called by.",
                "{who} à {peer} montre un certificat qui n'est pas pour « {shown} », le nom par lequel on l'appelle."
            ),
            words!(
                "Write the name that stands in the carrier's certificate as `host` of the trunk in rappel.toml (the carrier's papers say which); an address or another name of the same machine will not do. If the name is right, somebody stands between.",
                "Écrivez comme `host` de l'opérateur dans rappel.toml le nom qui figure dans son certificat (sa documentation le dit) ; une adresse ou un autre nom de la même machine ne suffit pas. Si le nom est juste, quelqu'un s'est glissé entre les deux."
            ),
        ),
        SecureFault::UnknownAuthority => (
            "tls-authority",
            words!(
                [who] "{who} at {peer} shows a certificate that nobody known to this engine has signed.",
                "{who} à {peer} montre un certificat que personne de connu de ce moteur n'a signé."
            ),
            words!(
                "Put the certificate of the carrier's own authority into a PEM file and name it: `[sip.tls] authorities` in rappel.toml. A carrier with a public certificate may have forgotten to send the ones between: tell it.",
                "Mettez le certificat de l'autorité de l'opérateur dans un fichier PEM et nommez-le : `[sip.tls] authorities` dans rappel.toml. Un opérateur à certificat public a peut-être oublié d'envoyer les intermédiaires : dites-le-lui."
            ),
        ),
        SecureFault::Plain => (
            "tls-plain-peer",
            words!(
                [who] "{who} does not speak TLS at {peer}.",
                "{who} ne parle pas TLS à {peer}."
            ),
            words!(
                "Correct `port` of the trunk in rappel.toml (5061 is usual for TLS), or write `transport = \"tcp\"` or \"udp\" if it shall not be encrypted.",
                "Corrigez `port` de l'opérateur dans rappel.toml (5061 est l'usage pour TLS), ou écrivez `transport = \"tcp\"` ou \"udp\" s'il ne doit pas être chiffré."
            ),
        ),
        SecureFault::NotHere | SecureFault::Other => return None,
    })
}

/// The trunk that is called by this name or address.
fn whose(known: &Known, peer: SocketAddr, name: &str) -> Words {
    let address = peer.ip().to_string();
    let is_it =
        |host: &str| host.eq_ignore_ascii_case(name) || (name.is_empty() && host == address);
    let mut trunks = known.trunks.iter();
    let trunk = trunks.find(|trunk| trunk.host.as_ref().is_some_and(|host| is_it(&host.name)));
    match trunk {
        Some(trunk) => {
            let name = &trunk.name;
            words!("The trunk \"{name}\"", "L'opérateur « {name} »")
        }
        None => words!("A peer", "Un correspondant"),
    }
}

/// A connection that a peer opened: what it said of us.
fn theirs(peer: SocketAddr, fault: SecureFault) -> Option<(&'static str, Words, Words)> {
    // Every connection has another port; the phone is the same.
    let peer = peer.ip();
    Some(match fault {
        SecureFault::Expired | SecureFault::NotYetValid => (
            "tls-own-expired",
            words!(
                "{peer} refuses to speak with us over TLS: our certificate has run out, or its clock is wrong.",
                "{peer} refuse de nous parler en TLS : notre certificat est périmé, ou son horloge est fausse."
            ),
            words!(
                "Renew the files of `[[sip.certificate]]` (they are read again within 30 seconds); `rappel check` says until when they are good. If they are, set the clock of the phone (NTP).",
                "Renouvelez les fichiers de `[[sip.certificate]]` (relus en moins de 30 secondes) ; `rappel check` signale ceux qui sont périmés. S'ils sont bons, réglez l'horloge du téléphone (NTP)."
            ),
        ),
        SecureFault::UnknownAuthority => (
            "tls-own-authority",
            words!(
                "{peer} refuses to speak with us over TLS: it does not know who signed our certificate.",
                "{peer} refuse de nous parler en TLS : il ne connaît pas qui a signé notre certificat."
            ),
            words!(
                "Install the authority of our certificate in the phone as trusted, or use a certificate that phones believe; `chain` of `[[sip.certificate]]` must hold the ones between, too.",
                "Installez dans le téléphone l'autorité de notre certificat, ou prenez un certificat que les téléphones croient ; `chain` de `[[sip.certificate]]` doit aussi contenir les intermédiaires."
            ),
        ),
        SecureFault::OtherName => (
            "tls-own-name",
            words!(
                "{peer} refuses our certificate: most often it is for another name than the one that phone calls us by.",
                "{peer} refuse notre certificat : le plus souvent, il est pour un autre nom que celui par lequel ce téléphone nous appelle."
            ),
            words!(
                "Write into the phone, as server, a name that stands in our certificate (`openssl x509 -noout -ext subjectAltName -in …` shows them), or have the name it uses added: `[[sip.certificate]]` in rappel.toml.",
                "Écrivez dans le téléphone, comme serveur, un nom qui figure dans notre certificat (`openssl x509 -noout -ext subjectAltName -in …` les montre), ou faites-y ajouter celui qu'il emploie : `[[sip.certificate]]` dans rappel.toml."
            ),
        ),
        SecureFault::Plain => (
            "tls-plain-here",
            words!(
                "{peer} speaks without encryption to a port of ours that speaks TLS.",
                "{peer} parle sans chiffrement à un de nos ports qui parle TLS."
            ),
            words!(
                "Choose TLS as transport in the phone, or the port of UDP and TCP (5060 is usual): `[sip]` and `[[sip.listener]]` in rappel.toml say which is which.",
                "Choisissez TLS comme transport dans le téléphone, ou le port d'UDP et TCP (5060 est l'usage) : `[sip]` et `[[sip.listener]]` dans rappel.toml disent lequel est lequel."
            ),
        ),
        SecureFault::NotHere => (
            "tls-not-here",
            words!(
                "{peer} speaks TLS to a port of ours that does not.",
                "{peer} parle TLS à un de nos ports qui ne le parle pas."
            ),
            words!(
                "Set the port of our TLS listener in the phone (5061 is usual), and see that there is one: a `[[sip.listener]]` with transports = [\"tls\"] in rappel.toml.",
                "Réglez dans le téléphone le port où nous écoutons en TLS (5061 est l'usage), et voyez s'il existe : un `[[sip.listener]]` avec transports = [\"tls\"] dans rappel.toml."
            ),
        ),
        SecureFault::Other => return None,
    })
}
