//! Says in plain words what went wrong on the wire, shows the messages that prove it, and names what
//! to change. A healthy call gives no finding.
//!
//! Each family of faults is a file: it looks at one [`Case`] and says what it finds. Nothing is found
//! by chance of wording: statuses, headers, addresses and times decide.

mod acknowledgement;
mod banned;
mod browsers;
mod clock;
mod finding;
mod flood;
mod lapsed;
mod leading;
mod media;
mod names;
mod nat;
mod numbering;
mod outside;
mod packets;
mod protocol;
mod refusals;
mod registration;
mod secure;
mod sessions;
mod silence;
mod trunks;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use rappel_model::{Timestamp, Trouble};
use rappel_sip::guard::Offence;
use rappel_trunk::Settings as Trunk;

pub use finding::{Evidence, Finding, print};

use crate::case::{Case, Transaction, cases};
use crate::known::{Known, KnownBan};
use crate::sight::Trace;

/// What a family looks at.
#[derive(Clone, Copy)]
struct View<'a> {
    case: &'a Case<'a>,
    known: &'a Known,
    trace: &'a Trace,
    /// The trunks that the engine sent something to, by where it went.
    asked: &'a BTreeMap<SocketAddr, Trunk>,
    /// Until when was watched: what has not come by then may still come.
    until: Timestamp,
}

/// Looks at everything in a trace; the newest finding first. `until` is when watching ended: now, or
/// the last message of a file.
pub fn examine(trace: &Trace, known: &Known, until: Timestamp) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let cases = cases(trace);
    let asked = asked(&cases, known);
    let banned: Vec<Finding> = (trace.bans.iter())
        .filter_map(|ban| banned::finding(&cases, ban, until))
        .collect();
    for case in &cases {
        let view = View {
            case,
            known,
            trace,
            asked: &asked,
            until,
        };
        let mut found = Vec::new();
        for look in FAMILIES {
            look(view, &mut found);
        }
        // What a banned phone did before is why it is banned: told once, with the way out.
        found.retain(|finding| !trace.bans.iter().any(|ban| led_to(finding, ban)));
        found
            .into_iter()
            .for_each(|found| add(&mut findings, found));
    }
    let below = trace.troubles.iter();
    let below = below.filter_map(|(at, trouble)| match trouble {
        Trouble::Secure { peer, name, fault } => {
            secure::finding(known, *at, *peer, name.as_deref(), *fault)
        }
        Trouble::Name { name, fault } => Some(names::finding(known, *at, name, *fault)),
        // Told together.
        Trouble::Flood { .. } => None,
    });
    below
        .chain(flood::finding(known, &trace.troubles))
        .chain(banned)
        .for_each(|found| add(&mut findings, found));
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.at));
    findings
}

/// Where the trunks are that the engine sent something to.
fn asked(cases: &[Case<'_>], known: &Known) -> BTreeMap<SocketAddr, Trunk> {
    let mut asked = BTreeMap::new();
    if known.trunks.is_empty() {
        return asked;
    }
    for case in cases {
        for transaction in &case.transactions {
            let sent = case.sent(transaction);
            if known.sends(sent)
                && !asked.contains_key(&sent.destination)
                && let Some(trunk) = known.trunk_asked(case.request(transaction), sent.destination)
            {
                asked.insert(sent.destination, trunk);
            }
        }
    }
    asked
}

impl View<'_> {
    /// The trunk at an address, known by its settings or by what the engine sent there.
    fn trunk_at(&self, peer: SocketAddr) -> Option<Trunk> {
        let known = self.known.trunk_of(peer);
        known.or_else(|| self.asked.get(&peer).cloned())
    }

    /// The trunk that a request of the engine was for.
    fn trunk_asked(&self, transaction: &Transaction) -> Option<Trunk> {
        let sent = self.case.sent(transaction);
        if !self.known.sends(sent) {
            return None;
        }
        let request = self.case.request(transaction);
        self.known.trunk_asked(request, sent.destination)
    }

    /// An address as operators are told it, with the name of the trunk that is there.
    fn named(&self, peer: SocketAddr) -> String {
        match self.trunk_at(peer) {
            Some(trunk) => format!("{peer} (\"{}\")", trunk.name),
            None => peer.to_string(),
        }
    }
}

/// Takes a finding. The newest of equal ones is told, and how often it was seen.
fn add(findings: &mut Vec<Finding>, finding: Finding) {
    let same = |other: &&mut Finding| other.code == finding.code && other.what == finding.what;
    let has_room = findings.len() < MAX_FINDINGS;
    match findings.iter_mut().find(same) {
        Some(other) if other.at <= finding.at => {
            let times = other.times + 1;
            *other = Finding { times, ..finding };
        }
        Some(other) => other.times += 1,
        None if has_room => findings.push(finding),
        None => {}
    }
}

/// Whether this is what an address was banned for.
fn led_to(finding: &Finding, ban: &KnownBan) -> bool {
    ban.why == Offence::WrongPasswords
        && matches!(
            finding.code,
            "wrong-password" | "unknown-user" | "stale-nonce"
        )
        && finding
            .evidence
            .first()
            .is_some_and(|first| ban.source.contains(first.source.ip()))
}

/// One family.
type Look = fn(View<'_>, &mut Vec<Finding>);

/// In the order they look: an earlier finding of a case may explain a later one away.
const FAMILIES: &[Look] = &[
    protocol::look,
    registration::look,
    numbering::look,
    refusals::look,
    trunks::look,
    media::look,
    browsers::look,
    nat::look,
    acknowledgement::look,
    lapsed::look,
    silence::look,
    sessions::look,
    clock::look,
];

/// Most different findings of one examination.
pub const MAX_FINDINGS: usize = 500;

/// How long a peer has to go on before its silence means something.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(2);

#[cfg(test)]
mod tests;
