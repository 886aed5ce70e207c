//! Requests that nobody answers, or answers late.

use std::net::SocketAddr;
use std::time::Duration;

use rappel_ivr::words;
use rappel_model::TrunkName;
use rappel_sip::Transport;
use rappel_sip::message::Method;

use super::{Finding, View};
use crate::case::Transaction;

/// Looks at requests that were repeated.
pub(super) fn look(view: View<'_>, found: &mut Vec<Finding>) {
    for transaction in &view.case.transactions {
        if *view.case.request(transaction).method() == Method::Ack {
            continue;
        }
        let finding = match transaction.responses.first() {
            None => unanswered(view, transaction),
            Some(&first) => late(view, transaction, first),
        };
        found.extend(finding);
    }
}

fn unanswered(view: View<'_>, transaction: &Transaction) -> Option<Finding> {
    let sent = view.case.sent(transaction);
    let waited = view.until.since(sent.at);
    let given_up = match sent.transport {
        Transport::Udp => transaction.requests.len() >= TRIES && waited >= SILENT,
        _ => waited >= STREAM_SILENT,
    };
    if !given_up {
        return None;
    }
    let method = view.case.request(transaction).method();
    let (from, to, times) = (sent.source, sent.destination, transaction.requests.len());
    let length = sent.bytes.len();
    let places = ends(&transaction.requests);
    if sent.transport == Transport::Udp && length > LARGE {
        return Some(view.finding(
            "fragmented",
            &places,
            words!(
                "{from} sent {method} to {to} {times} times without any answer; it has {length} bytes, so it travels in fragments, which many routers drop.",
                "{from} a envoyé {method} à {to} {times} fois sans aucune réponse ; il a {length} octets et voyage donc en fragments, que bien des routeurs jettent."
            ),
            words!(
                "Let both sides speak TCP or TLS (`transport=tcp`), or make the message smaller: fewer codecs, no video.",
                "Faites parler les deux côtés en TCP ou TLS (`transport=tcp`), ou rapetissez le message : moins de codecs, pas de vidéo."
            ),
        ));
    }
    if let Some(trunk) = view.trunk_asked(transaction) {
        return Some(silent_trunk(view, &places, &trunk.name, to));
    }
    Some(view.finding(
        "no-response",
        &places,
        words!(
            "{from} sent {method} to {to} {times} times, and no answer came at all.",
            "{from} a envoyé {method} à {to} {times} fois, et aucune réponse n'est venue."
        ),
        words!(
            "See whether {to} is switched on and reachable, and whether a firewall on the way lets SIP pass in both directions. A phone that went away is forgotten when its registration ends.",
            "Vérifiez que {to} est allumé et joignable, et qu'un pare-feu laisse passer SIP dans les deux sens. Un téléphone parti est oublié à la fin de son enregistrement."
        ),
    ))
}

/// A trunk that answers nothing: told once, whatever it was asked, and how often.
fn silent_trunk(view: View<'_>, places: &[usize], name: &TrunkName, to: SocketAddr) -> Finding {
    view.finding(
        "no-response",
        places,
        words!(
            "The trunk \"{name}\" does not answer what the engine sends to {to}: no answer came at all.",
            "L'opérateur « {name} » ne répond pas à ce que le moteur envoie à {to} : aucune réponse n'est venue."
        ),
        words!(
            "Compare `host`, `port` and `transport` of `[trunk.{name}]` in rappel.toml with what the carrier gave you, and see that the firewall lets SIP pass to {to} in both directions. Some carriers answer only addresses they know: tell them yours.",
            "Comparez `host`, `port` et `transport` de `[trunk.{name}]` dans rappel.toml avec ce que l'opérateur vous a donné, et vérifiez que le pare-feu laisse passer SIP vers {to} dans les deux sens. Certains opérateurs ne répondent qu'aux adresses qu'ils connaissent : donnez-leur la vôtre."
        ),
    )
}

/// It was answered, but only after several repetitions.
fn late(view: View<'_>, transaction: &Transaction, first: usize) -> Option<Finding> {
    let before = transaction
        .requests
        .iter()
        .filter(|place| **place < first)
        .count();
    if before < LATE {
        return None;
    }
    let sent = view.case.sent(transaction);
    let method = view.case.request(transaction).method();
    let millis = view
        .case
        .between(transaction.requests[0], first)
        .as_millis();
    let (from, to) = (sent.source, sent.destination);
    Some(view.finding(
        "slow-response",
        &[transaction.requests[0], transaction.requests[before - 1], first],
        words!(
            "{from} had to send {method} {before} times before {to} answered, after {millis} ms: messages are lost on the way, or {to} is overloaded.",
            "{from} a dû envoyer {method} {before} fois avant que {to} réponde, après {millis} ms : des messages se perdent, ou {to} est surchargé."
        ),
        words!(
            "Measure loss between the two (`ping -c 100`), and the load of {to}. On a line that loses packets, TCP helps signalling, but not voice.",
            "Mesurez les pertes entre les deux (`ping -c 100`), et la charge de {to}. Sur une ligne qui perd des paquets, TCP aide la signalisation, pas la voix."
        ),
    ))
}

fn ends(places: &[usize]) -> Vec<usize> {
    match places {
        [first, .., last] => vec![*first, *last],
        one => one.to_vec(),
    }
}

/// So often a request is sent before its silence means something.
const TRIES: usize = 3;
/// And so long.
const SILENT: Duration = Duration::from_secs(1);
/// Nothing is repeated over a stream: the time a transaction waits (64·T1) must pass.
const STREAM_SILENT: Duration = Duration::from_secs(32);
/// So often before an answer is late: 3.5 s after the first.
const LATE: usize = 4;
/// Larger datagrams are cut into fragments somewhere (RFC 3261 §18.1.1).
const LARGE: usize = 1_300;
