//! Says in plain words what went wrong on the wire, shows the messages that prove it, and names what
//! to change. A healthy call gives no finding.
//!
//! Each family of faults is a file: it looks at one [`Case`] and says what it finds. Nothing is found
//! by chance of wording: statuses, headers, addresses and times decide.

mod acknowledgement;
mod banned;
mod clock;
mod finding;
mod lapsed;
mod media;
mod names;
mod nat;
mod numbering;
mod protocol;
mod refusals;
mod registration;
mod secure;
mod sessions;
mod silence;
mod trunks;

use rappel_model::{Timestamp, Trouble};
use rappel_sip::guard::Offence;

pub use finding::{Evidence, Finding, print};

use crate::case::{Case, cases};
use crate::known::{Known, KnownBan};
use crate::sight::Trace;

/// What a family looks at.
#[derive(Clone, Copy)]
struct View<'a> {
    case: &'a Case<'a>,
    known: &'a Known,
    trace: &'a Trace,
    /// Until when was watched: what has not come by then may still come.
    until: Timestamp,
}

/// Looks at everything in a trace; the newest finding first. `until` is when watching ended: now, or
/// the last message of a file.
pub fn examine(trace: &Trace, known: &Known, until: Timestamp) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let cases = cases(trace);
    let banned: Vec<Finding> = (trace.bans.iter())
        .filter_map(|ban| banned::finding(&cases, ban, until))
        .collect();
    for case in &cases {
        let view = View {
            case,
            known,
            trace,
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
    });
    below
        .chain(banned)
        .for_each(|found| add(&mut findings, found));
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.at));
    findings
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
